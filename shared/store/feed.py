"""The live feed: a stream the relay reads and browsers resume from."""

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
"""About 100 MB at a kilobyte an entry, and hours of reconnecting browsers on a busy day."""
SEVERAL = "several"
"""
The type of an entry that stands for many about alerts. Its data is a list of `{"type", "common", "each"}`: what alerts
of a rule have in common that the same happened to, and of each the rest.
"""


class _Policy(Policy, kw_only=True, omit_defaults=True):
    pass


class _Alert(Alert, kw_only=True, omit_defaults=True):
    policy: _Policy = msgspec.field(default_factory=_Policy)


class Announcements:
    """
    What one transaction has to say of alerts.

    A hundred entries cost the server, and every browser, more than one; and what a storm sends to each of hundreds of
    browsers is what the relay's time goes into: said together, an alert takes a third of the bytes.
    """

    def __init__(self) -> None:
        self._alerts: dict[tuple[str, str], list[Alert]] = {}
        """By what happened to them, and rule."""

    def add(self, kind: str, one: Alert) -> None:
        """Take one up; *kind* as `append` has it."""
        self._alerts.setdefault((kind, one.rule_id), []).append(one)

    def stage(self, pipe: Pipeline | Bundle) -> None:
        """Queue what was taken up as one entry."""
        count = sum(map(len, self._alerts.values()))
        if count == 1:
            (((kind, _), (only,)),) = self._alerts.items()
            append(pipe, kind, alert(only))
        elif count:
            data = encode([_together(kind, alike) for (kind, _), alike in self._alerts.items()])
            append(pipe, SEVERAL, data, alerts=count)


def alert(one: Alert) -> bytes:
    """Return the data of an `alert.*` entry: its record without the fields with nothing to say ("", 0, null, {})."""
    return encode(msgspec.convert(one, _Alert, from_attributes=True))


def append(pipe: Pipeline | Bundle, kind: str, data: bytes, *, alerts: int = 1) -> None:
    """
    Queue one entry.

    Args:
        kind: `alert.<timeline kind>`, `notification`, `toast`, `banner`, … What the browser switches on.
        data: One JSON document, UTF-8.
        alerts: How many it speaks of. So many fewer entries are kept after it, as if each of them spoke of as many: a
            storm shortens how far back browsers can resume, and never takes more room.
    """
    pipe.xadd(keys.feed(), {"type": kind, "data": data}, maxlen=MAX_LENGTH // alerts, approximate=True)


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


_NAMES = Alert.__struct_fields__
_read = attrgetter(*_NAMES)
_NOTHING = {
    field.name: field.default if field.default is not NODEFAULT else field.default_factory()
    for field in structs.fields(Alert)
    if not field.required
}
"""What a field holds that has nothing to say."""


def _together(kind: str, alerts: Sequence[Alert]) -> dict[str, Any]:
    columns = list(zip(*map(_read, alerts), strict=True))
    common: dict[str, Any] = {}
    differ: dict[str, Sequence[Any]] = {}
    for name, column in zip(_NAMES, columns, strict=True):
        if column.count(column[0]) != len(column):
            differ[name] = column
        elif name not in _NOTHING or column[0] != _NOTHING[name]:
            common[name] = column[0]
    each = [dict(zip(differ, row, strict=True)) for row in zip(*differ.values(), strict=True)]
    return {"type": kind, "common": common, "each": each or [{} for _ in alerts]}
