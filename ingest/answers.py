"""Answers of `ingest` that refuse a request, and what a request says of its sender. Shell."""

import base64

import msgspec
from werkzeug.wrappers import Request, Response

from api.web import problems
from shared.model.reasons import Language, Reason


def token_of(authorization: str) -> str:
    """Return the API key of a header: the token of Bearer, or the password of Basic."""
    scheme, _, rest = authorization.strip().partition(" ")
    rest = rest.strip()
    if scheme.lower() in ("bearer", "token"):  # "Token" is what clients of InfluxDB 2 send.
        return rest
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(rest, validate=True).decode().partition(":")[2]
    except ValueError:
        return ""


def problem(
    request: Request, status: int, detail: Reason, headers: dict[str, str] | None = None, *, path: str = ""
) -> Response:
    """
    Answer with a problem document in the language of the request. Senders write its `detail` to their log.

    Args:
        path: What the document shows as the address, if not all of it may be shown.
    """
    words = language(request)
    body = msgspec.json.encode(problems.document(status, detail, words, path or request.path))
    answer = Response(body, status, headers, content_type=problems.MEDIA_TYPE)
    answer.headers["Content-Language"] = words
    return answer


def language(request: Request) -> Language:
    return problems.language(request.headers.get("Accept-Language", ""))
