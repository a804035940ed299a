"""The history of alerts: what Redis still has, and before that what the archive keeps."""

from contextlib import closing
from typing import TYPE_CHECKING

import msgspec
from msgspec import Raw, Struct
from redis import Redis

from api.read import queries
from archive import kept_history, opening
from archive.kept_history import Place
from archive.readers import Readers
from archive.store import ArchiveError
from shared import operator_language
from shared.model import reasons
from shared.model.alert_filter import Wanted
from shared.model.alerts import Alert
from shared.model.encoding import encode
from shared.model.reasons import Language
from shared.redis import keys
from shared.settings import Settings

if TYPE_CHECKING:
    from archive.sql_archive import SqlArchive

MOST = 500
"""Alerts of one page."""


class _Page(Struct):
    alerts: list[Raw]
    next_cursor: str | None
    total: int


class _Incomplete(Struct, frozen=True):
    reason: str


class _Alerts(Struct):
    alerts: list[Alert]
    next_cursor: str | None
    incomplete: _Incomplete = _Incomplete("")


_decode_page = msgspec.json.Decoder(_Page).decode
_decode_alerts = msgspec.json.Decoder(_Alerts).decode


def page(
    redis: Redis,
    readers: Readers,
    wanted: Wanted,
    cursor: str | None,
    limit: int,
    *,
    since_ms: int,
    redis_since_ms: int,
    language: Language = "en",
) -> bytes:
    """
    Return a page of the history as JSON, newest first: `alerts`, `next_cursor`, `total`; and, where the archive was
    needed and could not be read, `incomplete`: why. The page then has what Redis has.

    Args:
        readers: Of the archive.
        since_ms: Alerts recorded since then are wanted.
        redis_since_ms: Redis has all alerts that were recorded since then.

    Raises:
        Invalid: the cursor is none of ours.
    """
    if since_ms >= redis_since_ms:
        return queries.history_page(redis, wanted, cursor, limit, since_ms)
    why = reasons.of("history.nothing_recorded")
    try:
        with readers.reading() as archive:
            if archive is not None:
                return _both(redis, archive, wanted, cursor, limit, since_ms, redis_since_ms)
    except ArchiveError as error:
        why = error.cited()
    found = queries.history_page(redis, wanted, cursor, limit, since_ms)
    incomplete = reasons.of("history.incomplete", since_ms=redis_since_ms, because=why)
    return b'%s,"incomplete":%s}' % (found[:-1], encode(reasons.fields(incomplete, language=language)))


def newest(redis: Redis, settings: Settings, limit: int, redis_since_ms: int) -> tuple[list[Alert], str]:
    """Return the alerts that were recorded last, however long ago; and why older ones are missing, or ""."""
    found: list[Alert] = []
    language = operator_language.language()
    with closing(Readers(opening.place_of(settings))) as readers:
        cursor = None
        while True:
            range_ = {"since_ms": 0, "redis_since_ms": redis_since_ms}
            body = page(redis, readers, Wanted(), cursor, min(MOST, limit - len(found)), **range_, language=language)
            part = _decode_alerts(body)
            found += part.alerts
            cursor = part.next_cursor
            if cursor is None or len(found) >= limit:
                return found, part.incomplete.reason if len(found) < limit else ""


def _both(
    redis: Redis,
    archive: "SqlArchive",
    wanted: Wanted,
    cursor: str | None,
    limit: int,
    since_ms: int,
    redis_since_ms: int,
) -> bytes:
    after = queries.place_of(cursor) if cursor else None
    found = _Page([], None, 0)
    if after is None or after[0] >= redis_since_ms:
        found = _decode_page(queries.history_page(redis, wanted, cursor, limit, redis_since_ms))
        before: Place = (redis_since_ms, "")
    else:
        found.total = redis.zcount(keys.alert_history(), redis_since_ms, "+inf")
        before = (after[0], after[1].decode("utf-8", "replace"))
    found.total += kept_history.count(archive, since_ms, redis_since_ms)
    left = limit - len(found.alerts)
    if found.next_cursor is None:
        # One alert more than the page holds is read: if it is there, another page follows.
        older = kept_history.page(archive, wanted, since_ms, before, left + 1)
        found.alerts += [Raw(document) for _, document in older[:left]]
        if len(older) > left:
            place = older[left - 1][0] if left else before
            found.next_cursor = queries.cursor_of((place[0], place[1].encode()))
    return encode(found)
