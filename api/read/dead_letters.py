"""Events that could not be evaluated: the dead letters of all partitions, as one list."""

from operator import itemgetter
from typing import Any

from redis import Redis

from api.read import pages
from shared.errors import Invalid
from shared.model import dead_letter, reasons
from shared.redis import keys


def page(redis: Redis, partitions: int, cursor: str | None, limit: int) -> pages.Page[dict[str, Any]]:
    """
    Return a page of the events that could not be evaluated, of all partitions, newest first.

    Raises:
        Invalid: the cursor is none of ours.
    """
    after = pages.decoded(cursor, (0, 0, 0)) if cursor else None
    found: list[tuple[tuple[int, int, int], dict[str, Any]]] = []
    with redis.pipeline(transaction=False) as pipe:
        for p in range(partitions):
            pipe.xlen(keys.dead_letters(p)).xrevrange(keys.dead_letters(p), _newest(after, p), count=limit + 1)
        answers = pipe.execute()
    for p, letters in enumerate(answers[1::2]):
        for letter_id, fields in letters:
            at_ms, sequence = map(int, letter_id.split(b"-"))
            found.append(((-at_ms, -sequence, p), {"partition": p, "at_ms": at_ms, **dead_letter.shown(fields)}))
    found.sort(key=itemgetter(0))
    following = pages.encoded(found[limit - 1][0]) if len(found) > limit else None
    return pages.Page([letter for _, letter in found[:limit]], following, sum(answers[::2]))


def _newest(after: pages.Place | None, p: int) -> str:
    """Return where a partition's letters begin that follow a place."""
    if after is None:
        return "+"
    at_ms, sequence, partition = (-int(after[0]), -int(after[1]), int(after[2]))
    if not 0 <= at_ms < 2**63 or not 0 <= sequence < 2**63:
        raise Invalid({"cursor": reasons.of("invalid.cursor")}, "The query")
    # Of the same instant, partitions follow each other.
    return f"{at_ms}-{sequence}" if p > partition else f"({at_ms}-{sequence}"
