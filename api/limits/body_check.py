"""Bodies are checked before a view reads them: size, encoding, depth, and that all their text is whole."""

from typing import Any

from flask import request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from shared.errors import Invalid, Malformed
from shared.model import reasons
from shared.model.reasons import Reason

MAX_BYTES = 1_048_576
MAX_DEPTH = 32
"""Of JSON: a compound rule is nested four deep at most."""
FORM_ENDPOINTS = ("notifications.twilio",)
LENIENT_ENDPOINTS = ("events.publish",)
"""Their views read the body themselves: one bad number must not spoil what stands beside it."""


def check() -> None:
    """
    Read and check the body of this request.

    Raises:
        RequestEntityTooLarge: the body is larger than `MAX_BYTES`, whether its length was announced or not.
        UnsupportedMediaType: the Content-Type is not JSON.
        Malformed: the body is not valid JSON, with the place of the error; or it is nested too deep.
        Invalid: a text holds half a character; names the field.
    """
    if request.method not in ("POST", "PUT", "PATCH") or not (body := request.get_data()):
        return
    if len(body) > MAX_BYTES:
        raise RequestEntityTooLarge
    if request.endpoint in FORM_ENDPOINTS:
        return
    if not request.is_json:
        raise UnsupportedMediaType
    if request.endpoint in LENIENT_ENDPOINTS:
        return
    # The standard library would take UTF-16 and UTF-32 too, and half characters in either.
    if b"\0" in body:
        raise Malformed(reasons.of("http.zero_bytes"))
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed(reasons.of("http.not_utf8", byte=error.start)) from None
    try:
        document = request.get_json()
    except (BadRequest, RecursionError) as error:
        cause: Any = error.__cause__ or error.__context__
        raise Malformed(json_problem(cause)) from None
    if is_deeper(document, MAX_DEPTH):
        raise Malformed(reasons.of("http.too_deep", depth=MAX_DEPTH))
    # Only an escape can hold half a character: the bytes around it are UTF-8.
    if b"\\u" in body and (broken := half_characters(document)):
        raise Invalid(dict.fromkeys(broken, reasons.of("invalid.half_characters")), "The body")


def json_problem(error: Any) -> Reason:
    """Return what is wrong with a body that is no JSON, with the place of the error if the parser gave it."""
    if not hasattr(error, "lineno"):
        return reasons.of("http.invalid_json")
    return reasons.of("http.invalid_json_at", line=error.lineno, column=error.colno)


def is_deeper(document: Any, depth: int) -> bool:
    """Tell whether lists and objects are nested more than *depth* deep."""
    level = [document]
    for _ in range(depth + 1):
        parts = [part.values() if isinstance(part, dict) else part for part in level if isinstance(part, dict | list)]
        level = [one for part in parts for one in part]
        if not level:
            return False
    return True


def half_characters(document: Any, path: str = "") -> list[str]:
    """Return the paths of all texts, names of fields among them, that no UTF-8 can hold. Depth must be bounded."""
    if isinstance(document, str):
        return [] if _is_whole(document) else [path or "body"]
    if not isinstance(document, dict | list):
        return []
    found = []
    for name, value in document.items() if isinstance(document, dict) else enumerate(document):
        # A broken name is shown with its escapes: the answer must be text itself.
        shown = str(name).encode("utf-8", "backslashreplace").decode()
        place = f"{path}.{shown}" if path else shown
        if isinstance(name, str) and not _is_whole(name):
            found.append(place)
        found += half_characters(value, place)
    return found


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
