"""`POST /api/v2/alerts`: what senders state goes to the streams, and is answered when these have taken it. Shell."""

from werkzeug.wrappers import Response

from ingest import posting
from ingest.alertmanager.calls import MISSING, RETRY_S, UNREADABLE, Call, Refusal, body_of, nothing
from ingest.format import Refused, inflated
from ingest.formats import alertmanager
from shared.clock import SystemClock
from shared.model import reasons
from shared.setting_values import listed


def post_alerts(call: Call) -> Response:
    """Take the alerts of a body; the good ones also if others are refused."""
    version = call.sources.version
    body = body_of(call)
    if version is None:
        raise Refusal(503, reasons.of("ingest.no_mapping"), {"Retry-After": str(RETRY_S)})
    body = inflated(body, call.request.headers.get("Content-Encoding", ""))
    relabeling = version.mapping.of(call.caller.name, "alertmanager")
    heartbeats = listed(call.settings.external_heartbeats)
    try:
        posted = alertmanager.decode(body, relabeling, call.caller.name, heartbeats, SystemClock().now_ms())
    except Refused as error:
        raise Refusal(error.status, error.reason, code=UNREADABLE if error.status == 400 else 0) from None
    posting.take(call, posted, len(body))
    if posted.refused:
        parts = reasons.of("ingest.parts", parts=posted.refusals)
        if posted.has_unreadable:
            raise Refusal(400, parts, code=UNREADABLE)
        raise Refusal(422, parts, code=MISSING) if posted.has_unlabelled else Refusal(400, parts)
    return nothing(200)
