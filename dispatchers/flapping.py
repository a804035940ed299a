"""How often a rule fires and resolves for one plugin, and when that is too often. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

import msgspec
from msgspec import Struct

from shared.model import reasons
from shared.model.alerts import UNREADABLE
from shared.model.reasons import Reason
from shared.redis import keys

MOST_CHANGES = 6
WITHIN_MS = 600_000
"""More than six changes within ten minutes: three rounds of firing and resolving tell a reader nothing new."""
CHANGES_KEPT = 50
LEAST_HOLD_MS = 300_000
"""How long a flapping alert is held at least, for rules without a cooldown: the original system's five minutes."""
DAY_MS = 86_400_000
DAYS = 2
"""An entry that is written one day is read until the end of the next day."""
KEPT_MS = DAYS * DAY_MS

Place = tuple[str, str]
"""Rule id and plugin id."""


class Flaps(Struct, omit_defaults=True):
    """The changes of one rule's alerts about one plugin."""

    changes: list[int] = []
    """Instants of the newest changes, newest first."""
    told_at_ms: int = 0
    """When a firing was last let through to the channels; 0: never."""


_decode = msgspec.json.Decoder(Flaps).decode


def judge(changes: Iterable[int], let_through_at_ms: int | None, cooldown_ms: int, now_ms: int) -> Reason | None:
    """
    Tell why a firing is held back as flapping.

    Args:
        changes: Instants of the newest changes, this firing among them.
        let_through_at_ms: When a firing was last let through; None: never.

    Returns:
        The reason, or None if the firing is not held back.
    """
    recent = [at_ms for at_ms in changes if now_ms - at_ms < WITHIN_MS]
    hold_ms = max(cooldown_ms, LEAST_HOLD_MS)
    is_held = let_through_at_ms is not None and now_ms - let_through_at_ms < hold_ms
    if len(recent) <= MOST_CHANGES or not is_held:
        return None
    return reasons.of("suppressed.flapping", changes=len(recent), minutes=WITHIN_MS // 60_000)


def questions(places: Sequence[Place], now_ms: int) -> list[list[str]]:
    """Return the commands whose answers are for `read`."""
    today = now_ms // DAY_MS
    days = range(today - DAYS + 1, today + 1)
    return [["HMGET", keys.flaps_day(day), *map(field, places)] for day in days] if places else []


def read(places: Sequence[Place], days: Sequence[Sequence[bytes | None]]) -> dict[Place, Flaps]:
    """Return what is stored about *places*; the later day's entry counts. An unreadable entry counts as none."""
    flaps = {}
    for day in days:
        for place, body in zip(places, day, strict=True):
            if body:
                with suppress(*UNREADABLE):
                    flaps[place] = _decode(body)
    return flaps


def field(place: Place) -> str:
    """Return the field of a day's hash that holds a place's entry."""
    return "\0".join(place)


def entry(place: Place, changes: Mapping[Place, list[int]], let_through_at_ms: Mapping[Place, int]) -> Flaps:
    """Return what is to be stored about a place."""
    return Flaps(changes.get(place, [])[:CHANGES_KEPT], let_through_at_ms.get(place, 0))
