"""Channels and browsers through the API: set up by name, listed without secrets, tried again at once, and refused."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from redis import Redis

from shared.redis import delivery_keys
from shared.store import channel_store, subscriptions
from tests.support import providers
from tests.support.api import BASE
from tests.support.cli import Run
from tests.support.delivery import ledger_of
from tests.support.providers import Provider, serving


@pytest.fixture
def webhook(redis: Redis) -> Iterator[Provider]:
    with serving(providers.Webhook()) as provider:
        yield provider


def test_retry_names_what_is_missing(client: FlaskClient) -> None:
    answer = client.post(f"{BASE}/notifications/retry", json={"alert_id": "a"})

    assert 422 == answer.status_code
    assert ["channel"] == [e["field"] for e in answer.json["errors"]]


# -- delivery receipts --------------------------------------------------------------------------------------


def test_receipt_for_a_channel_that_is_not_twilios_is_refused(client: FlaskClient) -> None:
    for name in ("sms", "email", "nothing"):
        assert 403 == client.post(f"{BASE}/callbacks/twilio/{name}", data={"MessageSid": "SM1"}).status_code


# -- push subscriptions -------------------------------------------------------------------------------------


def test_browser_subscribes_with_the_key_and_unsubscribes(client: FlaskClient, redis: Redis) -> None:
    key = client.get(f"{BASE}/push/key").json["key"]
    browser = providers.Push()
    browser.url = "https://push.example.com"
    body = browser.subscription(0).model_dump(include={"endpoint", "keys"})
    made = [client.post(f"{BASE}/push/subscriptions", json={**body, "expirationTime": None}) for _ in range(2)]
    known = subscriptions.load_all(redis)
    gone = client.delete(f"{BASE}/push/subscriptions/{made[0].json['id']}")

    assert client.get(f"{BASE}/push/key").json["key"] == key and 87 == len(key)
    assert [201, 201] == [answer.status_code for answer in made]
    assert [("김운영", body["endpoint"])] == [(s.user, s.endpoint) for s in known]
    assert 204 == gone.status_code and [] == subscriptions.load_all(redis)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("endpoint", "ftp://x"),
        ("endpoint", ""),
        ("p256dh", "AAAA"),
        ("p256dh", "!"),
        ("auth", "AAAA"),
        ("auth", "한글"),
    ],
)
def test_bad_subscription_is_refused_by_name(client: FlaskClient, field: str, value: str) -> None:
    browser = providers.Push()
    browser.url = "https://push.example.com"
    body: dict[str, Any] = browser.subscription(0).model_dump(include={"endpoint", "keys"})
    (body if field == "endpoint" else body["keys"])[field] = value

    answer = client.post(f"{BASE}/push/subscriptions", json=body)

    assert 422 == answer.status_code
    assert any(field in error["field"] for error in answer.json["errors"])


# -- named destinations -------------------------------------------------------------------------------------


def test_named_destination_is_configured_listed_and_removed(client: FlaskClient, redis: Redis) -> None:
    fields = {"webhook_url": "https://hooks.slack.com/services/T/B/top-secret"}
    made = client.put(f"{BASE}/channels/slack-ops/config", json=fields)
    listed = client.get(f"{BASE}/channels/config").json
    removed = client.delete(f"{BASE}/channels/slack-ops/config")

    assert 200 == made.status_code
    assert ("slack", True, "stored") == tuple(listed["slack-ops"][k] for k in ("kind", "configured", "source"))
    assert not listed["slack"]["configured"]
    assert "top-secret" not in str(listed) + made.text
    assert 204 == removed.status_code and "slack-ops" not in client.get(f"{BASE}/channels/config").json


def test_configuring_a_parked_channel_has_it_tried_at_once(client: FlaskClient, redis: Redis) -> None:
    redis.set(delivery_keys.pause("webhook"), "500", px=100_000)
    redis.set(delivery_keys.failures("webhook"), 7)
    before = client.get(f"{BASE}/channels/config").json["webhook"]
    client.put(f"{BASE}/channels/webhook/config", json={"url": "https://example.com/x"})

    assert (7, "500") == (before["failures"], before["pause"])
    assert not redis.exists(delivery_keys.pause("webhook"))


def test_rule_may_name_a_destination_and_not_a_kind_that_is_none(client: FlaskClient) -> None:
    rule = {"name": "r", "metric": "m", "operator": ">", "threshold": 1}
    good = client.post(f"{BASE}/rules", json={**rule, "channels": ["slack-ops", "email-managers"]})
    bad = client.post(f"{BASE}/rules", json={**rule, "channels": ["pigeon-ops"]})

    assert (201, 422) == (good.status_code, bad.status_code)
    assert "pigeon-ops" in bad.json["errors"][0]["message"]


def test_channels_are_listed_on_the_command_line(run: Run, redis: Redis) -> None:
    channel_store.save(redis, "slack-ops", {"webhook_url": "https://hooks.slack.com/services/x"})
    redis.set(delivery_keys.failures("slack-ops"), 3)
    listed = run("channels", "list")[1].splitlines()

    assert any(line.split()[:2] == ["slack-ops", "slack"] and "failed 3 times" in line for line in listed)
    assert any(line.split()[:2] == ["telegram", "telegram"] and "not configured" in line for line in listed)
    assert "" == ledger_of(redis, "x", "y").told
