"""
An explanation: the steps from an event to a notification, each with what was recorded and what is computed again. Pure.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct

from shared.model import reasons
from shared.model.reasons import Reason

StepName = Literal[
    "rule",
    "event",
    "scope",
    "verdict",
    "duration",
    "state",
    "cooldown",
    "silence",
    "inhibition",
    "flapping",
    "mute",
    "route",
    "grouping",
    "channel",
]


class Finding(Struct, frozen=True, omit_defaults=True):
    """What one source says of one step."""

    passes: bool | None
    """Whether the step leads on towards a notification; None: it says nothing about that."""
    why: Reason
    at_ms: int = 0
    """When it was so; 0: it has no instant."""
    key: tuple[Any, ...] = ()
    """What is compared with the other source; empty: only `passes` is."""


class Step(Struct, frozen=True, omit_defaults=True):
    """One step of the chain."""

    name: StepName
    recorded: Finding | None = None
    """What the system did; None: it records nothing of this step."""
    recomputed: Finding | None = None
    """What the pure steps say about what is kept; None: it cannot be computed again."""
    channel: str = ""
    agrees: bool = False
    """Whether they agree although they look different, e.g. because something changed at that very moment."""

    @property
    def finding(self) -> Finding | None:
        """What counts: what happened, or else what would have."""
        return self.recorded or self.recomputed

    @property
    def differs(self) -> bool:
        """Whether what happened is not what the pure steps say."""
        recorded, recomputed = self.recorded, self.recomputed
        if self.agrees or recorded is None or recomputed is None:
            return False
        if recorded.passes is not None and recomputed.passes is not None and recorded.passes != recomputed.passes:
            return True
        return bool(recorded.key and recomputed.key and recorded.key != recomputed.key)


class Chain(Struct, frozen=True):
    """The answer to "why?": what came of it, and the steps that led there."""

    rule_id: str
    rule_name: str
    plugin_id: str
    plugin_name: str
    alert_id: str
    """Empty: no alert was open."""
    at_ms: int
    conclusion: Finding
    steps: Sequence[Step]
    notes: Sequence[Reason] = ()
    """What the archive does not know, and what was left out."""


def yes(code: str, at_ms: int = 0, key: tuple[Any, ...] = (), /, **values: Any) -> Finding:
    """Return a finding that leads on."""
    return Finding(True, Reason(code, values), at_ms, key)


def no(code: str, at_ms: int = 0, key: tuple[Any, ...] = (), /, **values: Any) -> Finding:
    """Return a finding that ends the chain."""
    return Finding(False, Reason(code, values), at_ms, key)


def unknown(code: str, at_ms: int = 0, /, **values: Any) -> Finding:
    """Return a finding that says nothing about whether the chain goes on."""
    return Finding(None, Reason(code, values), at_ms)


def shown(chain: Chain) -> dict[str, Any]:
    """Return a chain as the API answers it: reasons in English, as codes and as values."""
    return {
        "rule_id": chain.rule_id,
        "rule_name": chain.rule_name,
        "plugin_id": chain.plugin_id,
        "plugin_name": chain.plugin_name,
        "alert_id": chain.alert_id,
        "at_ms": chain.at_ms,
        "conclusion": _finding(chain.conclusion),
        "steps": [
            {
                "step": step.name,
                "channel": step.channel,
                "recorded": _finding(step.recorded),
                "recomputed": _finding(step.recomputed),
                "differs": step.differs,
            }
            for step in chain.steps
        ],
        "differences": sum(step.differs for step in chain.steps),
        "notes": [reasons.fields(note) for note in chain.notes],
    }


def _finding(found: Finding | None) -> Mapping[str, Any] | None:
    if found is None:
        return None
    return {"passes": found.passes, "at_ms": found.at_ms or None, **reasons.fields(found.why)}
