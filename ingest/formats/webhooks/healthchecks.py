"""Webhooks of Healthchecks, with the body that docs/clients/webhooks.md gives: a check is down, or up again. Pure."""

from ingest.format import Refused
from ingest.formats.webhooks.heard import Heard, Moment
from ingest.incoming import fields
from ingest.incoming.fields import Document
from ingest.incoming.notice import Notice
from shared.model import reasons
from shared.model.alerts import TEXT_LENGTH

STATUSES = ("down", "up")


def read(document: Document, _moment: Moment) -> Heard:
    """
    Return what a webhook says of its check.

    Raises:
        Refused: the body is not the one of the document.
    """
    name = fields.text(document, "name", TEXT_LENGTH)
    dedup = fields.text(document, "code", TEXT_LENGTH) or name
    status = document.get("status")
    if not dedup:
        raise Refused(400, fields.missing("code"))
    if status not in STATUSES:
        raise Refused(400, reasons.of("ingest.field_one_of", field="status", wanted=list(STATUSES)))
    if status == "up":
        return Heard(ends=[dedup])
    notice = Notice(
        "CheckDown",
        {"check": name or dedup, "tags": fields.text(document, "tags", TEXT_LENGTH).replace(" ", ",")},
        ("check",),
        severity=fields.text(document, "severity", TEXT_LENGTH) or "error",
        annotations={"summary": f"{name or dedup}: down", "description": fields.text(document, "body")},
        dedup=dedup,
    )
    return Heard(fires=[notice])
