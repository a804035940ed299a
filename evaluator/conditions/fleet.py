"""`fleet`: many plugins at once, an aggregate of one metric over each group of them, compared with a number."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal, Self

from msgspec.structs import replace
from pydantic import Field, model_validator

from evaluator import formulas
from evaluator.comparison import COMPARE, Measured
from evaluator.condition import Needs, Range, Verdict
from evaluator.plugin_memory import PluginMemory
from shared.model import reasons
from shared.model.alerts import Operator
from shared.model.reasons import Language, Reason

Aggregate = Literal["avg", "sum", "min", "max", "count", "share"]
Label = Annotated[str, Field(min_length=1, max_length=128)]
PLUGINS, BREACHING, REPORTED, MISSING = "plugins", "breaching", "partitions", "partitions_missing"
"""What the plugin of a group has beside the aggregate: as metrics, and under `breaching` as a state too."""


class Condition(Measured):
    """
    `aggregate(metric) by labels operator threshold`, e.g. `avg(cpu_usage) by service > 80`.

    Over the newest values of the plugins that the rule covers; each combination of the labels' values is a group with
    an alert of its own. What is judged is the group's own plugin, whose metrics are the aggregate and the counts behind
    it (`evaluator/fleet.py`).
    """

    kind: ClassVar[str] = "fleet"
    spans_plugins: ClassVar[bool] = True

    aggregate: Aggregate
    by: list[Label] = Field(
        default_factory=list,
        max_length=8,
        description="Labels: each combination of their values is a group. Empty: one group of all plugins.",
    )
    each_operator: Operator | None = Field(
        None, description="For `share` and `count`: only plugins whose value compares so with `each_threshold`."
    )
    each_threshold: float | None = Field(None, allow_inf_nan=False, description="The value for `each_operator`.")

    @model_validator(mode="after")
    def _check_each(self) -> Self:
        is_given = self.each_operator is not None
        if is_given is not (self.each_threshold is not None):
            raise ValueError(reasons.of("invalid.fleet_each_half"))
        if self.aggregate == "share" and not is_given:
            raise ValueError(reasons.of("invalid.fleet_each_missing"))
        if is_given and self.aggregate not in ("share", "count"):
            raise ValueError(reasons.of("invalid.fleet_each_misplaced", aggregate=self.aggregate))
        if len(set(self.by)) < len(self.by):
            raise ValueError(reasons.of("invalid.fleet_by_twice"))
        return self

    @property
    def series(self) -> str:
        """The metric of the group's plugin that holds the aggregate."""
        return f"{self.aggregate}({self.about()})"

    def needs(self) -> Needs:
        return Needs(metrics=frozenset((self.series,)))

    def reads(self) -> frozenset[str]:
        return self.needs_of(0).metrics

    def subject(self) -> Reason:
        values = {"metric": self.about(), "operator": self.each_operator, "threshold": self.each_threshold}
        if self.each_operator is None:
            return Reason(f"fleet.{self.aggregate}", {"metric": self.about()})
        return Reason(f"fleet.{self.aggregate}_each", values)

    def describe(self, language: Language = "en") -> str:
        words = super().describe(language)
        if not self.by:
            return words
        labels = ", ".join(self.by)
        return f"{labels}별 {words}" if language == "ko" else f"{words} by {labels}"

    def judge(self, memory: PluginMemory, at_ms: int, recover_threshold: float | None) -> Verdict | None:
        series = memory.alive(self.series)
        if series is None:
            return None
        verdict = self.compare(series.value, recover_threshold)
        counts = {name: int(memory.series[name].value) for name in (PLUGINS, BREACHING, REPORTED, MISSING)}
        reason = reasons.of("fleet.over", because=verdict.reason, plugins=counts[PLUGINS])
        if self.each_operator is not None:
            reason = reasons.of(
                "fleet.breaching", because=verdict.reason, plugins=counts[PLUGINS], breaching=counts[BREACHING]
            )
            if counts[BREACHING]:
                reason = reasons.of("fleet.examples", because=reason, examples=memory.states[BREACHING].value)
        if counts[MISSING]:
            reported = counts[REPORTED]
            reason = reasons.of(
                "fleet.incomplete", because=reason, reported=reported, partitions=reported + counts[MISSING]
            )
        return replace(verdict, reason=reason)

    def breach_ranges(self) -> tuple[Range, ...]:
        return self.ranges()

    def measure(self, memory: PluginMemory, at_ms: int, stale_ms: int) -> float | None:
        """Return a plugin's value by the formula; None if it has none, or samples came *stale_ms* before *at_ms*."""
        reading = formulas.read(self.parsed, memory.series) if self.parsed is not None else None
        if reading is None or self.parsed is None:
            return None
        is_stale = any(at_ms - memory.series[name].heard_at_ms > stale_ms for name in self.parsed.names)
        return None if is_stale else reading.value

    def breaching(self, values: Sequence[tuple[float, str]]) -> list[str]:
        """Return the ids of the plugins whose value, of (value, plugin id), compares as `each_operator` says."""
        if self.each_operator is None or self.each_threshold is None:
            return []
        compare, threshold = COMPARE[self.each_operator], self.each_threshold
        return [plugin_id for value, plugin_id in values if compare(value, threshold)]
