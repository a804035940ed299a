"""`doctor --rule`: why a rule did not fire, from the plugins it covers to its cooldown."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from redis import Redis

from api.doctor import advice
from api.doctor.findings import Finding, fail, ok, warn
from api.read import heard
from evaluator import condition
from shared import operator_language
from shared.clock import SystemClock
from shared.errors import Invalid, NotFound
from shared.model import fleet, reasons, rules
from shared.model.numbers import number
from shared.model.partitions import partition_of
from shared.redis import keys
from shared.settings import Settings
from shared.store import rule_store

LATE_FOR_MS = 60_000
"""A clock that stepped back is detected within 30 s; a person must look at samples that are late for longer."""
QUIET_MS = 300_000
"""A plugin that has sent nothing for five minutes has probably stopped."""
MOST_ALIKE = 10
"""Findings of one kind that are written out."""


def walk(redis: Redis, settings: Settings, rule_id: str) -> Iterator[Finding]:
    """Yield findings on a rule that does not fire: its covered plugins, their samples and evaluators, its cooldown."""
    try:
        rule = rule_store.get(redis, rule_id)
        checked = condition.check(rule)
    except (NotFound, Invalid) as error:
        yield fail(error.cited(), reasons.of("remedy.list_rules"))
        return
    yield ok(reasons.of("doctor.rule", rule_id=rule.id, condition=checked.describe(operator_language.language())))
    if not rule.enabled:
        yield fail(reasons.of("doctor.rule_off"), reasons.of("remedy.rule_on", rule_id=rule.id))
    for note in advice.on_rule(redis, rule):
        yield warn(note, reasons.of("remedy.compare_names"))
    yield from _some_of_each(_of_plugins(redis, settings, rule, checked))


def _some_of_each(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield `MOST_ALIKE` findings of each kind, then how many more there are: thousands of lines are read by nobody."""
    alike: Counter[str] = Counter()
    last: dict[str, Finding] = {}
    for finding in findings:
        code = finding.what.code
        alike[code] += 1
        last[code] = finding
        if alike[code] <= MOST_ALIKE:
            yield finding
    for code, finding in last.items():
        if more := alike[code] - MOST_ALIKE:
            if more == 1:
                yield finding
            elif more > 0:
                yield replace(finding, what=reasons.of("doctor.more_alike", because=finding.what, count=more - 1))


def _of_plugins(redis: Redis, settings: Settings, rule: rules.Rule, checked: Any) -> Iterator[Finding]:
    now_ms = SystemClock().now_ms()
    covered = sorted(
        (plugin for plugin in heard.plugins(redis) if _is_covered(rule, plugin)), key=lambda one: one["plugin_id"]
    )
    partitions = {one["plugin_id"]: partition_of(one["plugin_id"], settings.partitions) for one in covered}
    with redis.pipeline(transaction=False) as pipe:
        for p in range(settings.partitions):
            pipe.exists(keys.lease(p))
        for plugin_id, p in partitions.items():
            pipe.pttl(keys.cooldown(p, rule.id, plugin_id))
        answers = pipe.execute()
    owned, left_ms = answers[: settings.partitions], answers[settings.partitions :]
    for plugin, cooling_ms in zip(covered, left_ms, strict=True):
        p = partitions[plugin["plugin_id"]]
        yield from _of_plugin(plugin, checked, p, now_ms, is_owned=bool(owned[p]), cooling_ms=cooling_ms)


def _is_covered(rule: rules.Rule, plugin: dict[str, Any]) -> bool:
    plugin_id = plugin["plugin_id"]
    is_own_group = fleet.is_group(plugin_id) and fleet.rule_of(plugin_id) == rule.id
    return is_own_group or rule.covers(plugin_id, plugin.get("labels", {}))


def _of_plugin(
    plugin: dict[str, Any], checked: Any, p: int, now_ms: int, *, is_owned: bool, cooling_ms: int
) -> Iterator[Finding]:
    plugin_id = plugin["plugin_id"]
    silent_ms = now_ms - plugin["last_at_ms"]
    if silent_ms > QUIET_MS:
        yield warn(
            reasons.of("doctor.plugin_silent", plugin_id=plugin_id, minutes=silent_ms // 60_000),
            reasons.of("remedy.is_plugin_running"),
        )
    late_ms = int(plugin.get("late_by_ms", 0))
    if late_ms and now_ms - plugin["late_since_ms"] >= LATE_FOR_MS:
        yield fail(
            reasons.of("doctor.plugin_late", plugin_id=plugin_id, late_s=late_ms // 1000),
            reasons.of("remedy.check_clock"),
        )
    limits = [checked.threshold] if checked.compares else []
    values = [
        f"{name} = {number(plugin['metrics'][name], *limits)}"
        for name in sorted((checked.needs().metrics | checked.reads()) & plugin["metrics"].keys())
    ]
    if values:
        yield ok(reasons.of("doctor.newest", plugin_id=plugin_id, samples=values))
    if not is_owned:
        yield fail(
            reasons.of("doctor.plugin_without_evaluator", partition=p, plugin_id=plugin_id),
            reasons.of("remedy.start", process="evaluator"),
        )
    if cooling_ms > 0:
        cooling = reasons.of("doctor.cooling", plugin_id=plugin_id, wait_s=-(-cooling_ms // 1000))
        yield warn(cooling, reasons.of("remedy.cooldown"))
