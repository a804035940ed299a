"""How far back the rules of one plugin look: what of its past must be remembered. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.model.formula import Formula


@dataclass(frozen=True, slots=True)
class Windows:
    """Lengths of the windows. Of all other metrics, the newest sample is enough."""

    lengths_ms: Mapping[str, int] = field(default_factory=dict)
    """By metric, for those of which a rule looks at more than the newest sample."""
    errors_ms: int = 0
    """For error reports."""
    formulas_ms: Mapping[Formula, int] = field(default_factory=dict)
    """For the values of formulas."""

    @property
    def furthest_ms(self) -> int:
        """How far back the longest of them looks; 0 if the newest samples are enough."""
        return max(self.errors_ms, *self.lengths_ms.values(), *self.formulas_ms.values(), 0)

    def look_further_than(self, other: "Windows") -> bool:
        """Tell whether something must be remembered for longer than *other* asks for."""
        return (
            self.errors_ms > other.errors_ms
            or any(length_ms > other.lengths_ms.get(metric, 0) for metric, length_ms in self.lengths_ms.items())
            or any(length_ms > other.formulas_ms.get(formula, 0) for formula, length_ms in self.formulas_ms.items())
        )


NO_WINDOWS = Windows()
