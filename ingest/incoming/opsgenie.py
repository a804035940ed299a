"""Opsgenie's Alert API: `/v2/alerts` and what is done to one alert, answered as Opsgenie does. Shell."""

import re
import uuid
from collections.abc import Mapping
from typing import Any

import msgspec
from werkzeug.wrappers import Request, Response

from ingest import answers, posting
from ingest.alertmanager.calls import Call
from ingest.format import Refused
from ingest.formats import opsgenie
from ingest.formats.alertmanager import Posted
from ingest.formats.opsgenie import BadField
from ingest.incoming import board, fields, notice, statements
from ingest.incoming.fields import Document
from ingest.incoming.kind import Kind
from shared.model import reasons
from shared.model.alerts import Alert
from shared.model.reasons import Reason

DOOR = "opsgenie"
MAX_BYTES = 1_048_576
IDENTIFIERS = ("id", "tiny", "alias")
_PATH = re.compile(r"/v2/alerts/(.{1,512})/(close|acknowledge|notes)", re.DOTALL)


def kind_of(path: str) -> tuple[Kind, str] | None:
    """Return which of Opsgenie's addresses a path is, and the identifier in it; None if it is none of them."""
    if path == "/v2/alerts":
        return _CREATE, ""
    found = _PATH.fullmatch(path)
    return (_ACTS[found[2]], found[1]) if found is not None else None


def create(call: Call, body: bytes) -> Response:
    """Take an alert. One without an alias is known by the id of this request, as Opsgenie's `id`."""
    document, request_id = fields.document_of(body), str(uuid.uuid4())
    found = opsgenie.read(document, call.caller.name, opsgenie.alias_of(document) or request_id)
    posted = Posted([statements.firing(call, found, DOOR)])
    posting.take(call, posted, len(body))
    if posted.refused:
        raise BadField(posted.refusals[0], "entity")
    return _processed(request_id)


def close(call: Call, body: bytes) -> Response:
    """End an alert; its note becomes a comment."""
    note = opsgenie.note_of(_document(body))
    by_id, dedup = _meant(call)
    if note:
        board.comment(call, by_id or _on_board(call, dedup), note)
    if by_id:
        statements.end_known(call, by_id, len(body))
    else:
        statements.end(call, DOOR, dedup, len(body))
    return _processed()


def acknowledge(call: Call, body: bytes) -> Response:
    """Acknowledge an alert as the key."""
    note = opsgenie.note_of(_document(body))
    by_id, dedup = _meant(call)
    board.acknowledge(call, by_id or _on_board(call, dedup), note)
    return _processed()


def add_note(call: Call, body: bytes) -> Response:
    """Add a comment to an alert."""
    note = opsgenie.note_of(_document(body))
    if not note:
        raise BadField(fields.missing("note"), "note")
    by_id, dedup = _meant(call)
    board.comment(call, by_id or _on_board(call, dedup), note)
    return _processed()


def _meant(call: Call) -> tuple[list[Alert], str]:
    """Return the alert with an id of ours if that is given, and the identifier."""
    kind = call.request.args.get("identifierType", "id")
    if kind not in IDENTIFIERS:
        raise BadField(
            reasons.of("ingest.field_one_of", field="identifierType", wanted=list(IDENTIFIERS)), "identifierType"
        )
    known = board.known_by_id(call, call.name) if kind != "alias" else None
    return [known] if known is not None else [], call.name


def _on_board(call: Call, dedup: str) -> list[Alert]:
    return board.find(call.redis, notice.fingerprint_of(DOOR, call.caller.name, dedup))


def _document(body: bytes) -> Document:
    """Return what a body says; all of it may be left out."""
    return fields.document_of(body) if body.strip() else {}


def _key_of(request: Request, _body: bytes) -> str:
    scheme, _, key = request.headers.get("Authorization", "").strip().partition(" ")
    return key.strip() if scheme.lower() == "geniekey" else ""


def _refuse(request: Request, status: int, why: Reason, headers: Mapping[str, str], error: Refused | None) -> Response:
    text = reasons.text(why, answers.language(request))
    if isinstance(error, BadField):
        message = "Request body is not processable. Please check the errors."
        answer = _answer(status, {"message": message, "errors": {error.field: text}})
    else:
        answer = _answer(status, {"message": text})
    answer.headers.update(headers)
    return answer


def _processed(request_id: str = "") -> Response:
    return _answer(202, {"result": "Request will be processed"}, request_id)


def _answer(code: int, body: dict[str, Any], request_id: str = "") -> Response:
    # What it took is of use to nobody, but clients read the field.
    body |= {"took": 0.0, "requestId": request_id or str(uuid.uuid4())}
    return Response(msgspec.json.encode(body), code, content_type="application/json")


_CREATE = Kind(DOOR, MAX_BYTES, _key_of, create, _refuse)
_ACTS = {
    "close": Kind(DOOR, MAX_BYTES, _key_of, close, _refuse),
    "acknowledge": Kind(DOOR, MAX_BYTES, _key_of, acknowledge, _refuse),
    "notes": Kind(DOOR, MAX_BYTES, _key_of, add_note, _refuse),
}
