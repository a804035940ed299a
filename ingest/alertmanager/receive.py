"""`POST /api/v2/alerts`: what senders state goes to the streams, and is answered when these have taken it. Shell."""

from werkzeug.wrappers import Response

from ingest import posting
from ingest.alertmanager.calls import RETRY_S, Call, Refusal
from ingest.format import inflated
from ingest.formats import alertmanager
from shared.clock import SystemClock
from shared.model import reasons
from shared.setting_values import listed


def post_alerts(call: Call) -> Response:
    """Take the alerts of a body; the good ones also if others are refused."""
    request, version = call.request, call.sources.version
    if (request.mimetype or "") != "application/json":
        wanted = {"given": (request.content_type or "")[:100], "wanted": ["application/json"]}
        raise Refusal(415, reasons.of("ingest.content_type", **wanted))
    if version is None:
        raise Refusal(503, reasons.of("ingest.no_mapping"), {"Retry-After": str(RETRY_S)})
    body = inflated(request.get_data(cache=False), request.headers.get("Content-Encoding", ""))
    relabeling = version.mapping.of(call.caller.name, "alertmanager")
    heartbeats = listed(call.settings.external_heartbeats)
    posted = alertmanager.decode(body, relabeling, call.caller.name, heartbeats, SystemClock().now_ms())
    posting.take(call, posted, len(body))
    if posted.refused:
        raise Refusal(400, reasons.of("ingest.parts", parts=posted.refusals))
    return Response(status=200)
