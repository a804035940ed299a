"""
Alertmanager's API v2 under any prefix: who may call, which endpoint, and how Alertmanager words a refusal. Shell.

Senders and tools append its paths to the address that they are given, so a prefix is accepted and means nothing.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec
from redis import Redis
from redis.exceptions import RedisError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from api.auth import bearer
from api.auth.identity import Identity, Role
from ingest import answers
from ingest.alertmanager import cors, read, receive, silences
from ingest.alertmanager.calls import RETRY_S, Call, Refusal, nothing
from ingest.format import Refused
from ingest.sources import Sources
from shared.log import Logger
from shared.model import reasons
from shared.model.reasons import Reason
from shared.setting_values import listed
from shared.settings import Settings

DOOR = "alertmanager"
"""What keys and mappings call it."""
_PATH = re.compile(
    r"(?:/[\w.~-]{1,64}){0,4}/(?:api/v2/(alerts(?:/groups)?|silences|silence|receivers|status)(?:/([^/]{1,128}))?|(metrics|-/healthy|-/ready))"
)


@dataclass(frozen=True)
class Endpoint:
    """One method of one address."""

    role: Role
    answer: Callable[[Call], Response]


def endpoint_of(path: str) -> tuple[str, str] | None:
    """Return which of Alertmanager's addresses a path ends in, and the name after it; None if it is none of them."""
    found = _PATH.fullmatch(path)
    if found is None or bool(found[2]) is not (found[1] == "silence"):
        return None
    return found[1] or found[3], found[2] or ""


@dataclass(frozen=True)
class Api:
    """Answers requests to Alertmanager's addresses."""

    settings: Settings
    redis: Redis
    log: Logger
    sources: Sources

    def answer(self, request: Request, address: str, name: str) -> Response:
        """Answer one request to what `endpoint_of` returned."""
        if address in ("-/healthy", "-/ready"):
            return Response("OK\n")
        if address == "metrics":
            return Response(read.BUILD_INFO, content_type="text/plain; version=0.0.4; charset=utf-8")
        methods = _ENDPOINTS[address]
        origins = listed(self.settings.ingest_cors_origins)
        answer = cors.preflight(request, origins, methods) or self._answer_method(request, methods, name)
        answer.headers["Cache-Control"] = "no-store"
        return cors.allow(request, answer, origins)

    def _answer_method(self, request: Request, methods: Mapping[str, Endpoint], name: str) -> Response:
        endpoint = methods.get(request.method)
        if endpoint is None:
            allowed = {"Allow": ", ".join(sorted(methods))}
            return _refuse(request, 405, reasons.of("ingest.other_method", methods=sorted(methods)), allowed)
        try:
            caller = self._caller(request, endpoint.role)
            return endpoint.answer(Call(request, caller, self.settings, self.redis, self.log, self.sources, name))
        except Refusal as error:
            return _refuse(request, error.status, error.reason, error.headers, error.code)
        except Refused as error:
            return _refuse(request, error.status, error.reason)
        except HTTPException as error:
            # Werkzeug describes it in English.
            described = reasons.of("problem.text", text=error.description or "The request cannot be read.")
            return _refuse(request, error.code or 400, described)
        except RedisError as error:
            self.log.warning("ingest.not_taken", reason=str(error), door=DOOR)
            return _refuse(request, 503, reasons.of("ingest.redis_away"), {"Retry-After": str(RETRY_S)})

    def _caller(self, request: Request, role: Role) -> Identity:
        token = answers.token_of(request.headers.get("Authorization", ""))
        identity = bearer.identify(self.redis, token) if token else None
        if identity is None:
            offered = 'Basic realm="enhanced-alerts", Bearer realm="enhanced-alerts"'
            raise Refusal(401, reasons.of("ingest.any_key_needed"), {"WWW-Authenticate": offered})
        if not identity.may(role):
            values = {"name": identity.name, "role": identity.role, "needed": role}
            raise Refusal(403, reasons.of("ingest.other_role_needed", **values))
        if role == "publisher" and not identity.may_publish_by(DOOR):
            doors = list(identity.doors)
            raise Refusal(403, reasons.of("ingest.other_door", name=identity.name, door=DOOR, doors=doors))
        return identity


def _refuse(
    request: Request, status: int, why: Reason, headers: dict[str, str] | None = None, code: int = 0
) -> Response:
    """Refuse as Alertmanager does: a JSON string; an object where its framework refuses; nothing where nothing is."""
    if status == 404 and request.method != "POST":
        return nothing(404)
    text = reasons.text(why, answers.language(request))
    body = {"code": code or status, "message": text} if code or status in (405, 415, 422) else text
    return Response(msgspec.json.encode(body), status, headers, content_type="application/json")


_ENDPOINTS: dict[str, dict[str, Endpoint]] = {
    "alerts": {"GET": Endpoint("viewer", read.alerts), "POST": Endpoint("publisher", receive.post_alerts)},
    "alerts/groups": {"GET": Endpoint("viewer", read.groups)},
    "receivers": {"GET": Endpoint("viewer", read.receivers)},
    "status": {"GET": Endpoint("viewer", read.status)},
    "silences": {"GET": Endpoint("viewer", silences.all_silences), "POST": Endpoint("operator", silences.post)},
    "silence": {"GET": Endpoint("viewer", silences.one_silence), "DELETE": Endpoint("operator", silences.expire)},
}
