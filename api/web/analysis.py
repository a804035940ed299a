"""The answer of the analysis process, as a view returns it."""

from flask import Response

from api.auth.guard import caller
from api.web import responses
from api.web.services import services
from insight import questions
from insight.questions import Question
from shared.errors import Conflict
from shared.model import reasons
from shared.store.analyses import Answer


def answer(question: Question) -> Response:
    """
    Return the answer of the analysis process.

    Raises:
        AlertsError: there is no archive, or no answer came.
    """
    found = ask(question)
    return refusal(found) or responses.raw_json(bytes(found.body))


def ask(question: Question) -> Answer:
    """
    Ask the analysis process.

    Raises:
        AlertsError: there is no archive, or no answer came.
    """
    known = services()
    if not known.settings.archive:
        raise Conflict(reasons.of("trends.archive_off"))
    return known.analyses.ask(known.redis, questions.encode(question), caller().principal)


def refusal(found: Answer) -> Response | None:
    """Return why there is no answer; None if there is one."""
    if not found.why.code:
        return None
    headers = {"Retry-After": "5"} if found.status == 503 else None
    return responses.problem(found.status, found.why, headers=headers)
