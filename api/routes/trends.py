"""Long-term performance: of a metric, and of alerting by team, rule and plugin. The analysis process computes it."""

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import ConfigDict, Field, field_validator

from api.auth.guard import requires
from api.describe.shapes import ANYTHING, NUMBER, PROBLEMS, TEXT, a_list, a_map, an_object, json_answer, or_null
from api.web import analysis
from api.web.parameters import Query
from insight.questions import MOST_DAYS, MOST_MONTHS, AlertingTrend, Direction, MetricTrend
from shared.model import time_zones

routes = APIBlueprint(
    "trends", __name__, url_prefix="/api/enhanced-alerts", abp_tags=[Tag(name="trends")], abp_responses=PROBLEMS
)
_AMOUNT = {"type": "number"}
_MAYBE = or_null(_AMOUNT)
GROWTH = an_object(each_week=_AMOUNT, ratio=_MAYBE, least=_AMOUNT, most=_AMOUNT)
CHANGES = a_list(
    an_object(
        kind={"type": "string", "enum": ["level", "slope"]},
        day=TEXT,
        first_day=TEXT,
        last_day=TEXT,
        before=_AMOUNT,
        after=_AMOUNT,
    )
)
CAPACITY = an_object(days=_AMOUNT, least_days=_AMOUNT, most_days=_AMOUNT, date=TEXT, first_date=TEXT, last_date=TEXT)
METRIC = an_object(
    plugin_id=TEXT,
    metric=TEXT,
    timezone=TEXT,
    computed_at_ms=NUMBER,
    history=an_object(first_at_ms=NUMBER, until_ms=NUMBER, hours=NUMBER, days=NUMBER),
    scale={"type": "string", "enum": ["linear", "logarithmic"]},
    weeks=a_list(an_object(monday=TEXT, hours=NUMBER, average=_AMOUNT, change=_MAYBE)),
    months=a_list(
        an_object(
            month=TEXT,
            hours=NUMBER,
            average=_AMOUNT,
            p50=_AMOUNT,
            p95=_AMOUNT,
            p99=_AMOUNT,
            least=_AMOUNT,
            most=_AMOUNT,
        )
    ),
    profile=a_list(_MAYBE),
    season=or_null(an_object(is_daily={"type": "boolean"}, is_weekly={"type": "boolean"}, share=_AMOUNT)),
    growth=or_null(GROWTH),
    changes=CHANGES,
    levels=a_list({"type": "array", "items": {}, "minItems": 3, "maxItems": 3}),
    limit=_MAYBE,
    direction={"type": "string", "enum": ["rising", "falling"]},
    capacity=or_null(CAPACITY),
    reasons=a_map(an_object(reason=TEXT, reason_code=TEXT, reason_values=ANYTHING)),
)
FIGURES = an_object(
    month=TEXT,
    alerts=NUMBER,
    notifications=NUMBER,
    at_night=NUMBER,
    share_at_night=_MAYBE,
    acknowledged=NUMBER,
    resolved=NUMBER,
    flapping=NUMBER,
    mean_ms_to_acknowledge=_MAYBE,
    median_ms_to_acknowledge=_MAYBE,
    mean_ms_to_resolve=_MAYBE,
    median_ms_to_resolve=_MAYBE,
)
_OF = a_list(an_object(name=TEXT, title=TEXT, months=a_list(FIGURES)))
ALERTING = an_object(
    timezone=TEXT,
    computed_at_ms=NUMBER,
    first_at_ms=or_null(NUMBER),
    months=a_list(TEXT),
    all=a_list(FIGURES),
    teams=_OF,
    rules=_OF,
    plugins=_OF,
    left_out=a_map(NUMBER),
)


class Zoned(Query):
    """A question in which days, weeks and months begin somewhere."""

    model_config = ConfigDict(extra="forbid")

    timezone: str = Field(
        "UTC", max_length=time_zones.MOST_CHARS, description="In which days, weeks and months begin, e.g. Asia/Seoul."
    )

    @field_validator("timezone")
    @classmethod
    def _a_timezone(cls, name: str) -> str:
        return time_zones.check(name)


class MetricQuery(Zoned):
    plugin_id: str = Field(min_length=1, max_length=128)
    metric: str = Field(min_length=1, max_length=128)
    days: int = Field(400, ge=1, le=MOST_DAYS, description="How far to look back.")
    limit: float | None = Field(
        None, allow_inf_nan=False, description="What the metric must not reach; the answer says when it will."
    )
    direction: Direction = Field("rising", description="`rising`: the limit lies above; `falling`: below.")


class AlertingQuery(Zoned):
    months: int = Field(13, ge=1, le=MOST_MONTHS, description="How many, the current one among them.")


@routes.get("/trends/metric", responses=json_answer(METRIC))
@requires("viewer")
def of_metric(query: MetricQuery) -> Response:
    """
    The long-term trend of a metric: its weeks and months, its usual values by the hour of the week, growth, changes,
    season, and when it reaches a limit. Values are in the unit of the metric. What cannot be told from chance is null,
    and `reasons` says why. Five minutes old at most.
    """
    return analysis.answer(MetricTrend(**query.model_dump()))


@routes.get("/trends/alerting", responses=json_answer(ALERTING))
@requires("viewer")
def of_alerting(query: AlertingQuery) -> Response:
    """
    What alerting cost people, by month: alerts, notifications and their share at night (22:00 to 07:00), times to
    acknowledge and to resolve, flapping; of all, and of each team (the label `team`), rule and plugin. Notifications
    through `web` and `dashboard` are not counted. Five minutes old at most.
    """
    return analysis.answer(AlertingTrend(**query.model_dump()))
