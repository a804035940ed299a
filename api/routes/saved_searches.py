"""Saved searches: a reader's own, and those that all share."""

from typing import Any

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field

from api.auth.guard import author, caller, requires
from api.describe.shapes import ANYTHING, NUMBER, PROBLEMS, TEXT, a_list, an_object, json_answer
from api.web import responses
from api.web.search_filters import SearchFilters
from api.web.services import services
from shared.clock import SystemClock
from shared.model import names
from shared.store import saved_searches
from shared.store.saved_searches import Reader, SavedSearch

routes = APIBlueprint(
    "saved_searches",
    __name__,
    url_prefix="/api/enhanced-alerts/alerts",
    abp_tags=[Tag(name="alerts")],
    abp_responses=PROBLEMS,
)
SEARCH = an_object(
    id=TEXT,
    name=TEXT,
    query=ANYTHING,
    is_shared={"type": "boolean"},
    is_mine={"type": "boolean"},
    may_change={"type": "boolean"},
    by=TEXT,
    by_principal=TEXT,
    created_at_ms=NUMBER,
    changed_at_ms=NUMBER,
)


class SearchPath(BaseModel):
    search_id: str = Field(max_length=64)


class SavedFilters(SearchFilters):
    """In a body values have types; in an address they are words."""

    model_config = ConfigDict(extra="forbid", strict=True)


class NewSearch(BaseModel):
    """A search to be saved; the same filters as those of `GET /alerts/search`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(min_length=1, max_length=names.MAX_CHARS)
    query: SavedFilters
    is_shared: bool = Field(False, description="Whether everybody sees it; operators only.")

    def made(self) -> SavedSearch:
        """Return it; raises `Invalid` if it finds nothing that could be found."""
        return SavedSearch(name=self.name, query=self.query.saved(), is_shared=self.is_shared)


@routes.get("/searches", responses=json_answer(an_object(searches=a_list(SEARCH))))
@requires("viewer")
def all_searches() -> Response:
    """The saved searches of the caller, and those that are shared, by name."""
    return responses.json({"searches": [_shown(one) for one in saved_searches.load(services().redis, _reader())]})


@routes.post("/searches", responses=json_answer(SEARCH, 201, "Saved"))
@requires("viewer")
def create(body: NewSearch) -> Response:
    """Save a search, for the caller alone or, by an operator, for all. Its id tells it from others of its name."""
    made = saved_searches.create(services().redis, body.made(), _reader(), SystemClock().now_ms())
    location = f"/api/enhanced-alerts/alerts/searches/{made.id}"
    return responses.json(_shown(made), 201, {"Location": location})


@routes.put("/searches/<search_id>", responses=json_answer(SEARCH))
@requires("viewer")
def replace(path: SearchPath, body: NewSearch) -> Response:
    """Give a saved search another name, other filters or readers. Operators may change shared ones of others."""
    now_ms = SystemClock().now_ms()
    return responses.json(
        _shown(saved_searches.replace(services().redis, path.search_id, body.made(), _reader(), now_ms))
    )


@routes.delete("/searches/<search_id>", responses={"204": {"description": "Removed"}})
@requires("viewer")
def delete(path: SearchPath) -> Response:
    """Remove a saved search of the caller; operators may remove shared ones of others."""
    saved_searches.delete(services().redis, path.search_id, _reader())
    return Response(status=204)


def _reader() -> Reader:
    return Reader(author(), caller().may("operator"))


def _shown(one: SavedSearch) -> dict[str, Any]:
    reader = _reader()
    fields = {name: getattr(one, name) for name in one.__struct_fields__}
    return {**fields, "is_mine": reader.owns(one), "may_change": reader.may_change(one)}
