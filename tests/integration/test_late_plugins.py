"""A plugin of which nothing but late samples comes: everybody who could look is told."""

from dataclasses import replace

import pytest
from redis import Redis

from api.doctor import silent_rule
from dispatchers.health_reader import HealthReader
from shared.model.encoding import encode
from shared.model.events import Event
from shared.redis import keys
from shared.settings import Settings
from shared.store import rule_store
from tests.support.factories import RunningWorker, a_rule, lag
from tests.support.real_server import RealServer
from tests.support.waiting import until

SETTINGS = replace(Settings(), partitions=1, lease_seconds=1)


@pytest.mark.parametrize("step_back_ms, is_stuck", [(3_600_000, True), (3_600_000, False)])
def test_late_plugin_is_in_the_heartbeat_the_watch_and_the_doctor(
    redis: Redis, server: RealServer, monkeypatch: pytest.MonkeyPatch, step_back_ms: int, is_stuck: bool
) -> None:
    """One whose clock stands still; one whose clock stepped back is taken up anew, and is not late."""
    monkeypatch.setattr("evaluator.worker.LAST_SEEN_MS", 50)
    rule_store.save(redis, a_rule())
    seconds, _ = redis.time()
    begun_ms = (seconds - 300) * 1000
    for second in range(300):
        entry_ms = begun_ms + second * 1000
        late_ms = begun_ms - step_back_ms if is_stuck else entry_ms - step_back_ms
        event = Event(
            "web-1", at_ms=entry_ms if second < 60 else late_ms, metrics={"cpu": 99.0 if second > 60 else 1.0}
        )
        redis.xadd(keys.events(0), {keys.EVENT_FIELD: encode(event)}, id=f"{entry_ms}-0")
    with RunningWorker(server.url, "w1", SETTINGS) as worker:
        until(lambda: lag(redis, 1) == 0 and redis.hexists(keys.plugins(), "web-1"))
        if is_stuck:
            until(lambda: "web-1 by " in worker.heartbeat.detail.get("lagging", ""))
        else:
            until(lambda: worker.heartbeat.counters["series_restarted"] == 2)
            until(lambda: worker.heartbeat.counters["transitions"] == 1)
        worker.heartbeat.beat()
        picture = HealthReader(redis, SETTINGS).read(seconds * 1000)

        def is_said() -> bool:
            said = [str(f.what) for f in silent_rule.walk(redis, SETTINGS, "r") if f.verdict == "fail"]
            return any("s late, older than what came before" in one for one in said)

        # It reads what is reported of plugins, which is written at its own times.
        until(lambda: is_said() == is_stuck)

        assert is_stuck == ("web-1" in worker.heartbeat.detail.get("lagging", ""))
    assert is_stuck == ("web-1" in picture.lagging)
