"""Silences in Alertmanager's shape, and its matchers as globs where a glob can say the same. Pure."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct, field

from ingest.alertmanager.shown import shown_id, written
from ingest.format import Refused
from shared.model import globs, principals, reasons
from shared.model.matchers import Matcher
from shared.model.silences import Silence

Value = TypeVar("Value")
_LABEL = "label:"
_OWN_NAMES = {"plugin_id": "plugin"}
"""Properties of our alerts → the labels under which `alert_labels` shows them; others have the same name."""
_STATES = {"active": "active", "planned": "pending", "past": "expired"}
_GLOB = re.compile(r"\[(!?+)(\]?+[^\]]*)\]|\*|\?")
_PART = re.compile(r"\.\*|\.\+|\.|\\([^\w\s])|\[(\^?)([^\]\[\\^!][^\]\[\\]*)\]|([^.+*?()|\[\]{}^$\\])|(.)", re.DOTALL)
_SYNTAX = re.compile(r"[.+*?()|\[\]{}^$\\]")
_MEANINGS = {".*": "*", ".+": "?*", ".": "?"}


class NoGlob(Refused):
    """A regular expression that no glob can stand for."""

    def __init__(self, pattern: str) -> None:
        super().__init__(400, reasons.of("ingest.no_glob", pattern=pattern[:100]))


class Missing(Refused):
    """A silence that lacks something."""

    def __init__(self, field: str) -> None:
        super().__init__(422, reasons.of("ingest.required", field=field))


class GivenMatcher(Struct):
    """As Alertmanager has it."""

    name: str
    value: str
    is_regex: bool
    is_equal: bool = True


class GivenSilence(Struct):
    """What a tool posts."""

    matchers: list[GivenMatcher]
    starts_at: datetime
    ends_at: datetime
    comment: str
    id: str = ""


class _Matcher(Struct):
    name: str | None = None
    value: str | None = None
    is_regex: bool | None = field(name="isRegex", default=None)
    is_equal: bool | None = field(name="isEqual", default=True)


_Time = Annotated[datetime, Meta(tz=True)] | None


class _Silence(Struct):
    annotations: dict[str, str] | None = None
    """Must have their form, and are not kept: a silence here has a comment alone."""
    comment: str | None = None
    created_by: str | None = field(name="createdBy", default=None)
    ends_at: _Time = field(name="endsAt", default=None)
    matchers: list[_Matcher] | None = None
    starts_at: _Time = field(name="startsAt", default=None)
    id: str | None = None


_decode = msgspec.json.Decoder(_Silence | None).decode


def parse(body: bytes) -> GivenSilence:
    """
    Raises:
        Missing: it lacks something. Refused: it is no silence.
    """
    try:
        given = _decode(body) or _Silence()
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(400, reasons.of("problem.text", text=str(error)[:200])) from None
    comment = _present(given.comment, "comment")
    _present(given.created_by, "createdBy")
    ends_at = _present(given.ends_at, "endsAt")
    matchers = [_matcher(one, number) for number, one in enumerate(_present(given.matchers, "matchers"))]
    return GivenSilence(matchers, _present(given.starts_at, "startsAt"), ends_at, comment, given.id or "")


def _matcher(given: _Matcher, number: int) -> GivenMatcher:
    is_regex = _present(given.is_regex, f"matchers.{number}.isRegex")
    name, value = _present(given.name, f"matchers.{number}.name"), _present(given.value, f"matchers.{number}.value")
    return GivenMatcher(name, value, is_regex, given.is_equal is not False)


def _present(value: Value | None, field: str) -> Value:
    if value is None:
        raise Missing(field)
    return value


def body_of(silence: Silence, now_ms: int) -> dict[str, Any]:
    """Return a silence as Alertmanager shows one."""
    return {
        "id": shown_id(silence.id),
        "status": {"state": _STATES[silence.state(now_ms)]},
        "updatedAt": written(silence.created_at_ms),
        "annotations": {},
        "comment": silence.comment,
        "createdBy": principals.read_signed(silence.author)[0],
        "endsAt": written(silence.ends_at_ms),
        "matchers": [shown_matcher(matcher) for matcher in silence.matchers],
        "startsAt": written(silence.starts_at_ms),
    }


def shown_matcher(matcher: Matcher) -> dict[str, Any]:
    """Return one of our matchers as Alertmanager has it."""
    name = matcher.name.removeprefix(_LABEL) if matcher.name.startswith(_LABEL) else matcher.name
    plain = None if matcher.is_regex else _plain(matcher.value)
    shown = matcher.value if matcher.is_regex else pattern_of(matcher.value)
    return {
        "isEqual": matcher.is_equal,
        "isRegex": plain is None,
        "name": _OWN_NAMES.get(name, name) if name == matcher.name else name,
        "value": shown if plain is None else plain,
    }


def matchers_of(given: Sequence[GivenMatcher], known: Silence | None) -> list[dict[str, Any]]:
    """
    Return the fields of our matchers.

    Args:
        known: The silence that is changed; where its matchers say the same, they stay as they are.

    A regular expression that a glob can say is kept as the glob, which people read more easily.
    """
    kept = {tuple(shown_matcher(matcher).values()): matcher for matcher in known.matchers} if known else {}
    found = []
    for one in given:
        matcher = kept.get((one.is_equal, one.is_regex, one.name, one.value))
        fields = {"name": _LABEL + one.name, "is_equal": one.is_equal, **_value(one)}
        found.append(matcher.model_dump() if matcher is not None else fields)
    return found


def _value(given: GivenMatcher) -> dict[str, Any]:
    if not given.is_regex:
        return {"value": globs.literal(given.value)}
    try:
        return {"value": glob_of(given.value)}
    except NoGlob:
        return {"value": given.value, "is_regex": True}


def glob_of(pattern: str) -> str:
    """
    Return the glob that fits the same texts as an anchored regular expression.

    Raises:
        NoGlob: there is none.
    """
    inner = pattern.removeprefix("^")
    inner = inner[:-1] if inner.endswith("$") and not inner.endswith("\\$") else inner
    parts: list[str] = []
    for found in _PART.finditer(inner):
        escaped, negated, chosen, plain, other = found.groups()
        if other is not None:
            raise NoGlob(pattern)
        if chosen is not None:
            parts.append(f"[{'!' if negated else ''}{chosen}]")
        else:
            parts.append(_MEANINGS.get(found[0]) or globs.literal(escaped or plain))
    return "".join(parts)


def _literal(text: str) -> str:
    """Return the pattern that fits one text alone."""
    return _SYNTAX.sub(lambda found: f"\\{found[0]}", text)


def _plain(glob: str) -> str | None:
    """Return the only text that a glob fits; None if it fits several."""
    parts: list[str] = []
    at = 0
    for found in _GLOB.finditer(glob):
        if found[0] in ("*", "?") or found[1] or len(found[2]) != 1:
            return None
        parts += [glob[at : found.start()], found[2]]
        at = found.end()
    return "".join([*parts, glob[at:]])


def pattern_of(glob: str) -> str:
    """Return a glob as a regular expression."""
    parts: list[str] = []
    at = 0
    for found in _GLOB.finditer(glob):
        parts.append(_literal(glob[at : found.start()]))
        if found[0] == "*":
            parts.append(".*")
        elif found[0] == "?":
            parts.append(".")
        elif len(found[2]) == 1 and not found[1]:
            parts.append(_literal(found[2]))
        else:
            chosen = found[2].replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
            parts.append(f"[{'^' if found[1] else ''}{chosen}]")
        at = found.end()
    return "".join([*parts, _literal(glob[at:])])
