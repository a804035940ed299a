"""What every model of a query string is built on."""

from collections.abc import Callable
from functools import cache, lru_cache, wraps
from typing import Any

from flask import request
from flask_openapi3 import validate_request
from pydantic import BaseModel, ConfigDict, Field

from api.read import pages

KEPT = 256
"""Query strings a view remembers: dashboards ask for the same few pages over and over."""


class Query(BaseModel):
    """A query string. flask-openapi3 asks for its schema with every request, and making that takes milliseconds."""

    @classmethod
    def model_json_schema(cls, *words: Any, **options: Any) -> dict[str, Any]:
        """Return the schema; the plain one is made once, and not to be changed."""
        return super().model_json_schema(*words, **options) if words or options else _schema(cls)


class PageQuery(Query):
    """Which part of a list."""

    model_config = ConfigDict(extra="forbid")

    cursor: str | None = Field(None, max_length=pages.MAX_CURSOR, description="`next_cursor` of the page before.")
    limit: int = Field(pages.MOST, ge=1, le=pages.MOST)


def validated_once(view: Callable[[Any], Any]) -> Callable[[], Any]:
    """
    Mark a view that takes a query and nothing else: the same query string is validated once, not with every request.

    What it means depends on nothing but its bytes. Views must not change what they are given.
    """

    def validated(query: Any) -> Any:
        return query

    validated.__annotations__ = {"query": view.__annotations__["query"]}
    validate = validate_request()(validated)  # type: ignore[no-untyped-call]

    @lru_cache(maxsize=KEPT)
    def asked(_query_string: bytes) -> Any:
        return validate()

    @wraps(view)
    def with_query() -> Any:
        return view(asked(request.query_string))

    with_query.__delay_validate_request__ = True  # type: ignore[attr-defined]
    return with_query


@cache
def _schema(query: type[Query]) -> dict[str, Any]:
    return super(Query, query).model_json_schema()
