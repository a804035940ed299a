"""Signing in and out in the browser, and tickets for the live feed."""

from flask import Response, make_response, redirect, request
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, Field

from api import identity, responses
from api.auth import COOKIE, caller, open_to_all, requires
from api.documents import ANYTHING, PROBLEMS, json_answer
from api.services import services

routes = APIBlueprint("session", __name__, abp_tags=[Tag(name="session")], abp_responses=PROBLEMS)


class CodeQuery(BaseModel):
    code: str = Field("", max_length=200)


@routes.get("/sign-in", responses={"303": {"description": "Signed in; on to the board"}})
@open_to_all
def sign_in(query: CodeQuery) -> Response:
    """Sign in with a one-time code, as the link of `make run` holds it."""
    known = services()
    found = identity.redeem_sign_in_code(known.redis, query.code)
    if found is None:
        return known.sign_in_page()
    response = make_response(redirect("/", code=303))
    response.set_cookie(
        COOKIE,
        identity.issue_token(known.redis, found.name, found.role),
        max_age=identity.SESSION_S,
        httponly=True,
        samesite="Strict",
        secure=request.is_secure,
    )
    return response


@routes.post("/api/enhanced-alerts/sign-out", responses={"204": {"description": "Signed out"}})
@requires("viewer")
def sign_out() -> Response:
    """Forget this browser's session."""
    response = Response(status=204)
    response.delete_cookie(COOKIE, httponly=True, samesite="Strict", secure=request.is_secure)
    return response


@routes.get("/api/enhanced-alerts/me", responses=json_answer(ANYTHING))
@requires("viewer")
def me() -> Response:
    """Who is signed in."""
    return responses.json({"name": caller().name, "role": caller().role})


@routes.post("/api/enhanced-alerts/live/ticket", responses=json_answer(ANYTHING))
@requires("viewer")
def ticket() -> Response:
    """A ticket for one WebSocket to the relay, good for 30 seconds; `socket_url` is empty if it is beside this API."""
    known = services()
    made = identity.issue_ticket(known.redis, caller().name, caller().role)
    return responses.json(
        {
            "ticket": made,
            "expires_in_s": identity.TICKET_MS // 1000,
            "socket_url": known.settings.relay_public_url,
            "socket_port": known.settings.relay_port,
        }
    )
