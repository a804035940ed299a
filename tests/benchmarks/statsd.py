"""
StatsD over UDP: datagrams of one line, counters and timers with tags, until they are flushed to the streams.

The floor is a loop that only receives the same datagrams. No datagram is lost: the next ones are sent when the kernel
has none left, and it says how many it dropped.
"""

import socket
import subprocess
from contextlib import ExitStack
from pathlib import Path

from tests.benchmarks import _stage
from tests.benchmarks.figures import Figure, Size, Target
from tests.support.ports import free_port
from tests.support.waiting import until

DATAGRAMS = 100_000
BURST = 100
"""Fits into the kernel's smallest buffer."""


def run(size: Size) -> list[Figure]:
    lines = [
        b"shop.orders.%d:%d|c|#plugin:shop-%d,region:kr" % (n % 50, n % 7, n % 20)
        if n % 3
        else b"shop.pay.%d:%d.5|ms|@0.5|#plugin:shop-%d,region:kr" % (n % 50, n % 700, n % 20)
        for n in range(size.of(DATAGRAMS, BURST * 10))
    ]
    found: dict[str, list[float]] = {"listener": [], "bare": []}
    with _stage.a_stage() as (redis, system), ExitStack() as helpers:
        url = system.environment["REDIS_URL"]
        ports = {kind: free_port() for kind in found}
        running = {
            kind: helpers.enter_context(_stage.a_helper("_statsd_receiver", kind, str(port), url))
            for kind, port in ports.items()
        }
        for kind in found:
            assert "ready" == _stage.heard(running[kind])
        for _ in range(size.rounds):
            for kind, rounds in found.items():
                before_s, before = _heard(running[kind])
                _send(ports[kind], lines)
                after_s, after = _heard(running[kind])
                assert kind == "bare" or len(lines) == after - before
                rounds.append(len(lines) / (after_s - before_s))
        assert redis.dbsize(), "the listener has flushed"
    return [
        Figure("statsd", "StatsD: datagrams of one line received and flushed, none lost",
               "datagrams a processor-second", found["listener"],
               "a loop that only receives them", found["bare"], Target(0.5)),
    ]  # fmt: skip


def _heard(helper: "subprocess.Popen[str]") -> tuple[float, int]:
    """Return the seconds of processor time that a receiver has had, and the lines it has counted."""
    assert helper.stdin is not None
    helper.stdin.write("how far?\n")
    busy_s, lines = _stage.heard(helper).split()
    return float(busy_s), int(lines)


def _send(port: int, lines: list[bytes]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.connect(("127.0.0.1", port))
        for start in range(0, len(lines), BURST):
            for line in lines[start : start + BURST]:
                udp.send(line)
            until(lambda: not _waiting_bytes(port), "all is received", every_s=0.0002)


def _waiting_bytes(port: int) -> int:
    """Return what a socket holds that nobody has received; it must not have dropped any."""
    for line in Path("/proc/net/udp").read_text().splitlines()[1:]:
        fields = line.split()
        if int(fields[1].rpartition(":")[2], 16) == port:
            assert "0" == fields[12], f"{fields[12]} datagrams were lost"
            return int(fields[4].partition(":")[2], 16)
    raise AssertionError(f"nobody listens at {port}")
