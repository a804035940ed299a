"""
Random histograms against a model that keeps every observation: through restarts, gaps, repetitions and takeovers, in
every form a sender may have.
"""

import math
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from evaluator import checkpoint
from evaluator.changes import Changes
from evaluator.checkpoint import SavedPlugin
from evaluator.engine import Engine
from evaluator.index import Index
from shared.model.events import Event
from shared.model.histograms import Histogram
from tests.support.factories import a_rule

T = 1_700_000_000_000
BOUNDS = (0.25, 1.0, 4.0)
ZERO = 2.0**-4
QUANTILES = {"h_p50": 0.5, "h_p95": 0.95, "h_p99": 0.99}
CONDITIONS = [
    {"kind": "threshold", "metric": "h_p95", "operator": ">", "threshold": 1},
    {"kind": "window", "metric": "h_rate", "statistic": "avg", "seconds": 60, "operator": ">", "threshold": 0.2},
    {"kind": "threshold", "formula": "h_p99 - h_p50", "operator": ">", "threshold": 0.5},
]
RULES = [a_rule(id=f"r{n}", condition=condition, cooldown_minutes=0) for n, condition in enumerate(CONDITIONS)]

ONLY_SUM = [False, False, False, False, True]
"""Of `split`: the sum comes first, alone."""
steps = st.lists(
    st.fixed_dictionaries(
        {
            "wait_s": st.sampled_from([10, 15, 15, 30, 60, 400]),
            "values": st.lists(st.sampled_from([-3.0, -0.5, 0.0, 0.1, 0.25, 0.3, 1.0, 2.0, 3.9, 7.0]), max_size=6),
            "restarts": st.sampled_from([False, False, False, True]),
            "again": st.lists(st.integers(0, 3), max_size=2),
            "coarser": st.sampled_from([0, 0, 1]),
            "what": st.sampled_from(["", "", "save", "die"]),
            "split": st.lists(st.booleans(), min_size=5, max_size=5),
        }
    ),
    min_size=2,
    max_size=12,
)


# -- the model ------------------------------------------------------------------------------------------------


def up_to(values: Sequence[float], bound: float) -> int:
    return sum(1 for value in values if value <= bound)


def index_of(value: float, scale: int) -> int:
    """Return the bucket of a positive number, by trying one after the other."""
    index = -200
    while 2.0 ** (index * 2.0**-scale) < value * (1 - 1e-12):
        index += 1
    return index


def classic_quantile(q: float, counts: Sequence[int], total: int) -> float:
    rank = q * total
    below, low = 0, 0.0
    for bound, count in zip(BOUNDS, counts, strict=True):
        if count >= rank:
            return low + (bound - low) * (rank - below) / (count - below)
        below, low = count, bound
    return BOUNDS[-1]


def exponential_quantile(q: float, values: Sequence[float], scale: int) -> float:
    """Go through the buckets as Prometheus' Go does: from below under the median, else from above."""
    found: Counter[tuple[float, float]] = Counter()
    for value in values:
        if abs(value) <= ZERO:
            low = 0.0 if all(v >= -ZERO for v in values) and any(v > ZERO for v in values) else -ZERO
            high = 0.0 if all(v <= ZERO for v in values) and any(v < -ZERO for v in values) else ZERO
            found[low, high] += 1
        else:
            near, far = (2.0 ** ((index_of(abs(value), scale) - end) * 2.0**-scale) for end in (1, 0))
            found[(near, far) if value > 0 else (-far, -near)] += 1
    buckets = sorted(found.items(), reverse=q >= 0.5)
    rank, seen = (1 - q) * len(values) if q >= 0.5 else q * len(values), 0
    for (low, high), count in buckets:  # noqa: B007
        seen += count
        if seen >= rank:
            break
    share = ((seen - rank) if q >= 0.5 else (rank - (seen - count))) / count
    if low <= 0 <= high:
        return low + (high - low) * share
    logs = math.log2(abs(low)), math.log2(abs(high))
    if low > 0:
        return 2.0 ** (logs[0] + (logs[1] - logs[0]) * share)
    return -(2.0 ** (logs[1] + (logs[0] - logs[1]) * (1 - share)))


def expected(form: str, log: Sequence[dict[str, Any]]) -> dict[int, dict[str, float]]:
    """Return what is said of each time, from the observations alone."""
    said: dict[int, dict[str, float]] = {}
    interval_s = 0.0
    for before, step in pairwise(log):
        seconds = (step["at_ms"] - before["at_ms"]) / 1000
        if form != "delta":
            longest, interval_s = max(300, 3 * interval_s), seconds
            if seconds > longest:
                continue
        new = step["values"] if form == "delta" or step["restarts"] else step["all"][len(before["all"]) :]
        old_counts = [up_to(before["all"], bound) for bound in (*BOUNDS, math.inf)]
        counts = [up_to(step["all"], bound) for bound in (*BOUNDS, math.inf)]
        if form == "parts" and step["restarts"] and all(map(int.__ge__, counts, old_counts)):
            # Nobody states a restart, and none is seen where no bucket fell.
            counts = [count - old for count, old in zip(counts, old_counts, strict=True)]
            metrics = {"h_rate": counts[-1] / seconds}
            if counts[-1]:
                *rising, most = accumulate(counts, max)
                metrics |= {name: classic_quantile(q, rising, most) for name, q in QUANTILES.items()}
                metrics["h_avg"] = (sum(step["all"]) - sum(before["all"])) / counts[-1]
            said[step["at_ms"]] = metrics
            continue
        metrics = {"h_rate": len(new) / seconds}
        if new:
            metrics["h_avg"] = sum(new) / len(new)
            for name, q in QUANTILES.items():
                if form == "exponential":
                    metrics[name] = exponential_quantile(q, new, step["scale"])
                else:
                    metrics[name] = classic_quantile(q, [up_to(new, bound) for bound in BOUNDS], len(new))
        said[step["at_ms"]] = metrics
    return said


# -- what is sent ---------------------------------------------------------------------------------------------


def timed(drawn: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add to each step its time and all observations of its process."""
    found: list[dict[str, Any]] = []
    at_ms, every, scale = T, list[float](), 3
    for step in drawn:
        at_ms += step["wait_s"] * 1000
        every = list(step["values"]) if step["restarts"] or not found else every + step["values"]
        scale = 3 if step["restarts"] else max(scale - step["coarser"], -1)
        began = at_ms - 1 if step["restarts"] else 0
        found.append({**step, "at_ms": at_ms, "all": every, "scale": scale, "start_ms": began})
    return found


def events_of(form: str, step: dict[str, Any], before_ms: int) -> list[Event]:
    at_ms, values = step["at_ms"], step["values"] if form == "delta" else step["all"]
    total, total_sum = float(len(values)), float(sum(values))
    counts = tuple(float(up_to(values, bound)) for bound in BOUNDS)
    if form == "parts":
        pieces = [*zip(BOUNDS, counts, strict=True), "count", "sum"]
        return [
            Event(
                "p",
                at_ms=at_ms,
                histograms=(
                    Histogram(
                        "h",
                        total if "count" in chosen else None,
                        total_sum if "sum" in chosen else None,
                        tuple(piece[0] for piece in chosen if isinstance(piece, tuple)),
                        tuple(piece[1] for piece in chosen if isinstance(piece, tuple)),
                        is_part=True,
                    ),
                ),
            )
            for side in (True, False)
            if (chosen := [piece for piece, on in zip(pieces, step["split"], strict=True) if on == side])
        ]
    fields: dict[str, Any] = {"start_ms": step["start_ms"]}
    if form == "delta":
        fields = {"start_ms": before_ms, "temporality": "delta"}
    if form != "exponential":
        return [Event("p", at_ms=at_ms, histograms=(Histogram("h", total, total_sum, BOUNDS, counts, **fields),))]
    signs: tuple[Counter[int], Counter[int]] = (Counter(), Counter())
    for value in values:
        if abs(value) > ZERO:
            signs[value < 0][index_of(abs(value), step["scale"])] += 1
    positive, negative = ({index: float(n) for index, n in sign.items()} for sign in signs)
    zero = float(sum(abs(value) <= ZERO for value in values))
    sample = Histogram(
        "h",
        total,
        total_sum,
        scale=step["scale"],
        positive=positive,
        negative=negative,
        zero=zero,
        zero_threshold=ZERO,
        **fields,
    )
    return [Event("p", at_ms=at_ms, histograms=(sample,))]


class Owner:
    """Decides a log; it can die anywhere, and the next owner goes on with a checkpoint and the log after it."""

    def __init__(self) -> None:
        self.changes = Changes()
        self._engine = Engine(Index(RULES))
        self._log: list[tuple[int, bytes]] = []
        self._saved: tuple[int, bytes] = (0, msgspec.msgpack.encode([]))

    def take(self, event: Event, heard_ms: int) -> dict[str, float]:
        body = msgspec.json.encode(event)
        self._log.append((heard_ms, body))
        read = msgspec.json.decode(body, type=Event)
        self._engine.apply(read, f"{len(self._log)}-0", heard_ms, self.changes)
        return read.metrics

    def save(self) -> None:
        memories = self._engine.plugins.memories()
        self._saved = len(self._log), msgspec.msgpack.encode([checkpoint.save(one) for one in memories])

    def die(self) -> None:
        at, body = self._saved
        memories = [checkpoint.restore(one) for one in msgspec.msgpack.decode(body, type=list[SavedPlugin])]
        snapshots = {place: one for place, one in self.changes.snapshots.items() if one is not None}
        self._engine = Engine(Index(RULES), memories, snapshots)
        for heard_ms, event in self._log[at:]:
            self._engine.plugins.remember(msgspec.json.decode(event, type=Event), heard_ms)


def played(form: str, log: Sequence[dict[str, Any]], *, is_whole: bool) -> tuple[dict[int, dict[str, float]], Owner]:
    """
    Return what was said of each time.

    Args:
        is_whole: Whether nobody dies and nothing is repeated.
    """
    owner = Owner()
    said: dict[int, dict[str, float]] = {}
    sent: list[Event] = []
    for number, step in enumerate(log):
        if step["what"] == "die" and not is_whole:
            owner.die()
        events = events_of(form, step, log[number - 1]["at_ms"] if number else step["at_ms"] - 10_000)
        sent += events
        again = [] if is_whole else [sent[-1 - back] for back in step["again"] if back < len(sent)]
        for event in (*events, *again):
            for name, value in owner.take(event, step["at_ms"] + 500).items():
                assert name not in said.setdefault(event.at_ms, {}), "nothing is said twice"
                said[event.at_ms][name] = value
        if step["what"] == "save" and not is_whole:
            owner.save()
    return {at_ms: metrics for at_ms, metrics in said.items() if metrics}, owner


def decisions(owner: Owner) -> list[tuple[str, str, int, str]]:
    """Return what was decided; ids of alerts depend on the number of the entry."""
    return [(one.kind, one.rule_id, one.at_ms, one.reason) for one in owner.changes.transitions]


@pytest.mark.parametrize("form", ["classic", "parts", "exponential", "delta"])
def test_what_is_said_follows_from_the_observations_alone(form: str) -> None:
    @settings(max_examples=50, deadline=None)
    @given(steps)
    def check(drawn: list[dict[str, Any]]) -> None:
        values = [-3.0, -0.5] if form != "exponential" else []
        # A sum that comes before all else of its histogram is none: see test_histograms.
        assume(form != "parts" or drawn[0]["split"] != ONLY_SUM)
        log = timed([{**step, "values": [v for v in step["values"] if v not in values]} for step in drawn])
        said, owner = played(form, log, is_whole=False)

        model = expected(form, log)
        # A delta states its own interval, so that its first sample says something, too.
        first = {log[0]["at_ms"]} if form == "delta" else set()
        assert model.keys() == said.keys() - first
        for at_ms, metrics in model.items():
            assert metrics == pytest.approx(said[at_ms], rel=1e-9, abs=1e-9)
        _, unbroken = played(form, log, is_whole=True)
        assert decisions(unbroken) == decisions(owner)

    check()
