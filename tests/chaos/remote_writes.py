"""
A Prometheus that writes to `ingest` in a chaos run, and the judge of what came of its samples.

Like Prometheus' own queue it keeps each request until it is answered with 2xx, sends it again in order after 5xx and
time-outs, and drops nothing. The model is told of each value as it is put into the queue.
"""

import random
import struct
import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import requests

from evaluator.assembly import SETTLED_MS
from shared.clock import SystemClock
from shared.model.events import Event
from shared.model.histograms import Histogram
from tests.chaos.model import Story
from tests.chaos.verdict import Verdict
from tests.chaos.workload import World
from tests.support import doors
from tests.support.factories import a_rule

PREFIX = "rw/"
PLUGINS = 6
STEP_MS = 250
TIMEOUT_S = 3.0
LEAST_PAUSE_S, MOST_PAUSE_S = 0.03, 2.0
"""Between two attempts, as `min_backoff` and `max_backoff` of Prometheus' queue."""
MAX_SAMPLES = 37
"""Of one request: no multiple of what an instant has, so that instants are cut in two."""
STALE: float = struct.unpack(">d", b"\x7f\xf0\x00\x00\x00\x00\x00\x02")[0]
FREE, SIZE, ORDERS, SESSION, TOOK = "rw_free", "rw_size", "rw_orders_total", "rw_session", "rw_took"
BOUNDS = (0.1, 1.0)
CALM_S = SETTLED_MS / 1000 + 1
"""For so long after its first buckets were taken, a histogram may say nothing (`evaluator/assembly.py`); it has nothing
to say then. The first request may have to wait for a door, so this counts from its answer."""
COUNTED_S = 3

# They fire often; a webhook that takes a second to answer would be behind by minutes, and other lanes wait for it.
_EACH = {"plugins": f"{PREFIX}*", "channels": ["web"], "group_by": "none"}
RW_RULES = [
    a_rule(**_EACH, id="rw-free", metric=FREE, operator="<", threshold=10),
    a_rule(**_EACH, id="rw-held", metric=FREE, operator="<", threshold=10, for_seconds=1),
    a_rule(**_EACH, id="rw-share", condition={"kind": "threshold", "formula": f"{FREE} / {SIZE} * 100", "operator": "<",
                                              "threshold": 10}),
    a_rule(**_EACH, id="rw-rate", condition={"kind": "rate", "metric": ORDERS, "seconds": 2, "operator": ">",
                                             "threshold": 40}),
    # One more than the window has if each sample counts once.
    a_rule(**_EACH, id="rw-twice", condition={"kind": "window", "metric": FREE, "statistic": "count", "operator": ">",
                                              "seconds": COUNTED_S, "threshold": COUNTED_S * 1000 // STEP_MS}),
    a_rule(**_EACH, id="rw-slow", metric=f"{TOOK}_p95", operator=">", threshold=0.5),
    a_rule(**_EACH, id="rw-session", metric=SESSION, operator=">", threshold=0),
    a_rule(**_EACH, id="rw-gone", metric=SESSION, operator="<", threshold=0, when_gone="fire"),
]  # fmt: skip


@dataclass
class _Values:
    """What one plugin's series do."""

    chance: random.Random
    free: float = 50.0
    is_busy: bool = False
    orders: float = 0.0
    has_session: bool = False
    is_slow: bool = False
    fast: int = 0
    slow: int = 0
    """Observations in the first bucket, and in the second one."""
    is_settled: bool = False
    states: tuple[float, ...] = field(default=(50.0, 50.0, 5.0))

    def step(self) -> tuple[dict[str, float], tuple[str, ...]]:
        """Return the values of the next instant, and which series end at it."""
        chance, had_session = self.chance, self.has_session
        if chance.random() < 0.06:
            self.free = chance.choice(self.states)
        if chance.random() < 0.05:
            self.is_busy = not self.is_busy
        if chance.random() < 0.04:
            self.has_session = not self.has_session
        if chance.random() < 0.02:
            # The program has started again.
            self.orders, self.fast, self.slow = 0.0, 0, 0
        if chance.random() < 0.05 and self.is_settled:
            self.is_slow = not self.is_slow
        self.fast += chance.randint(0, 5)
        self.slow += chance.randint(5, 9) if self.is_slow else 0
        self.orders += chance.randint(20, 30) if self.is_busy else chance.randint(0, 2)
        values = {FREE: self.free, SIZE: 100.0, ORDERS: self.orders} | dict(_series_of(self.histogram()))
        if self.has_session:
            values[SESSION] = 1.0
        return values, (SESSION,) if had_session and not self.has_session else ()

    def histogram(self) -> Histogram:
        total = float(self.fast + self.slow)
        return Histogram(TOOK, total, self.fast / 20 + self.slow / 2, BOUNDS, (float(self.fast), total))


class Queue(threading.Thread):
    """One shard of the sender: series of some plugins, in the order of their instants."""

    def __init__(self, door: doors.Door, addresses: Sequence[str], key: str) -> None:
        super().__init__(name=door.name, daemon=True)
        self.problems: list[str] = []
        self.requests = 0
        self.again = 0
        self.first_taken_s = float("inf")
        """When the first request was answered with 2xx; a moment of `time.monotonic`."""
        self._door = door
        self._addresses = list(addresses)
        self._headers = {**door.headers, "Authorization": f"Bearer {key}"}
        self._waiting: deque[doors.Sample] = deque()
        self._lock = threading.Lock()
        self._over = threading.Event()

    def put(self, samples: Sequence[doors.Sample]) -> None:
        with self._lock:
            self._waiting.extend(samples)

    @property
    def held(self) -> int:
        """Samples that have not been acknowledged."""
        return len(self._waiting)

    def run(self) -> None:
        while not self._over.is_set():
            with self._lock:
                samples = [self._waiting[n] for n in range(min(MAX_SAMPLES, len(self._waiting)))]
            if not samples:
                self._over.wait(0.02)
                continue
            self._deliver(self._door.body(*samples))
            with self._lock:
                for _ in samples:
                    self._waiting.popleft()

    def stop(self) -> None:
        self._over.set()
        self.join()

    def _deliver(self, body: bytes) -> None:
        """Send until it is taken: to the next process after a failure, as a load balancer does."""
        pause_s = LEAST_PAUSE_S
        self.requests += 1
        while not self._over.is_set():
            answer = None
            with suppress(requests.RequestException):
                address = self._addresses[0] + self._door.path
                answer = requests.post(address, data=body, headers=self._headers, timeout=TIMEOUT_S)
                if answer.ok:
                    self.first_taken_s = min(self.first_taken_s, time.monotonic())
                    return
            if answer is not None and answer.status_code < 500:
                self.problems.append(f"{self._door.name} was answered {answer.status_code}: {answer.text[:200]}")
                return
            self.again += 1
            self._addresses.append(self._addresses.pop(0))
            self._over.wait(pause_s)
            pause_s = min(pause_s * 2, MOST_PAUSE_S)


class Writer:
    """The sender: one queue by each version of the protocol."""

    def __init__(self, addresses: Sequence[str], key: str) -> None:
        by_name = {door.name: door for door in doors.DOORS}
        self._queues = [Queue(by_name[f"remote write {v}"], addresses, key) for v in ("1.0", "2.0")]
        for queue in self._queues:
            queue.start()

    def lane(self, world: World, lane: int) -> None:
        """Scrape at fixed instants until the time is over; at the last ones, some plugins breach."""
        plugins = [_plugin(n) for n in range(PLUGINS)]
        stories = [world.story(plugin_id, RW_RULES) for plugin_id in plugins]
        values = [_Values(random.Random(f"{world.seed}-remote-writes-{lane}-{n}")) for n in range(PLUGINS)]
        at_ms = SystemClock().now_ms() // STEP_MS * STEP_MS
        for series in _until_the_end(world, values):
            at_ms += STEP_MS
            time.sleep(max(0.0, (at_ms - SystemClock().now_ms()) / 1000))
            for n, (metrics, gone) in enumerate(series):
                counters = (ORDERS,) if ORDERS in metrics else ()
                whole = (values[n].histogram(),)
                stories[n].event(Event(plugins[n], "", at_ms, metrics, gone=gone, counters=counters, histograms=whole))
                samples = [*metrics.items(), *((metric, STALE) for metric in gone)]
                queue = self._queues[n % len(self._queues)]
                values[n].is_settled = time.monotonic() - queue.first_taken_s > CALM_S
                queue.put([doors.Sample(**_labelled(metric, n), value=value, at_ms=at_ms) for metric, value in samples])

    @property
    def held(self) -> int:
        return sum(queue.held for queue in self._queues)

    def stop(self) -> None:
        for queue in self._queues:
            queue.stop()

    def judge(
        self, stories: Mapping[str, Story], heard: Mapping[str, Sequence[tuple[int, Event]]], out: Verdict
    ) -> None:
        """Add what is wrong with what came, and how much was sent again."""
        out.problems += [problem for queue in self._queues for problem in queue.problems]
        for plugin_id, story in stories.items():
            if plugin_id.startswith(PREFIX):
                out.problems += judge_samples(story.events, [event for _, event in heard.get(plugin_id, [])])
        out.counts["writes"] = sum(queue.requests for queue in self._queues)
        out.counts["writes_again"] = sum(queue.again for queue in self._queues)


def judge_samples(sent: Sequence[Event], came: Sequence[Event]) -> Iterator[str]:
    """
    Yield what is wrong: every sample must be in the stream, first in the order of their times, and as it was sent.

    One may be there again: its sender had no answer and cannot know. What an evaluator makes of it is judged by alerts.
    """
    want, got = _series(sent), _series(came)
    for metric in sorted(want.keys() | got.keys()):
        first = dict.fromkeys(got.get(metric, []))
        if list(first) != (known := want.get(metric, [])):
            lost, strange = len(set(known) - set(first)), len(set(first) - set(known))
            yield (
                f"{metric} of {(*sent, *came)[0].plugin_id}: of {len(known)} samples {lost} are lost; "
                f"{strange} were never sent, or they are in another order"
            )


def _series(events: Sequence[Event]) -> dict[str, list[tuple[int, float | None]]]:
    """Return the samples of each metric by time and value; None for its end."""
    found: dict[str, list[tuple[int, float | None]]] = defaultdict(list)
    for event in events:
        for metric, value in event.metrics.items():
            found[metric].append((event.at_ms, value))
        for metric in event.gone:
            found[metric].append((event.at_ms, None))
    return found


def _until_the_end(world: World, values: Sequence[_Values]) -> Iterator[list[tuple[dict[str, float], tuple[str, ...]]]]:
    while not world.is_over:
        yield [one.step() for one in values]
    for number, one in enumerate(values):
        one.states = (5.0,) if number % 2 else (50.0,)
        one.free = one.states[0]
    for _ in range(8):
        yield [one.step() for one in values]


def _series_of(histogram: Histogram) -> Iterator[tuple[str, float]]:
    """Yield the series of a classic histogram, by the names that they have as metrics; requests cut them in two."""
    buckets = zip((*BOUNDS, "+Inf"), (*histogram.counts, histogram.count or 0.0), strict=True)
    yield from ((f"{TOOK}_bucket{{le={bound}}}", count) for bound, count in buckets)
    yield f"{TOOK}_sum", histogram.sum or 0.0


def _labelled(metric: str, plugin: int) -> dict[str, Any]:
    """Return name and labels of a metric's series."""
    name, _, bound = metric.rstrip("}").partition("{le=")
    labels = (("job", PREFIX[:-1]), ("instance", f"web-{plugin}"), *((("le", bound),) if bound else ()))
    return {"metric": name, "labels": labels}


def _plugin(number: int) -> str:
    return f"{PREFIX}web-{number}"
