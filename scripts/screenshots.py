"""
Take the dashboard's pictures for the documentation: docs/images/<page>-<light|dark>-<en|ko>-<wide|phone>.png.

Everything shown comes from a running system of its own: an embedded server, all processes, rules made over the API, and
forty minutes of metrics, published at once with their own instants and judged by the real evaluator.

    make ui && .venv/bin/python scripts/screenshots.py [--only system,settings] [--all | --looks dark-ko-wide]
"""

import argparse
import json
import math
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright  # noqa: E402
from redis import Redis  # noqa: E402

from api.auth import api_keys, one_time  # noqa: E402
from api.supervise.embedded import EmbeddedServer  # noqa: E402
from shared import process  # noqa: E402
from shared.model.encoding import encode  # noqa: E402
from shared.model.events import Event  # noqa: E402
from shared.model.partitions import partition_of  # noqa: E402
from shared.redis import connection, keys  # noqa: E402
from shared.settings import Settings  # noqa: E402

IMAGES = ROOT / "docs" / "images"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--hide-scrollbars"),
)
SIZES: dict[str, ViewportSize] = {"wide": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
WEIGHT_BYTES = 3_000_000

PLUGINS = {
    "pay-api": ("결제 API", {"region": "kr", "team": "payments"}),
    "order-db": ("주문 데이터베이스", {"region": "kr", "team": "orders"}),
    "search-1": ("Search node 1", {"region": "us", "team": "search"}),
    "mail-queue": ("Mail queue", {"region": "us", "team": "platform"}),
    "web-front": ("웹 프런트", {"region": "kr", "team": "web"}),
}
USUAL: dict[str, Any] = {
    "operator": ">",
    "cooldown_minutes": 0,
    "channels": ["web", "dashboard"],
    "labels": {"team": "?*"},
}
RULES: list[dict[str, Any]] = [
    {
        "id": "latency",
        "name": "응답 지연 · Slow",
        "metric": "latency_ms",
        "threshold": 800,
        "severity": "error",
    },
    {"id": "cpu", "name": "CPU 높음 · CPU high", "metric": "cpu_usage", "threshold": 90, "severity": "warning"},
    {"id": "errors", "name": "오류 급증 · Errors", "metric": "errors_per_s", "threshold": 5, "severity": "critical"},
    {
        "id": "disk",
        "name": "디스크 부족 · Disk full",
        "metric": "disk_usage",
        "threshold": 85,
        "severity": "warning",
    },
    {"id": "backlog", "name": "대기열 · Backlog", "metric": "queue_length", "threshold": 500, "severity": "info"},
    {"id": "down", "name": "결제 중단 · Payments down", "metric": "success_percent", "operator": "<", "threshold": 50}
    | {"severity": "emergency", "plugin_id": "pay-api"},
]
# (page, address, what must be visible before the picture is taken)
PAGES: dict[str, tuple[str, str]] = {
    "board": ("/", "main li, main tr, [data-testid=alerts]"),
    "alert": ("/alerts/{alert}", "[data-testid=timeline]"),
    "rules": ("/rules", "main h2"),
    "channels": ("/channels", "main h2"),
    "silences": ("/silences", "main h2"),
    "statistics": ("/statistics", "[data-testid=by-severity] svg"),
    "plugins": ("/plugins", "[data-testid=plugins] polyline"),
    "system": ("/system", "[data-testid=channels]"),
    "settings": ("/settings?section=users", "[data-testid=users]"),
}
USUAL_LOOK = "light-en-wide"
LOOKS = [f"{scheme}-{language}-{size}" for language in ("en", "ko") for scheme in ("light", "dark") for size in SIZES]
KEPT_LOOKS = {
    "board": ("dark-ko-wide", "dark-en-phone"),
    "alert": ("dark-ko-wide", "light-ko-phone"),
    "rules": ("dark-ko-wide",),
    "statistics": ("dark-ko-wide",),
    "system": ("light-ko-phone",),
}
"""Of these pages the documentation has more than the usual look."""


class Site:
    """The running system."""

    def __init__(self, folder: Path) -> None:
        self._port, ingest, relay, redis = (_free_port() for _ in range(4))
        self._environment = {
            "DATA_DIR": str(folder / "var"),
            "LOG_DIR": str(folder / "logs"),
            "API_PORT": str(self._port),
            "INGEST_PORT": str(ingest),
            "RELAY_PORT": str(relay),
            "EMBEDDED_REDIS_PORT": str(redis),
            "HOST_INTERVAL_SECONDS": "2",
            "HOST_PLUGIN_ID": "host-seoul-1",
            "GROUP_SECONDS": "0",
        }
        for name in ("REDIS_URL", "PUBLIC_URL"):
            os.environ.pop(name, None)
        os.environ.update(self._environment)
        self.settings = Settings.from_environment()
        self.server = EmbeddedServer(self.settings)
        self.server.start()
        self.redis: Redis = connection.connect(self.settings.effective_redis_url)
        self._log = folder / "up.log"
        self._up: subprocess.Popen[bytes] | None = None
        self.key = ""

    def start(self) -> None:
        url = self.settings.effective_redis_url
        with self._log.open("wb") as log:
            self._up = subprocess.Popen(
                [sys.executable, "-c", "from api.cli import main; main(['up'])"],
                cwd=ROOT,
                env={**os.environ, "REDIS_URL": url},
                stdout=log,
                stderr=log,
            )
        _until(self._is_ready, f"the system is ready; its log is {self._log}")
        _, self.key = api_keys.create(self.redis, "on-call", "admin", 1, [])

    def _is_ready(self) -> bool:
        try:
            found = {r.component for r in process.reports(self.redis, time.time_ns() // 1_000_000) if r.ready}
        except Exception:
            return False
        return found >= {"producer", "evaluator", "router", "worker", "api", "relay"}

    def stop(self) -> None:
        if self._up:
            self._up.terminate()
            self._up.wait(timeout=60)
        self.server.stop()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def ask(self, method: str, path: str, body: object = None) -> Any:
        request = urllib.request.Request(  # noqa: S310  Our own address.
            f"{self.address}/api/enhanced-alerts{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            text = answer.read()
        return json.loads(text) if text else None

    def say(self, plugin_id: str, at_ms: int, **metrics: float) -> None:
        """Put an event into its stream."""
        name, labels = PLUGINS[plugin_id]
        event = Event(plugin_id, name, at_ms=at_ms, metrics=metrics, states={"status": "running"}, labels=labels)
        number = partition_of(plugin_id, self.settings.partitions)
        self.redis.xadd(keys.events(number), {keys.EVENT_FIELD: encode(event)})

    def lag(self) -> int:
        groups = [
            g
            for p in range(self.settings.partitions)
            if self.redis.exists(keys.events(p))
            for g in self.redis.xinfo_groups(keys.events(p))
        ]
        return sum(int(g["lag"] or 0) + int(g["pending"]) for g in groups)


def set_up(site: Site) -> None:
    """Make what people would: rules, channels, a silence, users."""
    for one in RULES:
        site.ask("PUT", f"/rules/{one['id']}", {**USUAL, **one})
    # What this machine does, no two pictures would have in common.
    for rule_id in [rule["id"] for rule in site.ask("GET", "/rules")["rules"] if rule["source"]]:
        site.ask("POST", f"/rules/{rule_id}/disable")
    for name, role in (("kim", "operator"), ("lee", "viewer"), ("park", "admin")):
        site.ask("POST", "/users", {"name": name, "role": role, "password": f"{name}-long-enough-1"})
    # Set up, not told of anything: nothing leaves this machine.
    site.ask("PUT", "/channels/webhook/config", {"url": "https://hooks.example.com/alerts"})
    site.ask("PUT", "/channels/slack-payments/config", {"webhook_url": "https://hooks.slack.com/services/T0/B0/x"})
    now_ms = time.time_ns() // 1_000_000
    for plugins, comment, starts_at_ms in (
        ("mail-*", "메일 서버 이전 · mail server moves", now_ms + DAY_MS),
        ("search-*", "검색 색인 재구축 · search is indexed anew", now_ms),
    ):
        silence = {"matchers": [{"name": "plugin_id", "value": plugins}], "comment": comment}
        site.ask(
            "POST", "/silences", {**silence, "starts_at_ms": starts_at_ms, "ends_at_ms": starts_at_ms + 2 * HOUR_MS}
        )


def run(site: Site) -> None:
    """Let the last minutes happen: metrics of every plugin, some of them beyond their thresholds now."""
    now_ms = time.time_ns() // 1_000_000
    dice = random.Random(7)
    for minute in range(40, -1, -1):
        at_ms = now_ms - minute * 60_000
        late = 40 - minute
        for number, plugin_id in enumerate(PLUGINS):
            wave = math.sin((late + 9 * number) / 6)
            # Short troubles that end, one plugin after the other; and those that last until now.
            ends = late > 33 or late == 5 + 5 * number
            site.say(
                plugin_id,
                at_ms,
                cpu_usage=round(
                    min(98, 55 + 18 * wave + 6 * dice.random() + (34 if ends and number in (2, 4) else 0)), 1
                ),
                latency_ms=round(240 + 90 * wave + 60 * dice.random() + (720 if ends and number == 0 else 0)),
                errors_per_s=round(max(0.0, 0.6 + wave * 0.5 + dice.random() + (6 if ends and number == 1 else 0)), 2),
                disk_usage=round(61 + late * 0.05 + number * 4 + (8 if number == 1 else 0), 1),
                queue_length=round(120 + 60 * wave + 30 * dice.random() + (480 if ends and number == 3 else 0)),
                success_percent=round(99.4 - dice.random(), 2),
                memory_available_bytes=float(round(3.1e9 + 6e8 * wave)),
            )


def settle(site: Site) -> str:
    """Wait until all is judged; acknowledge one alert, comment on it, and return its id."""
    _until(lambda: site.lag() == 0, "every event is evaluated")
    _until(lambda: site.ask("GET", "/alerts/active")["total"] >= 5, "alerts are active")
    alerts = site.ask("GET", "/alerts/active")["alerts"]
    alert = str(next(one["id"] for one in alerts if one["rule_id"] == "latency"))
    site.ask("POST", f"/alerts/{alert}/acknowledge", {"comment": "배포 확인 중"})
    site.ask("POST", f"/alerts/{alert}/comments", {"comment": "롤백을 시작했습니다"})
    return alert


def take(site: Site, browser: Browser, alert: str, only: set[str], looks: set[str], *, whole: bool) -> list[Path]:
    """
    Take the pictures.

    Args:
        only: Pages; none: all of them.
        looks: In which each page is taken; none: those the documentation shows.
        whole: The page down to its end, not what a screen shows of it.
    """
    taken = []
    for look in LOOKS:
        shots = [
            name
            for name in PAGES
            if (not only or name in only)
            and (look in looks if looks else look in (USUAL_LOOK, *KEPT_LOOKS.get(name, ())))
        ]
        if not shots:
            continue
        scheme, language, size = look.split("-")
        context = browser.new_context(
            locale={"en": "en-GB", "ko": "ko-KR"}[language],
            color_scheme="dark" if scheme == "dark" else "light",
            viewport=SIZES[size],
            timezone_id="Asia/Seoul",
            reduced_motion="reduce",
        )
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.goto(f"{site.address}/sign-in?code={one_time.create_sign_in_code(site.redis)}")
        for name in shots:
            taken.append(_shot(page, site, name, alert, f"{name}-{look}", whole=whole))
        context.close()
    return taken


def _shot(page: Page, site: Site, name: str, alert: str, file: str, *, whole: bool) -> Path:
    path, wanted = PAGES[name]
    page.goto(site.address + path.replace("{alert}", alert))
    page.get_by_test_id("connection").and_(page.locator("[data-phase=live]")).wait_for()
    page.locator(wanted).first.wait_for()
    if name == "system":
        page.wait_for_timeout(8_000)  # Rates need some looks.
    page.wait_for_timeout(1_500)
    target = IMAGES / f"{file}.png"
    page.screenshot(path=target, full_page=whole)
    print(f"{target.name}  {target.stat().st_size // 1000} kB", flush=True)
    return target


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def _until(true: Callable[[], object], what: str, deadline_s: float = 180.0) -> None:
    end = time.monotonic() + deadline_s
    while not true():
        if time.monotonic() > end:
            sys.exit(f"Waited {deadline_s:g} s in vain: {what}.")
        time.sleep(0.25)


def main() -> None:
    """Make the system, let it live, take the pictures."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--only", default="", help="pages, comma-separated")
    arguments.add_argument("--all", action="store_true", help="each page in every language, scheme and size")
    arguments.add_argument("--looks", default="", help=f"each page in these, comma-separated, of {', '.join(LOOKS)}")
    arguments.add_argument("--whole", action="store_true", help="pages down to their end")
    arguments.add_argument("--into", type=Path, help="another folder than docs/images")
    asked = arguments.parse_args()
    if CHROMIUM is None:
        sys.exit("There is no Chromium on this machine: apt-get install chromium")
    global IMAGES
    IMAGES = (asked.into or IMAGES).resolve()
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="screenshots-") as folder:
        site = Site(Path(folder))
        try:
            site.start()
            set_up(site)
            run(site)
            alert = settle(site)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
                only, looks = ({one for one in given.split(",") if one} for given in (asked.only, asked.looks))
                taken = take(site, browser, alert, only, set(LOOKS) if asked.all else looks, whole=asked.whole)
                browser.close()
        finally:
            site.stop()
    weight = sum(one.stat().st_size for one in IMAGES.glob("*.png"))
    print(f"{len(taken)} pictures taken; {IMAGES.name} weighs {weight / 1e6:.2f} MB")
    if weight > WEIGHT_BYTES and not asked.into:
        sys.exit("That is too much for the repository.")


if __name__ == "__main__":
    main()
