"""`POST /api/v2/alerts`: what senders state goes to the streams, and is answered when these have taken it. Shell."""

from typing import TypeVar

from werkzeug.wrappers import Response

from api.limits import publishing
from ingest.alertmanager.calls import RETRY_S, Call, Refusal
from ingest.format import inflated
from ingest.formats import alertmanager
from ingest.formats.alertmanager import Posted
from shared.clock import SystemClock
from shared.model import reasons
from shared.model.events import Event
from shared.model.external import Statement
from shared.redis import event_writer
from shared.setting_values import listed

About = TypeVar("About", Statement, Event)


def post_alerts(call: Call) -> Response:
    """Take the alerts of a body; the good ones also if others are refused."""
    request, settings, version = call.request, call.settings, call.sources.version
    if (request.mimetype or "") != "application/json":
        wanted = {"given": (request.content_type or "")[:100], "wanted": ["application/json"]}
        raise Refusal(415, reasons.of("ingest.content_type", **wanted))
    if version is None:
        raise Refusal(503, reasons.of("ingest.no_mapping"), {"Retry-After": str(RETRY_S)})
    body = inflated(request.get_data(cache=False), request.headers.get("Content-Encoding", ""))
    relabeling = version.mapping.of(call.caller.name, "alertmanager")
    posted = alertmanager.decode(
        body, relabeling, call.caller.name, listed(settings.external_heartbeats), SystemClock().now_ms()
    )
    posted.statements = _own(call, posted, posted.statements)
    posted.heartbeats = _own(call, posted, posted.heartbeats)
    if posted.statements or posted.heartbeats:
        _admit(call, len(body), posted)
        bounds = {"partitions": settings.partitions, "max_entries": settings.stream_max_entries}
        if posted.heartbeats:
            event_writer.write(call.redis, posted.heartbeats, **bounds)
        event_writer.write_statements(call.redis, posted.statements, **bounds)
    if posted.refused:
        raise Refusal(400, reasons.of("ingest.parts", parts=posted.refusals))
    return Response(status=200)


def _own(call: Call, posted: Posted, found: list[About]) -> list[About]:
    """Return what is about plugins that the key may publish for, and refuse the rest."""
    own = []
    for one in found:
        if call.caller.may_publish_for(one.plugin_id):
            own.append(one)
        else:
            posted.refuse(reasons.of("event.not_your_plugin", name=call.caller.name, plugin_id=one.plugin_id))
    return own


def _admit(call: Call, size_bytes: int, posted: Posted) -> None:
    """Count the bytes against the quotas of the key; heartbeats also as plugins."""
    caller = call.caller
    size_bytes += publishing.EVENT_BYTES * len(posted.statements)
    allowed = publishing.admit(call.redis, call.settings, caller.principal, caller.name, size_bytes, posted.heartbeats)
    if allowed.wait_ms:
        seconds = max(1, -(-allowed.wait_ms // 1_000))
        later = reasons.of("limit.try_again", because=allowed.reason, wait_s=seconds)
        raise Refusal(503, later, {"Retry-After": str(seconds)})
    for plugin_id in allowed.plugins_refused:
        limits = {"limit": call.settings.publish_plugins, "total_limit": call.settings.publish_total_plugins}
        posted.refuse(reasons.of("limit.plugins_per_day", name=caller.name, plugin_id=plugin_id, **limits))
    posted.heartbeats = [event for event in posted.heartbeats if event.plugin_id not in allowed.plugins_refused]
