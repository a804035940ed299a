"""Every crash point, walked: a process dies exactly there; after its restart nothing is lost, nothing doubled."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec
import pytest
import requests
from redis import Redis

from api.auth import access_tokens
from api.change import operations, restore
from shared import crash_points
from shared.model.alerts import LedgerEntry
from shared.model.events import Event
from shared.model.partitions import partition_of
from shared.redis import delivery_keys, keys
from shared.settings import Settings
from shared.store import alert_store, backup, channel_store, rule_store
from tests.chaos.model import TRANSITIONS
from tests.support import live_feed
from tests.support.factories import a_rule, publish
from tests.support.ports import free_port
from tests.support.processes import ROOT, Process, System, a_system, wait_ready
from tests.support.real_server import RealServer
from tests.support.servers import Hook, answer, http_server
from tests.support.waiting import PATIENCE_S, until

PARTITIONS = 8
COMPONENTS = {
    "evaluator": ("evaluator",),
    "router": ("dispatchers", "router"),
    "backup": ("dispatchers", "router"),
    "delivery": ("dispatchers", "worker", "--channels", "webhook"),
    "operator": ("api",),
}
ELSEWHERE = ("import.", "restore.", "recorder.", "report.")
"""Points of commands, and of the recorder, which have tests of their own."""


def test_every_point_is_in_the_code_and_every_one_in_the_code_is_known() -> None:
    found = [
        name
        for folder in ("shared", "evaluator", "archive", "insight", "dispatchers", "api", "producers")
        for file in (ROOT / folder).rglob("*.py")
        for name in re.findall(r'crash_points\.reach\("([a-z_.]+)"\)', file.read_text(encoding="utf-8"))
    ]

    assert sorted(crash_points.POINTS) == sorted(found)


def test_a_point_nobody_asked_for_is_free() -> None:
    crash_points.reach("router.before_exec")

    assert crash_points.reach is crash_points._nothing


def test_an_unknown_point_is_refused() -> None:
    with pytest.raises(ValueError, match="names nowhere"):
        crash_points.arm({crash_points.VARIABLE: "nowhere=/tmp/marker"})


@pytest.mark.slow
@pytest.mark.parametrize("point", [p for p in crash_points.POINTS if not p.startswith(ELSEWHERE)])
def test_nothing_is_lost_or_doubled_by_a_death_at(redis: Redis, server: RealServer, tmp_path: Path, point: str) -> None:
    marker = tmp_path / "reached"
    environment = {"API_PORT": str(free_port()), "DATA_DIR": str(tmp_path / "var")}
    if point.startswith("backup."):
        environment["BACKUP_DIR"] = str(tmp_path / "backups")
    rule_store.save(redis, a_rule(channels=["webhook"], group_by="none"))
    if point == "evaluator.after_reports":
        condition = {"kind": "fleet", "metric": "cpu", "aggregate": "sum", "operator": "<", "threshold": 0}
        rule_store.save(redis, a_rule(id="fleet", condition=condition))
    with http_server() as hook, a_system(server.url, tmp_path, **environment) as system:
        channel_store.save(redis, "webhook", {"url": hook.url})
        if point == "delivery.failed":
            hook.answer = lambda handler: answer(handler, 500 if len(hook.requests) == 1 else 200)
        with _started(system, point, marker) as armed:
            base = f"http://127.0.0.1:{environment['API_PORT']}/api/enhanced-alerts"
            _live_through(redis, point, armed, base)
            until(marker.exists, f"{point} is reached")
            until(lambda: not redis.zcard(delivery_keys.due_groups()), "all told")
            until(lambda: not redis.xlen(keys.commands()), "all commands forwarded")
            if point.startswith("backup."):
                until(lambda: redis.exists(keys.last_backup()), "the backup is noted")
    told = _told(hook, refused=1 if point == "delivery.failed" else 0)
    accepted_twice = sum(len(news) - len(set(news)) for news in told.values())
    fired = sum(int(redis.hget(k, "fired") or 0) for k in redis.scan_iter(keys.statistics_hour(0)[:-1] + "*"))
    fed = live_feed.types(redis)

    assert {
        "p0": [["firing", "acknowledged", "resolved"]],
        "p1": [["firing", "resolved"], ["firing", "resolved"]],
        "p2": [["firing", "resolved"]],
    } == _stories(redis)
    assert [["firing", "acknowledged", "resolved"], *[["firing", "resolved"]] * 3] == sorted(
        list(dict.fromkeys(news)) for news in told.values()
    )
    # A message the provider took and its sender could not note any more is the only one to go out twice.
    assert (1 if point == "delivery.accepted" else 0) == accepted_twice
    assert accepted_twice <= _possible_duplicates(redis) <= 1
    assert (4, 4, 4) == (fired, fed.count("alert.firing"), fed.count("alert.resolved"))
    if point.startswith("backup."):
        files = [f for f in (tmp_path / "backups").iterdir() if f.is_file()]
        assert files and all(restore.read(f).summary().counts["rules"] == 1 for f in files)


@pytest.mark.slow
@pytest.mark.parametrize("point", [p for p in crash_points.POINTS if p.startswith("restore.")])
def test_a_restore_happens_whole_or_not_at_all_by_a_death_at(
    redis: Redis, server: RealServer, tmp_path: Path, point: str
) -> None:
    rule_store.save(redis, a_rule(name="before"))
    channel_store.save(redis, "webhook", {"url": "http://127.0.0.1:1/before"})
    file = tmp_path / "backup.json.gz"
    backup.write(redis, PARTITIONS, file, with_alerts=True)
    rule_store.save(redis, a_rule(name="after"))
    rule_store.save(redis, a_rule(id="another", name="after"))
    channel_store.save(redis, "webhook", {"url": "http://127.0.0.1:1/after"})
    command = [sys.executable, "-c", "from api.cli import main; main()", "restore", str(file), "--yes"]
    environment = {**os.environ, "REDIS_URL": server.url, "DATA_DIR": str(tmp_path)}

    def names() -> tuple[list[str], str]:
        return [r.name for r in rule_store.load_all(redis)[1]], channel_store.load(redis, "webhook")["url"].rpartition(
            "/"
        )[2]

    killed = subprocess.run(
        command, cwd=ROOT, env={**environment, crash_points.VARIABLE: f"{point}={tmp_path / 'reached'}"}, check=False
    )
    then = names()
    again = subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True)

    assert -signal.SIGKILL == killed.returncode
    assert ((["after", "after"], "after") if point == "restore.before_exec" else (["before"], "before")) == then
    assert (0, (["before"], "before")) == (again.returncode, names())


@contextmanager
def _started(system: System, point: str, marker: Path) -> Iterator[Process]:
    """Start everything, one component of it told to die at *point*; what dies is started again."""
    armed_kind = point.partition(".")[0]
    lethal = {crash_points.VARIABLE: f"{point}={marker}"}
    over = threading.Event()

    def start_again(process: Process, arguments: tuple[str, ...]) -> None:
        assert process.process is not None
        while not over.wait(0.05):
            if process.process.poll() is not None:
                system.start(*arguments)
                return

    armed = None
    for kind, arguments in COMPONENTS.items():
        if (kind in ("operator", "backup") and kind != armed_kind) or (kind == "router" and armed_kind == "backup"):
            continue
        process = system.start(*arguments, **(lethal if kind == armed_kind else {}))
        if kind == armed_kind:
            armed = process
            watcher = threading.Thread(target=start_again, args=(process, arguments), daemon=True)
            watcher.start()
    assert armed is not None
    try:
        yield armed
    finally:
        over.set()
        watcher.join()


def _live_through(redis: Redis, point: str, armed: Process, base: str) -> None:
    """Three plugins breach; one alert is acknowledged, one resolved by hand, one ends by itself; one comes again."""

    def say(plugin: str, cpu: float) -> None:
        publish(redis, PARTITIONS, Event(plugin, metrics={"cpu": cpu}))

    def on_board(*plugins: str) -> dict[str, str]:
        return until(
            lambda: (
                (found := {a.plugin_id: a.id for a in alert_store.active(redis) if a.state != "pending"})
                and set(found) == set(plugins)
                and found
            ),
            f"{plugins} are on the board",
        )

    for n in range(3):
        say(f"p{n}", 95)
    alerts = on_board("p0", "p1", "p2")
    until(lambda: not redis.zcard(delivery_keys.due_groups()), "the firings are told")
    settings = Settings()
    if point.startswith("operator."):
        _insist(redis, f"{base}/alerts/{alerts['p0']}/acknowledge")
    else:
        operations.acknowledge(redis, settings, alerts["p0"], "김운영")
    until(lambda: not redis.zcard(delivery_keys.due_groups()), "the acknowledgement is told")
    operations.resolve(redis, settings, alerts["p1"], "김운영")
    place = (keys.snapshots(partition_of("p1", PARTITIONS)), "r\0p1")
    until(lambda: not redis.hexists(*place), "the owner obeys")
    if point in ("evaluator.after_checkpoint", "evaluator.before_release"):
        armed.signal(signal.SIGTERM)
    say("p1", 96)
    on_board("p0", "p1", "p2")
    until(lambda: not redis.zcard(delivery_keys.due_groups()), "the new firing is told")
    for n in range(3):
        say(f"p{n}", 5)
    until(lambda: not redis.zcard(keys.active_alerts()), "all is well")


def _insist(redis: Redis, address: str) -> None:
    wait_ready(redis, "api")
    header = {"Authorization": f"Bearer {access_tokens.issue(redis, 'kim', 'operator')}"}

    def asked() -> bool:
        with suppress(requests.RequestException):
            return requests.post(address, headers=header, timeout=PATIENCE_S).status_code == 200
        return False

    until(asked, "acknowledged")


def _stories(redis: Redis) -> dict[str, list[list[str]]]:
    found: dict[str, list[list[str]]] = {}
    for raw in redis.zrange(keys.alert_history(), 0, -1):
        alert = alert_store.get(redis, raw.decode())
        kinds = [e.kind for e in alert_store.timeline(redis, alert.id) if e.kind in TRANSITIONS]
        found.setdefault(alert.plugin_id, []).append(kinds)
    return found


def _told(hook: Hook, refused: int) -> dict[str, list[str]]:
    """Alert id → the news the destination accepted, in order; the first *refused* it did not."""
    found: dict[str, list[str]] = {}
    for body in hook.bodies()[refused:]:
        for one in body["alerts"]:
            found.setdefault(one["alert"]["id"], []).append(one["news"])
    return found


def _possible_duplicates(redis: Redis) -> int:
    total = 0
    for raw in redis.zrange(keys.alert_history(), 0, -1):
        for body in redis.hgetall(keys.ledger(raw.decode())).values():
            total += msgspec.json.decode(body, type=LedgerEntry).possible_duplicates
    return total
