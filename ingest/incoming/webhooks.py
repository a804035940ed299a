"""
Webhooks of other products: `/webhook/<kind>` with a key in the header, or `/webhook/<kind>/<key>`. Shell.

Many senders can set nothing but an address. A key in an address is seen by more eyes than one in a header (proxies log
addresses), so it must be good for webhooks alone; no answer and no line of the log holds it.
"""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from urllib.parse import parse_qs

import msgspec
from werkzeug.wrappers import Request, Response

from ingest import answers, posting
from ingest.alertmanager.calls import Call, Refusal
from ingest.format import Refused
from ingest.formats import alertmanager as alertmanager_api
from ingest.formats.alertmanager import Posted
from ingest.formats.webhooks import alertmanager, cloudwatch, github, healthchecks, sentry, uptime_kuma
from ingest.formats.webhooks.heard import Heard, Moment
from ingest.incoming import fields, reconcile, signatures, statements
from ingest.incoming.fields import Document
from ingest.incoming.kind import Kind
from shared.model import reasons
from shared.model.reasons import Reason
from shared.redis import connection
from shared.setting_values import listed

DOOR = "webhook"
MAX_ONE_BYTES = 1_048_576
"""Of a webhook that holds one alert."""
MAX_MANY_BYTES = 4_194_304
"""Of one that holds many: some 8,000 alerts."""
MAX_ENDS = 100
Read = Callable[[Document, Moment], Heard]
EVENT_HEADERS = {"github": "X-GitHub-Event", "sentry": "Sentry-Hook-Resource"}
"""Where senders say what the body is about."""
_PATH = re.compile(r"/webhook/(json/[a-z0-9][a-z0-9_-]{0,31}|[a-z-]{1,32})(?:/([^/]{1,256}))?")


def kind_of(path: str) -> tuple[Kind, str] | None:
    """Return what is received at a path, and the kind's name; None if it is none of a webhook that is known."""
    found = _PATH.fullmatch(path)
    kind = _KINDS.get(found[1].partition("/")[0]) if found is not None else None
    return (kind, found[1]) if kind is not None and found is not None else None


def without_key(path: str) -> str:
    """Return a path as answers and logs may show it."""
    return "/".join(path.split("/")[:3]) if path.startswith("/webhook/") else path


def receive(call: Call, body: bytes) -> Response:
    """Take what a webhook states; with `?dry_run=true`, only say what would be taken."""
    version = call.sources.version
    assert version is not None
    name, now_ms = call.caller.name, connection.server_ms(call.redis)
    _check_signature(call, body)
    event = call.request.headers.get(EVENT_HEADERS.get(call.name, ""), "")
    relabeling = version.mapping.of(name, DOOR)
    moment = Moment(now_ms, relabeling.until_ms(now_ms), name, event)
    heard = _READERS[call.name](_document_of(call.request, body), moment)
    posted = Posted()
    if heard.alerts:
        heartbeats = listed(call.settings.external_heartbeats)
        whole = msgspec.json.encode(heard.alerts)
        posted = alertmanager_api.decode(whole, relabeling, name, heartbeats, now_ms)
    posted.statements += [statements.firing(call, one, DOOR, call.name) for one in heard.fires]
    if call.request.args.get("dry_run") == "true":
        return _answer({"fires": posted.statements, "ends": heard.ends, "heartbeats": posted.heartbeats})
    taken = len(posted.statements) + len(posted.heartbeats) + len(heard.ends)
    posting.take(call, posted, len(body))
    for dedup in heard.ends[:MAX_ENDS]:
        statements.end(call, DOOR, dedup, len(body), call.name, heard.ended_at_ms)
    if heard.left_out:
        call.log.warning("ingest.alerts_left_out", caller=name, kind=call.name, alerts=heard.left_out)
    if posted.refused:
        raise Refused(400, reasons.of("ingest.parts", parts=posted.refusals))
    return _answer({"taken": taken, "left_out": heard.left_out})


def _receive_json(call: Call, body: bytes) -> Response:
    # Loaded with the first body: the language of its paths takes memory that a process without such a source saves.
    from ingest.incoming import json_webhooks

    if "/" not in call.name:
        raise Refusal(404, reasons.of("body.no_name"))
    return json_webhooks.receive(call, body)


def _check_signature(call: Call, body: bytes) -> None:
    check = _SIGNED.get(call.name)
    if check is not None:
        token = answers.token_of(call.request.headers.get("Authorization", ""))
        check(call, body, token or _key_of(call.request, body), is_in_address=not token)


def _check_sns(call: Call, body: bytes, key: str, *, is_in_address: bool) -> None:
    # Loaded with the first message: ways out take memory that a process without SNS does not need.
    from ingest.incoming import sns

    sns.check(call, body, key, is_in_address=is_in_address)


def _document_of(request: Request, body: bytes) -> Document:
    """Return the document; GitHub may put it into the field `payload` of a form, and does so by default."""
    if request.mimetype == "application/x-www-form-urlencoded":
        with suppress(ValueError):
            body = parse_qs(body.decode(), max_num_fields=10).get("payload", [""])[0].encode()
    return fields.document_of(body)


def _key_of(request: Request, _body: bytes) -> str:
    found = _PATH.fullmatch(request.path)
    return (found[2] or "") if found is not None else ""


def _refuse(request: Request, status: int, why: Reason, headers: Mapping[str, str], _error: Refused | None) -> Response:
    return answers.problem(request, status, why, dict(headers), path=without_key(request.path))


def _answer(body: object) -> Response:
    return Response(msgspec.json.encode(body), content_type="application/json")


_READERS: dict[str, Read] = {
    "alertmanager": alertmanager.read,
    "grafana": alertmanager.read,
    "uptime-kuma": uptime_kuma.read,
    "healthchecks": healthchecks.read,
    "github": github.read,
    "sentry": sentry.read,
    "cloudwatch": cloudwatch.read,
}
_SIGNED = {"github": signatures.check_github, "sentry": signatures.check_sentry, "cloudwatch": _check_sns}
_LARGE = ("alertmanager", "grafana", "github", "sentry")
"""Those of GitHub and Sentry hold one alert, and much about it."""
_KINDS = {
    name: Kind(DOOR, MAX_MANY_BYTES if name in _LARGE else MAX_ONE_BYTES, _key_of, receive, _refuse, in_address=True)
    for name in _READERS
}
_KINDS["json"] = Kind(DOOR, MAX_ONE_BYTES, _key_of, _receive_json, _refuse, in_address=True)
_KINDS["reconcile"] = Kind(DOOR, MAX_MANY_BYTES, _key_of, reconcile.reconcile, _refuse, in_address=True)
