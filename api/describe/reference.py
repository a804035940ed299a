"""The API in Markdown, drawn from its OpenAPI document: `python -m api.describe.reference` writes docs/api.md."""

import json
import sys
from typing import Any

from api.describe import openapi

_HEAD = """# API

Generated from the OpenAPI document by `python -m api.describe.reference`; the running server shows it at `/openapi/`.
[Security](security.md) describes authentication, [Who may do what](roles.md) the role of each endpoint.

Send `Authorization: Bearer <key>`; `enhanced-alerts token` creates a key. Bodies and answers are JSON. Instants are UTC
epoch milliseconds (`…_at_ms`). Long lists come in pages: send the `next_cursor` of a page as `cursor` to get the next
page.

Every error is a problem document (RFC 9457, `application/problem+json`):

| field | content |
|---|---|
| `status`, `title`, `instance` | the HTTP status, its name, the path of the request |
| `detail` | one sentence for people: what is wrong and what to do |
| `code`, `values` | the same for programs, e.g. `missing.rule`; a code stays the same between releases |
| `errors` | for each bad field: `field`, `message`, and `code` and `values` of the message |

`detail` and `message` are in the language that the request's `Accept-Language` asks for: Korean (`ko`), else English.
The answer's `Content-Language` names this language. Compare codes, not sentences. The code `problem.text` quotes a
message that has no code, such as the error of a library. A value can be another reason: an object with `code` and
`values`. Reasons in other answers (`reason`, `reason_code`, `reason_values`) use the same codes.
"""
_METHODS = ("get", "post", "put", "patch", "delete")
_WIDTH = 160


def document() -> str:
    """Return the reference, the same text for the same routes."""
    described = json.loads(openapi.document())
    parts = described.get("components", {}).get("schemas", {})
    by_tag: dict[str, list[str]] = {}
    for path, operations in sorted(described["paths"].items()):
        for method in _METHODS:
            if method in operations:
                one = operations[method]
                by_tag.setdefault(one["tags"][0], []).append(_operation(method, path, one, parts))
    sections = [f"## {tag.capitalize()}\n\n" + "\n".join(found) for tag, found in sorted(by_tag.items())]
    return _HEAD + "\n" + "\n".join(sections)


def _operation(method: str, path: str, one: dict[str, Any], parts: dict[str, Any]) -> str:
    lines = [f"### `{method.upper()} {path}`", "", _sentence(one), ""]
    for parameter in one.get("parameters", []):
        if parameter["in"] == "query":
            lines.append(_field(parameter["name"], parameter["schema"], parameter.get("required", False), parts, "?"))
    body = one.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if body is not None:
        lines += _fields(_resolved(body, parts), parts)
    for status, answer in sorted(one["responses"].items()):
        if status.startswith("2"):
            lines.append(f"- answers {status}{_answer(answer, parts)}")
    return "\n".join(lines) + "\n"


def _sentence(one: dict[str, Any]) -> str:
    return " ".join(f"{one.get('summary', '')} {one.get('description', '')}".split()).strip()


def _fields(schema: dict[str, Any], parts: dict[str, Any]) -> list[str]:
    required = schema.get("required", [])
    properties = schema.get("properties", {})
    if not properties:
        return [f"- body: {_type(schema, parts)}"]
    return [_field(name, one, name in required, parts) for name, one in properties.items()]


def _field(name: str, schema: dict[str, Any], is_required: bool, parts: dict[str, Any], mark: str = "") -> str:
    facts = [_type(schema, parts)]
    if is_required:
        facts.append("required")
    elif schema.get("default") not in (None, "", [], {}):
        facts.append(f"default {json.dumps(schema['default'], ensure_ascii=False)}")
    said = " ".join(str(schema.get("description", "")).split())
    return f"- `{mark}{name}` {', '.join(facts)}{f': {said}' if said else ''}"


def _answer(answer: dict[str, Any], parts: dict[str, Any]) -> str:
    for kind, content in answer.get("content", {}).items():
        schema = _resolved(content.get("schema", {}), parts)
        names = ", ".join(f"`{name}`" for name in schema.get("properties", {}))
        if len(names) > _WIDTH:
            names = names[:_WIDTH].rpartition(",")[0] + ", …"
        return f": {names or (_type(schema, parts) if schema else kind)}"
    return ""


def _resolved(schema: dict[str, Any], parts: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = parts[schema["$ref"].rpartition("/")[2]]
    return schema


def _type(schema: dict[str, Any], parts: dict[str, Any]) -> str:
    schema = _resolved(schema, parts)
    if "enum" in schema:
        return "one of " + ", ".join(f"`{value}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if several := schema.get("anyOf"):
        return " or ".join(dict.fromkeys(_type(one, parts) for one in several))
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}), parts)}"
    return {"string": "text", "integer": "whole number", "boolean": "true or false"}.get(
        kind := schema.get("type", "anything"), kind
    )


if __name__ == "__main__":
    sys.stdout.write(document())
