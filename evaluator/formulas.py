"""
Formulas over what is remembered of one plugin: their value now, and the values that windows look back on. Pure.

The metrics of a formula may come in different events. So its value is that of the newest samples of all of them, and
its time is that of the newest of these; it changes when an event brings a newest sample of at least one. The value is
computed of the plugin's series, which follow from the stream alone, whenever a rule is judged; only windows need the
values of the past, and these are kept like samples (`PluginMemory.computed`).
"""

from collections.abc import Mapping
from typing import NamedTuple

from evaluator.samples import Samples
from evaluator.series import Series
from shared.model.events import Event
from shared.model.formula import Formula

STALE_MS = 300_000
"""
How much older than the newest sample of a formula its other samples may be. Prometheus, too, takes a sample for the
present one for five minutes; and senders that report each minute may miss a few.
"""


class FormulaValue(NamedTuple):
    """The value of a formula, of which samples, and as of when."""

    at_ms: int
    value: float
    operands: list[float]


def read(formula: Formula, series: Mapping[str, Series]) -> FormulaValue | None:
    """Return the value of *formula* now; None if a metric is missing, has ended or is stale, or it has no value."""
    operands: list[float] = []
    newest_ms = -1
    oldest_ms = 0
    for name in formula.names:
        known = series.get(name)
        if known is None or known.is_gone:
            return None
        at_ms = known.newest_at_ms
        if newest_ms < 0:
            newest_ms = oldest_ms = at_ms
        elif at_ms > newest_ms:
            newest_ms = at_ms
        elif at_ms < oldest_ms:
            oldest_ms = at_ms
        operands.append(known.value)
    if newest_ms - oldest_ms > STALE_MS:
        return None
    value = formula.value(operands)
    return None if value is None else FormulaValue(newest_ms, value, operands)


def remember(
    computed: dict[Formula, Samples],
    series: Mapping[str, Series],
    event: Event,
    lengths_ms: Mapping[Formula, int],
) -> int:
    """
    Keep the values of the formulas that windows look back on, after *event* was put into *series*.

    Late samples change nothing: which other samples belonged to them is not known any more.

    Returns:
        How many values were dropped for want of room.
    """
    cut = 0
    for formula, length_ms in lengths_ms.items():
        if not any(
            name in event.metrics and name in series and series[name].newest_at_ms == event.at_ms
            for name in formula.names
        ):
            continue
        reading = read(formula, series)
        if reading is None:
            continue
        samples = computed.get(formula)
        if samples is None or reading.at_ms < samples.newest_at_ms:
            # A metric whose clock stepped back has started again: so do the values computed of it.
            samples = computed[formula] = Samples()
        cut += samples.put(reading.at_ms, reading.value, reading.at_ms, length_ms)
    return cut


def forget(computed: dict[Formula, Samples], lengths_ms: Mapping[Formula, int]) -> None:
    """Drop the values of formulas that no window looks back on any more."""
    for formula in computed.keys() - lengths_ms.keys():
        del computed[formula]
