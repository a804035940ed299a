"""The system as Prometheus reads it: processes, partitions, board and channels, whatever lies in Redis."""

import pytest
from prometheus_client.parser import text_string_to_metric_families
from redis import Redis

from api.read import metrics
from shared.clock import SystemClock
from shared.process import Heartbeat
from shared.redis import delivery_keys
from shared.settings import Settings
from tests.support.api import stored


def scraped(redis: Redis) -> dict[tuple[str, str], float]:
    """Name and labels → value of each sample."""
    text = metrics.exposition(redis, Settings(), SystemClock().now_ms()).decode()
    return {
        (sample.name, ",".join(f"{k}={v}" for k, v in sample.labels.items() if k not in ("host", "pid"))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_empty_system_has_every_partition_and_channel_at_nothing(redis: Redis) -> None:
    found = scraped(redis)

    assert {0.0} == {value for (name, _), value in found.items() if "partition" in name or "channel" in name}
    assert 8 == len([1 for name, _ in found if "enhanced_alerts_partition_lag" == name])


def test_board_queues_failures_and_the_given_up_are_counted(redis: Redis) -> None:
    stored(redis, 0, severity="critical")
    stored(redis, 1, severity="critical", state="acknowledged")
    redis.rpush("rq:queue:channel-webhook", "a", "b")
    redis.set(delivery_keys.failures("webhook"), 3)
    redis.zadd(delivery_keys.dead_notifications(), {"webhook\0a": 1})
    found = scraped(redis)

    assert 2 == found["enhanced_alerts_active_by_severity", "severity=critical"]
    assert 1 == found["enhanced_alerts_active_by_state", "state=acknowledged"]
    assert (2, 3) == (
        found["enhanced_alerts_channel_queue", "channel=webhook"],
        found["enhanced_alerts_channel_failures", "channel=webhook"],
    )
    assert 1 == found["enhanced_alerts_dead_notifications", ""]


@pytest.mark.parametrize("ready", [True, False])
def test_process_reports_its_counters_and_whether_it_is_ready(redis: Redis, ready: bool) -> None:
    heartbeat = Heartbeat(redis, "router")
    heartbeat.ready = ready
    heartbeat.counters["routed"] = 7
    heartbeat.beat()
    found = scraped(redis)

    assert float(ready) == found["enhanced_alerts_process_ready", "component=router"]
    assert 7 == found["enhanced_alerts_work_total", "component=router,what=routed"]
