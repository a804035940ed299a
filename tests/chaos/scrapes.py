"""
Targets that `ingest` scrapes in a chaos run, and the judge of what came.

What is on a page depends on when it is asked for, and a process may be stopped between the instant at which a scrape is
due and its request; so nothing outside knows which samples there must be. What must hold is judged instead: each
sample is of a page that was shown, a series never has two values at one time, decisions are those that the model makes
of the samples in the streams, what is gone resolves, and what breaches at the end fires.
"""

import random
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack

from shared.clock import SystemClock
from shared.model.events import Event
from tests.chaos.model import ClockStory
from tests.chaos.verdict import Verdict
from tests.chaos.workload import World
from tests.support.factories import a_rule
from tests.support.targets import ScrapeTarget, a_target

PREFIX = "pages-"
SHOWN_MS = 500
"""How long one page is shown."""
EARLY_MS, LATE_MS = 2_000, 15_000
"""A page is asked for when its scrape is due, or later, by a process that was stopped then; and a busy machine may be
late to show the next one."""
NUMBER, FREE, ORDERS, SESSION = "page_number", "page_free", "page_orders_total", "page_session"
_LABELS = {FREE: '{mountpoint="/"}'}
_EACH = {"plugins": f"{PREFIX}*", "channels": ["web"], "group_by": "none"}
PAGE_RULES = [
    a_rule(**_EACH, id="pages-free", metric=FREE, operator="<", threshold=10),
    a_rule(**_EACH, id="pages-session", metric=SESSION, operator=">", threshold=0),
    a_rule(**_EACH, id="pages-rate", condition={"kind": "rate", "metric": ORDERS, "seconds": 5, "operator": "<",
                                                "threshold": 0}),
]  # fmt: skip


class Target(threading.Thread):
    """One target; its page is a function of the number of its half second."""

    def __init__(self, target: ScrapeTarget, seed: str) -> None:
        super().__init__(name=target.address, daemon=True)
        self.constant: float | None = None
        """The value of `FREE` from now on, whatever the time."""
        self.pages: dict[int, dict[str, float]] = {}
        """Every page that was shown, by its number."""
        self._target = target
        self._seed = seed
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.is_set():
            number = SystemClock().now_ms() // SHOWN_MS
            if number not in self.pages:
                page = self.pages[number] = self._page(number)
                lines = [f"{name}{_LABELS.get(name, '')} {value}\n" for name, value in page.items()]
                self._target.show(f"# TYPE {ORDERS} counter\n{''.join(lines)}")
            self._over.wait(0.02)

    def stop(self) -> None:
        self._over.set()
        self.join()

    def _page(self, number: int) -> dict[str, float]:
        chance = random.Random(f"{self._seed}-{number // 8}")
        free, has_session = chance.choice((50.0, 50.0, 5.0)), chance.random() < 0.5
        page = {NUMBER: float(number), FREE: free if self.constant is None else self.constant, ORDERS: number * 3.0}
        return {**page, SESSION: 1.0} if has_session and self.constant is None else page


class Pages:
    """Two targets, of a job each."""

    def __init__(self, stack: ExitStack, seed: int) -> None:
        self._addresses: list[str] = []
        self._targets: list[Target] = []
        for n in range(2):
            served = stack.enter_context(a_target())
            target = Target(served, f"{seed}-pages-{n}")
            target.start()
            stack.callback(target.stop)
            self._addresses.append(served.address)
            self._targets.append(target)

    def plugins(self, n: int) -> tuple[str, str]:
        """Return the plugin of a target, and that of its file system."""
        plugin = f"{PREFIX}{n}/{self._addresses[n]}"
        return plugin, f"{plugin}{{mountpoint=/}}"

    def lane(self, world: World, _lane: int) -> None:
        """Have them scraped. At the end both breach; then the job of one is deleted, which ends its alert."""
        for n, address in enumerate(self._addresses):
            for plugin_id in self.plugins(n):
                world.stories[plugin_id] = ClockStory(plugin_id, PAGE_RULES)
            job = {"targets": [address], "interval_seconds": 1.0, "timeout_seconds": 1.0}
            world.api("PUT", f"/ingest/jobs/{PREFIX}{n}", json=job)
        while world.pause(0.5):
            pass
        for target in self._targets:
            target.constant = 5.0
        shown_ms = SystemClock().now_ms() + 2 * SHOWN_MS
        for n, address in enumerate(self._addresses):
            # What came before may have breached too.
            world.wait(lambda a=address: _scraped_at(world, a) >= shown_ms, "the last page is scraped")  # type: ignore[misc]
            world.on_board(self.plugins(n)[1], "firing")
        world.api("DELETE", f"/ingest/jobs/{PREFIX}1", ok=(204, 404))
        for plugin_id in self.plugins(1):
            world.off_board(plugin_id)

    def judge(self, heard: Mapping[str, Sequence[tuple[int, Event]]], verdict: Verdict) -> None:
        """Add what is wrong with the samples that came."""
        scrapes = 0
        for n, target in enumerate(self._targets):
            events = [event for plugin_id in self.plugins(n) for _, event in heard.get(plugin_id, [])]
            verdict.problems += judge_pages(f"{PREFIX}{n}", target.pages, events)
            scrapes += len({event.at_ms for event in events})
        if not scrapes:
            verdict.problems.append("nothing was scraped")
        verdict.counts["scrapes"] = scrapes


def judge_pages(job: str, pages: Mapping[int, Mapping[str, float]], events: Sequence[Event]) -> Iterator[str]:
    """Yield what is wrong: at each instant there must be one page alone, shown then or soon after, or a part of it."""
    found: dict[int, dict[str, float]] = defaultdict(dict)
    for event in events:
        for metric, value in event.metrics.items():
            if found[event.at_ms].setdefault(metric, value) != value:
                yield f"{metric} of {job} has two values at {event.at_ms}"
    for at_ms, values in found.items():
        own = {name: value for name, value in values.items() if name.startswith("page_")}
        fitting = [
            number
            for number in range((at_ms - EARLY_MS) // SHOWN_MS, (at_ms + LATE_MS) // SHOWN_MS)
            if own.items() <= pages.get(number, {}).items()
        ]
        if own and not fitting:
            yield f"what {job} is said to have shown at {at_ms}, it never did: {own}"


def _scraped_at(world: World, address: str) -> int:
    targets = world.api("GET", "/ingest/targets")["targets"]
    return max((int(one["at_ms"]) for one in targets if one["url"].startswith(f"http://{address}/")), default=0)
