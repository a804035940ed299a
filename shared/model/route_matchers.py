"""
What a route requires of one label, as people write it: `severity="critical"`, `host=~"web-.*"`, `host glob "web-*"`.
Pure.

The first four operators are Alertmanager's; an alert without the label has the value "".
"""

import fnmatch
import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Literal, NamedTuple, cast

from shared.model import names, patterns, printable, reasons
from shared.model.alerts import NAME_LENGTH
from shared.model.reasons import Reason

Operator = Literal["=", "!=", "=~", "!~", "glob", "!glob"]
MAX_CHARS = 2_048
"""Of one matcher as it is written."""
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_NAME = rf'({_QUOTED}|[^\s=!~"{{}},]+)'
_WRITTEN = re.compile(rf"\s*{_NAME}(?:\s*(=~|!~|!=|=)\s*|\s+(!?glob)\s+)(.*?)\s*", re.DOTALL)
_PLAIN = re.compile(r'[^\s=!~"{},\\]+')


class RouteMatcher(NamedTuple):
    """A requirement on one label."""

    label: str
    operator: Operator
    value: str

    def fits(self, labels: Mapping[str, str]) -> bool:
        """Tell whether labels fulfil it."""
        return _FITS[self.operator](self.value, labels.get(self.label, ""))

    def written(self) -> str:
        """Return it as people write it; `read` reads it again."""
        label = self.label if _PLAIN.fullmatch(self.label) else json.dumps(self.label, ensure_ascii=False)
        gap = " " if self.operator.endswith("glob") else ""
        return f"{label}{gap}{self.operator}{gap}{json.dumps(self.value, ensure_ascii=False)}"


@lru_cache(maxsize=4_096)
def read(text: str) -> RouteMatcher:
    """
    Read a matcher. A value needs quotes only where it begins with one, or begins or ends with a space.

    Raises:
        ValueError: with the reason.
    """
    found = _WRITTEN.fullmatch(text) if len(text) <= MAX_CHARS else None
    if found is None:
        raise ValueError(reasons.of("invalid.route_matcher", given=printable.one_line(text[:100])))
    label, value = _unquoted(found[1], text), _unquoted(found[4], text)
    matcher = RouteMatcher(label, cast(Operator, found[2] or found[3]), value)
    if reason := _wrong(matcher):
        raise ValueError(reason)
    return matcher


def readable(texts: list[str]) -> list[str]:
    """
    Return texts as they are; a validator of fields.

    Raises:
        ValueError: with the reason, if one is no matcher.
    """
    for text in texts:
        read(text)
    return texts


def _wrong(matcher: RouteMatcher) -> Reason | None:
    if not 1 <= len(matcher.label) <= NAME_LENGTH:
        return reasons.of("invalid.label_name", max_length=NAME_LENGTH)
    if len(matcher.value) > patterns.MAX_CHARS:
        return reasons.of("invalid.too_many_characters", max_length=patterns.MAX_CHARS)
    if hidden := names.hides(matcher.label) or names.hides(matcher.value):
        return hidden
    return patterns.wrong(matcher.value) if matcher.operator in ("=~", "!~") else None


def _unquoted(part: str, text: str) -> str:
    if not part.startswith('"'):
        return part
    try:
        return str(json.loads(part, strict=False))
    except ValueError:
        raise ValueError(reasons.of("invalid.route_matcher", given=printable.one_line(text[:100]))) from None


def _is(value: str, found: str) -> bool:
    return found == value


def _is_like(glob: str, found: str) -> bool:
    return fnmatch.fnmatchcase(found, glob)


_FITS: Mapping[Operator, Callable[[str, str], bool]] = {
    "=": _is,
    "!=": lambda value, found: found != value,
    "=~": patterns.fits,
    "!~": lambda value, found: not patterns.fits(value, found),
    "glob": _is_like,
    "!glob": lambda value, found: not _is_like(value, found),
}
