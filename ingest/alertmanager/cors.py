"""
Which pages of other sites may ask Alertmanager's API from a browser (CORS). Pure.

Alertmanager allows every page, since it has no keys. Here a page needs a key all the same: browsers send none by
themselves, because a key is no cookie.
"""

from collections.abc import Collection, Sequence

from werkzeug.wrappers import Request, Response

EVERY_ORIGIN = "*"
_KEPT_S = 600
"""How long a browser may remember what a page is allowed."""


def preflight(request: Request, origins: Sequence[str], methods: Collection[str]) -> Response | None:
    """
    Answer a browser that asks what a page may do, before it does it; None if the request is no such question.

    Args:
        origins: The sites that are allowed.
        methods: Of the address.
    """
    asked = request.headers.get("Access-Control-Request-Method", "")
    if request.method != "OPTIONS" or not asked or not _allowed(request, origins):
        return None
    answer = Response(status=204)
    del answer.headers["Content-Type"]
    if asked in methods:
        answer.headers["Access-Control-Allow-Methods"] = asked
        answer.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
        answer.headers["Access-Control-Max-Age"] = str(_KEPT_S)
    answer.vary.update(("Access-Control-Request-Method", "Access-Control-Request-Headers"))
    return answer


def allow(request: Request, answer: Response, origins: Sequence[str]) -> Response:
    """Return an answer that pages of the allowed sites can read."""
    if origin := _allowed(request, origins):
        answer.headers["Access-Control-Allow-Origin"] = origin
    answer.vary.add("Origin")
    return answer


def _allowed(request: Request, origins: Sequence[str]) -> str:
    """Return the header's value for the site that the page is of; "" if it is not allowed."""
    origin = request.headers.get("Origin", "")
    if origin and EVERY_ORIGIN in origins:
        return EVERY_ORIGIN
    return origin if origin in origins else ""
