"""`error`: how many error reports of a plugin match, in the last N seconds."""

import fnmatch
from typing import ClassVar

from pydantic import Field

from evaluator.condition import ConditionModel, Needs, Verdict
from evaluator.plugin_memory import PluginMemory
from shared.model import reasons
from shared.model.numbers import exact
from shared.model.reasons import Language, Reason


class Condition(ConditionModel):
    """
    At least *count* reports (each counts as often as it says) whose type matches and whose message contains a text.

    Judged at every event of the plugin, and by the clock when reports fall out of the window: a plugin that stops
    reporting errors recovers even if it says nothing else.
    """

    kind: ClassVar[str] = "error"

    type: str = Field("*", min_length=1, max_length=128, description="Glob over the report's type.")
    contains: str = Field("", max_length=200, description="Text the message must contain; upper and lower case differ.")
    count: int = Field(1, ge=1, le=1_000_000)
    seconds: float = Field(300, ge=0.001, le=86_400)

    def needs(self) -> Needs:
        return Needs(errors=True, any_event=True, clock=True, lookback_ms=round(self.seconds * 1000))

    def describe(self, language: Language = "en") -> str:
        if language == "ko":
            text = f"({self.contains!r} 포함)" if self.contains else ""
            return f"{exact(self.seconds)}초 동안 {self.type} 오류{text} {self.count}건 이상"
        text = f" with {self.contains!r}" if self.contains else ""
        return f"errors {self.type}{text} in {exact(self.seconds)} s >= {self.count}"

    def judge(self, memory: PluginMemory, at_ms: int, recover_threshold: float | None) -> Verdict | None:
        found = sum(count for _, count in self._matching(memory, at_ms))
        holds = found >= self.count
        values = {"errors": found, "seconds": self.seconds, "limit": self.count}
        reason = Reason("errors.enough" if holds else "errors.few", values)
        if memory.errors_cut_at_ms > at_ms - round(self.seconds * 1000):
            reason = reasons.of("errors.cut", because=reason, kept=len(memory.errors))
        return Verdict(holds, not holds, float(found), float(self.count), reason)

    def due_at_ms(self, memory: PluginMemory, after_ms: int) -> int | None:
        """When the matching reports of the window become too few; None if they are."""
        left = 0
        for at_ms, count in reversed(self._matching(memory, memory.event_ms(after_ms))):
            left += count
            if left >= self.count:
                return memory.clock_ms(at_ms + round(self.seconds * 1000))
        return None

    def _matching(self, memory: PluginMemory, at_ms: int) -> list[tuple[int, int]]:
        oldest = at_ms - round(self.seconds * 1000)
        return [
            (when, count)
            for when, type_, message, count in memory.errors
            if oldest < when <= at_ms and fnmatch.fnmatchcase(type_, self.type) and self.contains in message
        ]
