"""All rules in force, answering with the plan of any plugin. Pure."""

from collections.abc import Iterable, Mapping

from evaluator.compiled_rule import CompiledRule, by_order, compile_rule
from evaluator.external_terms import DEFAULT_TERMS, Terms
from evaluator.fleet_rule import FleetRule, fleet_rule_of
from evaluator.plan import Plan, plan_of
from evaluator.plugin_memory import PluginMemory
from evaluator.prefilter import Prefilter
from evaluator.snapshot import Snapshot
from shared.errors import Invalid
from shared.model import fleet, reasons
from shared.model.alerts import SEVERITIES
from shared.model.reasons import Reason
from shared.model.rules import Rule


class Index:
    """All rules in force, answering with the plan of any plugin."""

    def __init__(
        self,
        rules: Iterable[Rule],
        unreadable: Iterable[str] = (),
        *,
        revision: int = 0,
        has_prefilter: bool = True,
        external: Terms = DEFAULT_TERMS,
    ) -> None:
        """
        Args:
            rules: Whole rules, enabled or not; a rule whose condition this version does not know joins *unreadable*.
            unreadable: Ids of stored rules this process cannot read; what they have open is left alone.
            revision: Of the rules as stored.
            has_prefilter: Whether rules that an event cannot change anything for are left out unjudged, for speed.
            external: What holds for alerts that others have decided.
        """
        self.external = external
        self.revision = revision
        self._has_prefilter = has_prefilter
        self.expected: set[str] = set()
        """Plugins that rules name and whose silence they watch: missed even if they were never heard of."""
        self.unreadable = dict.fromkeys(unreadable, "its stored form cannot be read")
        self.off: dict[str, Reason] = {}
        """Rule id → why it decides nothing."""
        self.fleet: dict[str, FleetRule] = {}
        """By id."""
        self._rules: list[CompiledRule] = []
        # The strongest first: when one sample breaches several rules, the one that holds the others back comes first.
        for order, rule in enumerate(sorted(rules, key=lambda rule: -SEVERITIES.index(rule.severity))):
            if not rule.enabled:
                self.off[rule.id] = reasons.of("withdrawn.rule_disabled")
                continue
            try:
                compiled = compile_rule(rule, order)
            except Invalid as error:
                self.unreadable[rule.id] = str(error)
                continue
            except Exception as error:
                # A bug of the kind's own; the other rules have nothing to do with it.
                self.unreadable[rule.id] = f"its condition cannot be prepared: {type(error).__name__}: {error}"
                continue
            self._rules.append(compiled)
            if (over_fleet := fleet_rule_of(compiled)) is not None:
                self.fleet[rule.id] = over_fleet
            if compiled.needs.clock and rule.plugin_id is not None:
                self.expected.add(rule.plugin_id)
        # Asked for every plugin when rules change, so only the rules with a scope are held against it.
        self._everywhere: list[CompiledRule] = []
        self._named: dict[str, list[CompiledRule]] = {}
        self._scoped: dict[tuple[object, ...], list[CompiledRule]] = {}
        """By scope (plugins, labels): what covers a plugin is found out once for all rules with the same."""
        for compiled in self._rules:
            scope = compiled.rule
            if scope.plugin_id is not None:
                self._named.setdefault(scope.plugin_id, []).append(compiled)
            elif scope.plugins or scope.labels or scope.label_matchers:
                place = (scope.plugins, tuple(scope.labels.items()), tuple(scope.label_matchers))
                self._scoped.setdefault(place, []).append(compiled)
            else:
                self._everywhere.append(compiled)
        self._plans: dict[tuple[int, ...], Plan] = {}
        """By the order of the rules with a scope that cover a plugin."""
        self._group_plans: dict[str, Plan] = {}
        """Of the plugins that stand for groups, by rule id."""

    def plan_for(self, plugin_id: str, labels: Mapping[str, str]) -> Plan:
        """Return the plan of one plugin: rules that cover it, less the general ones its own rules override."""
        if fleet.is_group(plugin_id):
            return self._group_plan(fleet.rule_of(plugin_id))
        covering = [r for r in self._named.get(plugin_id, ()) if r.rule.covers(plugin_id, labels)]
        for alike in self._scoped.values():
            if alike[0].rule.covers(plugin_id, labels):
                covering += alike
        key = tuple(r.order for r in covering)
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = self._plan(covering)
        return plan

    def why_withdrawn(
        self, rule_id: str, snapshot: Snapshot, memory: PluginMemory, before: Plan, after: Plan
    ) -> Reason | None:
        """
        Say why something open under a rule ends now that the rules, or the plugin's labels, have changed.

        Args:
            before, after: The plugin's plans.

        Returns:
            None if it stays open.
        """
        old, new = before.rules.get(rule_id), after.rules.get(rule_id)
        if new is None:
            # A rule nobody can read may still be in force; and labels are not known before the plugin is heard of.
            may_cover = not memory.last_at_ms and self.may_cover(rule_id, memory.plugin_id)
            if rule_id in self.unreadable or may_cover:
                return None
            return self.why_absent(rule_id, memory.plugin_id, memory.labels)
        if snapshot.phase == "pending" and old is not None and old.condition != new.condition:
            return reasons.of("withdrawn.rule_edited")
        return None

    def why_absent(self, rule_id: str, plugin_id: str, labels: Mapping[str, str]) -> Reason:
        """Say why a rule that has something open is not in the plugin's plan any more."""
        if rule_id in self.off:
            return self.off[rule_id]
        rule = next((r.rule for r in self._rules if r.rule.id == rule_id), None)
        if rule is None:
            return reasons.of("withdrawn.rule_deleted")
        if fleet.is_group(plugin_id) is not (rule_id in self.fleet):
            return reasons.of("withdrawn.rule_replaced")
        if rule.covers(plugin_id, labels):
            return reasons.of("withdrawn.rule_overridden", overrides=rule.overrides)
        return reasons.of("withdrawn.out_of_scope")

    def may_cover(self, rule_id: str, plugin_id: str) -> bool:
        """Tell whether a rule in force covers a plugin if only the plugin's labels are the right ones."""
        if fleet.is_group(plugin_id) is not (rule_id in self.fleet):
            return False
        rule = next((r.rule for r in self._rules if r.rule.id == rule_id), None)
        without: dict[str, object] = {"labels": {}, "label_matchers": []}
        return rule is not None and rule.model_copy(update=without).covers(plugin_id, {})

    def _plan(self, covering: list[CompiledRule]) -> Plan:
        own = {r.rule.overrides for r in covering if r.rule.overrides and not r.rule.is_general()}
        rules = sorted([*self._everywhere, *covering], key=by_order)
        plan = plan_of(r for r in rules if not (r.is_fleet or (r.rule.is_general() and r.rule.overrides in own)))
        plan.fleet = [self.fleet[r.rule.id] for r in rules if r.is_fleet]
        return self._with_prefilter(plan)

    def _group_plan(self, rule_id: str) -> Plan:
        if rule_id not in self.fleet:
            return _NO_RULES
        if rule_id not in self._group_plans:
            self._group_plans[rule_id] = self._with_prefilter(plan_of([self.fleet[rule_id].compiled]))
        return self._group_plans[rule_id]

    def _with_prefilter(self, plan: Plan) -> Plan:
        if self._has_prefilter:
            plan.prefilter = Prefilter(plan)
        return plan


_NO_RULES = plan_of(())
"""The plan of groups whose rule is gone."""
