"""Silences by Alertmanager's API: those of this system, read and changed in its shape. Shell."""

from typing import Any
from uuid import uuid4

from werkzeug.wrappers import Response

from ingest.alertmanager import matchers, silence_shapes
from ingest.alertmanager.calls import MISSING, UNREADABLE, Call, Refusal, body_of, flag, json_answer, nothing
from ingest.alertmanager.matchers import LabelFilter
from ingest.alertmanager.shown import is_uuid, shown_id
from ingest.alertmanager.silence_shapes import GivenSilence, Missing
from ingest.format import Refused
from ingest.formats.alertmanager import ms_of
from shared.clock import SystemClock
from shared.errors import Conflict, Invalid
from shared.model import matchers as own_matchers
from shared.model import principals, reasons, silences
from shared.model.silences import Silence
from shared.store import silence_store
from shared.store.audit import Author

MAX_BYTES = 65_536
_ORDER = ("active", "pending", "expired")
"""The states of silences, in the order in which they are listed."""


def all_silences(call: Call) -> Response:
    """Return the silences that have every matcher that the filters name, in Alertmanager's order."""
    wanted = matchers.parse_all(call.request.args.getlist("filter"))
    states = [name for name in _ORDER if flag(call, name)]
    now_ms = SystemClock().now_ms()
    found = []
    for silence in sorted(silence_store.load_all(call.redis)[1], key=lambda one: _place(one, now_ms)):
        body = silence_shapes.body_of(silence, now_ms)
        own = [LabelFilter(one["name"], one["value"], one["isEqual"], one["isRegex"]) for one in body["matchers"]]
        if body["status"]["state"] in states and all(one in own for one in wanted):
            found.append(body)
    return json_answer(found)


def _place(silence: Silence, now_ms: int) -> tuple[int, int]:
    """Return what puts silences in order: those that end first, those that begin first, those that ended last."""
    match silence.state(now_ms):
        case "active":
            return 0, silence.ends_at_ms
        case "planned":
            return 1, silence.starts_at_ms
    return 2, -silence.ends_at_ms


def one_silence(call: Call) -> Response:
    """Return one silence."""
    return json_answer(silence_shapes.body_of(_known(call, call.name), SystemClock().now_ms()))


def expire(call: Call) -> Response:
    """End a silence now."""
    silence_store.expire(call.redis, _known(call, call.name).id, SystemClock().now_ms(), author=_author(call))
    return nothing(200)


def post(call: Call) -> Response:
    """Create a silence, or change the one whose id is given."""
    try:
        given = silence_shapes.parse(body_of(call, MAX_BYTES))
    except Missing as error:
        raise Refusal(422, error.reason, code=MISSING) from None
    except Refusal:
        raise
    except Refused as error:
        raise Refusal(400, error.reason, code=UNREADABLE) from None
    if not given.matchers:
        raise Refusal(422, reasons.of("ingest.no_matchers"), code=612)
    now_ms = SystemClock().now_ms()
    known = _known(call, given.id, is_in_body=True) if given.id else None
    if known is not None and known.state(now_ms) == "past":
        known = None
    silence = _made(call, given, known, now_ms)
    try:
        saved = silence_store.save(call.redis, silence, only_known=known is not None, author=_author(call))
    except Conflict as error:
        raise Refusal(400, error.reason) from None
    return json_answer({"silenceID": shown_id(saved.id)})


def _made(call: Call, given: GivenSilence, known: Silence | None, now_ms: int) -> Silence:
    starts_at_ms, ends_at_ms = ms_of(given.starts_at), ms_of(given.ends_at)
    if starts_at_ms >= ends_at_ms:
        raise Refusal(400, reasons.of("ingest.alert_ends_first"))
    if ends_at_ms <= now_ms:
        raise Refusal(400, reasons.of("ingest.silence_past"))
    if known is None or starts_at_ms != known.starts_at_ms:
        starts_at_ms = max(starts_at_ms, now_ms)
    caller = call.caller
    fields: dict[str, Any] = known.model_dump() if known is not None else {"id": str(uuid4()), "created_at_ms": now_ms}
    try:
        fields |= {
            "matchers": silence_shapes.matchers_of(given.matchers, known),
            "starts_at_ms": starts_at_ms,
            "ends_at_ms": ends_at_ms,
            "comment": given.comment or caller.name,
            "author": principals.signed(caller.name, caller.principal),
            "expiry_announced": False,
        }
        silence = silences.parse(fields)
    except Invalid as error:
        raise Refusal(400, error.cited()) from None
    if wrong := own_matchers.problems(silence.matchers, everything=False):
        raise Refusal(400, Invalid(wrong, "The silence").cited())
    return silence


def _known(call: Call, silence_id: str, *, is_in_body: bool = False) -> Silence:
    if not is_in_body and not is_uuid(silence_id):
        raise Refusal(422, reasons.of("ingest.no_uuid", given=silence_id[:64]), code=601)
    for silence in silence_store.load_all(call.redis)[1]:
        if shown_id(silence.id) == silence_id:
            return silence
    raise Refusal(404, reasons.of("missing.silence", silence_id=silence_id))


def _author(call: Call) -> Author:
    return Author(call.caller.name, "", call.request.remote_addr or "", call.caller.principal)
