"""What one delivery costs, and what it leaves when something happens in its middle: the real job, in this process."""

import itertools
import threading
from collections.abc import Iterator

import pytest
from msgspec import structs
from redis import Redis
from redis.connection import AbstractConnection
from rq.serializers import JSONSerializer

from dispatchers import claim, jobs, quick_worker, renewal, sweeper
from dispatchers.queues import Queues
from dispatchers.quick_worker import QuickWorker
from shared.clock import SystemClock
from shared.log import Logger
from shared.redis import connection, delivery_keys
from shared.store import alert_store, channel_store, deliveries, due_groups
from tests.support.delivery import becomes, ledger_of, set_up
from tests.support.factories import an_alert
from tests.support.proxy import proxy_before
from tests.support.real_server import RealServer
from tests.support.servers import Hook, answer, http_server

ROUND_TRIPS = 8
"""Of a quiet delivery: taking the job, reading it, saying so; taking the group up, the permit with the mark, the
record, settling; and RQ's end."""


@pytest.fixture
def hook(redis: Redis) -> Iterator[Hook]:
    with http_server() as server:
        channel_store.save(redis, "webhook", {"url": server.url})
        yield server


def sent(redis: Redis, alert_id: str) -> int:
    return [entry.kind for entry in alert_store.timeline(redis, alert_id)].count("notification.sent")


def test_quiet_delivery_takes_few_round_trips(redis: Redis, hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Counted as the difference that one more job makes to a worker's run, the second of them on a warm process.

    What is done every so many seconds is no part of it, and would fall into the last run of a slow machine: a claim
    that is renewed costs a connection, two commands and a conflict.
    """
    set_up(redis)
    monkeypatch.setattr(renewal, "EVERY_S", 3_600.0)
    monkeypatch.setattr(quick_worker, "HEARTBEAT_EVERY_S", 3_600.0)
    monkeypatch.setattr(quick_worker, "SUSPENSION_EVERY_S", 3_600.0)
    queues, counted = Queues(redis), []
    asked = itertools.count()
    send, worker_thread = AbstractConnection.send_packed_command, threading.get_ident()

    def counting(self: AbstractConnection, *what: object, **how: object) -> None:
        if threading.get_ident() == worker_thread:
            next(asked)
        send(self, *what, **how)

    monkeypatch.setattr(AbstractConnection, "send_packed_command", counting)
    for wanted in (1, 1, 2):
        alerts = [an_alert(id=f"{len(counted)}-{n}", channels=["webhook"]) for n in range(wanted)]
        for alert in alerts:
            becomes(redis, None, alert)
        with redis.pipeline() as pipe:
            queues.enqueue([("webhook", due_groups.group_of(alert)) for alert in alerts], pipe)
            pipe.execute()
        worker = QuickWorker([queues.of("webhook")], connection=redis, serializer=JSONSerializer)
        before = next(asked)
        worker.work(burst=True, logging_level="CRITICAL")
        counted.append(next(asked) - before)

    assert 4 == len(hook.requests)
    assert 0 < counted[2] - counted[1] <= ROUND_TRIPS


@pytest.mark.parametrize("which", range(4), ids=["take_up", "permit", "record", "settle"])
def test_answer_of_redis_that_is_lost_changes_nothing(redis: Redis, server: RealServer, hook: Hook, which: int) -> None:
    """The client sends the command again, of which the server knows nothing: told once, recorded once, counted once."""
    alert = an_alert(id="alert0", channels=["webhook"])
    becomes(redis, None, alert)
    with proxy_before(server.port) as proxy:
        client = connection.connect(proxy.url, retries=3)
        set_up(client)
        numbers = itertools.count()
        warm = an_alert(id="warm", channels=["webhook"])
        becomes(redis, None, warm)
        jobs.deliver("webhook", due_groups.group_of(warm))
        proxy.cuts_off = lambda: next(numbers) == which
        jobs.deliver("webhook", due_groups.group_of(alert))
        proxy.cuts_off = lambda: False
        client.close()
    fare = deliveries.read(redis, 1, SystemClock().now_ms())["webhook"]

    assert 1 == proxy.cuts
    assert [("firing", warm.plugin_id), ("firing", alert.plugin_id)] == hook.told()
    assert ("firing", 0, 1) == (
        (entry := ledger_of(redis, "alert0", "webhook")).told, entry.possible_duplicates, sent(redis, "alert0")
    )  # fmt: skip
    assert 2 == fare.sent
    assert (
        0
        == redis.zcard(delivery_keys.due_groups())
        == redis.exists(delivery_keys.due("webhook", due_groups.group_of(alert)))
    )


def test_what_a_dead_job_had_in_hand_is_not_neglected_and_passes_to_the_next(redis: Redis, hook: Hook) -> None:
    set_up(redis)
    first, second = (an_alert(id=f"alert{n}", channels=["webhook"], group="rule:r") for n in range(2))
    due, in_hand = (key("webhook", "rule:r") for key in (delivery_keys.due, delivery_keys.in_hand))
    becomes(redis, None, first)
    redis.rename(due, in_hand)
    becomes(redis, None, second)
    repaired = sweeper.repair(redis, Logger("test"), 1)
    jobs.deliver("webhook", "rule:r")

    assert 0 == repaired == redis.exists(due, in_hand) == redis.zcard(delivery_keys.due_groups())
    assert [1, 1] == [sent(redis, one.id) for one in (first, second)]


def test_alert_that_changes_while_it_is_told_is_told_of_again(redis: Redis, hook: Hook) -> None:
    set_up(redis)
    alert = an_alert(id="alert0", channels=["webhook"])
    becomes(redis, None, alert)

    def resolve_meanwhile(handler: object) -> None:
        if len(hook.requests) == 1:
            becomes(redis, alert, structs.replace(alert, state="resolved", resolved_by="rule", version=2))
        answer(handler, 200)  # type: ignore[arg-type]

    hook.answer = resolve_meanwhile
    jobs.deliver("webhook", due_groups.group_of(alert))

    assert [("firing", alert.plugin_id), ("resolved", alert.plugin_id)] == hook.told()
    assert 0 == redis.zcard(delivery_keys.due_groups())
    assert 0 == redis.exists(delivery_keys.group_claim("webhook", due_groups.group_of(alert)))


def test_more_alerts_than_are_read_at_once_are_all_told(
    redis: Redis, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(redis)
    monkeypatch.setattr(claim, "LOAD_AT_ONCE", 2)
    alerts = [an_alert(id=f"alert{n}", plugin_id=f"plugin-{n}", group="together") for n in range(5)]
    for alert in alerts:
        becomes(redis, None, alert)
    jobs.deliver("webhook", "together")

    assert 1 == len(hook.requests)
    assert {("firing", alert.plugin_id) for alert in alerts} == set(hook.told())
    assert {1} == {sent(redis, alert.id) for alert in alerts}


def test_group_another_job_holds_is_left_to_it_and_looked_at_after_it(redis: Redis, hook: Hook) -> None:
    set_up(redis)
    alert = an_alert(id="alert0", channels=["webhook"])
    group = due_groups.group_of(alert)
    becomes(redis, None, alert)
    now_ms = SystemClock().now_ms()
    member = f"webhook{due_groups.SEPARATOR}{group}"
    redis.zadd(delivery_keys.due_groups(), {member: now_ms + 60_000})
    redis.set(delivery_keys.group_claim("webhook", group), "another", px=20_000)
    said = jobs.deliver("webhook", group)

    assert ("another worker is at it", []) == (said, hook.requests)
    assert b"another" == redis.get(delivery_keys.group_claim("webhook", group))
    assert 2_000 < redis.zscore(delivery_keys.due_groups(), member) - now_ms < 50_000
