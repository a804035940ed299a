"""
Alerts as Prometheus, vmalert, Grafana and amtool post them to Alertmanager's API v2. Pure.

A label set is an alert; its labels without `alertname` and `severity` name the plugin that it is about, as they do for
a series.
"""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta, Struct, field

from ingest.entities import bounded_labels, entity, is_dropped, shortened
from ingest.format import MAX_REFUSALS_KEPT, Refused
from shared.model import external, names, reasons
from shared.model.alerts import MESSAGE_LENGTH, NAME_LENGTH, TEXT_LENGTH
from shared.model.events import LATEST_MS, Event
from shared.model.external import ALERT_NAME, MAX_ANNOTATIONS, SEVERITY_LABEL, URL_LENGTH, Statement
from shared.model.reasons import Reason
from shared.model.relabeling import Relabeling

MAX_ALERTS = 10_000
"""Of one body; Prometheus sends 256."""
MAX_ANNOTATION_CHARS = 32_768
"""Of all annotations of one alert together."""
UNNAMED = "alert"
"""What an alert without the label `alertname` is called."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)

_Time = Annotated[datetime, Meta(tz=True)] | None


class _Alert(Struct, gc=False):
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    starts_at: _Time = field(name="startsAt", default=None)
    ends_at: _Time = field(name="endsAt", default=None)
    generator_url: str = field(name="generatorURL", default="")


class _WrittenAlert(Struct):
    """An alert whose instants are written otherwise than RFC 3339 says; Alertmanager takes "" and dates too."""

    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    starts_at: str | None = field(name="startsAt", default=None)
    ends_at: str | None = field(name="endsAt", default=None)
    generator_url: str = field(name="generatorURL", default="")

    def strict(self) -> _Alert:
        """
        Raises:
            ValueError: an instant is none.
        """
        starts_at, ends_at = _read_instant(self.starts_at), _read_instant(self.ends_at)
        return _Alert(self.labels, self.annotations, starts_at, ends_at, self.generator_url)


_decode_all = msgspec.json.Decoder(list[_Alert]).decode
_decode_list = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_one = msgspec.json.Decoder(_WrittenAlert).decode
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_NOTHING = b"null"
"""What a program in Go makes of a list that it has not filled."""


class Posted(Struct):
    """A body's alerts, and the account of what it held."""

    statements: list[Statement] = field(default_factory=list)
    heartbeats: list[Event] = field(default_factory=list)
    """Of alerts that only prove that their sender works: signs of life of plugins."""
    refusals: list[Reason] = field(default_factory=list)
    """Why alerts were refused; at most 20 reasons."""
    refused: int = 0
    has_unreadable: bool = False
    """Whether a part of the body has not the form of an alert."""
    has_unlabelled: bool = False
    """Whether an alert has no field of labels."""

    def refuse(self, why: Reason) -> None:
        """Count an alert that is not taken."""
        self.refused += 1
        if len(self.refusals) < MAX_REFUSALS_KEPT:
            self.refusals.append(why)


class _Place(NamedTuple):
    """What a label set stands for."""

    fingerprint: str
    name: str
    plugin_id: str
    plugin_name: str
    parent_id: str
    labels: dict[str, str]


def decode(body: bytes, relabeling: Relabeling, sender: str, heartbeats: Collection[str], now_ms: int) -> Posted:
    """
    Take the alerts of a body; a bad one costs itself alone.

    Args:
        sender: Name of the API key.
        heartbeats: Names of alerts that only prove that their sender works.
        now_ms: Tells whether a heartbeat has ended; for alerts, the streams' clock does.

    Raises:
        Refused: it is no list of alerts, or too long.
    """
    posted = Posted()
    for number, one in enumerate(_read(body)):
        if isinstance(one, Reason):
            posted.has_unreadable = True
            posted.refuse(reasons.of("ingest.alert", number=number + 1, because=one))
            continue
        if one.labels is None:
            posted.has_unlabelled = True
            missing = reasons.of("ingest.required", field="labels")
            posted.refuse(reasons.of("ingest.alert", number=number + 1, because=missing))
            continue
        labels = {label: value for label, value in one.labels.items() if value}
        starts_at_ms, ends_at_ms = _instant(one.starts_at), _instant(one.ends_at)
        if wrong := _problem(labels, one.starts_at, one.ends_at):
            posted.refuse(reasons.of("ingest.alert", number=number + 1, because=wrong))
            continue
        place = _place(tuple(labels.items()), relabeling)
        if external.is_heartbeat(labels, heartbeats):
            if not 0 < ends_at_ms <= now_ms:
                posted.heartbeats.append(_sign_of_life(place))
            continue
        posted.statements.append(
            Statement(
                place.fingerprint,
                place.name,
                place.plugin_id,
                plugin_name=place.plugin_name,
                parent_id=place.parent_id,
                labels=place.labels,
                annotations=_annotations(one.annotations or {}),
                starts_at_ms=starts_at_ms,
                ends_at_ms=ends_at_ms,
                generator_url=one.generator_url if len(one.generator_url) <= URL_LENGTH else "",
                sender=sender[:TEXT_LENGTH],
            )
        )
    return posted


def _read(body: bytes) -> "list[_Alert] | list[_Alert | Reason]":
    try:
        alerts = _decode_all(body)
    except _UNREADABLE:
        return _read_each(body)
    if len(alerts) > MAX_ALERTS:
        raise Refused(413, reasons.of("ingest.body_alerts", limit=MAX_ALERTS))
    return alerts


def _read_each(body: bytes) -> list[_Alert | Reason]:
    try:
        parts = _decode_list(body)
    except _UNREADABLE as error:
        if body.strip() == _NOTHING:
            return []
        raise Refused(400, reasons.of("ingest.no_alerts", error=str(error)[:200])) from None
    if len(parts) > MAX_ALERTS:
        raise Refused(413, reasons.of("ingest.body_alerts", limit=MAX_ALERTS))
    found: list[_Alert | Reason] = []
    for part in parts:
        try:
            found.append(_decode_one(part).strict())
        except (*_UNREADABLE, ValueError) as error:
            found.append(reasons.of("problem.text", text=str(error)[:200]))
    return found


def _read_instant(text: str | None) -> datetime | None:
    """
    Return an instant as people write it; without a zone it is UTC.

    Raises:
        ValueError: it is none.
    """
    if not text:
        return None
    given = datetime.fromisoformat(text)
    return given if given.tzinfo is not None else given.replace(tzinfo=UTC)


def _problem(labels: Mapping[str, str], starts_at: datetime | None, ends_at: datetime | None) -> Reason | None:
    if not labels:
        return reasons.of("ingest.alert_labels")
    if "" in labels:
        return reasons.of("ingest.alert_label_name")
    # As they were stated: instants that are too early or too late to be kept are kept as the first or the last one.
    has_both = _instant(starts_at) and _instant(ends_at)
    return reasons.of("ingest.alert_ends_first") if has_both and ends_at < starts_at else None  # type: ignore[operator]


@lru_cache(maxsize=20_000)
def _place(pairs: tuple[tuple[str, str], ...], relabeling: Relabeling) -> _Place:
    """Work out what a label set stands for. Senders repeat each while it fires, and the fingerprint takes 20 µs."""
    labels = {label: value for label, value in pairs if not is_dropped(label, relabeling)}
    own = {label: value for label, value in labels.items() if label not in (ALERT_NAME, SEVERITY_LABEL)}
    found = entity(own, relabeling.id_labels)
    name = shortened(names.escaped(labels.get(ALERT_NAME) or UNNAMED), NAME_LENGTH)
    # A label set without any other label is about its alert alone.
    plugin_id = found.plugin_id if own else name
    return _Place(
        external.fingerprint(labels),
        name,
        plugin_id,
        found.plugin_name or plugin_id,
        found.parent_id,
        bounded_labels(labels),
    )


def _annotations(given: Mapping[str, str]) -> dict[str, str]:
    kept: dict[str, str] = {}
    room = MAX_ANNOTATION_CHARS
    for name in sorted(given)[:MAX_ANNOTATIONS]:
        value = given[name]
        if name and value and room > 0:
            text = value[:MESSAGE_LENGTH] if room >= MESSAGE_LENGTH else value[:room]
            room -= len(text)
            kept[_annotation_name(name)] = text
    return kept


@lru_cache(maxsize=1_000)
def _annotation_name(name: str) -> str:
    """Return the name under which an annotation is kept. Every alert of a rule has the same few."""
    return shortened(names.escaped(name), NAME_LENGTH)


def ms_of(given: datetime) -> int:
    """Return an instant in epoch milliseconds."""
    return (given - _EPOCH) // _MS


def _instant(given: datetime | None) -> int:
    """Return an instant; 0 for the year 1, by which Go's programs say nothing."""
    return 0 if given is None or given.year == 1 else min(max(1, ms_of(given)), LATEST_MS)


def _sign_of_life(place: _Place) -> Event:
    """Return an event of the plugin that a heartbeat stands for; an `absence` rule notices when it stops."""
    plugin_id = place.plugin_id if place.plugin_id == place.name else f"{place.name}/{place.plugin_id}"
    return Event(shortened(plugin_id, NAME_LENGTH), plugin_name=place.plugin_name, labels=place.labels)
