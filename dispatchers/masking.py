"""What must not be shown of a channel's configuration, and masking it in what others answer. Pure."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from pydantic import SecretStr

from dispatchers.channel_config import ChannelConfig
from shared.log import MASK
from shared.model.reasons import Reason

SHORTEST_SECRET = 4
"""Shorter ones would be found in any text."""


def secrets_of(config: ChannelConfig) -> list[str]:
    """Return every text that must not be shown: secrets, and of secret addresses what follows the host."""
    found: set[str] = set()
    for name in type(config).model_fields:
        value = getattr(config, name)
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, SecretStr):
                found.update((one.get_secret_value(), *parts_of(one.get_secret_value())))
    return sorted((text for text in found if len(text) >= SHORTEST_SECRET), key=len, reverse=True)


def parts_of(address: str) -> list[str]:
    """Return the parts of a secret address that a provider may name by themselves, as they stand and as they read."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return []
    if not parts.scheme or not parts.netloc:
        return []
    found = [parts.path, parts.query, parts.username or "", parts.password or ""]
    # An ordinary word of a path is no secret: masking every `services` would make messages unreadable.
    found += [p for p in parts.path.split("/") if len(p) >= 20 or (len(p) >= 8 and any(c.isdigit() for c in p))]
    found += [pair.partition("=")[2] for pair in parts.query.split("&") if len(pair.partition("=")[2]) >= 8]
    if parts.scheme not in ("http", "https"):
        # Apprise writes tokens where others have the host.
        found.append(parts.netloc)
    return [*found, *(unquote(part) for part in found)]


def without(said: str, hidden: Sequence[str]) -> str:
    """Return *said* with every hidden text masked, also where it is written as in an address."""
    for text in hidden:
        said = said.replace(text, MASK).replace(quote(text, safe=""), MASK)
    return said


def reason_without(reason: Reason, hidden: Sequence[str]) -> Reason:
    """Return *reason* with every hidden text masked in its values, also in those of reasons within it."""
    return Reason(reason.code, {name: _value_without(value, hidden) for name, value in reason.values.items()})


def _value_without(value: Any, hidden: Sequence[str]) -> Any:
    if isinstance(value, str):
        return without(value, hidden)
    if isinstance(value, Reason):
        return reason_without(value, hidden)
    return [_value_without(part, hidden) for part in value] if isinstance(value, list) else value
