"""How much a metric changed between samples, also where it is a counter that started again. Pure."""

import math
import sys
from collections.abc import Sequence
from itertools import pairwise
from operator import gt

SCALE = 2.0**-20
"""Times this, as many of the largest floats as a series keeps can be added up; a power of two changes no digit."""

LARGEST = sys.float_info.max


def of_counter(values: Sequence[float]) -> float:
    """Return how much a counter grew over its samples, oldest first: one that falls has started again from 0."""
    if not any(map(gt, values, values[1:])):
        return quotient(values[0], values[-1], 1, 1)
    return total([new - old if new >= old else new for old, new in pairwise(values)])


def rates(times: Sequence[int], values: Sequence[float], *, is_counter: bool) -> list[float]:
    """Return the changes per second between neighbouring samples, each a finite number."""
    return [
        min(max(quotient(0.0 if is_counter and new < old else old, new, after - before, 1000), -LARGEST), LARGEST)
        for (before, after), (old, new) in zip(pairwise(times), pairwise(values), strict=True)
        if after > before
    ]


def quotient(old: float, new: float, divisor: float, factor: int) -> float:
    """Return (new - old) / divisor * factor, however large that is on the way; infinite if no float is that large."""
    found = (new - old) * factor / divisor
    if math.isfinite(found):
        return found
    # A quarter of a difference always is a float; and a division by a power of two changes no digit.
    quarter = new / 4 - old / 4
    return quarter / divisor * factor * 4


def total(values: Sequence[float]) -> float:
    """Return the sum, rounded once; infinite if no float is that large, also if one is not on the way there."""
    try:
        return math.fsum(values)
    except OverflowError:
        return math.fsum(value * SCALE for value in values) / SCALE
