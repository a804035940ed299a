"""A finding of the doctor: one link of the chain, whether it holds, and what to do."""

from dataclasses import dataclass
from typing import Any, Literal

from shared.model import reasons
from shared.model.reasons import Language, Reason


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check."""

    verdict: Literal["ok", "warn", "fail"]
    what: Reason
    advice: Reason = reasons.NONE

    def as_dict(self, language: Language) -> dict[str, Any]:
        """Return it for programs: its texts in one language, and their codes and values."""
        return {
            "verdict": self.verdict,
            **reasons.fields(self.what, "what", language),
            **reasons.fields(self.advice, "advice", language),
        }


def ok(what: Reason) -> Finding:
    return Finding("ok", what)


def warn(what: Reason, advice: Reason) -> Finding:
    return Finding("warn", what, advice)


def fail(what: Reason, advice: Reason) -> Finding:
    return Finding("fail", what, advice)
