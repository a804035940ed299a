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
