"""What every model of a query string is built on."""

from functools import cache
from typing import Any

from pydantic import BaseModel


class Query(BaseModel):
    """A query string. flask-openapi3 asks for its schema with every request, and making that takes milliseconds."""

    @classmethod
    def model_json_schema(cls, *words: Any, **options: Any) -> dict[str, Any]:
        """Return the schema; the plain one is made once, and not to be changed."""
        return super().model_json_schema(*words, **options) if words or options else _schema(cls)


@cache
def _schema(query: type[Query]) -> dict[str, Any]:
    return super(Query, query).model_json_schema()
