"""The one place where a request's identity is decided, and where each endpoint's role is enforced."""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request

from api.auth import bearer, sessions
from api.auth.identity import Identity, Proof, Role
from api.limits import proof_cache, rate_limit
from api.limits.proof_cache import Credential
from api.web import responses
from api.web.services import services
from shared.model import reasons
from shared.model.reasons import Reason
from shared.redis.scripts import Reading
from shared.store.audit import Author

COOKIE = "enhanced_alerts_session"
SECURE_COOKIE = f"__Host-{COOKIE}"
"""Over HTTPS. A browser takes it from this very host alone (RFC 6265bis, 4.1.3.2), from no neighbour of its domain."""
OPEN = "open"
"""Role of the endpoints anybody may call."""
KEY_ID = re.compile(r"[0-9a-f]{12}")
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

F = TypeVar("F", bound=Callable)


def requires(role: Role) -> Callable[[F], F]:
    """Mark a view: only a caller who may act as *role* is allowed."""

    def mark(view: F) -> F:
        view.required_role = role  # type: ignore[attr-defined]
        return view

    return mark


def open_to_all(view: F) -> F:
    """Mark a view that needs no sign-in."""
    view.required_role = OPEN  # type: ignore[attr-defined]
    return view


def reads_ahead(guess: Callable[[bytes], Reading | None]) -> Callable[[F], F]:
    """
    Mark a view whose data is read in the same round trip that authenticates its caller.

    *guess* derives the reading from the query string. The view gets it from `read_ahead`; if the guess was wrong, the
    view reads the data itself.
    """

    def mark(view: F) -> F:
        view.guess = guess  # type: ignore[attr-defined]
        return view

    return mark


def read_ahead() -> Mapping[Reading, Any]:
    """Return what was read during authentication: nothing, or the answer of one reading."""
    return g.get("read_ahead", {})


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


def caller_proof() -> Proof:
    """Return the proof with which the caller was authenticated."""
    return g.proof


def _decide() -> Response | None:
    if request.endpoint is None:
        # No view has this address. Only authenticated callers may learn even that.
        role: str | None = "viewer" if not request.routing_exception or _code() == 404 else OPEN
    else:
        role = required_role(current_app, request.endpoint)
    if role == OPEN:
        return None
    credential = _credential()
    if credential is None:
        return _not_signed_in()
    known = _let_in_again(credential, role) or _identify(credential)
    if known is None:
        services().traces.note("credential.refused", what=_what(credential), address=request.remote_addr)
        return _not_signed_in()
    if reason := _why_not(known, credential, role):
        services().traces.note(
            "access.refused",
            principal=known.principal,
            name=known.name,
            endpoint=request.endpoint,
            method=request.method,
            reason=str(reason),
            address=request.remote_addr,
        )
        return responses.problem(403, reason)
    g.identity = known
    return None


def _what(credential: Credential) -> str:
    """Describe a credential without its secret."""
    if credential.by_cookie:
        return "session"
    kind, _, rest = credential.text.partition("_")
    key_id = rest.partition("_")[0]
    # An API key's id is no secret; whatever else begins so may be one that was cut.
    return f"API key {key_id}" if kind == "eak" and KEY_ID.fullmatch(key_id) else "token"


def _why_not(known: Identity, credential: Credential, role: str | None) -> Reason | None:
    """Return why an authenticated caller is refused here; None if the caller is allowed."""
    if credential.by_cookie and request.method not in _SAFE_METHODS and not is_same_origin():
        return reasons.of("http.another_site")
    # A view that says nothing of its role is for nobody; a test finds it before a user does.
    if role is None:
        return reasons.of("http.for_nobody")
    if not known.may(role):  # type: ignore[arg-type]
        return reasons.of("http.role_needed", role=role, name=known.name, own_role=known.role)
    return None


def _code() -> int | None:
    return getattr(request.routing_exception, "code", None)


def _credential() -> Credential | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return Credential(token.strip(), by_cookie=False)
    cookie = session_cookie()
    return Credential(cookie, by_cookie=True) if cookie else None


def cookie_name() -> str:
    """Return what the cookie of a session is called, for this request's scheme."""
    return SECURE_COOKIE if request.is_secure else COOKIE


def session_cookie() -> str:
    """Return the secret of this browser's session; "" if it sent none."""
    return request.cookies.get(cookie_name(), "")


def _let_in_again(credential: Credential, role: str | None) -> Identity | None:
    """Authenticate by a cached proof and take a permit of the rate limit; None if the proof is missing or invalid."""
    known = services()
    proof = known.proofs.recall(credential)
    # A refused caller uses up no permit, and nothing is read for it.
    if proof is None or _why_not(proof.identity, credential, role):
        return None
    guess = getattr(current_app.view_functions.get(request.endpoint or ""), "guess", None)
    reading = guess(request.query_string) if guess else None
    admitted = proof_cache.admit(known.redis, proof, rate_limit.request_pace(), reading)
    if admitted is None:
        known.proofs.forget(credential)
        return None
    g.wait_ms, answer = admitted
    if reading is not None and answer is not None:
        g.read_ahead = {reading: answer}
    g.proof = proof
    return proof.identity


def _identify(credential: Credential) -> Identity | None:
    known = services()
    prove = sessions.prove_session if credential.by_cookie else bearer.prove
    proof = prove(known.redis, credential.text)
    if proof is None:
        return None
    known.proofs.keep(credential, proof)
    g.proof = proof
    return proof.identity


def author() -> Author:
    """Return who sent this request, for the audit."""
    known = caller()
    return Author(known.name, g.request_id, request.remote_addr or "", known.principal)


def is_same_origin() -> bool:
    """Tell whether a browser sends this from one of our own pages."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    # An old browser that sends neither is protected by the cookie's SameSite alone.
    return origin is None or _netloc(origin) == request.host


def _netloc(address: str) -> str:
    try:
        return urlsplit(address).netloc
    except ValueError:
        return ""  # Anything may stand in a header.


def _not_signed_in() -> Response:
    wants_page = "text/html" in request.headers.get("Accept", "") and not request.path.startswith("/api/")
    if wants_page:
        return current_app.extensions["enhanced_alerts"].sign_in_page("ended" if session_cookie() else "")
    return responses.problem(
        401,
        reasons.of("http.sign_in_first"),
        headers={"WWW-Authenticate": 'Bearer realm="enhanced-alerts"'},
    )
