"""A short run of the chaos harness; `make chaos` and `make chaos-many` run longer ones."""

from pathlib import Path

import pytest

from tests.chaos.faults import rolling_restart
from tests.chaos.run import chaos
from tests.chaos.soak import soak


@pytest.mark.slow
def test_nothing_is_lost_or_doubled_amid_kills_stops_and_restarts(tmp_path: Path) -> None:
    said: list[str] = []
    outcome = chaos(tmp_path, seed=7, seconds=15, say=said.append)
    print("\n".join([*said, *outcome.duplicates]))

    assert [] == outcome.problems
    assert outcome.counts["faults"] > 3
    assert outcome.counts["words"] > 10


@pytest.mark.slow
def test_rolling_restart_of_everything_under_load_is_invisible_but_for_latency(tmp_path: Path) -> None:
    said: list[str] = []
    outcome = chaos(tmp_path, seed=3, seconds=25, say=said.append, breaker=rolling_restart)
    print("\n".join(said))

    assert [] == outcome.problems
    # Nobody died, so nothing may go out twice.
    assert [] == outcome.duplicates
    assert outcome.counts["words"] > 10


@pytest.mark.slow
def test_memory_and_queues_stay_bounded_in_a_short_soak(tmp_path: Path) -> None:
    report = soak(tmp_path, events=15_000, series=300, clients=20)

    assert [] == report.problems
