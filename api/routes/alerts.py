"""Alerts: the board, the history, one alert's story, and what operators do to them."""

from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Any
from urllib.parse import parse_qsl

import msgspec
from flask import Response, request
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.auth.guard import author, caller, read_ahead, reads_ahead, requires
from api.change import operations
from api.describe.shapes import (
    ALERT,
    ALERT_PAGE,
    ALERT_STORY,
    ANYTHING,
    HISTORY_PAGE,
    PROBLEMS,
    TEXT,
    a_list,
    an_object,
    json_answer,
)
from api.read import alert_history, queries
from api.web import responses
from api.web.parameters import KEPT, Query, validated_once
from api.web.services import services
from shared.clock import SystemClock
from shared.errors import Conflict, Invalid, NotFound
from shared.model import reasons, rules
from shared.model.alert_filter import Wanted
from shared.model.alerts import Alert, AlertState, Severity, ledger_entry
from shared.redis import keys
from shared.redis.scripts import Reading
from shared.store import alert_store

routes = APIBlueprint(
    "alerts", __name__, url_prefix="/api/enhanced-alerts/alerts", abp_tags=[Tag(name="alerts")], abp_responses=PROBLEMS
)

SEVERAL = an_object(
    alerts=a_list(ALERT),
    refused=a_list(an_object(alert_id=TEXT, reason=TEXT, reason_code=TEXT, reason_values=ANYTHING)),
)
Milliseconds = Annotated[int, Field(ge=0, le=253_402_300_799_999)]


class ActiveQuery(Query):
    """Filters may be repeated; all of them must hold."""

    model_config = ConfigDict(extra="forbid")

    severity: list[Severity] = Field(default_factory=list)
    plugin_id: str | None = Field(None, max_length=128)
    rule_id: str | None = Field(None, max_length=128)
    state: list[AlertState] = Field(default_factory=list)
    since: Milliseconds | None = Field(None, description="Began at or after this instant, epoch ms.")
    until: Milliseconds | None = Field(None, description="Began at or before this instant, epoch ms.")
    cursor: str | None = Field(None, max_length=200, description="`next_cursor` of the page before.")
    limit: int = Field(50, ge=1, le=500)
    told: bool = Field(False, description="Add `told`: alert id → channel → last news sent.")

    def wanted(self) -> Wanted:
        return Wanted(tuple(self.severity), self.plugin_id, self.rule_id, tuple(self.state), self.since, self.until)


class HistoryQuery(ActiveQuery):
    """As for the board, and how far back."""

    hours: float = Field(24, gt=0, le=87_600)


class _WithId(msgspec.Struct):
    id: str


class _Page(msgspec.Struct):
    alerts: list[_WithId]


_decode_page = msgspec.json.Decoder(_Page).decode


class AlertPath(BaseModel):
    alert_id: str = Field(max_length=64)


class Comment(BaseModel):
    """The body may be missing."""

    model_config = ConfigDict(extra="forbid", strict=True)

    comment: str = Field("", max_length=2_000)


_COMMENT_BODY = {
    "requestBody": {"required": False, "content": {"application/json": {"schema": Comment.model_json_schema()}}}
}


@lru_cache(maxsize=KEPT)
def _first_page(query_string: bytes) -> Reading | None:
    asked = dict(parse_qsl(query_string.decode("latin-1")))
    limit = asked.get("limit", "50")
    if len(limit) > 3 or not limit.isdecimal() or not asked.keys() <= {"limit", "told"}:
        return None
    return queries.first_active(int(limit)) if 1 <= int(limit) <= 500 else None


@routes.get("/active", responses=json_answer(ALERT_PAGE))
@requires("viewer")
@reads_ahead(_first_page)
@validated_once
def active(query: ActiveQuery) -> Response:
    """The board: alerts that are pending, firing or acknowledged, the most severe first."""
    page = queries.active_page(services().redis, query.wanted(), query.cursor, query.limit, read_ahead())
    return _page(page, query)


@routes.get("/history", responses=json_answer(HISTORY_PAGE))
@requires("viewer")
def history(query: HistoryQuery) -> Response:
    """
    Alerts that were first recorded in the last hours, open ones too, newest first.

    What is older than HISTORY_DAYS comes from the archive; if it cannot be read, `incomplete` says why.
    """
    now_ms, known = SystemClock().now_ms(), services()
    page = alert_history.page(
        known.redis,
        known.archive,
        query.wanted(),
        query.cursor,
        query.limit,
        since_ms=int(now_ms - query.hours * 3_600_000),
        redis_since_ms=now_ms - known.settings.history_ms,
        language=responses.language(),
    )
    return _page(page, query)


def _page(page: bytes, query: ActiveQuery) -> Response:
    if not query.told:
        return responses.raw_json(page)
    ids = [alert.id for alert in _decode_page(page).alerts]
    told = msgspec.json.encode(queries.told(services().redis, ids))
    return responses.raw_json(b'%s,"told":%s}' % (page[:-1], told))


@routes.get("/banner", responses=json_answer(ALERT_PAGE))
@requires("viewer")
def banner() -> Response:
    """The banner of the `dashboard` channel, until someone acknowledges it."""
    found = [raw for raw in services().redis.hvals(keys.banner()) if alert_store.read(raw) is not None]
    return responses.raw_json(b'{"alerts":[%s],"next_cursor":null,"total":%d}' % (b",".join(found), len(found)))


@routes.get("/<alert_id>", responses=json_answer(ALERT_STORY))
@requires("viewer")
def one(path: AlertPath) -> Response:
    """One alert with its timeline and the ledger of each channel."""
    redis = services().redis
    alert = alert_store.get(redis, path.alert_id)
    stored = redis.hgetall(keys.ledger(alert.id))
    told = {name.decode("utf-8", "replace"): ledger_entry(body) for name, body in stored.items()}
    document: dict[str, Any] = {"alert": alert, "timeline": alert_store.timeline(redis, alert.id), "channels": told}
    return responses.json(document)


@routes.post("/<alert_id>/acknowledge", responses=json_answer(ALERT), openapi_extensions=_COMMENT_BODY)
@requires("operator")
def acknowledge(path: AlertPath) -> Response:
    """Acknowledge an alert; reminders stop. Repeating it is no error; 409 if it is resolved."""
    known = services()
    by = caller().name
    return responses.json(
        operations.acknowledge(known.redis, known.settings, path.alert_id, by, _comment(), author=author())
    )


@routes.post("/<alert_id>/resolve", responses=json_answer(ALERT), openapi_extensions=_COMMENT_BODY)
@requires("operator")
def resolve(path: AlertPath) -> Response:
    """Resolve an alert; 409 if it is resolved already."""
    known = services()
    return responses.json(
        operations.resolve(known.redis, known.settings, path.alert_id, caller().name, _comment(), author=author())
    )


class Several(BaseModel):
    """Which alerts, and what to say."""

    model_config = ConfigDict(extra="forbid", strict=True)

    alert_ids: list[Annotated[str, Field(min_length=1, max_length=64)]] = Field(min_length=1, max_length=500)
    comment: str = Field("", max_length=2_000)


@routes.post("/bulk/acknowledge", responses=json_answer(SEVERAL))
@requires("operator")
def acknowledge_several(body: Several) -> Response:
    """Acknowledge up to 500 alerts; each succeeds or fails on its own."""
    return _each(body, operations.acknowledge)


@routes.post("/bulk/resolve", responses=json_answer(SEVERAL))
@requires("operator")
def resolve_several(body: Several) -> Response:
    """Resolve up to 500 alerts; each succeeds or fails on its own."""
    return _each(body, operations.resolve)


def _each(body: Several, operate: Callable[..., Alert]) -> Response:
    known, by = services(), caller().name
    done: list[Alert] = []
    refused: list[dict[str, Any]] = []
    language = responses.language()
    for alert_id in dict.fromkeys(body.alert_ids):
        try:
            done.append(operate(known.redis, known.settings, alert_id, by, body.comment, author=author()))
        except (NotFound, Conflict) as error:
            refused.append({"alert_id": alert_id, **reasons.fields(error.reason, language=language)})
    return responses.json({"alerts": done, "refused": refused})


class Words(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    comment: str = Field(min_length=1, max_length=2_000)


class Assignee(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    assignee: str = Field(max_length=128, description="A person's name; empty: nobody.")


@routes.post("/<alert_id>/comments", responses=json_answer(ALERT))
@requires("operator")
def comment(path: AlertPath, body: Words) -> Response:
    """Add a comment to an alert's timeline."""
    known = services()
    return responses.json(
        operations.comment(known.redis, known.settings, path.alert_id, caller().name, body.comment, author=author())
    )


@routes.put("/<alert_id>/assignee", responses=json_answer(ALERT))
@requires("operator")
def assign(path: AlertPath, body: Assignee) -> Response:
    """Assign an alert; 409 if it is resolved."""
    known = services()
    return responses.json(
        operations.assign(known.redis, known.settings, path.alert_id, caller().name, body.assignee, author=author())
    )


def _comment() -> str:
    if not request.get_data():
        return ""
    try:
        return Comment.model_validate(request.get_json()).comment
    except ValidationError as error:
        raise Invalid(rules.problems(error)) from None
