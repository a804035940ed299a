"""
Take what is usable from an event that msgspec refuses: each unusable value is dropped alone, with a reason. Pure.

The usual event never comes here. `loose_json` has read the document, so it may hold anything.
"""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from shared.model import event_time, fleet, histograms, names, reasons
from shared.model.alerts import (
    MAX_ERRORS,
    MAX_LABELS,
    MAX_METRICS,
    MAX_STATES,
    MESSAGE_LENGTH,
    NAME_LENGTH,
    TEXT_LENGTH,
)
from shared.model.events import ErrorReport, Event
from shared.model.reasons import Reason

MAX_COUNT = 1_000_000_000
MAX_FLOAT = 1.7976931348623157e308
SHOWN = 40
"""Characters of an unusable name or value that a reason repeats."""


class Dropped(NamedTuple):
    """A value that was not usable; `field` names its place, e.g. `metrics.gpu_temp`."""

    field: str
    why: Reason

    @property
    def reason(self) -> str:
        """The reason in English."""
        return str(self.why)


class Judged(NamedTuple):
    """An event with what was usable; None where the event as a whole is not, for the reason in `dropped`."""

    event: Event | None
    dropped: list[Dropped]


def judge(document: Any, now_ms: int) -> Judged:
    """
    Take the usable parts of one event.

    Args:
        document: As `loose_json.read` returned it, or any other value.
        now_ms: When the event arrived.

    Returns:
        The event, its `at_ms` 0 if it carries no time, and everything that was dropped.
    """
    if not isinstance(document, dict):
        return Judged(None, [Dropped("", reasons.of("event.not_object", given=_shown(document)))])
    plugin_id: Any = document.get("plugin_id")
    if wrong := _name_problem(plugin_id) or fleet.why_reserved(plugin_id):
        return Judged(None, [Dropped("plugin_id", reasons.of("event.plugin_id", because=wrong))])
    at_ms, wrong = _instant(document.get("at_ms"), now_ms)
    if wrong:
        return Judged(None, [Dropped("at_ms", wrong)])
    dropped: list[Dropped] = []
    event = Event(
        plugin_id,
        at_ms=at_ms,
        plugin_name=_text(document, "plugin_name", dropped),
        metrics=_mapping(document, "metrics", _number_problem, MAX_METRICS, dropped),
        states=_mapping(document, "states", _text_problem, MAX_STATES, dropped),
        errors=tuple(_errors(document, dropped)),
        labels=_mapping(document, "labels", _text_problem, MAX_LABELS, dropped),
        replica=_text(document, "replica", dropped)[:NAME_LENGTH],
        histograms=_histograms(document, dropped),
        counters=tuple(_names(document, "counters", MAX_METRICS, dropped)),
        gone=tuple(_names(document, "gone", MAX_METRICS, dropped)),
        parent_id=_text(document, "parent_id", dropped, is_name=True),
        renamed_to=_text(document, "renamed_to", dropped, is_name=True),
    )
    event.metrics = {name: float(value) for name, value in event.metrics.items()}
    request_id = document.get("request_id")
    if isinstance(request_id, str) and len(request_id) <= 64 and _is_unicode(request_id):
        event.request_id = request_id
    return Judged(event, dropped)


def _instant(given: Any, now_ms: int) -> tuple[int, Reason | None]:
    if given is None or (given == 0 and not isinstance(given, bool)):
        return 0, None
    # Also false for NaN; and a whole number of any size can be compared with a float, though it may be none itself.
    if isinstance(given, bool) or not isinstance(given, int | float) or not -MAX_FLOAT <= given <= MAX_FLOAT:
        return 0, reasons.of("event.no_instant", given=_shown(given))
    return int(given), event_time.problem(given, now_ms)


def _text(document: dict[str, Any], field: str, dropped: list[Dropped], *, is_name: bool = False) -> str:
    given = document.get(field)
    if given is None or given == "":
        return ""
    if wrong := _name_problem(given) if is_name else _text_problem(given):
        dropped.append(Dropped(field, wrong))
        return ""
    return str(given)


def _mapping(
    document: dict[str, Any], field: str, judge_value: Callable[[Any], Reason | None], most: int, dropped: list[Dropped]
) -> dict[str, Any]:
    given = document.get(field)
    if given is None:
        return {}
    if not isinstance(given, dict):
        dropped.append(Dropped(field, reasons.of("event.no_mapping", given=_shown(given))))
        return {}
    good: dict[str, Any] = {}
    beyond = 0
    for name, value in given.items():
        if wrong := _name_problem(name):
            dropped.append(Dropped(f"{field}.{_seen(name)}", reasons.of("event.name", because=wrong)))
        elif wrong := judge_value(value):
            dropped.append(Dropped(f"{field}.{name}", wrong))
        elif len(good) >= most:
            beyond += 1
        else:
            good[name] = value
    if beyond:
        dropped.append(Dropped(field, reasons.of("event.over_the_limit", most=most, more=beyond)))
    return good


def _names(document: dict[str, Any], field: str, most: int, dropped: list[Dropped]) -> list[str]:
    given = document.get(field)
    if given is None:
        return []
    if not isinstance(given, list):
        dropped.append(Dropped(field, reasons.of("event.no_list", given=_shown(given))))
        return []
    problems = [_name_problem(name) for name in given]
    dropped += [Dropped(f"{field}.{index}", wrong) for index, wrong in enumerate(problems) if wrong]
    good = [name for name, wrong in zip(given, problems, strict=True) if not wrong]
    if len(good) > most:
        dropped.append(Dropped(field, reasons.of("event.over_the_limit", most=most, more=len(good) - most)))
    return good[:most]


def _errors(document: dict[str, Any], dropped: list[Dropped]) -> list[ErrorReport]:
    given = document.get("errors")
    if given is None:
        return []
    if not isinstance(given, list):
        dropped.append(Dropped("errors", reasons.of("event.no_list", given=_shown(given))))
        return []
    good: list[ErrorReport] = []
    for index, report in enumerate(given):
        field = f"errors.{index}"
        if len(good) >= MAX_ERRORS:
            dropped.append(
                Dropped("errors", reasons.of("event.over_the_limit", most=MAX_ERRORS, more=len(given) - index))
            )
            break
        if not isinstance(report, dict):
            dropped.append(Dropped(field, reasons.of("event.no_mapping", given=_shown(report))))
            continue
        kind: Any
        kind, message, count = report.get("type"), report.get("message"), report.get("count")
        if wrong := _name_problem(kind):
            dropped.append(Dropped(f"{field}.type", wrong))
            continue
        count = 1 if count is None else count
        if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MAX_COUNT:
            wrong_count = reasons.of("event.no_count", most=MAX_COUNT, given=_shown(count))
            dropped.append(Dropped(f"{field}.count", wrong_count))
            continue
        # The report matters more than its message: an unusable one is dropped, a long one cut.
        if message is None:
            message = ""
        elif not isinstance(message, str) or not _is_unicode(message):
            dropped.append(Dropped(f"{field}.message", reasons.of("event.no_unicode_text", given=_shown(message))))
            message = ""
        elif len(message) > MESSAGE_LENGTH:
            was_cut = reasons.of("event.message_cut", length=len(message), most=MESSAGE_LENGTH)
            dropped.append(Dropped(f"{field}.message", was_cut))
            message = message[:MESSAGE_LENGTH]
        good.append(ErrorReport(kind, message, count))
    return good


def _histograms(document: dict[str, Any], dropped: list[Dropped]) -> tuple[histograms.Histogram, ...]:
    given = document.get("histograms")
    if given is None:
        return ()
    if not isinstance(given, list):
        dropped.append(Dropped("histograms", reasons.of("event.no_list", given=_shown(given))))
        return ()
    good: list[histograms.Histogram] = []
    most = histograms.MAX_HISTOGRAMS
    for index, one in enumerate(given[:most]):
        sample = histograms.read(one)
        if isinstance(sample, histograms.Histogram):
            good.append(sample)
        else:
            dropped.append(Dropped(f"histograms.{index}", sample))
    if len(given) > most:
        over = reasons.of("event.over_the_limit", most=most, more=len(given) - most)
        dropped.append(Dropped("histograms", over))
    return tuple(good)


def _name_problem(name: Any) -> Reason | None:
    if not isinstance(name, str):
        return reasons.of("event.no_text", given=_shown(name))
    if not name:
        return reasons.of("event.name_empty")
    if len(name) > NAME_LENGTH:
        return reasons.of("event.name_length", length=len(name), most=NAME_LENGTH)
    if not _is_unicode(name):
        return reasons.of("event.no_unicode")
    return reasons.of("event.hidden_character") if names.hides(name) else None


def _text_problem(value: Any) -> Reason | None:
    if not isinstance(value, str):
        return reasons.of("event.no_text", given=_shown(value))
    if len(value) > TEXT_LENGTH:
        return reasons.of("event.text_length", length=len(value), most=TEXT_LENGTH)
    return None if _is_unicode(value) else reasons.of("event.no_unicode")


def _number_problem(value: Any) -> Reason | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return reasons.of("event.no_number", given=_shown(value))
    # Also false for NaN; and a whole number of any size can be compared with a float.
    return None if -MAX_FLOAT <= value <= MAX_FLOAT else reasons.of("event.not_finite", given=_shown(value))


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _seen(name: str) -> str:
    """Return a name with what cannot be seen in it written out, cut."""
    return _cut(names.escaped(name)) if _is_unicode(name) else _cut(name)


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def _shown(value: Any) -> str | Reason:
    if isinstance(value, dict | list):
        return reasons.of("given.object" if isinstance(value, dict) else "given.list")
    return _cut(json.dumps(value))
