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
from shared.model import rules

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
    detail: str,
    *,
    fields: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """
    Answer with a problem document (RFC 9457).

    Args:
        detail: One sentence that says what to do.
        fields: Field path → what is wrong with it.
    """
    document: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": request.path,
    }
    if fields:
        document["errors"] = [{"field": name, "message": message} for name, message in fields.items()]
    return Response(_encode(document), status, dict(headers or {}), content_type=PROBLEM)


def invalid(error: ValidationError) -> Response:
    """Answer to a body or query that pydantic refused."""
    fields = rules.problems(error)
    return problem(422, f"{len(fields)} field{'s' if len(fields) != 1 else ''} cannot be accepted.", fields=fields)


def register(app: Flask) -> None:
    """Turn every error into a problem document."""
    app.register_error_handler(
        errors.Invalid, lambda e: problem(422, "Some fields cannot be accepted.", fields=e.problems)
    )
    app.register_error_handler(errors.NotFound, lambda e: problem(404, str(e)))
    app.register_error_handler(errors.Conflict, lambda e: problem(409, str(e)))
    app.register_error_handler(errors.Busy, lambda e: problem(429, str(e), headers={"Retry-After": "1"}))
    app.register_error_handler(errors.Stale, lambda e: problem(412, str(e)))
    app.register_error_handler(errors.ConfigurationError, lambda e: problem(503, str(e)))
    app.register_error_handler(errors.Unavailable, lambda e: problem(503, str(e), headers={"Retry-After": "5"}))
    app.register_error_handler(RedisError, _redis_away)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def _redis_away(error: RedisError) -> Response:
    log().error("redis.failed", reason=str(error))
    said = "Redis cannot be reached or cannot serve now; try again shortly."
    if isinstance(error, OutOfMemoryError):
        said = "Redis is full, and nothing can be written; give it more memory (maxmemory)."
    elif isinstance(error, ReadOnlyError):
        said = "Redis is a read-only replica, and nothing can be written; a failover may be under way."
    return problem(503, said, headers={"Retry-After": "5"})


def _http(error: HTTPException) -> Response:
    if error.response is not None:
        return error.response  # type: ignore[return-value]
    methods = ", ".join(sorted(getattr(error, "valid_methods", None) or []))
    details = {
        404: "There is nothing at this address; /openapi/ lists what there is.",
        405: f"{request.method} is not possible here; {methods} is.",
        413: "The body is larger than 1 MB.",
        415: "Send the body as JSON, with Content-Type: application/json.",
    }
    code = error.code or 500
    headers = {"Allow": methods} if code == 405 else None
    return problem(code, details.get(code, error.description or ""), headers=headers)


def _unexpected(error: Exception) -> Response:
    number = secrets.token_hex(6)
    log().error("request.failed", exception=error, path=request.path, method=request.method, id=number)
    return problem(500, f"Something went wrong here, and is logged as {number}.")


def log() -> Any:
    """Return the process's logger."""
    return current_app.extensions["enhanced_alerts"].log
