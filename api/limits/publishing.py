"""What one caller may publish by HTTP: bytes an hour, and plugins and metric names a day. Counted in Redis."""

import hashlib
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field

from redis import Redis

from shared.model import reasons
from shared.model.events import Event
from shared.model.reasons import Reason
from shared.redis import access_keys, scripts
from shared.settings import Settings

MAX_NAMES = 5_000
"""Different metric names a request; looking up more would hold up the server."""
EVENT_BYTES = 100
"""What Redis needs for an entry beside its text."""
MEGABYTE = 1_048_576
DAY_S = 86_400


@dataclass(slots=True)
class Admitted:
    """What a caller's quotas allow of a request."""

    wait_ms: int = 0
    """Above 0: too many bytes; nothing may be published before this has passed."""
    reason: Reason = reasons.NONE
    plugins_refused: set[str] = field(default_factory=set)
    names_refused: set[str] = field(default_factory=set)


def names_in(event: Event) -> Iterable[str]:
    """Return the names of metrics and of histograms, of which several metrics are made."""
    return (*event.metrics, *(histogram.name for histogram in event.histograms)) if event.histograms else event.metrics


def leave_out(event: Event, refused: Set[str]) -> list[str]:
    """Take out of an event what has a refused name; return the fields."""
    fields = [f"metrics.{name}" for name in event.metrics if name in refused]
    fields += [f"histograms.{i}" for i, histogram in enumerate(event.histograms) if histogram.name in refused]
    if fields:
        event.metrics = {name: value for name, value in event.metrics.items() if name not in refused}
        event.histograms = tuple(one for one in event.histograms if one.name not in refused)
    return fields


def admit(redis: Redis, settings: Settings, who: str, name: str, size_bytes: int, events: Sequence[Event]) -> Admitted:
    """
    Count what *events* bring against the quotas.

    Args:
        who: The caller's principal, by which quotas are kept.
        name: The caller's name, for the reason.
        size_bytes: Of the request.
    """
    plugins = list({event.plugin_id: None for event in events})
    names = list({name: None for event in events for name in names_in(event)})
    own = hashlib.sha256(who.encode()).hexdigest()[:32]
    places = [access_keys.published(kind, whose) for kind in ("bytes", "plugins", "names") for whose in (own, "all")]
    own_mb, all_mb = settings.publish_megabytes_per_hour, settings.publish_total_megabytes_per_hour
    arguments = [
        size_bytes + EVENT_BYTES * len(events),
        int(own_mb * MEGABYTE),
        int(all_mb * MEGABYTE),
        settings.publish_plugins,
        settings.publish_total_plugins,
        settings.publish_names,
        settings.publish_total_names,
        DAY_S,
        len(plugins),
        *plugins,
        *names,
    ]
    wait_ms, whose, plugins_refused, names_refused = scripts.run(
        redis, scripts.source("admit_events"), places, arguments
    )
    if wait_ms:
        limit = (
            reasons.of("limit.megabytes_per_hour", name=name, megabytes=own_mb)
            if whose == 1
            else reasons.of("limit.all_megabytes_per_hour", megabytes=all_mb)
        )
        return Admitted(int(wait_ms), limit)
    return Admitted(
        plugins_refused={plugins[int(i)] for i in plugins_refused}, names_refused={names[int(i)] for i in names_refused}
    )
