"""
The store of channel configurations.

A channel without a stored configuration takes the environment variables of the original system, if they are set. Each
channel defines its own fields (`dispatchers/channels/<kind>.py`).
"""

import hashlib
import os
import re
import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from redis import Redis

from shared import environment, vault
from shared.errors import Conflict, Stale
from shared.model import reasons
from shared.model.alerts import UNREADABLE
from shared.model.records import ChannelChanged
from shared.redis import keys
from shared.store import audit, records, sealed
from shared.store.audit import NOBODY, Author

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
MAX_CHANNELS = 1_000
"""Each has a queue, which workers look at."""
LISTS = ("to_emails", "to_numbers", "urls")
"""Fields that are comma-separated in the environment."""


def from_environment(name: str, environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """
    Return the fields of *name* that the environment sets, or the files it names; `enabled` when it sets any.

    Raises:
        ConfigurationError: a file cannot be read.
    """
    found = {field: environment.secret(environ, variable) for variable, field in ENVIRONMENT.get(name, {}).items()}
    fields: dict[str, Any] = {field: text for field, text in found.items() if text}
    for name_of_list in LISTS:
        if name_of_list in fields:
            # An address may hold a comma; the next one begins with its scheme.
            pattern = r",(?=\s*[A-Za-z][\w+.-]*://)" if name_of_list == "urls" else ","
            parts = re.split(pattern, fields[name_of_list])
            fields[name_of_list] = [part.strip() for part in parts if part.strip()]
    if fields:
        fields["enabled"] = True
    return fields


def check_environment() -> None:
    """
    Raises:
        ConfigurationError: a file the environment names cannot be read, or SECRET_KEYS holds no keys. Said at the
            start, it is not said with the first alert.
    """
    vault.current().check()
    for name in ENVIRONMENT:
        from_environment(name)


def load(redis: Redis, name: str) -> dict[str, Any]:
    """
    Return the stored fields of a channel, or what the environment sets; {} when neither knows it.

    Raises:
        ConfigurationError: they are sealed with a key this process does not have.
    """
    return fields_of(name, redis.hget(keys.channels(), name))


def fields_of(name: str, stored: bytes | None) -> dict[str, Any]:
    """As `load`, of what is stored for a channel; None: nothing is."""
    return msgspec.json.decode(vault.current().open(stored)) if stored else from_environment(name)


def names(redis: Redis) -> list[str]:
    """Return the names of the channels that are stored."""
    return sorted(name.decode("utf-8", "replace") for name in redis.hkeys(keys.channels()))


def load_stored(redis: Redis) -> dict[str, dict[str, Any]]:
    """
    Return every stored configuration by channel name; {} for one that nobody can read.

    Raises:
        ConfigurationError: one is sealed with a key this process does not have.
    """
    stored = redis.hgetall(keys.channels())
    return {name.decode("utf-8", "replace"): stored_fields(body) for name, body in stored.items()}


def version_of(fields: Mapping[str, Any]) -> str:
    """Return a text that changes whenever a channel's stored fields do; "" if there are none."""
    return hashlib.sha256(msgspec.json.encode(fields, order="sorted")).hexdigest()[:16] if fields else ""


def save(
    redis: Redis,
    name: str,
    fields: Mapping[str, Any],
    *,
    author: Author = NOBODY,
    shown: Callable[[Mapping[str, Any]], Any] = list,
    expected: str | None = None,
) -> None:
    """
    Store a channel's fields, sealed, already judged by its kind. Workers read them at their next delivery.

    Args:
        shown: The part of the fields that the audit and the archive may hold; by default their names.
        expected: `version_of` the fields that are to be replaced; None: replace any.

    Raises:
        Stale: another caller has changed them. Conflict: it is a new one, and there are `MAX_CHANNELS` already.
    """

    def write(pipe: Any) -> None:
        before = stored_fields(pipe.hget(keys.channels(), name))
        _check_version(name, before, expected)
        if not pipe.hexists(keys.channels(), name):
            check_room(pipe.hlen(keys.channels()) + 1)
        pipe.multi()
        stage_save(pipe, name, before, fields, author, shown)

    redis.transaction(write, keys.channels())


def check_room(count: int) -> None:
    """
    Raises:
        Conflict: so many channels are too many.
    """
    if count > MAX_CHANNELS:
        raise Conflict(reasons.of("conflict.channels_full", limit=MAX_CHANNELS))


def stage_save(
    pipe: Any,
    name: str,
    before: Mapping[str, Any],
    fields: Mapping[str, Any],
    author: Author,
    shown: Callable[[Mapping[str, Any]], Any] = list,
) -> None:
    """Queue the storing of a channel's fields, sealed, on a pipeline that is in a transaction."""
    pipe.hset(keys.channels(), name, vault.current().seal(msgspec.json.encode(dict(fields))))
    audit.stage(pipe, author, "channel.save", name, shown(before) if before else None, shown(fields))
    records.stage(pipe, [_changed(name, author, shown(fields))])


def delete(
    redis: Redis,
    name: str,
    *,
    author: Author = NOBODY,
    shown: Callable[[Mapping[str, Any]], Any] = list,
    expected: str | None = None,
) -> None:
    """
    Remove a channel's stored fields.

    Raises:
        Stale: another caller has changed them.
    """

    def write(pipe: Any) -> None:
        before = stored_fields(pipe.hget(keys.channels(), name))
        _check_version(name, before, expected)
        pipe.multi()
        if before:
            stage_delete(pipe, name, before, author, shown)

    redis.transaction(write, keys.channels())


def stage_delete(
    pipe: Any,
    name: str,
    before: Mapping[str, Any],
    author: Author,
    shown: Callable[[Mapping[str, Any]], Any] = list,
) -> None:
    """Queue the removal of a channel's fields on a pipeline that is in a transaction."""
    pipe.hdel(keys.channels(), name)
    audit.stage(pipe, author, "channel.delete", name, shown(before))
    records.stage(pipe, [_changed(name, author, None)])


def _changed(name: str, author: Author, shown: Any) -> ChannelChanged:
    at_ms, document = time.time_ns() // 1_000_000, msgspec.Raw(msgspec.json.encode(shown))
    return ChannelChanged(channel=name, at_ms=at_ms, actor=records.actor(author), document=document)


def seal_again(redis: Redis) -> int:
    """Seal everything with the newest key; returns how many."""
    return sealed.seal_again(redis, keys.channels())


def stored_fields(body: bytes | None) -> dict[str, Any]:
    """Return stored fields; {} if they cannot be read, so that an administrator can store new ones."""
    try:
        fields = msgspec.json.decode(vault.current().open(body)) if body else {}
    except UNREADABLE:
        return {}
    return fields if isinstance(fields, dict) else {}


def _check_version(name: str, before: Mapping[str, Any], expected: str | None) -> None:
    if expected is not None and expected != version_of(before):
        raise Stale(reasons.of("stale.channel", channel=name))
