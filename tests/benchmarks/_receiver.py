"""
`python -m tests.benchmarks._receiver`: the destination of webhooks, a process of its own.

It says its port on its first line. Whatever is POSTed is kept as it is, with the instant at which it was complete; what
it holds is looked at when somebody asks (`GET /taken`), so that receiving costs as little as it can.
"""

import json
import socket
import threading
import time

taken: list[tuple[int, str, bytes]] = []
"""(monotonic ns, path, body) of each request, in order."""
counts: dict[str, int] = {}
"""Path → alerts received."""


def main() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listening:
        print(listening.getsockname()[1], flush=True)
        while True:
            connection, _ = listening.accept()
            threading.Thread(target=serve, args=(connection,), daemon=True).start()


def serve(connection: socket.socket) -> None:
    """Answer one connection's requests, one after the other."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with connection, connection.makefile("rb", buffering=65_536) as lines:
        while request := lines.readline():
            method, path, _ = request.decode().split(" ", 2)
            length = 0
            while (line := lines.readline().strip()) != b"":
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            body = lines.read(length)
            if method == "POST":
                taken.append((time.monotonic_ns(), path, body))
                counts[path] = counts.get(path, 0) + body.count(b'"news":')
                said = b"ok"
            elif path == "/taken":
                said = json.dumps([(at_ns, path, told(body)) for at_ns, path, body in taken]).encode()
            elif path == "/forget":
                said = b"ok"
                taken.clear()
                counts.clear()
            else:
                said = json.dumps(counts).encode()
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(said), said))


def told(body: bytes) -> list[tuple[str, str]]:
    """Return (news, plugin id) of each alert in a request."""
    return [(one["news"], one["alert"]["plugin_id"]) for one in json.loads(body)["alerts"]]


if __name__ == "__main__":
    main()
