"""Backtests as views ask for them: begun, followed and taken back."""

from typing import Any

from flask import Response
from msgspec import Raw

from api.auth.guard import caller
from api.web import responses
from api.web.services import services
from insight import questions
from insight.questions import Backtest
from shared.errors import Conflict, NotFound
from shared.model import reasons
from shared.redis.analysis_keys import BACKTESTS
from shared.store import analyses
from shared.store.analyses import Answer


def begin(question: Backtest) -> Response:
    """
    Ask for a backtest; return its answer, or how far it is.

    Raises:
        AlertsError: there is no archive, or too many backtests are asked for.
    """
    known = services()
    if not known.settings.archive:
        raise Conflict(reasons.of("backtest.archive_off"))
    asked = questions.encode(question)
    found = known.backtests.begin(known.redis, asked, caller().principal)
    return _response(analyses.id_of(asked), found)


def follow(question_id: str) -> Response:
    """
    Return the answer to a backtest, or how far it is.

    Raises:
        AlertsError: it was taken back, or is too old.
    """
    known = services()
    found = analyses.answer_of(known.redis, question_id)
    if found is None:
        if not analyses.is_asked(known.redis, question_id, BACKTESTS):
            raise NotFound(reasons.of("backtest.missing"))
        known.backtests.ensure(known.redis)
    return _response(question_id, found)


def take_back(question_id: str) -> None:
    """
    End a backtest that nobody waits for any more.

    Raises:
        NotFound: there is none.
    """
    if not analyses.cancel(services().redis, question_id, BACKTESTS):
        raise NotFound(reasons.of("backtest.missing"))


def _response(question_id: str, found: Answer | None) -> Response:
    if found is not None and found.why.code:
        headers = {"Retry-After": "5"} if found.status == 503 else None
        return responses.problem(found.status, found.why, headers=headers)
    how_far = None if found is not None else analyses.progress(services().redis, question_id)
    done, total = how_far or (0, 0)
    state = "done" if found is not None else "running" if how_far else "waiting"
    answered: dict[str, Any] = {
        "id": question_id,
        "state": state,
        "done": done,
        "total": total,
        "result": None if found is None else Raw(bytes(found.body)),
    }
    location = f"/api/enhanced-alerts/rule-backtests/{question_id}"
    return responses.json(answered, 200 if found is not None else 202, {"Location": location})
