"""Alerts: the board, the history, one alert's story, and what operators do to them."""

from typing import Annotated, Any

import msgspec
from flask import Response, request
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api import operations, queries, responses
from api.auth import author, caller, requires
from api.documents import ALERT, ALERT_PAGE, ALERT_STORY, PROBLEMS, json_answer
from api.services import services
from shared import keys, records
from shared.clock import SystemClock
from shared.errors import Invalid
from shared.models import AlertState, Severity

routes = APIBlueprint(
    "alerts", __name__, url_prefix="/api/enhanced-alerts/alerts", abp_tags=[Tag(name="alerts")], abp_responses=PROBLEMS
)

Milliseconds = Annotated[int, Field(ge=0, le=253_402_300_799_999)]


class ActiveQuery(BaseModel):
    """Filters may be repeated; all of them must hold."""

    model_config = ConfigDict(extra="forbid")

    severity: list[Severity] = Field(default_factory=list)
    plugin_id: str | None = None
    rule_id: str | None = None
    state: list[AlertState] = Field(default_factory=list)
    since: Milliseconds | None = Field(None, description="Began at or after this instant, epoch ms.")
    until: Milliseconds | None = Field(None, description="Began at or before this instant, epoch ms.")
    cursor: str | None = Field(None, max_length=200, description="`next_cursor` of the page before.")
    limit: int = Field(50, ge=1, le=500)

    def wanted(self) -> queries.Wanted:
        return queries.Wanted(
            tuple(self.severity), self.plugin_id, self.rule_id, tuple(self.state), self.since, self.until
        )


class HistoryQuery(ActiveQuery):
    """As for the board, and how far back."""

    hours: float = Field(24, gt=0, le=87_600)


class AlertPath(BaseModel):
    alert_id: str = Field(max_length=64)


class Comment(BaseModel):
    """The body may be missing."""

    model_config = ConfigDict(extra="forbid", strict=True)

    comment: str = Field("", max_length=2_000)


_COMMENT_BODY = {
    "requestBody": {"required": False, "content": {"application/json": {"schema": Comment.model_json_schema()}}}
}


@routes.get("/active", responses=json_answer(ALERT_PAGE))
@requires("viewer")
def active(query: ActiveQuery) -> Response:
    """The board: alerts that are pending, firing or acknowledged, worst first."""
    return responses.raw_json(queries.active_page(services().redis, query.wanted(), query.cursor, query.limit))


@routes.get("/history", responses=json_answer(ALERT_PAGE))
@requires("viewer")
def history(query: HistoryQuery) -> Response:
    """Everything recorded in the last hours, newest first."""
    since_ms = int(SystemClock().now_ms() - query.hours * 3_600_000)
    page = queries.history_page(services().redis, query.wanted(), query.cursor, query.limit, since_ms)
    return responses.raw_json(page)


@routes.get("/banner", responses=json_answer(ALERT_PAGE))
@requires("viewer")
def banner() -> Response:
    """What the `dashboard` channel holds up until somebody acknowledges it."""
    found = services().redis.hvals(keys.banner())
    return responses.raw_json(b'{"alerts":[%s],"next_cursor":null,"total":%d}' % (b",".join(found), len(found)))


@routes.get("/<alert_id>", responses=json_answer(ALERT_STORY))
@requires("viewer")
def one(path: AlertPath) -> Response:
    """One alert with its timeline, and what each channel was told."""
    redis = services().redis
    alert = records.get(redis, path.alert_id)
    told = {name.decode(): msgspec.Raw(body) for name, body in redis.hgetall(keys.ledger(alert.id)).items()}
    document: dict[str, Any] = {"alert": alert, "timeline": records.timeline(redis, alert.id), "channels": told}
    return responses.json(document)


@routes.post("/<alert_id>/acknowledge", responses=json_answer(ALERT), openapi_extensions=_COMMENT_BODY)
@requires("operator")
def acknowledge(path: AlertPath) -> Response:
    """Say that somebody has seen it; reminders stop. Again is no error; a resolved alert is (409)."""
    known = services()
    by = caller().name
    return responses.json(
        operations.acknowledge(known.redis, known.settings, path.alert_id, by, _comment(), author=author())
    )


@routes.post("/<alert_id>/resolve", responses=json_answer(ALERT), openapi_extensions=_COMMENT_BODY)
@requires("operator")
def resolve(path: AlertPath) -> Response:
    """Close it. A resolved alert is an error (409)."""
    known = services()
    return responses.json(
        operations.resolve(known.redis, known.settings, path.alert_id, caller().name, _comment(), author=author())
    )


class Words(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    comment: str = Field(min_length=1, max_length=2_000)


class Assignee(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    assignee: str = Field(max_length=128, description="Empty: nobody.")


@routes.post("/<alert_id>/comments", responses=json_answer(ALERT))
@requires("operator")
def comment(path: AlertPath, body: Words) -> Response:
    """Write something into its story."""
    known = services()
    return responses.json(
        operations.comment(known.redis, known.settings, path.alert_id, caller().name, body.comment, author=author())
    )


@routes.put("/<alert_id>/assignee", responses=json_answer(ALERT))
@requires("operator")
def assign(path: AlertPath, body: Assignee) -> Response:
    """Say whose it is. A resolved alert is an error (409)."""
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
        raise Invalid({str(e["loc"][0]) if e["loc"] else "body": e["msg"] for e in error.errors()}) from None
