"""Events by HTTP: what is taken, what is refused and why, and how much one key may bring."""

import json
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from redis import Redis

from api.app import create_app
from api.auth import api_keys
from shared.log import Logger
from shared.redis import keys
from shared.settings import Settings

BASE = "/api/enhanced-alerts"


def a_client(redis: Redis, role: str = "publisher", name: str = "edge", **fields: Any) -> FlaskClient:
    _, key = api_keys.create(redis, name, role, 1)
    app = create_app(replace(Settings(), api_requests_per_second=100_000.0, **fields), redis, Logger("api"))
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    return client


@pytest.fixture
def client(redis: Redis) -> FlaskClient:
    return a_client(redis)


def send(client: FlaskClient, body: Any) -> Any:
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    return client.post(f"{BASE}/events", data=text, content_type="application/json")


def test_one_key_brings_no_more_bytes_than_its_share(redis: Redis) -> None:
    client = a_client(redis, publish_megabytes_per_hour=8.0)
    body = [{"plugin_id": "p", "states": {"s": "x" * 250}} for _ in range(1_000)]
    answers = [send(client, body) for _ in range(30)]
    taken = [answer for answer in answers if answer.status_code == 202]
    refused = next(answer for answer in answers if answer.status_code == 429)
    size = sum(redis.memory_usage(keys.events(p), samples=0) or 0 for p in range(8))

    assert 0 < len(taken) < 12
    assert "8 MB an hour" in refused.json["detail"] and int(refused.headers["Retry-After"]) >= 1
    assert 202 == send(a_client(redis, name="other"), {"plugin_id": "p"}).status_code
    assert size < 8 * 2**20


def test_all_keys_together_bring_no_more_bytes_than_fit(redis: Redis) -> None:
    limits = {"publish_total_megabytes_per_hour": 8.0}
    body = [{"plugin_id": "p", "states": {"s": "x" * 250}} for _ in range(1_000)]
    answers = [send(a_client(redis, name=f"key-{n}", **limits), body) for n in range(12)]

    assert 429 == answers[-1].status_code
    assert "All API keys" in answers[-1].json["detail"]


# -- properties ---------------------------------------------------------------------------------------------
