"""Fleet rules on real servers and real evaluators, which are killed while they report to each other."""

from dataclasses import replace
from pathlib import Path

import pytest
from redis import Redis

from evaluator.index import Index
from evaluator.takeover import take_over
from shared.model.alerts import Transition
from shared.model.events import Event
from shared.redis import connection, keys, streams
from shared.redis.leases import Leases
from shared.settings import Settings
from shared.store import rule_store
from tests.support.commits import commit_now
from tests.support.factories import RunningWorker, a_rule, lag, outbox, publish, publish_at_once
from tests.support.fleets import brute_force
from tests.support.processes import a_system, wait_ready
from tests.support.real_server import RealServer
from tests.support.waiting import until

PARTITIONS = 8
SETTINGS = replace(Settings(), lease_seconds=2)
AVERAGE = {"kind": "fleet", "metric": "cpu", "aggregate": "avg", "by": ["service"], "operator": ">", "threshold": 80}
SHARE = {"kind": "fleet", "metric": "cpu", "aggregate": "share", "operator": ">", "threshold": 30,
         "each_operator": ">=", "each_threshold": 90}  # fmt: skip


def reported(cpu: float, service: str = "web", count: int = 12) -> list[Event]:
    return [Event(f"{service}-{n}", metrics={"cpu": cpu}, labels={"service": service}) for n in range(count)]


def report_all(redis: Redis, cpu: float) -> None:
    publish_at_once(redis, PARTITIONS, *reported(cpu))


def told(redis: Redis, rule_id: str, count: int) -> list[Transition]:
    """Wait for *count* transitions of a rule."""

    def found() -> list[Transition]:
        return [one for one in outbox(redis, PARTITIONS) if one.rule_id == rule_id]

    return until(lambda: len(now := found()) >= count and now, f"{count} transitions of {rule_id}")


def test_average_and_share_over_all_partitions_fire_and_resolve(redis: Redis, server: RealServer) -> None:
    rule_store.save(redis, a_rule(id="average", condition=AVERAGE))
    rule_store.save(redis, a_rule(id="share", condition=SHARE))
    with RunningWorker(server.url, "w1", SETTINGS):
        publish_at_once(redis, PARTITIONS, *reported(95.0), *reported(10.0, "db", 18))
        average, share = told(redis, "average", 1), told(redis, "share", 1)
        report_all(redis, 20.0)
        average, share = told(redis, "average", 2), told(redis, "share", 2)

    assert [
        ("firing", "fleet:average/web", "web", {"service": "web"}, 95.0),
        ("resolved", "fleet:average/web", "web", {"service": "web"}, 20.0),
    ] == [(one.kind, one.plugin_id, one.plugin_name, one.labels, one.value) for one in average]
    assert ["firing", "resolved"] == [one.kind for one in share]
    assert (
        "percentage of plugins with cpu >= 90 = 40 is > 30, 12 of 30 plugins: web-0, web-1, web-10, web-11, web-2"
        == share[0].reason
    )


def test_events_that_claim_to_be_of_a_group_become_dead_letters(redis: Redis, server: RealServer) -> None:
    rule_store.save(redis, a_rule(id="average", condition=AVERAGE))
    with RunningWorker(server.url, "w1", SETTINGS):
        publish(redis, PARTITIONS, Event("fleet:average/web", metrics={"avg(cpu)": 99.0}))
        redis.xadd(keys.events(0), {keys.FLEET_FIELD: b'{"source": 0, "tick_ms": 1, "rules": {"r": {}}}'})
        until(lambda: lag(redis, PARTITIONS) == 0)
        letters = until(
            lambda: (
                len(
                    found := [
                        f[b"reason"].decode() for p in range(PARTITIONS) for _, f in redis.xrange(keys.dead_letters(p))
                    ]
                )
                == 2
                and found
            )
        )

    assert [] == outbox(redis, PARTITIONS)
    assert 2 == len(letters)
    assert any("plugin_id begins with fleet:, which is reserved for groups of fleet rules" in one for one in letters)
    assert any(one.startswith("not a usable report of a partition: ") for one in letters)


def test_partition_whose_stream_has_another_type_keeps_no_other_from_its_commit(redis: Redis) -> None:
    redis.set(keys.events(1), "no stream")
    leases = Leases(redis, 60_000)
    lease = leases.acquire(keys.lease(0), keys.fence(0), "w")
    assert lease
    publish(redis, 1, Event("web-1", metrics={"cpu": 95.0}))
    partition = take_over(redis, 0, lease, leases, Index([a_rule()]), 3)
    [(entry_id, fields)] = redis.xrange(keys.events(0))
    partition.decide([(entry_id, [part for pair in fields.items() for part in pair])], connection.server_ms(redis))
    partition.changes.reports += [(1, b"{}"), (2, b"{}")]
    commit_now(redis, partition, connection.server_ms(redis))

    assert ["firing"] == [one.kind for one in outbox(redis, 3)]
    assert [{keys.FLEET_FIELD: b"{}"}] == [fields for _, fields in redis.xrange(keys.events(2))]


@pytest.mark.slow
def test_every_decision_is_exact_while_evaluators_are_killed(redis: Redis, server: RealServer, tmp_path: Path) -> None:
    rule = a_rule(id="average", condition=AVERAGE)
    rule_store.save(redis, rule)
    with a_system(server.url, tmp_path) as system:
        evaluators = [system.start("evaluator") for _ in range(2)]
        wait_ready(redis, "evaluator", count=2)
        for n in range(3):
            report_all(redis, 90.0 + n)
            victim = evaluators.pop(0)
            if n != 1:
                victim.kill()
            told(redis, "average", 2 * n + 1)
            report_all(redis, 10.0 + n)
            if n == 1:
                victim.kill()
            evaluators.append(system.start("evaluator"))
            told(redis, "average", 2 * n + 2)
    decided = [one for one in outbox(redis, PARTITIONS) if one.rule_id == "average"]
    events = sorted(
        (
            (int(entry_id.partition(b"-")[0]), event)
            for p in range(PARTITIONS)
            for entry_id, fields in redis.xrange(keys.events(p))
            if keys.EVENT_FIELD in fields
            for event in streams.decode(fields[keys.EVENT_FIELD], int(entry_id.partition(b"-")[0]))[0]
        ),
        key=lambda one: one[0],
    )

    assert ["firing", "resolved"] * 3 == [one.kind for one in decided]
    assert [brute_force(rule, events, one.at_ms)["fleet:average/web"] for one in decided] == [
        one.value for one in decided
    ]
    assert 1 == len({one.plugin_id for one in decided})
