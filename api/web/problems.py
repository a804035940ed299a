"""Problem documents (RFC 9457) and the language they are written in, for the API and for `ingest`. Pure."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from shared.model import reasons
from shared.model.reasons import Language, Reason

MEDIA_TYPE = "application/problem+json"
MAX_HEADER_CHARS = 1_000
"""Of Accept-Language. Browsers send some fifty; a longer header is not read."""


def language(accept_language: str) -> Language:
    """Return the language that the header Accept-Language asks for; English if it asks for none the product has."""
    if len(accept_language) > MAX_HEADER_CHARS:
        return "en"
    accepted = parse_accept_header(accept_language, LanguageAccept)
    return "ko" if accepted.best_match(("en", "ko"), "en") == "ko" else "en"


def document(
    status: int, detail: Reason, words: Language, instance: str, fields: Mapping[str, Reason] | None = None
) -> dict[str, Any]:
    """
    Return a problem document.

    Args:
        detail: One sentence that says what to do.
        words: The language of its sentences.
        instance: Path of the request.
        fields: Field path → what is wrong with it.
    """
    found: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": reasons.text(detail, words),
        "instance": instance,
        **reasons.coded(detail),
    }
    if fields:
        found["errors"] = [
            {"field": name, "message": reasons.text(reason, words), **reasons.coded(reason)}
            for name, reason in fields.items()
        ]
    return found
