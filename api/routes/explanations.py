"""Why an alert fired or did not, and why people were notified or not. The analysis process computes it."""

import json
from typing import Any

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field

from api.auth.guard import requires
from api.describe.shapes import ANYTHING, FLAG, NUMBER, PROBLEMS, TEXT, a_list, an_object, json_answer, or_null
from api.web import analysis, responses
from api.web.parameters import Query
from insight import questions
from insight.questions import ExplainAlert, ExplainPlace, Question
from shared.clock import SystemClock
from shared.errors import Invalid
from shared.model import reasons
from shared.model.reasons import Language, Reason

routes = APIBlueprint(
    "explanations",
    __name__,
    url_prefix="/api/enhanced-alerts",
    abp_tags=[Tag(name="explanations")],
    abp_responses=PROBLEMS,
)
_REASON = {"reason": TEXT, "reason_code": TEXT, "reason_values": ANYTHING}
FINDING = an_object(passes=or_null(FLAG), at_ms=or_null(NUMBER), **_REASON)
EXPLANATION = an_object(
    rule_id=TEXT,
    rule_name=TEXT,
    plugin_id=TEXT,
    plugin_name=TEXT,
    alert_id=TEXT,
    at_ms=NUMBER,
    conclusion=FINDING,
    steps=a_list(
        an_object(step=TEXT, channel=TEXT, recorded=or_null(FINDING), recomputed=or_null(FINDING), differs=FLAG)
    ),
    differences=NUMBER,
    notes=a_list(an_object(**_REASON)),
)


class AlertPath(BaseModel):
    alert_id: str = Field(max_length=128)


class AlertQuery(Query):
    model_config = ConfigDict(extra="forbid")

    channel: str = Field("", max_length=64, description="Only this channel; all of the alert's if left out.")


class PlaceQuery(Query):
    model_config = ConfigDict(extra="forbid")

    rule_id: str = Field(min_length=1, max_length=128)
    plugin_id: str = Field(min_length=1, max_length=128)
    at_ms: int = Field(ge=0, le=253_402_300_799_999, description="An instant that has passed, epoch ms.")


@routes.get("/alerts/<alert_id>/explanation", responses=json_answer(EXPLANATION))
@requires("viewer")
def of_alert(path: AlertPath, query: AlertQuery) -> Response:
    """
    Why an alert fired the last time, and who was notified of it or why nobody was: the steps from the event to the
    receipt. Of each step, `recorded` is what the system did, and `recomputed` what the same decision gives over what
    the archive keeps; `differs` says that they contradict each other. `passes` is false where a step ended the way to a
    notification. Some seconds old at most.
    """
    return _answer(ExplainAlert(path.alert_id, query.channel, _fresh_ms()))


@routes.get("/explanation", responses=json_answer(EXPLANATION))
@requires("viewer")
def of_place(query: PlaceQuery) -> Response:
    """
    What a rule made of a plugin at an instant, and why it fired or did not; as for an alert. The rule is the one of
    that time.
    """
    now_ms = SystemClock().now_ms()
    if query.at_ms > now_ms:
        raise Invalid({"at_ms": reasons.of("explain.at_future")}, "The question")
    return _answer(ExplainPlace(query.rule_id, query.plugin_id, query.at_ms, _fresh_ms()))


def _fresh_ms() -> int:
    return questions.fresh_ms(SystemClock().now_ms())


def _answer(question: Question) -> Response:
    found = analysis.ask(question)
    refused = analysis.refusal(found)
    if refused is not None:
        return refused
    return responses.raw_json(in_language(bytes(found.body), responses.language()))


def in_language(body: bytes, language: Language) -> bytes:
    """Return an explanation with its reasons in words of a language."""
    return body if language == "en" else json.dumps(_in_language(json.loads(body), language)).encode()


def _in_language(value: Any, language: Language) -> Any:
    """Put every reason of an answer into words."""
    if isinstance(value, list):
        return [_in_language(one, language) for one in value]
    if not isinstance(value, dict):
        return value
    if "reason_code" in value:
        why = Reason(value["reason_code"], value["reason_values"])
        return {**value, "reason": reasons.text(why, language) if why.code else value["reason"]}
    return {name: _in_language(one, language) for name, one in value.items()}
