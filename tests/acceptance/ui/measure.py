"""
How the board keeps up with many alerts: `python -m tests.acceptance.ui.measure [--alerts 10000] [--seconds 10]`.

Alerts are put on the board of a real system the way the router does; a real Chromium opens it, scrolls through it, and
watches 200 changes a second. Frame times are the browser's own (requestAnimationFrame); a page that is not busy draws a
frame each 16.7 ms.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from msgspec import structs
from playwright.sync_api import Page, expect, sync_playwright
from redis import Redis

from api.auth import one_time
from shared.clock import SystemClock
from shared.model.alerts import SEVERITIES, Alert, TimelineEntry
from shared.redis import connection
from shared.store import alert_store
from tests.support.ports import free_port
from tests.support.processes import a_system, wait_ready
from tests.support.real_server import RealServer
from tests.support.site import CHROMIUM, FLAGS

UPDATES_A_SECOND = 200
CHANGED = 500
"""How many alerts a burst changes in turn; among them all that a screen shows of the board's top."""
RETENTION_MS = 3_600_000

_FRAMES = """() => {
  const seen = { frames: [], long: 0 };
  new PerformanceObserver((list) => { seen.long += list.getEntries().length; }).observe({ entryTypes: ["longtask"] });
  let last = performance.now();
  const look = (now) => { seen.frames.push(now - last); last = now; requestAnimationFrame(look); };
  requestAnimationFrame(look);
  window.__seen = seen;
}"""
_SCROLL = """async (seconds) => {
  const list = document.querySelector('[data-testid="alerts"]');
  const box = list.scrollHeight > list.clientHeight + 1 ? list : document.scrollingElement;
  const until = performance.now() + seconds * 1000;
  while (performance.now() < until) {
    box.scrollTop = (box.scrollTop + 180) % Math.max(1, box.scrollHeight - box.clientHeight);
    await new Promise(requestAnimationFrame);
  }
}"""


def an_alert(number: int, now_ms: int) -> Alert:
    """Return a firing alert, one of many."""
    return Alert(
        id=f"many-{number:06}",
        rule_id=f"rule-{number % 40}",
        rule_name=f"CPU 사용률 높음 {number % 40}",
        plugin_id=f"plugin-{number % 500}",
        plugin_name=f"결제 서버 {number % 500}",
        severity=SEVERITIES[number % 5],
        state="firing",
        channels=["web"],
        condition="cpu_usage > 80",
        metric="cpu_usage",
        value=80.0 + number % 20,
        threshold=80.0,
        started_at_ms=now_ms - number * 100,
        fired_at_ms=now_ms - number * 100,
        reason="cpu_usage = 95 is > 80",
        episode=1,
        announced_episode=1,
        version=1,
        updated_at_ms=now_ms,
    )


def fill(redis: Redis, count: int) -> list[Alert]:
    """Put alerts on the board, in transactions like the router's."""
    now_ms = SystemClock().now_ms()
    alerts = [an_alert(n, now_ms) for n in range(count)]
    for start in range(0, count, 500):
        with redis.pipeline() as pipe:
            for alert in alerts[start : start + 500]:
                line = TimelineEntry(at_ms=now_ms, kind="firing", by="rule", reason=alert.reason)
                alert_store.stage(pipe, None, alert, line, RETENTION_MS)
            pipe.execute()
    return alerts


def burst(redis: Redis, alerts: list[Alert], seconds: float) -> int:
    """
    Change alerts, `UPDATES_A_SECOND` evenly, those on top of the board again and again.

    Returns:
        How many changes there were.
    """
    done, begun = 0, time.monotonic()
    while (elapsed := time.monotonic() - begun) < seconds:
        with redis.pipeline() as pipe:
            while done < min(elapsed, seconds) * UPDATES_A_SECOND:
                n = len(alerts) - 1 - done % min(len(alerts), CHANGED)
                now_ms = SystemClock().now_ms()
                before = alerts[n]
                state = "acknowledged" if before.state == "firing" else "firing"
                alerts[n] = structs.replace(
                    before, state=state, value=80.0 + done % 20, version=before.version + 1, updated_at_ms=now_ms
                )
                line = TimelineEntry(at_ms=now_ms, kind="acknowledged" if state == "acknowledged" else "reopened")
                alert_store.stage(pipe, before, alerts[n], line, RETENTION_MS)
                done += 1
            pipe.execute()
        time.sleep(0.02)
    return done


def summary(frames: list[float], long_tasks: int) -> dict[str, float]:
    """Return percentiles of frame times in ms, frames a second, and how many tasks took above 50 ms."""
    ordered = sorted(frames)
    at = {f"p{q}_ms": round(ordered[min(len(ordered) - 1, len(ordered) * q // 100)], 1) for q in (50, 95, 99)}
    rate = round(1000 * len(frames) / max(1.0, sum(frames)), 1)
    return {**at, "max_ms": round(ordered[-1], 1), "frames_a_second": rate, "tasks_above_50_ms": long_tasks}


@contextmanager
def opened(redis: Redis, address: str) -> Iterator[Page]:
    """A page signed in, not yet at the board's end of loading."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        page = browser.new_context(viewport={"width": 1360, "height": 900}, locale="ko-KR").new_page()
        page.set_default_timeout(120_000)
        page.goto(f"{address}/sign-in?code={one_time.create_sign_in_code(redis)}")
        page.get_by_test_id("alerts").locator("[data-id]").first.wait_for()
        # What was loaded once is in the browser's store from here on, as for whoever opens the board each day.
        page.goto(address, wait_until="commit")
        yield page
        browser.close()


def all_known(page: Page, count: int) -> None:
    """Wait until the board has read *count* alerts, and says so no more."""
    expect(page.get_by_test_id("all")).to_contain_text(f"{count:,}", timeout=120_000)
    expect(page.get_by_test_id("reading")).to_have_count(0, timeout=120_000)


def measure(redis: Redis, address: str, alerts: list[Alert], seconds: float) -> dict[str, Any]:
    """Open the board, scroll it and have it change; returns what the browser saw."""
    found: dict[str, Any] = {"alerts": len(alerts)}
    with opened(redis, address) as page:
        page.get_by_test_id("alerts").locator("[data-id]").first.wait_for()
        found["first_row_ms"] = round(page.evaluate("performance.now()"))
        paints = page.evaluate("performance.getEntriesByType('paint').map((p) => [p.name, p.startTime])")
        found["first_contentful_paint_ms"] = round(dict(paints).get("first-contentful-paint", 0))
        all_known(page, len(alerts))
        found["all_known_ms"] = round(page.evaluate("performance.now()"))
        for name in ("idle", "scroll", "burst"):
            changes = 0
            page.evaluate(_FRAMES)
            if name == "idle":
                page.wait_for_timeout(2_000)
            elif name == "scroll":
                page.evaluate(_SCROLL, seconds / 2)
            else:
                page.evaluate("window.scrollTo(0, 0)")
                link = connection.connect(_url(redis))
                with ThreadPoolExecutor(1) as pool:
                    work = pool.submit(burst, link, alerts, seconds)
                    page.wait_for_timeout(seconds * 1000 + 500)
                    changes = work.result()
            seen = page.evaluate("window.__seen")
            found[name] = summary(seen["frames"][1:], seen["long"]) | ({"changes": changes} if changes else {})
        found["rows_in_the_document"] = page.get_by_test_id("alerts").locator("[data-id]").count()
        # Chromium's own figure, of the scripts' memory alone.
        heap = page.evaluate("performance.memory ? performance.memory.usedJSHeapSize : 0")
        found["script_memory_mb"] = round(heap / 1e6, 1)
    return found


def _url(redis: Redis) -> str:
    options = redis.connection_pool.connection_kwargs
    return f"redis://{options.get('host', '127.0.0.1')}:{options['port']}/0"


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the board in a real browser.")
    parser.add_argument("--alerts", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=10)
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp())
    server = RealServer(folder, "--appendfsync", "no")
    server.start()
    redis = connection.connect(server.url)
    ports = {"API_PORT": str(free_port()), "RELAY_PORT": str(free_port())}
    try:
        with a_system(server.url, folder, **ports) as system:
            system.start("api")
            system.start("api.relay")
            wait_ready(redis, "api", "relay")
            alerts = fill(redis, arguments.alerts)
            found = measure(redis, f"http://127.0.0.1:{ports['API_PORT']}", alerts, arguments.seconds)
        print(json.dumps(found, indent=1))
    finally:
        server.stop()


if __name__ == "__main__":
    main()
