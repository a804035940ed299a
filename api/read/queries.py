"""Reading the board, the history and the statistics out of Redis, page by page."""

import base64
import binascii
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

import msgspec
from redis import Redis

from api.read import heard
from shared.errors import Invalid
from shared.model import reasons
from shared.model.alert_filter import Wanted
from shared.model.alerts import UNREADABLE, Alert, ledger_entry
from shared.redis import keys
from shared.redis.scripts import Reading
from shared.store import alert_store
from shared.store.alert_store import HOUR_MS

CHUNK = 200
_COUNT = re.compile(rb"-?[0-9]{1,18}")

_decode_alerts = msgspec.json.Decoder(list[Alert]).decode


def active_page(
    redis: Redis, wanted: Wanted, cursor: str | None, limit: int, known: Mapping[Reading, Any] | None = None
) -> bytes:
    """
    Return a page of the board as JSON, worst first: `alerts`, `next_cursor`, `total` (of the whole board).

    Args:
        known: Answers that are there already.
    """
    return _page(redis, keys.active_alerts(), wanted, cursor, limit, newest_first=False, known=known)


@cache
def first_active(limit: int) -> Reading:
    """Return what is read for the first page of the whole board."""
    return _chunk(keys.active_alerts(), None, 0, limit + 1, False, None, joined=limit)


def history_page(redis: Redis, wanted: Wanted, cursor: str | None, limit: int, since_ms: int) -> bytes:
    """Return a page of the history as JSON, newest first; alerts recorded since *since_ms*, open ones among them."""
    return _page(redis, keys.alert_history(), wanted, cursor, limit, newest_first=True, least_score=since_ms)


def _page(
    redis: Redis,
    index: str,
    wanted: Wanted,
    cursor: str | None,
    limit: int,
    *,
    newest_first: bool,
    least_score: int | None = None,
    known: Mapping[Reading, Any] | None = None,
) -> bytes:
    after = place_of(cursor) if cursor else None
    found: list[bytes] = []
    last: tuple[int, bytes] | None = None
    more = False
    offset = total = 0
    everything = wanted.is_everything()
    while not more:
        # Of a first page that lets everything pass, the records are wanted as they are.
        reading = (
            _chunk(index, after, offset, limit + 1, newest_first, least_score, joined=0 if after or offset else limit)
            if everything
            else _chunk(index, after, offset, CHUNK, newest_first, least_score)
        )
        places, stored, total = (known and known.get(reading)) or reading.ask(redis)
        ids, scores = places[::2], places[1::2]
        if isinstance(stored, bytes) and not _is_readable(stored):
            # One by one, without what nobody can read.
            places, stored, total = _chunk(index, after, offset, limit + 1, newest_first, least_score).ask(redis)
            ids, scores = places[::2], places[1::2]
        if isinstance(stored, bytes):
            found, more, last = [stored], len(ids) > 1, (int(float(scores[0])), ids[0])
            break
        if not ids:
            break
        offset += len(ids)
        for alert_id, score, raw in zip(ids, scores, stored, strict=True):
            place = (int(float(score)), alert_id)
            if raw is None or (after is not None and not _lies_behind(place, after, newest_first)):
                continue
            alert = alert_store.read(raw)
            if alert is None or not (everything or wanted.lets_pass(alert)):
                continue
            if len(found) == limit:
                more = True
                break
            found.append(raw)
            last = place
    following = b"null" if not more or last is None else msgspec.json.encode(cursor_of(last))
    return b'{"alerts":[%s],"next_cursor":%s,"total":%d}' % (b",".join(found), following, total)


@lru_cache(maxsize=8)
def _is_readable(joined: bytes) -> bool:
    """Tell whether all of these records are alerts. A board that rests gives the same text again and again."""
    try:
        _decode_alerts(b"[%s]" % joined)
    except UNREADABLE:
        return False
    return True


def _chunk(
    index: str,
    after: tuple[int, bytes] | None,
    offset: int,
    count: int,
    newest_first: bool,
    least_score: int | None,
    *,
    joined: int = 0,
) -> Reading:
    top, bottom = "+inf", "-inf" if least_score is None else least_score
    if newest_first:
        bounds = ("ZREVRANGEBYSCORE", after[0] if after else top, bottom)
    else:
        bounds = ("ZRANGEBYSCORE", after[0] if after else bottom, top)
    return Reading("page", (index,), (keys.alert(""), *bounds, offset, count, bottom, joined))


def _lies_behind(place: tuple[int, bytes], after: tuple[int, bytes], newest_first: bool) -> bool:
    return place < after if newest_first else place > after


def cursor_of(place: tuple[int, bytes]) -> str:
    """Return the cursor of a place: a score, and an id."""
    return base64.urlsafe_b64encode(b"%d:%s" % place).decode()


def place_of(cursor: str) -> tuple[int, bytes]:
    """Return the place of a cursor; raises `Invalid` if it is none of ours."""
    try:
        score, _, alert_id = base64.urlsafe_b64decode(cursor.encode()).partition(b":")
        return int(score), alert_id
    except (ValueError, binascii.Error):
        raise Invalid({"cursor": reasons.of("invalid.cursor")}, "The query") from None


def statistics(redis: Redis, hours: int, until_ms: int) -> dict[str, Any]:
    """
    Count what happened in the *hours* up to *until_ms*, its hour included.

    Returns:
        Totals, and firings by severity, plugin and rule, and by hour (`by_hour`: `hour_at_ms`, `fired`, `by_severity`);
        the mean times until alerts were acknowledged and until they were resolved, counted in the hour in which that
        happened (null if it never did); `active` by severity and state, as the board is now.
    """
    this_hour = until_ms // HOUR_MS
    span = range(this_hour - hours + 1, this_hour + 1)
    with redis.pipeline(transaction=False) as pipe:
        for hour in span:
            pipe.hgetall(keys.statistics_hour(hour))
        counts = pipe.execute()
    total: Counter[str] = Counter()
    by_hour = []
    for hour, stored in zip(span, counts, strict=True):
        one = Counter({f.decode("utf-8", "replace"): int(c) for f, c in stored.items() if _COUNT.fullmatch(c)})
        total += one
        by_hour.append({"hour_at_ms": hour * HOUR_MS, "fired": one["fired"], "by_severity": _part(one, "severity")})
    return {
        "hours": hours,
        "fired": total["fired"],
        "acknowledged": total["acknowledged"],
        "resolved": total["resolved"],
        "by_severity": _part(total, "severity"),
        "by_plugin": _part(total, "plugin"),
        "by_rule": _part(total, "rule"),
        "by_hour": by_hour,
        "mean_ms_to_acknowledge": _mean_ms(total, "acknowledged"),
        "mean_ms_to_resolve": _mean_ms(total, "resolved"),
        "active": active_counts(redis),
    }


def _mean_ms(counts: Counter[str], what: str) -> int | None:
    timed = counts[f"{what}_timed"]
    return counts[f"{what}_ms"] // timed if timed else None


def active_counts(redis: Redis) -> dict[str, Any]:
    """Count the board by severity, state and plugin."""
    by_severity: Counter[str] = Counter()
    by_state: Counter[str] = Counter()
    by_plugin: Counter[str] = Counter()
    for alert in alert_store.active(redis):
        by_severity[alert.severity] += 1
        by_state[alert.state] += 1
        by_plugin[alert.plugin_id] += 1
    return {
        "total": by_severity.total(),
        "by_severity": dict(by_severity),
        "by_state": dict(by_state),
        "by_plugin": dict(by_plugin),
    }


def open_by_plugin(redis: Redis) -> dict[str, tuple[int, str]]:
    """Return plugin id → how many open alerts it has, and the severity of the worst."""
    found: dict[str, tuple[int, str]] = {}
    for alert in alert_store.active(redis):
        # The worst come first.
        count, worst = found.get(alert.plugin_id, (0, alert.severity))
        found[alert.plugin_id] = count + 1, worst
    return found


def told(redis: Redis, alert_ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return for each alert what its channels were last notified of; channels without a notification are absent."""
    with redis.pipeline(transaction=False) as pipe:
        for alert_id in alert_ids:
            pipe.hgetall(keys.ledger(alert_id))
        ledgers = pipe.execute()
    return {
        alert_id: {
            name.decode("utf-8", "replace"): entry.told
            for name, body in stored.items()
            if (entry := ledger_entry(body)).told
        }
        for alert_id, stored in zip(alert_ids, ledgers, strict=True)
    }


def _part(counts: Counter[str], dimension: str) -> dict[str, int]:
    prefix = f"fired:{dimension}:"
    found = {field.removeprefix(prefix): count for field, count in counts.items() if field.startswith(prefix)}
    return dict(sorted(found.items(), key=lambda pair: -pair[1]))


def plugins_page(redis: Redis, cursor: str | None, limit: int) -> dict[str, Any]:
    """
    Return a page of the plugins heard of, last heard of first: `plugins`, `next_cursor`, `total`.

    Raises:
        Invalid: the cursor is none of ours.
    """
    found, more, total = heard.page(redis, place_of(cursor) if cursor else None, limit)
    following = cursor_of((found[-1]["last_at_ms"], found[-1]["plugin_id"].encode())) if more else None
    return {"plugins": found, "next_cursor": following, "total": total}


def each_partition(partitions: int, read: Callable[[int], dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what *read* says of each partition, in order."""
    return [{"partition": p, **read(p)} for p in range(partitions)]


def partition_state(redis: Redis, p: int) -> dict[str, Any]:
    """Return one partition's lag (entries not yet evaluated), owner, outbox length and dead letters."""
    lag: int | None = None
    if redis.exists(keys.events(p)):
        for group in redis.xinfo_groups(keys.events(p)):
            if group["name"] == keys.GROUP.encode():
                lag = group["lag"]
    lease = redis.get(keys.lease(p))
    return {
        "lag": lag,
        "owner": lease.decode("utf-8", "replace").rpartition(":")[0] if lease else None,
        "outbox": redis.xlen(keys.outbox(p)),
        "dead_letters": redis.xlen(keys.dead_letters(p)),
    }
