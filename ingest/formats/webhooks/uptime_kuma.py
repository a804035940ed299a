"""Webhooks of Uptime Kuma: a monitor is down, or up again. Pure."""

from ingest.formats.webhooks.heard import Heard, Moment
from ingest.incoming import fields
from ingest.incoming.fields import Document
from ingest.incoming.notice import Notice
from shared.model.alerts import TEXT_LENGTH

DOWN, UP = 0, 1
"""Others are 2 (is tried again before it counts as down) and 3 (maintenance): they change nothing."""
MAX_TAGS = 20


def read(document: Document, _moment: Moment) -> Heard:
    """Return what a webhook says of its monitor; nothing for a test and for a certificate that expires soon."""
    heartbeat, monitor = fields.nested(document, "heartbeat"), fields.nested(document, "monitor")
    name = fields.text(monitor, "name", TEXT_LENGTH)
    dedup = fields.text(monitor, "id", TEXT_LENGTH) or fields.text(heartbeat, "monitorID", TEXT_LENGTH) or name
    status = heartbeat.get("status")
    if not dedup or isinstance(status, bool):
        return Heard()
    if status == UP:
        return Heard(ends=[dedup])
    return Heard(fires=[_notice(document, heartbeat, monitor, name or dedup, dedup)] if status == DOWN else [])


def _notice(document: Document, heartbeat: Document, monitor: Document, name: str, dedup: str) -> Notice:
    url = fields.text(monitor, "url")
    labels = {"monitor": name} | {key: fields.text(monitor, key, TEXT_LENGTH) for key in ("hostname", "type")}
    tags = monitor.get("tags")
    for tag in tags[:MAX_TAGS] if isinstance(tags, list) else []:
        if isinstance(tag, dict) and (key := fields.text(tag, "name", TEXT_LENGTH)):
            labels.setdefault(key, fields.text(tag, "value", TEXT_LENGTH) or "true")
    return Notice(
        "MonitorDown",
        labels,
        ("monitor",),
        severity=labels.pop("severity", "critical"),
        annotations={"summary": fields.text(document, "msg"), "description": fields.text(heartbeat, "msg")},
        dedup=dedup,
        url=url,
    )
