"""`state`: what a plugin says it is, or that this changed."""

from typing import ClassVar

from pydantic import Field, model_validator

from evaluator.condition import ConditionModel, Needs, Verdict
from evaluator.plugin_memory import PluginMemory
from shared.model import reasons
from shared.model.reasons import Language, Reason


class Condition(ConditionModel):
    """
    A state is one of *values* (`is_in`), became one of them (`changed_to`), or changed at all (`changed`).

    A change holds for the event that brought it; the next event with the same state ends it.
    """

    kind: ClassVar[str] = "state"

    state: str = Field(min_length=1, max_length=128)
    is_in: list[str] | None = Field(None, min_length=1, max_length=64, description="Holds while it is one of these.")
    changed_to: list[str] | None = Field(None, min_length=1, max_length=64, description="Holds when it becomes one.")
    changed: bool = Field(False, description="Holds whenever it becomes something else.")

    @model_validator(mode="after")
    def _exactly_one(self) -> "Condition":
        if (self.is_in is not None) + (self.changed_to is not None) + self.changed != 1:
            raise ValueError(reasons.of("invalid.state_choice"))
        return self

    def needs(self) -> Needs:
        return Needs(states=frozenset((self.state,)))

    def describe(self, language: Language = "en") -> str:
        if language == "ko":
            return self._in_korean()
        if self.is_in is not None:
            return f"{self.state} is {' or '.join(self.is_in)}"
        return f"{self.state} became {' or '.join(self.changed_to)}" if self.changed_to else f"{self.state} changed"

    def _in_korean(self) -> str:
        if self.is_in is not None:
            return f"{self.state} 상태: {' 또는 '.join(self.is_in)}"
        if self.changed_to:
            return f"{self.state} 상태가 다음으로 바뀜: {' 또는 '.join(self.changed_to)}"
        return f"{self.state} 상태가 바뀜"

    def judge(self, memory: PluginMemory, at_ms: int, recover_threshold: float | None) -> Verdict | None:
        known = memory.states.get(self.state)
        if known is None:
            return None
        just_changed = known.changed_at_ms == known.newest_at_ms
        values = {"state": self.state, "value_now": known.value}
        if self.is_in is not None:
            holds = known.value in self.is_in
            reason = Reason("state.is", values)
        else:
            holds = just_changed and (self.changed_to is None or known.value in self.changed_to)
            reason = Reason("state.unchanged", values)
            if just_changed:
                reason = Reason("state.changed", values | {"value_before": known.previous})
        return Verdict(holds, not holds, None, None, reason)
