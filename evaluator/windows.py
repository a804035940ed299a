"""How far back the rules of one plugin look: what of its past must be remembered. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Windows:
    """Lengths of the windows. Of all other metrics, the newest sample is enough."""

    lengths_ms: Mapping[str, int] = field(default_factory=dict)
    """By metric, for those of which a rule looks at more than the newest sample."""
    errors_ms: int = 0
    """For error reports."""

    def look_further_than(self, other: "Windows") -> bool:
        """Tell whether something must be remembered for longer than *other* asks for."""
        return self.errors_ms > other.errors_ms or any(
            length_ms > other.lengths_ms.get(metric, 0) for metric, length_ms in self.lengths_ms.items()
        )


NO_WINDOWS = Windows()
