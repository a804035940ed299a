"""Searching all alerts that the archive keeps."""

from collections.abc import Callable, Iterator
from itertools import chain
from threading import BoundedSemaphore
from typing import Literal

from flask import Response, request
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field

from api.auth.guard import requires
from api.describe.shapes import PROBLEMS, SEARCH_PAGE, TEXT, json_answer
from api.read import alert_rows, alert_search
from api.read.alert_search import MOST
from api.web import responses
from api.web.connections import sent_as_read
from api.web.search_filters import SearchFilters
from api.web.services import services
from shared.clock import SystemClock
from shared.errors import Busy
from shared.model import reasons
from shared.model.alerts import Alert

routes = APIBlueprint(
    "alert_search",
    __name__,
    url_prefix="/api/enhanced-alerts/alerts",
    abp_tags=[Tag(name="alerts")],
    abp_responses=PROBLEMS,
)

MOST_FILES = 2
"""Files that one process sends at a time: each takes a thread, and has all that is found, which may be a million."""
_sending = BoundedSemaphore(MOST_FILES)
_ANSWERS = json_answer(SEARCH_PAGE)
_ANSWERS["200"]["content"]["text/csv"] = {"schema": TEXT}


class SearchQuery(SearchFilters):
    """Filters may be repeated, and then one value suffices; all filters must hold."""

    cursor: str | None = Field(None, max_length=200, description="`next_cursor` of the page before.")
    limit: int = Field(50, ge=1, le=MOST, description="Of a page; a file has all alerts.")
    format: Literal["json", "csv"] = "json"


@routes.get("/search", responses=_ANSWERS)
@requires("viewer")
def search(query: SearchQuery) -> Response:
    """
    Search all alerts that the archive keeps, open ones too, newest first.

    A page may have fewer alerts than `limit`, or none, though older ones follow: `next_cursor` goes on where the time
    of the page was over. With `format=csv`, all that is found is one file, sent while it is read: a file that could
    not be read to its end ends without the end that HTTP requires, so it fails to download.
    """
    known, clock = services(), SystemClock()
    wanted = query.typed().search()
    if query.format == "csv":
        return _file(lambda: alert_search.alerts(known.settings, known.archive, wanted, None, clock.now_ms))
    body = alert_search.page(
        known.settings, known.archive, wanted, query.cursor, query.limit, clock.now_ms(), responses.language()
    )
    return responses.raw_json(body)


def _file(find: Callable[[], Iterator[Alert]]) -> Response:
    if not _sending.acquire(blocking=False):
        raise Busy(reasons.of("search.files", count=MOST_FILES))
    try:
        found = find()
    except BaseException:
        _sending.release()
        raise
    connection = request.environ.get("gunicorn.socket")
    lines = (line.encode() for line in chain((alert_rows.BYTE_ORDER_MARK,), alert_rows.lines(found)))
    body = lines if connection is None else sent_as_read(lines, connection)
    response = Response(
        body,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="alerts.csv"'},
    )
    # Also when the reader goes before the end, or the file could not be read to it.
    response.call_on_close(_sending.release)
    return response
