"""An evaluator that takes over slowly, because there is much to load or the machine is busy."""

import time

import pytest
from redis import Redis

from evaluator.partition import Partition
from shared.settings import Settings
from tests.conftest import RealServer
from tests.factories import RunningWorker
from tests.waiting import until


@pytest.mark.slow
def test_partitions_held_are_not_lost_while_others_are_taken_over(
    redis: Redis, server: RealServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = Partition._load

    def load_slowly(self: Partition, index: object) -> object:
        time.sleep(1.0)
        return load(self, index)  # type: ignore[arg-type]

    monkeypatch.setattr(Partition, "_load", load_slowly)
    with RunningWorker(server.url, "slow", Settings(lease_seconds=6.0)) as worker:
        until(lambda: worker.heartbeat.counters["partitions"] == 8)

        assert 0 == worker.heartbeat.counters["leases_lost"]
