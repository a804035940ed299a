"""Matchers as Alertmanager writes them, for filters of requests: `alertname=~"Disk.*"`. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import regex

from ingest.format import Refused
from shared.model import reasons
from shared.model.reasons import Reason

MAX_FILTERS = 50
MAX_CHARS = 1_000
TIMEOUT_S = 0.05
"""Of one comparison. A pattern that needs longer is built to; it must not hold up the process."""
_MATCHER = regex.compile(r'\s*("(?:[^"\\]|\\.)*+"|[^\s=!~"{},]+)\s*(=~|!~|!=|=)\s*(.*)', regex.DOTALL)


class BadMatcher(Refused):
    """A text that is no matcher, or whose pattern cannot be used."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(400, reason)


@dataclass(frozen=True)
class LabelFilter:
    """One requirement on a label."""

    name: str
    value: str
    is_equal: bool
    pattern: Any = None
    """Compiled; None: the value itself."""

    def fits(self, labels: Mapping[str, str]) -> bool:
        """
        Raises:
            BadMatcher: the pattern takes too long.
        """
        found = labels.get(self.name, "")
        if self.pattern is None:
            return (found == self.value) is self.is_equal
        try:
            return (self.pattern.fullmatch(found, timeout=TIMEOUT_S) is not None) is self.is_equal
        except TimeoutError:
            raise BadMatcher(reasons.of("ingest.pattern_slow", pattern=self.value[:100])) from None


def parse(text: str) -> LabelFilter:
    """
    Raises:
        BadMatcher: it is none.
    """
    found = _MATCHER.fullmatch(text) if len(text) <= MAX_CHARS else None
    if found is None:
        raise BadMatcher(reasons.of("ingest.bad_matcher", given=text[:100]))
    name, operator, value = (_unquoted(found[1]), found[2], _unquoted(found[3].strip()))
    if not operator.endswith("~"):
        return LabelFilter(name, value, operator == "=")
    return LabelFilter(name, value, operator == "=~", compiled(value))


def compiled(pattern: str) -> Any:
    """
    Return a pattern that fits whole texts, as Alertmanager's do.

    Raises:
        BadMatcher: it is none.
    """
    try:
        return regex.compile(pattern, regex.DOTALL)
    except (regex.error, OverflowError, RecursionError) as error:
        raise BadMatcher(reasons.of("ingest.bad_pattern", pattern=pattern[:100], error=str(error)[:100])) from None


def parse_all(texts: Sequence[str]) -> list[LabelFilter]:
    """
    Raises:
        BadMatcher: one of them is none, or there are too many.
    """
    if len(texts) > MAX_FILTERS:
        raise BadMatcher(reasons.of("ingest.many_filters", limit=MAX_FILTERS))
    return [parse(text) for text in texts]


def _unquoted(text: str) -> str:
    """Return what a quoted text holds; amtool sends names and values without quotes."""
    if not text.startswith('"'):
        return text
    try:
        found = json.loads(text)
    except ValueError:
        raise BadMatcher(reasons.of("ingest.bad_matcher", given=text[:100])) from None
    return str(found)
