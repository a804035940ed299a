"""
`python -m tests.benchmarks._listeners HOST PORT COUNT [HEADER]`: many WebSocket clients in one process, made cheap.

Nothing is decoded: entries are counted by their first bytes, and what arrived late is told by the instant within them.
Prints `ready` when all are connected; then answers each line of its input with one of its output:

    until N     the monotonic ns at which the last client had N entries in all
    report      counts, bytes, and the latencies in ms since the last report, as JSON
"""

import gc
import json
import re
import resource
import select
import socket
import sys
import time

ENTRY = b'"plugin_id":'
"""Once in what is said of an alert, of which an entry may have many; never in a text, where its marks are escaped."""
_SENT = re.compile(rb'"sent_ns":(\d+)')
_PING, _PONG = b"\x89\x00", b"\x8a\x80\0\0\0\0"
_KEEP = 64
"""Bytes of a piece looked at again with the next, for what lies across both."""
_EARLY = 200
"""Within so many bytes of its frame an entry says when it was sent."""
_BRACE = ord("}")


class Client:
    def __init__(self, host: str, port: int, header: str) -> None:
        self.count = 0
        self.rest = b""
        self.sock = socket.create_connection((host, port), timeout=60)
        self.sock.sendall(
            f"GET /live HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
            f"{header}\r\n\r\n".replace("\r\n\r\n\r\n", "\r\n\r\n").encode()
        )

    def greeted(self) -> None:
        """Read the first words, byte by byte: from here on nothing is missed, and what follows is counted."""
        head = b""
        while not head.endswith(b'"type":"hello"'):
            byte = self.sock.recv(1)
            if not byte:
                raise ConnectionError(head.decode(errors="replace"))
            head += byte
        self.sock.setblocking(False)


class Listeners:
    def __init__(self, host: str, port: int, count: int, header: str) -> None:
        self.clients: dict[int, Client] = {}
        self.poll = select.epoll()
        self.buffer = bytearray(1 << 20)
        self.view = memoryview(self.buffer)
        self.size = 0
        self.arrived: list[tuple[int, bytes]] = []
        self.closed = 0
        for start in range(0, count, 50):
            some = [Client(host, port, header) for _ in range(min(50, count - start))]
            for one in some:
                one.greeted()
                self.clients[one.sock.fileno()] = one
                self.poll.register(one.sock, select.EPOLLIN)
        self.poll.register(sys.stdin, select.EPOLLIN)

    def run(self) -> None:
        wanted = 0
        """What each client is waited for to have."""
        lacking = 0
        last_ns = 0
        while True:
            for fd, _ in self.poll.poll():
                if fd == 0:
                    line = sys.stdin.readline()
                    if not line:
                        return
                    what, _, number = line.strip().partition(" ")
                    if what == "report":
                        self.report()
                        continue
                    wanted = int(number)
                    lacking = sum(one.count < wanted for one in self.clients.values())
                    if not lacking:
                        print(last_ns, flush=True)
                    continue
                client = self.clients[fd]
                before = client.count
                if self.receive(client):
                    last_ns = time.monotonic_ns()
                    if before < wanted <= client.count:
                        lacking -= 1
                        if not lacking:
                            print(last_ns, flush=True)

    def receive(self, client: Client) -> bool:
        """Take what is there; returns whether there was an entry."""
        kept = len(client.rest)
        try:
            if kept:
                self.buffer[:kept] = client.rest
                size = client.sock.recv_into(self.view[kept:])
            else:
                size = client.sock.recv_into(self.buffer)
        except BlockingIOError:
            return False
        if not size:
            self.poll.unregister(client.sock)
            self.closed += 1
            return False
        if self.buffer.startswith(_PING, kept):
            client.sock.sendall(_PONG)
        self.size += size
        end = kept + size
        found = self.buffer.count(ENTRY, 0, end)
        if found and size < 4_096:
            # Read when somebody asks: those whose turn is next would wait for it.
            at_ns = time.monotonic_ns()
            self.arrived.append((at_ns, bytes(self.view[: end if kept or found > 1 else min(end, _EARLY)])))
        client.count += found
        if self.buffer[end - 1] == _BRACE:
            # The end of a frame, or a place in it where none of what is looked for goes on.
            client.rest = b""
        else:
            # An entry's first bytes may lie across two pieces; what was counted already must not be seen again.
            cut = self.buffer.rfind(ENTRY, 0, end)
            client.rest = bytes(self.buffer[max(cut + len(ENTRY) if cut >= 0 else 0, end - _KEEP) : end])
        return found > 0

    def report(self) -> None:
        counts = [one.count for one in self.clients.values()]
        said = {
            "least": min(counts),
            "most": max(counts),
            "bytes": self.size,
            "closed": self.closed,
            "latencies_ms": [(at_ns - int(ns)) / 1e6 for at_ns, piece in self.arrived for ns in _SENT.findall(piece)],
        }
        self.arrived.clear()
        print(json.dumps(said), flush=True)


def main() -> None:
    # Nothing here refers to itself, and a walk over all that is kept would be measured as lateness.
    gc.disable()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    host, port, count, *header = sys.argv[1:]
    listeners = Listeners(host, int(port), int(count), header[0] if header else "")
    print("ready", flush=True)
    listeners.run()


if __name__ == "__main__":
    main()
