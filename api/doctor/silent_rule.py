"""`doctor --rule`: why a rule did not fire, from the plugins it covers to its cooldown."""

from collections.abc import Iterator
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
    now_ms = SystemClock().now_ms()
    for plugin in heard.plugins(redis):
        is_own_group = fleet.is_group(plugin["plugin_id"]) and fleet.rule_of(plugin["plugin_id"]) == rule.id
        if is_own_group or rule.covers(plugin["plugin_id"], plugin.get("labels", {})):
            yield from _of_plugin(redis, settings, rule, checked, plugin, now_ms)


def _of_plugin(
    redis: Redis, settings: Settings, rule: rules.Rule, checked: Any, plugin: dict[str, Any], now_ms: int
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
    p = partition_of(plugin_id, settings.partitions)
    if not redis.exists(keys.lease(p)):
        yield fail(
            reasons.of("doctor.plugin_without_evaluator", partition=p, plugin_id=plugin_id),
            reasons.of("remedy.start", process="evaluator"),
        )
    left_ms = redis.pttl(keys.cooldown(p, rule.id, plugin_id))
    if left_ms > 0:
        cooling = reasons.of("doctor.cooling", plugin_id=plugin_id, wait_s=left_ms // 1000)
        yield warn(cooling, reasons.of("remedy.cooldown"))
