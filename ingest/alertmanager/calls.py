"""One request to Alertmanager's API, and why it may be refused."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from redis import Redis
from werkzeug.wrappers import Request, Response

from api.auth.identity import Identity
from ingest.format import Refused
from ingest.sources import Sources
from shared.log import Logger
from shared.model import reasons
from shared.model.reasons import Reason
from shared.settings import Settings

RETRY_S = 5
UNREADABLE = 400
"""Code by which Alertmanager's framework says that a body has not the form it must have."""
MISSING = 602
"""Code by which Alertmanager's framework says that something is missing in a body."""
_TRUE = ("true", "1", "yes", "ok", "y", "on", "selected", "checked", "t", "enabled")
"""What Alertmanager's framework takes for true, in any case; it takes anything else for false."""
_FALSE = ("false", "0", "no", "n", "off", "unchecked", "f", "disabled")


@dataclass(frozen=True)
class Call:
    """A request of somebody who may make it, and what its answer needs."""

    request: Request
    caller: Identity
    settings: Settings
    redis: Redis
    log: Logger
    sources: Sources
    name: str = ""
    """The last part of the address, where it names something."""


class Refusal(Refused):
    """
    A request that is refused, with any status.

    Attributes:
        headers: Of the answer.
        code: Of the object that Alertmanager's framework answers with; 0: the answer is words alone, as those of
            Alertmanager itself, unless only its framework has the status.
    """

    def __init__(self, status: int, reason: Reason, headers: Mapping[str, str] | None = None, *, code: int = 0) -> None:
        super().__init__(status, reason)
        self.headers = dict(headers or {})
        self.code = code


def body_of(call: Call, most_bytes: int = 0) -> bytes:
    """
    Return the body of a request, which must be JSON.

    Args:
        most_bytes: 0: what every address of `ingest` takes.

    Raises:
        Refusal: there is none, it is too long, or of another type.
    """
    body = call.request.get_data(cache=False)
    if not body.strip():
        raise Refusal(422, reasons.of("ingest.required", field="what is posted"), code=MISSING)
    if (call.request.mimetype or "") != "application/json":
        wanted = {"given": (call.request.content_type or "")[:100], "wanted": ["application/json"]}
        raise Refusal(415, reasons.of("ingest.content_type", **wanted))
    if most_bytes and len(body) > most_bytes:
        raise Refusal(413, reasons.of("ingest.body_bytes", limit=most_bytes))
    return body


def flag(call: Call, name: str) -> bool:
    """
    Return what the address says of a switch, which is on unless it says otherwise.

    Raises:
        Refusal: it is neither true nor false.
    """
    given = (call.request.args.getlist(name) or [""])[-1].lower()
    if given not in ("", *_TRUE, *_FALSE):
        raise Refusal(422, reasons.of("ingest.no_flag", name=name, given=given[:40]))
    return given not in _FALSE


def nothing(status: int) -> Response:
    """Return an answer without a body, and without a type of it."""
    answer = Response(status=status)
    del answer.headers["Content-Type"]
    return answer


def json_answer(body: object) -> Response:
    """Return a document."""
    return Response(msgspec.json.encode(body), content_type="application/json")
