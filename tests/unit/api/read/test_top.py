"""`top`: rates are differences of counters, and what strangers wrote reaches the terminal as text."""

import io
import json
import os
import socket
from dataclasses import replace

import pytest
from redis import Redis
from rich.console import Console

from api.read import top
from shared.model.processes import ProcessReport
from shared.redis import delivery_keys, keys
from shared.settings import Settings

SETTINGS = replace(Settings(), partitions=2)


def a_report(component: str, pid: int, host: str = socket.gethostname(), **counters: float) -> ProcessReport:
    return ProcessReport(
        component=component, host=host, pid=pid, started_at_ms=0, at_ms=0, ready=True, counters=counters
    )


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([("evaluator", 1, 100)], [("evaluator", 1, 150)], {"evaluator.events": 25.0}),
        # Two processes of one kind are added up.
        (
            [("evaluator", 1, 0), ("evaluator", 2, 0)],
            [("evaluator", 1, 4), ("evaluator", 2, 6)],
            {"evaluator.events": 5},
        ),
        # A worker's name holds its number.
        ([("worker-1", 1, 0)], [("worker-1", 1, 2)], {"worker.events": 1.0}),
        # One that was restarted counts from zero; one whose counter fell did nothing that is known.
        ([("router", 1, 100)], [("router", 2, 8)], {"router.events": 4.0}),
        ([("router", 1, 100)], [("router", 1, 8)], {"router.events": 0.0}),
        ([("router", 1, 100)], [], {}),
    ],
)
def test_rates_are_what_the_processes_of_a_kind_did_together(
    before: list[tuple[str, int, int]], after: list[tuple[str, int, int]], expected: dict[str, float]
) -> None:
    was, now = ([a_report(name, pid, events=n) for name, pid, n in some] for some in (before, after))

    assert expected == top.rates(was, now, elapsed_s=2.0)


def drawn(view: top.View) -> str:
    console = Console(file=io.StringIO(), width=200)
    console.print(top.drawn(view, with_plugins=True))
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_one_look_says_what_waits_and_what_nobody_holds(redis: Redis) -> None:
    redis.rpush("rq:queue:ea-slack", "job", "job")
    redis.zadd(delivery_keys.dead_notifications(), {"one": 1})
    seen = {
        "plugin_id": "p",
        "plugin_name": "[red]web\x1b[2J",
        "last_at_ms": 1,
        "metrics": {f"m{n}": n for n in range(8)},
    }
    redis.hset(keys.plugins(), mapping={"p": json.dumps(seen), "bad": b"\xff"})
    view = top.look(redis, SETTINGS, seconds=0.01)
    text = drawn(view)

    assert ([0, 1], 1, ["p"]) == (
        view.partitions_without_owner,
        view.dead_notifications,
        [plugin["plugin_id"] for plugin in view.plugins],
    )
    assert "nobody holds [0, 1]" in text and "1 given up in all" in text and "and 2 more" in text
    assert "[red]web" in text and "\x1b[2J" not in text
    assert 0 == json.loads(json.dumps(view.as_dict()))["lag"]


def test_own_process_has_memory_and_one_of_another_machine_has_none() -> None:
    own = a_report("router", os.getpid())
    other = a_report("router", os.getpid(), "elsewhere")

    assert top._resources(own, 5_000)["rss_bytes"] > 1_000_000
    assert (None, None) == (top._resources(other, 0)["rss_bytes"], top._resources(other, 0)["cpu_percent"])
