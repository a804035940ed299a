"""The answer of the analysis process, as a view returns it."""

from flask import Response

from api.auth.guard import caller
from api.web import responses
from api.web.services import services
from insight import questions
from insight.questions import Question
from shared.errors import Conflict
from shared.model import reasons


def answer(question: Question) -> Response:
    """
    Ask the analysis process.

    Raises:
        AlertsError: there is no archive, or no answer came.
    """
    known = services()
    if not known.settings.archive:
        raise Conflict(reasons.of("trends.archive_off"))
    found = known.analyses.ask(known.redis, questions.encode(question), caller().principal)
    if found.why.code:
        headers = {"Retry-After": "5"} if found.status == 503 else None
        return responses.problem(found.status, found.why, headers=headers)
    return responses.raw_json(bytes(found.body))
