"""The proof that whoever was told "firing" is told "resolved": what nobody sees to is found, seen to and counted."""

import pytest
from redis import Redis

from dispatchers import sweeper
from dispatchers.queues import Queues
from shared.log import Logger
from shared.redis import delivery_keys, keys
from shared.store import due_groups
from tests.support.delivery import HOUR_MS, recorded, tell
from tests.support.factories import an_alert

NOW = 1_700_000_000_000
LOG = Logger("router")


@pytest.mark.parametrize("lasted_ms", [60_000, 30 * HOUR_MS])
def test_end_that_nobody_was_going_to_tell_is_found_and_told_however_long_the_alert_lasted(
    redis: Redis, lasted_ms: int
) -> None:
    fired = recorded(redis, an_alert("firing"), NOW - lasted_ms)
    tell(redis, fired)
    recorded(redis, an_alert("resolved"), NOW, fired)
    found = [sweeper.repair(redis, LOG, NOW + 60_000) for _ in range(2)]
    due = redis.smembers(delivery_keys.due("web", due_groups.group_of(fired)))
    given_a_job = sweeper.sweep(redis, Queues(redis), NOW + 60_000)

    assert ([1, 0], {b"a"}, 1) == (found, due, given_a_job)


def test_alert_whose_end_was_told_is_looked_at_no_more(redis: Redis) -> None:
    fired = recorded(redis, an_alert("firing"), NOW - 1)
    resolved = recorded(redis, an_alert("resolved"), NOW, fired)
    waiting = redis.smembers(keys.unproven_alerts())
    tell(redis, resolved, told="resolved")

    assert 0 == sweeper.repair(redis, LOG, NOW)
    assert ({b"a"}, set()) == (waiting, redis.smembers(keys.unproven_alerts()))


def test_firing_alert_nobody_was_going_to_tell_is_found(redis: Redis) -> None:
    recorded(redis, an_alert("firing"), NOW)

    assert 1 == sweeper.repair(redis, LOG, NOW)


@pytest.mark.parametrize(
    "entry",
    [
        {"told": "resolved"},
        {"told": "firing", "status": "dead", "attempted": "resolved:1"},
        {"told": "", "status": "due"},
    ],
)
def test_what_is_as_it_should_be_is_not_counted(redis: Redis, entry: dict) -> None:
    fired = recorded(redis, an_alert("firing"), NOW - 1)
    tell(redis, fired, **entry)
    recorded(redis, an_alert("resolved"), NOW, fired)

    assert 0 == sweeper.repair(redis, LOG, NOW)


def test_news_delivered_while_the_sweeper_looked_is_no_repair(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    fired = recorded(redis, an_alert("firing"), NOW - 1)
    tell(redis, fired)
    recorded(redis, an_alert("resolved"), NOW, fired)
    pipeline = redis.pipeline

    class Delivered:
        """A worker tells the end just after the sweeper has read the ledgers."""

        def __call__(self, *arguments: object, **options: object):
            made = pipeline(*arguments, **options)
            execute = made.execute

            def then(*a: object, **how: object):
                answers = execute(*a, **how)
                tell(redis, fired, told="resolved")
                return answers

            made.execute = then
            return made

    monkeypatch.setattr(redis, "pipeline", Delivered())

    assert 0 == sweeper.repair(redis, LOG, NOW)
