"""Lists of values in statements: as many statements as it takes, each with a mark for each value."""

from collections.abc import Iterator, Sequence
from typing import Any

MOST_VALUES = 500
"""In one statement."""


def parts(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Yield as many values at a time as one statement may have."""
    for start in range(0, len(values), MOST_VALUES):
        yield values[start : start + MOST_VALUES]


def marks(values: Sequence[Any]) -> str:
    """Return a mark for each value, for `IN (…)`."""
    return ", ".join("?" * len(values))
