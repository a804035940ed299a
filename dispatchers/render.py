"""A notification's words: title, plain text and HTML, from the templates beside this module."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dispatchers import truncate, user_templates
from dispatchers.channel import Form, Item, Notification
from dispatchers.ledger import News
from shared.errors import Invalid
from shared.model import principals, printable
from shared.model.alerts import SEVERITIES, Alert
from shared.model.numbers import exact, number

_NEWS: dict[News, tuple[str, str]] = {
    "firing": ("FIRING", "발생"),
    "acknowledged": ("ACKNOWLEDGED", "확인됨"),
    "resolved": ("RESOLVED", "해결됨"),
}
_SEVERITY_KO = {"info": "정보", "warning": "경고", "error": "오류", "critical": "심각", "emergency": "긴급"}
_LABEL = {news: " ".join(both) for news, both in _NEWS.items()}
_SEVERITY_LABEL = {severity: f"{severity.upper()} {korean}" for severity, korean in _SEVERITY_KO.items()}
_COLOUR = {"info": "#1c7ed6", "warning": "#b35c00", "error": "#c92a2a", "critical": "#a61e4d", "emergency": "#7b1fa2"}
_COLOUR_ENDED = "#2b8a3e"

SHOWN_ITEMS = 50
"""Alerts a roll-up lists; the rest is a count, and all of them are on the board."""
MAX_WORD_CHARS = 8_000
"""Limit of each of an alert's texts, so that no message grows without bound; channels may cut further."""
WHOLE_ITEMS = 3
"""Up to this many alerts are described in full; if there are more, each gets one line."""


class _Environment(Environment):
    """Of the product's own templates, which speak of dictionaries alone; people's are `wording`'s."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        return obj[attribute]


_environment = _Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates", encoding="utf-8"),
    autoescape=lambda name: bool(name and name.endswith(".html")),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def notification(
    channel: str,
    items: Sequence[Item],
    now_ms: int,
    *,
    test: bool = False,
    title_template: str = "",
    body_template: str = "",
    board: str = "",
) -> Notification:
    """
    Write one message about one or more alerts.

    A rule's own templates come first, then the channel's (given here), then the default wording; a template that fails
    leaves the default in its place. A roll-up of several alerts has the default title, for theirs speak of one. Value,
    threshold, duration and link are in every message, whatever its template says.

    Args:
        items: At least one, in the order they shall be read.
        board: Address of the board, where a roll-up leads.
    """
    shown = items[:SHOWN_ITEMS]
    is_whole = len(items) <= WHOLE_ITEMS
    words: list[dict[str, str]] = []
    failures: list[str] = []
    for item in shown:
        template = item.alert.policy.body_template or body_template
        one = _words(item, now_ms) if is_whole or template else _line(item, now_ms)
        one["own_text"] = _own(template, item, one, failures) if template else ""
        words.append(one)
    title = _title(items, test)
    if len(items) == 1 and (template := items[0].alert.policy.title_template or title_template):
        title = " ".join(_own(template, items[0], words[0], failures).split()) or title
    lines = {
        "items": words,
        "more": len(items) - len(shown),
        "whole": is_whole,
        "test": test,
        "repeated": any(item.repeated for item in items),
        "colours": _COLOUR,
    }

    def write(some: Sequence[Item]) -> Notification:
        options = {"test": test, "title_template": title_template, "body_template": body_template, "board": board}
        return notification(channel, some, now_ms, **options)  # type: ignore[arg-type]

    def worded(form: Form) -> str:
        if form == "html":
            whole = [{**_words(item, now_ms), **one} for item, one in zip(shown, words, strict=True)]
            return _environment.get_template("notification.html").render({**lines, "items": whole})
        is_body = form == "body"
        told = _environment.get_template("notification.txt").render(
            lines, alone=is_body and len(items) == 1, links=not is_body
        )
        return told.strip() + "\n"

    return Notification(
        channel=channel,
        items=items,
        title=title,
        worded=worded,
        link=items[0].link if len(items) == 1 or not board else board,
        write=write,
        summary=", ".join(part for part in (words[0]["reason"], words[0]["duration"]) if part)
        if len(items) == 1
        else "",
        template_failure="; ".join(dict.fromkeys(failures)),
        test=test,
    )


def colour(notification: Notification) -> str:
    """Return the colour of a notification, `#rrggbb`: its worst alert's, green when all of them ended."""
    worst = [item.alert.severity for item in notification.items if item.news != "resolved"]
    return _COLOUR[max(worst, key=SEVERITIES.index)] if worst else _COLOUR_ENDED


def sample_words(alert: Alert, link: str, now_ms: int) -> dict[str, str]:
    """Return what a template may speak of, for an alert that fires."""
    return _words(Item("firing", alert, link), now_ms)


def value_of(alert: Alert) -> str:
    """Return an alert's value in words, told apart from its threshold; "" if it has none."""
    if alert.value is None:
        return ""
    return number(alert.value) if alert.threshold is None else number(alert.value, alert.threshold)


def threshold_of(alert: Alert) -> str:
    """Return an alert's threshold in words; "" if it has none."""
    return "" if alert.threshold is None else exact(alert.threshold)


def duration(ms: int) -> str:
    """Return a length of time in at most two units, e.g. `1 h 5 min`; language-neutral."""
    return _duration(max(0, ms) // 1000)


@lru_cache
def _duration(seconds: int) -> str:
    units = [("d", seconds // 86_400), ("h", seconds // 3600 % 24), ("min", seconds // 60 % 60), ("s", seconds % 60)]
    while len(units) > 1 and not units[0][1]:
        units.pop(0)
    return " ".join(f"{count} {unit}" for unit, count in units[:2] if count) or "0 s"


def _own(template: str, item: Item, words: dict[str, str], failures: list[str]) -> str:
    try:
        return printable.lines(user_templates.render(template, {**words, "alert_labels": item.alert.labels}))
    except Invalid as error:
        failures.append(error.problems["template"])
        return ""


def _title(items: Sequence[Item], test: bool) -> str:
    first = items[0].alert
    mark = "[TEST 테스트] " if test else ""
    if len(items) == 1:
        label = _LABEL[items[0].news] + (" · reminder 재알림" if items[0].reminder else "")
        return printable.one_line(f"{mark}[{label}] {first.severity.upper()}: {first.rule_name} — {first.plugin_name}")
    counts = {kind: sum(item.news == kind for item in items) for kind in _NEWS}
    parts = [f"{_LABEL[kind]} {count}" for kind, count in counts.items() if count]
    return printable.one_line(f"{mark}[{', '.join(parts)}] {first.rule_name}")


def _line(item: Item, now_ms: int) -> dict[str, str]:
    """Return the words of an alert that takes one line in the message, and that line."""
    alert = item.alert
    words = _bounded({
        "label": _LABEL[item.news],
        "severity_label": _SEVERITY_LABEL[alert.severity],
        "rule": alert.rule_name,
        "plugin": f"{alert.plugin_name} ({alert.plugin_id})"
        if alert.plugin_name != alert.plugin_id
        else alert.plugin_id,
        "condition": alert.condition,
        "value": value_of(alert),
        "duration": duration((alert.resolved_at_ms or now_ms) - alert.started_at_ms),
        "link": item.link,
    })  # fmt: skip
    # Here and not in the template, which would take five times as long for each of fifty.
    words["line"] = (
        f"[{words['label']}] {words['severity_label']}: {words['rule']} — {words['plugin']}"
        f"{' = ' + words['value'] if words['value'] else ''} ({words['condition']}, {words['duration']}{_as_of(alert)})"
    )
    return words


def _words(item: Item, now_ms: int) -> dict[str, str]:
    alert = item.alert
    line = _line(item, now_ms)
    return line | _bounded({
        "own_text": "",
        "news": item.news,
        "severity": alert.severity,
        "description": alert.description,
        "threshold": threshold_of(alert),
        "since": _time(alert.started_at_ms),
        "facts": _facts(alert, line["duration"]),
        "reason": alert.reason,
        "by": _who(alert, item.news),
        "runbook": alert.runbook_url,
        "labels": ", ".join(f"{k}={v}" for k, v in sorted(alert.labels.items())),
    })  # fmt: skip


def _bounded(words: dict[str, str]) -> dict[str, str]:
    for name, said in words.items():
        # A line break in a name would begin a line that looks like one of the product's.
        words[name] = printable.lines(said) if name == "description" else printable.one_line(said)
    if max(map(len, words.values())) <= MAX_WORD_CHARS:
        return words
    for name, said in words.items():
        if len(said) > MAX_WORD_CHARS and name != "link":
            words[name] = truncate.cut(said, MAX_WORD_CHARS)
    return words


def _facts(alert: Alert, lasted: str) -> str:
    """Return value, threshold and duration in one line."""
    parts = [] if alert.value is None else [f"Value 값: {value_of(alert)}"]
    parts += [] if alert.threshold is None else [f"Threshold 임계값: {threshold_of(alert)}"]
    return " · ".join([*parts, f"Duration 지속: {lasted}{_as_of(alert)}"])


def _as_of(alert: Alert) -> str:
    """Return as of when the alert was decided, if that was long before the decision; else ""."""
    at_ms = alert.reason_values.get("at_ms") if alert.reason_code == "decided.as_of" else None
    return f", as of 기준 시각 {_time(at_ms)}" if isinstance(at_ms, int) else ""


def _who(alert: Alert, news: News) -> str:
    if news == "acknowledged":
        return principals.shown(alert.acknowledged_by, alert.acknowledged_by_principal)
    if news != "resolved" or alert.resolved_by == "rule":
        return ""
    return principals.shown(alert.resolved_by, alert.resolved_by_principal)


def _time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
