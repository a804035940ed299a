"""The room that the stream of one partition takes in Redis, and what was cut of it before it was evaluated. Shell."""

from redis import Redis

from shared.errors import LeaseLost
from shared.redis import entry_ids, keys, scripts


class Room:
    """
    Bounds the bytes of one partition's stream.

    The age of events bounds a stream only as long as nobody writes more than was planned for. This bound always
    holds.
    """

    def __init__(self, redis: Redis, number: int, lease: str) -> None:
        self._redis = redis
        self._number = number
        self._lease = lease
        self._cut = scripts.script(redis, "cut_events")
        self._cuts: dict[str, int] = {}
        """Id of the oldest entry that a cut left → how many entries came before it, from the stream's beginning on."""

    def __bool__(self) -> bool:
        """Whether something was cut of which it is not known yet whether it had been read."""
        return bool(self._cuts)

    def recorded_ms(self, otherwise_ms: int) -> int:
        """Return until when the stream is in the archive; *otherwise_ms* if no recorder has said so lately."""
        recorded = self._redis.get(keys.recorded(self._number, "events")) or b""
        before, _, _ = recorded.partition(b"-")
        # What nobody can read holds nothing up.
        return int(before) if before.isdigit() and len(before) < 17 else otherwise_ms

    def is_exceeded(self, max_bytes: int) -> bool:
        """Tell whether the stream takes more than *max_bytes*."""
        used: int | None = self._redis.memory_usage(keys.events(self._number), samples=0)
        return used is not None and used > max_bytes

    def cut(self, position: str, max_bytes: int) -> None:
        """
        Cut the stream to half of *max_bytes*: so it is not cut again at once.

        Args:
            position: Of the checkpoint, up to which all is decided and committed.

        Raises:
            LeaseLost: another worker owns the partition.
        """
        before, _, sequence = position.partition("-")
        names = [keys.lease(self._number), keys.events(self._number)]
        answer = self._cut(keys=names, args=[self._lease, max_bytes // 2, f"{before}-{int(sequence) + 1}"])
        if not answer:
            raise LeaseLost(f"partition {self._number} has another owner")
        oldest, cut = answer
        if oldest:
            self._cuts[oldest.decode()] = cut

    def unread_before(self, entry_id: str, entries_read: int) -> int:
        """
        Return how many entries were cut unread right before the entry that was read next.

        A read may have been on its way while the stream was cut, so only the entry that arrives shows what is missing.

        Args:
            entries_read: How many were read or counted as lost before it.
        """
        cut = self._cuts.get(entry_id)
        reached = entry_ids.order_of(entry_id)
        self._cuts = {oldest: n for oldest, n in self._cuts.items() if entry_ids.order_of(oldest) > reached}
        return max(0, cut - entries_read) if cut is not None else 0
