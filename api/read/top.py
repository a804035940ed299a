"""
`enhanced-alerts top`: the pipeline as it runs, in a terminal.

Rates are differences of the processes' own counters between two looks; a process that was restarted counts from zero.
"""

import socket
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

import psutil
from redis import Redis
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from api.read import heard, queries
from dispatchers import channel as channels
from shared import process
from shared.clock import SystemClock
from shared.model import printable
from shared.model.numbers import number
from shared.model.processes import ProcessReport
from shared.redis import delivery_keys
from shared.settings import Settings
from shared.store import channel_store, due_groups

_HOST = socket.gethostname()
_METRICS_SHOWN = 6
_PLUGINS_SHOWN = 30


@dataclass(slots=True)
class View:
    """What one look saw, and the rates since the one before."""

    at_ms: int
    rates: dict[str, float]
    """`component.counter` → a second."""
    lag: int
    partitions_without_owner: list[int]
    outbox: int
    active_alerts: dict[str, int]
    queues: dict[str, int]
    dead_notifications: int
    clients: int
    memory_bytes: int
    processes: list[dict[str, Any]]
    plugins: list[dict[str, Any]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def look(redis: Redis, settings: Settings, seconds: float) -> View:
    """Look twice, *seconds* apart, and return what the second saw with the rates between them."""
    before = _reports(redis)
    begun = time.monotonic()
    time.sleep(seconds)
    return _view(redis, settings, before, time.monotonic() - begun)


def watch(redis: Redis, settings: Settings, seconds: float, *, once: bool, with_plugins: bool) -> None:
    """Draw the view every *seconds* until interrupted."""
    console = Console()
    if once:
        console.print(drawn(look(redis, settings, seconds), with_plugins=with_plugins))
        return
    with Live(console=console, screen=console.is_terminal, auto_refresh=False) as live:
        try:
            while True:
                live.update(drawn(look(redis, settings, seconds), with_plugins=with_plugins), refresh=True)
        except KeyboardInterrupt:
            return


def rates(before: list[ProcessReport], after: list[ProcessReport], elapsed_s: float) -> dict[str, float]:
    """Return what the processes of a component did together, a second, by `component.counter`."""
    known = {(r.component, r.host, r.pid): r.counters for r in before}
    total: Counter[str] = Counter()
    for report in after:
        was = known.get((report.component, report.host, report.pid), {})
        component = report.component.partition("-")[0]
        for name, count in report.counters.items():
            total[f"{component}.{name}"] += max(0.0, count - was.get(name, 0))  # type: ignore[assignment]
    return {name: count / elapsed_s for name, count in total.items()}


def drawn(view: View, *, with_plugins: bool) -> Group:
    """Return the view for a terminal."""
    parts: list[Any] = [_pipeline(view), _channels(view), _processes(view)]
    if with_plugins:
        parts.append(_plugins(view))
    return Group(*parts)


def _reports(redis: Redis) -> list[ProcessReport]:
    return process.reports(redis, SystemClock().now_ms())


def _view(redis: Redis, settings: Settings, before: list[ProcessReport], elapsed_s: float) -> View:
    now_ms = SystemClock().now_ms()
    alive = process.reports(redis, now_ms)
    states = [queries.partition_state(redis, p) for p in range(settings.partitions)]
    names = sorted({*channels.catalogue(), *channel_store.names(redis)})
    seen = heard.plugins(redis)
    return View(
        at_ms=now_ms,
        rates=rates(before, alive, elapsed_s),
        lag=sum(state["lag"] or 0 for state in states),
        partitions_without_owner=[p for p, state in enumerate(states) if state["owner"] is None],
        outbox=sum(state["outbox"] for state in states),
        active_alerts=queries.active_counts(redis)["by_severity"],
        queues={name: redis.llen(f"rq:queue:{due_groups.queue_name(name)}") for name in names},
        dead_notifications=redis.zcard(delivery_keys.dead_notifications()),
        clients=int(sum(r.counters.get("clients", 0) for r in alive if r.component == "relay")),
        memory_bytes=redis.info("memory")["used_memory"],
        processes=[_resources(report, now_ms) for report in alive],
        plugins=sorted(seen, key=lambda plugin: -plugin["last_at_ms"]),
    )


def _resources(report: ProcessReport, now_ms: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "component": report.component,
        "pid": report.pid,
        "host": report.host,
        "ready": report.ready,
        "up_s": (now_ms - report.started_at_ms) // 1000,
        "cpu_percent": None,
        "rss_bytes": None,
    }
    if report.host == _HOST:
        try:
            own = psutil.Process(report.pid)
            with own.oneshot():
                times = own.cpu_times()
                found["rss_bytes"] = own.memory_info().rss
                found["cpu_percent"] = round(
                    100 * (times.user + times.system) / max(1.0, time.time() - own.create_time()), 1
                )
        except psutil.Error:
            pass  # The process ended, or belongs to another user.
    return found


def _pipeline(view: View) -> Table:
    table = Table(title="Enhanced Alerts", title_justify="left", box=None, show_header=False, pad_edge=False)
    events = view.rates.get("evaluator.events", 0)
    orphans = f"  nobody holds {view.partitions_without_owner}" if view.partitions_without_owner else ""
    active = ", ".join(f"{count} {severity}" for severity, count in view.active_alerts.items()) or "none"
    sent, failed = view.rates.get("worker.sent", 0), view.rates.get("worker.failed", 0)
    table.add_row("evaluated", f"{events:,.1f} events/s, {view.lag:,} entries wait{orphans}")
    table.add_row(
        "routed", f"{view.rates.get('router.transitions', 0):,.1f} transitions/s, {view.outbox:,} in the outbox"
    )
    table.add_row("active alerts", active)
    rates = f"{sent:,.1f} alerts/s, {failed:,.1f} failed/s"
    table.add_row("delivered", f"{rates}, {view.dead_notifications:,} given up in all")
    table.add_row("browsers", f"{view.clients:,}, {view.rates.get('relay.sent', 0):,.1f} messages/s")
    table.add_row("redis", _size(view.memory_bytes))
    return table


def _channels(view: View) -> Text:
    waiting = [f"{name} {count:,}" for name, count in view.queues.items() if count]
    return Text(f"\nqueues: {', '.join(waiting) or 'nothing waits'}\n")


def _processes(view: View) -> Table:
    table = Table("process", "pid", "host", "state", "up", "CPU since start", "memory", box=None, pad_edge=False)
    for one in view.processes:
        cpu = "" if one["cpu_percent"] is None else f"{one['cpu_percent']:.1f} %"
        memory = "" if one["rss_bytes"] is None else _size(one["rss_bytes"])
        state = "ready" if one["ready"] else "not ready"
        table.add_row(
            _plain(one["component"]), str(one["pid"]), _plain(one["host"]), state, _span(one["up_s"]), cpu, memory
        )
    return table


def _plugins(view: View) -> Table:
    table = Table(
        "plugin", "last event", "newest metrics", title="\nPlugins", title_justify="left", box=None, pad_edge=False
    )
    for plugin in view.plugins[:_PLUGINS_SHOWN]:
        some = list(plugin["metrics"].items())
        shown = ", ".join(f"{name} {number(value)}" for name, value in some[:_METRICS_SHOWN])
        more = f" and {len(some) - _METRICS_SHOWN} more" if len(some) > _METRICS_SHOWN else ""
        heard = f"{_span((view.at_ms - plugin['last_at_ms']) // 1000)} ago"
        table.add_row(_plain(plugin["plugin_name"]), heard, _plain(shown + more))
    return table


def _plain(name: str) -> Text:
    """Return what strangers wrote as text: no markup of this library's, and no command to the terminal."""
    return Text(printable.one_line(name))


def _size(size_bytes: int) -> str:
    return f"{size_bytes / 1_000_000:,.1f} MB"


def _span(seconds: int) -> str:
    if seconds < 120:
        return f"{max(0, seconds)} s"
    return f"{seconds // 60} min" if seconds < 7_200 else f"{seconds // 3_600} h"
