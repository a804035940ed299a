"""Searching all alerts that the archive keeps."""

from collections.abc import Iterator
from itertools import chain
from typing import Annotated, Literal

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import ConfigDict, Field

from api.auth.guard import requires
from api.describe.shapes import PROBLEMS, SEARCH_PAGE, TEXT, json_answer
from api.read import alert_rows, alert_search
from api.read.alert_search import LONGEST_MINUTES, MOST, MOST_VALUES
from api.web import responses
from api.web.parameters import Query
from api.web.services import services
from archive.search_text import MOST_QUERY_CHARS
from shared.clock import SystemClock
from shared.model.alerts import Alert, AlertState, Severity

routes = APIBlueprint(
    "alert_search",
    __name__,
    url_prefix="/api/enhanced-alerts/alerts",
    abp_tags=[Tag(name="alerts")],
    abp_responses=PROBLEMS,
)

Milliseconds = Annotated[int, Field(ge=0, le=253_402_300_799_999)]
Minutes = Annotated[float, Field(ge=0, le=LONGEST_MINUTES)]
Id = Annotated[str, Field(min_length=1, max_length=128)]
LABEL = "`name`, or `name=value`; the alert has each of them."
PERSON = "Who acknowledged, resolved, commented or is assigned: `user:kim`, `key:3f9a`; `kim` is `user:kim`."

_ANSWERS = json_answer(SEARCH_PAGE)
_ANSWERS["200"]["content"]["text/csv"] = {"schema": TEXT}


class SearchQuery(Query):
    """Filters may be repeated, and then one value suffices; all filters must hold."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field("", max_length=MOST_QUERY_CHARS, description='Words and "phrases", all of which must occur.')
    rule_id: list[Id] = Field(default_factory=list, max_length=MOST_VALUES)
    plugin_id: list[Id] = Field(default_factory=list, max_length=MOST_VALUES)
    label: list[Annotated[str, Field(min_length=1, max_length=400)]] = Field(
        default_factory=list, max_length=MOST_VALUES, description=LABEL
    )
    severity: list[Severity] = Field(default_factory=list, max_length=MOST_VALUES)
    state: list[AlertState] = Field(default_factory=list, max_length=MOST_VALUES)
    person: list[Annotated[str, Field(min_length=1, max_length=400)]] = Field(
        default_factory=list, max_length=MOST_VALUES, description=PERSON
    )
    min_minutes: Minutes | None = Field(None, description="It lasted as long, or does so already.")
    max_minutes: Minutes | None = None
    since: Milliseconds | None = Field(None, description="Began at or after this instant, epoch ms.")
    until: Milliseconds | None = Field(None, description="Began at or before this instant, epoch ms.")
    cursor: str | None = Field(None, max_length=200, description="`next_cursor` of the page before.")
    limit: int = Field(50, ge=1, le=MOST, description="Of a page; a file has up to 10,000 alerts.")
    format: Literal["json", "csv"] = "json"

    def typed(self) -> alert_search.Typed:
        return alert_search.Typed(**self.model_dump(exclude={"cursor", "limit", "format"}))


@routes.get("/search", responses=_ANSWERS)
@requires("viewer")
def search(query: SearchQuery) -> Response:
    """
    Search all alerts that the archive keeps, open ones too, newest first.

    A page may have fewer alerts than `limit`, or none, though older ones follow: `next_cursor` goes on where the time
    of the page was over. With `format=csv`, all that is found is one file.
    """
    known, clock = services(), SystemClock()
    wanted = query.typed().search()
    if query.format == "csv":
        return _file(alert_search.alerts(known.settings, known.archive, wanted, alert_search.MOST_ROWS, clock.now_ms))
    body = alert_search.page(
        known.settings, known.archive, wanted, query.cursor, query.limit, clock.now_ms(), responses.language()
    )
    return responses.raw_json(body)


def _file(found: Iterator[Alert]) -> Response:
    body = (line.encode() for line in chain((alert_rows.BYTE_ORDER_MARK,), alert_rows.lines(found)))
    return Response(
        body,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="alerts.csv"'},
    )
