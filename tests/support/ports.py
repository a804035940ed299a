"""Ports that nobody else on this machine takes: no other test, no other run of the tests, no outgoing connection."""

import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path

_LOWEST = 11_000
_CLAIMS = Path(tempfile.gettempdir()) / f"enhanced-alerts-test-ports-{os.getuid()}"


def _first_outgoing() -> int:
    """Return the first port the system gives to outgoing connections, any of which may be taken at any moment."""
    try:
        return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except OSError:
        return 32_768


def _free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


_highest = max(_first_outgoing(), _LOWEST + 5_000)
_chance = random.SystemRandom()
_claims = -1
_mine: set[int] = set()


def free_port() -> int:
    """
    Return a port that is this process's until it ends, whoever listens there.

    A port that the system names and that is bound later may be taken in between. These lie below those of outgoing
    connections, and each is locked, a byte of a file, so that no other run of the tests is given it.
    """
    global _claims
    if _claims < 0:
        _claims = os.open(_CLAIMS, os.O_RDWR | os.O_CREAT, 0o600)
    while True:
        port = _chance.randrange(_LOWEST, _highest)
        if port in _mine:
            continue
        try:
            fcntl.lockf(_claims, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
        except OSError:
            continue
        _mine.add(port)
        if _free(port):
            return port
