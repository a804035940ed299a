"""What must not grow without end: the jobs that wait for a channel, and the story of an alert."""

from redis import Redis

from dispatchers import sweeper
from dispatchers.queues import MAX_WAITING, Queues
from shared.model import lifecycle
from shared.model.alerts import TimelineEntry
from shared.redis import keys
from shared.store import alert_store, due_groups
from tests.support.delivery import a_transition


def test_jobs_of_a_channel_that_is_slow_do_not_pile_up(redis: Redis) -> None:
    """No worker takes any; the same groups come due again and again."""
    rounds = 3 * MAX_WAITING // sweeper.SWEEP_AT_ONCE
    groups = {f"webhook{due_groups.SEPARATOR}{n}": 0 for n in range(sweeper.SWEEP_AT_ONCE)}
    queues = Queues(redis)
    for now_ms in range(rounds):
        redis.zadd(keys.due_groups(), groups)
        sweeper.sweep(redis, queues, now_ms)

    assert MAX_WAITING <= due_groups.queue_of(redis, "webhook").count < MAX_WAITING + sweeper.SWEEP_AT_ONCE
    assert len(groups) == redis.zcard(keys.due_groups())


def test_story_of_an_alert_is_bounded(redis: Redis) -> None:
    alert = lifecycle.apply(None, a_transition("firing"))
    assert alert is not None
    for n in range(alert_store.MAX_TIMELINE + 50):
        with redis.pipeline() as pipe:
            alert_store.stage(pipe, alert, alert, TimelineEntry(at_ms=n, kind="counted"), 1_000_000)
            pipe.execute()

    assert alert_store.MAX_TIMELINE == redis.llen(keys.timeline(alert.id))
    assert alert_store.MAX_TIMELINE + 49 == alert_store.timeline(redis, alert.id)[-1].at_ms
