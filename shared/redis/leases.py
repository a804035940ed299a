"""Leases with fencing tokens: which process owns a partition, and which one is the active router."""

from collections.abc import Iterable

from redis import Redis

from shared.redis import scripts

UNREAD = 1
"""Of `renew_all`: renewed, and there is more to read."""


class Leases:
    """
    Acquire, renew and release leases on one server.

    A lease's value is `holder:token`. A write that matters carries this value and is refused by its script or
    transaction when the lease says otherwise, so a holder that slept past its lease cannot do harm.
    """

    def __init__(self, redis: Redis, length_ms: int) -> None:
        self.length_ms = length_ms
        self._redis = redis
        self._acquire = scripts.script(redis, "lease_acquire")
        self._renew = scripts.script(redis, "lease_renew")
        self._release = scripts.script(redis, "lease_release")

    def acquire(self, lease: str, fence: str, holder: str) -> str | None:
        """Return `holder:token`, or None while another process holds the lease."""
        value = self._acquire(keys=[lease, fence], args=[holder, self.length_ms])
        return value.decode() if value else None

    def renew(self, lease: str, value: str | bytes) -> bool:
        """Return whether it is still ours; if so, it lasts its whole length from now."""
        return bool(self._renew(keys=[lease], args=[value, self.length_ms]))

    def renew_all(self, held: Iterable[tuple[str, str, str, str, str]]) -> list[int | Exception]:
        """
        Renew several at once: (lease, value, key that notes the time, stream, position read in it).

        Returns:
            Of each: 0 when it is no longer ours; `UNREAD` while the stream holds entries beyond the position; else the
            server's time, at which it held none. Or the error that one met.
        """
        calls = [
            ((lease, alive, stream), (value, self.length_ms, position))
            for lease, value, alive, stream, position in held
        ]
        return scripts.run_all(self._redis, "lease_renew", calls) if calls else []

    def release(self, lease: str, value: str | bytes) -> None:
        """Give it up at once, if it is still ours."""
        self._release(keys=[lease], args=[value])
