"""Matchers as files of Alertmanager write them, old and new, as those of our routes. Pure."""

import re
from collections.abc import Iterator
from typing import cast

from shared.model import printable, quoted, reasons, route_matchers
from shared.model.route_matchers import Operator, RouteMatcher

MAX_CHARS = 8_192
"""The longest entry that is read; one may hold several matchers."""
_MATCHER = re.compile(r'\s*("(?:[^"\\]|\\.)*+"|[^\s=!~"{},]+)\s*(=~|!~|!=|=)(.*)', re.DOTALL)


def listed(text: str) -> list[str]:
    """
    Return the matchers of one entry of `matchers`, which may be several: `a="b"`, `a=b, c=~"d|e"`, `{a!="b"}`.

    A brace at the beginning and one at the end are dropped each by itself, as Alertmanager does.

    Raises:
        ValueError: with the reason.
    """
    if len(text) > MAX_CHARS:
        raise ValueError(reasons.of("invalid.too_many_characters", max_length=MAX_CHARS))
    found = []
    for part in _parts(text.strip().removeprefix("{").removesuffix("}")):
        match = _MATCHER.fullmatch(part)
        value = match and _value(match[3].strip())
        if match is None or value is None:
            raise ValueError(reasons.of("invalid.route_matcher", given=printable.one_line(text[:100])))
        label = quoted.unquoted(match[1])
        found.append(written(quoted.unescaped(match[1]) if label is None else label, match[2], value))
    return found


def written(label: str, operator: str, value: str) -> str:
    """
    Return a matcher as our routes write it.

    Raises:
        ValueError: with the reason, e.g. that an expression is none of RE2's.
    """
    text = RouteMatcher(label, cast(Operator, operator), value).written()
    route_matchers.read(text)
    return text


def _parts(text: str) -> Iterator[str]:
    """Yield what stands between the commas outside quotes."""
    begin, is_quoted, is_escaped = 0, False, False
    for place, char in enumerate(text):
        if char == "," and not is_quoted:
            yield text[begin:place]
            begin = place + 1
        elif char == '"' and not is_escaped:
            is_quoted = not is_quoted
        is_escaped = char == "\\" and not is_escaped
    if text[begin:].strip():
        yield text[begin:]


def _value(text: str) -> str | None:
    """Return a value without its quotes; None if a quote stands where none may."""
    found = quoted.unquoted(text)
    if found is not None:
        return found
    return None if '"' in text.replace('\\"', "") else quoted.unescaped(text)
