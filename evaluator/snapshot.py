"""What is committed of one rule and one plugin while something is open between them. Pure."""

from typing import Literal

from msgspec import Struct

Phase = Literal["pending", "firing", "cooling"]

Place = tuple[str, str]
"""Rule id and plugin id: where a snapshot belongs."""


class Snapshot(Struct, frozen=True, array_like=True):
    """What is committed of one rule and plugin while it is not idle."""

    phase: Phase
    alert_id: str
    since_ms: int
    """Event time at which the condition began to hold."""
    cooldown_until_ms: int = 0
    """Clock time before which channels may not be notified of another firing."""
    announced: bool = False
    """Whether the channels may know of the firing under way."""
    recovering_since_ms: int = 0
    """Event time at which it began to recover; 0 while it does not."""
