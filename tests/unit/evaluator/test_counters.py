"""Counters: what a rule says of one that starts again, against a model that remembers every sample."""

import math
import sys
from itertools import pairwise

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from evaluator import checkpoint, condition, plugin_memory
from evaluator.checkpoint import SavedPlugin
from evaluator.condition import Condition
from evaluator.plugin_memory import PluginMemory
from evaluator.windows import Windows
from shared.model.events import Event
from shared.redis import streams
from tests.support.factories import a_rule

T = 1_700_000_000_000
LENGTH_MS = 30_000


def the(kind: str, **fields: object) -> Condition:
    shape = {"kind": kind, "metric": "n", "seconds": LENGTH_MS / 1000, "operator": ">", "threshold": 0}
    return condition.check(a_rule(condition={**shape, **fields}))


PER_SECOND, INCREASE, PERCENT = (the("rate", unit=unit) for unit in ("per_second", "increase", "percent"))
FASTEST, MEAN = (the("window", statistic=statistic, of="rate") for statistic in ("max", "avg"))
KEEP = Windows({"n": LENGTH_MS + 1})


def a_counter(at_ms: int, value: float) -> Event:
    return Event("p", at_ms=at_ms, metrics={"n": value}, counters=("n",))


def value_of(kind: Condition, memory: PluginMemory) -> float | None:
    verdict = kind.judge(memory, memory.series["n"].newest_at_ms, None)
    return None if verdict is None else verdict.value


def saved_and_restored(memory: PluginMemory) -> PluginMemory:
    body = msgspec.msgpack.encode(checkpoint.save(memory, KEEP))
    return checkpoint.restore(msgspec.msgpack.decode(body, type=SavedPlugin))


def grown(values: list[float]) -> float:
    """Count as a person would: after a fall, from 0 again."""
    return math.fsum(new - old if new >= old else new for old, new in pairwise(values))


steps = st.lists(
    st.tuples(
        st.just(0) | st.integers(-20_000, 20_000),
        st.integers(0, 50) | st.just(None),
        st.sampled_from(["", "", "takeover", "repeat"]),
    ),
    min_size=1,
    max_size=40,
)


@given(steps)
def test_counter_conditions_equal_brute_force_through_resets_takeovers_and_equal_timestamps(
    drawn: list[tuple[int, int | None, str]],
) -> None:
    """Each sample: its step in time, by how much the counter grew (None: it starts again), what happens before it."""
    memory, seen, at_ms, total = PluginMemory("p"), {}, T, 100.0
    for step_ms, growth, what in drawn:
        if what == "takeover":
            memory = saved_and_restored(memory)
        elif what == "repeat":
            for earlier in sorted(seen)[-3:]:
                plugin_memory.remember(memory, a_counter(earlier, seen[earlier]), at_ms, KEEP)
        at_ms += step_ms
        total = 0.0 if growth is None else total + growth
        seen[at_ms] = total
        plugin_memory.remember(memory, a_counter(at_ms, total), at_ms, KEEP)
        newest = max(seen)
        inside = [at for at in sorted(seen) if newest - LENGTH_MS <= at <= newest]
        values = [seen[at] for at in inside]
        expected = grown(values)
        rates = [
            grown([seen[before], seen[after]]) * 1000 / (after - before)
            for before, after in pairwise(inside)
            if before > newest - LENGTH_MS
        ]

        if len(inside) < 2:
            assert value_of(INCREASE, memory) is None
            continue
        found = value_of(INCREASE, memory), value_of(PER_SECOND, memory)
        assert (expected, expected * 1000 / (newest - inside[0])) == found
        if values[0]:
            percent = value_of(PERCENT, memory)
            assert percent is not None and math.isclose(100 * expected / values[0], percent)
        assert value_of(FASTEST, memory) == (max(rates) if rates else None)
        mean = value_of(MEAN, memory)
        assert (mean is None) == (not rates)
        assert mean is None or math.isclose(math.fsum(rates) / len(rates), mean, abs_tol=1e-9)


def test_fall_of_a_gauge_stays_a_fall() -> None:
    memory = PluginMemory("p")
    for at_s, value in ((0, 100.0), (10, 40.0)):
        plugin_memory.remember(memory, Event("p", at_ms=T + at_s * 1000, metrics={"n": value}), T, KEEP)

    assert (-60.0, -6.0) == (value_of(INCREASE, memory), value_of(PER_SECOND, memory))


def test_newest_sample_says_whether_its_metric_is_a_counter() -> None:
    memory = PluginMemory("p")
    plugin_memory.remember(memory, Event("p", at_ms=T, metrics={"n": 1, "m": 1}, counters=["n", "m", "x"]), T, KEEP)
    plugin_memory.remember(memory, Event("p", at_ms=T - 5, metrics={"m": 1}), T, KEEP)

    assert {"n", "m"} == memory.counters
    plugin_memory.remember(memory, Event("p", at_ms=T + 1, metrics={"m": 1}), T, KEEP)
    assert {"n"} == memory.counters


def test_counter_of_hundreds_of_digits_is_infinite_at_most() -> None:
    memory = PluginMemory("p")
    for at, value in enumerate((1.7e308, 1e308, 1.7e308, 0.0, 1.7e308)):
        plugin_memory.remember(memory, a_counter(T + at, value), T, KEEP)

    assert value_of(INCREASE, memory) == math.inf
    assert value_of(FASTEST, memory) == sys.float_info.max


def test_value_that_is_no_number_costs_a_counter_its_sample_alone() -> None:
    body = b'{"plugin_id":"p","at_ms":1700000000000,"metrics":{"n":NaN,"m":7},"counters":["n","m",3]}'
    events, bad = streams.decode(body, T)

    assert [({"m": 7.0}, ("n", "m"))] == [(event.metrics, event.counters) for event in events]
    assert ["metrics.n", "counters.2"] == [dropped.field for dropped in bad[0].dropped]


def test_checkpoint_of_a_release_that_knew_no_counters_is_read() -> None:
    memory = PluginMemory("p")
    plugin_memory.remember(memory, a_counter(T, 5.0), T, KEEP)
    fields = msgspec.msgpack.decode(msgspec.msgpack.encode(checkpoint.save(memory, KEEP)))
    before = checkpoint.restore(msgspec.msgpack.decode(msgspec.msgpack.encode(fields[:12]), type=SavedPlugin))

    assert (5.0, set()) == (before.series["n"].value, set(before.counters))
    plugin_memory.remember(before, a_counter(T + 1000, 2.0), T, KEEP)
    assert 2.0 == value_of(INCREASE, before)
