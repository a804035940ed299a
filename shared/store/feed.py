"""
The live feed: a stream that the router and the workers write, the relay reads, and browsers resume from.

An entry has a `type` and `data`, one JSON document.
"""

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any

import msgspec
from msgspec import NODEFAULT, structs
from redis.client import Pipeline

from shared.model.alerts import Alert, Policy
from shared.model.encoding import encode
from shared.redis import keys
from shared.redis.bundle import Bundle

MAX_LENGTH = 100_000
"""Entries kept: about 100 MB at 1 kB each; on a busy day a browser can resume after hours."""
SEVERAL = "several"
"""
The type of an entry that reports many alerts. Its data is a list of `{"type", "common", "each"}`, one for each rule and
kind of change: `common` holds the fields that all of these alerts share, `each` the remaining fields of every alert.
"""


class _Policy(Policy, kw_only=True, omit_defaults=True):
    pass


class _Alert(Alert, kw_only=True, omit_defaults=True):
    policy: _Policy = msgspec.field(default_factory=_Policy)


class Announcements:
    """
    The changes of alerts that one transaction adds to the feed, as a single entry.

    One entry costs the server, the relay and every browser less than a hundred. Fields that alerts share are written
    once, so an alert takes a third of the bytes (docs/performance.md, a storm).
    """

    def __init__(self) -> None:
        self._alerts: dict[tuple[str, str], list[Alert]] = {}
        """Keyed by kind of change and rule id."""

    def add(self, kind: str, changed: Alert) -> None:
        """Add the change of one alert; *kind* as in `append`."""
        self._alerts.setdefault((kind, changed.rule_id), []).append(changed)

    def stage(self, pipe: Pipeline | Bundle) -> None:
        """Queue the added changes on *pipe* as one entry; nothing without changes."""
        count = sum(map(len, self._alerts.values()))
        if count == 1:
            (((kind, _), (only,)),) = self._alerts.items()
            append(pipe, kind, alert(only))
        elif count:
            data = encode([_together(kind, alike) for (kind, _), alike in self._alerts.items()])
            append(pipe, SEVERAL, data, alerts=count)


def alert(record: Alert) -> bytes:
    """Return the data of an `alert.*` entry: the record as JSON without empty fields ("", 0, null, {})."""
    return encode(msgspec.convert(record, _Alert, from_attributes=True))


def append(pipe: Pipeline | Bundle, kind: str, data: bytes, *, alerts: int = 1) -> None:
    """
    Queue one entry.

    Args:
        kind: Type of the entry: `alert.<timeline kind>`, `notification`, `toast`, `banner`, … The browser chooses its
            reaction by it.
        data: One JSON document, UTF-8.
        alerts: Number of alerts in the entry, at least 1. The stream is trimmed to `MAX_LENGTH` divided by it, so that
            a storm takes no more memory; it shortens how far back browsers can resume.
    """
    pipe.xadd(keys.feed(), {"type": kind, "data": data}, maxlen=MAX_LENGTH // alerts, approximate=True)


def message(title: str, text: str, items: Iterable[Any]) -> dict[str, Any]:
    """
    Return the data of a `toast` or `banner` entry: `{"id", "title", "text", "items"}`, the items with alert and news.

    Args:
        items: The items of a notification; each has `news` and `alert`.
    """
    changes = list(items)
    # Sent again after a crash, the same news has the same id, and pages show it once.
    message_id = "|".join(f"{i.alert.id}:{i.news}:{i.alert.episode}:{i.alert.reminders}" for i in changes)
    news = [{"news": item.news, "alert": item.alert} for item in changes]
    return {"id": message_id, "title": title, "text": text, "items": news}


_NAMES = Alert.__struct_fields__
_read = attrgetter(*_NAMES)
_EMPTY = {
    field.name: field.default if field.default is not NODEFAULT else field.default_factory()
    for field in structs.fields(Alert)
    if not field.required
}
"""The default of each optional field; a field with this value is left out."""


def _together(kind: str, alerts: Sequence[Alert]) -> dict[str, Any]:
    columns = list(zip(*map(_read, alerts), strict=True))
    common: dict[str, Any] = {}
    differ: dict[str, Sequence[Any]] = {}
    for name, column in zip(_NAMES, columns, strict=True):
        if column.count(column[0]) != len(column):
            differ[name] = column
        elif name not in _EMPTY or column[0] != _EMPTY[name]:
            common[name] = column[0]
    each = [dict(zip(differ, row, strict=True)) for row in zip(*differ.values(), strict=True)]
    return {"type": kind, "common": common, "each": each or [{} for _ in alerts]}
