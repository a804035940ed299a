"""The jobs that wait for a channel do not grow without end, though no worker takes any."""

from redis import Redis

from dispatchers import sweeper
from dispatchers.queues import MAX_WAITING, Queues
from shared.redis import delivery_keys
from shared.store import due_groups


def test_jobs_of_a_channel_that_is_slow_do_not_pile_up(redis: Redis) -> None:
    """No worker takes any; the same groups come due again and again."""
    rounds = 3 * MAX_WAITING // sweeper.SWEEP_AT_ONCE
    groups = {f"webhook{due_groups.SEPARATOR}{n}": 0 for n in range(sweeper.SWEEP_AT_ONCE)}
    queues = Queues(redis)
    for now_ms in range(rounds):
        redis.zadd(delivery_keys.due_groups(), groups)
        sweeper.sweep(redis, queues, now_ms)

    assert MAX_WAITING <= due_groups.queue_of(redis, "webhook").count < MAX_WAITING + sweeper.SWEEP_AT_ONCE
    assert len(groups) == redis.zcard(delivery_keys.due_groups())
