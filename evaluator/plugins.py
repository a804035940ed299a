"""The plugins of one partition: what is remembered of each, and the rules that cover it. Pure."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from evaluator import checkpoint, ending, histograms, plugin_memory
from evaluator.budget import Budget
from evaluator.checkpoint import SavedPlugin
from evaluator.clock_steps import LAGGING_MS
from evaluator.histograms import Kept
from evaluator.index import Index
from evaluator.plan import Plan
from evaluator.plugin_memory import PluginMemory
from evaluator.replicas import Replicas
from evaluator.snapshot import Place, Snapshot
from evaluator.windows import Windows
from shared.model.events import Event

FORGET_LAGGING_MS = 600_000
"""A plugin that was late and fell silent is not late any more after ten minutes."""


class Plugin:
    """One plugin."""

    __slots__ = ("is_unreported", "memory", "plan", "snapshots")

    def __init__(self, memory: PluginMemory, plan: Plan) -> None:
        self.is_unreported = False
        """Whether it was heard of since `Plugins.take_unreported`."""
        self.memory = memory
        self.plan = plan
        self.snapshots: dict[str, Snapshot] = {}
        """What is pending, firing or cooling, by rule id."""


class Failure(NamedTuple):
    """Bugs met with one rule and one plugin: the rule gave no verdict then, and nothing else was touched."""

    rule_id: str
    """Empty: not of a rule, but of what is remembered of the plugin."""
    plugin_id: str
    error: Exception
    """The newest."""
    times: int


class Failures(dict[Place, Failure]):
    """Bugs met since the owner of the partition cleared this."""

    def note(self, rule_id: str, plugin_id: str, error: Exception) -> None:
        before = self.get((rule_id, plugin_id))
        # A traceback would keep alive all that its frames refer to.
        error.__traceback__ = error.__traceback__ if before is None else None
        self[rule_id, plugin_id] = Failure(rule_id, plugin_id, error, before.times + 1 if before else 1)


class Plugins:
    """All plugins of one partition of which anything is remembered."""

    def __init__(self, index: Index, failures: Failures, budget: Budget) -> None:
        self.budget = budget
        self.index = index
        """The rules in force."""
        self.by_id: dict[str, Plugin] = {}
        self.is_complete = True
        """Whether the windows hold all that the rules in force look back on, as far as the stream has it."""
        self.renamed: list[str] = []
        """Plugins that are over, until their last report is removed."""
        self._failures = failures
        self._recalled: dict[str, Replicas] = {}
        """Which replica was chosen, as the events of the past are read again."""
        self._recalled_histograms: dict[str, dict[str, Kept]] = {}
        """Likewise, what was remembered of the plugins' histograms."""
        self._recalled_operands: dict[str, PluginMemory] = {}
        """Likewise, what was remembered of the plugins with windows over formulas."""

    # -- events of the past, at a takeover or when rules change ---------------------------------------------

    def remember(self, event: Event, heard_at_ms: int) -> None:
        """Fold an event that was decided before: it changes what is remembered and nothing else."""
        plugin = self.by_id.get(event.plugin_id)
        try:
            if event.renamed_to:
                self.drop(event.plugin_id)
                return
            if plugin is None or not plugin.memory.last_at_ms:
                if self.budget.is_full:
                    return
                plugin = self.hear_first(plugin, event)
            memory = plugin.memory
            labels = memory.labels
            if event.replica and not plugin_memory.takes_replica(memory, event, heard_at_ms):
                return
            plugin_memory.remember(memory, event, heard_at_ms, plugin.plan.windows)
            if memory.labels is not labels and memory.labels != labels:
                # As when it was decided: from here on, windows are kept for the rules of these labels.
                plugin.plan = self.index.plan_for(memory.plugin_id, memory.labels)
        except Exception as error:
            self._failures.note("", event.plugin_id, error)

    def forget_windows(self) -> None:
        """Empty every window; `recall` fills them again."""
        self._recalled.clear()
        self._recalled_operands.clear()
        self._recalled_histograms.clear()
        for plugin in self.by_id.values():
            _forget_windows(plugin)

    def recall(self, event: Event, heard_at_ms: int) -> None:
        """Put an event of the past into the windows that look back on it."""
        plugin = self.by_id.get(event.plugin_id)
        if event.replica:
            known = self._recalled.setdefault(event.plugin_id, Replicas(event.replica, heard_at_ms))
            if not known.takes(event, heard_at_ms):
                return
        if plugin is not None and event.renamed_to:
            _forget_windows(plugin)
        elif plugin is not None:
            try:
                if event.histograms or (event.gone and self._recalled_histograms):
                    kept = self._recalled_histograms.setdefault(event.plugin_id, {})
                    histograms.expand(kept, event, heard_at_ms)
                    histograms.end(kept, event.gone, event.at_ms)
                plugin_memory.recall(plugin.memory, event, plugin.plan.windows)
                if plugin.plan.windows.formulas_ms:
                    self._recall_formulas(plugin, event, heard_at_ms)
            except Exception as error:
                self._failures.note("", event.plugin_id, error)

    def _recall_formulas(self, plugin: Plugin, event: Event, heard_at_ms: int) -> None:
        """Compute formulas again of the samples of their time, as the events of the past are read again."""
        then = self._recalled_operands.get(event.plugin_id)
        if then is None:
            then = self._recalled_operands[event.plugin_id] = PluginMemory(event.plugin_id)
            if plugin.memory.computed is None:
                plugin.memory.computed = {}
            then.computed = plugin.memory.computed
        plugin_memory.remember(then, event, heard_at_ms, Windows(formulas_ms=plugin.plan.windows.formulas_ms))

    def looked_back_on(self) -> dict[str, int]:
        """Return the event time from which the windows of each plugin that has some need events."""
        found = {}
        for plugin_id, plugin in self.by_id.items():
            windows, memory = plugin.plan.windows, plugin.memory
            starts = [memory.last_at_ms - length_ms for length_ms in (windows.errors_ms, *windows.formulas_ms.values())]
            starts += [
                memory.series[metric].newest_at_ms - length_ms
                for metric, length_ms in windows.lengths_ms.items()
                if metric in memory.series
            ]
            if windows.furthest_ms and memory.last_at_ms:
                # The first sample of a histogram or of a formula's metric only begins something.
                found[plugin_id] = max(0, min(starts) - histograms.GAP_MS)
        return found

    def windows_complete(self) -> None:
        """Take note that the windows hold all that the rules look back on."""
        self.is_complete = True
        self._recalled_operands.clear()
        self._recalled_histograms.clear()

    def forgive(self, deaf_ms: int, now_ms: int, judged_until_ms: int = 0) -> None:
        """
        Do not count *deaf_ms* as silence of the plugins: no evaluator was listening.

        A series that had ended for want of samples by *judged_until_ms* stays so.

        No plugin was heard later than now. So an outage forgiven again, because the owner that forgave it first died,
        adds nothing.
        """
        for plugin in self.by_id.values():
            if plugin.memory.heard_at_ms:
                plugin.memory.heard_at_ms = min(plugin.memory.heard_at_ms + deaf_ms, now_ms)
            ended: set[str] = set()
            for rule in plugin.plan.timed:
                silent_from_ms = ending.silent_from_ms(rule, plugin.memory)
                if silent_from_ms is not None and silent_from_ms <= judged_until_ms:
                    ended |= ending.silent_metrics(rule, plugin.memory, judged_until_ms)
            for name, series in plugin.memory.series.items():
                if name not in ended:
                    series.heard_at_ms = min(series.heard_at_ms + deaf_ms, now_ms)

    # -- plugins that come and go ---------------------------------------------------------------------------

    def hear_first(self, plugin: Plugin | None, event: Event) -> Plugin:
        """
        Prepare for a plugin that has sent no event before; it may have open alerts already. There must be room for it.

        Its labels decide which rules cover it, and so which parts of this event are kept.
        """
        self.budget.plugins += 1
        if plugin is None:
            return self.add(PluginMemory(event.plugin_id, event.labels))
        if event.labels:
            plugin.memory.labels = event.labels
            plugin.plan = self.index.plan_for(event.plugin_id, event.labels)
        return plugin

    def add(self, memory: PluginMemory) -> Plugin:
        plugin = Plugin(memory, self.index.plan_for(memory.plugin_id, memory.labels))
        memory.budget = self.budget
        self.budget.plugins += memory.last_at_ms > 0
        self.budget.series += _size(memory)
        self.by_id[memory.plugin_id] = plugin
        return plugin

    def add_expected(self, owns: Callable[[str], bool], now_ms: int) -> None:
        """Add those that a rule of silence names: they are missed even if they are never heard of."""
        for plugin_id in self.index.expected:
            if plugin_id not in self.by_id and owns(plugin_id):
                self.add(PluginMemory(plugin_id, heard_at_ms=now_ms))

    def forget(self, silent_since_ms: int) -> bool:
        """Drop plugins with nothing open that were last heard of before *silent_since_ms*; return whether some were."""
        gone = [i for i, p in self.by_id.items() if p.memory.heard_at_ms < silent_since_ms and not p.snapshots]
        for plugin_id in gone:
            self.drop(plugin_id)
        return bool(gone)

    def drop(self, plugin_id: str) -> None:
        """Forget a plugin; of one with something open, all but that."""
        plugin = self.by_id.pop(plugin_id, None)
        if plugin is None:
            return
        memory = plugin.memory
        self.budget.plugins -= memory.last_at_ms > 0
        self.budget.series -= _size(memory)
        if plugin.snapshots:
            self.add(PluginMemory(plugin_id)).snapshots = plugin.snapshots

    # -- for checkpoints and reports ------------------------------------------------------------------------

    def memories(self) -> list[PluginMemory]:
        """Return what is remembered."""
        return [plugin.memory for plugin in self.by_id.values()]

    def saved(self) -> list[SavedPlugin]:
        """Return what is remembered, for a checkpoint; it must be complete."""
        assert self.is_complete
        return [checkpoint.save(plugin.memory, plugin.plan.windows) for plugin in self.by_id.values()]

    def are_covered_by(self, saved: Iterable[SavedPlugin]) -> bool:
        """Tell whether what a checkpoint held is all that the rules look back on."""
        return all(kept.covers(self.by_id[kept.plugin_id].plan.windows) for kept in saved)

    def memory_of(self, plugin_id: str) -> PluginMemory:
        """Return what is remembered of one plugin, which must be one of these."""
        return self.by_id[plugin_id].memory

    def take_unreported(self) -> list[PluginMemory]:
        """Return what is remembered of the plugins heard of since this was last asked."""
        heard = [plugin for plugin in self.by_id.values() if plugin.is_unreported]
        for plugin in heard:
            plugin.is_unreported = False
        return [plugin.memory for plugin in heard]

    def take_renamed(self) -> list[str]:
        """Return the plugins that were renamed since this was last asked, and have not been heard of since."""
        over, self.renamed = self.renamed, []
        return [plugin_id for plugin_id in over if plugin_id not in self.by_id]

    def lagging(self, now_ms: int) -> dict[str, int]:
        """Return the plugins of which some or all has come late for long, and still does: by how many ms it is late."""
        lags_ms: dict[str, int] = {}
        for plugin_id, plugin in self.by_id.items():
            memory = plugin.memory
            if memory.behind and now_ms - memory.heard_at_ms < FORGET_LAGGING_MS:
                long = [
                    late.lag_ms for late in memory.behind.values() if memory.heard_at_ms - late.since_ms >= LAGGING_MS
                ]
                if long:
                    lags_ms[plugin_id] = max(long)
        return lags_ms

    def open_alerts(self) -> int:
        """Return how many alerts are pending or firing."""
        return sum(s.phase != "cooling" for plugin in self.by_id.values() for s in plugin.snapshots.values())


def _size(memory: PluginMemory) -> int:
    """Return how much of the budget for series a plugin takes."""
    return len(memory.series) + len(memory.states) + len(memory.histograms or ())


def _forget_windows(plugin: Plugin) -> None:
    plugin.memory.errors.clear()
    plugin.memory.errors_cut_at_ms = 0
    plugin.memory.computed = None
    for series in plugin.memory.series.values():
        series.samples = None
