"""`absence`: nothing heard of a plugin, or of one of its metrics, for N seconds of the clock."""

from typing import Any, ClassVar

from pydantic import Field

from evaluator.condition import ConditionModel, Needs, Verdict
from evaluator.plugin_memory import PluginMemory
from shared.model.numbers import exact
from shared.model.reasons import Language, Reason


class Condition(ConditionModel):
    """
    Counted on the server's clock from the newest entry that arrived, whatever its event time: a plugin whose clock
    is slow is not silent. Time during which the system itself did not listen does not count.
    """

    kind: ClassVar[str] = "absence"

    seconds: float = Field(ge=1, le=86_400)
    metric: str | None = Field(None, min_length=1, max_length=128, description="Only this metric; none: any event.")

    def needs(self) -> Needs:
        return Needs(any_event=True, clock=True)

    def describe(self, language: Language = "en") -> str:
        if language == "ko":
            return f"{exact(self.seconds)}초 동안 {self.metric or '이벤트'} 수신 없음"
        return f"no {self.metric or 'event'} for {exact(self.seconds)} s"

    def judge(self, memory: PluginMemory, at_ms: int, recover_threshold: float | None) -> Verdict | None:
        heard_at_ms = self._heard_at_ms(memory)
        if heard_at_ms is None:
            return None
        silent_ms = max(0, memory.clock_ms(at_ms) - heard_at_ms)
        holds = silent_ms >= round(self.seconds * 1000)
        values: dict[str, Any] = {"silent_s": silent_ms / 1000, "limit_s": self.seconds}
        outcome = "silent" if holds else "heard"
        reason = Reason(f"absence.{outcome}", values)
        if self.metric is not None:
            reason = Reason(f"absence.metric_{outcome}", values | {"metric": self.metric})
        return Verdict(holds, not holds, silent_ms / 1000, self.seconds, reason)

    def due_at_ms(self, memory: PluginMemory, after_ms: int) -> int | None:
        heard_at_ms = self._heard_at_ms(memory)
        due_ms = None if heard_at_ms is None else heard_at_ms + round(self.seconds * 1000)
        return due_ms if due_ms is not None and due_ms > after_ms else None

    def _heard_at_ms(self, memory: PluginMemory) -> int | None:
        if self.metric is None:
            return memory.heard_at_ms or None
        # A metric a plugin never had is not missed: a rule over all plugins would fire for most of them.
        series = memory.series.get(self.metric)
        return series.heard_at_ms if series else None
