"""Answers: JSON, and RFC 9457 problem documents that name every bad field."""

import secrets
from collections.abc import Mapping
from typing import Any

import msgspec
from flask import Flask, Response, current_app, request
from gunicorn.http.errors import ParseException
from pydantic import ValidationError
from redis.exceptions import OutOfMemoryError, ReadOnlyError, RedisError
from werkzeug.exceptions import HTTPException

from api.web import problems
from evaluator import condition
from shared import errors
from shared.model import reasons, rules
from shared.model.reasons import Language, Reason

_encode = msgspec.json.Encoder().encode


def json(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with *value* as JSON (msgspec structs, dicts, lists)."""
    return Response(_encode(value), status, dict(headers or {}), content_type="application/json")


def raw_json(body: bytes) -> Response:
    """Answer with JSON that is encoded already."""
    return Response(body, content_type="application/json")


def if_match() -> str | None:
    """Return the version a change is meant for, from If-Match; None if any will do."""
    given = request.headers.get("If-Match", "").strip()
    return None if given in ("", "*") else given.removeprefix("W/").strip('"')


def if_match_number() -> int | None:
    """As `if_match`, where versions are numbers; a text that cannot be a version fits none."""
    given = if_match()
    return None if given is None else int(given) if given.isascii() and given.isdigit() and len(given) < 16 else -1


def problem(
    status: int,
    detail: Reason,
    *,
    fields: Mapping[str, Reason] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """
    Answer with a problem document (RFC 9457), worded in the language of the request, and with code and values.

    Args:
        detail: One sentence that says what to do.
        fields: Field path → what is wrong with it.
    """
    words = language()
    document = problems.document(status, detail, words, request.path, fields)
    answer = Response(_encode(document), status, dict(headers or {}), content_type=problems.MEDIA_TYPE)
    answer.headers["Content-Language"] = words
    answer.vary.add("Accept-Language")
    return answer


def language() -> Language:
    """Return the language that a request asks for (Accept-Language); English if it asks for none we speak."""
    return problems.language(request.headers.get("Accept-Language", ""))


def invalid(error: ValidationError) -> Response:
    """Answer to a body or query that pydantic refused."""
    fields = rules.problems(error)
    if error.title == rules.Rule.__name__:
        # The kinds judge their own fields, once the rule is read: here it cannot be, and all must be said at once.
        given = request.get_json(silent=True)
        fields = {**condition.faults(given.get("condition")), **fields} if isinstance(given, dict) else fields
    return problem(422, reasons.of("invalid.fields"), fields=fields)


def register(app: Flask) -> None:
    """Turn every error into a problem document."""
    app.register_error_handler(errors.Invalid, lambda e: problem(422, e.reason, fields=e.reasons))
    app.register_error_handler(errors.Malformed, lambda e: problem(400, e.reason))
    app.register_error_handler(errors.NotFound, lambda e: problem(404, e.reason))
    app.register_error_handler(errors.Conflict, lambda e: problem(409, e.reason))
    app.register_error_handler(errors.Forbidden, lambda e: problem(403, e.reason))
    app.register_error_handler(errors.Busy, lambda e: problem(429, e.reason, headers={"Retry-After": "1"}))
    app.register_error_handler(errors.Stale, lambda e: problem(412, e.reason))
    app.register_error_handler(errors.ConfigurationError, lambda e: problem(503, e.reason))
    app.register_error_handler(errors.Unavailable, lambda e: problem(503, e.reason, headers={"Retry-After": "5"}))
    app.register_error_handler(RedisError, _redis_away)
    # Werkzeug finds malformed chunks only when a view reads the body.
    app.register_error_handler(ParseException, lambda _: problem(400, reasons.of("http.bad_chunks")))
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def _redis_away(error: RedisError) -> Response:
    log().error("redis.failed", reason=str(error))
    said = reasons.of("redis.unavailable")
    if isinstance(error, OutOfMemoryError):
        said = reasons.of("redis.full")
    elif isinstance(error, ReadOnlyError):
        said = reasons.of("redis.read_only")
    return problem(503, said, headers={"Retry-After": "5"})


def _http(error: HTTPException) -> Response:
    if error.response is not None:
        return error.response  # type: ignore[return-value]
    methods = ", ".join(sorted(getattr(error, "valid_methods", None) or []))
    details = {
        404: reasons.of("http.no_such_address"),
        405: reasons.of("http.method_not_allowed", method=request.method, methods=methods),
        413: reasons.of("http.body_too_large", megabytes=1),
        415: reasons.of("http.not_json"),
    }
    code = error.code or 500
    headers = {"Allow": methods} if code == 405 else None
    # Others come from Werkzeug, which describes them in English.
    return problem(code, details.get(code, reasons.of("problem.text", text=error.description or "")), headers=headers)


def _unexpected(error: Exception) -> Response:
    number = secrets.token_hex(6)
    log().error("request.failed", exception=error, path=request.path, method=request.method, id=number)
    return problem(500, reasons.of("http.failed", number=number))


def log() -> Any:
    """Return the process's logger."""
    return current_app.extensions["enhanced_alerts"].log
