"""What the dashboard asks for beyond the records themselves: samples, sentences, counts, and acts on many at once."""

import tomllib

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from api.auth import refresh_tokens, users
from api.doctor import advice
from api.read import series
from shared.clock import SystemClock
from shared.model import rules
from shared.model.alerts import LedgerEntry
from shared.model.encoding import encode
from shared.model.events import Event
from shared.redis import keys
from shared.store import deliveries, rule_store
from shared.store.alert_store import HOUR_MS
from tests.support.api import BASE, SEED_RULE, stored
from tests.support.factories import a_rule, publish

PASSWORD = "말이 없는 밤 열두 시"


def test_recent_samples_of_several_series_are_read_from_the_stream(client: FlaskClient, redis: Redis) -> None:
    now_ms = SystemClock().now_ms()
    for n in range(5):
        publish(redis, 8, Event("결제", at_ms=now_ms - 5_000 + n, metrics={"cpu": n, "memory": 50}))
    publish(redis, 8, Event("결제", at_ms=now_ms - 9_000, metrics={"cpu": 99}), Event("other", metrics={"cpu": 1}))
    publish(redis, 8, Event("old", at_ms=now_ms - 7_200_000, metrics={"cpu": 1}))
    wanted = [("결제", "cpu"), ("결제", "memory"), ("old", "cpu"), ("nobody", "cpu")]
    body = {"series": [{"plugin_id": p, "metric": m} for p, m in wanted]}
    found = client.post(f"{BASE}/series/query", json=body).json["series"]

    assert wanted == [(one["plugin_id"], one["metric"]) for one in found]
    late_first = [[now_ms - 9_000, 99], *([now_ms - 5_000 + n, n] for n in range(5))]
    assert [late_first, 5, 0, 0] == [found[0]["samples"], *(len(one["samples"]) for one in found[1:])]


def test_look_at_a_busy_stream_is_bounded_and_says_how_far_it_came(redis: Redis, monkeypatch) -> None:
    monkeypatch.setattr(series, "MAX_ENTRIES", 10)
    for n in range(30):
        publish(redis, 1, Event("p", at_ms=10**12 + n, metrics={"cpu": n}))
    (found,) = series.read(redis, [("p", "cpu")], 0, 2 * 10**12, 100, 1)

    assert list(range(20, 30)) == [value for _, value in found.samples]
    assert found.since_ms > 0


def test_thinned_samples_keep_every_spike() -> None:
    samples = [(at_ms, 1.0) for at_ms in range(10_000)]
    samples[1_234] = (1_234, 99.0)
    samples[7_777] = (7_777, -5.0)
    kept = series.thinned(samples, 100)

    assert len(kept) <= 102
    assert {(1_234, 99.0), (7_777, -5.0)} <= set(kept)
    assert sorted(kept) == kept


def test_rule_is_said_in_words_in_both_languages_before_it_is_stored(client: FlaskClient, redis: Redis) -> None:
    publish_known(redis, "web-1")
    rule = {**SEED_RULE, "for_seconds": 120, "plugins": "web-*"}
    said = client.post(f"{BASE}/rule-preview", json=rule).json

    assert (
        "When cpu_usage > 80 for 2 min on plugins web-*, the alert fires (warning) and web, email are notified. "
        "It is announced at most once every 5 min. It resolves when the condition ends."
    ) == said["sentence"]["en"]
    assert (
        "플러그인 web-*에서 [cpu_usage > 80] 조건이 2분 동안 계속되면 경고 알림이 발생하고 "
        "web, email 채널에 알립니다. 5분에 한 번까지만 알립니다. 조건이 해소되면 자동으로 해결됩니다."
    ) == said["sentence"]["ko"]
    assert (["cpu_usage"], ["web-1"]) == (said["metrics"], said["covers"])
    assert [] == client.get(f"{BASE}/rules").json["rules"]


@pytest.mark.parametrize(
    ("condition", "korean"),
    [
        (
            {"kind": "window", "metric": "x", "statistic": "p95", "seconds": 60, "operator": ">", "threshold": 2},
            "x의 최근 60초 95백분위수(p95) > 2",
        ),
        (
            {"kind": "rate", "metric": "x", "unit": "percent", "seconds": 60, "operator": ">", "threshold": 2},
            "x의 최근 60초 변화율(%) > 2",
        ),
        ({"kind": "absence", "seconds": 60}, "60초 동안 이벤트 수신 없음"),
        ({"kind": "state", "state": "s", "changed_to": ["a", "b"]}, "s 상태가 다음으로 바뀜: a 또는 b"),
        ({"kind": "error", "type": "T*", "count": 5, "seconds": 60}, "60초 동안 T* 오류 5건 이상"),
        (
            {"kind": "compound", "join": "at_least", "n": 1, "conditions": [{"kind": "absence", "seconds": 9}] * 2},
            "다음 중 1개 이상: (9초 동안 이벤트 수신 없음; 9초 동안 이벤트 수신 없음)",
        ),
    ],
)
def test_every_condition_is_said_in_korean(client: FlaskClient, condition: dict, korean: str) -> None:
    said = client.post(f"{BASE}/rule-preview", json={"name": "n", "condition": condition}).json

    assert f"[{korean}]" in said["sentence"]["ko"]


def test_fleet_rule_is_shown_with_the_plugins_and_metrics_that_it_aggregates(client: FlaskClient, redis: Redis) -> None:
    for plugin_id in ("web-1", "db-1", "fleet:seed/kr"):
        publish_known(redis, plugin_id)
    condition = {"kind": "fleet", "metric": "cpu_usage", "aggregate": "avg", "by": ["region"], "operator": ">"}
    rule = {"name": "n", "plugins": "*-1", "when_gone": "fire", "condition": {**condition, "threshold": 80}}
    shown = client.post(f"{BASE}/rule-preview", json=rule).json

    assert (["cpu_usage"], ["db-1", "web-1"]) == (shown["metrics"], sorted(shown["covers"]))
    assert shown["sentence"]["en"].startswith(
        "When avg(cpu_usage) > 80 by region over all plugins *-1, the alert fires (warning)"
    )
    assert shown["sentence"]["en"].endswith(
        "A plugin counts for 5 min after its last value. When none is left, the alert fires."
    )
    assert "[region별 cpu_usage 평균 > 80]" in shown["sentence"]["ko"]
    assert shown["sentence"]["ko"].endswith(
        "마지막 값을 받은 뒤 5분 동안 그 플러그인을 집계에 넣습니다. 남은 플러그인이 없으면 알림이 발생합니다."
    )


def test_fleet_rule_over_a_metric_that_is_published_needs_no_note(redis: Redis) -> None:
    seen = {"plugin_id": "web-1", "last_at_ms": 1, "labels": {}, "metrics": {"cpu_usage": 1.0}}
    redis.hset(keys.plugins(), "web-1", encode(seen))
    fleet = {"kind": "fleet", "aggregate": "avg", "operator": ">", "threshold": 80}

    assert [] == advice.on_names(redis, rules.parse({"name": "n", "condition": {**fleet, "metric": "cpu_usage"}}))
    [note] = advice.on_names(redis, rules.parse({"name": "n", "condition": {**fleet, "metric": "cpu_usge"}}))
    assert "cpu_usage" in str(note)


def test_rule_that_tells_nobody_is_said_in_words_too(client: FlaskClient) -> None:
    said = client.post(f"{BASE}/rule-preview", json={**SEED_RULE, "channels": []})

    assert 200 == said.status_code
    assert "only the board shows it." in said.json["sentence"]["en"]
    assert "실시간 현황에만 표시됩니다." in said.json["sentence"]["ko"]


def test_bad_rule_is_refused_by_the_preview_as_it_would_be_when_stored(client: FlaskClient) -> None:
    said = client.post(f"{BASE}/rule-preview", json={**SEED_RULE, "channels": ["pigeon"]})

    assert (422, ["channels"]) == (said.status_code, [e["field"] for e in said.json["errors"]])


def test_many_alerts_are_acknowledged_and_resolved_at_once(client: FlaskClient, redis: Redis) -> None:
    ids = [stored(redis, n).id for n in range(3)]
    acknowledged = client.post(
        f"{BASE}/alerts/bulk/acknowledge", json={"alert_ids": [*ids, "gone"], "comment": "본다"}
    ).json
    client.post(f"{BASE}/alerts/{ids[0]}/resolve")
    resolved = client.post(f"{BASE}/alerts/bulk/resolve", json={"alert_ids": ids}).json

    assert ["acknowledged"] * 3 == [alert["state"] for alert in acknowledged["alerts"]]
    assert ["gone"] == [one["alert_id"] for one in acknowledged["refused"]]
    assert (ids[1:], [ids[0]]) == (
        [alert["id"] for alert in resolved["alerts"]],
        [one["alert_id"] for one in resolved["refused"]],
    )
    assert "본다" == client.get(f"{BASE}/alerts/{ids[0]}").json["timeline"][1]["reason"]


def test_board_says_who_was_told_when_asked(client: FlaskClient, redis: Redis) -> None:
    alert = stored(redis)
    redis.hset(keys.ledger(alert.id), "web", encode(LedgerEntry(told="firing")))
    redis.hset(keys.ledger(alert.id), "email", encode(LedgerEntry(status="dead")))
    page = client.get(f"{BASE}/alerts/active?told=true").json

    assert {alert.id: {"web": "firing"}} == page["told"]
    assert "told" not in client.get(f"{BASE}/alerts/active").json


def test_statistics_say_how_long_it_took_to_acknowledge_and_resolve(client: FlaskClient, redis: Redis) -> None:
    now_ms = SystemClock().now_ms()
    alert = stored(redis, fired_at_ms=now_ms - 60_000)
    client.post(f"{BASE}/alerts/{alert.id}/acknowledge")
    client.post(f"{BASE}/alerts/{alert.id}/resolve")
    found = client.get(f"{BASE}/statistics").json
    earlier = client.get(f"{BASE}/statistics?hours=2&until_ms={now_ms - 48 * HOUR_MS}").json

    assert 60_000 <= found["mean_ms_to_acknowledge"] <= found["mean_ms_to_resolve"] < 90_000
    assert (0, None) == (earlier["fired"], earlier["mean_ms_to_resolve"])


def test_channel_health_counts_attempts_and_their_p95(client: FlaskClient, redis: Redis) -> None:
    now_ms = SystemClock().now_ms()
    with redis.pipeline() as pipe:
        for took_ms in [40] * 19 + [4_000]:
            deliveries.stage(pipe, "slack-ops", "sent", took_ms, now_ms, HOUR_MS)
        deliveries.stage(pipe, "slack-ops", "failed", 9_000, now_ms, HOUR_MS)
        pipe.execute()
    found = client.get(f"{BASE}/channels/health").json

    assert found["slack-ops"] == {
        "sent": 20,
        "failed": 1,
        "dead": 0,
        "success_rate": 20 / 21,
        "p95_ms": 50,
        "queued": 0,
        "dead_letters": 0,
    }
    assert (None, None) == (found["email"]["success_rate"], found["email"]["p95_ms"])


def test_rules_are_exported_and_imported_by_api_all_or_none(client: FlaskClient, redis: Redis) -> None:
    rule_store.save_many(redis, [a_rule(id="cpu", name="CPU 높음", source="file:host.toml")])
    text = client.get(f"{BASE}/rules-file").text
    more = text.replace("CPU 높음", "CPU") + '\n[[rule]]\nid = "new"\nname = "n"\n'
    more += 'condition = {kind = "absence", seconds = 60}\n'
    tried = client.post(f"{BASE}/rules-file", json={"text": more, "dry_run": True}).json
    untouched = [rule.id for rule in rule_store.load_all(redis)[1]]
    applied = client.post(f"{BASE}/rules-file", json={"text": more}).json
    bad = client.post(f"{BASE}/rules-file", json={"text": more.replace("absence", "abscence")})

    assert "CPU 높음" == tomllib.loads(text)["rule"][0]["name"]
    assert (["new"], ["cpu"], False) == (tried["added"], tried["changed"], tried["applied"])
    assert ["cpu"] == untouched
    assert applied["applied"]
    assert {"cpu": ("CPU", "file:host.toml", True), "new": ("n", "", False)} == {
        rule.id: (rule.name, rule.source, rule.edited) for rule in rule_store.load_all(redis)[1]
    }
    assert (422, True) == (bad.status_code, "abscence" in bad.text)


def test_own_sessions_are_listed_and_ended(app: Flask, redis: Redis) -> None:
    user = users.create(redis, "kim", "viewer", PASSWORD)
    stranger, other = app.test_client(), app.test_client()
    for browser in (stranger, other):
        browser.post(f"{BASE}/sign-in", json={"name": "kim", "password": PASSWORD})
    tokens = refresh_tokens.issue(redis, user.name, user.role)
    found = stranger.get(f"{BASE}/me/sessions").json["sessions"]
    others = [one["id"] for one in found if not one["current"]]
    for one in others:
        assert 204 == stranger.delete(f"{BASE}/me/sessions/{one}").status_code

    assert ["browser", "browser", "program"] == sorted(one["kind"] for one in found)
    assert (200, 401) == (stranger.get(f"{BASE}/me").status_code, other.get(f"{BASE}/me").status_code)
    assert refresh_tokens.refresh(redis, tokens.refresh_token) is None
    assert 404 == stranger.delete(f"{BASE}/me/sessions/{others[0]}").status_code


def test_session_of_somebody_else_is_not_ended(app: Flask, redis: Redis) -> None:
    for name in ("kim", "lee"):
        users.create(redis, name, "viewer", PASSWORD)
    kim, lee = app.test_client(), app.test_client()
    kim.post(f"{BASE}/sign-in", json={"name": "kim", "password": PASSWORD})
    lee.post(f"{BASE}/sign-in", json={"name": "lee", "password": PASSWORD})
    lees = lee.get(f"{BASE}/me/sessions").json["sessions"][0]["id"]

    assert 404 == kim.delete(f"{BASE}/me/sessions/{lees}").status_code
    assert 200 == lee.get(f"{BASE}/me").status_code


def publish_known(redis: Redis, plugin_id: str) -> None:
    redis.hset(keys.plugins(), plugin_id, encode({"plugin_id": plugin_id, "last_at_ms": 1, "labels": {}}))
