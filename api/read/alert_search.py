"""Searching all alerts that the archive keeps: what is asked for, its pages, and all of them as rows."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from msgspec import Raw, Struct

from api.read import queries
from archive import search, search_text
from archive.readers import Readers
from archive.search import Hits, Place
from archive.search_query import Search
from archive.store import ArchiveError
from shared.errors import Conflict, Invalid, Unavailable
from shared.model import principals, reasons
from shared.model.alerts import Alert
from shared.model.encoding import encode
from shared.model.reasons import Language, Reason
from shared.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST = 500
"""Alerts of one page."""
MOST_VALUES = 20
"""Values of one filter, such as rule ids."""
LONGEST_MINUTES = 5_256_000
_LARGEST_MS = 253_402_300_799_999
_MOST_DIGITS = 12
_MINUTE_MS = 60_000


class _Incomplete(Struct):
    reason: str
    reason_code: str
    reason_values: dict[str, object]


class _Page(Struct, omit_defaults=True):
    alerts: list[Raw]
    next_cursor: str | None
    incomplete: _Incomplete | None = None


_decode = msgspec.json.Decoder(Alert).decode


@dataclass(frozen=True, slots=True)
class Typed:
    """The filters of a search as a reader typed them."""

    q: str = ""
    rule_id: "Sequence[str]" = ()
    plugin_id: "Sequence[str]" = ()
    label: "Sequence[str]" = ()
    """`name`, or `name=value`."""
    severity: "Sequence[str]" = ()
    state: "Sequence[str]" = ()
    person: "Sequence[str]" = ()
    """`kind:id`; a name alone is a user's."""
    min_minutes: float | None = None
    max_minutes: float | None = None
    since: int | None = None
    until: int | None = None

    def search(self) -> Search:
        """
        Return the search.

        Raises:
            Invalid: something cannot be searched for; every such field is named.
        """
        wrong: dict[str, Reason] = {}
        words, refused = search_text.words_of(self.q)
        if refused is not None:
            wrong["q"] = refused
        people = tuple(map(_principal, self.person))
        if "" in people:
            wrong["person"] = reasons.of("search.bad_person", kinds=list(principals.KINDS))
        labels = tuple(tuple(label.split("=", 1)) for label in self.label)
        if any(not name for name, *_ in labels):
            wrong["label"] = reasons.of("search.bad_label")
        durations = {"min_minutes": self.min_minutes, "max_minutes": self.max_minutes}
        # NaN is neither below nor above a bound, so it passes the checks of a range.
        wrong |= {
            name: reasons.of("invalid.finite_number")
            for name, minutes in durations.items()
            if minutes is not None and not math.isfinite(minutes)
        }
        if self.min_minutes is not None and self.max_minutes is not None and self.min_minutes > self.max_minutes:
            wrong["max_minutes"] = reasons.of("search.empty_range")
        if self.since is not None and self.until is not None and self.since > self.until:
            wrong["until"] = reasons.of("search.empty_range")
        if wrong:
            raise Invalid(wrong, "The search")
        return Search(
            words,
            tuple(self.rule_id),
            tuple(self.plugin_id),
            labels,
            tuple(self.severity),
            tuple(self.state),
            people,
            None if self.min_minutes is None else int(self.min_minutes * _MINUTE_MS),
            None if self.max_minutes is None else int(self.max_minutes * _MINUTE_MS),
            self.since,
            self.until,
        )


def page(
    settings: Settings,
    readers: Readers,
    wanted: Search,
    cursor: str | None,
    limit: int,
    now_ms: int,
    language: Language = "en",
) -> bytes:
    """
    Return a page as JSON, newest first: `alerts`, `next_cursor`; and `incomplete`: why alerts may be missing.

    A page may have fewer alerts than *limit* though others follow: looking for them took too long.

    Raises:
        Invalid: the cursor is none of ours.
        Conflict: the archive is off.
        Unavailable: it cannot be read now.
    """
    found = _find(settings, readers, wanted, place_of(cursor) if cursor else None, limit, now_ms)
    if found is None:
        return encode(_Page([], None, _incomplete("history.nothing_recorded", language)))
    following = None if found.next is None else queries.cursor_of((found.next.first_at_ms, b"%d" % found.next.number))
    incomplete = None if found.is_index_complete else _incomplete("search.indexing", language)
    return encode(_Page([Raw(document) for document in found.documents], following, incomplete))


def alerts(
    settings: Settings, readers: Readers, wanted: Search, limit: int | None, clock_ms: Callable[[], int]
) -> Iterator[Alert]:
    """
    Return an iterator over what is found, newest first, at most *limit* if there is one. The archive is read before
    the first is asked for, so that an error comes at once; then page by page, and held by nobody in between.

    Raises:
        Conflict, Unavailable: as of `page`.
    """

    def ask(before: Place | None, left: float) -> Hits | None:
        return _find(settings, readers, wanted, before, int(min(MOST, left)), clock_ms())

    def follow(found: Hits | None, left: float) -> Iterator[Alert]:
        while found is not None:
            for document in found.documents:
                yield _decode(document)
            left -= len(found.documents)
            if found.next is None or left <= 0:
                return
            found = ask(found.next, left)

    most = math.inf if limit is None else limit
    return follow(ask(None, most), most)


def _incomplete(code: str, language: Language) -> _Incomplete:
    return _Incomplete(**reasons.fields(reasons.of(code), language=language))


def _find(
    settings: Settings, readers: Readers, wanted: Search, before: Place | None, limit: int, now_ms: int
) -> Hits | None:
    """Return a page; None if there is no archive yet."""
    if not settings.archive:
        raise Conflict(reasons.of("search.archive_off"))
    try:
        with readers.reading() as archive:
            return None if archive is None else search.find(archive, wanted, before, limit, now_ms)
    except ArchiveError as error:
        raise Unavailable(error.cited()) from error


def place_of(cursor: str) -> Place:
    """Return the place of a cursor; raises `Invalid` if it is none of ours."""
    first_at_ms, number = queries.place_of(cursor)
    if abs(first_at_ms) <= _LARGEST_MS and number.isdigit() and len(number) <= _MOST_DIGITS:
        return Place(first_at_ms, int(number))
    raise Invalid({"cursor": reasons.of("invalid.cursor")}, "The query")


def _principal(text: str) -> str:
    """Return the principal of what was typed; "" if it is none."""
    kind, identifier = principals.parts(text if ":" in text else f"user:{text}")
    return principals.principal(kind, identifier) if kind and text else ""  # type: ignore[arg-type]
