"""
What a foreign message states of one alert, before it is a statement of ours. Pure.

Some senders name an alert by a key of their own (`dedup_key`, `alias`) and state its end with that key alone. The key
then is the alert's identity, within the name of the API key; its end is written to every partition, because the
message does not say which plugin it is about, and the evaluator that watches the alert takes it.
"""

from collections.abc import Mapping

from msgspec import Struct

from ingest.entities import Entity, bounded_labels, entity, is_dropped, shortened
from shared.model import external, names
from shared.model.alerts import MESSAGE_LENGTH, NAME_LENGTH, TEXT_LENGTH
from shared.model.events import LATEST_MS
from shared.model.external import ALERT_NAME, MAX_ANNOTATIONS, SEVERITY_LABEL, URL_LENGTH, Statement
from shared.model.relabeling import Relabeling

UNTIL_TOLD_MS = LATEST_MS
"""The provisional end of an alert whose sender states its end, and repeats nothing."""
MAX_ANNOTATION_CHARS = 32_768
"""Of all annotations of one alert together."""


class Notice(Struct):
    """An alert that fires."""

    name: str
    labels: Mapping[str, str]
    """Those that it has beside its name and severity."""
    about: tuple[str, ...]
    """Labels that name its plugin, the first of which names the parent; a mapping's `id_labels` come before them."""
    severity: str = ""
    """A word that `external.SEVERITIES` or the setting explains."""
    annotations: Mapping[str, str] = {}
    dedup: str = ""
    """The sender's key of the alert; "": its labels are its identity."""
    starts_at_ms: int = 0
    url: str = ""


def firing(notice: Notice, door: str, sender: str, relabeling: Relabeling, until_ms: int = UNTIL_TOLD_MS) -> Statement:
    """
    Return the statement that an alert fires.

    Args:
        door: By which it came.
        sender: Name of the API key.
        until_ms: When it ends if its sender says nothing more.
    """
    name = shortened(names.escaped(notice.name) or door, NAME_LENGTH)
    given = {label: value for label, value in notice.labels.items() if label and value}
    labels = {ALERT_NAME: name} | {label: value for label, value in given.items() if not is_dropped(label, relabeling)}
    if notice.severity:
        labels[SEVERITY_LABEL] = notice.severity
    place = _place(notice, labels, relabeling)
    plugin_id = place.plugin_id if place is not None else name
    return Statement(
        fingerprint_of(door, sender, notice.dedup) if notice.dedup else external.fingerprint(labels),
        name,
        plugin_id,
        plugin_name=(place.plugin_name if place is not None else "") or plugin_id,
        parent_id=place.parent_id if place is not None else "",
        labels=bounded_labels(labels),
        annotations=_annotations(notice.annotations),
        starts_at_ms=min(max(0, notice.starts_at_ms), LATEST_MS),
        ends_at_ms=until_ms,
        generator_url=notice.url if is_web_address(notice.url) else "",
        sender=sender[:TEXT_LENGTH],
    )


def ended(door: str, sender: str, dedup: str, at_ms: int) -> Statement:
    """
    Return the statement that an alert has ended, for every partition.

    Args:
        at_ms: By the clock of the streams, so that it lies after the beginning and not in the future.
    """
    name = shortened(names.escaped(sender) or door, NAME_LENGTH)
    return Statement(fingerprint_of(door, sender, dedup), name, name, ends_at_ms=at_ms, sender=sender[:TEXT_LENGTH])


def fingerprint_of(door: str, sender: str, dedup: str) -> str:
    """Return the identity of an alert that its sender names by a key of its own."""
    return external.fingerprint({"door": door, "sender": sender, "dedup_key": dedup})


def is_web_address(text: str) -> bool:
    """Tell whether a page may link to it."""
    return text.startswith(("http://", "https://")) and len(text) <= URL_LENGTH


def _place(notice: Notice, labels: Mapping[str, str], relabeling: Relabeling) -> Entity | None:
    """Return the plugin; None if no label names one."""
    has_own = any(labels.get(label) for label in relabeling.id_labels)
    id_labels = relabeling.id_labels if has_own else notice.about
    own = {label: labels[label] for label in id_labels if labels.get(label)}
    first = next(iter(own), None)
    if first is None:
        return None
    return entity(own, relabeling.id_labels if has_own else (first,))


def _annotations(given: Mapping[str, str]) -> dict[str, str]:
    kept: dict[str, str] = {}
    room = MAX_ANNOTATION_CHARS
    # In the order given: what matters most comes first.
    for name, value in given.items():
        if name and value and room > 0 and len(kept) < MAX_ANNOTATIONS:
            text = value[: min(MESSAGE_LENGTH, room)]
            room -= len(text)
            kept[shortened(names.escaped(name), NAME_LENGTH)] = text
    return kept
