"""Silences, inhibition, grouping, reminders and escalation, through the real router and workers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from redis import Redis

from api.change import operations
from shared.clock import SystemClock
from shared.model import silences
from shared.model.alerts import EscalationStep, Policy
from shared.redis import keys
from shared.settings import Settings
from shared.store import alert_store, channel_store, silence_store
from tests.support import live_feed
from tests.support.api import BASE, stored
from tests.support.delivery import a_transition, decided, ledger_of, recorded, started, story, tell
from tests.support.factories import an_alert
from tests.support.processes import a_system
from tests.support.real_server import RealServer
from tests.support.servers import Hook, http_server
from tests.support.waiting import until


@pytest.fixture
def hook(redis: Redis, server: RealServer, tmp_path: Path) -> Iterator[Hook]:
    """A router, and a worker that delivers to this webhook."""
    with http_server() as made, a_system(server.url, tmp_path) as system:
        channel_store.save(redis, "webhook", {"url": made.url})
        started(system, redis, "webhook")
        yield made


def a_silence(redis: Redis, length_ms: int = 3_600_000, **fields: object) -> silences.Silence:
    now = SystemClock().now_ms()
    defaults = {"matchers": [{"name": "plugin_id", "value": "플러그인-*"}], "comment": "정기 점검", "author": "kim"}
    times = {"starts_at_ms": now - 1_000, "ends_at_ms": now + length_ms, "created_at_ms": now}
    made = silences.parse({**defaults, **times, **fields})
    return silence_store.save(redis, made)


def test_alert_that_fired_in_a_silence_is_told_when_it_ends_and_still_fires(redis: Redis, hook: Hook) -> None:
    # That one is on the board already, and told to nobody, shows when the router has taken up the silence.
    decided(redis, a_transition("firing", 9, channels=[]))
    until(lambda: alert_store.load(redis, ["alert9"])[0])
    silence = a_silence(redis)
    until(lambda: alert_store.get(redis, "alert9").suppressed)
    decided(redis, a_transition("firing"), a_transition("firing", 1))
    until(lambda: alert_store.load(redis, ["alert1"])[0])
    decided(redis, a_transition("resolved", 1))
    until(lambda: alert_store.get(redis, "alert1").state == "resolved")
    held = alert_store.get(redis, "alert0")
    silence_store.expire(redis, silence.id, SystemClock().now_ms())
    until(hook.told)
    until(lambda: ledger_of(redis, "alert0", "webhook").told == "firing")
    fed = live_feed.types(redis)
    reasons = {e.kind: e.reason for e in alert_store.timeline(redis, "alert0")}

    assert {"silenced": f"silenced by kim ({silence.id}): 정기 점검"} == held.suppressed
    assert [("firing", "플러그인-0")] == hook.told()
    assert f"silenced by kim ({silence.id}): 정기 점검" == reasons["suppressed"]
    assert "no longer silenced by kim" in reasons["released"]
    assert 1 == fed.count("silence.expired")
    assert ["firing", "suppressed", "resolved"] == story(redis, "alert1")


def test_alert_told_before_a_silence_is_told_resolved_within_it(redis: Redis, hook: Hook) -> None:
    decided(redis, a_transition("firing"))
    until(lambda: ledger_of(redis, "alert0", "webhook").told == "firing")
    a_silence(redis)
    until(lambda: alert_store.get(redis, "alert0").suppressed)
    decided(redis, a_transition("resolved"))
    until(lambda: ledger_of(redis, "alert0", "webhook").told == "resolved")

    assert [("firing", "플러그인-0"), ("resolved", "플러그인-0")] == hook.told()


def test_weaker_alert_is_inhibited_while_a_stronger_one_of_the_same_metric_fires(redis: Redis, hook: Hook) -> None:
    same = {"plugin_id": "p", "metric": "cpu"}
    decided(redis, a_transition("firing", 0, **same, severity="critical", rule_id="strong"))
    until(lambda: ledger_of(redis, "alert0", "webhook").told == "firing")
    decided(redis, a_transition("firing", 1, **same, severity="warning", rule_id="weak"))
    until(lambda: alert_store.load(redis, ["alert1"])[0])
    inhibited = alert_store.get(redis, "alert1").suppressed
    decided(redis, a_transition("firing", 2, plugin_id="p", metric="disk", severity="warning", rule_id="other"))
    until(lambda: ledger_of(redis, "alert2", "webhook").told == "firing")
    before = ledger_of(redis, "alert1", "webhook").told
    decided(redis, a_transition("resolved", 0, **same, severity="critical", rule_id="strong"))
    until(lambda: ledger_of(redis, "alert1", "webhook").told == "firing")

    assert {"inhibited": "inhibited by critical alert alert0 (CPU 높음)"} == inhibited
    assert "" == before


def test_weaker_alert_of_the_same_sample_is_never_told(redis: Redis, hook: Hook) -> None:
    same = {"plugin_id": "p", "metric": "cpu"}
    strong = a_transition("firing", 0, **same, severity="critical", rule_id="strong")
    weak = a_transition("firing", 1, **same, severity="warning", rule_id="weak")
    decided(redis, strong, weak)
    until(lambda: ledger_of(redis, "alert0", "webhook").told == "firing")
    decided(redis, a_transition("resolved", 0, **same), a_transition("resolved", 1, **same))
    until(lambda: ledger_of(redis, "alert0", "webhook").told == "resolved")

    assert [("firing", "p"), ("resolved", "p")] == hook.told()
    assert ["firing", "suppressed", "resolved"] == story(redis, "alert1")


def test_flapping_alert_is_told_once_and_held_until_it_settles(redis: Redis, hook: Hook) -> None:
    for n in range(6):
        decided(redis, a_transition("firing", n, plugin_id="p"))
        until(lambda n=n: alert_store.load(redis, [f"alert{n}"])[0])
        decided(redis, a_transition("resolved", n, plugin_id="p"))
        until(lambda n=n: alert_store.get(redis, f"alert{n}").state == "resolved")
    decided(redis, a_transition("firing", 6, plugin_id="p"))
    flapping = until(lambda: (a := alert_store.load(redis, ["alert6"])[0]) and a.suppressed)
    redis.delete(*redis.keys(keys.flaps_day(0)[:-1] + "*"))
    until(lambda: ledger_of(redis, "alert6", "webhook").told == "firing")

    assert flapping["flapping"].startswith("flapping: 13 changes within 10 minutes")


def test_first_of_a_group_goes_out_at_once_and_the_rest_together(
    redis: Redis, server: RealServer, tmp_path: Path
) -> None:
    with http_server() as hook, a_system(server.url, tmp_path, GROUP_SECONDS="5") as system:
        channel_store.save(redis, "webhook", {"url": hook.url})
        started(system, redis, "webhook")
        decided(redis, a_transition("firing"))
        until(lambda: len(hook.requests) == 1)
        decided(redis, *(a_transition("firing", n) for n in range(1, 6)))
        until(lambda: ledger_of(redis, "alert5", "webhook").told == "firing")
        decided(redis, a_transition("firing", 9, rule_id="another"))
        until(lambda: ledger_of(redis, "alert9", "webhook").told == "firing")
        sizes = [len(body["alerts"]) for body in hook.bodies()]

    assert [1, 5, 1] == sizes
    assert "[FIRING 발생 5] CPU 높음" == hook.bodies()[1]["title"]


@pytest.mark.slow
def test_unacknowledged_alert_is_reminded_and_escalated_until_acknowledged(redis: Redis, hook: Hook) -> None:
    # The first step leaves this test time to acknowledge the other alert.
    policy = Policy(repeat_ms=9_000, escalation=[EscalationStep(6_000, ["dashboard"])])
    decided(redis, a_transition("firing", policy=policy), a_transition("firing", 1, policy=policy))
    until(lambda: hook.told().count(("firing", "플러그인-0")) == 1)
    operations.acknowledge(redis, Settings(), "alert1", "kim")
    until(lambda: hook.told().count(("firing", "플러그인-0")) == 2)
    alert = alert_store.get(redis, "alert0")
    kinds = story(redis, "alert0")

    assert ["webhook", "dashboard"] == alert.channels
    assert {"escalated", "reminded"} <= set(kinds)
    assert any("reminder 재알림" in body["title"] for body in hook.bodies())
    assert set() == {"escalated", "reminded"} & set(story(redis, "alert1"))


def test_alerts_beyond_the_limit_are_one_overflow_alert_with_the_count(
    redis: Redis, server: RealServer, tmp_path: Path
) -> None:
    with a_system(server.url, tmp_path, MAX_ACTIVE_ALERTS="10") as system:
        started(system, redis, "web")
        decided(redis, *(a_transition("firing", n, channels=["web"]) for n in range(25)))
        overflow = until(lambda: alert_store.load(redis, ["overflow"])[0])
        until(lambda: ledger_of(redis, "overflow", "web").told == "firing")
        decided(redis, a_transition("firing", 50, channels=["web"]))
        until(lambda: alert_store.get(redis, "overflow").value == 16)
        on_board = redis.zcard(keys.active_alerts())
        decided(redis, *(a_transition("resolved", n, channels=["web"]) for n in range(25)))
        until(lambda: ledger_of(redis, "overflow", "web").told == "resolved")

    assert ("firing", "emergency", 15.0) == (overflow.state, overflow.severity, overflow.value)
    assert 11 == on_board


def test_message_whose_templates_fail_is_told_in_the_default_wording_and_says_so(redis: Redis, hook: Hook) -> None:
    channel_store.save(redis, "webhook", {"url": hook.url, "body_template": "{{ reason.__class__ }}"})
    broken = Policy(title_template="{{ nothing }}", body_template="{{ 1 / 0 }}")
    decided(redis, a_transition("firing", policy=broken), a_transition("firing", 1, rule_id="other"))
    until(lambda: ledger_of(redis, "alert0", "webhook").told == "firing")
    until(lambda: ledger_of(redis, "alert1", "webhook").told == "firing")
    said = {
        i: [e.reason for e in alert_store.timeline(redis, i) if e.kind == "notification.sent"]
        for i in ("alert0", "alert1")
    }
    bodies = [body["title"] + body["text"] for body in hook.bodies()]

    assert "ZeroDivisionError: division by zero; UndefinedError: 'nothing' is undefined" in said["alert0"][0]
    assert "default wording: SecurityError" in said["alert1"][0]
    assert all("CRITICAL: CPU 높음" in body and "Condition 조건: cpu > 80" in body for body in bodies)


def test_end_nobody_was_going_to_tell_is_told_and_counted_in_the_metrics(
    client: FlaskClient, redis: Redis, server: RealServer, tmp_path: Path
) -> None:
    fired = recorded(redis, an_alert("firing"), SystemClock().now_ms() - 7_200_000)
    tell(redis, fired)
    recorded(redis, an_alert("resolved"), SystemClock().now_ms(), fired)
    with a_system(server.url, tmp_path) as system:
        started(system, redis, "web")
        until(lambda: ledger_of(redis, "a", "web").told == "resolved")
        counted = until(
            lambda: [
                line
                for line in client.get("/metrics").text.splitlines()
                if 'what="repaired"' in line and line.endswith(" 1.0")
            ]
        )

    assert 'component="router"' in counted[0]


def test_alert_that_waits_before_it_fires_overflows_once(redis: Redis, server: RealServer, tmp_path: Path) -> None:
    with a_system(server.url, tmp_path, MAX_ACTIVE_ALERTS="2") as system:
        started(system, redis, "web")
        for kind in ("pending", "firing"):
            decided(redis, *(a_transition(kind, n, channels=["web"]) for n in range(5)))
        overflow = until(lambda: (a := alert_store.load(redis, ["overflow"])[0]) and a.value == 3 and a)
        until(lambda: ledger_of(redis, "overflow", "web").told == "firing")

    assert "3 alerts fired and are not on the board, because the board is full" == overflow.reason


def test_silences_are_made_previewed_listed_and_ended_by_api(client: FlaskClient, redis: Redis) -> None:
    stored(redis, 0, plugin_id="web-1")
    stored(redis, 1, plugin_id="db-1")
    now = SystemClock().now_ms()
    body = {
        "matchers": [{"name": "plugin_id", "value": "web-*"}],
        "starts_at_ms": now - 1,
        "ends_at_ms": now + 60_000,
        "comment": "배포",
    }
    preview = client.post(f"{BASE}/silence-preview", json=body).json
    made = client.post(f"{BASE}/silences", json=body)
    listed = client.get(f"{BASE}/silences").json["silences"]
    ended = client.post(f"{made.headers['Location']}/expire").json

    assert (1, ["a0"]) == (preview["count"], [a["id"] for a in preview["alerts"]])
    assert (201, "김운영", "active") == (made.status_code, made.json["author"], made.json["state"])
    assert [made.json["id"]] == [s["id"] for s in listed]
    assert "past" == ended["state"]
    assert 404 == client.get(f"{BASE}/silences/none").status_code


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"matchers": []}, "matchers"),
        ({"matchers": [{"name": "colour", "value": "red"}]}, "matchers.0.name"),
        ({"comment": ""}, "comment"),
        ({"ends_at_ms": 0}, "must be after"),
        ({"ends_at_ms": 10**13}, "30 days at most"),
        ({"cron": "every day", "duration_minutes": 5}, "five fields"),
        ({"cron": "0 2 * * *"}, "belong together"),
        ({"timezone": "Mars/Olympus"}, "time zone"),
    ],
)
def test_bad_silence_is_refused_naming_why(client: FlaskClient, fields: dict, words: str) -> None:
    now = SystemClock().now_ms()
    good = {"matchers": [{"name": "severity", "value": "*"}], "starts_at_ms": now, "ends_at_ms": now + 1_000}
    answer = client.post(f"{BASE}/silences", json={**good, "comment": "x", **fields})

    assert 422 == answer.status_code
    assert words in answer.text


def test_comments_and_assignee_are_part_of_the_story(client: FlaskClient, redis: Redis) -> None:
    stored(redis)
    client.post(f"{BASE}/alerts/a0/comments", json={"comment": "로그 확인 중"})
    assigned = client.put(f"{BASE}/alerts/a0/assignee", json={"assignee": "이담당"})
    client.post(f"{BASE}/alerts/a0/resolve")
    late = client.put(f"{BASE}/alerts/a0/assignee", json={"assignee": "x"})
    empty = client.post(f"{BASE}/alerts/a0/comments", json={"comment": ""})
    lines = client.get(f"{BASE}/alerts/a0").json["timeline"]

    assert ("이담당", 409, 422) == (assigned.json["assignee"], late.status_code, empty.status_code)
    assert [("commented", "로그 확인 중"), ("assigned", "to 이담당")] == [
        (line["kind"], line["reason"]) for line in lines[1:3]
    ]
