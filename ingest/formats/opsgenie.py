"""Alerts of Opsgenie's Alert API, as senders post them to `/v2/alerts`. Pure."""

from ingest.format import Refused
from ingest.incoming import fields
from ingest.incoming.fields import Document
from ingest.incoming.notice import Notice, is_web_address
from shared.model import reasons
from shared.model.alerts import MESSAGE_LENGTH, TEXT_LENGTH
from shared.model.external import ALERT_NAME

MAX_ALIAS_CHARS = 512
PRIORITIES = ("P1", "P2", "P3", "P4", "P5")
MAX_TAGS = 20


class BadField(Refused):
    """
    An alert that cannot be taken.

    Attributes:
        field: Which field is wrong, as Opsgenie names it in `errors`.
    """

    def __init__(self, reason: reasons.Reason, field: str) -> None:
        super().__init__(422, reason)
        self.field = field


def alias_of(document: Document) -> str:
    """
    Return the name by which its sender knows an alert; "" if it gives none.

    Raises:
        BadField: it is too long, or no text.
    """
    alias = document.get("alias") or ""
    if not isinstance(alias, str) or len(alias) > MAX_ALIAS_CHARS:
        raise BadField(reasons.of("ingest.field_text", field="alias", limit=MAX_ALIAS_CHARS), "alias")
    return alias


def read(document: Document, sender: str, alias: str) -> Notice:
    """
    Return what a body of `POST /v2/alerts` states.

    Args:
        sender: Name of the API key; it names alerts whose details have no `alertname`.
        alias: By which the alert is known.

    Raises:
        BadField: a field is missing or wrong.
    """
    message = fields.text(document, "message")
    if not message:
        raise BadField(fields.missing("message"), "message")
    priority = document.get("priority") or "P3"
    if priority not in PRIORITIES:
        raise BadField(reasons.of("ingest.field_one_of", field="priority", wanted=list(PRIORITIES)), "priority")
    details = fields.details(document.get("details"))
    tags = document.get("tags")
    named = {
        "entity": fields.text(document, "entity", TEXT_LENGTH),
        "source": fields.text(document, "source", TEXT_LENGTH),
        "tags": ",".join(fields.shown(tag, TEXT_LENGTH) for tag in tags[:MAX_TAGS]) if isinstance(tags, list) else "",
    }
    words = {
        "summary": message,
        "description": fields.text(document, "description"),
        "note": note_of(document),
        "user": fields.text(document, "user", TEXT_LENGTH),
        "runbook_url": details.get("runbook_url", ""),
    }
    source = named["source"]
    if is_web_address(source):
        # Alertmanager's own page. Its address would name one plugin for all that it sends.
        named["source"] = ""
    return Notice(
        details.get(ALERT_NAME) or sender,
        {name: value[:TEXT_LENGTH] for name, value in details.items()} | named,
        ("entity",) if named["entity"] else ("source",),
        severity=details.get("severity", "") or priority.lower(),
        annotations=words,
        dedup=alias,
        url=source,
    )


def note_of(document: Document) -> str:
    """Return the remark that comes with a request."""
    return fields.text(document, "note", MESSAGE_LENGTH)
