"""
Numbers put into words: the same way in reasons, messages, sentences and commands. Pure.

A number that stands beside others gets as many digits as tell them apart, and reads back to a number on the same side
of each of them. From 1e-15 up to 1e16 no number has an exponent.
"""

import math
from functools import lru_cache

LEAST_DIGITS = 6
"""Significant digits of a fraction: more would be noise where nothing stands beside it."""
MOST_DIGITS = 17
"""So many tell every two doubles apart."""
PLAIN_FROM, PLAIN_BELOW = 1e-15, 1e16
"""Sizes between which numbers are written without an exponent."""


def number(value: float, *beside: float) -> str:
    """
    Write *value* for people, whole numbers whole and others with six significant digits or more.

    Args:
        beside: Numbers shown next to it, e.g. its limit, as `exact` writes them. Read back, the text compares with
            each of them as *value* does.
    """
    if value in beside:
        return exact(value)
    text = f"{value:.6g}"
    read = float(text)
    if read != value:
        digits = LEAST_DIGITS
        if 1e6 <= abs(value) < PLAIN_BELOW:
            # Digits before the point are never zeroed; Python rounds an exact half to the even number.
            digits = len(str(int(abs(value))))
            text = f"{value:.{digits}g}"
            read = float(text)
        for other in beside:
            while digits < MOST_DIGITS and ((read > other) != (value > other) or (read < other) != (value < other)):
                digits += 1
                text = f"{value:.{digits}g}"
                read = float(text)
        if math.isinf(read):
            # Rounded up, the greatest doubles would read as infinite.
            return exact(value)
    return _plain(text, read) if "e" in text or text == "-0" else text


@lru_cache(4096)
def exact(value: float) -> str:
    """Write a number that a person set, e.g. a limit: with the fewest digits that read back as the same number."""
    text = repr(float(value))
    if "e" in text:
        return _plain(text, float(value))
    return text.removesuffix(".0") if value else "0"


def _plain(text: str, read: float) -> str:
    if not read:
        return "0"
    if not PLAIN_FROM <= abs(read) < PLAIN_BELOW:
        return text
    mantissa, _, exponent = text.partition("e")
    sign = "-" if mantissa.startswith("-") else ""
    whole, _, fraction = mantissa.removeprefix("-").partition(".")
    point = len(whole) + int(exponent)
    digits = whole + fraction
    if point <= 0:
        return f"{sign}0.{'0' * -point}{digits}".rstrip("0")
    if point >= len(digits):
        return sign + digits + "0" * (point - len(digits))
    return f"{sign}{digits[:point]}.{digits[point:]}".rstrip("0").rstrip(".")


def mean_time(ms: float) -> str:
    """Write a mean of durations for people, in its largest unit with one digit behind the point: `2.5 h`, `40 s`."""
    seconds = round(ms / 1000)
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds} s"
