"""
The HTTP side of every push protocol: who may send, how much, and when to come again.

A body is answered with 2xx only after the streams have taken it. Overload and an unreachable Redis are 503 with
Retry-After and never 429: Prometheus drops a batch that is answered with 429.
"""

import base64
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from wsgiref.types import StartResponse, WSGIEnvironment

import msgspec
from redis import Redis
from redis.exceptions import RedisError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from api.auth import bearer
from api.auth.identity import Identity
from api.limits import publishing
from api.web import problems
from ingest import write
from ingest.entities import Relabeling
from ingest.format import MAX_BODY_BYTES, Decoded, PlaceCache, Refused, inflated
from ingest.formats import collectd, influx, otlp, remote_write
from shared.log import Logger
from shared.model import reasons
from shared.model.reasons import Language, Reason
from shared.settings import Settings

RETRY_S = 5
"""Prometheus asks again exactly then; an exporter of OpenTelemetry gives up after about ten seconds."""
MAX_NAMES = publishing.MAX_NAMES

Door = Callable[["Doors", Request], tuple[Decoded, Response]]


@dataclass
class Doors:
    """A WSGI application with one door per protocol."""

    settings: Settings
    redis: Redis
    log: Logger
    relabeling: Relabeling = field(default_factory=Relabeling)

    def __post_init__(self) -> None:
        self._caches: dict[str, PlaceCache] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        # One byte more than is allowed, so that a chunked body over the limit is seen.
        request.max_content_length = MAX_BODY_BYTES + 1
        return self._answer(request)(environ, start_response)

    def cache(self, format_name: str) -> PlaceCache:
        """Return the places of the series of one protocol, by the bytes of their labels."""
        return self._caches.setdefault(format_name, PlaceCache(self.relabeling))

    def _answer(self, request: Request) -> Response:
        if request.path in ("/-/healthy", "/-/ready", "/healthz", "/readyz"):
            return Response("OK\n")
        door = _DOORS.get(request.path)
        if door is None:
            there = reasons.of("ingest.no_such_address", path=request.path[:100], paths=list(_DOORS))
            return _problem(request, 404, there)
        if request.method != "POST":
            return _problem(request, 405, reasons.of("ingest.post_only", path=request.path))
        try:
            caller = self._caller(request)
            if isinstance(caller, Response):
                return caller
            decoded, answer = door(self, request)
            return self._take(request, caller, decoded) or answer
        except Refused as error:
            return _problem(request, error.status, error.reason)
        except HTTPException as error:
            # Werkzeug describes it in English.
            described = reasons.of("problem.text", text=error.description or "The request cannot be read.")
            return _problem(request, error.code or 400, described)
        except RedisError as error:
            self.log.warning("ingest.not_taken", reason=str(error), door=request.path)
            return _problem(request, 503, reasons.of("ingest.redis_away"), {"Retry-After": str(RETRY_S)})

    def _caller(self, request: Request) -> Identity | Response:
        token = _token(request.headers.get("Authorization", ""))
        identity = bearer.identify(self.redis, token) if token else None
        if identity is None:
            return _problem(
                request,
                401,
                reasons.of("ingest.key_needed"),
                # collectd sends its password only when it is asked for Basic.
                {"WWW-Authenticate": 'Basic realm="enhanced-alerts", Bearer realm="enhanced-alerts"'},
            )
        if not identity.may("publisher"):
            needed = reasons.of("ingest.role_needed", name=identity.name, role=identity.role)
            return _problem(request, 403, needed)
        return identity

    def _take(self, request: Request, caller: Identity, decoded: Decoded) -> Response | None:
        """Write the events; return an answer if they were not all taken."""
        foreign = {event.plugin_id for event in decoded.events if not caller.may_publish_for(event.plugin_id)}
        if foreign:
            decoded.events = [event for event in decoded.events if event.plugin_id not in foreign]
            self.log.warning("ingest.not_allowed", caller=caller.name, plugins=len(foreign), example=min(foreign))
        if not decoded.events:
            return None
        # The length of a body in chunks is known when it has been read.
        size = request.content_length if request.content_length is not None else request.stream.tell()
        allowed = publishing.admit(self.redis, self.settings, caller.principal, caller.name, size, decoded.events)
        if allowed.wait_ms:
            seconds = max(1, -(-allowed.wait_ms // 1_000))
            later = reasons.of("limit.try_again", because=allowed.reason, wait_s=seconds)
            return _problem(request, 503, later, {"Retry-After": str(seconds)})
        events = [event for event in decoded.events if event.plugin_id not in allowed.plugins_refused]
        for event in events:
            for metric in allowed.names_refused & event.metrics.keys():
                del event.metrics[metric]
        write.write(
            self.redis, events, partitions=self.settings.partitions, max_entries=self.settings.stream_max_entries
        )
        return None


def _token(authorization: str) -> str:
    """Return the API key of a header: the token of Bearer, or the password of Basic."""
    scheme, _, rest = authorization.strip().partition(" ")
    rest = rest.strip()
    if scheme.lower() in ("bearer", "token"):  # "Token" is what clients of InfluxDB 2 send.
        return rest
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(rest, validate=True).decode().partition(":")[2]
    except ValueError:
        return ""


def _problem(request: Request, status: int, detail: Reason, headers: dict[str, str] | None = None) -> Response:
    """Answer with a problem document in the language of the request. Senders write its `detail` to their log."""
    words = _language(request)
    body = msgspec.json.encode(problems.document(status, detail, words, request.path))
    answer = Response(body, status, headers, content_type=problems.MEDIA_TYPE)
    answer.headers["Content-Language"] = words
    return answer


def _language(request: Request) -> Language:
    return problems.language(request.headers.get("Accept-Language", ""))


def _remote_write(doors: Doors, request: Request) -> tuple[Decoded, Response]:
    version = remote_write.version(request.content_type or "", request.headers.get("Content-Encoding", ""))
    decoded = remote_write.decode(request.get_data(cache=False), version, doors.cache(f"remote_write.{version}"))
    answer = Response(status=204)
    # Without these Prometheus counts every sample of a 2.0 request as failed.
    answer.headers["X-Prometheus-Remote-Write-Samples-Written"] = str(
        decoded.samples + decoded.filtered + decoded.not_finite
    )
    answer.headers["X-Prometheus-Remote-Write-Histograms-Written"] = "0"
    answer.headers["X-Prometheus-Remote-Write-Exemplars-Written"] = "0"
    return decoded, _taken(request, decoded) if decoded.refused else answer


def _otlp(doors: Doors, request: Request) -> tuple[Decoded, Response]:
    kind = otlp.media_type(request.content_type or "")
    encoding = request.headers.get("Content-Encoding", "")
    decoded = otlp.decode(request.get_data(cache=False), kind, encoding, doors.cache("otlp"))
    return decoded, Response(otlp.answer(decoded, kind, _language(request)), content_type=kind)


def _collectd(doors: Doors, request: Request) -> tuple[Decoded, Response]:
    body = inflated(request.get_data(cache=False), request.headers.get("Content-Encoding", ""))
    decoded = collectd.decode(body, doors.cache("collectd"))
    return decoded, _taken(request, decoded)


def _influx(doors: Doors, request: Request) -> tuple[Decoded, Response]:
    body = inflated(request.get_data(cache=False), request.headers.get("Content-Encoding", ""))
    decoded = influx.decode(body, request.args.get("precision", ""), doors.cache("influx"))
    return decoded, _taken(request, decoded)


def _taken(request: Request, decoded: Decoded) -> Response:
    """Return 204, or 400 that says which parts of the body were refused; the good parts are taken either way."""
    return _problem(request, 400, decoded.refusal) if decoded.refused else Response(status=204)


_DOORS: dict[str, Door] = {
    "/api/v1/write": _remote_write,
    "/v1/metrics": _otlp,
    "/collectd": _collectd,
    "/write": _influx,
    "/api/v2/write": _influx,
}
