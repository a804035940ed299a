"""A TCP proxy that stands before Redis and makes it slow, or breaks connections off in the middle of an answer."""

import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from tests.support.waiting import PATIENCE_S


class Proxy:
    """How it treats what passes; may be changed at any time."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.delay_s = 0.0
        """Each piece of an answer comes so much later."""
        self.cuts_off: Callable[[], bool] = lambda: False
        """Asked for each piece of an answer: whether half of it is the last that passes, before a reset."""
        self.holds_back: Callable[[], bool] = lambda: False
        """Asked for each piece of an answer: whether half of it is all that passes, and the connection stays open."""
        self.held = 0
        self.trickles: Callable[[], bool] = lambda: False
        """Asked for each piece of an answer: whether it comes in small parts."""
        self.before_request: Callable[[socket.socket, bytes], None] = lambda source, piece: None
        """Told of the client's socket and each piece of a request, which passes when it returns."""
        self.rewrite: Callable[[bytes], bytes] = lambda piece: piece
        self.cuts = 0

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"


@contextmanager
def proxy_before(port: int) -> Iterator[Proxy]:
    """Serve on a free port until the block ends."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    proxy = Proxy(listener.getsockname()[1])
    open_now: set[socket.socket] = set()

    def accept() -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", port))
            except OSError:
                near.close()
                continue
            open_now.update((near, far))
            for source, target, answers in ((near, far, False), (far, near, True)):
                for one in (source, target):
                    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=pump, args=(source, target, answers), daemon=True).start()

    def pump(source: socket.socket, target: socket.socket, answers: bool) -> None:
        with suppress(OSError):
            while piece := source.recv(65_536):
                if answers:
                    if proxy.delay_s:
                        time.sleep(proxy.delay_s)
                    piece = proxy.rewrite(piece)
                    if proxy.holds_back():
                        target.sendall(piece[: len(piece) // 2])
                        proxy.held += 1
                        while source.recv(65_536):
                            pass
                        break
                    if proxy.trickles():
                        for at in range(0, len(piece), 97):
                            target.sendall(piece[at : at + 97])
                        continue
                    if proxy.cuts_off():
                        # LINGER 0 makes close() send RST.
                        target.sendall(piece[: len(piece) // 2])
                        proxy.cuts += 1
                        reset = b"\x01\x00\x00\x00\x00\x00\x00\x00"
                        for one in (target, source):
                            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
                        break
                else:
                    proxy.before_request(source, piece)
                target.sendall(piece)
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
            open_now.discard(one)

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for one in list(open_now):
            with suppress(OSError):
                one.close()
        thread.join(timeout=PATIENCE_S)


def now_and_then(seed: int, probability: float) -> Callable[[], bool]:
    """Cut off at random."""
    chance = random.Random(seed)
    return lambda: chance.random() < probability
