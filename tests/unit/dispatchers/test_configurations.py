"""The seed's names and variables configure the default destinations; the examples in the documents can be used."""

import json

import pytest

from dispatchers import channel as channels
from shared.errors import Invalid
from shared.store import channel_store
from tests.support import documents

SEED_NAMES = ("web", "email", "slack", "telegram", "sms", "push", "dashboard")
LATER_NAMES = ("teams", "discord", "pagerduty", "webhook", "apprise")
SEED = {
    "SMTP_SERVER": "smtp.gmail.com",
    "SMTP_PORT": "587",
    "SMTP_USERNAME": "your-email@gmail.com",
    "SMTP_PASSWORD": "your-app-password",
    "FROM_EMAIL": "alerts@yourcompany.com",
    "SLACK_WEBHOOK_URL": "https://hooks.slack.com/services/T0/B0/X",
    "SLACK_CHANNEL": "#alerts",
    "TELEGRAM_BOT_TOKEN": "123456:ABC-DEF",
    "TELEGRAM_CHAT_ID": "-1001234",
    "TWILIO_ACCOUNT_SID": "AC0123",
    "TWILIO_AUTH_TOKEN": "your-auth-token",
    "TWILIO_FROM_NUMBER": "+1234567890",
}
"""As the seed's document has them."""
ADDED = {
    "TO_EMAILS": "admin@yourcompany.com, night@yourcompany.com",
    "SMS_TO_NUMBERS": "+821012345678,+14155550100",
    "TEAMS_WEBHOOK_URL": "https://prod.example.com/workflows/1?sig=x",
    "DISCORD_WEBHOOK_URL": "https://discord.com/api/webhooks/1/x",
    "PAGERDUTY_ROUTING_KEY": "0" * 32,
    "WEBHOOK_URL": "https://example.com/hook",
    "APPRISE_URLS": "mailto://a:b@example.com?to=c@example.com,d@example.com, ntfy://topic",
}
"""What the seed's variables leave open: to whom; and the kinds it has not."""


def test_kinds_are_those_of_the_seed_and_the_later_ones() -> None:
    assert {*SEED_NAMES, *LATER_NAMES} == set(channels.catalogue())


@pytest.mark.parametrize("name", [*SEED_NAMES, *LATER_NAMES])
def test_default_destination_is_configured_by_the_environment(name: str) -> None:
    kind = channels.get(name)
    fields = channel_store.from_environment(name, {**SEED, **ADDED})

    config = kind.check(fields)

    assert config.enabled
    assert bool(fields) == (name not in ("web", "dashboard", "push"))


@pytest.mark.parametrize(("name", "missing"), [("email", "to_emails"), ("sms", "to_numbers")])
def test_what_the_seeds_variables_leave_open_is_named(name: str, missing: str) -> None:
    with pytest.raises(Invalid, match=missing):
        channels.get(name).check(channel_store.from_environment(name, SEED))


def test_lists_are_divided_by_commas_and_addresses_only_where_another_begins() -> None:
    assert ["admin@yourcompany.com", "night@yourcompany.com"] == channel_store.from_environment("email", ADDED)[
        "to_emails"
    ]
    assert ["mailto://a:b@example.com?to=c@example.com,d@example.com", "ntfy://topic"] == (
        channel_store.from_environment("apprise", ADDED)["urls"]
    )


@pytest.mark.parametrize("name", ["slack-ops", "email-managers", "email-night-shift"])
def test_named_destination_is_of_the_kind_it_begins_with_and_knows_no_environment(name: str) -> None:
    assert name.partition("-")[0] == channels.get(name).kind
    assert {} == channel_store.from_environment(name, {**SEED, **ADDED})


def test_gateways_of_the_document_can_be_configured_as_they_stand() -> None:
    blocks = [b for b in documents.read("docs/channels.md").blocks if b.options.get("channel") == "sms"]
    examples = [document for b in blocks if (document := json.loads(b.text)).get("provider") == "http"]

    assert ["form", "json"] == [channels.get("sms").check(example).model_dump()["content"] for example in examples]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"fields": {"m": "$text $secret"}}, "are filled in"),
        ({"content": "json", "fields": {"a": [{"b": "$oops"}], "m": "$text"}}, "are filled in"),
        ({"fields": {"m": "x"}}, "holds \\$text"),
        ({"content": "form", "fields": {"m": ["$text"]}}, "texts"),
    ],
)
def test_gateway_that_could_not_work_is_refused_when_it_is_configured(fields: dict, said: str) -> None:
    known = {"provider": "http", "url": "https://example.com", "to_numbers": ["01012345678"]}
    with pytest.raises(Invalid, match=said):
        channels.get("sms").check({**known, **fields})


TWILIO = {"auth_token": "t", "from_number": "+15550100", "to_numbers": ["+15550101"]}


@pytest.mark.parametrize("within", ["/../x", "?a", "#a", "%2e", " a", "\r\nX-A: b", "\u2028", "\0", "가"])
@pytest.mark.parametrize(
    ("kind", "field", "fields"),
    [
        ("telegram", "bot_token", {"chat_id": "-1"}),
        ("slack", "bot_token", {"channel": "C1"}),
        ("sms", "account_sid", TWILIO),
    ],
)
def test_key_that_would_be_more_than_one_word_of_a_request_is_refused(
    kind: str, field: str, fields: dict, within: str
) -> None:
    assert channels.get(kind).check({**fields, field: "AC1"})
    with pytest.raises(Invalid, match=field):
        channels.get(kind).check({**fields, field: f"AC1{within}z"})


@pytest.mark.parametrize("within", ["\r\n", "\n", "\t", "\0", "\u2028", "\u200b", "\u202e"])
@pytest.mark.parametrize(
    ("kind", "field"),
    [("webhook", "url"), ("slack", "webhook_url"), ("teams", "webhook_url"), ("webhook", "proxy_url")],
)
def test_address_with_a_line_end_or_what_cannot_be_seen_is_refused(kind: str, field: str, within: str) -> None:
    usual = {"url": "https://example.com/x"} if kind == "webhook" else {}
    place = f"http://proxy{within}.example.com:3128" if field == "proxy_url" else f"https://example.com/a{within}b"
    with pytest.raises(Invalid, match=field):
        channels.get(kind).check({**usual, field: place})
