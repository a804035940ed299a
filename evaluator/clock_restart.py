"""What of a plugin starts again when its clock has stepped back. Pure."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from evaluator import histograms, increase
from evaluator.clock_steps import follow
from evaluator.windows import Windows
from shared.model.events import Event

if TYPE_CHECKING:
    from evaluator.plugin_memory import PluginMemory


def follow_clock(memory: "PluginMemory", event: Event, late: Sequence[str], heard_at_ms: int, windows: Windows) -> int:
    """Find what stepped back with the plugin's clock, and restart it with this event; return how many things it is."""
    at_ms = event.at_ms
    behind = memory.behind if memory.behind is not None else {}
    lag_ms = heard_at_ms - at_ms
    stepped: list[str] = []
    is_late = {f"m{name}": name in late for name in event.metrics}
    is_late |= {f"s{n}": at_ms < memory.states[n].newest_at_ms for n in event.states if n in memory.states}
    is_late |= {
        f"h{h.name}": at_ms < memory.histograms[h.name].newest_at_ms
        for h in event.histograms
        if memory.histograms and h.name in memory.histograms
    }
    is_late["p"] = at_ms < memory.last_at_ms
    for key, this_is_late in is_late.items():
        if this_is_late:
            behind[key], has_stepped = follow(behind.get(key), lag_ms, heard_at_ms)
            if has_stepped:
                stepped.append(key)
        else:
            behind.pop(key, None)
    if "p" in stepped:
        # Nothing newer of any kind came meanwhile: all of the plugin goes by the new clock.
        stepped = [f"m{name}" for name, series in memory.series.items() if series.newest_at_ms > at_ms]
        stepped += [f"s{name}" for name, state in memory.states.items() if state.newest_at_ms > at_ms]
        stepped += [f"h{name}" for name, kept in (memory.histograms or {}).items() if kept.newest_at_ms > at_ms]
        stepped.append("p")
        memory.errors = [report for report in memory.errors if report[0] <= at_ms]
        memory.errors_cut_at_ms = min(memory.errors_cut_at_ms, at_ms)
        memory.last_at_ms = at_ms
    for key in stepped:
        behind.pop(key, None)
        name = key[1:]
        if key[0] == "m":
            memory.series[name].restart(at_ms, event.metrics.get(name), windows.lengths_ms.get(name))
        elif key[0] == "h" and memory.histograms:
            histograms.restart(memory.histograms[name], at_ms)
            for metric in increase.metrics_of(name):
                if metric in memory.series and memory.series[metric].newest_at_ms > at_ms:
                    memory.series[metric].restart(at_ms, None, windows.lengths_ms.get(metric))
        elif key[0] == "s":
            memory.states[name].restart(at_ms, event.states.get(name))
    memory.behind = behind or None
    return len(stepped)
