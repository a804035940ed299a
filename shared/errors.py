"""Errors people meet. Each message is one sentence that says what to do."""

from collections.abc import Mapping

from shared.model import reasons
from shared.model.reasons import Language, Reason

MAX_PROBLEMS = 100
"""Fields that one error names; a body of ten thousand unknown fields is answered by no answer of their size."""
MAX_FIELD_CHARS = 500
MAX_PROBLEM_CHARS = 2_000


class AlertsError(Exception):
    """
    Base of every expected error of the product; a shell prints it without a traceback. A long message is cut.

    Attributes:
        reason: The message as a code with values; what is text alone, or was cut, is quoted as `problem.text`.
    """

    MAX_CHARS = 20_000

    def __init__(self, message: str | Reason = "") -> None:
        super().__init__(_cut(str(message), self.MAX_CHARS))
        self.reason = _bounded(message)

    def in_words(self, language: Language) -> str:
        """Return the message in one language."""
        return str(self) if language == "en" else reasons.text(self.reason, language)

    def cited(self) -> Reason:
        """Return all of the message as a value of another reason."""
        return self.reason


class Coded(AlertsError):
    """An error that a person reads: its message is a reason, so that each reader has it in their language."""

    def __init__(self, message: Reason) -> None:
        super().__init__(message)


class ConfigurationError(Coded):
    """A setting cannot be used as it is; the message names the setting."""


class Unavailable(Coded):
    """Redis cannot be reached or cannot serve; the message names the address without its password."""


class Invalid(AlertsError):
    """
    Input that cannot be accepted.

    Attributes:
        problems: field path → what is wrong with it; every bad field up to `MAX_PROBLEMS`, not only the first.
        reasons: field path → the same as a code with values; a problem too long to be shown is cut and quoted.
    """

    def __init__(self, problems: Mapping[str, Reason], what: str = "The input") -> None:
        shown = [*problems.items()][:MAX_PROBLEMS]
        self.reasons = {_cut(field, MAX_FIELD_CHARS): _bounded(problem) for field, problem in shown}
        if len(problems) > MAX_PROBLEMS:
            self.reasons["…"] = reasons.of("invalid.more_fields", more=len(problems) - MAX_PROBLEMS)
        self.problems = {field: str(reason) for field, reason in self.reasons.items()}
        super().__init__(f"{what} cannot be accepted: {_listed(self.problems)}.")
        self.reason = reasons.of("invalid.fields")
        self._what = what

    def renamed(self, names: Mapping[str, str]) -> "Invalid":
        """Return the same, with the fields under the names that the caller gave them by."""
        return Invalid({names.get(field, field): problem for field, problem in self.reasons.items()}, self._what)

    def in_words(self, language: Language) -> str:
        if language == "en":
            return str(self)
        fields = {field: reasons.text(reason, language) for field, reason in self.reasons.items()}
        return f"{reasons.text(self.reason, language)} {_listed(fields)}"

    def cited(self) -> Reason:
        listed = [reasons.of("invalid.field", field=field, because=because) for field, because in self.reasons.items()]
        return reasons.of("invalid.listed", fields=listed)


class Malformed(Coded):
    """The body or a header of a request cannot be read; the message says where."""


class NotFound(Coded):
    """No such rule, alert or channel; the message names it."""


class Conflict(Coded):
    """The thing is in a state that does not allow this; the message says which."""


class Forbidden(Coded):
    """The caller may do this to other things of the kind, but not to this one; the message says who may."""


class Busy(Coded):
    """Too much of this is under way now; the message says when to try again."""


class Stale(Coded):
    """The stored value changed after the caller read it; the message says what to do."""


class LeaseLost(AlertsError):
    """A fenced write was refused: another process holds the lease of the partition or of the router now."""


def _listed(fields: Mapping[str, str]) -> str:
    return "; ".join(f"{field}: {problem}" for field, problem in fields.items())


def _bounded(message: str | Reason) -> Reason:
    """Return *message* as a reason that an answer may show; a text, or what is too long, is quoted."""
    text = str(message)
    cut = _cut(text, MAX_PROBLEM_CHARS)
    return message if isinstance(message, Reason) and text == cut else reasons.of("problem.text", text=cut)


def _cut(text: str, most: int) -> str:
    """Return *text* as a message may show it: not without end, and all of it characters."""
    cut = text if len(text) <= most else text[:most] + "…"
    return cut.encode("utf-8", "backslashreplace").decode()
