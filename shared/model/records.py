"""
What the control plane records for the archive: the shapes of the entries of `ea:records`. Pure.

Each change of an alert, each attempt to notify, each silence, rule and channel's configuration is recorded in the
transaction of the change itself, so the archive can hold exactly what happened. Documents are in the records as they
were stored: they are encoded once.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import msgspec
from msgspec import Raw, Struct

from shared.model.alerts import UNREADABLE
from shared.model.encoding import encode

RECORDS_FIELD = b"r"
"""Field of an entry that holds a JSON list of records; written in the transaction of the changes."""
ALERT_FIELD = b"alert"
"""Field of an entry that holds an alert which was there before the archive, with the next two fields."""
STORY_FIELD = b"lines"
"""Its timeline: one JSON document a line."""
FIRST_FIELD = b"first"
"""When it was first recorded, ms."""
RULE_FIELD = b"rule"
SILENCE_FIELD = b"silence"
ROUTES_FIELD = b"routes"
ROUTES_VERSION_FIELD = b"routes_version"
"""Fields of entries that hold a rule, a silence, the routes in force and a version of them, as they were before."""
BACKFILLED_FIELD = b"backfilled"
"""Field of the entry behind all that was there before the archive."""

Outcome = Literal[
    "sent",
    "uncertain",
    "failed",
    "given_up",
    "undelivered",
    "unfinished",
    "delivered",
    "retried",
    "held_back",
    "released",
]
"""
What became of an attempt to notify: accepted; no answer; refused or failed and tried again; failed for the last time;
given up for some recipients though accepted; accepted for some recipients while the rest waits. What follows one:
`delivered` and `undelivered` by the provider's receipt, `retried` by a person. And what is no attempt: the firing was
`held_back` from all channels, or `released` afterwards.
"""
NO_DOCUMENT = Raw(b"null")


class Actor(Struct, frozen=True, omit_defaults=True):
    """Who made a change."""

    name: str = ""
    """For people to read."""
    principal: str = ""
    """Kind and id (`shared.model.principals`)."""
    request_id: str = ""


class _Record(Struct, omit_defaults=True, tag_field="is"):
    pass


class AlertChanged(_Record, kw_only=True, tag="alert"):
    """A change of an alert: its document afterwards (`alerts.Alert`), and the line of its timeline."""

    alert: Raw
    line: Raw
    is_first: bool = False
    """Whether the alert began with this change."""


class LineAdded(_Record, kw_only=True, tag="line"):
    """A line of an alert's timeline (`alerts.TimelineEntry`) that came with no change of its document."""

    alert_id: str
    line: Raw


class Attempted(_Record, kw_only=True, tag="attempt"):
    """An attempt to notify a channel of one alert, and the ledger's entry (`alerts.LedgerEntry`) afterwards."""

    alert_id: str
    channel: str
    group: str = ""
    outcome: Outcome
    news: str
    episode: int
    is_repeated: bool = False
    """Whether the attempt before may have been accepted: no answer came, or its worker died."""
    line: Raw = NO_DOCUMENT
    """The line of the timeline, if there is one."""
    ledger: Raw


class SilenceChanged(_Record, kw_only=True, tag="silence"):
    """A silence (`silences.Silence`) was created, changed, ended by a person, or expired."""

    change: Literal["created", "changed", "ended", "expired"]
    at_ms: int
    actor: Actor
    document: Raw


class RuleChanged(_Record, kw_only=True, tag="rule"):
    """A revision of a rule (`rules.Rule`); no document: the rule was deleted."""

    rule_id: str
    revision: int
    """Of all rules, as of this change."""
    at_ms: int
    actor: Actor
    document: Raw = NO_DOCUMENT


class ChannelChanged(_Record, kw_only=True, tag="channel"):
    """A channel's configuration without its secrets; no document: it was deleted."""

    channel: str
    at_ms: int
    actor: Actor
    document: Raw = NO_DOCUMENT


class ChannelFound(_Record, kw_only=True, tag="channel_found"):
    """A channel's configuration without its secrets, as it was before the archive."""

    channel: str
    document: Raw


class RoutesChanged(_Record, kw_only=True, tag="routes"):
    """A version of the routes was put in force (`route_store.Version`); no document: a restore removed the routes."""

    version: int
    at_ms: int
    actor: Actor
    document: Raw = NO_DOCUMENT


class Restored(_Record, kw_only=True, tag="restored"):
    """A backup replaced what is stored, so the archive must look at all of it again."""


Record = (
    AlertChanged
    | LineAdded
    | Attempted
    | SilenceChanged
    | RuleChanged
    | ChannelChanged
    | ChannelFound
    | RoutesChanged
    | Restored
)


class ExistingAlert(Struct):
    """An alert as it was found, with its timeline."""

    alert: bytes
    lines: Sequence[bytes]
    first_at_ms: int | None


class ExistingDocument(Struct):
    """A rule, a silence, the routes in force or a version of them, as it was found."""

    kind: Literal["rule", "silence", "routes", "routes_version"]
    document: bytes


class Backfilled(Struct):
    """All that was there before the archive is recorded."""


class Unreadable(Struct):
    """A record that nobody can read, or of a newer release."""


Found = Record | ExistingAlert | ExistingDocument | Backfilled | Unreadable

_KINDS: dict[bytes, Literal["rule", "silence", "routes", "routes_version"]] = {
    RULE_FIELD: "rule",
    SILENCE_FIELD: "silence",
    ROUTES_FIELD: "routes",
    ROUTES_VERSION_FIELD: "routes_version",
}
_decode_list = msgspec.json.Decoder(list[Raw]).decode
_decode_record = msgspec.json.Decoder(Record).decode


def packed(records: Sequence[Record], most_bytes: int) -> Iterator[bytes]:
    """Yield lists of records for `RECORDS_FIELD`, each of about *most_bytes* at most, or of one record."""
    part: list[bytes] = []
    size = 0
    for record in records:
        body = encode(record)
        if part and size + len(body) > most_bytes:
            yield b"[%s]" % b",".join(part)
            part, size = [], 0
        part.append(body)
        size += len(body)
    if part:
        yield b"[%s]" % b",".join(part)


def read(fields: Mapping[bytes, bytes]) -> list[Found]:
    """Return what an entry holds, in order. What cannot be read is `Unreadable`: it hides nothing else."""
    if (body := fields.get(RECORDS_FIELD)) is not None:
        try:
            return [_read_one(raw) for raw in _decode_list(body)]
        except UNREADABLE:
            return [Unreadable()]
    if (alert := fields.get(ALERT_FIELD)) is not None:
        lines = [line for line in fields.get(STORY_FIELD, b"").split(b"\n") if line]
        first = fields.get(FIRST_FIELD, b"")
        return [ExistingAlert(alert, lines, int(first) if first.isdigit() and len(first) < 17 else None)]
    for field, kind in _KINDS.items():
        if (document := fields.get(field)) is not None:
            return [ExistingDocument(kind, document)]
    return [Backfilled() if BACKFILLED_FIELD in fields else Unreadable()]


def _read_one(raw: Raw) -> Found:
    try:
        return _decode_record(raw)
    except UNREADABLE:
        return Unreadable()
