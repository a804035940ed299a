"""The API in the test's process, signed in to as an administrator, and alerts on its board."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from msgspec import structs
from redis import Redis

from api.app import create_app
from api.auth import access_tokens
from api.auth.traces import Traces
from api.limits.proof_cache import Proofs
from archive.readers import Readers
from shared.clock import SystemClock
from shared.log import Logger
from shared.model.alerts import Alert, TimelineEntry
from shared.settings import Settings
from shared.store import alert_store
from tests.support.factories import an_alert

BASE = "/api/enhanced-alerts"


SEED_RULE = {
    "name": "CPU 높음 알림",
    "description": "CPU 사용률이 80%를 초과할 때",
    "metric": "cpu_usage",
    "operator": ">",
    "threshold": 80.0,
    "severity": "warning",
    "channels": ["web", "email"],
    "cooldown_minutes": 5,
    "enabled": True,
}


@cache
def _built() -> Flask:
    return create_app(Settings(), Redis(), Logger("api"))


@pytest.fixture
def app(redis: Redis, redis_url: str, tmp_path: Path) -> Iterator[Flask]:
    """
    The app on the test's Redis.

    It is built once a process, which takes 70 ms; what it holds of a server, of callers and of refusals is new for each
    test.
    """
    built, log = _built(), Logger("api")
    services, config = built.extensions["enhanced_alerts"], dict(built.config)
    settings = replace(services.settings, redis_url=redis_url)
    fresh: dict[str, Any] = {"traces": Traces(log), "proofs": Proofs(), "archive": Readers(tmp_path / "archive.db")}
    built.extensions["enhanced_alerts"] = replace(services, redis=redis, settings=settings, log=log, **fresh)
    yield built
    built.config.clear()
    built.config.update(config)


@pytest.fixture
def client(app: Flask, redis: Redis) -> Iterator[FlaskClient]:
    with app.test_client() as made:
        token = access_tokens.issue(redis, "김운영", "admin")
        made.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        yield made


def stored(redis: Redis, n: int = 0, **fields: object) -> Alert:
    """Put an alert on the board, as the router does."""
    defaults: dict = {"id": f"a{n}", "started_at_ms": SystemClock().now_ms() - 1000 + n, "version": 1}
    alert = structs.replace(an_alert("firing"), **{**defaults, "updated_at_ms": SystemClock().now_ms(), **fields})
    with redis.pipeline() as pipe:
        line = TimelineEntry(at_ms=alert.updated_at_ms, kind="firing", reason="cpu = 99 is > 80")
        alert_store.stage(pipe, None, alert, line, 1_000_000)
        pipe.execute()
    return alert
