"""
The evaluator's loop: own a fair share of the partitions, read them, decide, commit. Shell.

One thread serves all partitions of the process: each has a read in flight on a connection of its own, and a selector
says which has been answered. While one batch is decided, the server is already working on the next read, and on the
commit of the one before.
"""

import selectors
from collections.abc import Callable
from functools import partial

from redis import Redis

from archive import opening
from evaluator.archived_past import ArchivedPast
from evaluator.budget import Budget
from evaluator.committer import COMMITS, Committer
from evaluator.external_terms import Terms
from evaluator.faults import Faults, is_of_the_server
from evaluator.index import Index
from evaluator.last_seen import LastSeen
from evaluator.ownership import Ownership
from evaluator.partition import Partition
from shared.clock import Clock, ServerClock, SystemClock
from shared.log import Logger
from shared.loops import Loop, Stop
from shared.model import external
from shared.process import Heartbeat, reports
from shared.redis import keys
from shared.redis.leases import Leases
from shared.settings import Settings
from shared.store import rule_store

TICK_MS = 250
"""How often the clock, leases and rules are looked at: rules are live within a second with room to spare."""
MEMBERSHIP_MS = 1_000
CHECKPOINT_MS = 30_000
"""What a takeover replays is at most this much of the stream."""
FORGET_PLUGIN_MS = 7 * 86_400_000
"""A plugin silent for a week, with nothing open, is forgotten."""
FORGET_EVERY_MS = 3_600_000
LAST_SEEN_MS = 5_000
DOORS_MS = 2_000
"""How often it is looked whether senders of external alerts have a process to send to, if any such alert is watched."""
SIZE_MS = 500
"""How often the size of a stream that grows is looked at; it costs the server 1 ms where the stream takes 64 MB."""


class Worker:
    """One evaluator process."""

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
        self._clock = ServerClock(clock)
        self._log = log
        self._heartbeat = heartbeat
        self._keep_ms = int(settings.stream_keep_seconds * 1000)
        self._external_terms = Terms(
            tuple(settings.external_channel_names),
            external.parse_severities(settings.external_severities),
            most=max(100, 2 * settings.max_active_alerts // settings.partitions),
        )
        self._max_bytes = settings.stream_max_megabytes * 1_000_000 // settings.partitions
        self._is_ready = False
        self._index: Index | None = None
        """None until the rules were read: without them, all that is open would end."""
        self._revision: bytes | None = b"not read"
        self._due: dict[str, int] = {}
        self._selector = selectors.DefaultSelector()
        self._loop = Loop("evaluator", self._round, log, counters=heartbeat.counters, recover=self._recover)
        heartbeat.follow(self._loop)
        leases = Leases(redis, int(settings.lease_seconds * 1000))
        self._faults = Faults(log, heartbeat.counters, heartbeat.detail)
        self._ownership = Ownership(
            redis,
            name,
            leases,
            settings.partitions,
            self._clock,
            self._selector,
            heartbeat,
            self._faults,
            log,
            self._loop.mark,
            partial(Budget, settings.max_plugins // settings.partitions, settings.max_series // settings.partitions),
            ArchivedPast(
                opening.place_of(settings),
                lambda what, why: self._faults.note("window.incomplete", what, why, self._clock.now_ms()),
            ),
        )
        self._committer = Committer(
            redis,
            self._selector,
            leases.length_ms,
            self._clock,
            heartbeat.counters,
            log,
            self._ownership.give_up,
            settings.stream_max_entries,
        )
        self._last_seen = LastSeen(redis, self._ownership.held, settings.partitions, self._faults)

    def run(self, stop: Stop) -> None:
        """Work until *stop*, then hand every partition on."""
        self._loop.run(stop)
        self._leave()

    # -- one round ------------------------------------------------------------------------------------------

    def _round(self) -> None:
        now_ms = self._clock.now_ms()
        if self._is_due("tick", TICK_MS, now_ms):
            self._tick(now_ms)
        # The commits come first: what is decided next may then be sent at once.
        for number in sorted(key.data for key, _ in self._selector.select(timeout=TICK_MS / 1000)):
            if number == COMMITS:
                self._committer.on_readable()
            else:
                self._ownership.attempt(number, self._advance)
        self._committer.begin_if_free()

    def _advance(self, partition: Partition) -> None:
        """Decide what arrived in a partition, and pass the outcome to the committer."""
        failures = partition.advance(self._clock.now_ms())
        if failures is None:
            return
        for failure in failures:
            self._heartbeat.counters["failures"] += 1
            self._log.error("event.failed", exception=failure, partition=partition.number)
        if partition.engine.failures:
            self._report_failures(partition)
        self._committer.add(partition)

    def _report_failures(self, partition: Partition) -> None:
        """Report which rules gave no verdict on which plugins, because of a bug."""
        now_ms = self._clock.now_ms()
        by_rule = {failure.rule_id: failure for failure in partition.engine.failures.values()}
        for rule_id, failure in by_rule.items():
            count = sum(f.times for f in partition.engine.failures.values() if f.rule_id == rule_id)
            what = f"rule {rule_id} for plugin {failure.plugin_id}" if rule_id else f"plugin {failure.plugin_id}"
            self._faults.note("rule.failed", what, failure.error, now_ms, count)
        partition.engine.failures.clear()

    # -- a few times a second -------------------------------------------------------------------------------

    def _tick(self, now_ms: int) -> None:
        self._committer.commit_all()
        self._try("taking up the rules", lambda: self._take_up_rules(now_ms))
        if self._is_due("membership", MEMBERSHIP_MS, now_ms):
            self._try("sharing the partitions", lambda: self._share(now_ms))
        self._ownership.keep_leases()
        for number in list(self._ownership.held):
            self._ownership.attempt(number, self._pass_time)
        if self._is_due("size", SIZE_MS, now_ms):
            for number in list(self._ownership.held):
                self._ownership.attempt(number, lambda p: p.keep_to_size(self._max_bytes, now_ms - self._keep_ms))
        self._try("reporting plugins", lambda: self._last_seen.report(now_ms, self._is_report_due))
        if self._is_due("forget", FORGET_EVERY_MS, now_ms):
            silent_since_ms = now_ms - FORGET_PLUGIN_MS
            self._try("forgetting plugins", lambda: self._last_seen.forget(silent_since_ms, now_ms))
        if self._is_due("doors", DOORS_MS, now_ms):
            self._try("looking for the doors of external alerts", lambda: self._look_for_doors(now_ms))
        self._faults.show(now_ms)
        if self._is_due("lagging", LAST_SEEN_MS, now_ms):
            self._try("looking for late plugins", lambda: self._last_seen.show_lagging(self._heartbeat, now_ms))

    def _try(self, duty: str, work: Callable[[], object]) -> None:
        """Do something that concerns the whole process: an error of its own keeps it from none of the rest."""
        try:
            work()
        except Exception as error:
            if is_of_the_server(error):
                raise
            self._faults.note("duty.failed", duty, error, self._clock.now_ms())

    def _is_report_due(self) -> bool:
        return self._is_due("last seen", LAST_SEEN_MS, self._clock.now_ms())

    def _is_due(self, what: str, every_ms: int, now_ms: int) -> bool:
        # A clock set back must not silence a duty until it catches up.
        if 0 <= now_ms - self._due.get(what, -every_ms) < every_ms:
            return False
        self._due[what] = now_ms
        return True

    def _take_up_rules(self, now_ms: int) -> None:
        counted = self._redis.get(keys.rules_revision())
        if counted == self._revision:
            return
        revision, stored, broken = rule_store.load_all(self._redis)
        index = Index(stored, broken, revision=revision, external=self._external_terms)
        self._index, self._revision = index, counted
        self._heartbeat.counters["rules_revision"] = revision
        self._heartbeat.counters["rules_unreadable"] = len(index.unreadable)
        for rule_id, reason in index.unreadable.items():
            self._faults.note("rule.unreadable", f"rule {rule_id}", broken.get(rule_id, reason), now_ms)
        self._log.info("rules.loaded", revision=revision, rules=len(stored))
        for number in list(self._ownership.held):
            self._ownership.attempt(number, lambda p: self._replace_rules(p, index, now_ms))

    def _replace_rules(self, partition: Partition, index: Index, now_ms: int) -> None:
        if partition.engine.replace_rules(index, now_ms, partition.changes):
            partition.complete_windows(now_ms - self._keep_ms)
        if partition.changes:
            self._committer.commit(partition)
        if partition.engine.failures:
            self._report_failures(partition)

    def _look_for_doors(self, now_ms: int) -> None:
        watching = [p.engine.external for p in self._ownership.held.values() if p.engine.external.by_fingerprint]
        if watching:
            alive = reports(self._redis, SystemClock().now_ms())
            are_open = any(report.component == "ingest" and report.ready for report in alive)
            for externals in watching:
                externals.note_doors(now_ms, are_open=are_open)

    def _share(self, now_ms: int) -> None:
        index = self._index
        self._ownership.share(
            index,
            prepare=lambda partition: self._replace_rules(partition, index, now_ms) if index is not None else None,
            hand_on=lambda number: self._ownership.attempt(number, self._hand_on),
        )
        if not self._is_ready and index is not None:
            self._is_ready = True
            self._heartbeat.mark_ready()

    def _pass_time(self, partition: Partition) -> None:
        now_ms = self._clock.now_ms()
        partition.pass_time(now_ms)
        if partition.has_outcome:
            self._committer.commit(partition)
        if now_ms - partition.checkpointed_at_ms >= CHECKPOINT_MS:
            self._checkpoint(partition, now_ms)
        if partition.engine.failures:
            self._report_failures(partition)

    def _checkpoint(self, partition: Partition, now_ms: int) -> None:
        # Saved at once: the next owner must have the same room for new plugins.
        has_forgotten = partition.engine.plugins.forget(now_ms - FORGET_PLUGIN_MS)
        partition.checkpoint(now_ms - self._keep_ms, force=has_forgotten)
        partition.checkpointed_at_ms = now_ms
        self._ownership.end_pause(partition.number)

    # -- leaving, and losing Redis --------------------------------------------------------------------------

    def _hand_on(self, partition: Partition) -> None:
        partition.letters.settle(self._clock.now_ms(), at_once=True)
        if partition.has_outcome:
            self._committer.commit(partition)
        self._checkpoint(partition, self._clock.now_ms())
        self._ownership.hand_on(partition)

    def _recover(self, _error: Exception) -> None:
        """Redis is away, or a round met a bug: whatever is not committed is decided again, from what is stored."""
        self._committer.forget()
        self._ownership.drop_all()
        self._revision = b"not read"

    def _leave(self) -> None:
        # What cannot be handed on now is taken over when its lease runs out.
        try:
            self._committer.commit_all()
            for number in list(self._ownership.held):
                self._ownership.attempt(number, self._hand_on)
            self._ownership.leave()
        except Exception as error:
            self._log.warning("evaluator.left_early", reason=str(error))
        self._committer.disconnect()
        self._selector.close()
