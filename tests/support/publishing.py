"""A program that publishes events by HTTP, in the test's process."""

import json
from dataclasses import replace
from typing import Any

from flask.testing import FlaskClient
from redis import Redis

from api.app import create_app
from api.auth import api_keys
from shared.log import Logger
from shared.settings import Settings
from tests.support.api import BASE


def a_client(redis: Redis, role: str = "publisher", name: str = "edge", **fields: Any) -> FlaskClient:
    _, key = api_keys.create(redis, name, role, 1)
    app = create_app(replace(Settings(), api_requests_per_second=100_000.0, **fields), redis, Logger("api"))
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    return client


def send(client: FlaskClient, body: Any) -> Any:
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    return client.post(f"{BASE}/events", data=text, content_type="application/json")
