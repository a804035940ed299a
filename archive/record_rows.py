"""Rows of the control plane's records: alerts, their timelines, notifications, silences and revisions. Pure."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from archive import columns

MOST_BYTES = 33_554_432
"""Of one document, unpacked."""

Row = tuple[Any, ...]
"""Values in the order of the columns of its table."""


class Point(NamedTuple):
    """A place in the records: an entry, and the item in it."""

    entry_ms: int
    entry_number: int
    item: int


class AlertRow(NamedTuple):
    """A row of `alerts`; `document` is packed."""

    id: str
    version: int
    first_at_ms: int
    changed_at_ms: int
    rule_id: str
    rule_name: str
    plugin_id: str
    plugin_name: str
    severity: str
    state: str
    labels: str
    started_at_ms: int
    fired_at_ms: int
    acknowledged_at_ms: int
    resolved_at_ms: int
    acknowledged_by: str
    acknowledged_by_principal: str
    resolved_by: str
    resolved_by_principal: str
    assignee: str
    document: bytes

    def is_newer(self, version: int, changed_at_ms: int) -> bool:
        """
        Tell whether the alert is newer than a version.

        Versions begin again when the record has expired in Redis, and go back when a backup is restored. Then the later
        change is the newer one.
        """
        return self.version > version or self.changed_at_ms > changed_at_ms


class Story(NamedTuple):
    """The whole timeline of an alert as it was at a place of the records."""

    alert_id: str
    point: Point
    first_at_ms: int | None
    timeline: Sequence[Row]
    notifications: Sequence[Row]


TIMELINE = (
    *("entry_ms", "entry_number", "item", "alert_id", "at_ms", "kind", "version"),
    *("actor_kind", "actor_id", "actor_name", "line"),
)
NOTIFICATIONS = (
    *("entry_ms", "entry_number", "item", "alert_id", "channel", "group_name", "at_ms", "news", "episode"),
    *("attempt", "outcome", "took_ms", "message_id", "is_repeated", "detail"),
)
REVISIONS = (
    *("entry_ms", "entry_number", "item", "target_id", "change", "at_ms", "revision"),
    *("actor_kind", "actor_id", "actor_name", "request_id", "document"),
)
SILENCES = (*REVISIONS, "starts_at_ms", "ends_at_ms")


@dataclass(slots=True)
class Rows:
    """What a batch of entries adds to the archive."""

    alerts: dict[str, AlertRow] = field(default_factory=dict)
    """Alert id → its newest version in the batch."""
    timeline: list[Row] = field(default_factory=list)
    notifications: list[Row] = field(default_factory=list)
    silences: list[Row] = field(default_factory=list)
    rules: list[Row] = field(default_factory=list)
    channels: list[Row] = field(default_factory=list)
    routes: list[Row] = field(default_factory=list)
    stories: list[Story] = field(default_factory=list)
    found_rules: list[Row] = field(default_factory=list)
    found_silences: list[Row] = field(default_factory=list)
    found_channels: list[Row] = field(default_factory=list)
    found_routes: list[Row] = field(default_factory=list)
    """As they were before the archive: added unless the archive has the same."""
    found_versions: list[Row] = field(default_factory=list)
    """Of the routes: added unless the archive has that version."""
    is_backfilled: bool = False
    """Whether all that was there before the archive is recorded."""
    is_out_of_date: bool = False
    """Whether it must be looked at again: a backup was restored, or entries were lost."""
    unreadable: int = 0


def packed(document: bytes) -> bytes:
    """Return a document as the archive holds it."""
    return zlib.compress(document, 6)


def unpacked(document: bytes) -> bytes:
    """
    Return a document of the archive.

    Raises:
        Damaged: the bytes are none.
    """
    return columns.inflate(document, MOST_BYTES)
