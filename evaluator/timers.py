"""When time alone may change something, without any event: ends of cooldowns, and instants to judge rules at. Pure."""

import heapq

from evaluator import ending
from evaluator.compiled_rule import CompiledRule
from evaluator.plugins import Failures, Plugin
from evaluator.snapshot import Place, Snapshot

NEVER_MS = 1 << 62


class Timers:
    """For one partition. Instants are the clock's."""

    def __init__(self, failures: Failures) -> None:
        self._failures = failures
        self._cooldowns: list[tuple[int, Place]] = []
        """Heap of cooldowns by their end."""
        self._judgements: list[tuple[int, Place]] = []
        """Heap of rules and plugins by the instant at which they are judged next."""
        self._endings: list[tuple[int, Place]] = []
        """Heap of rules and plugins by the instant at which the silent series of their metrics ends."""
        self._ends_ms: dict[Place, int] = {}
        """Which entry of `_endings` counts. It may be too early: a sample that comes does not move it."""
        self._next_ms: dict[Place, int] = {}
        """Which entry of `_judgements` counts; others of the same place are stale."""

    @property
    def due_at_ms(self) -> int:
        """When, at the earliest, time alone may change something; `NEVER_MS` if it does not."""
        due_ms = self._cooldowns[0][0] if self._cooldowns else NEVER_MS
        if self._judgements and self._judgements[0][0] < due_ms:
            due_ms = self._judgements[0][0]
        if self._endings and self._endings[0][0] < due_ms:
            due_ms = self._endings[0][0]
        return due_ms

    def set_cooldown(self, place: Place, snapshot: Snapshot) -> None:
        """Note when the cooldown of a snapshot ends, if anything happens then."""
        if snapshot.phase == "cooling" or (snapshot.phase == "firing" and not snapshot.announced):
            heapq.heappush(self._cooldowns, (snapshot.cooldown_until_ms, place))

    def schedule(self, plugin: Plugin, rule: CompiledRule, after_ms: int | None = None) -> None:
        """
        Note when time alone may change something of a rule, next after *after_ms*.

        Args:
            after_ms: By default when the newest event came, for what is due since may not be done yet.
        """
        memory = plugin.memory
        place = (rule.rule.id, memory.plugin_id)
        due_ms = self.next_due_ms(plugin, rule, memory.clock_ms(memory.last_at_ms) if after_ms is None else after_ms)
        if due_ms is not None and due_ms < self._next_ms.get(place, due_ms + 1):
            self._next_ms[place] = due_ms
            heapq.heappush(self._judgements, (due_ms, place))

    def count_silence_from(self, plugin: Plugin, now_ms: int) -> None:
        """Start the silence of a plugin without events now, unless an open alert already reports its silence."""
        memory = plugin.memory
        if not memory.heard_at_ms and not any(rule.rule.id in plugin.snapshots for rule in plugin.plan.clocked):
            memory.heard_at_ms = now_ms
            for rule in plugin.plan.clocked:
                self.schedule(plugin, rule)

    def next_due_ms(self, plugin: Plugin, rule: CompiledRule, after_ms: int) -> int | None:
        """Return when, next after *after_ms*, time alone may change something of a rule."""
        memory = plugin.memory
        due: list[int | None] = []
        try:
            due.append(rule.condition.due_at_ms(memory, after_ms))
        except Exception as error:
            self._failures.note(rule.rule.id, memory.plugin_id, error)
        snapshot = plugin.snapshots.get(rule.rule.id)
        if snapshot is not None and snapshot.phase == "pending":
            due.append(memory.clock_ms(snapshot.since_ms + rule.for_ms))
        if snapshot is not None and snapshot.recovering_since_ms:
            due.append(memory.clock_ms(snapshot.recovering_since_ms + rule.recover_ms))
        return min((at_ms for at_ms in due if at_ms is not None and at_ms > after_ms), default=None)

    def watch(self, plugin: Plugin, rule: CompiledRule, judged_until_ms: int, *, is_new: bool = False) -> None:
        """
        Note when the series of a rule's metrics end for want of samples, unless that is noted, or was judged.

        Args:
            judged_until_ms: Series that ended until this instant were judged.
            is_new: The rule has just come, or changed, so they were not judged by it.
        """
        place = (rule.rule.id, plugin.memory.plugin_id)
        if place in self._ends_ms and not is_new:
            return
        due_ms = ending.silent_from_ms(rule, plugin.memory)
        if due_ms is None:
            return
        if due_ms > judged_until_ms or is_new:
            due_ms = max(due_ms, judged_until_ms + 1)
            self._ends_ms[place] = due_ms
            heapq.heappush(self._endings, (due_ms, place))

    def take_endings(self, due_ms: int) -> list[Place]:
        """Take out the rules and plugins whose series may have ended at *due_ms*, in order."""
        places: list[Place] = []
        while self._endings and self._endings[0][0] == due_ms:
            _, place = heapq.heappop(self._endings)
            if self._ends_ms.get(place) == due_ms:
                del self._ends_ms[place]
                places.append(place)
        return places

    def take_cooldown(self, due_ms: int) -> Place | None:
        """Take out one cooldown that ends at *due_ms*, if there is one."""
        if self._cooldowns and self._cooldowns[0][0] == due_ms:
            return heapq.heappop(self._cooldowns)[1]
        return None

    def take_judgements(self, due_ms: int) -> dict[str, set[str]]:
        """Take out all that is judged at *due_ms*; return plugin id → rule ids."""
        due: dict[str, set[str]] = {}
        while self._judgements and self._judgements[0][0] == due_ms:
            _, place = heapq.heappop(self._judgements)
            if self._next_ms.get(place) == due_ms:
                del self._next_ms[place]
                due.setdefault(place[1], set()).add(place[0])
        return due
