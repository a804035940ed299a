"""Leases with fencing tokens: who owns a partition, or the router's seat."""

from collections.abc import Iterable

from redis import Redis

from shared import scripts


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
        """Return `holder:token`, or None while somebody else holds it."""
        value = self._acquire(keys=[lease, fence], args=[holder, self.length_ms])
        return value.decode() if value else None

    def renew(self, lease: str, value: str | bytes) -> bool:
        """Return whether it is still ours; if so, it lasts its whole length from now."""
        return bool(self._renew(keys=[lease], args=[value, self.length_ms]))

    def renew_all(self, held: Iterable[tuple[str, str, str]]) -> list[bool]:
        """Renew several (lease, value, key that notes the time) at once; tells of each whether it is still ours."""
        calls = [((lease, alive), (value, self.length_ms)) for lease, value, alive in held]
        answers = scripts.run_all(self._redis, "lease_renew", calls) if calls else []
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        return [bool(answer) for answer in answers]

    def release(self, lease: str, value: str | bytes) -> None:
        """Give it up at once, if it is still ours."""
        self._release(keys=[lease], args=[value])
