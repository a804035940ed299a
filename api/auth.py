"""The one place where a request's identity is decided, and where each endpoint's role is enforced."""

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request

from api import credentials, responses, sessions
from api.identity import Identity, Role
from shared.audit import Author

COOKIE = "enhanced_alerts_session"
OPEN = "open"
"""Role of the endpoints anybody may call."""
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

F = TypeVar("F", bound=Callable)


def requires(role: Role) -> Callable[[F], F]:
    """Mark a view: only somebody who may act as *role* is let in."""

    def mark(view: F) -> F:
        view.required_role = role  # type: ignore[attr-defined]
        return view

    return mark


def open_to_all(view: F) -> F:
    """Mark a view that needs no sign-in."""
    view.required_role = OPEN  # type: ignore[attr-defined]
    return view


def required_role(app: Flask, endpoint: str) -> str | None:
    """Return the role an endpoint is marked with; documentation pages count as `viewer`. None: it was forgotten."""
    if endpoint.partition(".")[0] in ("openapi", "swagger"):
        return "viewer"
    return getattr(app.view_functions[endpoint], "required_role", None)


def register(app: Flask) -> None:
    """Decide every request's identity before anything else happens."""
    app.before_request(_decide)


def caller() -> Identity:
    """Return who sent this request."""
    return g.identity


def _decide() -> Response | None:
    if request.endpoint is None:
        # Not ours: even "there is nothing here" is told only to those signed in.
        role: str | None = "viewer" if not request.routing_exception or _code() == 404 else OPEN
    else:
        role = required_role(current_app, request.endpoint)
    if role == OPEN:
        return None
    known, by_cookie = _identify()
    if known is None:
        return _not_signed_in()
    if by_cookie and request.method not in _SAFE_METHODS and not is_same_origin():
        return responses.problem(403, "This request came from another site; it was not carried out.")
    # A view that says nothing of its role is for nobody; a test finds it before a user does.
    if role is None or not known.may(role):  # type: ignore[arg-type]
        return responses.problem(403, f"This needs the role {role or 'nobody has'}; {known.name} is {known.role}.")
    g.identity = known
    return None


def _code() -> int | None:
    return getattr(request.routing_exception, "code", None)


def _identify() -> tuple[Identity | None, bool]:
    redis = current_app.extensions["enhanced_alerts"].redis
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return credentials.identify(redis, token.strip()), False
    cookie = request.cookies.get(COOKIE)
    return (sessions.identify_session(redis, cookie) if cookie else None), True


def author() -> Author:
    """Return who sent this request, for the audit."""
    return Author(caller().name, g.request_id, request.remote_addr or "")


def is_same_origin() -> bool:
    """Tell whether a browser sends this from one of our own pages."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    # An old browser that sends neither is protected by the cookie's SameSite alone.
    return origin is None or urlsplit(origin).netloc == request.host


def _not_signed_in() -> Response:
    wants_page = "text/html" in request.headers.get("Accept", "") and not request.path.startswith("/api/")
    if wants_page:
        return current_app.extensions["enhanced_alerts"].sign_in_page()
    return responses.problem(
        401,
        "Sign in first: send Authorization: Bearer <token>; `enhanced-alerts token` makes one.",
        headers={"WWW-Authenticate": 'Bearer realm="enhanced-alerts"'},
    )
