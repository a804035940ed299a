"""The tree of routes: what holds, what held, its changes, and where an alert would go."""

from typing import Annotated

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field

from api.auth.guard import author, requires
from api.describe.shapes import ANYTHING, PROBLEMS, a_list, a_version, an_object, json_answer, of, or_null
from api.read import route_trial
from api.read.route_trial import Trial
from api.web import responses
from api.web.services import services
from shared.clock import SystemClock
from shared.model.alerts import MAX_LABELS, NAME_LENGTH, TEXT_LENGTH
from shared.model.route_tree import RouteTree
from shared.store import route_store
from shared.store.route_store import Version

routes = APIBlueprint(
    "routes", __name__, url_prefix="/api/enhanced-alerts", abp_tags=[Tag(name="routes")], abp_responses=PROBLEMS
)
VERSION = a_version(tree=or_null(ANYTHING))


class EarlierRoutes(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    version: int = Field(ge=0, le=10**9, description="0: no routes.")


class RouteTest(BaseModel):
    """The labels of an alert, and a draft of routes to try instead of those in force."""

    model_config = ConfigDict(extra="forbid", strict=True)

    labels: dict[
        Annotated[str, Field(min_length=1, max_length=NAME_LENGTH)], Annotated[str, Field(max_length=TEXT_LENGTH)]
    ] = Field(max_length=MAX_LABELS)
    tree: RouteTree | None = None


@routes.get("/routes", responses=json_answer(VERSION))
@requires("viewer")
def routes_in_force() -> Response:
    """The routes in force; `tree` is null if there are none."""
    return _answer(route_store.current(services().redis))


@routes.put("/routes", responses=json_answer(VERSION))
@requires("admin")
def replace_routes(body: RouteTree) -> Response:
    """
    Replace the routes; the router follows within seconds, and open alerts keep their channels. With the `version` as
    If-Match, the request fails with 412 if another caller has changed the routes meanwhile.
    """
    return _answer(route_store.save(services().redis, body, author=author(), expected=responses.if_match_number()))


@routes.get("/routes/history", responses=json_answer(an_object(versions=a_list(VERSION))))
@requires("viewer")
def routes_history() -> Response:
    """The routes in force and up to 20 versions before them, newest first."""
    return responses.json({"versions": [route_store.document(one) for one in route_store.history(services().redis)]})


@routes.post("/routes/restore", responses=json_answer(VERSION))
@requires("admin")
def restore_routes(body: EarlierRoutes) -> Response:
    """Put an earlier version of the routes in force again, as a new version; version 0 removes the routes."""
    return _answer(
        route_store.restore(services().redis, body.version, author=author(), expected=responses.if_match_number())
    )


@routes.post("/routes/test", responses=json_answer(of(Trial)))
@requires("viewer")
def test_routes(body: RouteTest) -> Response:
    """
    Where an alert with these labels would go, and why: each route that is tried with what its matchers found, the
    channels, how it is grouped, and what is muted now. Nothing is sent.
    """
    tree, version = body.tree, 0
    if tree is None:
        in_force = route_store.current(services().redis)
        tree, version = in_force.tree, in_force.version
    return responses.json(route_trial.trial(tree, version, body.labels, services().settings, SystemClock().now_ms()))


def _answer(version: Version) -> Response:
    return responses.json(route_store.document(version), headers={"ETag": f'"{version.version}"'})
