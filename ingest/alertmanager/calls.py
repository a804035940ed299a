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
from shared.model.reasons import Reason
from shared.settings import Settings

RETRY_S = 5


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
        code: Of the object that Alertmanager's framework answers with; 0: that of the status.
    """

    def __init__(self, status: int, reason: Reason, headers: Mapping[str, str] | None = None, *, code: int = 0) -> None:
        super().__init__(status, reason)
        self.headers = dict(headers or {})
        self.code = code


def json_answer(body: object) -> Response:
    """Return a document that no cache keeps."""
    answer = Response(msgspec.json.encode(body), content_type="application/json")
    answer.headers["Cache-Control"] = "no-store"
    return answer
