"""
Least squares for the levels of days, with standard errors that hold although one day resembles the day before.

Variances of ordinary least squares are multiplied by (1 + r) / (1 - r), where r is the autocorrelation of the residuals
at one day (Bartlett; Santer et al., "Statistical significance of trends and trend differences", Journal of Geophysical
Research 105, 2000), with Kendall's correction of r's bias; or by the autocorrelations of three weeks together, weighted
as by Newey and West (Econometrica 55, 1987), where that is more: a bad week is no autocorrelation of one day. Quantiles
of Student's t are those of Abramowitz and Stegun, 26.7.5.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

Column = Sequence[float]
MOST_AUTOCORRELATION = 0.95
_LAGS = 21
_ROUNDING = 1e-12
"""Levels are about as large as 1: residuals below this are those of the arithmetic, and count as this large."""
_NOTHING = 1e-9
"""What is left of a column, relative to it, when it is a combination of others."""


def dot(a: Column, b: Column) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


def orthonormal(columns: Sequence[Column]) -> list[list[float]]:
    """Return an orthonormal basis of what the columns span (Gram-Schmidt, each column twice)."""
    basis: list[list[float]] = []
    for column in columns:
        left = without(without(column, basis), basis)
        size = sqrt(dot(left, left))
        if size > _NOTHING * sqrt(dot(column, column)):
            basis.append([value / size for value in left])
    return basis


def without(column: Column, basis: Sequence[Column]) -> list[float]:
    """Return what a column has that the basis has not: its residuals."""
    left = list(column)
    for direction in basis:
        part = dot(left, direction)
        left = [value - part * along for value, along in zip(left, direction, strict=True)]
    return left


@dataclass(frozen=True, slots=True)
class Noise:
    """The residuals of a fit: their variance, how much of it an average keeps, and the degrees of freedom."""

    variance: float
    long_run: float
    """The variance that counts for an average or a slope over many days."""
    autocorrelation: float
    freedom: float

    def quantile(self, alpha: float) -> float:
        """Return the quantile of t that is exceeded, on both sides together, with probability *alpha*."""
        return t_quantile(1 - alpha / 2, self.freedom)


def noise(days: Sequence[int], residuals: Column, parameters: int) -> Noise:
    """Judge the residuals of a fit with so many parameters."""
    count, total = len(residuals), dot(residuals, residuals)
    left = count - parameters
    variance = max(total / max(1, left), _ROUNDING**2)
    if left < 1 or total <= count * _ROUNDING**2:
        return Noise(variance, variance, 0.0, max(0, left))
    of_day = dict(zip(days, residuals, strict=True))
    r = _correlation(of_day, 1)
    weighted = sum((1 - lag / (_LAGS + 1)) * _correlation(of_day, lag) for lag in range(1, min(_LAGS, count // 4) + 1))
    r = min(MOST_AUTOCORRELATION, max(0.0, r + (1 + 4 * r) / count))
    inflation = max((1 + r) / (1 - r), 1 + 2 * weighted)
    return Noise(variance, variance * inflation, r, count * (1 - r) / (1 + r) - parameters)


def _correlation(of_day: dict[int, float], lag: int) -> float:
    """Return the correlation of residuals so many days apart, over those days that are there."""
    pairs = [(value, of_day[day + lag]) for day, value in of_day.items() if day + lag in of_day]
    total = sum(value * value for value in of_day.values())
    return sum(a * b for a, b in pairs) / total * len(of_day) / len(pairs) if pairs else 0.0


def t_quantile(p: float, freedom: float) -> float:
    """Return the quantile of Student's t; infinite below four degrees of freedom, where nothing should be claimed."""
    if freedom < 4:
        return float("inf")
    z = NormalDist().inv_cdf(p)
    g1 = (z**3 + z) / 4
    g2 = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    g3 = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    g4 = (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160
    return z + g1 / freedom + g2 / freedom**2 + g3 / freedom**3 + g4 / freedom**4
