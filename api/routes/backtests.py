"""Backtests: what a rule would have done, over a time that the archive keeps."""

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field, field_validator

from api.auth.guard import requires
from api.change import rule_verdict
from api.describe.shapes import NUMBER, PROBLEMS, TEXT, a_list, a_map, an_object, json_answer, or_null
from api.web import backtests
from api.web.services import services
from evaluator import condition
from insight import questions
from insight.questions import MOST_BACKTEST_DAYS, Backtest
from shared.clock import SystemClock
from shared.errors import Invalid, NotFound
from shared.model import reasons, time_zones
from shared.model.rules import Rule
from shared.store import rule_store

routes = APIBlueprint(
    "backtests", __name__, url_prefix="/api/enhanced-alerts", abp_tags=[Tag(name="rules")], abp_responses=PROBLEMS
)
DAY_MS = 86_400_000
_AMOUNT = {"type": "number"}
FIRING = an_object(
    plugin_id=TEXT,
    alert_id=TEXT,
    since_ms=NUMBER,
    fired_at_ms=NUMBER,
    resolved_at_ms=or_null(NUMBER),
    worst=or_null(_AMOUNT),
)
SIDE = an_object(
    firings=NUMBER,
    firing=NUMBER,
    notifications=NUMBER,
    at_night=NUMBER,
    by_channel=a_map(NUMBER),
    suppressed=a_map(NUMBER),
    alerts=a_list(FIRING),
)
COMPARISON = an_object(
    missed=NUMBER,
    added=NUMBER,
    missed_acknowledged=NUMBER,
    missed_alerts=a_list(FIRING),
    added_alerts=a_list(FIRING),
)
RESULT = an_object(
    rule_id=TEXT,
    from_ms=NUMBER,
    until_ms=NUMBER,
    timezone=TEXT,
    computed_at_ms=NUMBER,
    events_from_ms=or_null(NUMBER),
    plugins=NUMBER,
    draft=SIDE,
    now=or_null(SIDE),
    comparison=or_null(COMPARISON),
    gaps=a_list(an_object(from_ms=NUMBER, until_ms=NUMBER)),
)
STANDING = an_object(
    id=TEXT,
    state={"type": "string", "enum": ["waiting", "running", "done"]},
    done=NUMBER,
    total=NUMBER,
    result=or_null(RESULT),
)
ANSWERS = {**json_answer(STANDING), **json_answer(STANDING, 202, "Not finished")}


class BacktestBody(BaseModel):
    """A rule as it stands in an editor, and the time over which it is tried out."""

    model_config = ConfigDict(extra="forbid")

    rule: Rule
    from_ms: int | None = Field(None, ge=0, description="Default: seven days before `until_ms`.")
    until_ms: int | None = Field(None, ge=0, description="Default: now.")
    timezone: str = Field("UTC", max_length=time_zones.MOST_CHARS, description="In which nights are, e.g. Asia/Seoul.")

    @field_validator("timezone")
    @classmethod
    def _a_timezone(cls, name: str) -> str:
        return time_zones.check(name)


class BacktestPath(BaseModel):
    backtest_id: str = Field(pattern=r"^[0-9a-f]{32}$")


@routes.post("/rule-backtests", responses=ANSWERS)
@requires("viewer")
def begin(body: BacktestBody) -> Response:
    """
    Try a rule out over the past, without storing it: when it would have fired, the notifications of each channel after
    cooldown, silences, inhibition, flapping and grouping, how many at night (22:00 to 07:00), beside the stored rule
    with the same id. 202: it is being computed; ask at its `Location` for how far it is. At most two of a caller at a
    time.
    """
    return backtests.begin(question(body.rule, body.from_ms, body.until_ms, body.timezone))


@routes.get("/rule-backtests/<backtest_id>", responses=ANSWERS)
@requires("viewer")
def follow(path: BacktestPath) -> Response:
    """How far a backtest is: `done` of `total` plugins; or its result, which is kept for five minutes."""
    return backtests.follow(path.backtest_id)


@routes.delete("/rule-backtests/<backtest_id>", responses={"204": {"description": "Taken back"}})
@requires("viewer")
def take_back(path: BacktestPath) -> Response:
    """End a backtest that nobody waits for any more."""
    backtests.take_back(path.backtest_id)
    return Response(status=204)


def question(rule: Rule, from_ms: int | None, until_ms: int | None, timezone: str) -> Backtest:
    """
    Return the question that a request asks.

    Raises:
        Invalid: naming every bad field.
    """
    now_ms = SystemClock().now_ms()
    end_ms = questions.backtest_end_ms(now_ms if until_ms is None else until_ms)
    begin_ms = end_ms - 7 * DAY_MS if from_ms is None else from_ms
    if not 0 < end_ms - begin_ms <= MOST_BACKTEST_DAYS * DAY_MS or end_ms > now_ms:
        raise Invalid({"until_ms": reasons.of("invalid.backtest_span", days=MOST_BACKTEST_DAYS)}, "The backtest")
    if condition.check(rule).spans_plugins:
        raise Invalid({"condition.kind": reasons.of("backtest.no_fleet")}, "The backtest")
    return questions.backtest(rule_verdict.check(rule), _stored(rule.id), timezone, begin_ms, end_ms)


def _stored(rule_id: str) -> Rule | None:
    if not rule_id:
        return None
    try:
        return rule_store.get(services().redis, rule_id)
    except NotFound:
        return None
