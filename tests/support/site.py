"""The dashboard in a real Chromium: a running system, and what its pages complain of."""

import itertools
import shutil
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page
from redis import Redis

from api.auth import one_time
from api.auth.identity import Role
from shared.clock import SystemClock
from shared.model import rules
from shared.model.events import Event
from shared.redis import keys
from shared.store import alert_store, rule_store, silence_store
from tests.support.factories import a_rule, publish_at_once
from tests.support.processes import ROOT, Process
from tests.support.waiting import PATIENCE_S, until

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)


PARTITIONS = 8


AXE = ROOT / "api" / "ui" / "node_modules" / "axe-core" / "axe.min.js"


PATIENCE_MS = 1000 * PATIENCE_S
"""How long `expect` waits: the machine may have much else to do."""


_numbers = itertools.count()


class Site:
    """A running system, and ways to make something happen in it."""

    def __init__(self, redis: Redis, address: str, evaluator: Process, relay: Process, folder: Path) -> None:
        self.redis = redis
        self.address = address
        self.evaluator = evaluator
        self.relay = relay
        self.folder = folder
        """Of its files, such as the archive."""
        self._opened: list[Any] = []

    def rule(self, **fields: Any) -> rules.Rule:
        """Store a rule, by default `cpu > 80` told to `web` and `dashboard`, of an id that no test had before."""
        # One rule and plugin that fire in test after test would be flapping, and told to nobody.
        rule = a_rule(**{"id": f"rule-{next(_numbers)}", "channels": ["web", "dashboard"], **fields})
        rule_store.save_many(self.redis, [rule])
        return rule

    def say(self, plugin_id: str = "pay-1", plugin_name: str = "", **metrics: float) -> None:
        """Publish one event of a plugin."""
        self.publish(Event(plugin_id, plugin_name, metrics=metrics))

    def publish(self, *events: Event) -> None:
        """Publish events once the evaluator knows the rules as they are now, which takes it a moment."""
        loaded = f'"revision": {int(self.redis.get(keys.rules_revision()) or 0)},'
        until(lambda: loaded in self.evaluator.log(), "the rules are taken up")
        publish_at_once(self.redis, PARTITIONS, *events)

    def active(self) -> list[Any]:
        """Return the active alerts, worst first, but those the system raises about itself."""
        return [alert for alert in alert_store.active(self.redis) if not alert.rule_id.startswith("own-")]

    def open(
        self, browser: Browser, path: str = "/", *, name: str = "admin", role: Role = "admin", **options: Any
    ) -> Page:
        """Return a page signed in as *name*, at *path*; *options* are the browser context's (locale, viewport, …)."""
        context = browser.new_context(**{"locale": "en-US", **options})
        self._opened.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        _watch(page)
        page.goto(f"{self.address}/sign-in?code={one_time.create_sign_in_code(self.redis, name, role)}")
        if path != "/":
            page.goto(f"{self.address}{path}")
        return page

    def clear(self) -> None:
        """Close the pages, remove rules and silences, and wait until the board is empty."""
        for context in self._opened:
            context.close()
        self._opened.clear()
        for rule in rule_store.load_all(self.redis)[1]:
            rule_store.delete(self.redis, rule.id)
        for silence in silence_store.load_all(self.redis)[1]:
            silence_store.expire(self.redis, silence.id, SystemClock().now_ms())
        until(lambda: not self.active(), "the board is empty")


_PROBLEMS: dict[Page, list[str]] = {}


def _watch(page: Page) -> None:
    found = _PROBLEMS.setdefault(page, [])
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    page.on("close", lambda _: _PROBLEMS.pop(page, None))


def problems(page: Page) -> list[str]:
    """Return what the page complained of: broken scripts, refused styles, answers that are errors."""
    return _PROBLEMS[page]


_AT_REST = """() => document.getAnimations().every((one) =>
  one.playState !== "running" || one.effect.getComputedTiming().endTime === Infinity)"""


def violations(page: Page) -> list[str]:
    """Return what axe finds serious or critical on the page as it is shown now, each with where and why."""
    # What fades in has other colours on the way; what turns for ever is no transition.
    until(lambda: page.evaluate(_AT_REST), "nothing moves any more")
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{violation['id']}: {node['html'][:160]} — {' '.join(node['failureSummary'].split())}"
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]
