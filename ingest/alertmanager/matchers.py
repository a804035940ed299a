"""Matchers as Alertmanager writes them, for filters of requests: `alertname=~"Disk.*"`. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingest.format import Refused
from shared.model import patterns, quoted, reasons
from shared.model.reasons import Reason

MAX_FILTERS = 50
MAX_CHARS = 1_000
_MATCHER = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[^\s=!~"{},]+)\s*(=~|!~|!=|=)\s*(.*)', re.DOTALL)


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
    is_regex: bool = False

    def fits(self, labels: Mapping[str, str]) -> bool:
        """Tell whether labels fulfil it; a label that is missing has the value ""."""
        found = labels.get(self.name, "")
        is_like = patterns.fits(self.value, found) if self.is_regex else found == self.value
        return is_like is self.is_equal


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
    check_pattern(value)
    return LabelFilter(name, value, operator == "=~", is_regex=True)


def check_pattern(pattern: str) -> None:
    """
    Raises:
        BadMatcher: it is no regular expression of RE2, or needs too much memory.
    """
    if wrong := patterns.wrong(pattern):
        raise BadMatcher(wrong)


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
    found = quoted.unquoted(text)
    if found is None:
        raise BadMatcher(reasons.of("ingest.bad_matcher", given=text[:100]))
    return found
