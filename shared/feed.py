"""The live feed: a stream the relay reads and browsers resume from."""

from collections.abc import Iterable
from operator import attrgetter
from typing import Any

import msgspec
from msgspec import NODEFAULT, Struct, structs
from redis.client import Pipeline

from shared import keys
from shared.bundle import Bundle
from shared.models import Alert, Policy, encode

MAX_LENGTH = 100_000
"""About 100 MB at a kilobyte an entry, and hours of reconnecting browsers on a busy day."""
SEVERAL = "several"
"""
The type of an entry that stands for many about alerts. Its data is a list of `{"type", "common", "each"}`: what alerts have
in common that the same happened to, and of each the rest.
"""


class Announcements:
    """What one transaction has to say of alerts: a hundred entries cost the server, and every browser, more than one."""

    def __init__(self) -> None:
        self._alerts: list[tuple[str, Alert]] = []

    def add(self, kind: str, one: Alert) -> None:
        """Take one up; *kind* as `append` has it."""
        self._alerts.append((kind, one))

    def stage(self, pipe: Pipeline | Bundle) -> None:
        """Queue what was taken up as one entry."""
        if len(self._alerts) == 1:
            kind, only = self._alerts[0]
            append(pipe, kind, alert(only))
        elif self._alerts:
            alike: dict[tuple[str, bytes], list[bytes]] = {}
            for kind, one in self._alerts:
                alike.setdefault((kind, _common(one)), []).append(_rest(one))
            items = [
                b'{"type":"%s","common":%s,"each":[%s]}' % (kind.encode(), common, b",".join(each))
                for (kind, common), each in alike.items()
            ]
            # As many alerts as if each had an entry.
            most = MAX_LENGTH // len(self._alerts)
            pipe.xadd(keys.feed(), {"type": SEVERAL, "data": b"[%s]" % b",".join(items)}, maxlen=most, approximate=True)


def alert(one: Alert) -> bytes:
    """
    Return the data of an `alert.*` entry: its record without the fields that have nothing to say (``""``, 0, null, {}).

    Two bytes in five; what a storm sends to each of hundreds of browsers is what the relay's time goes into.
    """
    return _whole(one)


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


class _Part:
    """Some fields of a struct as JSON, without those that have their default; a fifth of what `msgspec.convert` takes."""

    def __init__(self, of: type[Struct], names: Iterable[str], **instead: "_Part") -> None:
        known = {field.name: field for field in structs.fields(of)}
        # By position, those that must be there first.
        self._names = sorted(names, key=lambda name: not known[name].required)
        self._instead = [(self._names.index(name), part) for name, part in instead.items()]
        self._read = attrgetter(*self._names)
        self._struct = msgspec.defstruct(
            of.__name__, [_definition(known[name]) for name in self._names], omit_defaults=True
        )

    def __call__(self, one: Struct) -> bytes:
        return encode(self.of(one))

    def of(self, one: Struct) -> Struct:
        values = self._read(one)
        if self._instead:
            values = list(values)
            for place, part in self._instead:
                values[place] = part.of(values[place])
        return self._struct(*values)


def _definition(field: structs.FieldInfo) -> Any:
    if field.required:
        return field.name, Any
    default: Any = field.default
    if default is NODEFAULT:
        default = msgspec.field(default_factory=field.default_factory)  # type: ignore[arg-type]
    return field.name, Any, default


_OF_ITS_RULE = (
    *("rule_id", "rule_name", "severity", "state", "channels", "condition", "metric", "threshold"),
    *("description", "runbook_url", "policy"),
)
_policy = _Part(Policy, Policy.__struct_fields__)
_whole = _Part(Alert, Alert.__struct_fields__, policy=_policy)
_common = _Part(Alert, _OF_ITS_RULE, policy=_policy)
_rest = _Part(Alert, [name for name in Alert.__struct_fields__ if name not in _OF_ITS_RULE])
