"""
An evaluator that sleeps for less than its lease (SIGSTOP, a frozen machine) and wakes: the clock went on, the log
filled up, and nothing may be decided by the clock before what came meanwhile is read.
"""

import signal
import threading
import time
from pathlib import Path

import pytest
from redis import Redis

from shared.model.events import ErrorReport, Event
from shared.store import rule_store
from tests.support.factories import a_rule, lag, outbox, publish
from tests.support.processes import a_system, wait_ready
from tests.support.real_server import RealServer
from tests.support.waiting import until

PARTITIONS = 8
PLUGINS = [f"web-{n}" for n in range(10)]
BEAT_S = 0.3
NAP_S = 3.0
"""What is tested is an evaluator that slept so long; its lease is longer."""


class Beats:
    """Plugins that publish something all the time, whatever the evaluator does."""

    def __init__(self, redis: Redis, errors: bool = False) -> None:
        self._redis = redis
        self._errors = errors
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.longest_s = 0.0
        """Between two beats: on a starved machine the plugins sleep, too, and an alarm may be right."""

    def __enter__(self) -> "Beats":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        last = time.monotonic()
        while not self._stop.wait(BEAT_S):
            for plugin in PLUGINS:
                errors = [ErrorReport("Timeout")] if self._errors else []
                publish(self._redis, PARTITIONS, Event(plugin, metrics={"cpu": 1.0}, errors=errors))
            self.longest_s = max(self.longest_s, time.monotonic() - last)
            last = time.monotonic()


@pytest.mark.parametrize("naps", [1, 3])
def test_plugins_that_beat_all_the_time_are_not_missed_by_an_evaluator_that_slept(
    redis: Redis, server: RealServer, tmp_path: Path, naps: int
) -> None:
    rule_store.save(redis, a_rule(condition={"kind": "absence", "seconds": 2}))
    with a_system(server.url, tmp_path, LEASE_SECONDS="20") as system, Beats(redis) as beats:
        evaluator = system.start("evaluator")
        wait_ready(redis, "evaluator")
        until(lambda: lag(redis, PARTITIONS) == 0)
        for _ in range(naps):
            evaluator.signal(signal.SIGSTOP)
            before = lag(redis, PARTITIONS)
            time.sleep(NAP_S)
            assert lag(redis, PARTITIONS) > before, "the plugins went on"
            evaluator.signal(signal.SIGCONT)
            until(lambda: lag(redis, PARTITIONS) == 0, "what came meanwhile is read")
        told = outbox(redis, PARTITIONS)

        assert evaluator.process is not None and evaluator.process.poll() is None
    assert beats.longest_s > 2 or [] == [(t.kind, t.plugin_id, t.reason) for t in told]


def test_burst_of_errors_that_lay_unread_does_not_resolve_and_fire_anew(
    redis: Redis, server: RealServer, tmp_path: Path
) -> None:
    rule_store.save(redis, a_rule(condition={"kind": "error", "seconds": 2, "count": 1}))
    with a_system(server.url, tmp_path, LEASE_SECONDS="20") as system, Beats(redis, errors=True) as beats:
        evaluator = system.start("evaluator")
        wait_ready(redis, "evaluator")
        until(lambda: len(outbox(redis, PARTITIONS)) >= len(PLUGINS))
        evaluator.signal(signal.SIGSTOP)
        time.sleep(NAP_S)
        evaluator.signal(signal.SIGCONT)
        until(lambda: lag(redis, PARTITIONS) == 0)
        told = outbox(redis, PARTITIONS)

    assert beats.longest_s > 2 or [("firing", plugin) for plugin in sorted(PLUGINS)] == sorted(
        (t.kind, t.plugin_id) for t in told
    )


def test_plugin_that_fell_silent_is_missed_as_of_when_it_did_though_the_evaluator_slept(
    redis: Redis, server: RealServer, tmp_path: Path
) -> None:
    """And an idle partition's clock goes on: nothing need arrive for that."""
    rule_store.save(redis, a_rule(condition={"kind": "absence", "seconds": 2}))
    with a_system(server.url, tmp_path, LEASE_SECONDS="20") as system:
        evaluator = system.start("evaluator")
        wait_ready(redis, "evaluator")
        publish(redis, PARTITIONS, Event("web-1", metrics={"cpu": 1.0}))
        until(lambda: lag(redis, PARTITIONS) == 0)
        evaluator.signal(signal.SIGSTOP)
        time.sleep(NAP_S)
        evaluator.signal(signal.SIGCONT)
        told = until(lambda: outbox(redis, PARTITIONS))

    assert [("firing", 2.0)] == [(t.kind, t.value) for t in told]
