"""Beginnings and ends of foreign alerts, with the clock and the streams that they need. Shell."""

from collections.abc import Sequence

from ingest import posting
from ingest.alertmanager.calls import Call
from ingest.formats.alertmanager import Posted
from ingest.incoming import notice
from ingest.incoming.notice import UNTIL_TOLD_MS, Notice
from shared.model.alerts import TEXT_LENGTH, Alert
from shared.model.external import Statement
from shared.redis import connection, event_writer


def firing(call: Call, found: Notice, door: str, kind: str = "") -> Statement:
    """
    Return the statement that an alert fires, under the mapping in force.

    Args:
        kind: Of a webhook; keys of alerts are its own.
    """
    assert call.sources.version is not None
    relabeling = call.sources.version.mapping.of(call.caller.name, door)
    until_ms = relabeling.until_ms(connection.server_ms(call.redis)) if relabeling.expire_minutes else UNTIL_TOLD_MS
    return notice.firing(found, space(door, kind), call.caller.name, relabeling, until_ms)


def space(door: str, kind: str) -> str:
    """Return the space of the keys by which a sender names its alerts."""
    return f"{door}/{kind}" if kind else door


def end(call: Call, door: str, dedup: str, size_bytes: int, kind: str = "", stated_ms: int = 0) -> None:
    """
    Write that an alert has ended, whichever partition watches it.

    Args:
        stated_ms: When it ended by its sender's clock; 0: now. An end that comes late, or twice, then ends nothing
            that began after it.

    Raises:
        Refusal: the key has sent too much; nothing was written. RedisError: not everything was taken.
    """
    now_ms = connection.server_ms(call.redis)
    at_ms = min(stated_ms, now_ms) if stated_ms else now_ms
    end_everywhere(call, [notice.ended(space(door, kind), call.caller.name, dedup, at_ms)], size_bytes)


def end_everywhere(call: Call, ends: Sequence[Statement], size_bytes: int) -> None:
    """Write ends that do not know their plugins; as `end`."""
    if not ends:
        return
    settings = call.settings
    posting.admit(call, size_bytes, Posted([*ends] * settings.partitions))
    event_writer.write_everywhere(
        call.redis, ends, partitions=settings.partitions, max_entries=settings.stream_max_entries
    )


def end_known(call: Call, alerts: Sequence[Alert], size_bytes: int) -> None:
    """Write that alerts of the board have ended; as `end`."""
    at_ms = connection.server_ms(call.redis)
    seen = [
        Statement(
            alert.external.fingerprint,
            alert.rule_name,
            alert.plugin_id,
            ends_at_ms=at_ms,
            generator_url=alert.external.generator_url,
            sender=call.caller.name[:TEXT_LENGTH],
        )
        for alert in alerts
        if alert.external is not None
    ]
    posting.admit(call, size_bytes, Posted(seen))
    bounds = {"partitions": call.settings.partitions, "max_entries": call.settings.stream_max_entries}
    event_writer.write_statements(call.redis, seen, **bounds)
