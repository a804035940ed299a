"""What two samples of a histogram say, and which samples say nothing."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from evaluator import checkpoint
from evaluator.changes import Changes
from evaluator.checkpoint import SavedPlugin
from evaluator.engine import Engine
from evaluator.index import Index
from shared.model.events import Event
from shared.model.histograms import Histogram
from tests.support.factories import a_rule

T = 1_700_000_000_000
SLOW = {"kind": "threshold", "metric": "took_p95", "operator": ">", "threshold": 0.5}


def classic(*counts: float, total: float, sum_: float | None = 1.0, **fields: Any) -> Histogram:
    return Histogram("took", total, sum_, (0.1, 0.5, 1.0), tuple(map(float, counts)), **fields)


class Fold:
    """An engine with one plugin, and what each event says."""

    def __init__(self, *conditions: dict[str, Any]) -> None:
        self.engine = Engine(Index([a_rule(id=f"r{i}", condition=one) for i, one in enumerate(conditions)]))
        self.changes = Changes()
        self._entries = 0

    def take(
        self, seconds: float, *samples: Histogram, heard_s: float | None = None, **fields: Any
    ) -> dict[str, float]:
        event = Event("p", at_ms=T + round(seconds * 1000), histograms=samples, **fields)
        event = msgspec.json.decode(msgspec.json.encode(event), type=Event)
        heard_ms = T + round((seconds if heard_s is None else heard_s) * 1000)
        self._entries += 1
        self.engine.apply(event, f"{self._entries}-0", heard_ms, self.changes)
        return event.metrics

    def take_over(self) -> None:
        """Another owner goes on with a checkpoint."""
        body = msgspec.msgpack.encode([checkpoint.save(m) for m in self.engine.plugins.memories()])
        saved = msgspec.msgpack.decode(body, type=list[SavedPlugin])
        snapshots = {place: one for place, one in self.changes.snapshots.items() if one is not None}
        self.engine = Engine(self.engine.plugins.index, [checkpoint.restore(one) for one in saved], snapshots)


def test_rule_on_a_quantile_fires_and_resolves() -> None:
    fold = Fold(SLOW)

    fold.take(0, classic(0, 0, 0, total=0, sum_=0.0))
    fold.take(10, classic(20, 20, 20, total=20, sum_=1.0))
    fold.take(20, classic(20, 20, 40, total=40, sum_=19.0))
    fold.take(30, classic(60, 60, 80, total=80, sum_=20.0))

    assert ["firing", "resolved"] == [transition.kind for transition in fold.changes.transitions]
    assert 0.975 == fold.changes.transitions[0].value


def test_first_sample_and_an_interval_without_observations_say_little() -> None:
    fold = Fold()

    assert {} == fold.take(0, classic(1, 2, 3, total=4))
    assert {"took_rate": 0.0} == fold.take(10, classic(1, 2, 3, total=4))


def test_average_needs_a_sum() -> None:
    fold = Fold()
    fold.take(0, classic(0, 0, 0, total=0, sum_=None))

    assert {"took_rate", "took_p50", "took_p95", "took_p99"} == fold.take(10, classic(1, 1, 1, total=1)).keys()


@pytest.mark.parametrize("again_s", [10, 5, 0])
def test_repeated_and_late_samples_say_nothing(again_s: int) -> None:
    fold = Fold()
    samples = {0: classic(0, 0, 0, total=0), 5: classic(1, 1, 1, total=1), 10: classic(2, 2, 2, total=2)}
    for at_s, sample in samples.items():
        fold.take(at_s, sample)

    assert {} == fold.take(again_s, samples[again_s])
    assert 0.2 == fold.take(20, classic(4, 4, 4, total=4))["took_rate"]


def test_counter_that_fell_has_started_again() -> None:
    fold = Fold()
    fold.take(0, classic(50, 90, 99, total=100, sum_=90.0))

    said = fold.take(10, classic(0, 10, 10, total=10, sum_=3.0))

    assert (1.0, 0.3, pytest.approx(0.1 + 0.4 * 0.95)) == (said["took_rate"], said["took_avg"], said["took_p95"])


def test_start_after_the_sample_before_is_a_restart_also_if_nothing_fell() -> None:
    fold = Fold()
    fold.take(0, classic(1, 1, 1, total=1))

    assert 0.5 == fold.take(10, classic(5, 5, 5, total=5, start_ms=T + 5_000))["took_rate"]
    assert 0.6 == fold.take(20, classic(6, 6, 6, total=6, is_restart=True))["took_rate"]


def test_samples_far_apart_say_nothing_unless_they_always_are() -> None:
    fold = Fold()
    fold.take(0, classic(0, 0, 0, total=0))
    fold.take(10, classic(1, 1, 1, total=1))

    assert {} == fold.take(311, classic(5, 5, 5, total=5))
    assert {} != fold.take(911, classic(6, 6, 6, total=6))
    assert {} != fold.take(1_511, classic(6, 6, 6, total=6))


def test_other_bounds_and_another_form_say_nothing() -> None:
    fold = Fold()
    fold.take(0, classic(0, 0, 0, total=0))

    assert {} == fold.take(10, Histogram("took", 5.0, 1.0, (0.2,), (5.0,)))
    assert {} == fold.take(20, Histogram("took", 5.0, 1.0, scale=0, positive={1: 5.0}))
    assert 0.1 == fold.take(30, Histogram("took", 6.0, 1.0, scale=0, positive={1: 6.0}))["took_rate"]


def test_delta_says_what_its_own_interval_holds_once() -> None:
    fold = Fold()
    delta = classic(0, 20, 20, total=20, sum_=6.0, temporality="delta", start_ms=T - 10_000)

    assert (2.0, 0.3) == ((said := fold.take(0, delta))["took_rate"], said["took_avg"])
    assert {} == fold.take(0, delta)
    assert {} == fold.take(-5, delta)


def test_gauge_histogram_has_no_rate() -> None:
    said = Fold().take(0, Histogram("took", 4.0, 8.0, scale=0, positive={1: 4.0}, temporality="gauge"))

    assert {"took_p50", "took_p95", "took_p99", "took_avg"} == said.keys()


def test_end_that_the_sender_states_makes_the_next_sample_a_first_one() -> None:
    fold = Fold()
    fold.take(0, classic(0, 0, 0, total=0))
    fold.take(10, classic(1, 1, 1, total=1))
    fold.take(15, gone=("took_p95", "took_rate"))

    assert {} == fold.take(20, classic(2, 2, 2, total=2))
    assert 0.1 == fold.take(30, classic(3, 3, 3, total=3))["took_rate"]


@pytest.mark.parametrize("where", [0, 1, 2, 3])
def test_takeover_between_two_samples_changes_nothing(where: int) -> None:
    fold = Fold(SLOW)
    for at in range(4):
        if at == where:
            fold.take_over()
        fold.take(at * 10, classic(0, 0, at * 10, total=at * 10, sum_=float(at)))

    assert ["firing"] == [transition.kind for transition in fold.changes.transitions]
    assert T + 10_000 == fold.changes.transitions[0].at_ms


def test_clock_that_stepped_back_starts_the_histogram_again() -> None:
    fold = Fold()
    for n in range(3):
        fold.take(n * 10, classic(n, n, n, total=n))
    said = [fold.take(n * 10 - 3_600, classic(n, n, n, total=n), heard_s=n * 10).get("took_rate") for n in range(3, 12)]

    assert [None] * 4 == said[:4]
    assert [0.1] * 4 == said[-4:]


# -- buckets that come as series of their own -----------------------------------------------------------------


def part(bounds: dict[float, float], total: float | None = None, sum_: float | None = None) -> Histogram:
    return Histogram("took", total, sum_, tuple(bounds), tuple(bounds.values()), is_part=True)


def parts_of(n: float) -> list[Histogram]:
    """Two requests hold the buckets of one sample; n observations lie in the second bucket."""
    return [part({0.1: 0.0, 0.5: n}), part({1.0: n}, n, n * 0.3)]


WHOLE = {"took_rate": 1.0, "took_p50": 0.3, "took_p95": 0.48, "took_p99": 0.496, "took_avg": 0.3}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_parts_say_once_what_the_whole_says(order: Sequence[int]) -> None:
    fold = Fold()
    said: list[dict[str, float]] = []
    for n in range(4):
        parts = parts_of(n * 10.0)
        said += [fold.take(n * 10, parts[i]) for i in (*order, *order)]

    assert [pytest.approx(WHOLE)] * 2 == [one for one in said if one][-2:]
    assert len([one for one in said if one]) in (2, 3)


def test_series_in_one_request_say_something_from_the_second_sample_on() -> None:
    fold = Fold()
    fold.take(0, part({0.1: 0.0, 0.5: 0.0, 1.0: 0.0}, 0.0, 0.0))

    assert pytest.approx(WHOLE) == fold.take(10, part({0.1: 0.0, 0.5: 10.0, 1.0: 10.0}, 10.0, 3.0))


def test_queue_that_is_ahead_waits_for_the_other_one() -> None:
    """All samples of the one half come before those of the other, as after an outage."""
    fold = Fold()
    for n in range(3):
        for one in parts_of(n * 10.0):
            fold.take(n * 10, one)
    said = [fold.take(n * 10, parts_of(n * 10.0)[half], heard_s=70) for half in (0, 1) for n in range(3, 8)]

    assert [{}] * 5 + [pytest.approx(WHOLE)] * 5 == said


def test_bucket_that_is_lost_is_waited_for_a_minute() -> None:
    fold = Fold()
    for n in range(3):
        fold.take(n * 10, part({0.1: 0.0, 0.5: n * 10.0}, n * 10.0, n * 3.0))
    said = [fold.take(n * 10, part({0.5: n * 10.0}, n * 10.0, n * 3.0)) for n in range(3, 13)]

    assert [{}] * 7 == said[:7]
    assert 1.0 == said[-1]["took_rate"]


def test_other_buckets_begin_a_new_series() -> None:
    fold = Fold()
    for n in range(3):
        fold.take(n * 10, part({0.1: 0.0, 0.5: n * 10.0}, n * 10.0, n * 3.0))

    assert {} == fold.take(30, part({0.2: 0.0, 2.0: 30.0}, 30.0, 9.0))
    assert 1.0 == fold.take(40, part({0.2: 0.0, 2.0: 40.0}, 40.0, 12.0))["took_rate"]


def test_native_histogram_counts_where_a_sender_has_both() -> None:
    fold = Fold()
    native = [Histogram("took", n * 10.0, n * 1.0, scale=0, positive={0: n * 10.0}) for n in range(3)]
    said = [
        fold.take(n * 10, *both)
        for n in range(3)
        for both in [(native[n], part({0.1: 0.0, 0.5: n * 10.0}, n * 10.0, n * 3.0))]
    ]

    assert [None, 0.1, 0.1] == [one.get("took_avg") for one in said]


def test_summary_without_buckets_has_rate_and_average() -> None:
    fold = Fold()
    said = [fold.take(n * 10, part({}, n * 10.0), part({}, None, n * 3.0)) for n in range(3)]

    assert [{}, {"took_rate": 1.0, "took_avg": 0.3}, {"took_rate": 1.0, "took_avg": 0.3}] == said


def test_sum_without_a_count_or_buckets_is_no_histogram() -> None:
    fold = Fold()

    assert {} == fold.take(0, part({}, None, 1.0)) == fold.take(10, part({}, None, 2.0))
    assert not fold.engine.plugins.memory_of("p").histograms


def test_sum_that_comes_alone_before_its_histogram_is_left_out() -> None:
    """The second sample has no average then: the first one has no sum. From the third on all is as ever."""
    fold = Fold()
    said = []
    for n in range(3):
        fold.take(n * 30, part({}, None, n * 9.0))
        said.append(fold.take(n * 30, part({0.1: 0.0, 0.5: n * 30.0, 1.0: n * 30.0}, n * 30.0)))

    assert [
        {},
        pytest.approx({name: WHOLE[name] for name in WHOLE if name != "took_avg"}),
        pytest.approx(WHOLE),
    ] == said
