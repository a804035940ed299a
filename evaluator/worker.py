"""
The evaluator's loop: hold a fair share of the partitions, read them, decide, commit. Shell.

One thread serves all partitions of the process: each has a read in flight on a connection of its own, and a selector
says which has been answered. While one batch is decided, the server is already working on the next read, and on the
commit of the one before.
"""

import math
import selectors
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

import msgspec
from redis import Redis
from redis.exceptions import RedisError

from evaluator.index import Index
from evaluator.memory import PluginMemory
from evaluator.partition import COMMIT, Partition
from shared import backoff, crash_points, keys, rules, scripts
from shared.clock import Clock, ServerClock
from shared.errors import LeaseLost
from shared.leases import Leases
from shared.log import Logger
from shared.models import encode
from shared.partitions import partition_of
from shared.process import Heartbeat, Stop
from shared.settings import Settings
from shared.tail import BLOCK_MS, GRACE_MS

TICK_MS = 250
"""How often the clock, leases and rules are looked at: rules are live within a second with room to spare."""
COMMIT_AT = 150
"""Transitions decided and not yet committed, of all partitions: in a storm the first need not wait for the last."""
COMMITS = -1
"""In the selector: the connection of the commits. The others are the partitions' numbers."""
MEMBERSHIP_MS = 1_000
CHECKPOINT_MS = 30_000
"""What a takeover replays is at most this much of the stream."""
FORGET_PLUGIN_MS = 7 * 86_400_000
"""A plugin silent for a week, with nothing open, is forgotten."""
FORGET_EVERY_MS = 3_600_000
LAST_SEEN_MS = 5_000
LAST_SEEN_PLUGINS = 1_000
"""Reported at once: about 10 ms, in which nothing is decided."""


class Worker:
    """One evaluator process; as many as wanted share the partitions."""

    def __init__(
        self,
        redis: Redis,
        settings: Settings,
        name: str,
        clock: Clock,
        log: Logger,
        heartbeat: Heartbeat,
    ) -> None:
        """
        Args:
            name: Unique among the workers of the system.
        """
        self._redis = redis
        self._settings = settings
        self._name = name
        self._clock = ServerClock(clock)
        self._log = log
        self._heartbeat = heartbeat
        self._leases = Leases(redis, int(settings.lease_seconds * 1000))
        self._keep_ms = int(settings.stream_keep_seconds * 1000)
        self._selector = selectors.DefaultSelector()
        self._partitions: dict[int, Partition] = {}
        self._answered_at_ms: dict[int, int] = {}
        self._checkpointed_at_ms: dict[int, int] = {}
        self._index = Index(())
        self._revision = -1
        self._due: dict[str, int] = {}
        self._unreported: list[tuple[int, PluginMemory]] = []
        """Plugins heard of, each with its partition's number."""
        self._decided: list[Partition] = []
        """What waits for the commit."""
        self._commits = scripts.Caller(redis, COMMIT)
        self._begun: list[tuple[Partition, int]] = []
        """What is being committed, and of how many dead letters each."""
        self._failures = 0

    def run(self, stop: Stop) -> None:
        """Work until *stop*, then hand every partition on."""
        while not stop:
            try:
                self._step()
                self._failures = 0
            except RedisError as error:
                self._lose_redis(error, stop)
        self._leave()

    # -- one round ----------------------------------------------------------------------------------------

    def _step(self) -> None:
        now_ms = self._clock.now_ms()
        if self._is_due("tick", TICK_MS, now_ms):
            self._commit_all()
            self._take_up_rules(now_ms)
            if self._is_due("membership", MEMBERSHIP_MS, now_ms):
                self._share()
            self._keep_leases()
            for number in list(self._partitions):
                self._guard(number, self._tick)
            self._report_last_seen(now_ms)
            if self._is_due("forget", FORGET_EVERY_MS, now_ms):
                self._forget_last_seen(now_ms - FORGET_PLUGIN_MS)
        ready = [key.data for key, _ in self._selector.select(timeout=TICK_MS / 1000)]
        if COMMITS in ready:
            ready.remove(COMMITS)
            if self._commits.is_busy:
                self._end_commit()
            else:
                # The server closed what had nothing to say for long.
                self._hang_up()
        for number in ready:
            self._guard(number, self._work)
            if sum(len(partition.changes.transitions) for partition in self._decided) >= COMMIT_AT:
                self._commit_if_free()
        self._commit_if_free()

    def _is_due(self, what: str, every_ms: int, now_ms: int) -> bool:
        # A clock set back must not silence a duty until it catches up.
        if 0 <= now_ms - self._due.get(what, -every_ms) < every_ms:
            return False
        self._due[what] = now_ms
        return True

    def _guard(self, number: int, duty: Callable[[Partition], None]) -> None:
        """Do something with a partition; when it is lost or its connection breaks, let go of it and load it anew."""
        partition = self._partitions.get(number)
        if partition is None:
            return
        try:
            duty(partition)
        except LeaseLost as error:
            self._heartbeat.counters["leases_lost"] += 1
            self._log.warning("partition.lost", partition=number, reason=str(error))
            self._drop(number)
        except RedisError:
            self._drop(number)
            raise
        except Exception as error:
            # A bug. What was decided of this batch is thrown away with the partition and decided again.
            self._heartbeat.counters["failures"] += 1
            self._log.error("partition.failed", exception=error, partition=number)
            self._drop(number)
            with suppress(RedisError):
                partition.release()

    def _work(self, partition: Partition) -> None:
        entries = partition.receive()
        self._answered_at_ms[partition.number] = now_ms = self._clock.now_ms()
        if entries:
            for failure in partition.decide(entries, now_ms):
                self._heartbeat.counters["failures"] += 1
                self._log.error("event.failed", exception=failure, partition=partition.number)
            if partition not in self._decided:
                self._decided.append(partition)

    def _keep_leases(self) -> None:
        """Renew the leases of all partitions, and note that somebody listens; let go of what ran out."""
        held = list(self._partitions.values())
        places = [(keys.lease(p.number), p.lease, keys.alive(p.number)) for p in held]
        for partition, is_ours in zip(held, self._leases.renew_all(places), strict=True):
            if not is_ours:
                self._guard(partition.number, self._lost)

    def _lost(self, partition: Partition) -> None:
        raise LeaseLost(f"the lease of partition {partition.number} ran out")

    def _tick(self, partition: Partition) -> None:
        now_ms = self._clock.now_ms()
        partition.engine.pass_time(now_ms, partition.changes, caught_up=partition.is_caught_up)
        if partition.changes:
            self._commit(partition, now_ms)
        if now_ms - self._checkpointed_at_ms[partition.number] >= CHECKPOINT_MS:
            self._checkpoint(partition, now_ms)
        if now_ms - self._answered_at_ms[partition.number] > BLOCK_MS + GRACE_MS:
            raise LeaseLost("its connection has been silent for too long")

    def _commit_all(self) -> None:
        """Wait until all that was decided is committed."""
        self._end_commit()
        self._begin_commit()
        self._end_commit()

    def _commit_if_free(self) -> None:
        """
        Commit what was decided, unless the commit before has not been answered; then that waits for the answer.

        So what is written of a partition rests on what is known to be written.
        """
        if not self._commits.is_busy:
            self._begin_commit()

    def _begin_commit(self) -> None:
        """Send what was decided: each partition atomic by itself, all of them in one round trip."""
        now_ms = self._clock.now_ms()
        decided, self._decided = self._decided, []
        staged: list[tuple[Partition, int, scripts.Call]] = []
        for partition in decided:
            if self._holds(partition):
                self._guard(partition.number, lambda p: staged.append((p, len(p.dead), p.stage(now_ms))))
        if not staged:
            return
        self._begun = [(partition, dead) for partition, dead, _ in staged]
        self._send([call for _, _, call in staged])

    def _send(self, calls: Sequence[scripts.Call]) -> None:
        if not self._commits.is_connected:
            self._selector.register(self._commits.connect(), selectors.EVENT_READ, COMMITS)
        crash_points.reach("evaluator.before_commit")
        self._commits.begin(calls)

    def _receive(self) -> list[int | Exception]:
        answers = self._commits.finish()
        crash_points.reach("evaluator.after_commit")
        return answers

    def _end_commit(self) -> None:
        """Take note of what became of the commit that was begun, if any."""
        if not self._commits.is_busy:
            return
        answers = self._receive()
        begun, self._begun = self._begun, []
        for (partition, dead), answer in zip(begun, answers, strict=True):
            if self._holds(partition):
                self._guard(partition.number, partial(self._take_note, answer=answer, dead=dead))

    def _commit(self, partition: Partition, now_ms: int) -> None:
        """
        Commit what was decided of one partition, which may not be held yet.

        Raises:
            LeaseLost: refused.
        """
        self._end_commit()
        dead = len(partition.dead)
        self._send([partition.stage(now_ms)])
        [answer] = self._receive()
        self._take_note(partition, answer, dead)

    def _holds(self, partition: Partition) -> bool:
        """Whether it is still this worker's, and was not loaded anew."""
        return self._partitions.get(partition.number) is partition

    def _take_note(self, partition: Partition, answer: int | Exception, dead: int) -> None:
        counters = self._heartbeat.counters
        done = partition.committed(answer)
        counters["events"] += done.events
        counters["late_samples"] += done.late
        counters["dropped_values"] += done.dropped
        if done.cut:
            if not counters["window_samples_cut"]:
                self._log.warning("window.cut", partition=partition.number, samples=done.cut)
            counters["window_samples_cut"] += done.cut
        counters["transitions"] += len(done.transitions)
        if dead:
            counters["dead_letters"] += dead
            self._log.warning("events.dead_lettered", partition=partition.number, count=dead)

    def _checkpoint(self, partition: Partition, now_ms: int) -> None:
        partition.engine.forget_plugins(now_ms - FORGET_PLUGIN_MS)
        partition.checkpoint(now_ms - self._keep_ms)
        self._checkpointed_at_ms[partition.number] = now_ms

    # -- rules --------------------------------------------------------------------------------------------

    def _take_up_rules(self, now_ms: int) -> None:
        if int(self._redis.get(keys.rules_revision()) or 0) == self._revision:
            return
        revision, stored, broken = rules.load_all(self._redis)
        self._index = Index(stored, broken, revision=revision, longest_lookback_ms=self._keep_ms)
        self._revision = revision
        self._heartbeat.counters["rules_revision"] = revision
        for rule_id, reason in self._index.unreadable.items():
            self._log.error("rule.unreadable", rule=rule_id, reason=broken.get(rule_id, reason))
        self._log.info("rules.loaded", revision=revision, rules=len(stored))
        for number in list(self._partitions):
            self._guard(number, lambda p: self._reconcile(p, now_ms))

    def _reconcile(self, partition: Partition, now_ms: int) -> None:
        if partition.engine.replace_rules(self._index, now_ms, partition.changes):
            partition.fill_windows(now_ms - self._keep_ms)
        if partition.changes:
            self._commit(partition, now_ms)

    # -- sharing ------------------------------------------------------------------------------------------

    def _share(self) -> None:
        seconds, micros = self._redis.time()
        server_ms = seconds * 1000 + micros // 1000
        self._clock.correct(server_ms)
        now_ms = self._clock.now_ms()
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.zadd(keys.evaluators(), {self._name: server_ms})
            pipe.zremrangebyscore(keys.evaluators(), "-inf", server_ms - self._leases.length_ms)
            alive = pipe.zcard(keys.evaluators()).execute()[-1]
        share = math.ceil(self._settings.partitions / max(alive, 1))
        surplus = sorted(self._partitions)[share:]
        for number in surplus:
            self._guard(number, self._hand_on)
        if not surplus:
            self._acquire(share, now_ms)
        self._heartbeat.detail["partitions"] = ",".join(map(str, sorted(self._partitions)))
        self._heartbeat.counters["partitions"] = len(self._partitions)
        self._heartbeat.counters["open_alerts"] = sum(p.engine.open_alerts() for p in self._partitions.values())
        if not self._heartbeat.ready:
            self._heartbeat.mark_ready()

    def _acquire(self, share: int, now_ms: int) -> None:
        # Each worker begins elsewhere, so that those starting together do not queue for the same leases.
        count = self._settings.partitions
        first = hash(self._name) % count
        for number in ((first + i) % count for i in range(count)):
            # A take-over may take long, and those held already must be renewed meanwhile; the next round goes on.
            if len(self._partitions) >= share or self._clock.now_ms() - now_ms > self._leases.length_ms / 4:
                return
            if number not in self._partitions:
                lease = self._leases.acquire(keys.lease(number), keys.fence(number), self._name)
                if lease:
                    self._take_over(number, lease, now_ms)

    def _take_over(self, number: int, lease: str, now_ms: int) -> None:
        try:
            partition = Partition(self._redis, number, lease, self._leases, self._index, self._settings.partitions)
            self._reconcile(partition, now_ms)
            connected = partition.connect()
        except LeaseLost as error:
            self._log.warning("partition.lost", partition=number, reason=str(error))
            return
        self._partitions[number] = partition
        self._answered_at_ms[number] = self._checkpointed_at_ms[number] = self._clock.now_ms()
        self._selector.register(connected, selectors.EVENT_READ, number)
        self._log.info("partition.taken", partition=number, position=partition.position)

    def _hand_on(self, partition: Partition) -> None:
        self._checkpoint(partition, self._clock.now_ms())
        crash_points.reach("evaluator.before_release")
        self._drop(partition.number)
        partition.release()
        self._log.info("partition.handed_on", partition=partition.number)

    def _drop(self, number: int) -> None:
        partition = self._partitions.pop(number, None)
        if partition is None:
            return  # What failed had let go of it already.
        self._look_away(number)
        partition.disconnect()

    def _hang_up(self) -> None:
        self._look_away(COMMITS)
        self._commits.disconnect()
        self._begun.clear()

    def _look_away(self, data: int) -> None:
        for key in [k for k in self._selector.get_map().values() if k.data == data]:
            self._selector.unregister(key.fileobj)

    # -- leaving, and losing Redis ------------------------------------------------------------------------

    def _lose_redis(self, error: RedisError, stop: Stop) -> None:
        if not self._failures:
            self._log.warning("redis.lost", reason=str(error))
        self._failures += 1
        self._decided.clear()
        self._hang_up()
        for number in list(self._partitions):
            self._drop(number)
        self._revision = -1
        stop.wait(backoff.delay_ms(self._failures, base_ms=100, cap_ms=3_000) / 1000)

    def _leave(self) -> None:
        # What cannot be handed on now is taken over when its lease runs out.
        with suppress(RedisError):
            self._commit_all()
            for number in list(self._partitions):
                self._guard(number, self._hand_on)
            self._redis.zrem(keys.evaluators(), self._name)
        self._hang_up()
        self._selector.close()

    def _report_last_seen(self, now_ms: int) -> None:
        if not self._unreported and self._is_due("last seen", LAST_SEEN_MS, now_ms):
            self._unreported = [(n, known) for n, p in self._partitions.items() for known in p.engine.take_touched()]
        now, self._unreported = self._unreported[:LAST_SEEN_PLUGINS], self._unreported[LAST_SEEN_PLUGINS:]
        if seen := {known.plugin_id: _last_seen(known) for n, known in now if n in self._partitions}:
            self._redis.hset(keys.plugins(), mapping=seen)

    def _forget_last_seen(self, silent_since_ms: int) -> None:
        """Drop from the plugins page what the partitions have forgotten, also if who forgot it died then."""
        gone = []
        for name, body in self._redis.hscan_iter(keys.plugins(), count=1_000):
            plugin_id = name.decode()
            partition = self._partitions.get(partition_of(plugin_id, self._settings.partitions))
            if partition is None or partition.engine.knows(plugin_id):
                continue
            if _decode_last_seen(body).last_at_ms < silent_since_ms:
                gone.append(plugin_id)
        if gone:
            self._redis.hdel(keys.plugins(), *gone)


class _LastSeen(msgspec.Struct):
    last_at_ms: int


_decode_last_seen = msgspec.json.Decoder(_LastSeen).decode


def _last_seen(known: PluginMemory) -> bytes:
    return encode(
        {
            "plugin_id": known.plugin_id,
            "plugin_name": known.plugin_name or known.plugin_id,
            "last_at_ms": known.last_at_ms,
            "labels": known.labels,
            "metrics": {name: series.value for name, series in known.series.items()},
            "states": {name: state.value for name, state in known.states.items()},
        }
    )
