"""Errors people meet. Each message is one sentence that says what to do."""


class AlertsError(Exception):
    """Base of every expected error of the product; a shell prints it without a traceback."""


class ConfigurationError(AlertsError):
    """A setting cannot be used as it is; the message names the setting."""


class Unavailable(AlertsError):
    """Redis cannot be reached or cannot serve; the message names the address without its password."""


class Invalid(AlertsError):
    """
    Input that cannot be accepted.

    Attributes:
        problems: field path → what is wrong with it; every bad field, not only the first.
    """

    def __init__(self, problems: dict[str, str], what: str = "The input") -> None:
        self.problems = problems
        super().__init__(f"{what} cannot be accepted: " + "; ".join(f"{k}: {v}" for k, v in problems.items()) + ".")


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
