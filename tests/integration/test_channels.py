"""One contract for all channels: verdicts, secrets, sizes, and the life of an alert, against servers like theirs."""

import base64
import json
import os
import signal
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote

import pytest
from msgspec import structs
from redis import Redis

from api.change import notifications, operations
from dispatchers import channel as kinds
from dispatchers import http, jobs, recipients, render, truncate
from dispatchers.channel import DeliveryError, Item, Limit
from dispatchers.channels import email
from dispatchers.circuit import PARK_AFTER, Circuit
from dispatchers.record import Recorder
from dispatchers.surroundings import Surroundings
from shared import log, process
from shared.clock import SystemClock
from shared.model import backoff, reasons
from shared.model.alerts import TimelineEntry
from shared.model.encoding import encode
from shared.redis import delivery_keys, keys
from shared.settings import Settings
from shared.store import alert_store, channel_store, due_groups, subscriptions
from tests.support import providers
from tests.support.channels import NOW, Life, an_alert, firing, send
from tests.support.delivery import a_transition, decided, ledger_of
from tests.support.ports import free_port
from tests.support.processes import a_system, wait_ready
from tests.support.providers import Provider, Reply, Request, respond, serving
from tests.support.real_server import RealServer
from tests.support.servers import HERE, Mailbox, certificate, smtp_listening
from tests.support.waiting import until


@pytest.fixture(params=[*providers.ALL, *providers.IN_PAGES], ids=lambda provider: provider.name)
def any_provider(request: pytest.FixtureRequest, redis: Redis) -> Iterator[Provider]:
    with serving(request.param()) as running:
        running.prepare(redis)
        yield running


@pytest.fixture(params=providers.ALL, ids=lambda provider: provider.name)
def provider(request: pytest.FixtureRequest, redis: Redis) -> Iterator[Provider]:
    with serving(request.param()) as running:
        running.prepare(redis)
        yield running


# -- verdicts -----------------------------------------------------------------------------------------------

CASES = [
    pytest.param(provider, name, id=f"{provider.name}: {name}")
    for provider in providers.ALL
    for name in provider().refusals()
]


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_refusal_is_judged_and_gives_no_secret_away(kind: type[Provider], name: str, redis: Redis) -> None:
    with serving(kind()) as provider:
        provider.prepare(redis)
        reply, verdict, cause = provider.refusals()[name]
        provider.scripted = [lambda handler: provider.say(handler, reply)] * 3
        with pytest.raises(DeliveryError) as caught:
            send(provider, redis, firing())

    assert (verdict, cause) == (caught.value.verdict, caught.value.cause)
    assert provider.secret not in caught.value.reason
    wanted = {"too many": 7_000, "banned for a while": 3_600_000, "queue full": 60_000}
    assert wanted.get(name) == caught.value.retry_after_ms


VERDICTS = {
    **dict.fromkeys((301, 302, 307, 400, 401, 403, 404, 410, 413, 422), "permanent"),
    **dict.fromkeys((408, 429, 500, 502, 503, 504), "retryable"),
}
STATUSES = [
    pytest.param(kind, status, id=f"{kind.name}: {status}")
    for kind in providers.ALL
    for status in VERDICTS
    # Apprise gives no status, mail has its own, and a browser that is gone is no refusal.
    if kind not in (providers.Apprise, providers.Email) and not (kind is providers.Push and status in (404, 410))
]


@pytest.mark.parametrize(("kind", "status"), STATUSES)
def test_status_means_the_same_to_every_channel(kind: type[Provider], status: int, redis: Redis) -> None:
    """As a proxy before the provider might answer: no word in the body, and the wait in the header."""
    with serving(kind()) as provider:
        provider.prepare(redis)
        headers = {"Retry-After": "7", "Location": "http://169.254.169.254/"}
        provider.scripted = [lambda handler: respond(handler, Reply(status, "<html>", headers))] * 3
        with pytest.raises(DeliveryError) as caught:
            send(provider, redis, firing())
        asked = len(provider.requests)

    assert VERDICTS[status] == caught.value.verdict
    assert (7_000 if VERDICTS[status] == "retryable" else None) == caught.value.retry_after_ms
    assert ("pace" == caught.value.cause) == (status == 429)
    assert asked <= 2, "a redirect was followed, or a recipient asked twice"


ECHOES = {
    "path": lambda handler, body, secret: handler.path,
    "headers": lambda handler, body, secret: " ".join(handler.headers.values()),
    "body": lambda handler, body, secret: body.decode("latin-1"),
    "the secret alone": lambda handler, body, secret: f"invalid key {secret}!",
    "the secret in an address": lambda handler, body, secret: f"bad https://example.com/?k={quote(secret, safe='')}",
}


@pytest.mark.parametrize("status", [200, 400, 403])
@pytest.mark.parametrize("what", ECHOES)
def test_echo_of_the_request_gives_no_secret_away(provider: Provider, redis: Redis, what: str, status: int) -> None:
    """In an answer that refuses, and in one that accepts: both end up in the timeline."""

    def echo(handler: BaseHTTPRequestHandler) -> None:
        said = ECHOES[what](handler, provider.requests[-1].body, provider.secret)
        provider.say(handler, Reply(status, said))

    provider.scripted = [echo] * 3
    try:
        answer = send(provider, redis, firing()).why
        said = f"{answer} {reasons.plain(answer.values)}"
    except DeliveryError as error:
        said = error.reason

    basic = base64.b64encode(f"AC0123:{provider.secret}".encode()).decode()
    assert provider.requests
    assert not [form for form in (provider.secret, quote(provider.secret, safe=""), basic) if form in said]


TROUBLES = [
    pytest.param(kind, trouble, id=f"{kind.name}: {trouble}")
    for kind in providers.ALL
    for trouble in ("hang", "reset", "drip")
    # Apprise does not wait for the whole of an answer.
    if not (kind is providers.Apprise and trouble == "drip")
]


@pytest.mark.parametrize(("kind", "trouble"), TROUBLES)
def test_silence_after_the_request_is_uncertain(
    kind: type[Provider], trouble: str, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "READ_TIMEOUT_S", 0.5)
    monkeypatch.setattr(http, "TOTAL_TIMEOUT_S", 0.5)
    monkeypatch.setattr(email, "TOTAL_TIMEOUT_S", 3.5)
    with serving(kind()) as provider:
        provider.prepare(redis)
        provider.scripted = [getattr(provider, trouble)] * 3
        with pytest.raises(DeliveryError) as caught:
            send(provider, redis, firing())

    assert "uncertain" == caught.value.verdict
    assert provider.secret not in caught.value.reason


def test_nobody_listening_is_to_be_tried_again(redis: Redis) -> None:
    with serving(providers.Webhook()) as gone:
        pass
    with pytest.raises(DeliveryError) as caught:
        send(gone, redis, firing())

    assert "retryable" == caught.value.verdict


# -- sizes --------------------------------------------------------------------------------------------------

KOREAN_AND_EMOJI = "디스크 사용량이 👩‍👩‍👧‍👦 임계값을 🇰🇷 넘었습니다 <b>&amp; *굵게* @everyone <!channel> "


LONG = KOREAN_AND_EMOJI * (100_000 // len(KOREAN_AND_EMOJI.encode()))
FIELDS: dict[str, Any] = {
    **dict.fromkeys(("description", "rule_name", "plugin_name", "plugin_id", "condition", "reason"), LONG),
    "runbook_url": f"https://wiki.example.com/{LONG}",
    "labels": {f"레이블-{n} 👩‍👩‍👧‍👦": LONG[:200] for n in range(2_000)},
    "description of control characters": '\x01"\\' * 33_000,
    "rule_name of control characters": "\x01" * 100_000,
}


@pytest.mark.parametrize("where", [*FIELDS, "body_template", "title_template"])
def test_a_hundred_kilobytes_fit_every_provider(any_provider: Provider, redis: Redis, where: str) -> None:
    provider = any_provider
    options = {where: LONG} if where.endswith("template") else {}
    fields = {} if options else {where.partition(" ")[0]: FIELDS[where]}

    send(provider, redis, firing(an_alert(**fields)), **options)

    assert [] == provider.faults
    assert provider.shown
    for shown in provider.shown:
        assert shown.encode("utf-8").decode() == shown
        if where in ("rule_name", "title_template"):
            # Cut, and said to be: where every channel shows it.
            assert "…" in shown or provider.kind in UNLIMITED
        # No family is torn apart: its joiners stand between its members.
        assert "\u200d…" not in shown and "👩…" not in shown


UNLIMITED = ("webhook", "apprise", "web", "dashboard")
"""Kinds whose titles know no limit."""


def test_roll_up_of_thousands_fits_every_provider(any_provider: Provider, redis: Redis) -> None:
    provider = any_provider
    at_once = kinds.get(provider.name).traits.at_once
    items = [firing(an_alert(plugin_name=f"플러그인 {n} 👩‍👩‍👧‍👦")) for n in range(min(at_once, 2_000))]

    send(provider, redis, *items)

    assert [] == provider.faults
    assert provider.shown


# -- the life of an alert -----------------------------------------------------------------------------------


def test_fired_acknowledged_and_resolved(any_provider: Provider, redis: Redis) -> None:
    provider = any_provider
    life = Life(provider, redis)
    life.goes_on()
    fired = list(provider.shown)
    life.goes_on(state="acknowledged", acknowledged_by="김철수")
    life.goes_on(state="resolved", resolved_by="rule", resolved_at_ms=NOW)
    life.goes_on()
    edits = kinds.get(provider.name).traits.edits and life.ledger.message_id

    assert [] == provider.faults
    assert all("FIRING" in shown or provider.name == "pagerduty" for shown in fired) and fired
    assert "RESOLVED" in provider.shown[-1] or "[resolved]" in provider.shown[-1]
    if edits or provider.name in ("pagerduty", "push"):
        assert len(fired) == len(provider.shown), "what was told first has been changed, and nothing added"
    assert "resolved" == life.ledger.told
    kinds_told = [e.kind for e in alert_store.timeline(redis, life.alert.id) if e.channel]
    assert {"notification.sent"} == set(kinds_told)


class WorkerDied(BaseException):
    """As SIGKILL: nothing handles it, and nothing after it is done."""


DOUBTFUL = ("Perhaps sent twice", "중복")


def test_each_news_is_told_though_the_worker_dies_between_send_and_record(
    any_provider: Provider, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fired, acknowledged, reminded, resolved: sent, its record lost each time, and taken up by another worker."""
    provider, kind = any_provider, kinds.get(any_provider.name)
    life = Life(provider, redis)
    record = Recorder.sent
    told: list[str] = []

    def die(*_: object, **__: object) -> None:
        raise WorkerDied

    for changes in (
        {},
        {"reminders": 1},
        {"state": "acknowledged", "acknowledged_by": "김철수"},
        {"state": "resolved", "resolved_by": "rule", "resolved_at_ms": NOW},
    ):
        monkeypatch.setattr(Recorder, "sent", die)
        if changes.get("state") == "acknowledged" and "acknowledged" not in kind.traits.tells:
            life.goes_on(**changes)
            continue
        with pytest.raises(WorkerDied):
            life.goes_on(**changes)
        assert "sending" == life.ledger.status
        monkeypatch.setattr(Recorder, "sent", record)
        jobs.deliver(life.channel, due_groups.group_of(life.alert))
        told.append(life.ledger.told)
    acknowledged = ["acknowledged"] * ("acknowledged" in kind.traits.tells)

    assert [] == provider.faults
    assert ["firing", "firing", *acknowledged, "resolved"] == told
    assert len(told) == life.ledger.possible_duplicates
    assert "RESOLVED" in provider.shown[-1] or "[resolved]" in provider.shown[-1]
    if kind.traits.idempotent:
        # The receiver drops repeats by key, topic, dedup_key or id; the reminder is no repeat.
        recipients_of = getattr(provider, "browsers", 1)
        assert len(provider.shown) <= len(told) * recipients_of
    elif provider.kind not in ("sms", "apprise"):
        # Each was sent twice, the second time with a word about it.
        marked = [r for r in provider.requests if any(word in r.body.decode() for word in DOUBTFUL)]
        assert len(told) <= len(marked)
    else:
        # Those who had it are noted one by one, at once: nobody was told twice.
        assert len(set(provider.shown)) == len(provider.shown)


def test_message_that_somebody_deleted_is_written_anew(redis: Redis) -> None:
    for kind in (providers.SlackBot, providers.Telegram, providers.Discord):
        with serving(kind()) as provider:
            life = Life(provider, redis)
            life.goes_on()
            provider.messages.clear()
            life.goes_on(state="resolved", resolved_by="rule", resolved_at_ms=NOW)

        assert [] == provider.faults
        assert 1 == len(provider.shown) and "RESOLVED" in provider.shown[0], kind.name


def test_slack_says_in_the_thread_what_happened_later(redis: Redis) -> None:
    with serving(providers.SlackBot()) as provider:
        life = Life(provider, redis)
        life.goes_on()
        life.goes_on(state="acknowledged", acknowledged_by="kim")
        life.goes_on(state="resolved", resolved_by="rule", resolved_at_ms=NOW)
        assert isinstance(provider, providers.SlackBot)
        threads = provider.threads

    assert ["ACKNOWLEDGED", "RESOLVED"] == [said.split()[0].strip("[") for said in threads["1.000100"]]


@pytest.mark.parametrize("error", ["message_not_found", "cant_update_message", "edit_window_closed"])
def test_slack_message_that_cannot_be_updated_is_posted_anew(redis: Redis, error: str) -> None:
    with serving(providers.SlackBot()) as provider:
        life = Life(provider, redis)
        life.goes_on()
        refusal = json.dumps({"ok": False, "error": error})
        provider.scripted = [lambda handler: respond(handler, Reply(200, refusal))]
        life.goes_on(state="resolved", resolved_by="rule", resolved_at_ms=NOW)
        paths = [request.path.rpartition("/")[2] for request in provider.requests]

    assert ["chat.postMessage", "chat.update", "chat.postMessage"] == paths
    assert ["[FIRING", "[RESOLVED"] == [shown.split()[0].strip("*") for shown in provider.shown]
    assert "C0ALERTS:2.000100" == life.ledger.message_id


def test_slack_thread_that_is_closed_does_not_make_an_updated_message_untold(redis: Redis) -> None:
    with serving(providers.SlackBot()) as provider:
        life = Life(provider, redis)
        life.goes_on()
        locked = json.dumps({"ok": False, "error": "restricted_action_thread_locked"})
        provider.scripted = [takes(provider), lambda handler: respond(handler, Reply(200, locked))]
        life.goes_on(state="resolved", resolved_by="rule", resolved_at_ms=NOW)
        (shown,) = provider.shown
        said = alert_store.timeline(redis, life.alert.id)[-1].reason

    assert "resolved" == life.ledger.told
    assert "RESOLVED" in shown and "restricted_action_thread_locked" in said


def test_slack_reply_that_fails_for_now_is_made_up_for(redis: Redis) -> None:
    with serving(providers.SlackBot()) as provider:
        assert isinstance(provider, providers.SlackBot)
        life = Life(provider, redis)
        life.goes_on()
        away = json.dumps({"ok": False, "error": "service_unavailable"})
        provider.scripted = [takes(provider), lambda handler: respond(handler, Reply(200, away))]
        life.goes_on(state="resolved", resolved_by="rule", resolved_at_ms=NOW)
        in_between = life.ledger.told
        try_again(life)

    assert ("firing", "resolved") == (in_between, life.ledger.told)
    assert (1, 1) == (len(provider.shown), len(provider.threads["1.000100"]))


def moving(provider: providers.Telegram) -> Callable[[BaseHTTPRequestHandler], None]:
    """The group becomes a supergroup: another chat, with none of its messages."""

    def move(handler: BaseHTTPRequestHandler) -> None:
        provider.chats = {"-100999"}
        respond(handler, provider._said(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-100999))

    return move


@pytest.mark.parametrize("when", ["firing", "resolved"])
def test_telegram_group_that_moved_is_followed_and_remembered(redis: Redis, when: str) -> None:
    with serving(providers.Telegram()) as provider:
        assert isinstance(provider, providers.Telegram)
        life = Life(provider, redis)
        if when == "firing":
            provider.scripted = [moving(provider)]
        life.goes_on()
        if when == "resolved":
            # Once for the edit, and once for the message that then has to be written anew.
            provider.scripted = [moving(provider)] * 2
        life.goes_on(state="resolved", resolved_by="rule", resolved_at_ms=NOW)
        told = {name: shown.split()[0] for name, shown in provider.messages.items()}

    assert [] == provider.faults
    assert "-100999" == channel_store.load(redis, "telegram")["chat_id"]
    assert "resolved" == life.ledger.told
    assert "[RESOLVED" == told["-100999/1"]


def test_telegram_edits_where_it_told_though_it_writes_elsewhere_by_now(redis: Redis) -> None:
    """Message numbers mean nothing in another chat: number 1 there is about something else."""
    with serving(providers.Telegram()) as provider:
        assert isinstance(provider, providers.Telegram)
        life = Life(provider, redis)
        life.goes_on()
        provider.chats |= {"-100777"}
        provider.messages["-100777/1"] = "somebody else's news"
        channel_store.save(redis, "telegram", {**provider.fields(), "chat_id": "-100777", "max_per_minute": 6_000})
        life.goes_on(state="acknowledged", acknowledged_by="kim")
        acknowledged = provider.messages["-1001234/1"]
        # And when it may not write there any more, the chat it writes to hears the rest.
        provider.chats -= {"-1001234"}
        life.goes_on(state="resolved", resolved_by="rule", resolved_at_ms=NOW)

    assert acknowledged.startswith("[ACKNOWLEDGED")
    assert "somebody else's news" == provider.messages["-100777/1"]
    assert provider.messages["-100777/2"].startswith("[RESOLVED")
    assert "resolved" == life.ledger.told


@pytest.mark.parametrize("kind", [providers.Telegram, providers.Discord])
def test_reminders_are_brought_up_to_date_with_the_message(kind: type[Provider], redis: Redis) -> None:
    """Nobody who scrolls back finds a message that still says FIRING."""
    with serving(kind()) as provider:
        life = Life(provider, redis)
        life.goes_on()
        life.goes_on(reminders=1)
        life.goes_on(reminders=2)
        reminded = [shown.split("]")[0] for shown in provider.shown]
        life.goes_on(state="resolved", resolved_by="rule", resolved_at_ms=NOW)

    assert [] == provider.faults
    assert 3 == len(reminded) and all("reminder" in shown for shown in reminded[1:])
    assert ["[RESOLVED"] * 3 == [shown.split()[0] for shown in provider.shown]


def keys_of(provider: Provider) -> list[str]:
    """By what the receiver of each request knows repeats."""
    name = {"webhook": "Idempotency-Key", "push": "Topic"}[provider.kind]
    return [request.headers[name] for request in provider.requests]


def test_webhooks_key_is_that_of_the_news(redis: Redis) -> None:
    """The same for a repeat, another for a reminder and for what joined since: receivers drop what they know."""
    with serving(providers.Webhook()) as provider:
        one, other = an_alert(), an_alert()
        send(provider, redis, firing(one))
        send(provider, redis, firing(one))
        send(provider, redis, firing(structs.replace(one, reminders=1), reminder=True))
        send(provider, redis, firing(structs.replace(one, episode=2)))
        send(provider, redis, firing(one), firing(other))
        send(provider, redis, Item("resolved", one, "x"))
        first, repeated, *others = keys_of(provider)

    assert first == repeated
    assert 5 == len({first, *others})


def test_push_of_several_alerts_takes_the_place_of_no_others(redis: Redis) -> None:
    with serving(providers.Push()) as provider:
        provider.prepare(redis)
        a, b, c = an_alert(), an_alert(), an_alert()
        send(provider, redis, firing(a), firing(b))
        send(provider, redis, firing(b), firing(c))
        send(provider, redis, Item("resolved", b, "x"), Item("resolved", a, "x"))
        topics = keys_of(provider)[:: provider.browsers]

    assert topics[0] == topics[2] != topics[1]


def test_alertmanagers_webhook_says_why_it_comes_and_for_which_group(redis: Redis) -> None:
    def of(*items: Item) -> tuple[str, str, str]:
        send(provider, redis, *items)
        document = provider.requests[-1].json()
        return document["status"], document["notification_reason"], document["groupKey"]

    with serving(providers.AlertmanagerWebhook()) as provider:
        a, b = an_alert(), an_alert()
        ended = [Item("resolved", one, "x") for one in (a, b)]
        key = '{}:{group="rule:r"}'

        assert ("firing", "first notification", key) == of(firing(a))
        assert ("firing", "new alerts added", key) == of(firing(a), firing(b))
        assert ("firing", "repeat interval elapsed", key) == of(firing(a, reminder=True))
        assert ("firing", "repeat interval elapsed", key) == of(Item("acknowledged", a, "x"))
        assert ("firing", "some alerts resolved", key) == of(ended[0], Item("acknowledged", b, "x"))
        assert ("resolved", "all alerts resolved", key) == of(*ended)
        document = provider.requests[-1].json()
        assert ("4", 0, "webhook-am", "http://board") == tuple(
            document[k] for k in ("version", "truncatedAlerts", "receiver", "externalURL")
        )
        assert ["CPU 높음"] * 2 == [one["labels"]["alertname"] for one in document["alerts"]]
        assert {"alertname": "CPU 높음"} == document["groupLabels"]
    assert [] == provider.faults


def test_discord_webhook_that_was_deleted_is_left_alone_and_told_of(redis: Redis) -> None:
    """Discord bans addresses that go on calling webhooks that are gone."""
    with serving(providers.Discord()) as provider:
        life = Life(provider, redis)
        gone = json.dumps({"message": "Unknown Webhook", "code": 10_015})
        provider.scripted = [lambda handler: respond(handler, Reply(404, gone))]
        life.goes_on()
        life.goes_on(state="resolved", resolved_by="rule", resolved_at_ms=NOW)
        another = Life(provider, redis)
        another.goes_on()
        called = len(provider.requests)
        alert = alert_store.get(redis, "channel-discord")
        left_ms = redis.pttl(delivery_keys.pause("discord"))
        due_groups.reopen(redis, "discord", NOW)
        another.goes_on()

    assert 1 == called
    assert ("firing", True) == (alert.state, "10015" in alert.reason)
    assert left_ms > 23 * 3_600_000
    assert "firing" == another.ledger.told
    assert "resolved" == alert_store.get(redis, "channel-discord").state


def test_push_forgets_browsers_that_unsubscribed(redis: Redis) -> None:
    with serving(providers.Push()) as provider:
        provider.prepare(redis)
        provider.scripted = [lambda handler: respond(handler, Reply(410, "gone"))]
        receipt = send(provider, redis, firing())

    assert "localhost; 1 ended subscriptions removed" == str(receipt.answer)
    assert 1 == len(subscriptions.load_all(redis))


def test_push_is_urgent_only_when_it_is_and_replaces_its_alerts_older_news(redis: Redis) -> None:
    with serving(providers.Push()) as provider:
        assert isinstance(provider, providers.Push)
        provider.prepare(redis)
        alert = an_alert()
        send(provider, redis, firing(alert))
        send(provider, redis, Item("resolved", alert, "http://board/alerts/1"))

    assert ["high", "high", "normal", "normal"] == provider.urgencies
    assert 2 == len(provider.shown) and all("RESOLVED" in shown for shown in provider.shown)


def try_again(life: Life) -> None:
    """The next attempt, without its back-off."""
    entry = life.ledger
    life.redis.hset(keys.ledger(life.alert.id), life.channel, encode(structs.replace(entry, not_before_ms=0)))
    jobs.deliver(life.channel, due_groups.group_of(life.alert))


NUMBERS = providers.Twilio.numbers


def twilio_says(status: int, code: int) -> Callable[[BaseHTTPRequestHandler], None]:
    return lambda handler: respond(handler, Reply(status, json.dumps({"code": code, "message": "because"})))


def takes(provider: Provider) -> Callable[[BaseHTTPRequestHandler], None]:
    return lambda handler: respond(handler, provider.take(provider.requests[-1]))


def numbers_of(provider: Provider) -> list[str]:
    return [dict(parse_qsl(r.body.decode()))["To"] for r in provider.requests]


def test_only_the_recipients_who_lack_it_are_tried_again(redis: Redis) -> None:
    with serving(providers.Twilio()) as provider:
        life = Life(provider, redis)
        provider.scripted = [takes(provider), twilio_says(503, 20503)]
        life.goes_on()
        try_again(life)
        told = [shown.split()[0] for shown in provider.shown]

    assert ["+821012345678", "+14155550100"] == told
    assert "firing" == life.ledger.told


def test_whoever_was_told_firing_is_told_the_end_though_another_recipient_never_was(redis: Redis) -> None:
    """One number has it, the other's turn failed for the time being; before it is tried again, the alert ends."""
    with serving(providers.Twilio()) as provider:
        life = Life(provider, redis)
        provider.scripted = [takes(provider), twilio_says(503, 20503)]
        life.goes_on()
        life.goes_on(state="resolved", resolved_by="rule", resolved_at_ms=NOW)
        told = [shown.split()[:2] for shown in provider.shown]

    assert ["+821012345678", "[FIRING"] == told[0]
    assert ["+821012345678", "[RESOLVED"] in told
    assert "resolved" == life.ledger.told


def test_recipient_refused_for_good_is_not_tried_again_but_given_up_alone(redis: Redis) -> None:
    """One number has sent STOP, the other's turn comes later: STOP is asked once; an operator can retry it alone."""
    stopped, good = providers.Twilio.numbers
    with serving(providers.Twilio()) as provider:
        life = Life(provider, redis)
        provider.scripted = [twilio_says(400, 21610), twilio_says(503, 20503)]
        life.goes_on()
        try_again(life)
        asked = numbers_of(provider)
        listed = [m.decode() for m in redis.zrange(delivery_keys.dead_notifications(), 0, -1)]
        story = [(e.kind, e.reason) for e in alert_store.timeline(redis, life.alert.id) if e.channel]
        notifications.retry(redis, "sms", life.alert.id, "kim")
        try_again(life)
        asked_again = numbers_of(provider)[len(asked) :]

    assert [stopped, good, good] == asked
    assert "firing" == life.ledger.told
    assert [f"sms\0{life.alert.id}"] == listed
    assert ["notification.failed", "notification.sent", "notification.undelivered"] == [kind for kind, _ in story]
    assert "21610" in story[0][1] and "21610" in story[2][1]
    assert [stopped] == asked_again


def test_all_after_a_refusal_that_is_everybodys_are_given_up_without_a_call(redis: Redis) -> None:
    with serving(providers.Twilio()) as provider:
        life = Life(provider, redis)
        provider.scripted = [twilio_says(401, 20003)] * 2
        life.goes_on()
        asked = numbers_of(provider)
        notifications.retry(redis, "sms", life.alert.id, "kim")
        provider.scripted = []
        try_again(life)

    assert 1 == len(asked)
    assert list(providers.Twilio.numbers) == [shown.split()[0] for shown in provider.shown]
    assert "firing" == life.ledger.told


def test_more_recipients_than_one_call_has_time_for_are_told_in_several(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipients, "ROUND_S", 0.0)
    monkeypatch.setattr(recipients, "AT_ONCE", 1)
    with serving(providers.Push()) as provider:
        assert isinstance(provider, providers.Push)
        life = Life(provider, redis)
        provider.prepare(redis)
        life.goes_on()
        first = (len(provider.shown), life.ledger)
        try_again(life)
        try_again(life)

    assert (1, "", "due", 0, False) == (
        first[0], first[1].told, first[1].status, first[1].attempts, first[1].in_doubt
    )  # fmt: skip
    assert provider.browsers == len(provider.shown) == len(provider.requests)
    assert ("firing", 0) == (life.ledger.told, life.ledger.possible_duplicates)
    assert 0 == redis.exists(delivery_keys.failures("push"))


def test_browser_whose_push_service_is_away_does_not_park_the_others(redis: Redis) -> None:
    with serving(providers.Push()) as provider:
        life = Life(provider, redis)
        provider.prepare(redis)
        provider.scripted = [takes(provider)]
        away: list = [lambda handler: respond(handler, Reply(503, "away"))]
        provider.scripted += away * 8
        life.goes_on()
        for _ in range(7):
            try_again(life)

    assert 8 == life.ledger.attempts
    assert 0 == redis.exists(delivery_keys.failures("push"), delivery_keys.pause("push"))


def test_mail_refused_for_one_recipient_is_tried_again_for_that_one(redis: Redis) -> None:
    with serving(providers.Email()) as provider:
        assert isinstance(provider, providers.Email)
        refusals = {"b@example.com": "451 try later"}
        provider.refuse_reader = lambda address: refusals.pop(address, "")
        life = Life(provider, redis)
        life.goes_on()
        (failed,) = [e for e in alert_store.timeline(redis, life.alert.id) if e.kind == "notification.failed"]
        try_again(life)

    assert "451 refuses b@example.com: try later" in failed.reason
    assert [["a@example.com"], ["b@example.com"]] == provider.told
    assert "firing" == life.ledger.told
    assert [] == provider.faults


def test_mail_refused_for_good_for_one_recipient_reaches_the_other(redis: Redis) -> None:
    with serving(providers.Email()) as provider:
        assert isinstance(provider, providers.Email)
        provider.refuse_reader = lambda address: "550 5.1.1 no such user" if address.startswith("b@") else ""
        life = Life(provider, redis)
        life.goes_on()
        story = [e.kind for e in alert_store.timeline(redis, life.alert.id) if e.channel]

    assert [["a@example.com"]] == provider.told
    assert "firing" == life.ledger.told
    assert ["notification.sent", "notification.undelivered"] == story


@pytest.mark.parametrize(
    ("changed", "verdict", "said"),
    [
        ({"password": "wrong-secret"}, "permanent", "refuses the user name or password"),
        ({"password": "비밀번호"}, "permanent", "encode"),
        ({"username": "", "password": ""}, "permanent", "Authentication required"),
        ({"security": "none"}, "permanent", "AUTH"),
        ({"verify_certificate": True}, "retryable", "certificate"),
        ({"security": "tls"}, "retryable", ""),
        ({"smtp_server": "no-such-host.invalid"}, "retryable", ""),
        ({"smtp_port": 1}, "retryable", "refused"),
    ],
)
def test_trouble_before_the_mail_is_handed_over_is_never_in_doubt(
    redis: Redis, changed: dict[str, Any], verdict: str, said: str
) -> None:
    with serving(providers.Email()) as provider:
        assert isinstance(provider, providers.Email)
        kind = kinds.get("email")
        with pytest.raises(DeliveryError) as caught:
            message = render.notification("email", [firing()], NOW)
            kind.send(message, kind.check({**provider.fields(), **changed}), Surroundings(redis, network=HERE))

    assert (verdict, "destination") == (caught.value.verdict, caught.value.cause)
    assert said in caught.value.reason
    assert [] == provider.mails


def test_mail_goes_over_tls_from_the_first_byte_where_that_is_wanted(redis: Redis, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate(tmp_path))
    port = free_port()
    mailbox = Mailbox()
    kind = kinds.get("email")
    fields = {
        "smtp_server": "localhost",
        "smtp_port": port,
        "from_email": "a@example.com",
        "to_emails": ["b@example.com"],
    }
    config = kind.check({**fields, "security": "tls", "verify_certificate": False})
    with smtp_listening(mailbox, port, ssl_context=context):
        receipt = kind.send(render.notification("email", [firing()], NOW), config, Surroundings(redis, network=HERE))

    assert "accepted the mail for 1 of 1" in str(receipt.answer)
    assert 1 == len(mailbox.messages)


@pytest.mark.parametrize("answer", ["421 4.3.2 shutting down", "500 what?"])
def test_what_a_server_says_to_the_good_bye_changes_nothing(redis: Redis, answer: str) -> None:
    """Else a mail that was taken would be sent again."""
    with serving(providers.Email()) as provider:

        async def handle_quit(server: Any, session: Any, envelope: Any) -> str:
            return answer

        provider.handle_QUIT = handle_quit  # type: ignore[attr-defined]
        assert "accepted the mail for 2 of 2" in str(send(provider, redis, firing()).answer)


def test_mails_of_one_alert_form_a_thread_and_a_reminder_is_a_mail_of_its_own(redis: Redis) -> None:
    with serving(providers.Email()) as provider:
        assert isinstance(provider, providers.Email)
        life = Life(provider, redis)
        life.alert = structs.replace(life.alert, group="label:지역:서울\r\nBcc: x@example.com <>")
        life.goes_on()
        life.goes_on(reminders=1)
        life.goes_on(state="resolved", resolved_by="rule", resolved_at_ms=NOW)
        mails = provider.mails

    assert [] == provider.faults
    assert 3 == len({str(mail["Message-ID"]) for mail in mails})
    assert 1 == len({str(mail[name]) for mail in mails for name in ("References", "In-Reply-To")})
    assert not any(mail["Bcc"] for mail in mails)
    assert ["[FIRING 발생]", "[FIRING 발생 · reminder 재알림]", "[RESOLVED 해결됨]"] == [
        str(mail["Subject"]).partition(" CRIT")[0] for mail in mails
    ]


def test_sms_that_got_no_answer_is_repeated_with_a_word_and_only_to_that_number(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twilio knows no idempotency key: it may have taken the message whose answer never came."""
    monkeypatch.setattr(http, "READ_TIMEOUT_S", 0.5)
    with serving(providers.Twilio()) as provider:
        life = Life(provider, redis)
        provider.scripted = [takes(provider), provider.hang]
        life.goes_on()
        story = alert_store.timeline(redis, life.alert.id)[-1]
        in_doubt = life.ledger.in_doubt
        try_again(life)
        bodies = [dict(parse_qsl(r.body.decode())) for r in provider.requests]

    assert in_doubt and "no answer in time" in story.reason
    assert [*NUMBERS, NUMBERS[1]] == [body["To"] for body in bodies]
    assert [False, False, True] == [body["Body"].startswith("(repeat? 중복?)") for body in bodies]
    assert ("firing", 1) == (life.ledger.told, life.ledger.possible_duplicates)


def test_sms_to_a_number_is_never_longer_than_its_segments(redis: Redis) -> None:
    """UCS-2: 70 units alone, 67 each of several; the link is whole."""
    for segments in (1, 2, 3):
        with serving(providers.Twilio()) as provider:
            kind = kinds.get("sms")
            message = render.notification("sms", [firing(an_alert(rule_name=LONG))], NOW)
            config = kind.check({**provider.fields(), "max_segments": segments})
            kind.send(message, config, Surroundings(redis, network=HERE))
            body = dict(parse_qsl(provider.requests[0].body.decode()))["Body"]

        assert segments == truncate.sms_segments(body)
        assert providers.utf16(body) <= (70 if segments == 1 else 67 * segments)
        assert body.endswith("…\nhttp://board/alerts/1")


@pytest.mark.parametrize("address", ["discord://{}", "nosuch://{}/x", "tgram://bad {}", "slack://{}"])
def test_apprises_own_log_gives_no_address_away(redis: Redis, capfd: pytest.CaptureFixture[str], address: str) -> None:
    log.set_up("test")
    kind = kinds.get("apprise")
    message = render.notification("apprise", [firing()], NOW)
    config = kind.check({"urls": [address.format(providers.ASCII_SECRET)]})
    with pytest.raises(DeliveryError) as caught:
        kind.send(message, config, Surroundings(redis, network=HERE))

    assert providers.ASCII_SECRET not in capfd.readouterr().err + caught.value.reason


# -- several alerts together --------------------------------------------------------------------------------


@pytest.mark.parametrize("why", ["one is bad", "too many"])
def test_alerts_refused_together_are_told_apart(redis: Redis, why: str) -> None:
    """A receiver that cannot take one of them, or takes no such large request, gets all the others."""

    class Picky(providers.Webhook):
        def take(self, request: Request) -> Reply:
            told = [one["alert"]["rule_name"] for one in request.json()["alerts"]]
            if why == "one is bad" and "bad" in told:
                return Reply(400, "cannot read that")
            if why == "too many" and len(told) > 3:
                return Reply(413, "too large")
            return super().take(request)

    with serving(Picky()) as provider:
        life = Life(provider, redis)
        others = [an_alert(rule_name="bad" if n == 6 else "good", channels=["webhook"]) for n in range(10)]
        with redis.pipeline() as pipe:
            for alert in others:
                alert_store.stage(pipe, None, alert, TimelineEntry(at_ms=NOW, kind="firing"), 10**8)
                due_groups.stage_due(pipe, alert, ["webhook"], 0)
            pipe.execute()
        life.goes_on()
    entries = {alert.rule_name + alert.id: ledger_of(redis, alert.id, "webhook") for alert in [life.alert, *others]}
    bad = [entry for name, entry in entries.items() if name.startswith("bad")]
    good = [entry for name, entry in entries.items() if not name.startswith("bad")]

    assert {"firing"} == {entry.told for entry in good}
    assert [("", "dead", 1) if why == "one is bad" else ("firing", "settled", 0)] == [
        (entry.told, entry.status, entry.attempts) for entry in bad
    ]
    assert {0} == {entry.possible_duplicates for entry in entries.values()}
    assert (1 if why == "one is bad" else 0) == redis.zcard(delivery_keys.dead_notifications())


def test_news_that_joined_a_failing_group_has_tries_of_its_own(redis: Redis) -> None:
    with serving(providers.Webhook()) as provider:
        life = Life(provider, redis)
        provider.scripted = [lambda handler: respond(handler, Reply(503, "away"))] * 2
        life.goes_on()
        old = structs.replace(life.ledger, attempts=backoff.DELIVERY_MAX_ATTEMPTS - 1)
        redis.hset(keys.ledger(life.alert.id), "webhook", encode(old))
        young = an_alert(channels=["webhook"])
        with redis.pipeline() as pipe:
            alert_store.stage(pipe, None, young, TimelineEntry(at_ms=NOW, kind="firing"), 10**8)
            due_groups.stage_due(pipe, young, ["webhook"], 0)
            pipe.execute()
        try_again(life)
        entry = ledger_of(redis, young.id, "webhook")

    assert ("dead", backoff.DELIVERY_MAX_ATTEMPTS) == (life.ledger.status, life.ledger.attempts)
    assert ("due", 1) == (entry.status, entry.attempts)


# -- a worker killed between send and record ----------------------------------------------------------------


@pytest.mark.slow
def test_workers_killed_between_send_and_record_lose_and_falsify_nothing(
    redis: Redis, server: RealServer, tmp_path: Path
) -> None:
    """Every channel at once; its provider kills the worker after taking each first piece of news."""
    running: dict[str, Provider] = {}
    kills: dict[str, int] = {}

    def killing(name: str) -> Callable[[], None]:
        def kill() -> None:
            alive = process.reports(redis, SystemClock().now_ms())
            if kills[name] > 0 and (pids := [r.pid for r in alive if r.component == f"worker-{name}"]):
                kills[name] -= 1
                for pid in pids:
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)

        return kill

    with ExitStack() as stack:
        system = stack.enter_context(a_system(server.url, tmp_path, PUBLIC_URL="http://board"))
        for kind in providers.ALL:
            provider = stack.enter_context(serving(kind()))
            provider.prepare(redis)
            running[provider.name] = provider
            kills[provider.name] = 0
            provider.on_accept = killing(provider.name)
            channel_store.save(redis, provider.name, {**provider.fields(), "max_per_minute": 6_000})
        names = list(running)
        system.start("dispatchers", "router")
        system.start("dispatchers", "worker")
        wait_ready(redis, "router", *(f"worker-{name}" for name in names))

        def all_told(news: str, whom: list[str]) -> Callable[[], bool]:
            for name in whom:
                kills[name] = 1
            return lambda: all(ledger_of(redis, "alert0", name).told == news for name in whom)

        everybody_told = all_told("firing", names)
        decided(redis, a_transition("firing", channels=names))
        until(everybody_told, "everybody told firing")
        acknowledging = [name for name in names if "acknowledged" in kinds.get(name).traits.tells]
        everybody_told = all_told("acknowledged", acknowledging)
        operations.acknowledge(redis, Settings(), "alert0", "kim")
        until(everybody_told, "everybody told acknowledged")
        everybody_told = all_told("resolved", names)
        decided(redis, a_transition("resolved", channels=names))
        until(everybody_told, "everybody told resolved")
        entries = {name: ledger_of(redis, "alert0", name) for name in names}
        said = system.logs() + "".join(e.reason for e in alert_store.timeline(redis, "alert0"))

    assert not [provider.name for provider in running.values() if provider.secret in said]
    print("repeats:", {name: entry.possible_duplicates for name, entry in entries.items()})
    for name, provider in running.items():
        assert [] == provider.faults
        news = 3 if name in acknowledging else 2
        assert entries[name].possible_duplicates >= news, name
        last = provider.shown[-1]
        assert "RESOLVED" in last or "[resolved]" in last, name
        firings = [shown for shown in provider.shown if "FIRING" in shown]
        if kinds.get(name).traits.idempotent:
            # Dropped by its key, topic or id.
            assert len(provider.messages) <= news * max(1, getattr(provider, "browsers", 1)), name
        elif name != "sms":  # Told of its two numbers one by one: the second was never in doubt.
            assert len(firings) <= 1 or any(word in firings[-1] for word in DOUBTFUL), name


# -- pace and patience --------------------------------------------------------------------------------------


def test_bucket_lets_a_burst_through_and_then_the_rate(redis: Redis) -> None:
    circuits = [Circuit(redis, Settings(), "slack", Limit(30_000, burst=3)) for _ in range(2)]
    waits = [circuits[n % 2].wait_ms() for n in range(4)]

    assert [0, 0, 0] == waits[:3]
    assert 0 < waits[3] <= 30_000


def test_one_probe_at_a_time_is_let_through_to_a_parked_channel(redis: Redis) -> None:
    """The pause ends by itself: one call, whoever asks first; the others wait for what comes of it."""
    circuits = [Circuit(redis, Settings(), "webhook", Limit(0)) for _ in range(3)]
    for _ in range(PARK_AFTER):
        assert 0 == circuits[0].wait_ms()
        circuits[0].failed(DeliveryError("retryable", "500"), NOW)
    parked_ms = [circuit.wait_ms() for circuit in circuits]
    redis.delete(delivery_keys.pause("webhook"))  # Its time is over.
    probes = [circuit.wait_ms() for circuit in circuits]
    circuits[0].failed(DeliveryError("uncertain", "still away"), NOW)
    longer_ms = circuits[1].wait_ms()
    redis.delete(delivery_keys.pause("webhook"))
    assert 0 == circuits[1].wait_ms()
    circuits[1].accepted(NOW)
    after = [circuit.wait_ms() for circuit in circuits]

    assert all(0 < wait <= 15_000 for wait in parked_ms)
    assert [0, 1_000, 1_000] == [probes[0], *(min(wait, 1_000) for wait in probes[1:])]
    assert max(parked_ms) < longer_ms <= 30_000
    assert [0, 0, 0] == after
    assert "resolved" == alert_store.get(redis, "channel-webhook").state


def test_probe_that_is_refused_for_its_own_sake_lets_the_next_one_try(redis: Redis) -> None:
    circuit = Circuit(redis, Settings(), "webhook", Limit(0))
    redis.set(delivery_keys.failures("webhook"), PARK_AFTER)
    assert 0 == circuit.wait_ms() < Circuit(redis, Settings(), "webhook", Limit(0)).wait_ms()
    circuit.failed(DeliveryError("permanent", "400", cause="message"), NOW)

    assert 0 == circuit.wait_ms()


def test_limit_named_by_the_provider_pauses_the_channel(redis: Redis) -> None:
    with serving(providers.Discord()) as provider:
        life = Life(provider, redis)
        headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": "30"}
        provider.scripted = [lambda handler: respond(handler, Reply(200, json.dumps({"id": "1"}), headers))]
        life.goes_on()
        left_ms = redis.pttl(delivery_keys.pause("discord"))
        life.goes_on(state="resolved", resolved_by="rule", resolved_at_ms=NOW)
        asked = len(provider.requests)

    assert 0 < left_ms <= 30_000
    assert 1 == asked
    assert "firing" == life.ledger.told and 0 == life.ledger.attempts


def test_channel_that_keeps_failing_is_parked_told_of_and_tried_by_probe(
    redis: Redis, server: RealServer, tmp_path: Path
) -> None:
    with serving(providers.Webhook()) as provider, a_system(server.url, tmp_path) as system:
        provider.scripted = [lambda handler: respond(handler, Reply(500, "oops"))] * 5
        channel_store.save(redis, "webhook", provider.fields())
        system.start("dispatchers", "router")
        system.start("dispatchers", "worker", "--channels", "webhook,web,dashboard")
        wait_ready(redis, "router", "worker-webhook", "worker-web", "worker-dashboard")
        decided(redis, *(a_transition("firing", n, rule_id=f"r{n}") for n in range(5)))
        parked = until(lambda: alert_store.load(redis, ["channel-webhook"])[0])
        until(lambda: ledger_of(redis, "channel-webhook", "dashboard").told == "firing")
        decided(redis, a_transition("firing", 9, rule_id="later"))
        until(lambda: alert_store.load(redis, ["alert9"])[0])
        while_parked = len(provider.requests)
        # An operator mends it and says so; else the probe would come within half a minute.
        due_groups.reopen(redis, "webhook", SystemClock().now_ms())
        until(
            lambda: all(ledger_of(redis, f"alert{n}", "webhook").told == "firing" for n in (0, 1, 2, 3, 4, 9)), "", 60
        )
        until(lambda: ledger_of(redis, "channel-webhook", "dashboard").told == "resolved")
        after = alert_store.get(redis, "channel-webhook")

    assert ("firing", "critical", ["web", "dashboard"]) == (parked.state, parked.severity, parked.channels)
    assert "500: oops" in parked.reason
    assert 5 == while_parked
    assert ("resolved", "channel webhook delivers again") == (after.state, after.reason)
    assert 0 == redis.exists(delivery_keys.failures("webhook"), delivery_keys.pause("webhook"))


def test_named_destinations_are_channels_of_their_own(redis: Redis, server: RealServer, tmp_path: Path) -> None:
    with ExitStack() as stack:
        one, two = (stack.enter_context(serving(providers.SlackWebhook())) for _ in range(2))
        system = stack.enter_context(a_system(server.url, tmp_path))
        channel_store.save(redis, "slack", one.fields())
        system.start("dispatchers", "router")
        system.start("dispatchers", "worker")
        wait_ready(redis, "router", "worker-slack", "worker-rest")
        decided(redis, a_transition("firing", channels=["slack", "slack-ops", "slack-gone"]))
        until(lambda: ledger_of(redis, "alert0", "slack").told == "firing")
        until(lambda: all(ledger_of(redis, "alert0", n).status == "dead" for n in ("slack-ops", "slack-gone")))
        channel_store.save(redis, "slack-ops", two.fields())
        wait_ready(redis, "worker-slack-ops")
        decided(redis, a_transition("firing", 1, channels=["slack-ops"]))
        until(lambda: ledger_of(redis, "alert1", "slack-ops").told == "firing")

    assert (1, 1) == (len(one.shown), len(two.shown))
    assert "is not configured" in ledger_of(redis, "alert0", "slack-gone").reason


# -- a storm ------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_storm_reaches_chats_as_roll_ups_and_the_webhook_whole(
    redis: Redis, server: RealServer, tmp_path: Path
) -> None:
    """10,000 alerts of five rules fire at once, and all of them end."""
    count, rules = 10_000, 5
    names = ["slack", "telegram", "webhook"]
    arrived: dict[str, list[float]] = {name: [] for name in names}
    with ExitStack() as stack:
        system = stack.enter_context(
            a_system(server.url, tmp_path, PUBLIC_URL="http://board", GROUP_SECONDS="3", PARTITIONS="4")
        )
        running: dict[str, Provider] = {}
        for kind in (providers.SlackWebhook, providers.Telegram, providers.Webhook):
            provider = stack.enter_context(serving(kind()))
            running[provider.name] = provider
            provider.on_accept = lambda name=provider.name: arrived[name].append(time.monotonic())
            channel_store.save(redis, provider.name, provider.fields())
        system.start("dispatchers", "router")
        system.start("dispatchers", "worker", "--channels", ",".join(names))
        wait_ready(redis, "router", *(f"worker-{name}" for name in names))
        begun = time.monotonic()
        took: dict[str, float] = {}
        for change in ("firing", "resolved"):
            for p in range(4):
                mine = range(p, count, 4)
                storm = (a_transition(change, n, rule_id=f"rule-{n % rules}", channels=names) for n in mine)
                decided(redis, *storm, partition=p)
            active = count if change == "firing" else 0
            until(lambda active=active: redis.zcard(keys.active_alerts()) == active, "all routed", 600)
            until(lambda: redis.zcard(delivery_keys.due_groups()) == 0, "all told", 600)
            took[change] = time.monotonic() - begun - sum(took.values())
        told = {name: [ledger_of(redis, f"alert{n}", name).told for n in range(count)] for name in names}
        bodies = [request.json() for request in running["webhook"].requests]

    lasted_s = sum(took.values())
    print(f"fired {took['firing']:.1f} s, resolved {took['resolved']:.1f} s; messages", end=" ")
    print({name: len(provider.requests) for name, provider in running.items()})
    assert all({"resolved"} == set(of_channel) for of_channel in told.values())
    assert all([] == provider.faults for provider in running.values())
    news: dict[str, list[str]] = {}
    for body in bodies:
        for one in body["alerts"]:
            news.setdefault(one["alert"]["id"], []).append(one["news"])
    assert count == len(news)
    assert {("firing", "resolved")} == {tuple(order) for order in news.values()}
    assert max(len(body["alerts"]) for body in bodies) <= 100
    for name, burst, every_s in (("slack", 3, 1.0), ("telegram", 5, 3.0)):
        times = arrived[name]
        # News waits for its turn and goes out together: never more than the limit allows, whatever there is to tell.
        assert len(times) <= burst + lasted_s / (every_s * 0.8), name
        assert len(times) <= 2 * count / 50, name
