"""The live feed: a stream the relay reads and browsers resume from."""

from collections.abc import Iterable
from typing import Any

from redis.client import Pipeline

from shared import keys
from shared.bundle import Bundle

MAX_LENGTH = 100_000
"""About 100 MB at a kilobyte an entry, and hours of reconnecting browsers on a busy day."""


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
