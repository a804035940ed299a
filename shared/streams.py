"""Reading events from stream entries and judging them. The only place that knows the entry's format."""

from collections.abc import Sequence

import msgspec

from shared import keys
from shared.models import Command, Event

MAX_ENTRY_BYTES = 1_048_576
"""A bigger entry is refused unread: it would hold up its partition. Publishers split at a quarter of it."""
MAX_EVENTS_PER_ENTRY = 1_000
MAX_FUTURE_MS = 300_000
"""Samples more than five minutes ahead of their entry are bad: an alert must not wait for a future to pass."""
MAX_NAMES = 100_000
"""Of metrics, remembered as good: about 10 MB. Events with others are decoded all the same, more slowly."""


class _Lenient(Event):
    """
    An event whose metrics' names are not checked while decoding: a third of the time goes there, and into making each
    name anew, which unchecked ones are not. Nearly all were seen and checked before; the rest is decoded again.
    """

    metrics: dict[str, float] = msgspec.field(default_factory=dict)


_decode_event = msgspec.json.Decoder(Event).decode
_decode_events = msgspec.json.Decoder(list[Event]).decode
_decode_lenient = msgspec.json.Decoder(_Lenient).decode
_decode_lenients = msgspec.json.Decoder(list[_Lenient]).decode
_decode_raws = msgspec.json.Decoder(list[msgspec.Raw]).decode
decode_command = msgspec.json.Decoder(Command).decode
_EVENT_FIELD = keys.EVENT_FIELD
_good_names: set[str] = set()


class BadEvent(Exception):
    """One event of an entry that cannot be evaluated; `payload` is its JSON as far as it could be cut out."""

    def __init__(self, reason: str, payload: bytes) -> None:
        super().__init__(reason)
        self.reason = reason
        self.payload = payload


def decode_one(fields: list[bytes], entry_ms: int) -> Event | None:
    """
    Decode the usual entry, one good event, at the least cost; None for any other, which `decode` judges.

    Args:
        fields: Of the entry, with their values in turn.
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
    elif at_ms > entry_ms + MAX_FUTURE_MS:
        return None
    return event if _good_names.issuperset(event.metrics) else None


def decode(payload: bytes, entry_ms: int) -> tuple[Sequence[Event], list[BadEvent]]:
    """
    Decode one entry's `e` field: an event, or a list of them.

    Args:
        entry_ms: The millisecond part of the entry's id; the time of events that carry none.

    Returns:
        The good events in order, each with its `at_ms` set, and the bad ones. A bad event in a list does not take its
        neighbours with it.
    """
    if len(payload) > MAX_ENTRY_BYTES:
        return [], [BadEvent(f"entry of {len(payload)} bytes is over the limit of {MAX_ENTRY_BYTES}", payload)]
    if payload[:1] in b" \t\r\n":
        payload = payload.lstrip()
    try:
        events = _decode_all(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return _decode_each(payload, entry_ms, error)
    if len(events) > MAX_EVENTS_PER_ENTRY:
        return [], [BadEvent(f"{len(events)} events in one entry; the limit is {MAX_EVENTS_PER_ENTRY}", payload)]
    latest = entry_ms + MAX_FUTURE_MS
    bad: list[BadEvent] = []
    for event in events:
        if not event.at_ms:
            event.at_ms = entry_ms
        elif event.at_ms > latest:
            bad.append(_from_the_future(event, entry_ms))
    if bad:
        events = [e for e in events if e.at_ms <= latest]
    return events, bad


def _decode_all(payload: bytes) -> Sequence[Event]:
    is_list = payload[:1] == b"["
    lenient: list[_Lenient] = _decode_lenients(payload) if is_list else [_decode_lenient(payload)]
    if all(_good_names.issuperset(event.metrics) for event in lenient):
        return lenient
    events = _decode_events(payload) if is_list else [_decode_event(payload)]
    for event in events:
        if len(_good_names) < MAX_NAMES:
            _good_names.update(event.metrics)
    return events


def _from_the_future(event: Event, entry_ms: int) -> BadEvent:
    ahead_s = (event.at_ms - entry_ms) // 1000
    return BadEvent(
        f"at_ms is {ahead_s} s in the future; check the clock of plugin {event.plugin_id}", msgspec.json.encode(event)
    )


def _decode_each(payload: bytes, entry_ms: int, error: Exception) -> tuple[list[Event], list[BadEvent]]:
    if payload[:1] != b"[":
        return [], [BadEvent(str(error), payload)]
    try:
        raws = _decode_raws(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return [], [BadEvent(str(error), payload)]
    if len(raws) > MAX_EVENTS_PER_ENTRY:
        return [], [BadEvent(f"{len(raws)} events in one entry; the limit is {MAX_EVENTS_PER_ENTRY}", payload)]
    good: list[Event] = []
    bad: list[BadEvent] = []
    for raw in raws:
        body = bytes(raw).lstrip()
        # A list within the list would be decoded as another entry.
        one = ([], [BadEvent("an event must be an object", body)]) if body[:1] == b"[" else decode(body, entry_ms)
        good += one[0]
        bad += one[1]
    return good, bad
