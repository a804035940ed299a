"""What a benchmark yields, and how it is said."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Size:
    """How big a run is."""

    rounds: int = ROUNDS
    scale: float = 1.0

    def of(self, full: int, least: int = 1) -> int:
        """Return *full* at this scale, never below *least*."""
        return max(least, int(full * self.scale))


TINY = Size(rounds=1, scale=0.01)
"""Proves that a benchmark still works; its figures mean nothing."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be reached: by the ratio to the floor, or by the figure itself."""

    bound: float
    kind: Literal["at least", "at most"] = "at least"
    of: Literal["ratio", "value"] = "ratio"

    def holds(self, figure: float) -> bool:
        return figure >= self.bound if self.kind == "at least" else figure <= self.bound


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing measured, once a round, with its floor measured in the same round."""

    key: str
    """Unique among all benchmarks; lower_snake."""
    what: str
    unit: str
    rounds: list[float]
    floor: str = ""
    """What the floor is."""
    floor_rounds: list[float] = field(default_factory=list)
    target: Target | None = None
    note: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)

    @property
    def floor_median(self) -> float | None:
        return statistics.median(self.floor_rounds) if self.floor_rounds else None

    @property
    def ratio(self) -> float | None:
        """The median of each round's own ratio: noise that hits both sides of a round cancels out."""
        if not self.floor_rounds:
            return None
        return statistics.median(a / b for a, b in zip(self.rounds, self.floor_rounds, strict=True))

    @property
    def is_reached(self) -> bool | None:
        """None where nothing was to be reached."""
        if self.target is None:
            return None
        figure = self.ratio if self.target.of == "ratio" else self.median
        assert figure is not None, f"{self.key} has a target for a ratio and no floor"
        return self.target.holds(figure)

    def as_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "what": self.what,
            "unit": self.unit,
            "median": self.median,
            "rounds": self.rounds,
            "floor": self.floor,
            "floor_median": self.floor_median,
            "floor_rounds": self.floor_rounds,
            "ratio": self.ratio,
            "target": f"{self.target.kind} {self.target.bound:g}" if self.target else "",
            "target_of": self.target.of if self.target else "",
            "reached": self.is_reached,
            "note": self.note,
        }


Benchmark = Callable[[Size], list[Figure]]
