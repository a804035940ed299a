"""Reading events from stream entries and judging them. The only place that knows the entry's format."""

import json
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec

from shared.model import event_time, fleet, loose_json, names, reasons, salvage
from shared.model.alerts import MAX_METRICS
from shared.model.event_time import EARLIEST_MS, MAX_FUTURE_MS
from shared.model.events import Command, Event
from shared.model.external import Statement
from shared.model.reasons import Reason
from shared.redis import keys

MAX_ENTRY_BYTES = 1_048_576
"""A bigger entry is refused unread: it would hold up its partition. Publishers split at a quarter of it."""
MAX_EVENTS_PER_ENTRY = 1_000
REASONS_SHOWN = 10
"""Dropped values that the reason of one event names."""
PAYLOAD_KEPT = 4_096
REPORT_AHEAD_MS = 60_000
"""How far the tick of a report may be ahead of its entry: no two servers' clocks agree."""
MAX_NAMES = 20_000
"""Names that one reader remembers as checked: about 2 MB. Events with others are decoded more slowly."""


class _Lenient(Event, gc=False):
    """
    An event whose metrics' names are not checked while decoding: a third of the time goes there, and into making a new
    string of each name. Nearly all names were checked before; an event with another name is decoded again.
    """

    metrics: Annotated[dict[str, float], msgspec.Meta(max_length=MAX_METRICS)] = msgspec.field(default_factory=dict)


_decode_event = msgspec.json.Decoder(Event).decode
_decode_events = msgspec.json.Decoder(list[Event]).decode
_decode_lenient = msgspec.json.Decoder(_Lenient).decode
_decode_lenients = msgspec.json.Decoder(list[_Lenient]).decode
decode_command = msgspec.json.Decoder(Command).decode
_decode_report = msgspec.json.Decoder(fleet.Report).decode
_decode_statements = msgspec.json.Decoder(list[Statement]).decode
_EVENT_FIELD = keys.EVENT_FIELD


class BadEvent(Exception):
    """
    An event of an entry that cannot be evaluated, or of which something was dropped.

    Attributes:
        why: As a code with values. `reason`: the same in English.
        payload: Its JSON as far as it could be cut out.
        dropped: What was not usable. The rest of the event is evaluated if `is_kept`.
    """

    def __init__(
        self, why: Reason, payload: bytes, dropped: Sequence[salvage.Dropped] = (), *, is_kept: bool = False
    ) -> None:
        super().__init__(str(why))
        self.why = why
        self.payload = payload
        self.dropped = dropped
        self.is_kept = is_kept

    @property
    def reason(self) -> str:
        return str(self.why)


def decode_one(fields: list[bytes], entry_ms: int, checked_names: set[str]) -> Event | None:
    """
    Decode the usual entry, one good event, at the least cost; None for any other, which `decode` judges.

    Args:
        fields: Of the entry, with their values in turn.
        checked_names: As `decode` filled it.
    """
    if len(fields) != 2 or fields[0] != _EVENT_FIELD or len(fields[1]) > MAX_ENTRY_BYTES:
        return None
    try:
        event = _decode_lenient(fields[1])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    at_ms = event.at_ms
    if not at_ms:
        event.at_ms = entry_ms
    elif not EARLIEST_MS <= at_ms <= entry_ms + MAX_FUTURE_MS:
        return None
    if event.plugin_id[:6] == fleet.PREFIX:
        return None
    if not checked_names.issuperset(event.metrics):
        return None
    if names.hides(event.plugin_id) is not None:
        return None
    if not (event.states or event.labels or event.errors or event.parent_id):
        return event
    # Nothing is hidden in plain ASCII without an escape. Other names were checked once, when they were new.
    return event if _is_plain(fields[1]) or checked_names.issuperset(_other_names(event)) else None


def decode(
    payload: bytes, entry_ms: int, checked_names: set[str] | None = None
) -> tuple[Sequence[Event], list[BadEvent]]:
    """
    Decode one entry's `e` field: an event, or a list of them.

    Args:
        entry_ms: The millisecond part of the entry's id; the time of events that carry none.
        checked_names: Names that one reader saw before, which need no second check; new ones are added. Only speed
            depends on it.

    Returns:
        The good events in order, each with its `at_ms` set, and what was bad: whole events, and values that were
        dropped from events among the good ones. A bad event in a list does not take its neighbours with it, nor a bad
        value the rest of its event.
    """
    if len(payload) > MAX_ENTRY_BYTES:
        return [], [BadEvent(reasons.of("event.entry_size", bytes=len(payload), limit=MAX_ENTRY_BYTES), payload)]
    if payload[:1] in b" \t\r\n":
        payload = payload.lstrip()
    try:
        events = _decode_all(payload, checked_names)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return _salvage(payload, entry_ms, error)
    if events is None:
        return _salvage(payload, entry_ms, ValueError("a name in it cannot be seen"))
    if len(events) > MAX_EVENTS_PER_ENTRY:
        return [], [BadEvent(_too_many(len(events)), payload)]
    latest = entry_ms + MAX_FUTURE_MS
    bad: list[BadEvent] = []
    for event in events:
        if not event.at_ms:
            event.at_ms = entry_ms
        elif not EARLIEST_MS <= event.at_ms <= latest:
            bad.append(_at_a_wrong_time(event, entry_ms))
            continue
        if because := fleet.why_reserved(event.plugin_id):
            reserved = reasons.of("event.plugin_id", because=because)
            bad.append(BadEvent(reserved, msgspec.json.encode(event), [salvage.Dropped("plugin_id", reserved)]))
    if bad:
        events = [e for e in events if EARLIEST_MS <= e.at_ms <= latest and not fleet.is_group(e.plugin_id)]
    return events, bad


def decode_report(payload: bytes, entry_ms: int) -> fleet.Report:
    """
    Decode one entry's `f` field.

    Args:
        entry_ms: As for `decode`.

    Raises:
        ValueError: it is no report.
    """
    if len(payload) > MAX_ENTRY_BYTES:
        raise ValueError(f"it has {len(payload)} bytes, more than {MAX_ENTRY_BYTES}")
    try:
        report = _decode_report(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(str(error)) from error
    if report.tick_ms > entry_ms + REPORT_AHEAD_MS:
        raise ValueError(f"its tick is {report.tick_ms - entry_ms} ms in the future")
    for rule_id, found in report.rules.items():
        for plugin_id, partial in found.groups.items():
            if fleet.rule_of(plugin_id) != rule_id or not fleet.is_group(plugin_id) or not partial.plugins:
                raise ValueError(f"{plugin_id!r} is no group of rule {rule_id!r} with plugins")
    return report


def decode_statements(payload: bytes) -> Sequence[Statement]:
    """
    Decode one entry's `x` field.

    Raises:
        ValueError: it is no list of statements about external alerts.
    """
    if len(payload) > MAX_ENTRY_BYTES:
        raise ValueError(f"it has {len(payload)} bytes, more than {MAX_ENTRY_BYTES}")
    try:
        statements = _decode_statements(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(str(error)) from error
    if len(statements) > MAX_EVENTS_PER_ENTRY:
        raise ValueError(f"it has {len(statements)} statements, more than {MAX_EVENTS_PER_ENTRY}")
    return statements


def decode_body(payload: bytes, now_ms: int) -> list[Event] | None:
    """
    Decode the events of a request in which nothing has to be judged: 3 µs an event, where `salvage` needs 13.

    Returns:
        The events, those without a time with `at_ms` 0; None where `salvage` must judge them.
    """
    try:
        events: list[Event] = _decode_events(payload) if payload[:1] == b"[" else [_decode_event(payload)]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if not all(not event.at_ms or EARLIEST_MS <= event.at_ms <= now_ms + MAX_FUTURE_MS for event in events):
        return None
    if not _is_plain(payload):
        # Metrics repeat from event to event, so each name is checked once.
        found = set().union(*(event.metrics for event in events), *map(_other_names, events))
        if any(names.hides(name) for name in (*found, *(event.plugin_id for event in events))):
            return None
    return events


def _decode_all(payload: bytes, checked_names: set[str] | None) -> Sequence[Event] | None:
    """Return the events; None if a name among them cannot be seen."""
    is_list, is_plain = payload[:1] == b"[", _is_plain(payload)
    if checked_names:
        lenient: list[_Lenient] = _decode_lenients(payload) if is_list else [_decode_lenient(payload)]
        if all(checked_names.issuperset(event.metrics) for event in lenient):
            # Also of a new plugin: decoded in the other way, each of its series would hold a string of its own.
            new = set() if is_plain else set().union(*map(_other_names, lenient)) - checked_names
            if not is_plain and any(names.hides(name) for name in (*new, *(event.plugin_id for event in lenient))):
                return None
            if len(checked_names) < MAX_NAMES:
                checked_names |= new
            return lenient
    events: list[Event] = _decode_events(payload) if is_list else [_decode_event(payload)]
    for one in events:
        found = one.metrics.keys() if is_plain else one.metrics.keys() | _other_names(one)
        if not is_plain and any(names.hides(name) for name in (*found, one.plugin_id)):
            return None
        if checked_names is not None and len(checked_names) < MAX_NAMES:
            checked_names.update(found)
    return events


def _is_plain(payload: bytes) -> bool:
    """Tell whether nothing in an entry can be hidden: it is ASCII, without DEL and without escapes."""
    return payload.isascii() and b"\\" not in payload and b"\x7f" not in payload


def _other_names(event: Event) -> set[str]:
    """Return the names in an event that repeat from event to event, but those of its metrics."""
    found = {*event.states, *event.labels, *(report.type for report in event.errors)}
    if event.parent_id:
        found.add(event.parent_id)
    return found


def _at_a_wrong_time(event: Event, entry_ms: int) -> BadEvent:
    because = event_time.problem(event.at_ms, entry_ms) or reasons.NONE
    why = reasons.of("event.of_plugin", plugin_id=event.plugin_id, because=because)
    return BadEvent(why, msgspec.json.encode(event), [salvage.Dropped("at_ms", because)])


def _too_many(events: int) -> Reason:
    return reasons.of("event.entry_events", events=events, limit=MAX_EVENTS_PER_ENTRY)


def _salvage(payload: bytes, entry_ms: int, error: Exception) -> tuple[list[Event], list[BadEvent]]:
    """Judge an entry that msgspec refuses, event by event and value by value."""
    try:
        document = loose_json.read(payload)
    except (ValueError, RecursionError):
        # The parser's own words.
        return [], [BadEvent(reasons.of("event.unreadable", error=str(error)), payload)]
    documents: list[Any] = document if isinstance(document, list) else [document]
    if len(documents) > MAX_EVENTS_PER_ENTRY:
        return [], [BadEvent(_too_many(len(documents)), payload)]
    good: list[Event] = []
    bad: list[BadEvent] = []
    for one in documents:
        event, dropped = salvage.judge(one, entry_ms)
        if event is not None:
            event.at_ms = event.at_ms or entry_ms
            good.append(event)
        if dropped:
            body = payload if documents is not document else json.dumps(one)[:PAYLOAD_KEPT].encode()
            bad.append(BadEvent(why_dropped(event, dropped), body, dropped, is_kept=event is not None))
    return good, bad


def why_dropped(event: Event | None, dropped: Sequence[salvage.Dropped]) -> Reason:
    """Return one reason for a dead letter: which values of which plugin were dropped, or why the event was."""
    if event is None:
        return dropped[0].why
    parts = [reasons.of("event.field", field=field, because=why) for field, why in dropped[:REASONS_SHOWN]]
    if len(dropped) > REASONS_SHOWN:
        parts.append(reasons.of("event.more", more=len(dropped) - REASONS_SHOWN))
    return reasons.of("event.partly", plugin_id=event.plugin_id, parts=parts)
