"""
The store of channel configurations.

A channel without a stored configuration takes the seed's environment variables, if they are set. What the fields mean
is each channel's own business (`dispatchers/channels/<kind>.py`).
"""

import os
from collections.abc import Mapping
from typing import Any

import msgspec
from redis import Redis

from shared import keys

ENVIRONMENT: dict[str, dict[str, str]] = {
    "email": {
        "SMTP_SERVER": "smtp_server",
        "SMTP_PORT": "smtp_port",
        "SMTP_USERNAME": "username",
        "SMTP_PASSWORD": "password",
        "FROM_EMAIL": "from_email",
        "TO_EMAILS": "to_emails",
    },
    "slack": {"SLACK_WEBHOOK_URL": "webhook_url", "SLACK_BOT_TOKEN": "bot_token", "SLACK_CHANNEL": "channel"},
    "telegram": {"TELEGRAM_BOT_TOKEN": "bot_token", "TELEGRAM_CHAT_ID": "chat_id"},
    "sms": {
        "TWILIO_ACCOUNT_SID": "account_sid",
        "TWILIO_AUTH_TOKEN": "auth_token",
        "TWILIO_FROM_NUMBER": "from_number",
        "SMS_TO_NUMBERS": "to_numbers",
    },
    "teams": {"TEAMS_WEBHOOK_URL": "webhook_url"},
    "discord": {"DISCORD_WEBHOOK_URL": "webhook_url"},
    "pagerduty": {"PAGERDUTY_ROUTING_KEY": "routing_key"},
    "webhook": {"WEBHOOK_URL": "url", "WEBHOOK_SECRET": "secret"},
    "apprise": {"APPRISE_URLS": "urls"},
}
"""Channel → environment variable → field."""
LISTS = ("to_emails", "to_numbers", "urls")
"""Fields that are comma-separated in the environment."""


def from_environment(name: str, environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Return the fields of *name* that the environment sets; `enabled` when it sets any."""
    fields: dict[str, Any] = {
        field: environ[variable] for variable, field in ENVIRONMENT.get(name, {}).items() if environ.get(variable)
    }
    for name_of_list in LISTS:
        if name_of_list in fields:
            fields[name_of_list] = [part.strip() for part in fields[name_of_list].split(",") if part.strip()]
    if fields:
        fields["enabled"] = True
    return fields


def load(redis: Redis, name: str) -> dict[str, Any]:
    """Return the stored fields of a channel, or what the environment sets; {} when neither knows it."""
    body = redis.hget(keys.channels(), name)
    return msgspec.json.decode(body) if body else from_environment(name)


def load_stored(redis: Redis) -> dict[str, dict[str, Any]]:
    """Return every stored configuration by channel name."""
    return {name.decode(): msgspec.json.decode(body) for name, body in redis.hgetall(keys.channels()).items()}


def save(redis: Redis, name: str, fields: Mapping[str, Any]) -> None:
    """Store a channel's fields, already judged by its kind. Workers read them at their next delivery."""
    redis.hset(keys.channels(), name, msgspec.json.encode(dict(fields)))


def delete(redis: Redis, name: str) -> None:
    """Remove a channel's stored fields."""
    redis.hdel(keys.channels(), name)
