"""Ids of stream entries. Pure."""


def order_of(entry_id: str) -> tuple[int, ...]:
    """Return what ids are compared by: the time, and the number within the millisecond."""
    return tuple(map(int, entry_id.split("-")))
