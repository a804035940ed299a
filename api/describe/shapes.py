"""The shapes of answers for the OpenAPI document, drawn from the structs that are really sent."""

from typing import Any

import msgspec

from shared.model.alerts import Alert, LedgerEntry, TimelineEntry

Schema = dict[str, Any]


def inlined(schema: Schema, parts: Schema | None = None) -> Schema:
    """Return a JSON schema with what it refers to put in place, for a document without shared definitions."""
    parts = parts if parts is not None else schema.get("$defs", {})

    def resolve(node: Any) -> Any:
        if isinstance(node, dict):
            if "$ref" in node:
                return resolve(parts[node["$ref"].rpartition("/")[2]])
            return {k: resolve(v) for k, v in node.items() if k != "$defs"}
        return [resolve(v) for v in node] if isinstance(node, list) else node

    resolved: Schema = resolve(schema)
    return resolved


def of(struct: type) -> Schema:
    """Return a struct's shape."""
    (schema,), parts = msgspec.json.schema_components([struct], ref_template="#/$defs/{name}")
    return inlined(schema, parts)


def a_list(of: Schema) -> Schema:
    return {"type": "array", "items": of}


def an_object(**fields: Schema) -> Schema:
    return {"type": "object", "properties": fields, "required": list(fields)}


def a_map(of: Schema) -> Schema:
    """Return the shape of an object whose names are data."""
    return {"type": "object", "additionalProperties": of}


def or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def a_page(**fields: Schema) -> Schema:
    """Return the shape of a part of a list (`api.read.pages`)."""
    return an_object(**fields, next_cursor=or_null(TEXT), total=NUMBER)


def a_version(**content: Schema) -> Schema:
    """Return the shape of a version of something that is put in force as a whole (`shared.store.versions`)."""
    return an_object(version=NUMBER, at_ms=NUMBER, by=TEXT, by_principal=TEXT, restored=NUMBER, **content)


TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
ANYTHING: Schema = {"type": "object", "additionalProperties": True}
NUMBER: Schema = {"type": "integer"}
ALERT = of(Alert)
ALERT_PAGE = an_object(alerts=a_list(ALERT), next_cursor=or_null(TEXT), total=NUMBER)
ALERT_PAGE["properties"]["told"] = a_map(a_map(TEXT))
HISTORY_PAGE = {**ALERT_PAGE, "properties": {**ALERT_PAGE["properties"]}}
HISTORY_PAGE["properties"]["incomplete"] = an_object(reason=TEXT, reason_code=TEXT, reason_values=ANYTHING)
SEARCH_PAGE = an_object(alerts=a_list(ALERT), next_cursor=or_null(TEXT))
SEARCH_PAGE["properties"]["incomplete"] = HISTORY_PAGE["properties"]["incomplete"]
ALERT_STORY = an_object(
    alert=ALERT,
    timeline=a_list(of(TimelineEntry)),
    channels=a_map(of(LedgerEntry)),
)
PROBLEM = {
    "type": "object",
    "properties": {
        "type": TEXT,
        "title": TEXT,
        "status": NUMBER,
        "detail": TEXT,
        "instance": TEXT,
        "code": TEXT,
        "values": ANYTHING,
        "errors": a_list(an_object(field=TEXT, message=TEXT, code=TEXT, values=ANYTHING)),
    },
    "required": ["type", "title", "status", "detail", "instance"],
}


def json_answer(schema: Schema, status: int = 200, description: str = "Done") -> dict[Any, Any]:
    """Return the `responses` of a route that answers with JSON of this shape."""
    return {str(status): {"description": description, "content": {"application/json": {"schema": schema}}}}


_PROBLEM_CONTENT = {"application/problem+json": {"schema": PROBLEM}}
_TOO_LONG = {"description": "The address is longer than 8,190 bytes", "content": {"text/html": {}}}
"""Said by the server that reads the request line, before the application is asked."""
PROBLEMS: dict[Any, Any] = {
    str(status): {"description": description, "content": _PROBLEM_CONTENT}
    for status, description in (
        (400, "The body is not JSON"),
        (401, "Not signed in"),
        (403, "Signed in, but not allowed"),
        (404, "Not found"),
        (409, "The state of the object does not allow it"),
        (412, "Someone else has changed it since"),
        (413, "The body is larger than 1 MB"),
        (415, "The body must be JSON"),
        (422, "Some fields are invalid; each is listed"),
        (429, "Too many requests; Retry-After says when"),
        (503, "Redis cannot be reached"),
    )
} | {"414": _TOO_LONG}
