"""The router's stored position in each outbox (cursor), and the position from which a new active router starts."""

from contextlib import suppress

from redis import Redis
from redis.exceptions import ResponseError

from dispatchers import backlog
from shared.model import reasons
from shared.redis import keys
from shared.store.parking import Parking


def read(redis: Redis, parking: Parking) -> dict[int, str]:
    """
    Return partition → last routed id.

    If the cursor of a partition cannot be read, its outbox is routed from the beginning: routing a transition again
    usually changes nothing.
    """
    cursors, unreadable = backlog.read_cursors(redis.hgetall(keys.router_cursors()))
    for name, cursor in unreadable.items():
        where = f"{keys.router_cursors()} {name.decode('utf-8', 'replace')}"
        parking.park(where, cursor, reasons.of("letter.cursor"))
    return cursors


def beginnings(redis: Redis, parking: Parking) -> dict[int, str]:
    """
    Return partition → last routed id, for a router that takes over; a cursor beyond its outbox's end is deleted.

    If a failover or a restore rolled an outbox back, its new entries get ids below the cursor. They would be lost if
    the router read from the cursor and trimmed the outbox up to it. So the router reads this outbox from its beginning.
    """
    cursors = read(redis, parking)
    for partition, cursor in list(cursors.items()):
        newest = "0-0"
        with suppress(ResponseError):  # There is no such stream.
            newest = redis.xinfo_stream(keys.outbox(partition))["last-generated-id"].decode()
        if backlog.is_beyond(cursor, newest):
            del cursors[partition]
            if newest != "0-0":
                where = f"{keys.router_cursors()} {partition}"
                reason = reasons.of("letter.cursor_beyond", newest=newest)
                parking.park(where, cursor.encode(), reason, partition)
            redis.hdel(keys.router_cursors(), str(partition))
    return cursors


def notes(redis: Redis) -> dict[int, str]:
    """Return partition → the stored ids of the transitions that were routed out of order, for `Backlog`."""
    stored = redis.hgetall(keys.router_ahead())
    return {int(p): note.decode("ascii", "replace") for p, note in stored.items() if backlog.is_partition(p)}
