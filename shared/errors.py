"""Errors people meet. Each message is one sentence that says what to do."""

from collections.abc import Mapping

from shared.model import reasons
from shared.model.reasons import Reason

MAX_PROBLEMS = 100
"""Fields that one error names; a body of ten thousand unknown fields is answered by no answer of their size."""
MAX_FIELD_CHARS = 500
MAX_PROBLEM_CHARS = 2_000


class AlertsError(Exception):
    """
    Base of every expected error of the product; a shell prints it without a traceback. A long message is cut.

    Attributes:
        reason: The message as a code with values; `reasons.NONE` where it is text alone, or was cut.
    """

    MAX_CHARS = 20_000

    def __init__(self, message: str | Reason = "") -> None:
        text = str(message)
        super().__init__(_cut(text, self.MAX_CHARS))
        is_whole = text == _cut(text, MAX_PROBLEM_CHARS)
        self.reason = message if isinstance(message, Reason) and is_whole else reasons.NONE


class ConfigurationError(AlertsError):
    """A setting cannot be used as it is; the message names the setting."""


class Unavailable(AlertsError):
    """Redis cannot be reached or cannot serve; the message names the address without its password."""


class Invalid(AlertsError):
    """
    Input that cannot be accepted.

    Attributes:
        problems: field path → what is wrong with it; every bad field up to `MAX_PROBLEMS`, not only the first.
        reasons: field path → the same as a code with values, for the fields whose problem has a code and is not cut.
    """

    def __init__(self, problems: Mapping[str, str | Reason], what: str = "The input") -> None:
        shown = [*problems.items()][:MAX_PROBLEMS]
        named = {_cut(k, MAX_FIELD_CHARS): _cut(str(v), MAX_PROBLEM_CHARS) for k, v in shown}
        self.reasons = {
            _cut(k, MAX_FIELD_CHARS): v
            for k, v in shown
            if isinstance(v, Reason) and str(v) == _cut(str(v), MAX_PROBLEM_CHARS)
        }
        if len(problems) > MAX_PROBLEMS:
            named["…"] = f"{len(problems) - MAX_PROBLEMS} more fields are wrong"
        self.problems = named
        super().__init__(f"{what} cannot be accepted: " + "; ".join(f"{k}: {v}" for k, v in named.items()) + ".")
        self.reason = reasons.of("invalid.fields")


class NotFound(AlertsError):
    """No such rule, alert or channel; the message names it."""


class Conflict(AlertsError):
    """The thing is in a state that does not allow this; the message says which."""


class Busy(AlertsError):
    """Too much of this is under way now; the message says when to try again."""


class Stale(AlertsError):
    """The stored value changed after the caller read it; the message says what to do."""


class LeaseLost(AlertsError):
    """A fenced write was refused: another process holds the lease of the partition or of the router now."""


def _cut(text: str, most: int) -> str:
    """Return *text* as a message may show it: not without end, and all of it characters."""
    cut = text if len(text) <= most else text[:most] + "…"
    return cut.encode("utf-8", "backslashreplace").decode()
