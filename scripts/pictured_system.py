"""
The system whose pages scripts/screenshots.py photographs, and what happens in it.

An embedded server, all processes, rules made over the API, and forty minutes of metrics, published at once with their
own instants and evaluated by the real evaluator. It runs on this machine alone.
"""

import json
import math
import os
import random
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from redis import Redis

from api.auth import api_keys
from api.supervise.embedded import EmbeddedServer
from ingest import entities
from shared import process
from shared.model.encoding import encode
from shared.model.events import Event
from shared.model.partitions import partition_of
from shared.redis import connection, keys
from shared.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
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
    {"id": "host-down", "name": "호스트 중단 · Host down", "metric": "up", "operator": "<", "threshold": 1}
    | {"severity": "critical", "labels": {"job": "node"}},
    {
        "id": "disk-free",
        "name": "디스크 여유 부족 · Disk almost full",
        "metric": "disk_free_percent",
        "operator": "<",
        "threshold": 10,
        "severity": "error",
        "labels": {"job": "node"},
        "inhibited_by": ["host-down"],
        "equal": ["instance"],
    },
]
HOSTS = {"web-1:9100": ("/", "/var", "/home"), "web-2:9100": ("/", "/var", "/srv/백업")}
"""Instances of node_exporter, each with its file systems; the second one dies."""


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
        """Start all processes, and wait until they are ready."""
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
        """Return what the API answers; None for no content."""
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
        self._add(Event(plugin_id, name, at_ms=at_ms, metrics=metrics, states={"status": "running"}, labels=labels))

    def say_labelled(self, at_ms: int, labels: dict[str, str], **metrics: float) -> None:
        """Put what Prometheus would send of one set of labels into its stream."""
        entity = entities.entity(labels, ("job", "instance"))
        event = Event(entity.plugin_id, entity.plugin_name, at_ms=at_ms, metrics=metrics, labels=entity.labels)
        event.parent_id = entity.parent_id
        self._add(event)

    def _add(self, event: Event) -> None:
        number = partition_of(event.plugin_id, self.settings.partitions)
        self.redis.xadd(keys.events(number), {keys.EVENT_FIELD: encode(event)})

    def lag(self) -> int:
        """Return how many entries are not evaluated yet."""
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
    # The load of this machine would differ from picture to picture.
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
        for instance, mountpoints in HOSTS.items():
            is_dead = instance == "web-2:9100" and minute < 3
            labels = {"job": "node", "instance": instance}
            site.say_labelled(at_ms, labels, up=0.0 if is_dead else 1.0)
            for number, mountpoint in enumerate(mountpoints):
                free = 62.0 - 21 * number - late * 0.1 - (8 if number == 2 and minute < 2 else 0)
                site.say_labelled(at_ms, {**labels, "mountpoint": mountpoint}, disk_free_percent=round(free, 1))
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
