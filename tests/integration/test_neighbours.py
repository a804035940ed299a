"""One bad thing, or one that changes meanwhile, in the places that router, workers and watch share."""

from collections.abc import Iterator

import pytest
from redis import Redis

from dispatchers import sweeper
from dispatchers.channel import DeliveryError, Limit
from dispatchers.circuit import PARK_AFTER, Circuit
from dispatchers.queues import Queues
from dispatchers.system_alerts import Trouble
from dispatchers.watchdog import Watchdog
from shared.clock import SystemClock
from shared.log import Logger
from shared.model.alerts import Alert, TimelineEntry
from shared.redis import connection, delivery_keys, keys
from shared.settings import Settings
from shared.store import alert_store, channel_store, due_groups
from shared.store.alert_store import HOUR_MS
from tests.support.delivery import a_transition, becomes, decided, ledger_of, set_up
from tests.support.factories import an_alert
from tests.support.interleave import interrupted
from tests.support.real_server import RealServer
from tests.support.routing import RunningRouter, board, routed, stored
from tests.support.servers import Hook, http_server
from tests.support.unreadable import JUNK
from tests.support.waiting import until

NOW_MS = 1_800_000_000_000


@pytest.fixture
def hook(redis: Redis) -> Iterator[Hook]:
    with http_server() as server:
        channel_store.save(redis, "webhook", {"url": server.url})
        yield server


# -- the board and the history ------------------------------------------------------------------------------


@pytest.mark.parametrize("place", range(6))
def test_board_that_changes_while_it_is_read_hides_no_alert(redis: Redis, place: int) -> None:
    alerts = [an_alert(id=f"alert{n:04}", started_at_ms=n + 1) for n in range(2_100)]
    stored(redis, *alerts)

    def first_ones_end() -> None:
        redis.zrem(keys.active_alerts(), *(alert.id for alert in alerts[:500]))

    with interrupted(redis, place, first_ones_end) as client:
        read = {alert.id for alert in alert_store.active(client)}

    assert {alert.id for alert in alerts[500:]} <= read


def test_old_alerts_that_are_still_open_keep_no_others_in_the_history(redis: Redis) -> None:
    stored(redis, *(an_alert(id=f"open{n}", updated_at_ms=n + 1) for n in range(5)))
    stored(redis, *(an_alert(id=f"over{n}", updated_at_ms=n + 100, state="resolved") for n in range(3)))
    while alert_store.prune_history(redis, 1_000, batch=2):
        pass

    assert {f"open{n}".encode() for n in range(5)} == set(redis.zrange(keys.alert_history(), 0, -1))


@pytest.mark.parametrize("junk", [*JUNK, b"nan", b"inf", b"1e30", b"0x10", b"1.5"])
def test_count_that_cannot_be_read_holds_up_no_routing(redis: Redis, server: RealServer, junk: bytes) -> None:
    hours = [SystemClock().now_ms() // HOUR_MS + n for n in range(2)]
    change = a_transition("firing", 0, channels=["web"])
    for hour in [*hours, change.decided_at_ms // HOUR_MS]:
        redis.hset(keys.statistics_hour(hour), "fired", junk)
    with RunningRouter(server.url) as router:
        decided(redis, change)
        until(lambda: routed(redis))
        until(lambda: router.heartbeat.counters["transitions"] == 1)

    assert ["alert0"] == board(redis)
    assert int(redis.hget(keys.statistics_hour(change.decided_at_ms // HOUR_MS), "fired")) >= 1


# -- keys of another type -----------------------------------------------------------------------------------


def test_ledger_of_another_type_keeps_no_neighbour_from_being_repaired(redis: Redis) -> None:
    for n in range(3):
        becomes_untold(redis, an_alert(id=f"alert{n}", channels=["webhook"]))
    redis.set(keys.ledger("alert0"), "no hash")
    sweeper.repair(redis, Logger("router"), NOW_MS)

    assert all(redis.sismember(delivery_keys.due("webhook", f"alert{n}"), f"alert{n}") for n in (1, 2))


def becomes_untold(redis: Redis, alert: Alert) -> None:
    """As if somebody had forgotten that its channel has news of it."""
    with redis.pipeline() as pipe:
        alert_store.stage(pipe, None, alert, TimelineEntry(at_ms=1, kind="firing"), 10**9)
        pipe.execute()


def test_ledger_of_another_type_keeps_no_neighbour_of_its_group_from_being_told(redis: Redis, hook: Hook) -> None:
    from dispatchers import jobs

    set_up(redis)
    for n in range(3):
        becomes(redis, None, an_alert(id=f"alert{n}", channels=["webhook"], group="rule:r"))
    redis.set(keys.ledger("alert1"), "no hash")
    jobs.deliver("webhook", "rule:r")

    assert ["firing"] * 3 == [ledger_of(redis, f"alert{n}", "webhook").told for n in range(3)]


def test_queue_of_another_type_keeps_no_other_channel_from_its_jobs(redis: Redis) -> None:
    queues = Queues(redis)
    for name in ("webhook", "slack"):
        redis.zadd(delivery_keys.due_groups(), {f"{name}{due_groups.SEPARATOR}rule:r": 1})
    redis.set(queues.of("webhook").key, "no list")
    for _ in range(2):
        sweeper.sweep(redis, queues, NOW_MS)
        NOW = NOW_MS + sweeper.LOOK_AGAIN_MS + 1
        sweeper.sweep(redis, queues, NOW)

    assert redis.llen(queues.of("slack").key)
    assert redis.llen(queues.of("webhook").key)


# -- the system's own alerts --------------------------------------------------------------------------------


@pytest.mark.parametrize("junk", JUNK[1:])
def test_own_alert_whose_record_cannot_be_read_is_newer_than_what_pages_know(redis: Redis, junk: bytes) -> None:
    now_ms = SystemClock().now_ms()
    circuit = Circuit(redis, Settings(), "webhook", Limit(0))
    for _ in range(PARK_AFTER + 2):
        circuit.failed(DeliveryError("retryable", "it is away"), now_ms)
    watch = Watchdog(redis, Settings(), Logger("watch"))
    trouble = Trouble("own-left-out", "name", "condition", "reason", "error", ())
    watch._change("own-left-out", trouble, now_ms)
    ids = "channel-webhook", "own-left-out"
    known = {i: alert_store.get(redis, i).version for i in ids}
    for i in ids:
        redis.set(keys.alert(i), junk)
    circuit.failed(DeliveryError("retryable", "it is away"), now_ms)
    watch._change("own-left-out", trouble, now_ms)

    assert dict.fromkeys(ids, True) == {i: alert_store.get(redis, i).version > known[i] for i in ids}


@pytest.mark.parametrize("junk", JUNK[1:])
def test_own_alert_whose_record_cannot_be_read_ends(redis: Redis, server: RealServer, junk: bytes) -> None:
    """Whoever was told that it fires is told that it is over."""
    now_ms = SystemClock().now_ms()
    circuit = Circuit(redis, Settings(), "webhook", Limit(0))
    for _ in range(PARK_AFTER):
        circuit.failed(DeliveryError("retryable", "it is away"), now_ms)
    watch = Watchdog(redis, Settings(), Logger("watch"))
    watch._change("own-left-out", Trouble("own-left-out", "name", "condition", "reason", "error", ()), now_ms)
    ids = "channel-webhook", "own-left-out"
    for i in ids:
        redis.set(keys.alert(i), junk)
    client = connection.connect(server.url)
    Circuit(client, Settings(), "webhook", Limit(0)).accepted(now_ms)
    watch._change("own-left-out", None, now_ms)
    client.close()

    assert ["resolved"] * 2 == [alert_store.get(redis, i).state for i in ids]
    assert all(redis.sismember(delivery_keys.due("web", i), i) for i in ids)
    assert [] == redis.zrange(keys.active_alerts(), 0, -1)
