"""A finding of the doctor: one link of the chain, whether it holds, and what to do."""

from dataclasses import asdict, dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check."""

    verdict: Literal["ok", "warn", "fail"]
    what: str
    advice: str = ""

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


def ok(what: str) -> Finding:
    return Finding("ok", what)


def warn(what: str, advice: str) -> Finding:
    return Finding("warn", what, advice)


def fail(what: str, advice: str) -> Finding:
    return Finding("fail", what, advice)
