"""Lengths of time as people write them: `90s`, `5m`, `2h`, `7d`, `4w`. Pure."""

import re

MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
"""Unit → its length in ms."""


def length_ms(text: str, units: str, digits: int = 9) -> int | None:
    """
    Return a length of time in ms; None for a text that is none.

    Args:
        units: The letters that may be used, e.g. `smhd`.
        digits: At most so many.
    """
    found = re.fullmatch(rf"([0-9]{{1,{digits}}})([{units}])", text)
    return int(found[1]) * MS[found[2]] if found else None
