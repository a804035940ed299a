"""Events of PagerDuty's Events API v2, as senders post them to `/v2/enqueue`. Pure."""

from typing import NamedTuple

from ingest.format import Refused
from ingest.incoming import fields
from ingest.incoming.fields import Document
from ingest.incoming.notice import Notice
from shared.model import reasons
from shared.model.alerts import NAME_LENGTH, TEXT_LENGTH
from shared.model.events import Event
from shared.model.reasons import Reason

ACTIONS = ("trigger", "acknowledge", "resolve")
MAX_KEY_CHARS = 255
"""Of `dedup_key`, as PagerDuty has it."""
CHANGE = "change"
"""The state of a plugin that a change event sets."""


class WrongFields(Refused):
    """
    An event that cannot be taken.

    Attributes:
        reasons: One for each field that is wrong, as PagerDuty lists them.
    """

    def __init__(self, found: list[Reason]) -> None:
        super().__init__(400, found[0] if len(found) == 1 else reasons.of("ingest.parts", parts=found))
        self.reasons = found


class PagerDutyEvent(NamedTuple):
    """An event; `notice` is there if an alert fires."""

    action: str
    """One of `ACTIONS`."""
    dedup_key: str
    notice: Notice | None = None


def routing_key(document: Document) -> str:
    """Return what an event gives as its key; "" if it gives none."""
    return fields.text(document, "routing_key", TEXT_LENGTH)


def read(document: Document, sender: str, new_key: str) -> PagerDutyEvent:
    """
    Return what an event states.

    Args:
        sender: Name of the API key; it names alerts that have no `class`.
        new_key: The `dedup_key` of a new alert that comes without one.

    Raises:
        WrongFields: with every field that is wrong.
    """
    payload = fields.nested(document, "payload")
    action = document.get("event_action")
    wrong: list[Reason] = []
    if action not in ACTIONS:
        wrong.append(reasons.of("ingest.field_one_of", field="event_action", wanted=list(ACTIONS)))
    key = document.get("dedup_key") or ""
    if not isinstance(key, str) or len(key) > MAX_KEY_CHARS:
        wrong.append(reasons.of("ingest.field_text", field="dedup_key", limit=MAX_KEY_CHARS))
    elif not key and action in ("acknowledge", "resolve"):
        wrong.append(fields.missing("dedup_key"))
    if action == "trigger":
        wrong += [
            fields.missing(f"payload.{name}")
            for name in ("summary", "source")
            if not fields.text(payload, name, TEXT_LENGTH)
        ]
    if wrong:
        raise WrongFields(wrong)
    if action != "trigger":
        return PagerDutyEvent(str(action), key)
    return PagerDutyEvent("trigger", key or new_key, _notice(document, payload, sender, key or new_key))


def read_change(document: Document) -> Event:
    """
    Return what a change event says: a state of the plugin that is changed.

    Raises:
        WrongFields: it has no summary.
    """
    payload = fields.nested(document, "payload")
    summary = fields.text(payload, "summary", TEXT_LENGTH)
    if not summary:
        raise WrongFields([fields.missing("payload.summary")])
    plugin_id = fields.identifier(fields.text(payload, "source", TEXT_LENGTH), NAME_LENGTH) or CHANGE
    return Event(plugin_id, states={CHANGE: summary})


def _notice(document: Document, payload: Document, sender: str, key: str) -> Notice:
    labels = {name: fields.text(payload, name, TEXT_LENGTH) for name in ("source", "component", "group", "class")}
    words = {
        "summary": fields.text(payload, "summary"),
        "description": fields.text(fields.nested(payload, "custom_details"), "description"),
        "client": fields.text(document, "client", TEXT_LENGTH),
        "link": _link(document),
        # The alert begins when it comes: a sender whose clock is slow would otherwise seem to repeat an old one.
        "timestamp": fields.text(payload, "timestamp", TEXT_LENGTH),
    }
    return Notice(
        labels["class"] or sender,
        labels,
        ("source", "component"),
        severity=fields.text(payload, "severity", TEXT_LENGTH).lower(),
        annotations=words | {n: t for n, t in fields.details(payload.get("custom_details")).items() if n not in words},
        dedup=key,
        url=fields.text(document, "client_url"),
    )


def _link(document: Document) -> str:
    links = document.get("links")
    first = links[0] if isinstance(links, list) and links else None
    return fields.text(first, "href") if isinstance(first, dict) else ""
