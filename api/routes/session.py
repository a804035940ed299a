"""Signing in and out, for browsers and for programs, and tickets for the relay."""

import hashlib
from typing import Any

from flask import Response, g, make_response, redirect, request
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field

from api.auth import one_time, refresh_tokens, sessions, sign_ins, users
from api.auth.guard import (
    author,
    caller,
    caller_proof,
    cookie_name,
    is_same_origin,
    open_to_all,
    requires,
    session_cookie,
)
from api.auth.identity import ROLES, Identity, User
from api.describe.shapes import FLAG, NUMBER, PROBLEMS, TEXT, a_list, a_page, an_object, json_answer
from api.limits import rate_limit
from api.read import pages
from api.relay.standing import standing_of
from api.web import responses
from api.web.parameters import PageQuery, Query
from api.web.services import services
from shared.errors import Conflict
from shared.model import principals, reasons
from shared.store.audit import Author

routes = APIBlueprint("session", __name__, abp_tags=[Tag(name="session")], abp_responses=PROBLEMS)
BASE = "/api/enhanced-alerts"
TOKENS = an_object(access_token=TEXT, refresh_token=TEXT, expires_in=NUMBER, token_type=TEXT)
ME = an_object(
    name=TEXT,
    role={"type": "string", "enum": list(ROLES)},
    kind={"type": "string", "enum": ["user", "key", "link", "token"]},
)
TICKET = an_object(ticket=TEXT, expires_in_s=NUMBER, socket_url=TEXT, socket_port=NUMBER)
SESSION = an_object(
    id=TEXT,
    kind={"type": "string", "enum": ["browser", "program"]},
    opened_at_ms=NUMBER,
    ends_at_ms=NUMBER,
    current=FLAG,
)
ACCOUNT_EVERY_MS, ACCOUNT_BURST = 30_000, 5
"""Five tries at an account, then one in half a minute: 3,000 a day against a password of 12 characters."""
ADDRESS_EVERY_MS, ADDRESS_BURST = 3_000, 30


class CodeQuery(Query):
    code: str = Field("", max_length=200)


class Password(BaseModel):
    """A user's name and password."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(min_length=1, max_length=64)
    password: str = Field(min_length=1, max_length=256)


class RefreshToken(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    refresh_token: str = Field(min_length=1, max_length=200)


class NewPassword(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    old: str = Field(min_length=1, max_length=256)
    new: str = Field(min_length=1, max_length=256)


@routes.get(
    "/sign-in",
    responses={
        "303": {"description": "Signed in; on to the board"},
        "401": {"description": "The code is wrong, used or too old", "content": {"text/html": {}}},
    },
)
@open_to_all
def sign_in_by_code(query: CodeQuery) -> Response:
    """Sign in with the one-time code of a sign-in link."""
    known = services()
    if request.method == "HEAD":
        # Mail scanners and chats look at links before people do.
        is_good = one_time.is_sign_in_code(known.redis, query.code)
        return make_response(redirect("/", code=303)) if is_good else known.sign_in_page("link")
    found = one_time.redeem_sign_in_code(known.redis, query.code)
    if found is None:
        known.traces.note("sign_in.link_refused", address=request.remote_addr)
        if sessions.identify_session(known.redis, session_cookie()):
            # They followed the same link before, in this browser.
            return make_response(redirect("/", code=303))
        return known.sign_in_page("link")
    known.log.info("sign_in.link_used", name=found.name, role=found.role, address=request.remote_addr)
    response = make_response(redirect("/", code=303))
    by = Author(found.name, g.request_id, request.remote_addr or "", found.principal)
    _set_cookie(response, sessions.open_session(known.redis, found, is_user=False, author=by))
    return response


@routes.post(f"{BASE}/sign-in", responses=json_answer(ME))
@open_to_all
def sign_in(body: Password) -> Response:
    """Sign this browser in."""
    if not is_same_origin():
        services().traces.note("sign_in.refused", reason="from another site", address=request.remote_addr)
        return responses.problem(403, reasons.of("http.another_site"))
    user = _checked(body)
    if not isinstance(user, User):
        return user
    response = responses.json({"name": user.name, "role": user.role, "kind": "user"})
    _set_cookie(response, _opened(user))
    return response


@routes.post(f"{BASE}/sign-out", responses={"204": {"description": "Signed out"}})
@requires("viewer")
def sign_out() -> Response:
    """End this browser's session."""
    sessions.close_session(services().redis, session_cookie())
    response = Response(status=204)
    response.delete_cookie(cookie_name(), httponly=True, samesite="Lax", secure=request.is_secure)
    return response


@routes.post(f"{BASE}/auth/tokens", responses=json_answer(TOKENS))
@open_to_all
def tokens(body: Password) -> Response:
    """A short access token and a refresh token for a program that acts for a user."""
    user = _checked(body)
    if not isinstance(user, User):
        return user
    return responses.json(refresh_tokens.issue(services().redis, user.name, user.role, stamp=user.stamp))


@routes.post(f"{BASE}/auth/refresh", responses=json_answer(TOKENS))
@open_to_all
def refresh(body: RefreshToken) -> Response:
    """Exchange a refresh token for new tokens. It is valid once; a second use ends all tokens of its sign-in."""
    if slower := _too_many(f"address:{request.remote_addr}", ADDRESS_EVERY_MS, ADDRESS_BURST):
        return slower
    known = services()
    by = Author(request_id=g.request_id, address=request.remote_addr or "", principal=principals.SYSTEM)
    found = refresh_tokens.exchange(known.redis, body.refresh_token, author=by)
    if isinstance(found, refresh_tokens.Refused):
        known.traces.note("refresh.refused", reason=found.reason, user=found.user, address=request.remote_addr)
        return responses.problem(401, reasons.of("http.refresh_ended"))
    return responses.json(found)


@routes.post(f"{BASE}/auth/revoke", responses={"204": {"description": "Whatever it was, it is no good now"}})
@open_to_all
def revoke(body: RefreshToken) -> Response:
    """End a refresh token and every access token of its sign-in."""
    refresh_tokens.revoke(services().redis, body.refresh_token)
    return Response(status=204)


@routes.get(f"{BASE}/me", responses=json_answer(ME))
@requires("viewer")
def me() -> Response:
    """Who is signed in."""
    return responses.json({"name": caller().name, "role": caller().role, "kind": caller().kind})


@routes.get(f"{BASE}/me/sessions", responses=json_answer(a_page(sessions=a_list(SESSION))))
@requires("viewer")
def my_sessions(query: PageQuery) -> Response:
    """The caller's sign-ins, newest first: browsers, and programs with a refresh token; by pages."""
    mine = sign_ins.sessions_of(services().redis, caller())
    current = sessions.session_id(session_cookie())
    found = pages.page(mine, sign_ins.place_in_list, query.cursor, query.limit)
    return responses.json(found.answer("sessions", lambda one: {**one, "current": one["id"] == current}))


class SessionPath(BaseModel):
    session_id: str = Field(max_length=64)


@routes.delete(f"{BASE}/me/sessions/<session_id>", responses={"204": {"description": "Ended"}})
@requires("viewer")
def end_session(path: SessionPath) -> Response:
    """Sign out one of the caller's browsers or programs."""
    sign_ins.end(services().redis, caller(), path.session_id, author=author())
    return Response(status=204)


@routes.put(f"{BASE}/me/password", responses={"204": {"description": "Changed; every session of yours has ended"}})
@requires("viewer")
def change_password(body: NewPassword) -> Response:
    """Change the caller's own password."""
    redis, name = services().redis, caller().name
    if caller().kind != "user":
        # It has no password; its tries must not count against a user of the same name.
        raise Conflict(reasons.of("conflict.old_password"))
    if slower := _too_many(f"account:{_hashed(name)}", ACCOUNT_EVERY_MS, ACCOUNT_BURST):
        return slower
    user = users.check_password(redis, name, body.old)
    if user is None:
        raise Conflict(reasons.of("conflict.old_password"))
    users.change(redis, name, was=user, password=body.new, author=author())
    return Response(status=204)


@routes.post(f"{BASE}/live/ticket", responses=json_answer(TICKET))
@requires("viewer")
def ticket() -> Response:
    """A ticket for one WebSocket to the relay, valid for 30 s; if `socket_url` is empty, use this API's host."""
    known = services()
    held, who = standing_of(caller_proof()), caller()
    rests_on = {"kind": who.kind, "id": who.id, "facts": list(held.facts), "ends_at_ms": held.ends_at_ms}
    made = one_time.issue_ticket(known.redis, who.name, who.role, **rests_on)
    return responses.json(
        {
            "ticket": made,
            "expires_in_s": one_time.TICKET_MS // 1000,
            "socket_url": known.settings.relay_public_url,
            "socket_port": known.settings.relay_port,
        }
    )


def _checked(body: Password) -> User | Any:
    """Return the user, or a refusal that is the same for an unknown name and a wrong password."""
    known = services()
    for what, every_ms, burst in (
        (f"address:{request.remote_addr}", ADDRESS_EVERY_MS, ADDRESS_BURST),
        (f"account:{_hashed(body.name)}", ACCOUNT_EVERY_MS, ACCOUNT_BURST),
    ):
        if slower := _too_many(what, every_ms, burst):
            return slower
    user = users.check_password(known.redis, body.name, body.password)
    if user is None:
        known.log.warning("sign_in.refused", user=body.name, address=request.remote_addr)
        return responses.problem(401, reasons.of("http.sign_in"))
    known.log.info("sign_in.accepted", user=user.name, address=request.remote_addr)
    return user


def _too_many(what: str, every_ms: int, burst: int) -> Response | None:
    wait_ms = rate_limit.take(services().redis, f"sign-in:{what}", every_ms, burst)
    return rate_limit.too_many(wait_ms, reasons.of("limit.sign_in_tries")) if wait_ms else None


def _opened(user: User) -> str:
    known = Identity(user.name, user.role, kind="user")
    return sessions.open_session(services().redis, known, is_user=True, stamp=user.stamp)


def _set_cookie(response: Response, secret: str) -> None:
    response.set_cookie(
        cookie_name(),
        secret,
        # How long it is good without being used, the server knows.
        max_age=sign_ins.LONGEST_MS // 1000,
        httponly=True,
        # Not Strict: who follows a link from a mail or a chat is signed in. What changes anything must come from a page
        # of ours (`auth.is_same_origin`).
        samesite="Lax",
        secure=request.is_secure,
    )


def _hashed(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:24]
