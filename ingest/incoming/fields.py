"""Reads fields of a foreign JSON document: each value is bounded, and what is wrong is named by its path. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from ingest.entities import shortened
from ingest.format import Refused
from shared.model import names, reasons
from shared.model.alerts import MESSAGE_LENGTH
from shared.model.reasons import Reason

Document = dict[str, Any]
UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
MAX_DETAILS = 30
"""Further texts of one alert that are kept; others are left out."""


def document_of(body: bytes) -> Document:
    """
    Return the JSON object of a body.

    Raises:
        Refused: it is none.
    """
    try:
        return msgspec.json.decode(body, type=Document)
    except UNREADABLE as error:
        raise Refused(400, reasons.of("ingest.no_json_object", error=str(error)[:200])) from None


def text(fields: Mapping[str, Any], name: str, limit: int = MESSAGE_LENGTH) -> str:
    """Return a text, cut; "" where there is none. A number is written out."""
    return shown(fields.get(name), limit)


def nested(fields: Mapping[str, Any], name: str) -> Document:
    """Return an object within an object; an empty one where there is none."""
    found = fields.get(name)
    return found if isinstance(found, dict) else {}


def shown(value: Any, limit: int = MESSAGE_LENGTH) -> str:
    """Return a value as a person reads it, cut; "" for what is empty."""
    if value is None or value in ("", {}, []):
        return ""
    if isinstance(value, str):
        return value.strip()[:limit]
    return msgspec.json.encode(value).decode()[:limit]


def details(given: Any) -> dict[str, str]:
    """Return a sender's own texts: the values of an object by their names, or one text."""
    if not isinstance(given, dict):
        return {"details": shown(given)} if shown(given) else {}
    return {name: shown(value) for name, value in list(given.items())[:MAX_DETAILS] if name and shown(value)}


def missing(name: str) -> Reason:
    return reasons.of("ingest.field_blank", field=name)


def identifier(given: str, limit: int) -> str:
    """Return a text as it can be an id of ours."""
    return shortened(names.escaped(given), limit)


def instant_ms(given: Any) -> int:
    """Return an instant in ISO 8601, epoch ms; 0 for none, for the year 1, and for what is none."""
    try:
        return max(0, int(datetime.fromisoformat(given).timestamp() * 1_000))
    except (TypeError, ValueError, OverflowError):
        return 0
