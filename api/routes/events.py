"""Events by HTTP, for plugins that cannot reach Redis."""

from collections.abc import Sequence
from typing import Any

from flask import Response, g, request
from flask_openapi3 import APIBlueprint, Tag

from api.auth.guard import caller, requires
from api.describe.shapes import ANYTHING, NUMBER, PROBLEMS, TEXT, a_list, an_object, json_answer
from api.limits import body_check, publishing, rate_limit
from api.web import responses
from api.web.services import services
from shared.errors import Malformed
from shared.model import loose_json, reasons, salvage
from shared.model.events import Event
from shared.model.reasons import Reason
from shared.redis import connection, event_writer, streams

routes = APIBlueprint(
    "events", __name__, url_prefix="/api/enhanced-alerts", abp_tags=[Tag(name="events")], abp_responses=PROBLEMS
)
MAX_EVENTS = 1_000
MAX_REFUSALS = 20
"""Refused events that a problem document names."""
MAX_LISTED = 1_000
"""Dropped values that an answer lists; the answer always has their number."""
_EVENT = {"type": "object", "properties": {"plugin_id": {"type": "string"}}, "required": ["plugin_id"]}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"anyOf": [_EVENT, {"type": "array", "items": _EVENT}]}}},
    }
}
_REFUSED = a_list(
    an_object(index=NUMBER, field=TEXT, reason=TEXT, reason_code=TEXT, reason_values=ANYTHING, plugin_id=TEXT)
)
TAKEN = an_object(accepted=NUMBER, rejected=_REFUSED, dropped=_REFUSED, dropped_values=NUMBER)


@routes.post("/events", responses=json_answer(TAKEN, 202, "Taken, at least in part"), openapi_extensions=_BODY)
@requires("publisher")
def publish() -> Response:
    """Publish an event, or a list of them; the answer lists what was accepted, rejected or dropped, with reasons."""
    body = request.get_data()
    known, who = services(), caller()
    now_ms = connection.server_ms(known.redis)
    usual = streams.decode_body(body, now_ms)
    documents: Sequence[Any] = usual if usual is not None else _documents(body)
    if not documents:
        return responses.problem(422, reasons.of("event.none_sent"), fields={"body": reasons.of("event.body_empty")})
    if len(documents) > MAX_EVENTS:
        return responses.problem(
            422,
            reasons.of("event.too_many_sent", limit=MAX_EVENTS),
            fields={"body": reasons.of("event.body_events", events=len(documents))},
        )
    batch = _Batch(documents)
    batch.judge(now_ms)
    if batch.events:
        names = {name for event in batch.events.values() for name in publishing.names_in(event)}
        if len(names) > publishing.MAX_NAMES:
            many = reasons.of("event.body_names", names=len(names), limit=publishing.MAX_NAMES)
            return responses.problem(422, reasons.of("event.too_many_names"), fields={"body": many})
        allowed = publishing.admit(
            known.redis, known.settings, who.principal, who.name, len(body), list(batch.events.values())
        )
        if allowed.wait_ms:
            return rate_limit.too_many(allowed.wait_ms, allowed.reason)
        batch.keep_to(allowed, who.name)
        if not batch.events:
            return responses.problem(
                429, reasons.of("event.no_more_plugins"), fields=batch.fields(), headers={"Retry-After": "3600"}
            )
    if not batch.events:
        return responses.problem(422, reasons.of("event.none_taken"), fields=batch.fields())
    for event in batch.events.values():
        event.request_id = g.request_id
    event_writer.write(
        known.redis,
        batch.events.values(),
        partitions=known.settings.partitions,
        max_entries=known.settings.stream_max_entries,
    )
    answer = {
        "accepted": len(batch.events),
        "rejected": sorted(batch.rejected, key=lambda one: one["index"]),
        "dropped": batch.dropped[:MAX_LISTED],
        "dropped_values": len(batch.dropped),
    }
    return responses.json(answer, 202)


class _Batch:
    """A request's events: those that can be taken by their index, and what was refused."""

    def __init__(self, documents: Sequence[Any]) -> None:
        """
        Args:
            documents: As they came, or the events that they are where nothing has to be judged.
        """
        self._documents = documents
        self.events: dict[int, Event] = {}
        self.rejected: list[dict[str, Any]] = []
        self._refusals: dict[str, Reason] = {}
        """Index and field → why, of the first events refused."""
        self.dropped: list[dict[str, Any]] = []

    def judge(self, now_ms: int) -> None:
        """Sort the events; one without a time leaves it to its stream, whose clock is the common one."""
        who = caller()
        not_by_events = reasons.of("ingest.other_door", name=who.name, door="events", doors=list(who.doors))
        for index, document in enumerate(self._documents):
            event, dropped = (document, []) if isinstance(document, Event) else salvage.judge(document, now_ms)
            if event is None:
                self._reject(index, dropped[0].field, dropped[0].why)
            elif not who.may_publish_by("events"):
                self._reject(index, "plugin_id", not_by_events)
            elif not who.may_publish_for(event.plugin_id):
                reason = reasons.of("event.not_your_plugin", name=who.name, plugin_id=event.plugin_id)
                self._reject(index, "plugin_id", reason)
            else:
                self.events[index] = event
                self._drop(index, event, dropped)

    def keep_to(self, allowed: publishing.Admitted, name: str) -> None:
        """Take out what the caller's quotas do not allow."""
        settings = services().settings
        for index, event in list(self.events.items()):
            if event.plugin_id in allowed.plugins_refused:
                del self.events[index]
                reason = reasons.of(
                    "limit.plugins_per_day",
                    name=name,
                    limit=settings.publish_plugins,
                    total_limit=settings.publish_total_plugins,
                    plugin_id=event.plugin_id,
                )
                self._reject(index, "plugin_id", reason)
        for index, event in self.events.items():
            refused = publishing.leave_out(event, allowed.names_refused)
            reason = reasons.of(
                "limit.names_per_day",
                name=name,
                limit=settings.publish_names,
                total_limit=settings.publish_total_names,
            )
            self._drop(index, event, [salvage.Dropped(field, reason) for field in refused])

    def fields(self) -> dict[str, Reason]:
        """Return what is wrong, by index and field, for an answer that takes nothing."""
        return self._refusals

    def _reject(self, index: int, field: str, why: Reason) -> None:
        if len(self._refusals) < MAX_REFUSALS:
            self._refusals[f"{index}.{field}".rstrip(".")] = why
        document = self._documents[index]
        if isinstance(document, Event):
            plugin_id: Any = document.plugin_id
        else:
            plugin_id = document.get("plugin_id") if isinstance(document, dict) else None
        shown = plugin_id[:128] if isinstance(plugin_id, str) else ""
        shown = shown.encode("utf-8", "replace").decode()
        self.rejected.append({"index": index, "field": field, **_worded(why), "plugin_id": shown})

    def _drop(self, index: int, event: Event, dropped: list[salvage.Dropped]) -> None:
        for field, why in dropped:
            shown = field.encode("utf-8", "replace").decode()
            self.dropped.append({"index": index, "field": shown, **_worded(why), "plugin_id": event.plugin_id})


def _worded(why: Reason) -> dict[str, Any]:
    """Return a reason's text in the language of the request, and its code and values."""
    return {**reasons.fields(why), "reason": reasons.text(why, responses.language())}


def _documents(body: bytes) -> list[Any]:
    """Return the events of a body, read as leniently as those of a stream: one bad number spoils no other event."""
    try:
        document = loose_json.read(body)
    except ValueError as error:
        raise Malformed(body_check.json_problem(error)) from None
    except RecursionError:
        raise Malformed(reasons.of("http.nested_too_deeply")) from None
    if isinstance(document, list):
        return document
    return [document] if isinstance(document, dict) and document else []
