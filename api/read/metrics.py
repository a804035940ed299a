"""The system in the Prometheus format: every process's own counters, from its heartbeat, and the state in Redis."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from redis import Redis

from api.read import queries
from dispatchers import channel as channels
from shared import process
from shared.redis import delivery_keys
from shared.settings import Settings
from shared.store import channel_store, due_groups

READINGS = frozenset({"buffered", "clients", "open_alerts", "partitions", "rules_revision", "series"})
"""What processes report among their counters and goes up and down: no rate of it means anything."""
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def exposition(redis: Redis, settings: Settings, now_ms: int) -> bytes:
    """Return the text a Prometheus server scrapes."""
    registry = CollectorRegistry()
    registry.register(_Collector(redis, settings, now_ms))
    return generate_latest(registry)


class _Collector:
    def __init__(self, redis: Redis, settings: Settings, now_ms: int) -> None:
        self._redis = redis
        self._settings = settings
        self._now_ms = now_ms

    def collect(self) -> Iterator[Metric]:
        yield from self._processes()
        yield from self._partitions()
        yield from self._board()
        yield from self._channels()

    def _processes(self) -> Iterator[Metric]:
        labels = ["component", "host", "pid"]
        ready = GaugeMetricFamily("enhanced_alerts_process_ready", "1 if the process does its job now", labels=labels)
        started = GaugeMetricFamily("enhanced_alerts_process_start_time_seconds", "When it started", labels=labels)
        done = CounterMetricFamily("enhanced_alerts_work", "What it counted", labels=[*labels, "what"])
        now = GaugeMetricFamily("enhanced_alerts_reading", "What it has now", labels=[*labels, "what"])
        for report in process.reports(self._redis, self._now_ms):
            of = [report.component, report.host, str(report.pid)]
            ready.add_metric(of, float(report.ready))
            started.add_metric(of, report.started_at_ms / 1000)
            for what, count in sorted(report.counters.items()):
                (now if what in READINGS else done).add_metric([*of, what], count)
        yield from (ready, started, done, now)

    def _partitions(self) -> Iterator[Metric]:
        lag = GaugeMetricFamily("enhanced_alerts_partition_lag", "Entries not yet evaluated", labels=["partition"])
        owned = GaugeMetricFamily("enhanced_alerts_partition_owned", "1 if an evaluator owns it", labels=["partition"])
        outbox = GaugeMetricFamily(
            "enhanced_alerts_partition_outbox", "Outbox entries kept, of up to 50 transitions", labels=["partition"]
        )
        dead = GaugeMetricFamily("enhanced_alerts_dead_letters", "Events that were refused", labels=["partition"])
        for p in range(self._settings.partitions):
            state = queries.partition_state(self._redis, p)
            lag.add_metric([str(p)], state["lag"] or 0)
            owned.add_metric([str(p)], float(state["owner"] is not None))
            outbox.add_metric([str(p)], state["outbox"])
            dead.add_metric([str(p)], state["dead_letters"])
        yield from (lag, owned, outbox, dead)

    def _board(self) -> Iterator[Metric]:
        counts = queries.active_counts(self._redis)
        for dimension in ("severity", "state"):
            active = GaugeMetricFamily(
                f"enhanced_alerts_active_by_{dimension}", "Alerts on the board", labels=[dimension]
            )
            for name, count in counts[f"by_{dimension}"].items():
                active.add_metric([name], count)
            yield active

    def _channels(self) -> Iterator[Metric]:
        names = sorted({*channels.catalogue(), *channel_store.names(self._redis)})
        queued = GaugeMetricFamily("enhanced_alerts_channel_queue", "Jobs that wait", labels=["channel"])
        failing = GaugeMetricFamily("enhanced_alerts_channel_failures", "Failures in a row", labels=["channel"])
        for name in names:
            queued.add_metric([name], self._redis.llen(f"rq:queue:{due_groups.queue_name(name)}"))
            failing.add_metric([name], int(self._redis.get(delivery_keys.failures(name)) or 0))
        given_up = self._redis.zcard(delivery_keys.dead_notifications())
        yield from (queued, failing)
        yield GaugeMetricFamily("enhanced_alerts_dead_notifications", "Notifications given up", value=given_up)
