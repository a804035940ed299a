"""The report of a month: what alerting cost people beside the month before, and metrics that need attention."""

from typing import Annotated

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field

from api.auth.guard import author, requires
from api.describe.shapes import (
    ANYTHING,
    NUMBER,
    PROBLEMS,
    TEXT,
    a_list,
    a_map,
    a_version,
    an_object,
    json_answer,
    or_null,
)
from api.routes.trends import CAPACITY, CHANGES, FIGURES, GROWTH, Zoned
from api.web import analysis, responses
from api.web.services import services
from insight import questions
from insight.questions import MONTH, MonthlyReport
from shared.clock import SystemClock
from shared.errors import Invalid
from shared.model import reasons
from shared.store import report_store
from shared.store.report_store import Schedule, Version

routes = APIBlueprint(
    "reports", __name__, url_prefix="/api/enhanced-alerts", abp_tags=[Tag(name="reports")], abp_responses=PROBLEMS
)
_AMOUNT = {"type": "number"}
_COMPARED = an_object(name=TEXT, title=TEXT, now=or_null(FIGURES), before=or_null(FIGURES))
REPORT = an_object(
    month=TEXT,
    before=TEXT,
    timezone=TEXT,
    from_ms=NUMBER,
    to_ms=NUMBER,
    is_over={"type": "boolean"},
    computed_at_ms=NUMBER,
    first_at_ms=or_null(NUMBER),
    all=_COMPARED,
    teams=a_list(_COMPARED),
    rules=a_list(_COMPARED),
    plugins=a_list(_COMPARED),
    left_out=a_map(NUMBER),
    noisiest=a_list(
        an_object(name=TEXT, title=TEXT, notifications=NUMBER, alerts=NUMBER, unattended=NUMBER, flapping=NUMBER)
    ),
    metrics=a_list(
        an_object(
            plugin_id=TEXT,
            metric=TEXT,
            level=_AMOUNT,
            changes=CHANGES,
            growth=or_null(GROWTH),
            limit=or_null(_AMOUNT),
            rule_id=TEXT,
            direction={"type": "string", "enum": ["rising", "falling", ""]},
            capacity=or_null(CAPACITY),
        )
    ),
    metrics_seen=NUMBER,
    metrics_unseen=NUMBER,
    missing=an_object(
        entries=a_list(an_object(from_ms=NUMBER, to_ms=NUMBER, entries=NUMBER)), more=NUMBER, days=a_list(TEXT)
    ),
)


class MonthQuery(Zoned):
    month: Annotated[str, Field(pattern=MONTH)] | None = Field(
        None, description="`YYYY-MM`. Default: the last month that is over."
    )


@routes.get("/reports/monthly", responses=json_answer(REPORT))
@requires("viewer")
def monthly(query: MonthQuery) -> Response:
    """
    The report of a month: figures of alerting in all and of each team, rule and plugin beside those of the month
    before; the rules whose notifications nobody answered; metrics that changed, grew, or come near the threshold of a
    rule, as of the end of the month; and what the archive does not know of the month. Five minutes old at most.
    """
    month = query.month or questions.last_month(SystemClock().now_ms(), query.timezone)
    return analysis.answer(MonthlyReport(query.timezone, month))


SCHEDULE = a_version(
    schedule=or_null(ANYTHING),
    mails=a_list(
        an_object(
            month=TEXT,
            status={"type": "string", "enum": ["due", "sending", "sent", "dead"]},
            attempts=NUMBER,
            at_ms=NUMBER,
            possible_duplicates=NUMBER,
            reason=TEXT,
            reason_code=TEXT,
            reason_values=ANYTHING,
        )
    ),
)


@routes.get("/reports/schedule", responses=json_answer(SCHEDULE))
@requires("viewer")
def schedule_in_force() -> Response:
    """When the report of the month before is mailed, and what became of the mail of each month, newest first."""
    return _schedule(report_store.current(services().redis))


@routes.put("/reports/schedule", responses=json_answer(SCHEDULE))
@requires("admin")
def replace_schedule(body: Schedule) -> Response:
    """
    Have the report of the month before mailed through the server of an e-mail channel, to its recipients or to others,
    each month once. With the `version` as If-Match, the request fails with 412 if another caller has changed the
    schedule meanwhile.
    """
    redis = services().redis
    return _schedule(report_store.save(redis, body, author=author(), expected=responses.if_match_number()))


@routes.delete("/reports/schedule", responses=json_answer(SCHEDULE))
@requires("admin")
def delete_schedule() -> Response:
    """Mail no reports any more."""
    redis = services().redis
    return _schedule(report_store.save(redis, None, author=author(), expected=responses.if_match_number()))


class SendNow(BaseModel):
    """The report that is to be mailed now."""

    model_config = ConfigDict(extra="forbid", strict=True)

    month: Annotated[str, Field(pattern=MONTH)] | None = Field(
        None, description="`YYYY-MM`. Default: the last month that is over, in the time zone of the schedule."
    )


@routes.post("/reports/schedule/send", responses=json_answer(SCHEDULE))
@requires("admin")
def send_now(body: SendNow) -> Response:
    """
    Have the report of a month mailed now, as the schedule says to whom, also if it was mailed before. It takes a few
    seconds; `mails` tells what became of it.
    """
    redis, now_ms = services().redis, SystemClock().now_ms()
    version = report_store.current(redis)
    zone = version.schedule.timezone if version.schedule else "UTC"
    last = questions.last_month(now_ms, zone)
    month = body.month or last
    if month > last:
        raise Invalid({"month": reasons.of("report.month_not_over", month=month)}, "The request")
    report_store.ask(redis, month, now_ms, author=author())
    return _schedule(version)


def _schedule(version: Version) -> Response:
    shown = report_store.shown(services().redis, version)
    return responses.json(shown, headers={"ETag": f'"{version.version}"'})
