"""Requests to the addresses of other products: who sends, how much, and the refusal in that product's words. Shell."""

from dataclasses import dataclass

from redis import Redis
from redis.exceptions import RedisError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from api.auth import bearer
from api.auth.identity import Identity
from ingest import answers
from ingest.alertmanager.calls import RETRY_S, Call, Refusal
from ingest.format import Refused, inflated
from ingest.incoming import opsgenie, pagerduty, webhooks
from ingest.incoming.kind import Kind
from ingest.sources import Sources
from shared.log import Logger
from shared.model import reasons
from shared.settings import Settings

_BY_PATH = {"/v2/enqueue": pagerduty.ENQUEUE, "/v2/change/enqueue": pagerduty.ENQUEUE_CHANGE}


def kind_of(path: str) -> tuple[Kind, str] | None:
    """Return what is received at a path, and the name in it; None if nothing is."""
    found = _BY_PATH.get(path)
    return (found, "") if found is not None else opsgenie.kind_of(path) or webhooks.kind_of(path)


@dataclass(frozen=True)
class Receiving:
    """Answers requests to the addresses that `kind_of` knows."""

    settings: Settings
    redis: Redis
    log: Logger
    sources: Sources

    def answer(self, request: Request, kind: Kind, name: str) -> Response:
        """Answer one request to what `kind_of` returned."""
        try:
            if request.method != "POST":
                raise Refusal(405, reasons.of("ingest.other_method", methods=["POST"]), {"Allow": "POST"})
            request.max_content_length = kind.max_bytes + 1
            encoding = request.headers.get("Content-Encoding", "")
            body = inflated(request.get_data(cache=False), encoding, kind.max_bytes)
            caller = self._caller(request, kind, body)
            if self.sources.version is None:
                raise Refusal(503, reasons.of("ingest.no_mapping"), {"Retry-After": str(RETRY_S)})
            return kind.answer(Call(request, caller, self.settings, self.redis, self.log, self.sources, name), body)
        except Refusal as error:
            return kind.refuse(request, error.status, error.reason, error.headers, error)
        except Refused as error:
            return kind.refuse(request, error.status, error.reason, {}, error)
        except HTTPException as error:
            # Werkzeug describes it in English.
            described = reasons.of("problem.text", text=error.description or "The request cannot be read.")
            return kind.refuse(request, error.code or 400, described, {}, None)
        except RedisError as error:
            self.log.warning("ingest.not_taken", reason=str(error), door=kind.door)
            return kind.refuse(request, 503, reasons.of("ingest.redis_away"), {"Retry-After": str(RETRY_S)}, None)
        except Exception as error:
            if not kind.in_address:
                raise
            # The server would log the address, and with it the key.
            self.log.error("ingest.failed", exception=error, door=kind.door, kind=name)
            return kind.refuse(request, 500, reasons.of("ingest.failed"), {}, None)

    def _caller(self, request: Request, kind: Kind, body: bytes) -> Identity:
        token = answers.token_of(request.headers.get("Authorization", ""))
        is_in_address = kind.in_address and not token
        token = token or kind.key_of(request, body)
        identity = bearer.identify(self.redis, token) if token else None
        if identity is None:
            offered = 'Basic realm="enhanced-alerts", Bearer realm="enhanced-alerts"'
            raise Refusal(401, reasons.of("ingest.door_key_needed"), {"WWW-Authenticate": offered})
        if not identity.may("publisher"):
            raise Refusal(403, reasons.of("ingest.role_needed", name=identity.name, role=identity.role))
        if not identity.may_publish_by(kind.door):
            doors = {"door": kind.door, "doors": list(identity.doors)}
            raise Refusal(403, reasons.of("ingest.other_door", name=identity.name, **doors))
        if is_in_address and (identity.role != "publisher" or identity.doors != (kind.door,)):
            raise Refusal(403, reasons.of("ingest.key_in_address", name=identity.name, door=kind.door))
        return identity
