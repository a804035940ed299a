"""Events by HTTP, for plugins that cannot reach Redis."""

from typing import Any

import msgspec
from flask import Response, g, request
from flask_openapi3 import APIBlueprint, Tag
from msgspec import structs

from api import responses
from api.auth import caller, requires
from api.documents import NUMBER, PROBLEMS, a_list, an_object, json_answer
from api.services import services
from shared import keys, streams
from shared.clock import SystemClock
from shared.models import Event, encode
from shared.partitions import partition_of

routes = APIBlueprint(
    "events", __name__, url_prefix="/api/enhanced-alerts", abp_tags=[Tag(name="events")], abp_responses=PROBLEMS
)
MAX_EVENTS = 1_000
_EVENT = {"type": "object", "properties": {"plugin_id": {"type": "string"}}, "required": ["plugin_id"]}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"anyOf": [_EVENT, {"type": "array", "items": _EVENT}]}}},
    }
}
TAKEN = an_object(
    accepted=NUMBER, rejected=a_list(an_object(index=NUMBER, reason={"type": "string"}, plugin_id={"type": "string"}))
)


@routes.post("/events", responses=json_answer(TAKEN, 202, "Taken, at least in part"), openapi_extensions=_BODY)
@requires("publisher")
def publish() -> Response:
    """Publish an event, or a list of them; answers which were taken, and why the others were not."""
    document = request.get_json(silent=True)
    if not isinstance(document, dict | list) or not document:
        return responses.problem(422, "Send an event, or a list of them.", fields={"body": "must hold an event"})
    raws: list[Any] = document if isinstance(document, list) else [document]
    if len(raws) > MAX_EVENTS:
        return responses.problem(
            422, f"Send {MAX_EVENTS} events at most.", fields={"body": f"holds {len(raws)} events"}
        )
    good: list[Event] = []
    rejected: list[dict[str, Any]] = []
    now_ms = SystemClock().now_ms()
    for index, raw in enumerate(raws):
        event, reason = _judged(raw, now_ms)
        if event is None:
            plugin_id = raw.get("plugin_id") if isinstance(raw, dict) else None
            shown = plugin_id[:128] if isinstance(plugin_id, str) else ""
            rejected.append({"index": index, "reason": reason, "plugin_id": shown})
        else:
            good.append(structs.replace(event, request_id=g.request_id))
    if not good:
        fields = {str(one["index"]): one["reason"] for one in rejected[:20]}
        return responses.problem(422, "None of the events can be taken.", fields=fields)
    known = services()
    with known.redis.pipeline(transaction=False) as pipe:
        for event in good:
            place = keys.events(partition_of(event.plugin_id, known.settings.partitions))
            limit = known.settings.stream_max_entries
            pipe.xadd(place, {keys.EVENT_FIELD: encode(event)}, maxlen=limit, approximate=True)
        pipe.execute()
    return responses.json({"accepted": len(good), "rejected": rejected}, 202)


def _judged(raw: Any, now_ms: int) -> tuple[Event | None, str]:
    try:
        good, bad = streams.decode(msgspec.json.encode(raw), now_ms)
    except (msgspec.MsgspecError, UnicodeEncodeError) as error:
        return None, str(error)
    if not good or isinstance(raw, list):
        return None, bad[0].reason if bad else "is not an event"
    if not caller().may_publish_for(good[0].plugin_id):
        return None, f"{caller().name} may not publish for the plugin {good[0].plugin_id}"
    return good[0], ""
