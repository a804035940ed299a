"""
`/webhook/json/NAME`: bodies of any sender, read as the body mapping NAME says. Shell.

What arrived and did not fit is kept with its reasons, bounded, so that an administrator can mend the mapping.
"""

import threading

import msgspec
from pydantic import ValidationError
from redis import Redis
from werkzeug.wrappers import Response

from ingest import posting
from ingest.alertmanager.calls import RETRY_S, Call, Refusal
from ingest.body_trial import shown
from ingest.format import MAX_REFUSALS_KEPT, Refused
from ingest.formats.alertmanager import Posted
from ingest.formats.webhooks import json_body
from ingest.formats.webhooks.json_body import Origin, Problem, Read
from ingest.incoming import statements
from shared.model import external, reasons
from shared.model.body_mapping import BodyMapping, BodyMappings
from shared.redis import connection
from shared.store import body_mapping_store, kept_bodies
from shared.store.kept_bodies import KeptBody

DOOR = "webhook"
PREFIX = "json/"
"""Of the name of a webhook of this kind."""
_lock = threading.Lock()
_known: tuple[bytes | None, BodyMappings] | None = None
"""The version in force as it was stored, and what it says; replaced as a whole."""


def receive(call: Call, body: bytes) -> Response:
    """Take what a body states; with `?dry_run=true`, only say what would be taken."""
    name, now_ms = call.name.removeprefix(PREFIX), connection.server_ms(call.redis)
    mapping = _mappings(call.redis).webhooks.get(name)
    if call.request.args.get("dry_run") == "true":
        found = _read(call, body, name, mapping, now_ms)
        problems = [shown(one) for one in found.problems]
        ends = [one.identity for one in found.stated if one.state == "resolved"]
        return _answer({"fires": found.statements("firing"), "ends": ends, "problems": problems})
    try:
        found = _read(call, body, name, mapping, now_ms)
    except Refused as error:
        _keep(call, body, name, now_ms, [json_body.of_whole(error.reason)], 0, has_mapping=mapping is not None)
        raise
    begins, ends_of = found.statements("firing"), found.statements("resolved")
    posted = Posted(begins)
    posting.take(call, posted, len(body))
    statements.end_everywhere(call, ends_of, len(body))
    taken = len(posted.statements) + len(ends_of)
    problems_of = [*found.problems, *(Problem(0, "plugin", why) for why in posted.refusals)]
    _keep(call, body, name, now_ms, problems_of, taken, has_mapping=True)
    if refused := [one.in_words() for one in problems_of if one.is_refused]:
        raise Refused(400, reasons.of("ingest.parts", parts=refused[:MAX_REFUSALS_KEPT]))
    return _answer({"taken": taken, "left_out": 0})


def _read(call: Call, body: bytes, name: str, mapping: BodyMapping | None, now_ms: int) -> Read:
    if mapping is None:
        raise Refusal(404, reasons.of("body.unknown", name=name))
    version = call.sources.version
    assert version is not None
    door, sender = statements.space(DOOR, call.name), call.caller.name
    severities = external.parse_severities(call.settings.external_severities)
    origin = Origin(door, sender, version.mapping.of(sender, DOOR), severities, now_ms)
    try:
        return json_body.read(json_body.decode(body), mapping, origin)
    except RecursionError:
        raise Refused(400, reasons.of("body.no_json", error="nested too deeply")) from None


def _mappings(redis: Redis) -> BodyMappings:
    """
    Return the body mappings in force: read with each request, so that a change holds at once, and parsed when changed.

    Raises:
        Refusal: they cannot be read.
    """
    global _known
    stored = body_mapping_store.raw(redis)
    known = _known
    if known is not None and known[0] == stored:
        return known[1]
    with _lock:
        try:
            found = body_mapping_store.read(stored).mappings
        except ValidationError:
            later = {"Retry-After": str(RETRY_S)}
            raise Refusal(503, reasons.of("problem.body_mappings_unreadable"), later) from None
        _known = (stored, found)
    return found


def _keep(
    call: Call, body: bytes, name: str, now_ms: int, problems: list[Problem], taken: int, *, has_mapping: bool
) -> None:
    refused = any(one.is_refused for one in problems)
    text = body[: kept_bodies.MAX_CHARS * 4].decode("utf-8", "replace")
    kept = KeptBody(
        name,
        now_ms,
        call.caller.name,
        "taken" if not refused else "partly" if taken else "refused",
        [msgspec.to_builtins(shown(one)) for one in problems[:MAX_REFUSALS_KEPT]],
        len(body),
        text[: kept_bodies.MAX_CHARS],
        is_cut=len(text) > kept_bodies.MAX_CHARS or len(body) > kept_bodies.MAX_CHARS * 4,
    )
    kept_bodies.keep(call.redis, kept, has_mapping=has_mapping)
    if refused:
        call.log.warning("ingest.body_unfit", caller=call.caller.name, webhook=name, outcome=kept.outcome)


def _answer(body: object) -> Response:
    return Response(msgspec.json.encode(body), content_type="application/json")
