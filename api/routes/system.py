"""The system itself: status, statistics, plugins, dead letters, health."""

from collections import Counter

import msgspec
from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field
from redis.exceptions import RedisError

from api import metrics, queries, responses
from api.auth import open_to_all, requires
from api.documents import ANYTHING, PROBLEMS, a_list, an_object, json_answer
from api.services import services
from dispatchers import channel as channels
from shared import backup, connection, keys, process, rules
from shared import channels as configurations
from shared.clock import SystemClock
from shared.errors import Unavailable

routes = APIBlueprint("system", __name__, abp_tags=[Tag(name="system")], abp_responses=PROBLEMS)
health = APIBlueprint("health", __name__, abp_tags=[Tag(name="health")])
PREFIX = "/api/enhanced-alerts"


class HoursQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    hours: int = Field(24, ge=1, le=24 * 366)


class LimitQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    limit: int = Field(100, ge=1, le=1_000)


@routes.get(f"{PREFIX}/status", responses=json_answer(ANYTHING))
@requires("viewer")
def status() -> Response:
    """How the pipeline is: server, processes, partitions with lag and owner, queues, active alerts."""
    known = services()
    redis, now_ms = known.redis, SystemClock().now_ms()
    partitions = known.settings.partitions
    alive = process.reports(redis, now_ms)
    ready = Counter(report.component for report in alive if report.ready)
    missing = [name for name in ("evaluator", "router", "worker", "relay") if not ready[name]]
    revision, found, broken = rules.load_all(redis)
    names = sorted({*channels.catalogue(), *configurations.names(redis)})
    failures = redis.mget([keys.failures(name) for name in names])
    return responses.json(
        {
            "status": "ok" if not missing else "degraded",
            "missing": missing,
            "at_ms": now_ms,
            "server": connection.check(redis, known.settings.effective_redis_url),
            "processes": alive,
            "partitions": queries.each_partition(partitions, lambda p: queries.partition_state(redis, p)),
            "queues": {name: redis.llen(f"rq:queue:channel-{name}") for name in names},
            "failing_channels": {name: int(n) for name, n in zip(names, failures, strict=True) if n},
            "rules": {"revision": revision, "total": len(found), "enabled": sum(r.enabled for r in found)},
            "unreadable_rules": broken,
            "active_alerts": queries.active_counts(redis),
            "dead_notifications": redis.zcard(keys.dead_notifications()),
        }
    )


@routes.get(f"{PREFIX}/statistics", responses=json_answer(ANYTHING))
@requires("viewer")
def statistics(query: HoursQuery) -> Response:
    """What happened in the last hours: totals, by severity, plugin, rule and hour; and the board as it is now."""
    return responses.json(queries.statistics(services().redis, query.hours, SystemClock().now_ms()))


@routes.get(f"{PREFIX}/plugins", responses=json_answer(an_object(plugins=a_list(ANYTHING))))
@requires("viewer")
def plugins() -> Response:
    """Every plugin heard of, with its newest metrics and states, last heard of first."""
    found = [msgspec.json.decode(body) for body in services().redis.hvals(keys.plugins())]
    found.sort(key=lambda plugin: -plugin["last_at_ms"])
    return responses.json({"plugins": found})


@routes.get(f"{PREFIX}/dead-letters", responses=json_answer(an_object(dead_letters=a_list(ANYTHING))))
@requires("admin")
def dead_letters(query: LimitQuery) -> Response:
    """Events that could not be evaluated, newest first, each with the reason."""
    known = services()
    found = queries.dead_letters(known.redis, known.settings.partitions, query.limit)
    return responses.json({"dead_letters": found})


@routes.get("/metrics", responses={"200": {"description": "Prometheus text", "content": {"text/plain": {}}}})
@requires("viewer")
def prometheus() -> Response:
    """Counters and gauges of every component; scrape with an API key of role viewer."""
    known = services()
    text = metrics.exposition(known.redis, known.settings, SystemClock().now_ms())
    return Response(text, content_type=metrics.CONTENT_TYPE)


@routes.get(f"{PREFIX}/backup", responses={"200": {"description": "The file", "content": {"application/gzip": {}}}})
@requires("admin")
def backup_file() -> Response:
    """A backup of what people have set up, secrets sealed; `enhanced-alerts restore` takes it."""
    known = services()
    packed = backup.collect(known.redis, known.settings.partitions, with_alerts=False)
    headers = {"Content-Disposition": 'attachment; filename="enhanced-alerts.json.gz"'}
    return Response(packed, headers=headers, content_type="application/gzip")


@health.get("/healthz", responses=json_answer(ANYTHING))
@open_to_all
def healthz() -> Response:
    """This process is alive."""
    return responses.json({"status": "alive"})


@health.get("/readyz", responses={**json_answer(ANYTHING), "503": PROBLEMS["503"]})
@open_to_all
def readyz() -> Response:
    """This process can serve; if not, why."""
    try:
        services().redis.ping()
    except RedisError as error:
        raise Unavailable(f"Redis does not answer ({type(error).__name__}).") from error
    return responses.json({"status": "ready"})
