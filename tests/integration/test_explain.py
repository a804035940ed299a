"""Explanations all the way: a running system whose recorder records, the API, and the analysis process."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from shared.clock import SystemClock
from shared.model import silences
from shared.model.alerts import Alert
from shared.model.events import Event
from shared.redis import keys
from shared.store import alert_store, channel_store, rule_store, silence_store
from shared.store.audit import Author
from tests.support.asking import Asker
from tests.support.cli import Run
from tests.support.delivery import ledger_of
from tests.support.factories import a_rule, publish
from tests.support.processes import System, a_system, wait_ready
from tests.support.real_server import RealServer
from tests.support.servers import Hook, http_server
from tests.support.waiting import until

PARTITIONS = 2
KIM = Author("김운영", principal="user:kim")


@pytest.fixture
def system(server: RealServer, redis: Redis, tmp_path: Path) -> Iterator[System]:
    with a_system(server.url, tmp_path, PARTITIONS=str(PARTITIONS), DATA_DIR=str(tmp_path)) as running:
        for arguments in (("evaluator",), ("archive",), ("dispatchers", "router"), ("dispatchers", "worker")):
            running.start(*arguments)
        wait_ready(redis, "evaluator", "router", "recorder")
        yield running


@pytest.fixture
def hook(redis: Redis, system: System) -> Iterator[Hook]:
    with http_server() as made:
        channel_store.save(redis, "webhook", {"url": made.url})
        yield made


def fires(redis: Redis, plugin_id: str, **metrics: float) -> Alert:
    def fired() -> Alert | None:
        return next((one for one in alert_store.active(redis) if one.plugin_id == plugin_id and one.fired_at_ms), None)

    publish(redis, PARTITIONS, Event(plugin_id, metrics=metrics))
    found: Alert = until(fired, "the alert fires")
    return found


def recorded(redis: Redis) -> None:
    """Wait until the recorder has recorded all that happened so far."""

    def is_done(key: str, done: str) -> bool:
        newest = redis.xrevrange(key, count=1)
        return not newest or redis.get(done) == newest[0][0]

    streams = [(keys.records(), keys.records_recorded())]
    streams += [(keys.events(p), keys.recorded(p, "events")) for p in range(PARTITIONS)]
    until(lambda: all(is_done(*one) for one in streams), "all is recorded")


def steps(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {step["step"] if not step["channel"] else step["channel"]: step for step in found["steps"]}


def test_alert_that_was_sent_is_explained_from_its_event_to_the_answer(
    redis: Redis, system: System, hook: Hook, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule_store.save(redis, a_rule(id="cpu-high", channels=["webhook"]), author=KIM)
    asker = Asker(redis, system, tmp_path, tmp_path / "archive.db", "", PARTITIONS=str(PARTITIONS))
    publish(redis, PARTITIONS, Event("shop-1", metrics={"cpu": 20}))
    alert = fires(redis, "shop-1", cpu=97)
    until(lambda: ledger_of(redis, alert.id, "webhook").told == "firing")
    recorded(redis)

    answer = asker.get(f"alerts/{alert.id}/explanation")

    assert 200 == answer.status_code, answer.text
    found = answer.json()
    of = steps(found)
    assert found["conclusion"]["passes"], found
    assert "cpu = 97 is > 80; webhook notified at" in found["conclusion"]["reason"]
    assert 0 == found["differences"], found
    assert "cpu = 97" in of["event"]["recorded"]["reason_values"]["samples"]
    assert "comparison.holds" == of["verdict"]["recorded"]["reason_code"] == of["verdict"]["recomputed"]["reason_code"]
    assert of["webhook"]["recorded"]["passes"]
    assert [] == found["notes"]

    other = asker.get(f"alerts/{alert.id}/explanation", channel="email")
    assert "email" in other.json()["conclusion"]["reason"]

    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("EA_LANGUAGE", "en")
    code, out, err = run("explain", alert.id)
    assert (0, "") == (code, err)
    assert "cpu = 97 is > 80; webhook notified at" in out
    at = json.loads(run("explain", "--rule", "cpu-high", "--plugin", "shop-1", "--json")[1])
    assert alert.id == at["alert_id"]
    assert 0 == at["differences"]


def test_nobody_was_notified_because_of_a_silence_and_the_rule_that_was_off(
    redis: Redis, system: System, hook: Hook, tmp_path: Path
) -> None:
    now_ms = SystemClock().now_ms()
    rule_store.save(redis, a_rule(id="disk", metric="disk", channels=["webhook"]), author=KIM)
    fields = {"matchers": [{"name": "plugin_id", "value": "db-*"}], "comment": "정기 점검", "author": "user:kim"}
    silence_store.save(redis, silences.parse({**fields, "starts_at_ms": now_ms, "ends_at_ms": now_ms + 600_000}))
    asker = Asker(redis, system, tmp_path, tmp_path / "archive.db", "", PARTITIONS=str(PARTITIONS))

    def held() -> Alert | None:
        alert = fires(redis, "db-1", disk=99)
        return alert if alert.suppressed else None

    # The silence takes effect with a round of the router; then the next look holds the alert back.
    alert = until(held, "the alert is held back")
    recorded(redis)
    found = asker.get(f"alerts/{alert.id}/explanation").json()

    assert not found["conclusion"]["passes"], found
    assert "정기 점검" in found["conclusion"]["reason"]
    assert 0 == found["differences"], found
    assert not steps(found)["silence"]["recorded"]["passes"]

    at_ms = SystemClock().now_ms()
    quiet = asker.get("explanation", rule_id="disk", plugin_id="nobody", at_ms=at_ms).json()
    missing = asker.get("explanation", rule_id="unknown", plugin_id="db-1", at_ms=at_ms).json()
    future = asker.get("explanation", rule_id="disk", plugin_id="db-1", at_ms=at_ms + 10**9)

    assert "explain.no_event" == quiet["conclusion"]["reason_code"]
    assert "explain.rule_unknown" == missing["conclusion"]["reason_code"]
    assert 422 == future.status_code
    assert 404 == asker.get("alerts/none/explanation").status_code
