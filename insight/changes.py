"""
Change points of a level: days on which it jumped, or on which its slope changed.

The levels are fitted by a line plus steps and bends. They are added one after the other, the one that explains most
first (as in Wang, "Accounting for autocorrelation in detecting mean shifts", Journal of Applied Meteorology and
Climatology 47, 2008: a jump is tested beside a trend, so that growth is no jump), and each must pass Student's t with
all possible days paid for (Bonferroni). The interval of its day holds the days that fit nearly as well: a likelihood
ratio below 7.35 (Hansen, "Sample splitting and threshold estimation", Econometrica 68, 2000: 95 %).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Literal, NamedTuple

from insight.days import Day
from insight.regression import Column, Noise, dot, noise, orthonormal, without

Kind = Literal["level", "slope"]
ALPHA = 1e-4
"""How often a series without any change or growth may be accused of one: thousands of series are looked at."""
MOST_CHANGES = 8
LEAST_DAYS = 28
MOST_WANDERING = 0.85
"""Where each day keeps more of the day before, it wanders: whatever it did has no cause that a date would name."""
_SIDE: dict[Kind, int] = {"level": 14, "slope": 28}
"""Days that a change must have on each side."""
_LIKELY = 7.35


class Change(NamedTuple):
    """One change: its kind, the first day after it, and the first and last day that it may have been."""

    kind: Kind
    day: int
    first_day: int
    last_day: int


@dataclass(frozen=True, slots=True)
class Fit:
    """A line with steps and bends through the levels of days."""

    changes: tuple[Change, ...]
    fitted: tuple[float, ...]
    """One for each day."""
    slope: float
    """A day, after the last bend."""
    slope_error: float
    noise: Noise

    @property
    def is_growing(self) -> bool:
        """Tell whether the slope is beyond chance."""
        return abs(self.slope) > self.noise.quantile(ALPHA) * self.slope_error

    @property
    def wanders(self) -> bool:
        return self.noise.autocorrelation >= MOST_WANDERING

    @property
    def simplicity(self) -> tuple[bool, int]:
        """Return what is the smaller, the more a fit explains with the less."""
        return self.wanders, len(self.changes)


def fit(days: Sequence[Day]) -> Fit | None:
    """Fit a line with as many steps and bends as are beyond chance; None where there are fewer than 28 days."""
    if len(days) < LEAST_DAYS:
        return None
    search = _Search([day.day for day in days], [day.level for day in days])
    found: list[tuple[Kind, int]] = []
    while len(found) < MOST_CHANGES:
        best = search.best(found)
        if best is None or not search.matters(found, best):
            break
        found = search.moved([*found, best])
    while weak := [change for change in found if not search.matters([c for c in found if c != change], change)]:
        found.remove(min(weak, key=lambda change: search.gain([c for c in found if c != change], change)))
    return search.fit(sorted(found, key=lambda change: change[1]))


class _Search:
    """The levels of days, and the least squares fits of them that a search compares. Changes are (kind, index)."""

    def __init__(self, days: Sequence[int], levels: Sequence[float]) -> None:
        self._days = days
        self._x = [float(day - days[0]) for day in days]
        self._y = levels

    def best(self, found: Sequence[tuple[Kind, int]]) -> tuple[Kind, int] | None:
        """Return the further change that explains most."""
        gains = {(kind, i): gain for kind in _SIDE for i, gain in self._gains(found, kind)}
        return max(gains, key=lambda change: gains[change]) if gains else None

    def gain(self, others: Sequence[tuple[Kind, int]], change: tuple[Kind, int]) -> float:
        """Return the sum of squares that a change explains beyond others."""
        basis = self._basis(others)
        left = without(self._column(change), basis)
        return dot(left, self._y) ** 2 / (dot(left, left) or float("inf"))

    def matters(self, others: Sequence[tuple[Kind, int]], change: tuple[Kind, int]) -> bool:
        """Tell whether a change beyond others is no chance, and as large as the days differ anyway."""
        rest = self._noise([*others, change])
        candidates = 2 * len(self._days)
        size = sqrt(self.gain(others, change))
        if size <= rest.quantile(ALPHA / candidates) * sqrt(rest.long_run):
            return False
        left = without(self._column(change), self._basis(others))
        reach = 1.0 if change[0] == "level" else min(self._x[change[1]], self._x[-1] - self._x[change[1]])
        return reach * size / (sqrt(dot(left, left)) or float("inf")) > sqrt(rest.variance)

    def moved(self, found: Sequence[tuple[Kind, int]]) -> list[tuple[Kind, int]]:
        """Return the changes, each moved to where it explains most beside the others."""
        moved = list(found)
        for place in range(len(moved)):
            others = moved[:place] + moved[place + 1 :]
            gains = dict(self._gains(others, moved[place][0]))
            if gains:
                moved[place] = (moved[place][0], max(gains, key=lambda i: gains[i]))
        return moved

    def fit(self, found: Sequence[tuple[Kind, int]]) -> Fit:
        rest = self._noise(found)
        residuals = without(self._y, self._basis(found))
        # With bends that end at 0, the coefficient of the line is the slope after the last one.
        other = [[1.0] * len(self._x), *(self._column(change, ends=True) for change in found)]
        line = without(self._x, orthonormal(other))
        size = dot(line, line) or float("inf")
        return Fit(
            tuple(self._change(found, change) for change in found),
            tuple(y - left for y, left in zip(self._y, residuals, strict=True)),
            dot(line, self._y) / size,
            sqrt(rest.long_run / size),
            rest,
        )

    def _change(self, found: Sequence[tuple[Kind, int]], change: tuple[Kind, int]) -> Change:
        kind, index = change
        gains = dict(self._gains([c for c in found if c != change], kind))
        bound = gains.get(index, 0.0) - _LIKELY * self._noise(found).long_run
        likely = [index]
        for step in (-1, 1):
            i = index + step
            while gains.get(i, 0.0) > bound and i in gains:
                likely.append(i)
                i += step
        return Change(kind, self._days[index], self._days[min(likely)], self._days[max(likely)])

    def _gains(self, others: Sequence[tuple[Kind, int]], kind: Kind) -> Iterator[tuple[int, float]]:
        """
        Yield what a change at each possible day would explain beyond others.

        Sums from each day to the end give the products of all steps and bends with a column at once, so that the whole
        search takes as long as one fit.
        """
        basis = self._basis(others)
        products = [self._suffixes(column, kind) for column in (self._y, *basis)]
        parts = [dot(column, self._y) for column in basis]
        sizes = self._sizes(kind)
        taken = [index for _, index in others]
        side = _SIDE[kind]
        for i in range(side, len(self._days) - side + 1):
            if any(abs(i - other) < side for other in taken):
                continue
            size = sizes[i] - sum(column[i] ** 2 for column in products[1:])
            if size > 1e-9 * sizes[i]:
                along = products[0][i] - sum(part * column[i] for part, column in zip(parts, products[1:], strict=True))
                yield i, along * along / size

    def _suffixes(self, column: Column, kind: Kind) -> list[float]:
        """Return the product of a column with the step, or the bend, at each day."""
        found, total, moment = [0.0] * len(column), 0.0, 0.0
        for i in range(len(column) - 1, -1, -1):
            if kind == "slope":
                moment += total * (self._x[i + 1] - self._x[i] if i + 1 < len(column) else 0.0)
            total += column[i]
            found[i] = moment if kind == "slope" else total
        return found

    def _sizes(self, kind: Kind) -> list[float]:
        """Return the sum of squares of the step, or the bend, at each day."""
        count = len(self._x)
        if kind == "level":
            return [float(count - i) for i in range(count)]
        found, moment, size = [0.0] * count, 0.0, 0.0
        for i in range(count - 2, -1, -1):
            apart = self._x[i + 1] - self._x[i]
            size += 2 * apart * moment + apart * apart * (count - 1 - i)
            moment += apart * (count - 1 - i)
            found[i] = size
        return found

    def _column(self, change: tuple[Kind, int], ends: bool = False) -> list[float]:
        kind, index = change
        if kind == "level":
            return [float(i >= index) for i in range(len(self._x))]
        at = self._x[index]
        return [min(0.0, x - at) if ends else max(0.0, x - at) for x in self._x]

    def _basis(self, found: Sequence[tuple[Kind, int]]) -> list[list[float]]:
        return orthonormal([[1.0] * len(self._x), self._x, *(self._column(change) for change in found)])

    def _noise(self, found: Sequence[tuple[Kind, int]]) -> Noise:
        return noise(self._days, without(self._y, self._basis(found)), 2 + len(found))
