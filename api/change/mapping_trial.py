"""The dry run of a mapping, on what `ingest` processes saw lately and on the alerts that are open."""

from redis import Redis

from ingest import trial as trials
from ingest.trial import Trial
from shared import process
from shared.clock import SystemClock
from shared.model.relabeling import IngestMapping
from shared.store import alert_store, mapping_store, seen_store


def trial(redis: Redis, proposed: IngestMapping) -> Trial:
    """Return what a mapping would change."""
    reports = process.reports(redis, SystemClock().now_ms())
    names = [f"{one.component}:{one.pid}@{one.host}" for one in reports if one.component == "ingest"]
    seen = seen_store.read(redis, names)
    return trials.compare(seen, mapping_store.current(redis).mapping, proposed, alert_store.active(redis))
