"""Which partitions this worker owns: share them with the other workers, keep the leases, give up what fails. Shell."""

import math
import selectors
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

from redis import Redis
from redis.exceptions import RedisError

from evaluator import mending, takeover
from evaluator.archived_past import ArchivedPast
from evaluator.budget import Budget
from evaluator.faults import Faults, is_of_the_server
from evaluator.index import Index
from evaluator.partition import Partition
from shared import crash_points
from shared.clock import ServerClock
from shared.errors import LeaseLost
from shared.log import Logger
from shared.model import backoff
from shared.process import Heartbeat
from shared.redis import connection, keys
from shared.redis.leases import UNREAD, Leases
from shared.redis.tail import BLOCK_MS, GRACE_MS

PAUSE_MS = 200
LONGEST_PAUSE_MS = 10_000
"""How long a partition is left alone after a failure of its own; longer with each, which costs the others less."""


class Ownership:
    """The partitions of one worker; as many workers as wanted share those of the system."""

    def __init__(
        self,
        redis: Redis,
        name: str,
        leases: Leases,
        partitions: int,
        clock: ServerClock,
        selector: selectors.BaseSelector,
        heartbeat: Heartbeat,
        faults: Faults,
        log: Logger,
        moving: Callable[[], None],
        budget: Callable[[], Budget],
        archived: ArchivedPast | None = None,
    ) -> None:
        """
        Args:
            name: Unique among the workers of the system.
            partitions: How many there are.
            selector: Gets the connection of each partition, under its number.
            moving: Called now and then while a partition is loaded, which may take long.
            budget: Returns that of one more partition.
            archived: What arrived before the streams begin.
        """
        self.held: dict[int, Partition] = {}
        self._redis = redis
        self._name = name
        self._leases = leases
        self._count = partitions
        self._clock = clock
        self._selector = selector
        self._heartbeat = heartbeat
        self._faults = faults
        self._log = log
        self._moving = moving
        self._budget = budget
        self._archived = archived
        self._kept_on_at_ms = 0
        self._paused: dict[int, tuple[int, int]] = {}
        """Partition → how often it failed, and until when it is left alone."""

    # -- sharing --------------------------------------------------------------------------------------------

    def share(self, index: Index | None, prepare: Callable[[Partition], None], hand_on: Callable[[int], None]) -> None:
        """
        Hand on what is more than this worker's share, or take over what it lacks.

        Args:
            index: None until the rules were read: without them, all that is open would end.
            prepare: Called with each partition taken over, before it reads.
            hand_on: Called with the number of each partition that is more than the share.
        """
        server_ms = connection.server_ms(self._redis)
        self._clock.correct(server_ms)
        now_ms = self._clock.now_ms()
        share = math.ceil(self._count / max(self._workers_alive(server_ms, now_ms), 1))
        surplus = sorted(self.held)[share:]
        for number in surplus:
            hand_on(number)
        if not surplus and index is not None:
            self._acquire(share, index, prepare, now_ms)
        self._heartbeat.detail["partitions"] = ",".join(map(str, sorted(self.held)))
        self._heartbeat.counters["partitions"] = len(self.held)
        engines = [p.engine for p in self.held.values()]
        open_alerts = sum(engine.plugins.open_alerts() + engine.external.open_alerts() for engine in engines)
        self._heartbeat.counters["open_alerts"] = open_alerts

    def _workers_alive(self, server_ms: int, now_ms: int) -> int:
        try:
            with self._redis.pipeline(transaction=False) as pipe:
                pipe.zadd(keys.evaluators(), {self._name: server_ms})
                pipe.zremrangebyscore(keys.evaluators(), "-inf", server_ms - self._leases.length_ms)
                return int(pipe.zcard(keys.evaluators()).execute()[-1])
        except RedisError as error:
            if is_of_the_server(error):
                raise
            # As if there were no other worker: the leases see to it that none holds what another does.
            self._faults.note("stored.unreadable", "the list of evaluators", error, now_ms)
            return 1

    def _acquire(self, share: int, index: Index, prepare: Callable[[Partition], None], now_ms: int) -> None:
        # Each worker begins elsewhere, so that those starting together do not queue for the same leases.
        first = hash(self._name) % self._count
        for number in ((first + i) % self._count for i in range(self._count)):
            # A takeover may take long, and those held already must be renewed meanwhile; the next round goes on.
            if len(self.held) >= share or self._clock.now_ms() - now_ms > self._leases.length_ms / 4:
                return
            if number not in self.held and now_ms >= self._paused.get(number, (0, 0))[1]:
                try:
                    lease = self._leases.acquire(keys.lease(number), keys.fence(number), self._name)
                except Exception as error:
                    if is_of_the_server(error):
                        raise
                    self._pause(number, error)
                    self._report_unreadable(mending.mend_lease(self._redis, number), now_ms)
                    continue
                if lease:
                    self._take_over(number, lease, index, prepare, now_ms)

    def _take_over(
        self, number: int, lease: str, index: Index, prepare: Callable[[Partition], None], now_ms: int
    ) -> None:
        try:
            partition = takeover.take_over(
                self._redis,
                number,
                lease,
                self._leases,
                index,
                self._count,
                self._keep_on,
                self._budget(),
                self._archived,
            )
            prepare(partition)
            connected = partition.connect()
        except LeaseLost as error:
            self._log.warning("partition.lost", partition=number, reason=str(error))
            return
        except Exception as error:
            if is_of_the_server(error):
                raise
            self._pause(number, error)
            with suppress(RedisError):
                self._leases.release(keys.lease(number), lease)
            return
        self._report_unreadable(partition.unreadable, now_ms)
        self.held[number] = partition
        partition.answered_at_ms = partition.checkpointed_at_ms = self._clock.now_ms()
        self._selector.register(connected, selectors.EVENT_READ, number)
        self._log.info(
            "partition.taken", partition=number, position=partition.position, forgiven_ms=partition.forgiven_ms
        )

    def _report_unreadable(self, unreadable: Sequence[str], now_ms: int) -> None:
        for line in unreadable:
            what, _, reason = line.partition(": ")
            self._faults.note("stored.unreadable", what, reason, now_ms)

    # -- keeping --------------------------------------------------------------------------------------------

    def keep_leases(self) -> None:
        """
        Renew the leases of all partitions, and note that an evaluator listens; give up what ran out.

        The same answer says how far the log of each was read: time may act on it until then, and no further. So an
        owner that slept does not judge before it has read what came meanwhile.
        """
        held = list(self.held.values())
        places = [
            (keys.lease(p.number), p.lease, keys.alive(p.number), keys.events(p.number), p.position) for p in held
        ]
        for partition, answer in zip(held, self._leases.renew_all(places), strict=True):
            self.attempt(partition.number, partial(self._take_note_of_lease, answer=answer))

    def _keep_on(self) -> None:
        """Keep the other leases while one partition takes long, for example because the archive is slow."""
        self._moving()
        now_ms = self._clock.now_ms()
        if 0 <= now_ms - self._kept_on_at_ms < self._leases.length_ms / 4:
            return
        self._kept_on_at_ms = now_ms
        for partition in list(self.held.values()):
            # What ran out all the same is given up in the next round. Its connection was not asked meanwhile.
            if self._leases.renew(keys.lease(partition.number), partition.lease):
                partition.answered_at_ms = now_ms

    def _take_note_of_lease(self, partition: Partition, answer: int | Exception) -> None:
        if isinstance(answer, Exception):
            raise answer
        if not answer:
            raise LeaseLost(f"the lease of partition {partition.number} ran out")
        if answer != UNREAD:
            partition.nothing_unread_at(answer)
        if self._clock.now_ms() - partition.answered_at_ms > BLOCK_MS + GRACE_MS:
            raise LeaseLost("its connection has been silent for too long")

    def attempt(self, number: int, duty: Callable[[Partition], object]) -> None:
        """Do something with a partition, if it is held; give it up when that fails."""
        partition = self.held.get(number)
        if partition is not None:
            try:
                duty(partition)
            except Exception as error:
                self.give_up(partition, error)

    # -- giving up ------------------------------------------------------------------------------------------

    def give_up(self, partition: Partition, error: Exception) -> None:
        """
        Release a partition. If its lease was lost or its connection broke, it can be loaded again at once; after a bug,
        or after stored data that cannot be used, only after a pause.

        Raises:
            RedisError: *error*, if Redis is away: all partitions are lost with it.
        """
        self._drop(partition)
        if isinstance(error, LeaseLost):
            self._heartbeat.counters["leases_lost"] += 1
            self._log.warning("partition.lost", partition=partition.number, reason=str(error))
            return
        if is_of_the_server(error):
            raise error
        # What was decided of this batch is thrown away with the partition and decided again.
        self._pause(partition.number, error)
        with suppress(RedisError):
            self._release(partition)

    def hand_on(self, partition: Partition) -> None:
        """Give up a partition of which all is saved, so that another worker takes over at once."""
        crash_points.reach("evaluator.before_release")
        self._drop(partition)
        self._release(partition)
        self._log.info("partition.handed_on", partition=partition.number)

    def drop_all(self) -> None:
        """Let go of all partitions without a word to the server."""
        for partition in list(self.held.values()):
            self._drop(partition)

    def leave(self) -> None:
        """Say that this worker is gone."""
        self._redis.zrem(keys.evaluators(), self._name)

    def end_pause(self, number: int) -> None:
        """Forget the failures of a partition that has done well for a while."""
        self._paused.pop(number, None)

    def _pause(self, number: int, error: Exception) -> None:
        now_ms = self._clock.now_ms()
        failures = self._paused.get(number, (0, 0))[0] + 1
        pause_ms = backoff.delay_ms(failures, base_ms=PAUSE_MS, cap_ms=LONGEST_PAUSE_MS)
        self._paused[number] = failures, now_ms + pause_ms
        self._heartbeat.counters["failures"] += 1
        self._faults.note("partition.failed", f"partition {number}", error, now_ms)

    def _release(self, partition: Partition) -> None:
        self._leases.release(keys.lease(partition.number), partition.lease)

    def _drop(self, partition: Partition) -> None:
        partition.is_held = False
        if self.held.get(partition.number) is partition:
            del self.held[partition.number]
        for key in [k for k in self._selector.get_map().values() if k.data == partition.number]:
            self._selector.unregister(key.fileobj)
        partition.disconnect()
