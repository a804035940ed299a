"""
The floor of reading: hiredis, XREADGROUP of 1,000 and XACK, nothing decoded.

`REDIS_URL=… python -m tests.benchmarks._raw_reader [N M]`: reader N of M, which share the partitions.
"""

import os
import socket
import sys
from typing import Any
from urllib.parse import urlsplit

import hiredis

from shared.model.partitions import DEFAULT_PARTITIONS
from shared.redis import keys

RAW_GROUP = "raw"

COUNT = 1_000


def main(number: int = 0, readers: int = 1) -> None:
    """Read everything, then stay until killed."""
    address = urlsplit(os.environ["REDIS_URL"])
    connected = socket.create_connection((address.hostname or "", address.port or 0))
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    parser = hiredis.Reader()

    def ask(*command: object) -> Any:
        connected.sendall(hiredis.pack_command(command))
        while (answer := parser.gets()) is False:
            parser.feed(connected.recv(1_048_576))
        return answer

    streams = [keys.events(p) for p in range(DEFAULT_PARTITIONS) if p % readers == number]
    while streams:
        for stream in list(streams):
            answer = ask("XREADGROUP", "GROUP", RAW_GROUP, "a", "COUNT", COUNT, "STREAMS", stream, ">")
            if answer:
                ask("XACK", stream, RAW_GROUP, *(entry[0] for entry in answer[0][1]))
            else:
                streams.remove(stream)
    connected.recv(1)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
