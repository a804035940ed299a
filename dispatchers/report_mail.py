"""The report of a month as a mail: HTML and text that stand alone, in English and Korean. Pure."""

import html
from collections.abc import Mapping, Sequence
from typing import Any

from shared.model import numbers, printable

MOST_CHARS = 80
"""Of a name. With it, and the bounds of the report, a mail has less than 100 kB."""
Report = Mapping[str, Any]

_WORDS: dict[str, tuple[str, str]] = {
    "title": ("Report of {month}", "{month} 보고서"),
    "about": ("Beside {before}. Times in {timezone}.", "{before} 대비. 시간대 {timezone}."),
    "missing": ("What the archive does not know", "아카이브에 없는 기록"),
    "lost": ("{count} entries were lost.", "항목 {count}건이 유실되었습니다."),
    "days": ("It has no sample of {days} (UTC).", "샘플이 없는 날(UTC): {days}."),
    "younger": ("Its first alert is younger than the month.", "첫 알림 기록이 이달 시작 이후입니다."),
    "alerting": ("Alerting", "알림"),
    "noisiest": ("Noisiest rules", "가장 시끄러운 규칙"),
    "metrics": ("Metrics", "지표"),
    "nothing": ("Nothing to report.", "보고할 것이 없습니다."),
    "unseen": ("The time did not suffice for {count} metrics.", "시간이 모자라 지표 {count}개는 살펴보지 못했습니다."),
    "teams": ("Teams", "팀"),
    "rules": ("Rules", "규칙"),
    "plugins": ("Plugins", "플러그인"),
    "no_team": ("without a team", "팀 없음"),
    "name": ("Name", "이름"),
    "alerts": ("Alerts", "알림"),
    "notifications": ("Notifications", "전송"),
    "before": ("Month before", "전월 전송"),
    "night": ("At night", "야간"),
    "mtta": ("MTTA", "평균 확인 시간"),
    "mttr": ("MTTR", "평균 해결 시간"),
    "flapping": ("Flapping", "플래핑"),
    "unattended": ("Not acknowledged", "미확인"),
    "reaches": (
        "reaches {limit} (rule {rule}) between {first} and {last}",
        "{first} – {last} 사이 {limit} 도달(규칙 {rule})",
    ),
    "level": ("level {before} → {after} on {day}", "{day} 수준 변화 {before} → {after}"),
    "slope": ("another growth from {day} on", "{day}부터 증가 추세 변화"),
    "grows": ("{value} a week", "주당 {value}"),
    "more": ("{count} more are in the dashboard.", "{count}개는 대시보드에서 볼 수 있습니다."),
}
_TABLE = "border-collapse:collapse;font-size:13px;margin:0 0 8px"
_CELL = "border-bottom:1px solid #ced4da;padding:4px 8px;text-align:{side}"


class _Words:
    def __init__(self, language: str) -> None:
        self._place = 1 if language == "ko" else 0

    def __call__(self, name: str, **values: object) -> str:
        return _WORDS[name][self._place].format(**values)


def compose(report: Report, language: str, address: str) -> tuple[str, str, str]:
    """
    Word the report.

    Args:
        report: As the analysis process answered it.
        address: Of the report on the dashboard.

    Returns:
        Subject, text, HTML.
    """
    say = _Words(language)
    title = say("title", month=report["month"])
    parts: list[tuple[str, list[Sequence[str]], list[str]]] = [
        (say("missing"), [], _missing(report, say)),
        (say("alerting"), _compared([report["all"]], say, report["month"]), []),
        (say("noisiest"), _noisiest(report, say), []),
        (say("metrics"), [], _metrics(report, say)),
    ]
    for name in ("teams", "rules", "plugins"):
        left = report["left_out"].get(name, 0)
        parts.append((say(name), _compared(report[name], say), [say("more", count=left)] if left else []))
    parts = [part for part in parts if part[1] or part[2]]
    about = say("about", before=report["before"], timezone=report["timezone"])
    return (
        f"Enhanced Alerts: {title}",
        _text(title, about, parts, address),
        _html(title, about, parts, address, language),
    )


def _missing(report: Report, say: _Words) -> list[str]:
    missing, lines = report["missing"], []
    if report["first_at_ms"] is None or report["first_at_ms"] > report["from_ms"]:
        lines.append(say("younger"))
    if lost := sum(gap["entries"] for gap in missing["entries"]):
        lines.append(say("lost", count=lost))
    if missing["days"]:
        lines.append(say("days", days=", ".join(missing["days"])))
    return lines


def _compared(rows: Sequence[Report], say: _Words, name: str = "") -> list[Sequence[str]]:
    if not rows:
        return []
    names = ("name", "alerts", "notifications", "before", "night", "mtta", "mttr", "flapping")
    found: list[Sequence[str]] = [[say(one) for one in names]]
    for row in rows:
        now, before = row["now"] or {}, row["before"] or {}
        counts = [str(now.get(one, 0)) for one in ("alerts", "notifications")]
        times = [_duration(now.get(f"mean_ms_to_{one}")) for one in ("acknowledge", "resolve")]
        share = now.get("share_at_night")
        night = "–" if share is None else f"{share:.0%}"
        shown = name or _cut(row["title"]) or say("no_team")
        found.append([shown, *counts, str(before.get("notifications", 0)), night, *times, str(now.get("flapping", 0))])
    return found


def _noisiest(report: Report, say: _Words) -> list[Sequence[str]]:
    names = ("notifications", "alerts", "unattended", "flapping")
    rows = [[_cut(one["title"]), *(str(one[name]) for name in names)] for one in report["noisiest"]]
    return [[say("name"), *(say(name) for name in names)], *rows] if rows else []


def _metrics(report: Report, say: _Words) -> list[str]:
    lines = []
    for one in report["metrics"]:
        said = []
        if capacity := one["capacity"]:
            dates = {"first": capacity["first_date"], "last": capacity["last_date"]}
            said.append(say("reaches", limit=numbers.number(one["limit"]), rule=_cut(one["rule_id"]), **dates))
        for change in one["changes"]:
            values = {side: numbers.number(change[side]) for side in ("before", "after")}
            said.append(say(change["kind"], day=change["day"], **values))
        if growth := one["growth"]:
            sign = "+" if growth["each_week"] > 0 else ""
            said.append(say("grows", value=f"{sign}{numbers.number(growth['each_week'])}"))
        series = f"{_cut(one['plugin_id'])} {_cut(one['metric'])}"
        lines.append(f"{series}: {numbers.number(one['level'])}; {'; '.join(said)}")
    if unseen := report["metrics_unseen"]:
        lines.append(say("unseen", count=unseen))
    if left := report["left_out"].get("metrics", 0):
        lines.append(say("more", count=left))
    return lines or [say("nothing")]


def _text(title: str, about: str, parts: Sequence[Any], address: str) -> str:
    lines = [title, about]
    for name, rows, notes in parts:
        lines += ["", name]
        if rows:
            heads, *others = rows
            lines += [
                f"- {row[0]}: " + ", ".join(f"{head} {cell}" for head, cell in zip(heads[1:], row[1:], strict=True))
                for row in others
            ]
        lines += [f"- {note}" for note in notes]
    return "\n".join([*lines, "", address, ""])


def _html(title: str, about: str, parts: Sequence[Any], address: str, language: str) -> str:
    found = [f'<h1 style="font-size:20px">{html.escape(title)}</h1><p style="color:#495057">{html.escape(about)}</p>']
    for name, rows, notes in parts:
        found.append(f'<h2 style="font-size:15px;margin:20px 0 6px">{html.escape(name)}</h2>')
        if rows:
            heads, *others = rows
            found.append(f'<table style="{_TABLE}"><thead><tr>{_cells("th", heads)}</tr></thead><tbody>')
            found += [f"<tr>{_cells('td', row)}</tr>" for row in others]
            found.append("</tbody></table>")
        if notes:
            found.append("<ul>" + "".join(f"<li>{html.escape(note)}</li>" for note in notes) + "</ul>")
    link = html.escape(address, quote=True)
    found.append(f'<p><a href="{link}">{link}</a></p>')
    style = "font-family:sans-serif;color:#000;background:#fff;max-width:60em"
    return f'<!doctype html><html lang="{language}"><body style="{style}">{"".join(found)}</body></html>\n'


def _cells(tag: str, cells: Sequence[str]) -> str:
    sides = ("left", *["right"] * (len(cells) - 1))
    return "".join(
        f'<{tag} style="{_CELL.format(side=side)}">{html.escape(cell)}</{tag}>'
        for side, cell in zip(sides, cells, strict=True)
    )


def _cut(text: str) -> str:
    text = printable.one_line(text)
    return text if len(text) <= MOST_CHARS else text[: MOST_CHARS - 1] + "…"


def _duration(ms: float | None) -> str:
    return "–" if ms is None else numbers.mean_time(ms)
