"""
Scrapes the targets of the shards that this process holds, each at its own moment of the interval. Shell.

A scrape that is due at an instant carries that instant, by the clock of the streams' server, so that two processes that
scrape one target during a takeover produce one sample. Each scrape runs in a thread of its own, so a slow target
delays no other.
"""

import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from redis import Redis
from redis.exceptions import RedisError

from ingest.format import Refused
from ingest.scrape import shares
from ingest.scrape.shares import Shares
from ingest.scrape.target_files import LOOK_S, TargetFiles
from ingest.sources import Sources
from shared.clock import ServerClock, SystemClock
from shared.log import Logger
from shared.loops import Loop, Stop
from shared.model import scrapes
from shared.model.reasons import Reason
from shared.model.scrapes import Target, TargetState
from shared.process import Heartbeat, unique_name
from shared.redis import connection, event_writer
from shared.settings import Settings
from shared.store import scrape_store

if TYPE_CHECKING:
    from ingest.scrape.outcome import Memory, Outcome, Page

IDLE_S = 1.0
"""How often a process looks for new targets."""
LEAST_PAUSE_S = 0.01
"""Scrapes that are due within it begin together; thousands of targets need no thousand rounds a second."""
MAX_RUNNING = 500
"""Scrapes under way at once, each a thread; those that find no room are counted and left out."""


@dataclass
class _Scraped:
    """A target of this process."""

    target: Target
    memory: "Memory | None"
    """None until what an earlier owner left open has been read."""
    due_ms: int
    is_running: bool = False


class Scraper:
    """The scraping part of one `ingest` process."""

    def __init__(self, settings: Settings, redis: Redis, sources: Sources, heartbeat: Heartbeat, log: Logger) -> None:
        self._settings = settings
        self._redis = redis
        self._sources = sources
        self._heartbeat = heartbeat
        self._log = log
        self._clock = ServerClock(SystemClock())
        self._shares = Shares(redis, unique_name(), round(settings.lease_seconds * 1_000))
        self._configured: tuple[object, ...] | None = None
        """The revision of the jobs, and the files as they were read, of which `_targets` were made."""
        self._targets: dict[str, Target] = {}
        self._scraped: dict[str, _Scraped] = {}
        self._decoding = threading.Lock()
        """Pages are taken apart one after the other: the interpreter does no two at once anyway."""
        self._next_share_s = 0.0
        self._turning = threading.Lock()
        self._is_closed = threading.Event()

    def start(self, stop: Stop) -> list[Loop]:
        """Start the loops; each can be asked whether it turns."""
        loops = [Loop("scrape", self.turn, self._log)]
        if self._settings.scrape_files:
            files = TargetFiles(self._settings, self._redis, self._log)
            look = partial(self._look, files)
            loops.append(Loop("scrape.files", look, self._log, every_s=LOOK_S))
        for loop in loops:
            loop.start(stop)
        return loops

    def close(self, stop: Stop) -> None:
        """End the loops and give up the leases, so that the other processes need not wait for them to run out."""
        stop.set()
        self._is_closed.set()
        with self._turning, suppress(RedisError):
            self._shares.leave()

    def _look(self, files: TargetFiles) -> None:
        files.look(connection.server_ms(self._redis))

    def turn(self) -> None:
        """Follow changed targets, keep the leases, start what is due, and wait for what comes next."""
        with self._turning:
            pause_s = IDLE_S if self._is_closed.is_set() else self._act()
        self._is_closed.wait(max(LEAST_PAUSE_S, pause_s))

    def _act(self) -> float:
        """Do what is due; return for how many seconds nothing more is."""
        if time.monotonic() >= self._next_share_s:
            self._share()
        now_ms = self._clock.now_ms()
        for one in list(self._scraped.values()):
            if one.due_ms <= now_ms:
                self._start(one, now_ms)
        next_ms = min((one.due_ms for one in self._scraped.values()), default=now_ms + 1_000)
        return min((next_ms - now_ms) / 1_000, self._next_share_s - time.monotonic())

    def _share(self) -> None:
        self._next_share_s = time.monotonic() + min(IDLE_S, self._settings.lease_seconds / 3)
        seen = scrape_store.look(self._redis, self._clock.now_ms())
        configured = (seen.revision, *((file.path, file.host, file.read_at_ms) for file in seen.files))
        if configured != self._configured:
            targets = scrapes.targets_of(scrape_store.load_all(self._redis), seen.files)
            self._targets, self._configured = {target.id: target for target in targets}, configured
        removed = seen.reported - self._targets.keys()
        wanted = {shares.shard_of(target_id) for target_id in (*self._targets, *removed)}
        self._clock.correct(self._shares.share(wanted))
        held = set(self._shares.held())
        now_ms = self._clock.now_ms()
        for target_id in list(self._scraped):
            if target_id not in self._targets or shares.shard_of(target_id) not in held:
                del self._scraped[target_id]
        for target in self._targets.values():
            if shares.shard_of(target.id) in held:
                self._follow(target, now_ms)
        for target_id in removed:
            if shares.shard_of(target_id) in held:
                self._end(target_id, now_ms)
        self._heartbeat.counters["targets"] = len(self._scraped)

    def _follow(self, target: Target, now_ms: int) -> None:
        one = self._scraped.get(target.id)
        if one is None:
            self._scraped[target.id] = _Scraped(target, None, due_after(target, now_ms))
        elif one.target != target:
            one.target, one.due_ms = target, due_after(target, now_ms)

    def _end(self, target_id: str, now_ms: int) -> None:
        """End the series of a target that is scraped no longer, whichever process scraped it."""
        state = scrape_store.state(self._redis, target_id)
        if state is not None:
            job = state.labels["job"]
            if self._sources.of_job(job) is None:
                return
            self._write(self._memory(target_id, state.labels, job).removed(max(now_ms, state.at_ms)))
        scrape_store.forget_target(self._redis, target_id)

    # -- one scrape -----------------------------------------------------------------------------------------

    def _start(self, one: _Scraped, now_ms: int) -> None:
        at_ms = one.due_ms
        one.due_ms = due_after(one.target, now_ms)
        if one.is_running or threading.active_count() > MAX_RUNNING:
            # Like Prometheus: the next scrape of a target begins after the one before it.
            self._heartbeat.counters["scrapes_left_out"] += 1
            return
        one.is_running = True
        threading.Thread(target=self._scrape, args=(one, at_ms), name="scrape", daemon=True).start()

    def _scrape(self, one: _Scraped, at_ms: int) -> None:
        try:
            self._scrape_once(one, one.target, at_ms)
        except RedisError as error:
            self._log.warning("scrape.not_written", target=one.target.url, reason=str(error))
            one.memory = None  # Read again what is open.
        except Exception as error:
            self._log.error("scrape.bug", target=one.target.url, exception=error)
            self._heartbeat.counters["failures"] += 1
            one.memory = None
        finally:
            one.is_running = False

    def _scrape_once(self, one: _Scraped, target: Target, at_ms: int) -> None:
        from ingest.formats import openmetrics
        from ingest.scrape.outcome import Failed

        relabeling = self._sources.of_job(target.job)
        if relabeling is None:
            return
        memory = one.memory
        if memory is None or memory.relabeling != relabeling:
            memory = one.memory = self._memory(target.id, target.labels, target.job)
        error: Reason | None = None
        outcome: Outcome | None = None
        began_s = time.monotonic()
        size_bytes = 0
        try:
            page = self._fetch(target)
            duration_s = time.monotonic() - began_s
            size_bytes = page.size_bytes
            with self._decoding:
                outcome = memory.taken(page.body, openmetrics.kind_of(page.content_type), at_ms, duration_s)
        except (Failed, Refused) as failure:
            error = failure.reason
            duration_s = time.monotonic() - began_s
        if outcome is None:
            outcome = memory.failed(at_ms, duration_s)
        if not self._shares.holds(shares.shard_of(target.id)):
            return
        self._put(target.id, memory, outcome)
        state = TargetState(
            at_ms=at_ms,
            up=error is None,
            duration_ms=round(duration_s * 1_000),
            samples=outcome.samples,
            size_bytes=size_bytes,
            refused=outcome.refused,
            error=error,
            url=target.url,
            labels=target.labels,
        )
        scrape_store.report(self._redis, target.id, state)
        self._heartbeat.counters["scrapes"] += 1
        self._heartbeat.counters["scrapes_failed"] += error is not None

    def _fetch(self, target: Target) -> "Page":
        from ingest.scrape import fetch

        return fetch.fetch(target, fetch.network(self._settings))

    def _put(self, target_id: str, memory: "Memory", outcome: "Outcome") -> None:
        """
        Write what a scrape brought. What is stored of the open series is never less than what is open: a process that
        dies anywhere here leaves the next one enough to end all of them.
        """
        if outcome.series - memory.series:
            scrape_store.keep_series(self._redis, target_id, memory.series | outcome.series)
        self._write(outcome)
        if memory.series != outcome.series and memory.series - outcome.series:
            scrape_store.keep_series(self._redis, target_id, outcome.series)
        memory.series = outcome.series

    def _write(self, outcome: "Outcome") -> None:
        event_writer.write(
            self._redis,
            outcome.events,
            partitions=self._settings.partitions,
            max_entries=self._settings.stream_max_entries,
        )

    def _memory(self, target_id: str, labels: dict[str, str], job: str) -> "Memory":
        from ingest.scrape.outcome import Memory

        return Memory(labels, self._sources.cache_of_job(job), scrape_store.open_series(self._redis, target_id))


def due_after(target: Target, now_ms: int) -> int:
    """Return the next instant at which a target is due: spread over the interval, and the same in every process."""
    offset_ms = int(target.id[8:16], 16) % target.interval_ms
    return now_ms - (now_ms - offset_ms) % target.interval_ms + target.interval_ms
