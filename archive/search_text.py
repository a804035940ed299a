"""
The words of an alert and of a search: what is compared with what. Pure.

Texts are compared without regard to case, width and Unicode form, and words are found inside other words, since Korean
joins particles to nouns. The index knows pairs of neighbouring letters (bigrams), so a word of two syllables is the
shortest that it can find; SQLite's trigrams need three, and those of PostgreSQL are an extension.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from shared.model import principals, reasons
from shared.model.alerts import Alert, TimelineEntry
from shared.model.reasons import Reason

MOST_CHARS = 16_000
"""Characters of one alert that are searched: what people wrote comes first."""
MOST_QUERY_CHARS = 200
MOST_WORDS = 8
LEAST_CHARS = 2
"""Of a word; and a phrase needs one such word."""
_WORD = re.compile(r'"([^"]*)"?|([^\s"]+)')


class Searchable(NamedTuple):
    """What the search knows of one alert: its text, and who did something about it."""

    text: str
    people: frozenset[str]
    """Principals."""


def folded(text: str) -> str:
    """Return a text as it is compared: on one line, with single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text.replace("\0", " ")).casefold().split())


def words_of(query: str) -> tuple[tuple[str, ...], Reason | None]:
    """Return the words and "phrases" of a query, folded, and why it is refused, if it is."""
    if len(query) > MOST_QUERY_CHARS:
        return (), reasons.of("search.too_long", max_length=MOST_QUERY_CHARS)
    found = [folded(phrase or word) for phrase, word in _WORD.findall(query)]
    words = tuple(dict.fromkeys(word for word in found if word))
    if len(words) > MOST_WORDS:
        return (), reasons.of("search.too_many_words", count=MOST_WORDS)
    for word in words:
        if max(map(len, word.split())) < LEAST_CHARS:
            return (), reasons.of("search.word_too_short", word=word, length=LEAST_CHARS)
    return words, None


def bigrams(text: str) -> set[str]:
    """Return the pairs of neighbouring characters in a folded text, none across a space."""
    return {text[i : i + 2] for i in range(len(text) - 1) if text[i] not in " \n" and text[i + 1] not in " \n"}


def searchable_of(alert: Alert, lines: Iterable[TimelineEntry]) -> Searchable:
    """Return what the search knows of an alert, given its newest version and its timeline."""
    people = {alert.acknowledged_by_principal, alert.resolved_by_principal, principals.read_signed(alert.assignee)[1]}
    comments: list[str] = []
    others: list[str] = []
    for line in lines:
        people.add(line.principal)
        is_by_person = principals.parts(line.principal)[0] not in ("", "system")
        pieces = comments if is_by_person and not line.reason_code else others
        pieces += [*([line.by] if is_by_person else []), *_in_words(line.reason, line.reason_code, line.reason_values)]
    # The newest comments and reasons are kept if there are too many.
    pieces = [*_facts(alert), *reversed(comments), *reversed(others)]
    return Searchable(_joined(pieces), frozenset(one for one in people if principals.parts(one)[0]))


def _facts(alert: Alert) -> Iterator[str]:
    yield from (alert.rule_name, alert.plugin_name, alert.plugin_id, alert.rule_id, alert.parent_id)
    yield from (alert.condition, alert.metric)
    for name, value in alert.labels.items():
        yield f"{name}={value}"
    yield from (alert.acknowledged_by, alert.resolved_by, principals.read_signed(alert.assignee)[0])
    yield from _in_words(alert.reason, alert.reason_code, alert.reason_values)
    yield alert.description
    if alert.external is not None:
        yield from alert.external.annotations.values()
        yield alert.external.sender


def _in_words(text: str, code: str, values: dict[str, object]) -> list[str]:
    """Return a reason in both languages: readers search for what they see."""
    return [text, reasons.text(Reason(code, values), "ko")] if code else [text]


def _joined(pieces: Sequence[str]) -> str:
    found: dict[str, None] = {}
    left = MOST_CHARS
    for piece in pieces:
        one = folded(piece[:left])
        if one and one not in found:
            found[one] = None
            left -= len(one) + 1
        if left <= 0:
            break
    return "\n".join(found)[:MOST_CHARS]
