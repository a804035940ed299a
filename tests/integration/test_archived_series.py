"""What is read of series is the same, whether it is in the streams, in the archive, or partly in both."""

from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from api.read import archived_series, rule_series
from api.read.series import Series
from archive.opening import open_archive
from archive.readers import Readers
from archive.store import DAY_MS, ArchiveError, Batch, Gap
from evaluator.compiled_rule import compile_rule
from evaluator.fleet_partials import exact_sum
from evaluator.fleet_rule import fleet_rule_of
from shared.clock import SystemClock
from shared.model import reasons
from shared.model.encoding import encode
from shared.model.events import Event
from shared.model.fleet import Partial, Report, RuleReport
from shared.model.histograms import Histogram
from shared.model.partitions import partition_of
from shared.redis import keys
from tests.support.archived_series import archived, compact
from tests.support.factories import a_rule, an_event, publish
from tests.support.kept import Keep, record_all

NOW = 1_700_000_000_000
ONE = 1
PARTITIONS = 8
GROUP = "fleet:r/kr"


def put(redis: Redis, *values: float, plugin: str = "p", partitions: int = PARTITIONS) -> None:
    for n, value in enumerate(values):
        publish(redis, partitions, an_event(NOW + n, plugin, cpu=value))


def read(
    redis: Redis, readers: Readers, *wanted: tuple[str, str], since_ms: int = 0, until_ms: int = NOW + 9
) -> list[Series]:
    return archived_series.read(redis, readers, wanted, since_ms, until_ms, 100, PARTITIONS).series


def test_samples_are_those_of_the_plugin_and_the_time_asked_for(redis: Redis, keep: Keep) -> None:
    put(redis, 1, 2, 3, 4)
    put(redis, 9, plugin="other")
    (found,) = read(redis, keep(PARTITIONS), ("p", "cpu"), since_ms=NOW + 1, until_ms=NOW + 2)

    assert [(NOW + 1, 2.0), (NOW + 2, 3.0)] == found.samples
    assert (NOW + 1, 0) == (found.since_ms, found.step_ms)


def test_each_asked_for_is_answered_in_order_though_nothing_is_known_of_it(redis: Redis, keep: Keep) -> None:
    put(redis, 1)
    found = read(redis, keep(PARTITIONS), ("nobody", "cpu"), ("p", "x"), ("p", "cpu"))

    assert [("nobody", 0), ("p", 0), ("p", 1)] == [(one.plugin_id, len(one.samples)) for one in found]


@pytest.mark.parametrize("junk", [b"", b"\xff", b"null", b"{}", b"[7]"])
def test_entry_that_cannot_be_read_hides_no_sample(redis: Redis, keep: Keep, junk: bytes) -> None:
    put(redis, 1)
    (place,) = [key for key in redis.scan_iter() if b"events" in key]
    redis.xadd(place, {keys.EVENT_FIELD: junk})
    redis.xadd(place, {"other": "field"})
    publish(redis, PARTITIONS, an_event(NOW + 1, "p", cpu=2))
    (found,) = read(redis, keep(PARTITIONS), ("p", "cpu"), since_ms=NOW - 9)

    assert [1.0, 2.0] == [value for _, value in found.samples]


def test_late_samples_are_in_their_places(redis: Redis, keep: Keep) -> None:
    put(redis, 3, 4)
    publish(redis, PARTITIONS, an_event(NOW - 5, "p", cpu=1))
    (found,) = read(redis, keep(PARTITIONS), ("p", "cpu"), since_ms=NOW - 10)

    assert [(NOW - 5, 1.0), (NOW, 3.0), (NOW + 1, 4.0)] == found.samples


def test_samples_of_a_histogram_are_computed_as_by_the_evaluator(redis: Redis, keep: Keep) -> None:
    for n in range(4):
        sample = Histogram("took", n * 10.0, n * 3.0, (0.1, 0.5), (0.0, n * 10.0))
        publish(redis, PARTITIONS, Event("p", at_ms=NOW + n * 10_000, histograms=(sample,)))
    wanted = (("p", "took_p50"), ("p", "took_rate"))
    (p50, rate) = read(redis, keep(PARTITIONS), *wanted, since_ms=NOW + 15_000, until_ms=NOW + 30_000)

    assert [(NOW + 20_000, pytest.approx(0.3)), (NOW + 30_000, pytest.approx(0.3))] == p50.samples
    assert [(NOW + 20_000, 1.0), (NOW + 30_000, 1.0)] == rate.samples


@pytest.mark.parametrize(
    ("condition", "samples"),
    [
        ({"kind": "threshold", "metric": "used"}, [(1_000, 10.0), (2_000, 20.0)]),
        ({"kind": "threshold", "formula": "used / size * 100"}, [(1_000, 20.0), (2_000, 25.0)]),
    ],
)
def test_what_a_rule_measures_is_read(
    redis: Redis, keep: Keep, condition: dict[str, Any], samples: list[tuple[int, float]]
) -> None:
    rule = a_rule(id="r", condition={"operator": ">", "threshold": 1, **condition})
    for at_ms, metrics in ((0, {"size": 50.0}), (1_000, {"used": 10.0}), (2_000, {"used": 20.0, "size": 80.0})):
        publish(redis, PARTITIONS, Event("p", at_ms=NOW + at_ms, metrics=metrics))
    readers = keep(PARTITIONS)
    answer = rule_series.read(redis, readers, rule, "p", NOW - 1, NOW + 3_600_000, 100, PARTITIONS)

    assert [(NOW + at_ms, value) for at_ms, value in samples] == answer.series[0].samples
    assert answer.unavailable_before_ms is None


def test_group_has_the_aggregate_of_all_partitions_at_each_tick(redis: Redis, keep: Keep) -> None:
    condition = {"kind": "fleet", "metric": "cpu", "aggregate": "avg", "by": ["region"]}
    rule = a_rule(id="r", condition={"operator": ">", "threshold": 1, **condition})
    definition = fleet_rule_of(compile_rule(rule)).definition  # type: ignore[union-attr]
    begin_ms = SystemClock().now_ms() - 60_000
    for tick_ms in (begin_ms, begin_ms + 5_000):
        of_sources = {0: Partial(("kr",), 3, exact_sum([10.0, 20.0, 30.0]))}
        of_sources[1] = Partial(("kr",), 1, exact_sum([100.0 + (tick_ms - begin_ms) / 1_000]))
        for source, partial in of_sources.items():
            body = encode(Report(source, tick_ms, {"r": RuleReport(definition, {GROUP: partial})}))
            redis.xadd(keys.events(partition_of(GROUP, PARTITIONS)), {keys.FLEET_FIELD: body}, id=f"{tick_ms}-*")
    readers = keep(PARTITIONS)
    answer = rule_series.read(redis, readers, rule, GROUP, begin_ms, begin_ms + 60_000, 100, PARTITIONS)

    assert [(begin_ms, 40.0), (begin_ms + 5_000, 41.25)] == answer.series[0].samples


def test_days_that_only_the_archive_has_are_joined_with_what_arrives_now(redis: Redis, place: Path | str) -> None:
    now_ms = SystemClock().now_ms()
    begin_ms = now_ms - 2 * DAY_MS
    archive = open_archive(place)
    old = [(begin_ms + i * 60_000, float(i)) for i in range(2_000)]
    archived(archive, old)
    new = [(now_ms + n, 5_000.0 + n) for n in range(30)]
    for n, (at_ms, value) in enumerate(new):
        if n == 10:
            record_all(redis, archive, ONE)
            compact(archive)
        if n == 20:
            record_all(redis, archive, ONE)
        publish(redis, ONE, an_event(at_ms, "p", cpu=value))
    archive.close()
    readers = Readers(place)
    (fine,) = archived_series.read(redis, readers, [("p", "cpu")], begin_ms, now_ms + 60_000, 3_000, ONE).series
    (coarse,) = archived_series.read(redis, readers, [("p", "cpu")], begin_ms, now_ms + 60_000, 20, ONE).series

    assert ([*old, *new], 0) == (fine.samples, fine.step_ms)
    assert (0.0, 5_029.0) == (min(coarse.lows), max(coarse.highs))
    assert 20 * coarse.step_ms >= 2 * DAY_MS
    assert len(coarse.samples) <= 21
    (recent,) = archived_series.read(redis, readers, [("p", "cpu")], now_ms, now_ms + 60_000, 2_000, ONE).series
    assert new == recent.samples, "each once"


def test_lost_events_are_a_gap(redis: Redis, tmp_path: Path) -> None:
    archive = open_archive(tmp_path / "archive.db")
    put(redis, 1, partitions=ONE)
    record_all(redis, archive, ONE)
    cursor = archive.cursors()["events:0"]
    lost = [Gap("events:0", NOW - 50, NOW - 20, 3), Gap("events:0", NOW - 900, NOW - 800, 3)]
    for gap in lost:
        archive.record([Batch("events:0", cursor, cursor, [], gap)], 0)
    archive.close()
    readers = Readers(tmp_path / "archive.db")
    (found,) = archived_series.read(redis, readers, [("p", "cpu")], NOW - 40, NOW, 100, ONE).series

    assert [(NOW - 40, NOW - 20)] == found.gaps


def test_while_the_archive_is_away_the_streams_answer_and_say_so(redis: Redis, tmp_path: Path) -> None:
    opened: list[Path | str] = []

    def fail(place: Path | str) -> None:
        opened.append(place)
        raise ArchiveError(reasons.of("archive.file_unusable", file="f", error="gone"))

    readers = Readers(tmp_path / "archive.db", fail)
    put(redis, 1, 2)
    first_ms = int(redis.xrange(next(k for k in redis.scan_iter() if b"events" in k))[0][0].partition(b"-")[0])
    answers = [archived_series.read(redis, readers, [("p", "cpu")], 0, NOW + 9, 100, PARTITIONS) for _ in range(2)]
    (found,) = answers[0].series

    assert ([1.0, 2.0], first_ms) == ([value for _, value in found.samples], answers[0].unavailable_before_ms)
    assert NOW + 9 == found.since_ms
    assert answers[0] == answers[1]
    assert 1 == len(opened), "each request would wait for it in vain"


def test_what_the_stream_has_whole_needs_no_archive(redis: Redis, tmp_path: Path) -> None:
    readers = Readers(tmp_path / "archive.db", lambda _: pytest.fail("opened"))
    now_ms = SystemClock().now_ms()
    redis.xadd(keys.events(0), {keys.EVENT_FIELD: b"{}"}, id=f"{now_ms - 3_600_000}-0")
    publish(redis, ONE, an_event(now_ms - 5, "p", cpu=1))
    answer = archived_series.read(redis, readers, [("p", "cpu")], now_ms - 900_000, now_ms, 100, ONE)

    assert [(now_ms - 5, 1.0)] == answer.series[0].samples
