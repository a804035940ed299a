"""What was given up is listed and tried again; what providers say later is taken in; browsers subscribe to push."""

import base64
import hashlib
import hmac
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from api.app import create_app
from dispatchers import jobs
from shared.log import Logger
from shared.process import Heartbeat
from shared.settings import Settings
from shared.store import alert_store, due_groups
from tests.support import providers
from tests.support.api import BASE
from tests.support.channels import Life
from tests.support.cli import Run
from tests.support.providers import Provider, Reply, respond, serving

PUBLIC = "https://alerts.example.com"
NUMBERS = providers.Twilio.numbers


@pytest.fixture
def app(redis: Redis) -> Flask:
    return create_app(Settings(public_url=PUBLIC), redis, Logger("api"))


@pytest.fixture
def webhook(redis: Redis) -> Iterator[Provider]:
    with serving(providers.Webhook()) as provider:
        yield provider


@pytest.fixture
def given_up(redis: Redis, webhook: Provider) -> Life:
    """An alert whose firing the webhook refused for good."""

    def gone(handler: BaseHTTPRequestHandler) -> None:
        respond(handler, Reply(410, "gone"))

    webhook.scripted = [gone]
    life = Life(webhook, redis)
    life.goes_on()
    return life


def work(life: Life) -> None:
    jobs.deliver(life.channel, due_groups.group_of(life.alert))


def test_given_up_notification_is_listed_with_its_reason_and_tried_again(
    client: FlaskClient,
    redis: Redis,
    given_up: Life,
) -> None:
    listed = client.get(f"{BASE}/notifications/dead?channel=webhook").json
    other = client.get(f"{BASE}/notifications/dead?channel=slack").json
    retried = client.post(f"{BASE}/notifications/retry", json={"channel": "webhook", "alert_id": given_up.alert.id})
    again = client.post(f"{BASE}/notifications/retry", json={"channel": "webhook", "alert_id": given_up.alert.id})
    work(given_up)
    story = [(e.kind, e.by) for e in alert_store.timeline(redis, given_up.alert.id) if e.channel]

    (one,) = listed["notifications"]
    assert ("webhook", given_up.alert.id, "firing", 1) == (
        one["channel"], one["alert_id"], one["news"], one["attempts"]
    )  # fmt: skip
    assert "127.0.0.1 answered 410: gone" == one["reason"]
    assert [("notification.dead", "127.0.0.1 answered 410: gone", 1)] == [
        (line["kind"], line["reason"], line["attempt"]) for line in one["story"]
    ]
    assert all(line["at_ms"] > 0 for line in one["story"])
    assert 0 == other["total"]
    assert (200, 404) == (retried.status_code, again.status_code)
    assert "firing" == given_up.ledger.told
    assert [
        ("notification.dead", "firing"),
        ("notification.retried", "김운영"),
        ("notification.sent", "firing"),
    ] == story
    assert 0 == client.get(f"{BASE}/notifications/dead").json["total"]


def test_all_of_a_channel_are_tried_again_from_the_command_line(run: Run, redis: Redis, given_up: Life) -> None:
    listed = run("notifications", "dead")
    refused = run("notifications", "retry", "--alert", "x")
    none = run("notifications", "retry", "--channel", "slack")
    retried = run("notifications", "retry", "--channel", "webhook")
    work(given_up)

    assert given_up.alert.id in listed[1] and "410: gone" in listed[1]
    assert 1 == refused[0] and "--channel" in refused[2]
    assert "0 notifications" in none[1] and "1 notification " in retried[1]
    assert "firing" == given_up.ledger.told


def test_retry_after_the_alert_ended_tells_nobody_of_a_firing_that_is_over(redis: Redis, given_up: Life) -> None:
    from api.change import notifications

    given_up.goes_on(state="resolved", resolved_by="rule")
    notifications.retry(redis, "webhook", given_up.alert.id, "kim")
    work(given_up)

    assert "" == given_up.ledger.told


# -- delivery receipts --------------------------------------------------------------------------------------


def signed(client: FlaskClient, token: str, **form: str) -> int:
    path = f"{BASE}/callbacks/twilio/sms"
    said = f"{PUBLIC}{path}" + "".join(f"{k}{form[k]}" for k in sorted(form))
    mac = base64.b64encode(hmac.new(token.encode(), said.encode(), hashlib.sha1).digest()).decode()
    return client.post(path, data=form, headers={"X-Twilio-Signature": mac}).status_code


def test_receipts_of_twilio_are_noted_and_the_undelivered_tried_again(client: FlaskClient, redis: Redis) -> None:
    with serving(providers.Twilio()) as provider:
        life = Life(provider, redis)
        settings = Settings(group_seconds=0, public_url=PUBLIC)
        jobs.set_up(redis, settings, Logger("test"), Heartbeat(redis, "worker"))
        life.goes_on()
        asked_for = [dict(pair.split("=") for pair in r.body.decode().split("&")) for r in provider.requests]
        forged = signed(client, "wrong", MessageSid="SM1", MessageStatus="delivered", To=NUMBERS[0])
        taken = [
            signed(client, provider.secret, MessageSid="SM1", MessageStatus="delivered", To=NUMBERS[0]),
            signed(client, provider.secret, MessageSid="SM2", MessageStatus="sent", To=NUMBERS[1]),
            signed(
                client, provider.secret, MessageSid="SM2", MessageStatus="undelivered", To=NUMBERS[1], ErrorCode="30003"
            ),
            signed(client, provider.secret, MessageSid="unknown", MessageStatus="failed", To=NUMBERS[1]),
        ]
        listed = client.get(f"{BASE}/notifications/dead").json["notifications"]
        client.post(f"{BASE}/notifications/retry", json={"channel": "sms", "alert_id": life.alert.id})
        late = {"MessageSid": "SM2", "MessageStatus": "undelivered", "To": NUMBERS[1], "ErrorCode": "30003"}
        repeated = signed(client, provider.secret, **late)
        after_repeat = client.get(f"{BASE}/notifications/dead").json["total"]
        work(life)
        life.goes_on(state="resolved", resolved_by="rule")
    assert (204, 0) == (repeated, after_repeat)
    story = [(e.kind, e.reason) for e in alert_store.timeline(redis, life.alert.id) if "delivered" in e.kind]
    told = [shown.split()[:2] for shown in provider.shown]

    assert all("alerts.example.com" in form["StatusCallback"] for form in asked_for)
    assert 403 == forged and {204} == set(taken)
    assert [
        ("notification.delivered", "…5678 delivered"),
        ("notification.undelivered", "…0100 undelivered: Twilio error 30003"),
    ] == story
    assert [life.alert.id] == [n["alert_id"] for n in listed]
    assert [
        [NUMBERS[0], "[FIRING"], [NUMBERS[1], "[FIRING"],
        [NUMBERS[1], "[FIRING"],
        [NUMBERS[0], "[RESOLVED"], [NUMBERS[1], "[RESOLVED"],
    ] == told  # fmt: skip


# -- push subscriptions -------------------------------------------------------------------------------------


# -- named destinations -------------------------------------------------------------------------------------
