"""What an `ingest` process reports of its sources: series that do not fit, and plugins with new names. Shell."""

import time
from collections.abc import Sequence

import msgspec
from redis import Redis

from ingest import cardinality, renames
from ingest.place_cache import PERIOD_S
from ingest.sources import Job, Source, Sources
from shared.model.events import Event
from shared.process import Heartbeat
from shared.redis import event_writer, keys
from shared.settings import Settings
from shared.store import seen_store

REPORT_S = 2.0
SHOW_S = 15.0
"""How often the label sets seen lately are written, for the dry run of a mapping."""
AT_ONCE = 1_000
MAX_REPORTED = 5
BEYOND, BEYOND_OF_JOBS = "series_beyond_limit", "series_beyond_limit_of_jobs"
"""Names in the heartbeat: `cardinality.Explosion` of some API keys and of some scrape jobs, as JSON lists."""


class Reporting:
    """Counts periods and reports, in a loop."""

    def __init__(self, settings: Settings, redis: Redis, sources: Sources, heartbeat: Heartbeat) -> None:
        self._settings = settings
        self._redis = redis
        self._sources = sources
        self._heartbeat = heartbeat
        self._period_began_s = time.monotonic()
        self._showed_s = -SHOW_S
        self._events: list[Event] = []
        """Of plugins that were renamed; kept until they are written."""

    def step(self) -> None:
        """Report once; begin a new period when it is due."""
        sources = self._sources.all()
        now_s = time.monotonic()
        if now_s - self._period_began_s >= PERIOD_S:
            self._period_began_s = now_s
            for source in sources:
                source.bound.begin_period()
        for source in sources:
            source.bound.recount()
        heartbeat = self._heartbeat
        heartbeat.counters["series"] = sum(source.bound.count for source in sources)
        heartbeat.counters["samples_beyond_limit"] = self._sources.refused + sum(s.bound.refused for s in sources)
        for name, kind in ((BEYOND, Source), (BEYOND_OF_JOBS, Job)):
            self._report_beyond(name, [source for source in sources if isinstance(source, kind)])
        if now_s - self._showed_s >= SHOW_S:
            self._showed_s = now_s
            seen_store.write(self._redis, heartbeat.field, self._sources.seen())
        if now_s >= self._sources.renames_due_s:
            self._write_renames()

    def _report_beyond(self, name: str, sources: Sequence[Source | Job]) -> None:
        beyond = [found for source in sources if (found := _beyond(source)) is not None][:MAX_REPORTED]
        if beyond:
            self._heartbeat.detail[name] = msgspec.json.encode(beyond).decode()
        else:
            self._heartbeat.detail.pop(name, None)

    def _write_renames(self) -> None:
        """
        End the plugins that the changed mapping calls otherwise, once no process writes under their old names any more.

        Only those that evaluators know: a renamed plugin is no longer among them, so this ends.
        """
        self._events += renames.events_of(*self._sources.renames.take())
        if not self._events:
            return
        known = self._known([event.plugin_id for event in self._events])
        event_writer.write(
            self._redis,
            [event for event in self._events if event.plugin_id in known],
            partitions=self._settings.partitions,
            max_entries=self._settings.stream_max_entries,
        )
        self._heartbeat.counters["plugins_renamed"] += len(
            {event.plugin_id for event in self._events if event.renamed_to and event.plugin_id in known}
        )
        self._events = []

    def _known(self, plugin_ids: Sequence[str]) -> set[str]:
        """Return those of some plugins that evaluators know."""
        found: set[str] = set()
        for start in range(0, len(plugin_ids), AT_ONCE):
            part = plugin_ids[start : start + AT_ONCE]
            with self._redis.pipeline(transaction=False) as pipe:
                for plugin_id in part:
                    pipe.hexists(keys.plugins(), plugin_id)
                found |= {plugin_id for plugin_id, is_known in zip(part, pipe.execute(), strict=True) if is_known}
        return found


def _beyond(source: Source | Job) -> cardinality.Explosion | None:
    refused = source.bound.recent_examples()
    if not refused:
        return None
    accepted = [{**resource, **labels} for _, cache in source.samples() for labels, resource in cache.sample()]
    return cardinality.explosion(source.name, source.bound.limit, refused, accepted)
