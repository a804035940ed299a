"""The system itself: status, statistics, plugins, dead letters, health."""

from collections import Counter
from contextlib import suppress

from flask import Response, request
from flask_openapi3 import APIBlueprint, Tag
from pydantic import ConfigDict, Field
from redis import Redis
from redis.exceptions import OutOfMemoryError, ReadOnlyError, RedisError

from api.auth.guard import author, caller, open_to_all, requires
from api.describe.shapes import (
    ANYTHING,
    FLAG,
    NUMBER,
    PROBLEMS,
    TEXT,
    a_list,
    a_map,
    a_page,
    an_object,
    json_answer,
    of,
    or_null,
)
from api.read import archived_series, dead_letters, metrics, pipeline, queries, rule_series
from api.routes.series_query import SeriesQuery
from api.web import responses
from api.web.parameters import PageQuery, Query
from api.web.services import services
from dispatchers import channel as channels
from shared import process
from shared.clock import SystemClock
from shared.errors import Unavailable
from shared.model import event_time, reasons
from shared.model.alerts import SEVERITIES
from shared.model.processes import ProcessReport
from shared.redis import connection, delivery_keys
from shared.store import audit, backup, channel_store, rule_store

routes = APIBlueprint("system", __name__, abp_tags=[Tag(name="system")], abp_responses=PROBLEMS)
health = APIBlueprint("health", __name__, abp_tags=[Tag(name="health")])
PREFIX = "/api/enhanced-alerts"
_COUNTS = a_map(NUMBER)
_BOARD = an_object(total=NUMBER, by_severity=_COUNTS, by_state=_COUNTS, by_plugin=_COUNTS)
STATUS = an_object(
    status={"type": "string", "enum": ["ok", "degraded"]},
    missing=a_list(TEXT),
    trouble=TEXT,
    trouble_code=TEXT,
    trouble_values=ANYTHING,
    at_ms=NUMBER,
    server=TEXT,
    memory=an_object(used_bytes=NUMBER, limit_bytes=or_null(NUMBER)),
    processes=a_list(of(ProcessReport)),
    partitions=a_list(
        an_object(partition=NUMBER, lag=or_null(NUMBER), owner=or_null(TEXT), outbox=NUMBER, dead_letters=NUMBER)
    ),
    queues=_COUNTS,
    failing_channels=_COUNTS,
    rules=an_object(revision=NUMBER, total=NUMBER, enabled=NUMBER),
    unreadable_rules=a_map(TEXT),
    active_alerts=_BOARD,
    dead_notifications=NUMBER,
    stream_keep_seconds={"type": "number"},
    history_days={"type": "number"},
)
_WORK = an_object(ready=FLAG, since_ms=or_null(NUMBER))
PIPELINE = an_object(evaluator=_WORK, router=_WORK, worker=_WORK)
STATISTICS = an_object(
    hours=NUMBER,
    fired=NUMBER,
    acknowledged=NUMBER,
    resolved=NUMBER,
    by_severity=_COUNTS,
    by_plugin=_COUNTS,
    by_rule=_COUNTS,
    by_hour=a_list(an_object(hour_at_ms=NUMBER, fired=NUMBER, by_severity=_COUNTS)),
    mean_ms_to_acknowledge=or_null(NUMBER),
    mean_ms_to_resolve=or_null(NUMBER),
    active=_BOARD,
)
PLUGIN = an_object(
    plugin_id=TEXT,
    plugin_name=TEXT,
    parent_id=TEXT,
    last_at_ms=NUMBER,
    labels=a_map(TEXT),
    metrics=a_map({"type": "number"}),
    states=a_map(TEXT),
    active_alerts=NUMBER,
    severity=or_null({"type": "string", "enum": list(SEVERITIES)}),
)
DEAD_LETTER = an_object(
    partition=NUMBER, at_ms=NUMBER, reason=TEXT, reason_code=TEXT, reason_values=ANYTHING, payload=TEXT
)
SAMPLE = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
SERIES = an_object(
    series=a_list(
        an_object(
            plugin_id=TEXT,
            metric=TEXT,
            samples=a_list(SAMPLE),
            since_ms=NUMBER,
            plugins=a_list(TEXT),
            step_ms=NUMBER,
            lows=a_list(NUMBER),
            highs=a_list(NUMBER),
            gaps=a_list(SAMPLE),
        )
    ),
    unavailable_before_ms=or_null(NUMBER),
)
HEALTH = an_object(status=TEXT)


class HoursQuery(Query):
    model_config = ConfigDict(extra="forbid")

    hours: int = Field(24, ge=1, le=24 * 366)
    until_ms: int | None = Field(None, ge=0, le=253_402_300_799_999, description="End of these hours; default: now.")


class LettersQuery(PageQuery):
    limit: int = Field(100, ge=1, le=1_000)


@routes.get(f"{PREFIX}/status", responses=json_answer(STATUS))
@requires("viewer")
def status() -> Response:
    """Status of the pipeline: server, processes, partitions with lag and owner, queues, active alerts."""
    known = services()
    redis, now_ms = known.redis, SystemClock().now_ms()
    partitions = known.settings.partitions
    alive = process.reports(redis, now_ms)
    ready = Counter(report.component for report in alive if report.ready)
    trouble = connection.trouble(redis) or connection.risk(redis)
    missing = [name for name in ("evaluator", "router", "worker", "relay") if not ready[name]]
    revision, found, broken = rule_store.load_all(redis)
    names = sorted({*channels.catalogue(), *channel_store.names(redis)})
    failures = redis.mget([delivery_keys.failures(name) for name in names])
    return responses.json(
        {
            "status": "ok" if not missing and not trouble else "degraded",
            "missing": missing,
            **reasons.fields(trouble or "", "trouble"),
            "at_ms": now_ms,
            "server": connection.check(redis, known.settings.effective_redis_url),
            "memory": _memory(redis),
            "processes": alive,
            "partitions": queries.each_partition(partitions, lambda p: queries.partition_state(redis, p)),
            "queues": {name: redis.llen(f"rq:queue:channel-{name}") for name in names},
            "failing_channels": {name: int(n) for name, n in zip(names, failures, strict=True) if n},
            "rules": {"revision": revision, "total": len(found), "enabled": sum(r.enabled for r in found)},
            "unreadable_rules": broken,
            "active_alerts": queries.active_counts(redis),
            "dead_notifications": redis.zcard(delivery_keys.dead_notifications()),
            "stream_keep_seconds": known.settings.stream_keep_seconds,
            "history_days": known.settings.history_days,
        }
    )


def _memory(redis: Redis) -> dict[str, int | None]:
    info = redis.info("memory")
    return {"used_bytes": info["used_memory"], "limit_bytes": info["maxmemory"] or None}


@routes.get(f"{PREFIX}/pipeline", responses=json_answer(PIPELINE))
@requires("viewer")
def pipeline_state() -> Response:
    """Whether events are evaluated, alerts routed and messages delivered now, and if not, since when."""
    known = services()
    return responses.json(pipeline.state(known.redis, known.settings.partitions, SystemClock().now_ms()))


@routes.get(f"{PREFIX}/statistics", responses=json_answer(STATISTICS))
@requires("viewer")
def statistics(query: HoursQuery) -> Response:
    """Statistics of a number of hours: totals, means, by severity, plugin, rule and hour; and the current board."""
    until_ms = SystemClock().now_ms() if query.until_ms is None else query.until_ms
    return responses.json(queries.statistics(services().redis, query.hours, until_ms))


class PluginsQuery(Query):
    model_config = ConfigDict(extra="forbid")

    cursor: str | None = Field(None, max_length=1_000, description="`next_cursor` of the page before.")
    limit: int = Field(1_000, ge=1, le=1_000)


@routes.get(
    f"{PREFIX}/plugins",
    responses=json_answer(an_object(plugins=a_list(PLUGIN), next_cursor=or_null(TEXT), total=NUMBER)),
)
@requires("viewer")
def plugins(query: PluginsQuery) -> Response:
    """Plugins with their newest metrics, states and open alerts, the most recent first, by pages."""
    redis = services().redis
    page = queries.plugins_page(redis, query.cursor, query.limit)
    opened = queries.open_by_plugin(redis)
    for one in page["plugins"]:
        one["active_alerts"], one["severity"] = opened.get(one["plugin_id"], (0, None))
    return responses.json(page)


@routes.post(f"{PREFIX}/series/query", responses=json_answer(SERIES))
@requires("viewer")
def recent(body: SeriesQuery) -> Response:
    """
    Samples of metrics, oldest first, as far back as the archive keeps them. Of a series with more samples than
    `points`, each sample is the mean of a span of `step_ms` that begins at its instant, and `lows` and `highs` hold the
    lowest and the highest of each span. `since_ms` is the instant from which the samples are complete, and `gaps` are
    spans of which events were lost. While the archive cannot be read, samples before `unavailable_before_ms` may be
    missing.
    """
    known, now_ms = services(), SystemClock().now_ms()
    until_ms = now_ms + event_time.MAX_FUTURE_MS if body.until_ms is None else body.until_ms
    since_ms = now_ms - int(known.settings.stream_keep_seconds * 1000) if body.since_ms is None else body.since_ms
    partitions = known.settings.partitions
    range_ = (since_ms, until_ms, body.points, partitions)
    of_metrics = [(one.plugin_id, one.metric) for one in body.series if one.metric is not None]
    answers = [archived_series.read(known.redis, known.archive, of_metrics, *range_)]
    read = iter(answers[0].series)
    found = []
    for one in body.series:
        if one.rule_id is None:
            found.append(next(read))
        else:
            rule = rule_store.get(known.redis, one.rule_id)
            answers.append(rule_series.read(known.redis, known.archive, rule, one.plugin_id, *range_))
            found += answers[-1].series
    before_ms = max((a.unavailable_before_ms for a in answers if a.unavailable_before_ms is not None), default=None)
    return responses.json({"series": found, "unavailable_before_ms": before_ms})


@routes.get(f"{PREFIX}/dead-letters", responses=json_answer(a_page(dead_letters=a_list(DEAD_LETTER))))
@requires("admin")
def refused_events(query: LettersQuery) -> Response:
    """Events that could not be evaluated, newest first, each with the reason; by pages."""
    known = services()
    found = dead_letters.page(known.redis, known.settings.partitions, query.cursor, query.limit)
    return responses.json(found.answer("dead_letters"))


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
    """A backup of the configuration, with sealed secrets, for `enhanced-alerts restore`."""
    known = services()
    packed = backup.collect(known.redis, known.settings.partitions, with_alerts=False)
    known.log.info("backup.downloaded", principal=caller().principal, address=request.remote_addr)
    # A backup is wanted most when nothing can be written any more.
    with suppress(OutOfMemoryError, ReadOnlyError), known.redis.pipeline() as pipe:
        audit.stage(pipe, author(), "backup.download", "enhanced-alerts.json.gz")
        pipe.execute()
    headers = {"Content-Disposition": 'attachment; filename="enhanced-alerts.json.gz"'}
    return Response(packed, headers=headers, content_type="application/gzip")


@health.get("/healthz", responses=json_answer(HEALTH))
@open_to_all
def healthz() -> Response:
    """Whether this process is alive."""
    return responses.json({"status": "alive"})


@health.get("/readyz", responses={**json_answer(HEALTH), "503": PROBLEMS["503"]})
@open_to_all
def readyz() -> Response:
    """Whether this process can serve requests; if not, the reason."""
    try:
        trouble = connection.trouble(services().redis)
    except RedisError as error:
        raise Unavailable(reasons.of("redis.silent", error=type(error).__name__)) from error
    if trouble:
        raise Unavailable(trouble)
    return responses.json({"status": "ready"})
