"""Users, API keys and the audit: who may do what, and who did."""

from typing import Any, Literal

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field

from api.auth import api_keys, passwords, users
from api.auth.guard import author, caller, requires
from api.auth.identity import ROLES, Role
from api.describe.shapes import FLAG, NUMBER, PROBLEMS, TEXT, a_list, a_page, an_object, json_answer, of, or_null
from api.read import pages
from api.web import responses
from api.web.parameters import PageQuery, Query
from api.web.services import services
from shared.errors import Conflict
from shared.model import reasons
from shared.store import audit

routes = APIBlueprint(
    "access", __name__, url_prefix="/api/enhanced-alerts", abp_tags=[Tag(name="access")], abp_responses=PROBLEMS
)

_ROLE = {"type": "string", "enum": list(ROLES)}
USER = an_object(name=TEXT, role=_ROLE, enabled=FLAG, created_at_ms=NUMBER, changed_at_ms=NUMBER)
KEY = an_object(
    id=TEXT,
    name=TEXT,
    role=_ROLE,
    plugins=a_list(TEXT),
    doors=a_list(TEXT),
    created_by=TEXT,
    created_by_principal=TEXT,
    created_at_ms=NUMBER,
    expires_at_ms=or_null(NUMBER),
)
NEW_KEY = an_object(**KEY["properties"], key=TEXT)
KEY["properties"]["last_used_at_ms"] = or_null(NUMBER)


class UserPath(BaseModel):
    name: str = Field(max_length=64)


class NewUser(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(min_length=1, max_length=64)
    role: Role = "viewer"
    password: str = Field(min_length=passwords.MIN_CHARS, max_length=passwords.MAX_CHARS)


class UserChange(BaseModel):
    """What is left out stays."""

    model_config = ConfigDict(extra="forbid", strict=True)

    role: Role | None = None
    password: str | None = Field(None, min_length=passwords.MIN_CHARS, max_length=passwords.MAX_CHARS)
    enabled: bool | None = None


class KeyPath(BaseModel):
    key_id: str = Field(max_length=64)


class NewKey(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(min_length=1, max_length=64, description="What it is for.")
    role: Role = "viewer"
    days: float | None = Field(90, gt=0, le=3_650, description="Days until it expires; null: never.")
    plugins: list[str] = Field(
        default_factory=list, max_length=100, description="Globs of the plugins it may publish for; empty: all."
    )
    doors: list[
        Literal[
            "events",
            "remote_write",
            "otlp",
            "collectd",
            "influx",
            "alertmanager",
            "pagerduty",
            "opsgenie",
            "webhook",
        ]
    ] = Field(default_factory=list, max_length=9, description="Ways in by which it may publish; empty: all.")


class AuditQuery(Query):
    by: str | None = Field(None, max_length=128, description="Name of the caller; several callers can share one.")
    principal: str | None = Field(None, max_length=400, description="Kind and id of the caller, e.g. `user:kim`.")
    action: str | None = Field(None, max_length=64, description="The action or its beginning: rule, channel.save, …")
    target: str | None = Field(None, max_length=128)
    since_ms: int | None = Field(None, ge=0, le=253_402_300_799_999)
    until_ms: int | None = Field(None, ge=0, le=253_402_300_799_999)
    cursor: str | None = Field(None, pattern=r"^[0-9]{1,15}-[0-9]{1,15}$")
    limit: int = Field(100, ge=1, le=1_000)


@routes.get("/users", responses=json_answer(a_page(users=a_list(USER))))
@requires("admin")
def all_users(query: PageQuery) -> Response:
    """Users by name, without passwords; by pages."""
    found = pages.page(users.load_all(services().redis), lambda user: (user.name,), query.cursor, query.limit)
    return responses.json(found.answer("users", users.shown))


@routes.post("/users", responses=json_answer(USER, 201, "Created"))
@requires("admin")
def create_user(body: NewUser) -> Response:
    """Create a user."""
    made = users.create(services().redis, body.name, body.role, body.password, author=author())
    return responses.json(users.shown(made), 201)


@routes.patch("/users/<name>", responses=json_answer(USER))
@requires("admin")
def change_user(path: UserPath, body: UserChange) -> Response:
    """Change a user's role or password, or disable the user; their sessions and tokens end."""
    _not_oneself(path.name)
    changed = users.change(
        services().redis, path.name, role=body.role, password=body.password, enabled=body.enabled, author=author()
    )
    return responses.json(users.shown(changed))


@routes.delete("/users/<name>", responses={"204": {"description": "Removed"}})
@requires("admin")
def delete_user(path: UserPath) -> Response:
    """Remove a user; their sessions and tokens end."""
    _not_oneself(path.name)
    users.delete(services().redis, path.name, author=author())
    return Response(status=204)


@routes.get("/api-keys", responses=json_answer(a_page(api_keys=a_list(KEY))))
@requires("admin")
def all_keys(query: PageQuery) -> Response:
    """API keys, newest first, without their secrets, and when each was last used; by pages."""
    found = pages.page(api_keys.load_all(services().redis), api_keys.place, query.cursor, query.limit)
    return responses.json(found.answer("api_keys"))


@routes.post("/api-keys", responses=json_answer(NEW_KEY, 201, "Created"))
@requires("admin")
def create_key(body: NewKey) -> Response:
    """Create an API key; `key` is shown only once."""
    known: Any = services().redis
    made, text = api_keys.create(known, body.name, body.role, body.days, body.plugins, body.doors, author=author())
    return responses.json({**api_keys.shown(made), "key": text}, 201)


@routes.delete("/api-keys/<key_id>", responses={"204": {"description": "Revoked"}})
@requires("admin")
def revoke_key(path: KeyPath) -> Response:
    """End an API key at once."""
    api_keys.revoke(services().redis, path.key_id, author=author())
    return Response(status=204)


@routes.get("/audit", responses=json_answer(an_object(entries=a_list(of(audit.Entry)), next_cursor=or_null(TEXT))))
@requires("admin")
def search_audit(query: AuditQuery) -> Response:
    """Who changed what, newest first, with before and after; secrets masked."""
    found = audit.search(
        services().redis,
        by=query.by,
        principal=query.principal,
        action=query.action,
        target=query.target,
        since_ms=query.since_ms,
        until_ms=query.until_ms,
        before_id=query.cursor,
        limit=query.limit,
    )
    cursor = found[-1].id if len(found) == query.limit else None
    return responses.json({"entries": found, "next_cursor": cursor})


def _not_oneself(name: str) -> None:
    # A key or a sign-in link may have the same name as a user.
    if caller().kind in ("user", "token") and name == caller().name:
        raise Conflict(reasons.of("conflict.yourself"))
