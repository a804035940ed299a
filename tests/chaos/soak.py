"""
`python -m tests.chaos.soak`: many events, series, alerts and browsers, and the memory of every process meanwhile.

After a warm-up it must stay flat; queues and streams must stay within their bounds. Exit code 1 if they do not.
"""

import argparse
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from redis import Redis

from api.auth import access_tokens
from dispatchers.queues import MAX_WAITING
from producers.publisher import Publisher
from shared.redis import connection, delivery_keys, keys
from shared.store import channel_store, due_groups, feed, rule_store
from tests.benchmarks._stage import browsers
from tests.chaos.faults import Cluster
from tests.support.factories import a_rule, lag
from tests.support.ports import free_port
from tests.support.processes import System, wait_ready
from tests.support.real_server import RealServer
from tests.support.servers import http_server
from tests.support.waiting import until

PARTITIONS = 8
SAMPLES = 60
WARM_UP = 0.5
"""The first half fills what is bounded; the memory of the second is compared with its end."""
SLACK_BYTES = 6_000_000
SLACK = 1.10


@dataclass
class Report:
    """What was measured: a process's memory over time, and how long each bounded thing became."""

    memory: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    longest: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    alerts: int = 0
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)


def soak(folder: Path, events: int, series: int, clients: int) -> Report:
    """Run; *series* plugins breach (an alert each) and then now and then recover and breach again."""
    server = RealServer(folder, "--appendfsync", "everysec")
    server.start()
    ports = {"API_PORT": str(free_port()), "RELAY_PORT": str(free_port())}
    system = System(server.url, folder, **ports, DATA_DIR=str(folder), STREAM_MAX_ENTRIES="1000", GROUP_SECONDS="2")
    cluster = Cluster(system, server)
    redis = connection.connect(server.url)
    report = Report()
    try:
        with http_server() as hook:
            hook.requests = _Forgetful()
            rule_store.save(redis, a_rule(channels=["webhook"]))
            channel_store.save(redis, "webhook", {"url": hook.url})
            cluster.start(evaluators=2, routers=1, workers=1, channels="webhook")
            wait_ready(redis, "evaluator", count=2, deadline_s=90)
            wait_ready(redis, "router", "worker-webhook", "api", "relay", "recorder", deadline_s=90)
            token = access_tokens.issue(redis, "soak", "viewer", 86_400)
            header = f"Authorization: Bearer {token}"
            with browsers(int(ports["RELAY_PORT"]), clients, header):
                begun = time.monotonic()
                _publish(server.url, redis, events, series, cluster, report)
                until(lambda: lag(redis, PARTITIONS) == 0, "evaluated", 300, every_s=0.5)
                until(lambda: not redis.zcard(delivery_keys.due_groups()), "told", 300, every_s=0.5)
                report.seconds = time.monotonic() - begun
                report.alerts = redis.zcard(keys.alert_history())
    finally:
        cluster.end()
        server.stop(kill=True)
    _judge(report, series)
    return report


class _Forgetful(list):
    """What the destination was told is of no interest here."""

    def append(self, _: object) -> None:
        """Forget it."""


def _publish(url: str, redis: Redis, events: int, series: int, cluster: Cluster, report: Report) -> None:
    publisher = Publisher(url, buffer_events=20_000, max_stream_entries=1_000)
    sampled = 0
    for n in range(events):
        plugin, lap = n % series, n // series
        # All breach in the first lap; then one in fifty comes and goes.
        is_fine = lap > 0 and plugin % 50 == lap % 50
        publisher.publish(f"plugin-{plugin}", metrics={"cpu": 20.0 if is_fine else 95.0})
        if n % 5_000 == 0:
            until(lambda: publisher.stats["buffered"] < 10_000, "sent", 120)
            # As fast as it is evaluated, and no faster: a backlog is another test's.
            until(lambda: lag(redis, PARTITIONS) < 500, "evaluated", 120)
        if n * SAMPLES >= sampled * events:
            sampled += 1
            _sample(redis, cluster, report)
    publisher.close(60)


def _sample(redis: Redis, cluster: Cluster, report: Report) -> None:
    for member in cluster.members:
        for pid in cluster.family(member):
            with suppress(OSError, IndexError):
                resident = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4_096
                report.memory[f"{member.name} {pid}"].append(resident)
    report.memory["redis"].append(int(redis.info("memory")["used_memory"]))
    lengths = {
        "events": max(redis.xlen(keys.events(p)) for p in range(PARTITIONS)),
        "outbox": max(redis.xlen(keys.outbox(p)) for p in range(PARTITIONS)),
        "feed": redis.xlen(keys.feed()),
        "queue": due_groups.queue_of(redis, "webhook").count,
        "dead letters": max(redis.xlen(keys.dead_letters(p)) for p in range(PARTITIONS)),
        "due groups": redis.zcard(delivery_keys.due_groups()),
    }
    for name, length in lengths.items():
        report.longest[name] = max(report.longest[name], length)


def _judge(report: Report, series: int) -> None:
    for name, memory in report.memory.items():
        warm = memory[int(len(memory) * WARM_UP) :]
        if name != "redis" and len(warm) > 4 and max(warm[-2:]) > max(warm[:2]) * SLACK + SLACK_BYTES:
            report.problems.append(f"{name} grew from {max(warm[:2]) // 1_000} kB to {max(warm[-2:]) // 1_000} kB")
    for name, bound in (("queue", MAX_WAITING + 500), ("feed", feed.MAX_LENGTH + 1_000), ("dead letters", 0)):
        if report.longest[name] > bound:
            report.problems.append(f"{name} became {report.longest[name]} long; the bound is {bound}")
    if report.alerts < series:
        report.problems.append(f"{report.alerts} alerts of {series}")


def main() -> int:
    """Run, and print the memory of every process: at the start, in the middle, at the end."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.soak")
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--series", type=int, default=10_000)
    parser.add_argument("--clients", type=int, default=300)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        report = soak(Path(folder), arguments.events, arguments.series, arguments.clients)
    print(f"{arguments.events} events, {report.alerts} alerts, {arguments.clients} browsers, {report.seconds:.0f} s")
    for name, memory in report.memory.items():
        marks = [memory[int((len(memory) - 1) * share)] // 1_000_000 for share in (0, 0.25, 0.5, 0.75, 1)]
        print(f"  {name:<18} {' → '.join(f'{mark} MB' for mark in marks)}")
    print("  longest: " + ", ".join(f"{name} {length}" for name, length in report.longest.items()))
    for problem in report.problems:
        print(f"  PROBLEM: {problem}")
    return 1 if report.problems else 0


if __name__ == "__main__":
    sys.exit(main())
