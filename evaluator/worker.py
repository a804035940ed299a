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

from redis import Redis
from redis.exceptions import RedisError

from evaluator import mending
from evaluator.faults import SHOWN, Faults, is_of_the_server
from evaluator.index import Index
from evaluator.last_seen import LastSeen
from evaluator.partition import COMMIT, Partition
from shared import crash_points
from shared.clock import Clock, ServerClock
from shared.errors import LeaseLost
from shared.log import Logger
from shared.model import backoff
from shared.process import Heartbeat, Loop, Stop
from shared.redis import keys, scripts
from shared.redis.leases import UNREAD, Leases
from shared.redis.tail import BLOCK_MS, GRACE_MS
from shared.settings import Settings
from shared.store import rule_store

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
PARKED_MS = 200
PARKED_AT_MOST_MS = 10_000
"""How long a partition is let alone after a failure of its own; longer with each, which costs the others less."""


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
        self._is_ready = False
        self._parked: dict[int, tuple[int, int]] = {}
        """Partition → how often it failed, and until when it is let alone."""
        self._index: Index | None = None
        """None until the rules were read: without them, all that is open would end."""
        self._revision: bytes | None = b"not read"
        self._due: dict[str, int] = {}
        self._faults = Faults(log, heartbeat.counters, heartbeat.detail)
        self._last_seen = LastSeen(redis, self._partitions, settings.partitions, self._faults)
        self._decided: list[Partition] = []
        """What waits for the commit."""
        self._commits = scripts.Caller(redis, COMMIT)
        self._begun: list[tuple[Partition, int]] = []
        """What is being committed, and of how many dead letters each."""
        self._loop = Loop("evaluator", self._step, log, counters=heartbeat.counters, recover=self._let_go)
        heartbeat.follow(self._loop)

    def run(self, stop: Stop) -> None:
        """Work until *stop*, then hand every partition on."""
        self._loop.run(stop)
        self._leave()

    # -- one round ----------------------------------------------------------------------------------------

    def _step(self) -> None:
        now_ms = self._clock.now_ms()
        if self._is_due("tick", TICK_MS, now_ms):
            self._commit_all()
            self._try("taking up the rules", lambda: self._take_up_rules(now_ms))
            if self._is_due("membership", MEMBERSHIP_MS, now_ms):
                self._try("sharing the partitions", self._share)
            self._keep_leases()
            for number in list(self._partitions):
                self._guard(number, self._tick)
            self._try("reporting plugins", lambda: self._last_seen.report(now_ms, self._is_report_due))
            if self._is_due("forget", FORGET_EVERY_MS, now_ms):
                silent_since_ms = now_ms - FORGET_PLUGIN_MS
                self._try("forgetting plugins", lambda: self._last_seen.forget(silent_since_ms, now_ms))
            self._faults.show(now_ms)
            if self._is_due("lagging", LAST_SEEN_MS, now_ms):
                self._try("looking for late plugins", lambda: self._show_lagging(now_ms))
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

    def _try(self, duty: str, work: Callable[[], object]) -> None:
        """Do something that concerns the whole process: an error of its own keeps it from none of the rest."""
        try:
            work()
        except Exception as error:
            if is_of_the_server(error):
                raise
            self._faults.note("duty.failed", duty, error, self._clock.now_ms())

    def _show_lagging(self, now_ms: int) -> None:
        lagging: dict[str, int] = {}
        for partition in self._partitions.values():
            lagging |= partition.engine.plugins.lagging(now_ms)
        self._heartbeat.counters["plugins_lagging"] = len(lagging)
        lines = [f"{plugin_id[:60]} by {lag_ms // 1000} s" for plugin_id, lag_ms in list(lagging.items())[:SHOWN]]
        more = len(lagging) - len(lines)
        self._heartbeat.detail.pop("lagging", None)
        if lines:
            self._heartbeat.detail["lagging"] = ", ".join(lines) + (f" and {more} more" if more else "")

    def _is_report_due(self) -> bool:
        return self._is_due("last seen", LAST_SEEN_MS, self._clock.now_ms())

    def _is_due(self, what: str, every_ms: int, now_ms: int) -> bool:
        # A clock set back must not silence a duty until it catches up.
        if 0 <= now_ms - self._due.get(what, -every_ms) < every_ms:
            return False
        self._due[what] = now_ms
        return True

    def _guard(self, number: int, duty: Callable[[Partition], None]) -> None:
        """
        Do something with a partition. When it is lost or its connection breaks, let go of it and load it anew; when it
        meets a bug, or something stored that is not as it should be, after a while.
        """
        partition = self._partitions.get(number)
        if partition is None:
            return
        try:
            duty(partition)
            if partition.engine.failures:
                self._tell_failures(partition)
        except LeaseLost as error:
            self._heartbeat.counters["leases_lost"] += 1
            self._log.warning("partition.lost", partition=number, reason=str(error))
            self._drop(number)
        except Exception as error:
            self._drop(number)
            if is_of_the_server(error):
                raise
            # What was decided of this batch is thrown away with the partition and decided again.
            self._park(number, error)
            with suppress(RedisError):
                partition.release()

    def _park(self, number: int, error: Exception) -> None:
        """Let a partition alone for a while; the others go on."""
        now_ms = self._clock.now_ms()
        failures = self._parked.get(number, (0, 0))[0] + 1
        pause_ms = backoff.delay_ms(failures, base_ms=PARKED_MS, cap_ms=PARKED_AT_MOST_MS)
        self._parked[number] = failures, now_ms + pause_ms
        self._heartbeat.counters["failures"] += 1
        self._faults.note("partition.failed", f"partition {number}", error, now_ms)

    def _tell_failures(self, partition: Partition) -> None:
        """Say which rules gave no verdict on which plugins, for a bug."""
        now_ms = self._clock.now_ms()
        by_rule = {failure.rule_id: failure for failure in partition.engine.failures.values()}
        for rule_id, failure in by_rule.items():
            count = sum(f.times for f in partition.engine.failures.values() if f.rule_id == rule_id)
            what = f"rule {rule_id} for plugin {failure.plugin_id}" if rule_id else f"plugin {failure.plugin_id}"
            self._faults.note("rule.failed", what, failure.error, now_ms, count)
        partition.engine.failures.clear()

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
        """
        Renew the leases of all partitions, and note that somebody listens; let go of what ran out.

        The same answer says how far the log of each was read: time may act on it until then, and no further. So an
        owner who slept does not judge before it has read what came meanwhile.
        """
        held = list(self._partitions.values())
        places = [
            (keys.lease(p.number), p.lease, keys.alive(p.number), keys.events(p.number), p.position) for p in held
        ]
        for partition, answer in zip(held, self._leases.renew_all(places), strict=True):
            self._guard(partition.number, partial(self._take_note_of_lease, answer=answer))

    def _take_note_of_lease(self, partition: Partition, answer: int | Exception) -> None:
        if isinstance(answer, Exception):
            raise answer
        if not answer:
            raise LeaseLost(f"the lease of partition {partition.number} ran out")
        if answer != UNREAD:
            partition.nothing_unread_at(answer)

    def _tick(self, partition: Partition) -> None:
        now_ms = self._clock.now_ms()
        partition.pass_time(now_ms)
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
        if done.restarted:
            counters["series_restarted"] += done.restarted
            self._log.warning("series.restarted", partition=partition.number, series=done.restarted)
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
        partition.engine.plugins.forget(now_ms - FORGET_PLUGIN_MS)
        partition.checkpoint(now_ms - self._keep_ms)
        self._checkpointed_at_ms[partition.number] = now_ms
        # It has done well for a while.
        self._parked.pop(partition.number, None)

    # -- rules --------------------------------------------------------------------------------------------

    def _take_up_rules(self, now_ms: int) -> None:
        counted = self._redis.get(keys.rules_revision())
        if counted == self._revision:
            return
        revision, stored, broken = rule_store.load_all(self._redis)
        index = Index(stored, broken, revision=revision, longest_lookback_ms=self._keep_ms)
        self._index, self._revision = index, counted
        self._heartbeat.counters["rules_revision"] = revision
        self._heartbeat.counters["rules_unreadable"] = len(index.unreadable)
        for rule_id, reason in index.unreadable.items():
            self._faults.note("rule.unreadable", f"rule {rule_id}", broken.get(rule_id, reason), now_ms)
        self._log.info("rules.loaded", revision=revision, rules=len(stored))
        for number in list(self._partitions):
            self._guard(number, lambda p: self._reconcile(p, index, now_ms))

    def _reconcile(self, partition: Partition, index: Index, now_ms: int) -> None:
        if partition.engine.replace_rules(index, now_ms, partition.changes):
            partition.fill_windows(now_ms - self._keep_ms)
        if partition.changes:
            self._commit(partition, now_ms)

    # -- sharing ------------------------------------------------------------------------------------------

    def _share(self) -> None:
        seconds, micros = self._redis.time()
        server_ms = seconds * 1000 + micros // 1000
        self._clock.correct(server_ms)
        now_ms = self._clock.now_ms()
        alive = 1
        try:
            with self._redis.pipeline(transaction=False) as pipe:
                pipe.zadd(keys.evaluators(), {self._name: server_ms})
                pipe.zremrangebyscore(keys.evaluators(), "-inf", server_ms - self._leases.length_ms)
                alive = pipe.zcard(keys.evaluators()).execute()[-1]
        except RedisError as error:
            if is_of_the_server(error):
                raise
            # As if there were no other: the leases see to it that none holds what another does.
            self._faults.note("stored.unreadable", "the list of evaluators", error, now_ms)
        share = math.ceil(self._settings.partitions / max(alive, 1))
        surplus = sorted(self._partitions)[share:]
        for number in surplus:
            self._guard(number, self._hand_on)
        if not surplus and self._index is not None:
            self._acquire(share, self._index, now_ms)
        self._heartbeat.detail["partitions"] = ",".join(map(str, sorted(self._partitions)))
        self._heartbeat.counters["partitions"] = len(self._partitions)
        self._heartbeat.counters["open_alerts"] = sum(p.engine.plugins.open_alerts() for p in self._partitions.values())
        if not self._is_ready and self._index is not None:
            self._is_ready = True
            self._heartbeat.mark_ready()

    def _acquire(self, share: int, index: Index, now_ms: int) -> None:
        # Each worker begins elsewhere, so that those starting together do not queue for the same leases.
        count = self._settings.partitions
        first = hash(self._name) % count
        for number in ((first + i) % count for i in range(count)):
            # A take-over may take long, and those held already must be renewed meanwhile; the next round goes on.
            if len(self._partitions) >= share or self._clock.now_ms() - now_ms > self._leases.length_ms / 4:
                return
            if number not in self._partitions and now_ms >= self._parked.get(number, (0, 0))[1]:
                try:
                    lease = self._leases.acquire(keys.lease(number), keys.fence(number), self._name)
                except Exception as error:
                    if is_of_the_server(error):
                        raise
                    self._park(number, error)
                    self._tell_unreadable(mending.mend_lease(self._redis, number), now_ms)
                    continue
                if lease:
                    self._take_over(number, lease, index, now_ms)

    def _take_over(self, number: int, lease: str, index: Index, now_ms: int) -> None:
        try:
            partition = Partition(
                self._redis, number, lease, self._leases, index, self._settings.partitions, self._loop.mark
            )
            self._reconcile(partition, index, now_ms)
            connected = partition.connect()
        except LeaseLost as error:
            self._log.warning("partition.lost", partition=number, reason=str(error))
            return
        except Exception as error:
            if is_of_the_server(error):
                raise
            self._park(number, error)
            with suppress(RedisError):
                self._leases.release(keys.lease(number), lease)
            return
        self._tell_unreadable(partition.unreadable, now_ms)
        self._partitions[number] = partition
        self._answered_at_ms[number] = self._checkpointed_at_ms[number] = self._clock.now_ms()
        self._selector.register(connected, selectors.EVENT_READ, number)
        self._log.info(
            "partition.taken", partition=number, position=partition.position, forgiven_ms=partition.forgiven_ms
        )

    def _tell_unreadable(self, unreadable: Sequence[str], now_ms: int) -> None:
        for one in unreadable:
            what, _, reason = one.partition(": ")
            self._faults.note("stored.unreadable", what, reason, now_ms)

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

    def _let_go(self, _error: Exception) -> None:
        """Redis is away, or a turn met a bug: whatever is not committed is decided again, from what is stored."""
        self._decided.clear()
        self._hang_up()
        for number in list(self._partitions):
            self._drop(number)
        self._revision = b"not read"

    def _leave(self) -> None:
        # What cannot be handed on now is taken over when its lease runs out.
        try:
            self._commit_all()
            for number in list(self._partitions):
                self._guard(number, self._hand_on)
            self._redis.zrem(keys.evaluators(), self._name)
        except Exception as error:
            self._log.warning("evaluator.left_early", reason=str(error))
        self._hang_up()
        self._selector.close()
