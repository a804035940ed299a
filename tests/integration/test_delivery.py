"""From a transition in the outbox to the channel's server: router, RQ workers and ledgers as real processes."""

import hashlib
import hmac
import os
import signal
import threading
import time
from collections import Counter
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import msgspec
import pytest
from redis import Redis

from dispatchers import commits
from shared import process
from shared.clock import SystemClock
from shared.model import lifecycle
from shared.model.alerts import Alert, TimelineEntry
from shared.redis import delivery_keys, keys
from shared.store import alert_store, channel_store, due_groups
from tests.support import live_feed
from tests.support.delivery import T, a_transition, decided, ledger_of, started, story
from tests.support.ports import free_port
from tests.support.processes import a_system, wait_ready
from tests.support.real_server import RealServer
from tests.support.servers import answer, http_server, smtp_server
from tests.support.waiting import PATIENCE_S, until


def test_webhook_gets_fired_and_resolved_signed_and_unchanged(redis: Redis, server: RealServer, tmp_path: Path) -> None:
    with http_server() as hook, a_system(server.url, tmp_path) as system:
        channel_store.save(redis, "webhook", {"url": hook.url, "secret": "비밀"})
        started(system, redis, "webhook")
        decided(redis, a_transition("firing"))
        until(lambda: ledger_of(redis, "alert0", "webhook").told == "firing")
        decided(redis, a_transition("resolved", value=10.0, reason="cpu = 10 is not > 80"))
        until(lambda: len(hook.requests) == 2)
        until(lambda: ledger_of(redis, "alert0", "webhook").told == "resolved")
    headers, body = hook.requests[0]
    alert = hook.bodies()[0]["alerts"][0]["alert"]
    at, _, mac = headers["X-Enhanced-Alerts-Signature"].partition(",v1=")

    assert [("firing", "플러그인-0"), ("resolved", "플러그인-0")] == hook.told()
    assert ("CPU 높음", "내 플러그인", 91.5, 80.0) == (
        alert["rule_name"], alert["plugin_name"], alert["value"], alert["threshold"]
    )  # fmt: skip
    assert hmac.new("비밀".encode(), at[2:].encode() + b"." + body, hashlib.sha256).hexdigest() == mac
    assert ["firing", "notification.sent", "resolved", "notification.sent"] == story(redis, "alert0")
    assert 0 == redis.zcard(delivery_keys.due_groups())
    assert 0 < redis.ttl(keys.alert("alert0")) <= 7 * 86_400
    assert 0 < redis.ttl(keys.ledger("alert0")) <= 7 * 86_400


def test_mail_arrives_over_starttls_and_resolved_threads_under_fired(
    redis: Redis, server: RealServer, tmp_path: Path
) -> None:
    with smtp_server(tmp_path, "kim", "app-password") as (mailbox, port), a_system(server.url, tmp_path) as system:
        fields = {
            "smtp_server": "localhost",
            "smtp_port": port,
            "security": "starttls",
            "username": "kim",
            "password": "app-password",
            "from_email": "alerts@example.com",
            "to_emails": ["a@example.com", "b@example.com"],
        }
        channel_store.save(redis, "email", fields)
        started(system, redis, "email")
        decided(redis, a_transition("firing", channels=["email"]))
        # Its certificate is of the test's making, and not trusted: the mail waits, and none is sent in the clear.
        until(lambda: "certificate" in ledger_of(redis, "alert0", "email").reason)
        assert [] == mailbox.messages
        channel_store.save(redis, "email", {**fields, "verify_certificate": False})
        until(lambda: len(mailbox.messages) == 1)
        decided(redis, a_transition("resolved", channels=["email"]))
        until(lambda: len(mailbox.messages) == 2)
    fired, resolved = mailbox.messages

    assert "[FIRING 발생] CRITICAL: CPU 높음 — 내 플러그인" == fired["Subject"]
    assert "[RESOLVED 해결됨] CRITICAL: CPU 높음 — 내 플러그인" == resolved["Subject"]
    assert fired["References"] == resolved["References"] == resolved["In-Reply-To"]
    assert fired["Message-ID"] != resolved["Message-ID"]
    assert "내 플러그인 (플러그인-0)" in fired.get_body(("plain",)).get_content()
    assert "CPU 높음" in fired.get_body(("html",)).get_content()


@pytest.mark.parametrize(
    ("reply", "news", "attempts"),
    [("550 no such user", "notification.dead", 1), ("451 try later", "notification.failed", 1)],
)
def test_smtp_reply_decides_whether_it_is_tried_again(
    redis: Redis, server: RealServer, tmp_path: Path, reply: str, news: str, attempts: int
) -> None:
    with smtp_server() as (mailbox, port), a_system(server.url, tmp_path) as system:
        mailbox.answers = [reply]
        fields = {"smtp_server": "localhost", "smtp_port": port, "security": "none", "from_email": "a@example.com"}
        channel_store.save(redis, "email", {**fields, "to_emails": ["b@example.com"]})
        started(system, redis, "email")
        decided(redis, a_transition("firing", channels=["email"]))
        until(lambda: news in story(redis, "alert0"))
        if news == "notification.failed":
            until(lambda: len(mailbox.messages) == 1)
        else:
            until(lambda: ledger_of(redis, "alert0", "email").status == "dead")

    assert (1 if news == "notification.failed" else 0) == len(mailbox.messages)
    assert reply.split()[0] in next(e.reason for e in alert_store.timeline(redis, "alert0") if e.kind == news)


def test_retry_after_of_a_provider_is_honoured(redis: Redis, server: RealServer, tmp_path: Path) -> None:
    times: list[float] = []

    def busy_once(handler: BaseHTTPRequestHandler) -> None:
        times.append(time.monotonic())
        answer(handler, 429 if len(times) == 1 else 200, "", Retry_After="4")

    with http_server() as hook, a_system(server.url, tmp_path) as system:
        hook.answer = busy_once
        channel_store.save(redis, "webhook", {"url": hook.url})
        started(system, redis, "webhook")
        decided(redis, a_transition("firing"))
        until(lambda: len(times) == 2)

    assert times[1] - times[0] >= 3.5
    assert "notification.failed" in story(redis, "alert0")


def test_refused_request_is_a_dead_letter_and_the_next_alert_is_delivered(
    redis: Redis, server: RealServer, tmp_path: Path
) -> None:
    with http_server() as hook, a_system(server.url, tmp_path) as system:
        hook.answer = lambda handler: answer(handler, 410 if len(hook.requests) == 1 else 200, "gone")
        channel_store.save(redis, "webhook", {"url": hook.url + "?key=top-secret"})
        started(system, redis, "webhook")
        decided(redis, a_transition("firing"))
        until(lambda: ledger_of(redis, "alert0", "webhook").status == "dead")
        decided(redis, a_transition("resolved"), a_transition("firing", 1))
        until(lambda: ledger_of(redis, "alert1", "webhook").told == "firing")
        logs = system.logs()

    assert [("firing", "플러그인-0"), ("firing", "플러그인-1")] == hook.told()
    assert [b"webhook\0alert0"] == redis.zrange(delivery_keys.dead_notifications(), 0, -1)
    assert "127.0.0.1 answered 410: gone" == ledger_of(redis, "alert0", "webhook").reason
    assert "top-secret" not in logs


@pytest.mark.parametrize("channel", ["email", "webhook"])
def test_channel_without_configuration_says_what_to_do(
    redis: Redis, server: RealServer, tmp_path: Path, channel: str
) -> None:
    with a_system(server.url, tmp_path) as system:
        started(system, redis, channel)
        decided(redis, a_transition("firing", channels=[channel, "pigeon"]))
        until(lambda: ledger_of(redis, "alert0", channel).status == "dead")
    reasons = [e.reason for e in alert_store.timeline(redis, "alert0") if e.kind == "notification.dead"]

    assert any("is not configured; do so with PUT" in r for r in reasons)
    assert any("there is no channel pigeon; choose one of" in r for r in reasons)


def test_dashboard_and_web_reach_the_feed_and_the_banner_empties_itself(
    redis: Redis, server: RealServer, tmp_path: Path
) -> None:
    with a_system(server.url, tmp_path) as system:
        started(system, redis, "web", "dashboard")
        decided(redis, a_transition("firing", channels=["web", "dashboard"]))
        until(lambda: redis.hlen(keys.banner()) == 1 and "toast" in live_feed.types(redis))
        alert_store.change(
            redis,
            "alert0",
            lambda a: (lifecycle.acknowledge(a, "kim", "", T), TimelineEntry(at_ms=T, kind="acknowledged")),
            1_000_000,
            also=lambda pipe, a: due_groups.stage_due(pipe, a, a.channels, 0),
        )

    assert 0 == redis.hlen(keys.banner())
    assert {"alert.firing", "toast", "banner", "alert.acknowledged"} <= set(live_feed.types(redis))


def test_slow_providers_delay_no_other_channel_not_even_of_their_kind(
    redis: Redis, server: RealServer, tmp_path: Path
) -> None:
    """
    One provider hangs, one drips, one refuses connections. Until every other channel has told of all alerts, none of
    the slow ones gets on: so nothing the others did waited for them.
    """
    count = 30
    others_are_done = threading.Event()
    slow, fast = ["webhook-hangs", "webhook-drips", "webhook-away"], ["webhook", "email", "web", "dashboard"]

    def hang(handler: BaseHTTPRequestHandler) -> None:
        others_are_done.wait(PATIENCE_S)
        handler.close_connection = True

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        while not others_are_done.wait(0.1):
            try:
                handler.wfile.write(b" ")
            except OSError:
                break
        handler.close_connection = True

    with ExitStack() as stack:
        hooks = {name: stack.enter_context(http_server()) for name in ("webhook", "webhook-hangs", "webhook-drips")}
        mailbox, port = stack.enter_context(smtp_server())
        system = stack.enter_context(a_system(server.url, tmp_path))
        hooks["webhook-hangs"].answer, hooks["webhook-drips"].answer = hang, drip
        for name, hook in hooks.items():
            channel_store.save(redis, name, {"url": hook.url})
        channel_store.save(redis, "webhook-away", {"url": f"http://127.0.0.1:{free_port()}/"})
        fields = {"smtp_server": "localhost", "smtp_port": port, "security": "none", "from_email": "a@example.com"}
        channel_store.save(redis, "email", {**fields, "to_emails": ["b@example.com"]})
        started(system, redis, *slow, *fast)
        begun = time.monotonic()
        everybody = [*slow, *fast]
        decided(redis, *(a_transition("firing", n, rule_id=f"r{n}", channels=everybody) for n in range(count)))
        until(
            lambda: all(ledger_of(redis, f"alert{n}", name).told == "firing" for n in range(count) for name in fast),
            "the fast ones told all",
        )
        print(f"{count} alerts told by {len(fast)} channels in {time.monotonic() - begun:.1f} s, the slow ones stuck")
        told_by_slow = [ledger_of(redis, f"alert{n}", name).told for n in range(count) for name in slow]
        until(lambda: hooks["webhook-hangs"].requests, "the one that hangs is asked")
        others_are_done.set()

    assert {""} == set(told_by_slow)
    assert mailbox.messages


def test_test_button_waits_for_a_provider_that_takes_its_time_and_gives_its_answer(
    redis: Redis, server: RealServer, tmp_path: Path
) -> None:
    """Longer than a worker may take to begin: that a provider is slow is not that no worker is there."""
    release = threading.Event()
    with http_server() as hook, a_system(server.url, tmp_path) as system:
        channel_store.save(redis, "webhook", {"url": hook.url})
        system.start("dispatchers", "worker", "--channels", "webhook")
        wait_ready(redis, "worker-webhook")
        hook.answer = lambda handler: (release.wait(PATIENCE_S), answer(handler, 503, "점검 중"))[1]
        found: list[dict] = []
        asking = threading.Thread(target=lambda: found.append(due_groups.request_test(redis, "webhook", "kim", 5.0)))
        asking.start()
        until(lambda: len(hook.requests) == 1)
        asking.join(6.0)
        still_waiting = asking.is_alive()
        release.set()
        asking.join(PATIENCE_S)
        body = hook.bodies()[0]

    assert still_waiting
    assert (False, "127.0.0.1 answered 503: 점검 중") == (found[0]["accepted"], found[0]["answer"])
    assert found[0]["took_ms"] >= 5_000
    assert body["test"] and "테스트" in body["title"]


def test_rqs_time_limit_ends_a_hanging_send_and_the_worker_goes_on(
    redis: Redis, server: RealServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In this process, for the limit itself: SIGALRM must break a blocking read."""
    from rq.serializers import JSONSerializer

    from dispatchers import http, jobs
    from dispatchers.quick_worker import QuickWorker
    from shared.log import Logger
    from shared.process import Heartbeat
    from shared.settings import Settings

    release = threading.Event()
    monkeypatch.setattr(http, "READ_TIMEOUT_S", 60.0)
    jobs.set_up(redis, Settings(), Logger("test"), Heartbeat(redis, "worker"))
    alert = lifecycle.apply(None, a_transition("firing"))
    assert alert is not None
    with http_server() as hook:
        hook.answer = lambda handler: (release.wait(PATIENCE_S), answer(handler, 200))[1]
        channel_store.save(redis, "webhook", {"url": hook.url})
        with redis.pipeline() as pipe:
            alert_store.stage(pipe, None, alert, TimelineEntry(at_ms=T, kind="firing"), 1_000_000)
            due_groups.stage_due(pipe, alert, ["webhook"], 0)
            pipe.execute()
        queue = due_groups.queue_of(redis, "webhook")
        queue.enqueue("dispatchers.jobs.deliver", "webhook", "alert0", job_timeout=4)
        queue.enqueue("dispatchers.jobs.deliver", "webhook", "another", job_timeout=4)
        worker = QuickWorker([queue], connection=redis, serializer=JSONSerializer)
        worker.work(burst=True, logging_level="ERROR")
        release.set()

    assert "the attempt broke off: JobTimeoutException" == ledger_of(redis, "alert0", "webhook").reason
    assert 0 == queue.count
    assert 1 == len(hook.requests)


@pytest.mark.slow
def test_notification_of_a_killed_worker_is_taken_up_by_another(
    redis: Redis, server: RealServer, tmp_path: Path
) -> None:
    release = threading.Event()
    with http_server() as hook, a_system(server.url, tmp_path) as system:

        def hang_once(handler: BaseHTTPRequestHandler) -> None:
            if len(hook.requests) == 1:
                release.wait(PATIENCE_S)
            answer(handler, 200)

        hook.answer = hang_once
        channel_store.save(redis, "webhook", {"url": hook.url})
        started(system, redis, "webhook")
        decided(redis, a_transition("firing"))
        until(lambda: len(hook.requests) == 1)
        reports = process.reports(redis, SystemClock().now_ms())
        os.kill(next(r.pid for r in reports if r.component == "worker-webhook"), signal.SIGKILL)
        killed = time.monotonic()
        until(lambda: ledger_of(redis, "alert0", "webhook").told == "firing")
        print(f"taken up {time.monotonic() - killed:.1f} s after the kill")
        release.set()

    assert hook.told() == [("firing", "플러그인-0")] * 2
    assert 1 == ledger_of(redis, "alert0", "webhook").possible_duplicates
    assert hook.requests[0][0]["Idempotency-Key"] == hook.requests[1][0]["Idempotency-Key"]


def test_what_follows_in_the_next_batch_rests_on_the_one_before(
    redis: Redis, server: RealServer, tmp_path: Path
) -> None:
    count = commits.BATCH * 5
    # One alone, so that each batch ends with a firing whose end begins the next.
    changes = [a_transition("firing", count, channels=["web"])]
    for n in range(count):
        changes += (a_transition(kind, n, channels=["web"]) for kind in ("firing", "resolved"))
    for start in range(0, len(changes), 50):
        decided(redis, *changes[start : start + 50])
    with a_system(server.url, tmp_path) as system:
        system.start("dispatchers", "router")
        until(lambda: redis.zcard(keys.active_alerts()) == 1 and redis.zcard(keys.alert_history()) == count + 1)
        until(lambda: redis.hget(keys.router_cursors(), "0") == redis.xrevrange(keys.outbox(0), count=1)[0][0])
        flaps = [msgspec.json.decode(b) for k in redis.scan_iter("ea:flaps:*") for b in redis.hvals(k)]
        told = live_feed.types(redis)

    assert {("firing", "resolved")} == {tuple(story(redis, f"alert{n}")) for n in range(count)}
    assert {2: count, 1: 1} == Counter(len(one["changes"]) for one in flaps)
    assert (count + 1, count) == (told.count("alert.firing"), told.count("alert.resolved"))


def test_operators_who_meddle_in_a_storm_lose_nothing(redis: Redis, server: RealServer, tmp_path: Path) -> None:
    count = commits.BATCH * 8
    kinds = ("firing", "resolved")
    for n in range(count):
        decided(redis, a_transition("firing", n, channels=["web"]))
    with a_system(server.url, tmp_path) as system:
        system.start("dispatchers", "router")
        until(lambda: redis.zcard(keys.active_alerts()) == count)
        acknowledged = set()
        for n in range(count):
            decided(redis, a_transition("resolved", n, channels=["web"]))

            def acknowledge(alert: Alert) -> tuple[Alert, TimelineEntry] | None:
                if alert.state != "firing":
                    return None
                acknowledged.add(alert.id)
                after = lifecycle.acknowledge(alert, "kim", "", T)
                return (after, TimelineEntry(at_ms=T, kind="acknowledged")) if after else None

            alert_store.change(redis, f"alert{count - 1 - n}", acknowledge, 1_000_000)
        until(lambda: redis.zcard(keys.active_alerts()) == 0)
        stories = {n: story(redis, f"alert{n}") for n in range(count)}

    assert acknowledged
    assert [list(kinds)] * count == [[kind for kind in stories[n] if kind in kinds] for n in range(count)]
    assert {f"alert{n}" for n in range(count) if "acknowledged" in stories[n]} <= acknowledged


@pytest.mark.slow
def test_router_killed_again_and_again_routes_every_transition_once(
    redis: Redis, server: RealServer, tmp_path: Path
) -> None:
    count = 2_000
    with a_system(server.url, tmp_path, PARTITIONS="4") as system:
        routers = [system.start("dispatchers", "router") for _ in range(2)]
        wait_ready(redis, "router", count=2)
        for n in range(count):
            decided(redis, a_transition("firing", n, channels=["web"]), partition=n % 4)
            decided(redis, a_transition("resolved", n, channels=["web"]), partition=n % 4)
            if n % 500 == 250:
                active = (redis.get(keys.router_lease()) or b"").decode()
                victim = next((r for r in routers if f"-{r.pid}-" in active), routers[0])
                victim.kill()
                routers[routers.index(victim)] = system.start("dispatchers", "router")
        until(lambda: redis.zcard(keys.alert_history()) == count and redis.zcard(keys.active_alerts()) == 0)
        told = live_feed.types(redis)
        stories = {tuple(story(redis, f"alert{n}")) for n in range(count)}
        hours = [redis.hgetall(k) for k in redis.scan_iter("ea:statistics:*")]
        jobs = due_groups.queue_of(redis, "web").count

    assert {("firing", "resolved")} == stories
    assert (count, count) == (told.count("alert.firing"), told.count("alert.resolved"))
    assert count == sum(int(h.get(b"fired", 0)) for h in hours)
    assert jobs >= 1


@pytest.mark.slow
def test_alert_that_ends_while_its_firing_is_in_doubt_is_told_resolved(
    redis: Redis, server: RealServer, tmp_path: Path
) -> None:
    """The worker dies after the provider took the message and before it could be recorded; then the alert resolves."""
    release = threading.Event()
    with http_server() as hook, a_system(server.url, tmp_path) as system:
        hook.answer = lambda handler: (len(hook.requests) > 1 or release.wait(PATIENCE_S), answer(handler, 200))[1]
        channel_store.save(redis, "webhook", {"url": hook.url})
        started(system, redis, "webhook")
        decided(redis, a_transition("firing"))
        until(lambda: len(hook.requests) == 1)
        reports = process.reports(redis, SystemClock().now_ms())
        os.kill(next(r.pid for r in reports if r.component == "worker-webhook"), signal.SIGKILL)
        decided(redis, a_transition("resolved"))
        until(lambda: ledger_of(redis, "alert0", "webhook").told == "resolved")
        release.set()

    assert [("firing", "플러그인-0"), ("resolved", "플러그인-0")] == hook.told()


def test_news_of_a_group_whose_job_waits_queues_no_job_of_its_own(
    redis: Redis, server: RealServer, tmp_path: Path
) -> None:
    count = 30
    with a_system(server.url, tmp_path) as system:
        channel_store.save(redis, "webhook", {"url": "http://127.0.0.1:9/nobody-sends"})
        system.start("dispatchers", "router")
        wait_ready(redis, "router")
        for n in range(count):
            decided(redis, a_transition("firing", n))
            until(lambda n=n: redis.sismember(delivery_keys.due("webhook", "rule:r"), f"alert{n}"))
        # The sweeper looks after it now and then, for a job may begin just when the router has seen it wait.
        jobs = due_groups.queue_of(redis, "webhook").count

    assert 1 <= jobs <= count // 2


@pytest.mark.slow
def test_group_whose_waiting_job_was_lost_is_told_all_the_same(
    redis: Redis, server: RealServer, tmp_path: Path
) -> None:
    with http_server() as hook, a_system(server.url, tmp_path) as system:
        channel_store.save(redis, "webhook", {"url": hook.url})
        redis.set(delivery_keys.job_waiting("webhook", "rule:r"), "", px=600_000)
        started(system, redis, "webhook")
        decided(redis, a_transition("firing"))
        until(lambda: ledger_of(redis, "alert0", "webhook").told == "firing")

    assert [("firing", "플러그인-0")] == hook.told()
