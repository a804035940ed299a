"""Pages of lists that may grow: a place in an order, and what follows it. Pure."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

import msgspec

from shared.errors import Invalid
from shared.model import reasons

T = TypeVar("T")
Place = tuple[int | str, ...]
"""Where an item stands; items are in ascending order of their places, and no two share one."""
MOST = 1_000
MAX_CURSOR = 1_000
"""Characters of a cursor: the longest holds a name of 128 characters, as JSON and base64."""


class Page(Generic[T]):
    """A part of a list, the cursor of the part that follows it, and how many items the whole list has."""

    def __init__(self, items: Sequence[T], next_cursor: str | None, total: int) -> None:
        self.items = items
        self.next_cursor = next_cursor
        self.total = total

    def answer(self, name: str, shown: Callable[[T], Any] | None = None) -> dict[str, Any]:
        """Return the page as the API answers: the items under *name*, `next_cursor` and `total`."""
        items = list(self.items) if shown is None else [shown(item) for item in self.items]
        return {name: items, "next_cursor": self.next_cursor, "total": self.total}


def page(found: Sequence[T], place: Callable[[T], Place], cursor: str | None, limit: int) -> Page[T]:
    """
    Return the part of a sorted list that follows a cursor.

    What comes and goes between two pages moves none of the others: a cursor names a place, and not a number of items.

    Args:
        found: In ascending order of *place*.

    Raises:
        Invalid: the cursor is none that this list gave.
    """
    rest = found
    if cursor is not None:
        after = decoded(cursor, place(found[0]) if found else None)
        rest = [item for item in found if place(item) > after]
    part = rest[:limit]
    following = encoded(place(part[-1])) if len(rest) > limit else None
    return Page(part, following, len(found))


def encoded(place: Place) -> str:
    """Return the cursor of a place."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode()


def decoded(cursor: str, like: Place | None = None) -> Place:
    """
    Return the place of a cursor.

    Args:
        like: A place of the same list; the cursor's must have the same types.

    Raises:
        Invalid: the cursor is none that such a list gave.
    """
    try:
        if len(cursor) > MAX_CURSOR:
            raise ValueError
        place = msgspec.json.decode(base64.b64decode(cursor.encode(), altchars=b"-_", validate=True))
        types = [type(part) for part in place] if isinstance(place, list) else []
        if not types or not set(types) <= {int, str}:
            raise ValueError
        if like is not None and types != [type(part) for part in like]:
            raise ValueError
    except (ValueError, binascii.Error, RecursionError):
        raise Invalid({"cursor": reasons.of("invalid.cursor")}, "The query") from None
    return tuple(place)
