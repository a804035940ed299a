"""Errors people meet. Each message is one sentence that says what to do."""

MAX_PROBLEMS = 100
"""Fields that one error names; a body of ten thousand unknown fields is answered by no answer of their size."""
MAX_FIELD_CHARS = 500
MAX_PROBLEM_CHARS = 2_000


class AlertsError(Exception):
    """Base of every expected error of the product; a shell prints it without a traceback. A long message is cut."""

    MAX_CHARS = 20_000

    def __init__(self, message: str = "") -> None:
        super().__init__(_cut(message, self.MAX_CHARS))


class ConfigurationError(AlertsError):
    """A setting cannot be used as it is; the message names the setting."""


class Unavailable(AlertsError):
    """Redis cannot be reached or cannot serve; the message names the address without its password."""


class Invalid(AlertsError):
    """
    Input that cannot be accepted.

    Attributes:
        problems: field path → what is wrong with it; every bad field up to `MAX_PROBLEMS`, not only the first.
    """

    def __init__(self, problems: dict[str, str], what: str = "The input") -> None:
        named = {_cut(k, MAX_FIELD_CHARS): _cut(v, MAX_PROBLEM_CHARS) for k, v in [*problems.items()][:MAX_PROBLEMS]}
        if len(problems) > MAX_PROBLEMS:
            named["…"] = f"{len(problems) - MAX_PROBLEMS} more fields are wrong"
        self.problems = named
        super().__init__(f"{what} cannot be accepted: " + "; ".join(f"{k}: {v}" for k, v in named.items()) + ".")


class NotFound(AlertsError):
    """No such rule, alert or channel; the message names it."""


class Conflict(AlertsError):
    """The thing is in a state that does not allow this; the message says which."""


class Busy(AlertsError):
    """Too much of this is under way now; the message says when to try again."""


class Stale(AlertsError):
    """Somebody else changed it since it was read; the message says what to do."""


class LeaseLost(AlertsError):
    """A fenced write was refused: somebody else owns the partition or the router's seat now."""


def _cut(text: str, most: int) -> str:
    """Return *text* as a message may show it: not without end, and all of it characters."""
    cut = text if len(text) <= most else text[:most] + "…"
    return cut.encode("utf-8", "backslashreplace").decode()
