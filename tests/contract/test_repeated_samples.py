"""Rollups count each instant of a series once, however often and however late its sample comes: as the samples do."""

import math
import random
from collections import defaultdict
from pathlib import Path

import pytest

from archive import chunk, rollup
from archive.opening import open_archive
from archive.rollup import FIVE_MINUTES_MS, HOUR_MS
from archive.store import DAY_MS, Archive, Bucket
from tests.support.archived_series import compact as compact_all
from tests.support.archived_series import entry, record

DAY = 20_000
T0 = DAY * DAY_MS
MIDNIGHT = T0 + DAY_MS
ALL = (T0 - DAY_MS, T0 + 9 * DAY_MS)
PLUGINS, METRICS = ("p", "q"), ("cpu", "mem")


def plainly(archive: Archive, plugin_id: str, metric: str, width_ms: int) -> list[Bucket]:
    """Count the samples in the archive, one after the other; of one instant, the one that arrived last."""
    kept: dict[int, float] = {}
    for one in archive.chunks(plugin_id, *ALL):
        kept.update(chunk.series(one.body, metric))
    parts: dict[int, list[float]] = defaultdict(list)
    for at_ms, value in kept.items():
        if math.isfinite(value):
            parts[at_ms // width_ms * width_ms].append(value)
    return [Bucket(at_ms, len(v), min(v), max(v), math.fsum(v)) for at_ms, v in sorted(parts.items())]


def assert_as_counted_plainly(archive: Archive) -> None:
    for plugin_id in PLUGINS:
        for metric in METRICS:
            for width_ms in (FIVE_MINUTES_MS, HOUR_MS):
                expected = plainly(archive, plugin_id, metric, width_ms)
                found = archive.rollups(plugin_id, metric, width_ms, *ALL)
                assert [one[:4] for one in expected] == [one[:4] for one in found]
                assert all(math.isclose(a.total, b.total, abs_tol=1e-6) for a, b in zip(expected, found, strict=True))


@pytest.mark.parametrize("seed", range(6))
def test_rollups_are_those_of_the_samples_whatever_is_sent_again(place: Path | str, seed: int) -> None:
    dice = random.Random(seed)
    arrived_ms, sent = MIDNIGHT - 2 * HOUR_MS, []
    for _ in range(10):
        # A recorder that begins anew knows nothing but what is in the archive.
        archive = open_archive(place)
        archive.prepare(T0)
        entries = []
        for _ in range(dice.randrange(1, 120)):
            arrived_ms += dice.randrange(1, 90_000)
            if sent and dice.random() < 0.3:
                at_ms, plugin_id, metrics = dice.choice(sent[-dice.choice((20, 2_000)) :])
                if dice.random() < 0.2:  # The same instant with another value.
                    value = float(dice.randrange(100))
                    metrics = {**metrics, dice.choice(METRICS): value}
            else:
                at_ms = arrived_ms - dice.choice((0, 0, 0, dice.randrange(40_000), dice.randrange(9 * HOUR_MS)))
                plugin_id = dice.choice(PLUGINS)
                metrics = {name: round(dice.uniform(-9, 9), 2) for name in METRICS if dice.random() < 0.8}
            sent.append((at_ms, plugin_id, metrics))
            entries.append(entry(at_ms, plugin_id, arrived_ms=arrived_ms, **metrics))
        record(archive, entries)
        compact_all(archive)
        assert_as_counted_plainly(archive)
        archive.close()


def test_batch_that_comes_again_after_midnight_is_counted_once(archive: Archive) -> None:
    samples = [(MIDNIGHT - 60_000 + i * 1_000, float(i)) for i in range(60)]
    for begin_ms in (MIDNIGHT - 1_000, MIDNIGHT + 1_000):
        record(archive, [entry(at, "p", i, arrived_ms=begin_ms, cpu=v) for i, (at, v) in enumerate(samples)])
        compact_all(archive)

    assert [60] == [one.samples for one in archive.rollups("p", "cpu", HOUR_MS, *ALL)]


def test_batch_that_comes_again_after_days_of_silence_is_counted_once(archive: Archive) -> None:
    for arrived_ms in (T0 + 10, T0 + 5 * DAY_MS):
        record(archive, [entry(T0, "p", arrived_ms=arrived_ms, cpu=1.0)])
        compact_all(archive)

    assert [Bucket(T0, 1, 1.0, 1.0, 1.0)] == archive.rollups("p", "cpu", FIVE_MINUTES_MS, *ALL)


def test_five_minutes_whose_samples_are_gone_keep_their_count(archive: Archive) -> None:
    archive.prepare(T0)
    record(archive, [entry(T0 + i, "p", arrived_ms=T0 + i, cpu=1.0) for i in range(5)])
    compact_all(archive)
    archive.prune(DAY + 2)
    record(archive, [entry(T0 + 7, "p", arrived_ms=T0 + 3 * DAY_MS, cpu=3.0)])
    compact_all(archive)

    assert [Bucket(T0, 6, 1.0, 3.0, 8.0)] == archive.rollups("p", "cpu", FIVE_MINUTES_MS, *ALL)


def test_rollups_that_a_release_before_counted_twice_stay_and_take_what_is_new(archive: Archive) -> None:
    record(archive, [entry(T0, "p", cpu=1.0)])
    compact_all(archive)
    twice = rollup.encode([Bucket(T0, 2, 1.0, 1.0, 2.0)])
    archive.execute("UPDATE rollups SET hours = ?, minutes = ?", (*twice,))  # type: ignore[attr-defined]
    record(archive, [entry(T0, "p", arrived_ms=T0 + 10, cpu=1.0), entry(T0 + 1, "p", arrived_ms=T0 + 11, cpu=4.0)])
    compact_all(archive)

    assert [Bucket(T0, 3, 1.0, 4.0, 6.0)] == archive.rollups("p", "cpu", FIVE_MINUTES_MS, *ALL)
