"""What a rule measured lately: its metric, its formula as the evaluator computes it, or the aggregate of its group."""

from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from api.read import rule_series
from api.read.series import Series
from archive.readers import Readers
from evaluator.compiled_rule import compile_rule
from evaluator.fleet_partials import exact_sum
from evaluator.fleet_rule import fleet_rule_of
from shared.model.encoding import encode
from shared.model.events import Event
from shared.model.fleet import Partial, Report, RuleReport
from shared.model.partitions import partition_of
from shared.model.rules import Rule
from shared.redis import keys
from tests.support.factories import a_rule, publish

NOW = 1_700_000_000_000
PARTITIONS = 8
GROUP = "fleet:r/kr"


def a_rule_on(**condition: Any) -> Rule:
    return a_rule(id="r", condition={"operator": ">", "threshold": 1, **condition})


def read(redis: Redis, rule: Rule, plugin_id: str, since_ms: int = 0) -> Series:
    readers = Readers(Path("no archive"))
    return rule_series.read(redis, readers, rule, plugin_id, since_ms, NOW + 3_600_000, 100, PARTITIONS).series[0]


def report(redis: Redis, rule: Rule, source: int, tick_ms: int, partial: Partial) -> None:
    of_rule = RuleReport(fleet_rule_of(compile_rule(rule)).definition, {GROUP: partial})
    body = encode(Report(source, tick_ms, {"r": of_rule}))
    redis.xadd(keys.events(partition_of(GROUP, PARTITIONS)), {keys.FLEET_FIELD: body}, id=f"{tick_ms}-*")


def test_formula_has_the_value_of_the_newest_samples_while_none_is_stale(redis: Redis) -> None:
    rule = a_rule_on(kind="threshold", formula="used / size * 100")
    for at_s, metrics in (
        (0, {"size": 50.0}),
        (1, {"used": 10.0}),
        (2, {"used": 20.0, "size": 80.0}),
        (3, {"size": 0.0}),
        (304, {"used": 1.0}),
        (305, {"size": 4.0}),
    ):
        publish(redis, PARTITIONS, Event("p", at_ms=NOW + at_s * 1_000, metrics=metrics))

    found = read(redis, rule, "p")
    assert ("used / size * 100", [(1, 20.0), (2, 25.0), (305, 25.0)]) == (
        found.metric,
        [((at_ms - NOW) // 1_000, value) for at_ms, value in found.samples],
    )
    # What was known before the time asked for counts.
    assert [2, 305] == [(at_ms - NOW) // 1_000 for at_ms, _ in read(redis, rule, "p", NOW + 2_000).samples]


def test_group_has_the_aggregate_of_all_partitions_at_each_tick(redis: Redis) -> None:
    rule = a_rule_on(kind="fleet", metric="cpu", aggregate="avg", by=["region"])
    for tick in (NOW, NOW + 5_000):
        report(redis, rule, 0, tick, Partial(("kr",), 3, exact_sum([10.0, 20.0, 30.0])))
        report(redis, rule, 1, tick, Partial(("kr",), 1, exact_sum([100.0 + (tick - NOW) / 1_000])))
        report(redis, rule, 1, tick, Partial(("kr",), 1, exact_sum([100.0 + (tick - NOW) / 1_000])))

    found = read(redis, rule, GROUP)
    assert ("avg(cpu)", [(NOW, 40.0), (NOW + 5_000, 41.25)], []) == (found.metric, found.samples, found.plugins)


def test_members_that_breach_are_named_and_reports_of_an_edited_rule_left_out(redis: Redis) -> None:
    each = {"each_operator": "==", "each_threshold": 0}
    rule = a_rule_on(kind="fleet", metric="up", aggregate="share", by=["region"], **each)
    edited = a_rule_on(kind="fleet", metric="up", aggregate="share", by=["region"], each_operator="<", each_threshold=5)
    report(redis, rule, 0, NOW, Partial(("kr",), 3, breaching=1, examples=["web-2"]))
    report(redis, rule, 1, NOW, Partial(("kr",), 1, breaching=1, examples=["web-1"]))
    report(redis, edited, 0, NOW + 5_000, Partial(("kr",), 3, breaching=3, examples=["web-9"]))
    redis.xadd(keys.events(partition_of(GROUP, PARTITIONS)), {keys.FLEET_FIELD: b"junk"}, id=f"{NOW + 5_000}-*")

    found = read(redis, rule, GROUP)
    assert ([(NOW, 50.0)], ["web-1", "web-2"]) == (found.samples, found.plugins)


@pytest.mark.parametrize(
    ("condition", "metric", "count"),
    [
        ({"kind": "threshold", "metric": "cpu"}, "cpu", 1),
        ({"kind": "absence", "seconds": 60, "operator": None, "threshold": None}, "", 0),
    ],
)
def test_rule_on_a_metric_has_its_samples_and_one_without_a_number_none(
    redis: Redis, condition: dict[str, Any], metric: str, count: int
) -> None:
    publish(redis, PARTITIONS, Event("p", at_ms=NOW, metrics={"cpu": 1.0}))
    fields = {
        name: value for name, value in {"operator": ">", "threshold": 1, **condition}.items() if value is not None
    }

    found = read(redis, a_rule(id="r", condition=fields), "p")
    assert (metric, count) == (found.metric, len(found.samples))
