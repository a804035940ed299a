"""The stored form of what is remembered of a plugin: how a checkpoint is written and read back. Pure."""

import math
from itertools import pairwise

from msgspec import Struct

from evaluator.clock_steps import Lateness
from evaluator.histograms import Kept
from evaluator.plugin_memory import PluginMemory
from evaluator.replicas import Replicas
from evaluator.samples import Samples
from evaluator.series import Series, State
from evaluator.windows import NO_WINDOWS, Windows
from shared.model.formula import parse

END_MS = 1 << 53
"""No instant is later: neither the clock's nor an event's, nor the end of a cooldown."""


class SavedSeries(Struct, array_like=True):
    """A series as a checkpoint holds it; samples as little-endian 64-bit integers and floats."""

    newest_at_ms: int
    value: float
    heard_at_ms: int
    times: bytes = b""
    values: bytes = b""
    cut_at_ms: int = 0
    covers_ms: int = 0
    """How far back the samples were kept, whole as far as the stream went; older releases do not say."""
    gone_at_ms: int = 0


class SavedFormula(Struct, array_like=True):
    """The values of a formula as a checkpoint holds them; as `SavedSeries`."""

    times: bytes = b""
    values: bytes = b""
    cut_at_ms: int = 0
    covers_ms: int = 0


class SavedPlugin(Struct, array_like=True):
    """A plugin as a checkpoint holds it."""

    plugin_id: str
    plugin_name: str
    labels: dict[str, str]
    series: dict[str, SavedSeries]
    states: dict[str, State]
    errors: list[tuple[int, str, str, int]]
    last_at_ms: int
    heard_at_ms: int
    skew_ms: int = 0
    errors_cut_at_ms: int = 0
    errors_cover_ms: int = 0
    """How far back the errors were kept, whole as far as the stream went."""
    behind: dict[str, Lateness] = {}
    counters: list[str] = []
    """Older releases do not say."""
    replicas: Replicas | None = None
    parent_id: str = ""
    formulas: dict[str, SavedFormula] = {}
    """By their texts. Older releases do not say."""
    histograms: dict[str, Kept] = {}
    """Older releases do not say."""

    def covers(self, windows: Windows) -> bool:
        """Tell whether it holds all that *windows* look back on."""
        return (
            windows.errors_ms <= self.errors_cover_ms
            and all(windows.lengths_ms.get(metric, 0) <= series.covers_ms for metric, series in self.series.items())
            and all(
                formula.text in self.formulas and length_ms <= self.formulas[formula.text].covers_ms
                for formula, length_ms in windows.formulas_ms.items()
                if self.series.keys() >= set(formula.names)
            )
        )


def save(memory: PluginMemory, windows: Windows = NO_WINDOWS) -> SavedPlugin:
    """Return what a checkpoint keeps of a plugin whose memory holds all that *windows* look back on."""
    return SavedPlugin(
        memory.plugin_id,
        memory.plugin_name,
        dict(memory.labels),
        {name: _save_series(series, windows.lengths_ms.get(name, 0)) for name, series in memory.series.items()},
        memory.states,
        memory.errors,
        memory.last_at_ms,
        memory.heard_at_ms,
        memory.skew_ms,
        memory.errors_cut_at_ms,
        windows.errors_ms,
        memory.behind or {},
        sorted(memory.counters),
        memory.replicas,
        memory.parent_id,
        _save_formulas(memory, windows),
        memory.histograms or {},
    )


def restore(saved: SavedPlugin) -> PluginMemory:
    """
    Return the memory that a checkpoint kept.

    Raises:
        ValueError: `save` cannot have returned this.
    """
    _check_instants(saved.last_at_ms, saved.heard_at_ms, *(state.newest_at_ms for state in saved.states.values()))
    if any(before[0] > after[0] for before, after in pairwise(saved.errors)):
        raise ValueError("its errors are out of order")
    memory = PluginMemory(saved.plugin_id, saved.labels, saved.heard_at_ms)
    memory.plugin_name = saved.plugin_name
    memory.states = saved.states
    memory.errors = saved.errors
    memory.last_at_ms = saved.last_at_ms
    memory.skew_ms = saved.skew_ms
    memory.errors_cut_at_ms = saved.errors_cut_at_ms
    memory.behind = saved.behind or None
    if saved.counters:
        memory.counters = frozenset(saved.counters)
    memory.replicas = saved.replicas
    memory.parent_id = saved.parent_id
    if saved.histograms:
        memory.histograms = saved.histograms
        _check_instants(*(kept.newest_at_ms for kept in saved.histograms.values()))
    if saved.formulas:
        memory.computed = {
            parse(text): Samples(values.times, values.values, values.cut_at_ms)
            for text, values in saved.formulas.items()
            if values.times
        }
    for name, kept in saved.series.items():
        _check_instants(kept.newest_at_ms, kept.heard_at_ms, kept.gone_at_ms)
        if not math.isfinite(kept.value):
            raise ValueError(f"{name} is no finite number")
        series = memory.series[name] = Series(kept.newest_at_ms, kept.value, kept.heard_at_ms)
        series.gone_at_ms = kept.gone_at_ms
        if kept.times:
            series.samples = Samples(kept.times, kept.values, kept.cut_at_ms)
    return memory


def _save_series(series: Series, covers_ms: int) -> SavedSeries:
    samples = series.samples
    kept = (*samples.saved(), samples.cut_at_ms) if samples is not None else (b"", b"", 0)
    return SavedSeries(series.newest_at_ms, series.value, series.heard_at_ms, *kept, covers_ms, series.gone_at_ms)


def _save_formulas(memory: PluginMemory, windows: Windows) -> dict[str, SavedFormula]:
    saved: dict[str, SavedFormula] = {}
    for formula in (memory.computed or {}).keys() | windows.formulas_ms.keys():
        samples = memory.values_of(formula)
        if samples is not None or memory.series.keys() >= set(formula.names):
            kept = (*samples.saved(), samples.cut_at_ms) if samples is not None else (b"", b"", 0)
            saved[formula.text] = SavedFormula(*kept, windows.formulas_ms.get(formula, 0))
    return saved


def _check_instants(*instants: int) -> None:
    if not all(0 <= at_ms < END_MS for at_ms in instants):
        raise ValueError("it names an instant that cannot be")
