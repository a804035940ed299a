"""The live feed: a stream the relay reads and browsers resume from."""

from collections.abc import Iterable
from typing import Any

import msgspec
from redis.client import Pipeline

from shared import keys
from shared.bundle import Bundle
from shared.models import Alert, Policy, encode

MAX_LENGTH = 100_000
"""About 100 MB at a kilobyte an entry, and hours of reconnecting browsers on a busy day."""


class _Policy(Policy, kw_only=True, omit_defaults=True):
    pass


class _Alert(Alert, kw_only=True, omit_defaults=True):
    policy: _Policy = msgspec.field(default_factory=_Policy)


def alert(one: Alert) -> bytes:
    """
    Return the data of an `alert.*` entry: its record without the fields that have nothing to say (``""``, 0, null, {}).

    Two bytes in five; what a storm sends to each of hundreds of browsers is what the relay's time goes into.
    """
    return encode(msgspec.convert(one, _Alert, from_attributes=True))


def append(pipe: Pipeline | Bundle, kind: str, data: bytes) -> None:
    """
    Queue one entry.

    Args:
        kind: `alert.<timeline kind>`, `notification`, `toast`, `banner`, … What the browser switches on.
        data: One JSON document, UTF-8.
    """
    pipe.xadd(keys.feed(), {"type": kind, "data": data}, maxlen=MAX_LENGTH, approximate=True)


def message(title: str, text: str, items: Iterable[Any]) -> dict[str, Any]:
    """
    Return the data of a `toast` or `banner` entry: title, text and the alerts with their news.

    Args:
        items: What a notification carries: `news` and `alert` each.
    """
    told = list(items)
    # The same news told again after a crash has the same id, and pages show it once.
    told_id = "|".join(f"{i.alert.id}:{i.news}:{i.alert.episode}:{i.alert.reminders}" for i in told)
    news = [{"news": item.news, "alert": item.alert} for item in told]
    return {"id": told_id, "title": title, "text": text, "items": news}
