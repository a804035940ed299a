"""
Plain copies of what a plugin passes to `publish()`: built-in texts and numbers, whatever the plugin's objects do.

`copied` runs in the plugin's thread: it reads the plugin's objects, once, and keeps nothing of them. Limits of
texts and numbers are checked in the background (`producers.event_body`). A value that cannot be used is dropped alone,
with a note. Imports the standard library only, and repeats limits of `shared`; a test compares them.
"""

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from itertools import islice
from typing import Any

from producers.names import is_hidden

NAME_LENGTH = 128
TEXT_LENGTH = 256
MESSAGE_LENGTH = 4_096
MAX_METRICS = 1_000
MAX_STATES = 1_000
MAX_ERRORS = 1_000
MAX_LABELS = 64
MAX_COUNT = 1_000_000_000
EARLIEST_MS = 946_684_800_000
"""The year 2000."""
LATEST_MS = 253_402_300_799_999
"""The year 9999. Whether an instant is too far in the future is judged by the server, whose clock is the common one."""
RESERVED = "fleet:"
"""Ids that begin so are those of groups of fleet rules."""
HIDDEN = "holds an invisible character, or one that changes the direction of the text"
MAX_FLOAT = 1.7976931348623157e308

_NOT_NUMBERS = (bool, str, bytes, bytearray, memoryview)
_NOT_TEXTS = (bytes, bytearray, memoryview, Mapping, Sequence, Set)


class Unusable(Exception):
    """A value, or a whole event, that cannot be published; the message says why."""


# Plugin id, name, metrics, states, errors, labels, at_ms (0, None: the time of its stream entry), notes, which metrics
# are counters, which have ended, the parent's id. A plain tuple: it is made in the plugin's thread, and a named one
# costs that thread a third more.
Copy = tuple[
    str,
    str,
    dict[Any, float] | None,
    dict[Any, str] | None,
    list[dict[str, Any]] | None,
    dict[Any, str] | None,
    int | None,
    list[str],
    list[str] | None,
    list[str] | None,
    str,
]


def copied(
    plugin_id: Any,
    plugin_name: Any,
    metrics: Any,
    states: Any,
    errors: Any,
    labels: Any,
    at_ms: Any,
    clock_ms: int,
    counters: Any = None,
    gone: Any = None,
    parent_id: Any = None,
) -> Copy:
    """
    Return a copy of an event as it is now, and notes of what was dropped.

    Args:
        clock_ms: The time of an event that carries none.

    Raises:
        Unusable: the event as a whole cannot be published. What is no `Exception`, such as the SystemExit of a signal
            handler, goes through.
    """
    notes: list[str] = []
    if type(plugin_id) is not str:
        plugin_id = _guarded(_own_text, plugin_id, "plugin_id")
    if type(plugin_name) is not str:
        plugin_name = "" if plugin_name is None else _or_nothing(_text, plugin_name, "plugin_name", notes) or ""
    # Dictionaries of numbers and texts are what nearly all pass; the rest is read name by name. They are copied before
    # they are looked at, for another thread may change them meanwhile. Their names are checked in the background: what
    # can be a key does not change.
    if metrics is not None:
        if type(metrics) is dict:
            metrics = metrics.copy()
            for value in metrics.values():
                if type(value) is not float and type(value) is not int:
                    metrics = _mapping(metrics, _number, "metrics", MAX_METRICS, notes)
                    break
        else:
            metrics = _mapping(metrics, _number, "metrics", MAX_METRICS, notes)
    if states is not None:
        if type(states) is dict:
            states = states.copy()
            for value in states.values():
                if type(value) is not str:
                    states = _mapping(states, _text, "states", MAX_STATES, notes)
                    break
        else:
            states = _mapping(states, _text, "states", MAX_STATES, notes)
    if errors is not None:
        errors = _errors(errors, notes)
    if labels is not None:
        if type(labels) is dict:
            labels = labels.copy()
            for value in labels.values():
                if type(value) is not str:
                    labels = _mapping(labels, _text, "labels", MAX_LABELS, notes)
                    break
        else:
            labels = _mapping(labels, _text, "labels", MAX_LABELS, notes)
    if at_ms is not None:
        at_ms = _guarded(_instant, at_ms, "at_ms")
    if not at_ms and clock_ms >= EARLIEST_MS:
        # A machine that does not know the time leaves it to the server.
        at_ms = clock_ms
    if counters is not None:
        counters = _names(counters, "counters", notes)
    if gone is not None:
        gone = _names(gone, "gone", notes)
    if type(parent_id) is not str:
        parent_id = "" if parent_id is None else _or_nothing(_own_text, parent_id, "parent_id", notes) or ""
    return plugin_id, plugin_name, metrics, states, errors, labels, at_ms, notes, counters, gone, parent_id


def _guarded(read: Callable[[Any], Any], value: Any, field: str) -> Any:
    """Read one of the plugin's objects, whose methods may raise anything."""
    try:
        return read(value)
    except Unusable as error:
        raise Unusable(f"{field} {error}") from None
    except Exception as error:
        raise Unusable(f"{field} could not be read: {type(error).__name__}") from None


def _or_nothing(read: Callable[[Any], Any], value: Any, field: str, notes: list[str]) -> Any:
    try:
        return _guarded(read, value, field)
    except Unusable as error:
        notes.append(str(error))
        return None


def name_or_nothing(value: Any, field: str, notes: list[str]) -> str | None:
    """Return a key of *field* as a text; None, and a note, for one that can be none."""
    return _or_nothing(_name, value, f"a name in {field}", notes)


def _mapping(given: Any, read: Callable[[Any], Any], field: str, most: int, notes: list[str]) -> dict[str, Any]:
    copy: dict[str, Any] = {}
    try:
        if not isinstance(given, Mapping):
            notes.append(f"{field} must be a mapping of names, not {type(given).__name__}")
            return copy
        for pair in islice(given.items(), most + 1):
            name, value = pair
            name = name_or_nothing(name, field, notes)
            if name is not None:
                value = _or_nothing(read, value, f"{field}.{name[:NAME_LENGTH]}", notes)
                if value is not None:
                    copy[name] = value
    except Exception as error:
        notes.append(f"{field} could not be read: {type(error).__name__}")
    return copy


def _names(given: Any, field: str, notes: list[str]) -> list[str]:
    copy: list[str] = []
    try:
        if isinstance(given, str | bytes | bytearray) or not isinstance(given, Sequence | Set | Mapping):
            notes.append(f"{field} must be a list of names, not {type(given).__name__}")
            return copy
        for given_name in islice(given, MAX_METRICS):
            name = name_or_nothing(given_name, field, notes)
            if name is not None:
                copy.append(name)
    except Exception as error:
        notes.append(f"{field} could not be read: {type(error).__name__}")
    return copy


def _errors(given: Any, notes: list[str]) -> list[dict[str, Any]]:
    copy: list[dict[str, Any]] = []
    try:
        if isinstance(given, str | bytes | bytearray | Mapping) or not isinstance(given, Sequence | Set):
            notes.append(f"errors must be a list of reports, not {type(given).__name__}")
            return copy
        reports: Iterable[Any] = islice(given, MAX_ERRORS + 1)
        for index, report in enumerate(reports):
            if index == MAX_ERRORS:
                notes.append(f"errors: an event may have {MAX_ERRORS}; the others were dropped")
                break
            one = _or_nothing(_report, report, f"errors.{index}", notes)
            if one is not None:
                copy.append(one)
    except Exception as error:
        notes.append(f"errors could not be read: {type(error).__name__}")
    return copy


def _report(report: Any) -> dict[str, Any]:
    if not isinstance(report, Mapping):
        raise Unusable(f"must be a mapping with a type, not {type(report).__name__}")
    kind, message, count = report.get("type"), report.get("message"), report.get("count")
    plain = {"type": _own_text(kind)[:NAME_LENGTH]}
    if not plain["type"]:
        raise Unusable("has no type")
    if is_hidden(plain["type"]):
        raise Unusable(f"has a type that {HIDDEN}")
    if message is not None and (text := _text(message)):
        plain["message"] = text[:MESSAGE_LENGTH]
    if count is None:
        return plain
    number = _number(count)
    if not 1 <= number <= MAX_COUNT or number != int(number):
        raise Unusable(f"has a count that is no whole number from 1 to {MAX_COUNT}")
    return {**plain, "count": int(number)}


def _own_text(value: Any) -> str:
    if not isinstance(value, str):
        raise Unusable(f"must be a text, not {type(value).__name__}")
    # Not `str(value)`: a subclass may have any `__str__`.
    return str.__str__(value)


def _name(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return int.__repr__(value)
    return _own_text(value)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return str.__str__(value)
    if value is None or isinstance(value, _NOT_TEXTS):
        raise Unusable(f"must be a text, not {type(value).__name__}")
    return str.__str__(str(value))


def _number(value: Any) -> float:
    # Numbers of other libraries (NumPy, Decimal) are numbers too; a truth value is not.
    if value is None or isinstance(value, _NOT_NUMBERS) or type(value).__name__ in ("bool", "bool_"):
        raise Unusable(f"must be a number, not {type(value).__name__}")
    if isinstance(value, float):
        return float.__float__(value)
    if isinstance(value, int):
        return int.__int__(value)
    return float.__float__(float(value))


def _instant(value: Any) -> int:
    """Return milliseconds; 0 for "not given"."""
    if type(value) is not int:
        if isinstance(value, _NOT_NUMBERS):
            raise Unusable(f"must be milliseconds since 1970 in UTC, not {type(value).__name__}")
        number = _number(value) if isinstance(value, int | float) or not hasattr(value, "__index__") else _index(value)
        if not -MAX_FLOAT <= number <= MAX_FLOAT:
            raise Unusable("must be a finite number of milliseconds since 1970 in UTC")
        value = int(number)
    if value == 0 or EARLIEST_MS <= value <= LATEST_MS:
        return value
    for low, high, unit in (
        (EARLIEST_MS // 1000, 100_000_000_000, "seconds"),
        (EARLIEST_MS * 1000, EARLIEST_MS * 1_000_000, "microseconds"),
        (EARLIEST_MS * 1_000_000, EARLIEST_MS * 1_000_000_000, "nanoseconds"),
    ):
        if low <= value < high:
            raise Unusable(f"{value} looks like {unit}; at_ms is milliseconds since 1970 in UTC")
    where = "before the year 2000" if value < EARLIEST_MS else "after the year 9999"
    raise Unusable(f"is {where}; at_ms is milliseconds since 1970 in UTC")


def _index(value: Any) -> int:
    return int.__int__(operator.index(value))
