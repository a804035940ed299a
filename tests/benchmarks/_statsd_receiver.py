"""
`python -m tests.benchmarks._statsd_receiver bare|listener PORT [REDIS_URL]`: receives datagrams of StatsD.

Says "ready"; then, for each line it is sent, how many seconds of processor time it has had, and how many lines it has
counted. `listener` is the product's, which flushes first; `bare` only receives.
"""

import socket
import sys
import threading
import time
from dataclasses import replace

from ingest.statsd import MAX_DATAGRAM_BYTES, Listener
from shared.log import Logger
from shared.loops import Stop
from shared.redis import connection
from shared.settings import Settings


def main(kind: str, port: int, redis_url: str = "") -> None:
    listener: Listener | None = None
    if kind == "listener":
        settings = replace(Settings(), redis_url=redis_url, statsd_port=port)
        listener = Listener(settings, connection.connect(redis_url), Logger("bench"))
        listener.start(Stop(install_handlers=False))
    else:
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("127.0.0.1", port))
        threading.Thread(target=_receive, args=(udp,), daemon=True).start()
    print("ready", flush=True)
    for _ in sys.stdin:
        if listener is not None:
            listener.flush()
        print(time.process_time(), listener._sums.lines if listener is not None else 0, flush=True)


def _receive(udp: socket.socket) -> None:
    while True:
        udp.recv(MAX_DATAGRAM_BYTES)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])
