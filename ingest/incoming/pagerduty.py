"""PagerDuty's Events API v2: `/v2/enqueue` and `/v2/change/enqueue`, answered as PagerDuty does. Shell."""

import secrets
from collections.abc import Mapping
from typing import Any

import msgspec
from werkzeug.wrappers import Request, Response

from ingest import answers, posting
from ingest.alertmanager.calls import Call
from ingest.format import Refused
from ingest.formats import pagerduty
from ingest.formats.alertmanager import Posted
from ingest.formats.pagerduty import WrongFields
from ingest.incoming import board, fields, notice, statements
from ingest.incoming.kind import Kind
from shared.model import reasons
from shared.model.reasons import Reason

DOOR = "pagerduty"
MAX_BYTES = 524_288
"""Of an event, as PagerDuty has it."""


def enqueue(call: Call, body: bytes) -> Response:
    """Take an event: an alert fires, is acknowledged or has ended."""
    event = pagerduty.read(fields.document_of(body), call.caller.name, secrets.token_hex(16))
    name = call.caller.name
    if event.action == "resolve":
        statements.end(call, DOOR, event.dedup_key, len(body))
    elif event.notice is None:
        alerts = board.find(call.redis, notice.fingerprint_of(DOOR, name, event.dedup_key))
        board.acknowledge(call, alerts)
    else:
        _take(call, Posted([statements.firing(call, event.notice, DOOR)]), len(body))
    return _answer(202, status="success", message="Event processed", dedup_key=event.dedup_key)


def enqueue_change(call: Call, body: bytes) -> Response:
    """Take a change event: a state of the plugin that is changed."""
    _take(call, Posted(heartbeats=[pagerduty.read_change(fields.document_of(body))]), len(body))
    return _answer(202, status="success", message="Change event processed")


def _take(call: Call, posted: Posted, size_bytes: int) -> None:
    posting.take(call, posted, size_bytes)
    if posted.refused:
        raise WrongFields(posted.refusals)


def _key_of(_request: Request, body: bytes) -> str:
    return pagerduty.routing_key(fields.document_of(body))


def _refuse(request: Request, status: int, why: Reason, headers: Mapping[str, str], error: Refused | None) -> Response:
    """PagerDuty knows 400 for what is wrong, and clients repeat what is answered with 5xx."""
    words = answers.language(request)
    listed = error.reasons if isinstance(error, WrongFields) else [why]
    texts = [reasons.text(one, words) for one in listed]
    if status == 401:
        return _answer(400, status="invalid key", message=_INVALID[1], errors=texts)
    said = ("unavailable", "Send the same event again later") if status >= 500 else _INVALID
    answer = _answer(status, status=said[0], message=said[1], errors=texts)
    answer.headers.update(headers)
    return answer


_INVALID = ("invalid event", "Event object is invalid")


def _answer(code: int, **body: Any) -> Response:
    return Response(msgspec.json.encode(body), code, content_type="application/json")


ENQUEUE = Kind(DOOR, MAX_BYTES, _key_of, enqueue, _refuse)
ENQUEUE_CHANGE = Kind(DOOR, MAX_BYTES, _key_of, enqueue_change, _refuse)
