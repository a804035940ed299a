"""
The HTTP side of every push protocol: who may send, how much, and when to come again.

A body is answered with 2xx only after the streams have taken it. Overload and an unreachable Redis are 503 with
Retry-After and never 429: Prometheus drops a batch that is answered with 429.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from wsgiref.types import StartResponse, WSGIEnvironment

from redis import Redis
from redis.exceptions import RedisError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from api.auth import bearer
from api.auth.identity import Identity
from api.limits import publishing
from ingest import answers, left_out
from ingest.alertmanager.api import Api, endpoint_of
from ingest.format import MAX_BODY_BYTES, Decoded, Refused, inflated
from ingest.formats import collectd, influx
from ingest.incoming import requests as foreign
from ingest.incoming import webhooks
from ingest.incoming.requests import Receiving
from ingest.sources import Source, Sources
from shared.log import Logger
from shared.model import reasons
from shared.redis import event_writer
from shared.settings import Settings

RETRY_S = 5
"""Prometheus asks again exactly then; an exporter of OpenTelemetry gives up after about ten seconds."""
MAX_NAMES = publishing.MAX_NAMES

Answer = Callable[[], Response]
"""Makes the answer when it is known what of the body was taken."""
Door = Callable[[Source, Request], tuple[Decoded, Answer]]


@dataclass
class Doors:
    """A WSGI application with one door per protocol."""

    settings: Settings
    redis: Redis
    log: Logger
    sources: Sources

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        # One byte more than is allowed, so that a chunked body over the limit is seen.
        request.max_content_length = MAX_BODY_BYTES + 1
        return self._answer(request)(environ, start_response)

    def _answer(self, request: Request) -> Response:
        if request.path in ("/healthz", "/readyz"):
            return Response("OK\n")
        door = _DOORS.get(request.path)
        if door is None and (endpoint := endpoint_of(request.path)) is not None:
            return Api(self.settings, self.redis, self.log, self.sources).answer(request, *endpoint)
        if door is None and (found := foreign.kind_of(request.path)) is not None:
            return Receiving(self.settings, self.redis, self.log, self.sources).answer(request, *found)
        if door is None:
            path = webhooks.without_key(request.path)
            there = reasons.of("ingest.no_such_address", path=path[:100], paths=list(_DOORS))
            return answers.problem(request, 404, there, path=path)
        if request.method != "POST":
            return answers.problem(request, 405, reasons.of("ingest.post_only", path=request.path))
        try:
            caller = self._caller(request)
            if isinstance(caller, Response):
                return caller
            if not caller.may_publish_by(_NAMES[request.path]):
                doors = {"door": _NAMES[request.path], "doors": list(caller.doors)}
                return answers.problem(request, 403, reasons.of("ingest.other_door", name=caller.name, **doors))
            if self.sources.version is None:
                return answers.problem(request, 503, reasons.of("ingest.no_mapping"), {"Retry-After": str(RETRY_S)})
            decoded, answer = door(self.sources.of(caller), request)
            return self._take(request, caller, decoded) or answer()
        except Refused as error:
            return answers.problem(request, error.status, error.reason)
        except HTTPException as error:
            # Werkzeug describes it in English.
            described = reasons.of("problem.text", text=error.description or "The request cannot be read.")
            return answers.problem(request, error.code or 400, described)
        except RedisError as error:
            self.log.warning("ingest.not_taken", reason=str(error), door=request.path)
            return answers.problem(request, 503, reasons.of("ingest.redis_away"), {"Retry-After": str(RETRY_S)})

    def _caller(self, request: Request) -> Identity | Response:
        token = answers.token_of(request.headers.get("Authorization", ""))
        identity = bearer.identify(self.redis, token) if token else None
        if identity is None:
            return answers.problem(
                request,
                401,
                reasons.of("ingest.key_needed"),
                # collectd sends its password only when it is asked for Basic.
                {"WWW-Authenticate": 'Basic realm="enhanced-alerts", Bearer realm="enhanced-alerts"'},
            )
        if not identity.may("publisher"):
            needed = reasons.of("ingest.role_needed", name=identity.name, role=identity.role)
            return answers.problem(request, 403, needed)
        return identity

    def _take(self, request: Request, caller: Identity, decoded: Decoded) -> Response | None:
        """Write the events; return an answer if they were not all taken."""
        foreign = {event.plugin_id for event in decoded.events if not caller.may_publish_for(event.plugin_id)}
        if foreign:
            self.log.warning("ingest.not_allowed", caller=caller.name, plugins=len(foreign), example=min(foreign))
            why = reasons.of("event.not_your_plugin", name=caller.name, plugin_id=min(foreign))
            left_out.plugins(decoded, foreign, why)
        if not decoded.events:
            return None
        # The length of a body in chunks is known when it has been read.
        size = request.content_length if request.content_length is not None else request.stream.tell()
        allowed = publishing.admit(self.redis, self.settings, caller.principal, caller.name, size, decoded.events)
        if allowed.wait_ms:
            seconds = max(1, -(-allowed.wait_ms // 1_000))
            later = reasons.of("limit.try_again", because=allowed.reason, wait_s=seconds)
            return answers.problem(request, 503, later, {"Retry-After": str(seconds)})
        if allowed.plugins_refused or allowed.names_refused:
            beyond = {"plugins": len(allowed.plugins_refused), "names": len(allowed.names_refused)}
            self.log.warning("ingest.beyond_quota", caller=caller.name, **beyond)
            left_out.beyond_quotas(decoded, allowed, caller.name, self.settings)
        event_writer.write(
            self.redis,
            decoded.events,
            partitions=self.settings.partitions,
            max_entries=self.settings.stream_max_entries,
        )
        return None


def _remote_write(source: Source, request: Request) -> tuple[Decoded, Answer]:
    # Loaded with the first request: protocol buffers take 4 MB of a process that needs none.
    from ingest.formats import remote_write

    version = remote_write.version(request.content_type or "", request.headers.get("Content-Encoding", ""))
    decoded = remote_write.decode(request.get_data(cache=False), version, source.cache(f"remote_write.{version}"))

    def answer() -> Response:
        response = _taken(request, decoded)
        # Without these Prometheus counts every sample of a 2.0 request as failed.
        written = decoded.samples + decoded.filtered + decoded.not_finite
        response.headers["X-Prometheus-Remote-Write-Samples-Written"] = str(written)
        response.headers["X-Prometheus-Remote-Write-Histograms-Written"] = str(decoded.histograms)
        response.headers["X-Prometheus-Remote-Write-Exemplars-Written"] = "0"
        return response

    return decoded, answer


def _otlp(source: Source, request: Request) -> tuple[Decoded, Answer]:
    # As for remote write.
    from ingest.formats import otlp

    kind = otlp.media_type(request.content_type or "")
    encoding = request.headers.get("Content-Encoding", "")
    decoded = otlp.decode(request.get_data(cache=False), kind, encoding, source.cache("otlp"))
    return decoded, lambda: Response(otlp.answer(decoded, kind, answers.language(request)), content_type=kind)


def _collectd(source: Source, request: Request) -> tuple[Decoded, Answer]:
    body = inflated(request.get_data(cache=False), request.headers.get("Content-Encoding", ""))
    decoded = collectd.decode(body, source.cache("collectd"))
    return decoded, lambda: _taken(request, decoded)


def _influx(source: Source, request: Request) -> tuple[Decoded, Answer]:
    body = inflated(request.get_data(cache=False), request.headers.get("Content-Encoding", ""))
    decoded = influx.decode(body, request.args.get("precision", ""), source.cache("influx"))
    return decoded, lambda: _taken(request, decoded)


def _taken(request: Request, decoded: Decoded) -> Response:
    """Return 204, or 400 that says which parts of the body were refused; the good parts are taken either way."""
    return answers.problem(request, 400, decoded.refusal) if decoded.refused else Response(status=204)


_DOORS: dict[str, Door] = {
    "/api/v1/write": _remote_write,
    "/v1/metrics": _otlp,
    "/collectd": _collectd,
    "/write": _influx,
    "/api/v2/write": _influx,
}
_NAMES = {
    "/api/v1/write": "remote_write",
    "/v1/metrics": "otlp",
    "/collectd": "collectd",
    "/write": "influx",
    "/api/v2/write": "influx",
}
"""What keys and mappings call the doors."""
