"""Answers: JSON, and RFC 9457 problem documents that name every bad field."""

import secrets
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from flask import Flask, Response, current_app, request
from pydantic import ValidationError
from redis.exceptions import OutOfMemoryError, ReadOnlyError, RedisError
from werkzeug.exceptions import HTTPException

from shared import errors
from shared.model import reasons, rules
from shared.model.reasons import Reason

PROBLEM = "application/problem+json"
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


def problem(
    status: int,
    detail: str | Reason,
    *,
    fields: Mapping[str, str | Reason] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """
    Answer with a problem document (RFC 9457).

    Args:
        detail: One sentence that says what to do; as a reason, its code and values are sent beside its text.
        fields: Field path → what is wrong with it.
    """
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": str(detail),
        "instance": request.path,
        **_coded(detail),
    }
    if fields:
        document["errors"] = [
            {"field": name, "message": str(message), **_coded(message)} for name, message in fields.items()
        ]
    return Response(_encode(document), status, dict(headers or {}), content_type=PROBLEM)


def _coded(words: str | Reason) -> dict[str, Any]:
    """Return code and values, for programs and for the page's languages; the code of a plain text is empty."""
    reason = words if isinstance(words, Reason) else reasons.NONE
    return {"code": reason.code, "values": reasons.plain(reason.values)}


def invalid(error: ValidationError) -> Response:
    """Answer to a body or query that pydantic refused."""
    fields = rules.problems(error)
    return problem(422, reasons.of("invalid.fields"), fields=fields)


def register(app: Flask) -> None:
    """Turn every error into a problem document."""
    app.register_error_handler(errors.Invalid, lambda e: problem(422, e.reason, fields={**e.problems, **e.reasons}))
    app.register_error_handler(errors.NotFound, lambda e: problem(404, _words(e)))
    app.register_error_handler(errors.Conflict, lambda e: problem(409, _words(e)))
    app.register_error_handler(errors.Busy, lambda e: problem(429, _words(e), headers={"Retry-After": "1"}))
    app.register_error_handler(errors.Stale, lambda e: problem(412, _words(e)))
    app.register_error_handler(errors.ConfigurationError, lambda e: problem(503, _words(e)))
    app.register_error_handler(errors.Unavailable, lambda e: problem(503, _words(e), headers={"Retry-After": "5"}))
    app.register_error_handler(RedisError, _redis_away)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def _words(error: errors.AlertsError) -> str | Reason:
    return error.reason if error.reason.code else str(error)


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
    return problem(code, details.get(code, error.description or ""), headers=headers)


def _unexpected(error: Exception) -> Response:
    number = secrets.token_hex(6)
    log().error("request.failed", exception=error, path=request.path, method=request.method, id=number)
    return problem(500, reasons.of("http.failed", number=number))


def log() -> Any:
    """Return the process's logger."""
    return current_app.extensions["enhanced_alerts"].log
