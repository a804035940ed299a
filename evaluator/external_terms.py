"""What holds for all external alerts, until routes say it for each: channels, severities, policy. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shared.model import external, rules
from shared.model.alerts import SEVERITIES, Policy, Severity

DEFAULT_CHANNELS = ("web", "dashboard")
MOST = 12_500
"""Of one partition: twice its share of the alerts that the board takes by default."""


def _policies() -> dict[Severity, Policy]:
    """Return the policy that a rule of each severity has by default."""
    like = {"name": "external", "metric": "x", "operator": ">", "threshold": 0.0}
    return {severity: rules.parse({**like, "severity": severity}).policy() for severity in SEVERITIES}


@dataclass(frozen=True)
class Terms:
    """As the settings have it."""

    channels: Sequence[str] = DEFAULT_CHANNELS
    severities: Mapping[str, Severity] = field(default_factory=lambda: external.SEVERITIES)
    """What the label `severity` means."""
    policies: Mapping[Severity, Policy] = field(default_factory=_policies)
    """Those of rules: cooldown, reminders, groups."""
    most: int = MOST
    """How many external alerts one partition watches."""

    @property
    def cooldown_ms(self) -> int:
        return self.policies["warning"].cooldown_ms


DEFAULT_TERMS = Terms()
