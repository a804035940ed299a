"""
`/webhook/reconcile`: a sender lists all that fires now, and every other alert of its key's name ends. Shell.

For senders whose ends may get lost. Sending the same list again changes nothing.
"""

from typing import Any

import msgspec
from werkzeug.wrappers import Response

from ingest.alertmanager.calls import Call
from ingest.format import Refused
from ingest.formats import alertmanager
from ingest.incoming import fields, notice, statements
from ingest.incoming.fields import Document
from shared.model import reasons
from shared.redis import connection
from shared.store import alert_store

MAX_LISTED = 10_000


def reconcile(call: Call, body: bytes) -> Response:
    """End the alerts of this sender that the body does not list; those that began after `at_ms` stay."""
    now_ms = connection.server_ms(call.redis)
    document = fields.document_of(body)
    at_ms = document.get("at_ms", now_ms)
    if not isinstance(at_ms, int) or isinstance(at_ms, bool) or at_ms < 0:
        raise Refused(400, reasons.of("ingest.no_time", given=fields.shown(at_ms, 40)))
    listed = _listed(call, document, now_ms)
    over = [
        alert
        for alert in alert_store.active(call.redis)
        if alert.external is not None
        and alert.external.sender == call.caller.name
        and alert.external.fingerprint not in listed
        and alert.started_at_ms <= min(at_ms, now_ms)
        and call.caller.may_publish_for(alert.plugin_id)
    ]
    if over:
        statements.end_known(call, over, len(body))
    return Response(msgspec.json.encode({"ended": len(over)}), content_type="application/json")


def _listed(call: Call, document: Document, now_ms: int) -> set[str]:
    """
    Return the identities of the alerts that fire.

    Raises:
        Refused: an alert cannot be read. Nothing ends then: it might be the one that was meant.
    """
    alerts = document.get("firing")
    if not isinstance(alerts, list):
        raise Refused(400, fields.missing("firing"))
    if len(alerts) > MAX_LISTED:
        raise Refused(413, reasons.of("ingest.body_alerts", limit=MAX_LISTED))
    by_key = [one for one in alerts if isinstance(one, dict) and "labels" not in one]
    by_labels = [one for one in alerts if not isinstance(one, dict) or "labels" in one]
    assert call.sources.version is not None
    relabeling = call.sources.version.mapping.of(call.caller.name, "webhook")
    posted = alertmanager.decode(msgspec.json.encode(by_labels), relabeling, call.caller.name, (), now_ms)
    if posted.refused:
        raise Refused(400, reasons.of("ingest.parts", parts=posted.refusals))
    return {seen.fingerprint for seen in posted.statements} | {_by_key(call, one) for one in by_key}


def _by_key(call: Call, one: dict[str, Any]) -> str:
    """Return the identity of an alert that is listed by its sender's own key."""
    door, dedup = fields.text(one, "door", 64), fields.text(one, "dedup_key", 512)
    if not door or not dedup:
        raise Refused(400, fields.missing("dedup_key" if door else "door"))
    return notice.fingerprint_of(door, call.caller.name, dedup)
