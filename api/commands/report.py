"""Commands about the report of a month: `report show | schedule | send | unschedule | mails`."""

from typing import TYPE_CHECKING, Any

import click

from api.commands import terminal, trends

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@click.group()
def report() -> None:
    """Show the report of a month, and have it mailed."""


@report.command("show")
@click.option("--month", metavar="YYYY-MM", help="Default: the last month that is over.")
@trends.ZONE
@terminal.AS_JSON
@terminal.told
def show(month: str | None, timezone: str, as_json: bool) -> None:
    """
    Show what a month was, beside the month before.

    Figures of alerting in all and of each team, rule and plugin, the rules whose notifications nobody answered, metrics
    that changed, grew or come near a threshold, and what the archive does not know. Needs the archive.
    """
    import re

    from insight import questions
    from insight.questions import MonthlyReport
    from shared.clock import SystemClock
    from shared.errors import Invalid
    from shared.model import reasons

    if month is not None and not re.fullmatch(questions.MONTH, month):
        raise Invalid({"--month": reasons.of("invalid.month")}, "The question")
    zone = trends.zone(timezone)
    found = trends.ask(MonthlyReport(zone, month or questions.last_month(SystemClock().now_ms(), zone)))
    if as_json:
        terminal.print_json(found)
        return
    _say(found)


@report.command("schedule")
@click.argument("channel")
@click.option("--day", default=1, show_default=True, type=click.IntRange(1, 28), help="Of the month.")
@click.option("--hour", default=8, show_default=True, type=click.IntRange(0, 23))
@trends.ZONE
@click.option("--language", default="en", show_default=True, type=click.Choice(["en", "ko"]))
@click.option("--to", "recipients", multiple=True, metavar="ADDRESS", help="Instead of the channel's; may be repeated.")
@terminal.AS_JSON
@terminal.told
def schedule(
    channel: str, day: int, hour: int, timezone: str, language: Any, recipients: tuple[str, ...], as_json: bool
) -> None:
    """
    Mail each report to the recipients of CHANNEL, or to others.

    CHANNEL is an e-mail channel. Each month once; the router gives the order, also later if it was down on the day.
    """
    from pydantic import ValidationError

    from shared.errors import Invalid
    from shared.model import rules
    from shared.store import report_store
    from shared.store.report_store import Schedule

    redis, _ = terminal.connected()
    try:
        wanted = Schedule(
            channel=channel, recipients=[*recipients], day=day, hour=hour, timezone=timezone, language=language
        )
    except ValidationError as error:
        raise Invalid(rules.problems(error), "The schedule") from None
    saved = report_store.save(redis, wanted, author=terminal.author())
    sentence = f"The report is mailed through {channel} on day {day} of each month at {hour:02}:00 {timezone}."
    terminal.answer(as_json, report_store.shown(redis, saved), sentence)


@report.command("send")
@click.option("--month", metavar="YYYY-MM", help="Default: the last month that is over.")
@terminal.AS_JSON
@terminal.told
def send(month: str | None, as_json: bool) -> None:
    """
    Mail the report of a month now, also once more.

    To whom is as the schedule says. It takes a few seconds; `report mails` shows what became of it.
    """
    import re

    from insight import questions
    from shared.clock import SystemClock
    from shared.errors import Invalid
    from shared.model import reasons
    from shared.store import report_store

    if month is not None and not re.fullmatch(questions.MONTH, month):
        raise Invalid({"--month": reasons.of("invalid.month")}, "The request")
    redis, _ = terminal.connected()
    version, now_ms = report_store.current(redis), SystemClock().now_ms()
    last = questions.last_month(now_ms, version.schedule.timezone if version.schedule else "UTC")
    wanted = month or last
    if wanted > last:
        raise Invalid({"--month": reasons.of("report.month_not_over", month=wanted)}, "The request")
    report_store.ask(redis, wanted, now_ms, author=terminal.author())
    terminal.answer(as_json, report_store.shown(redis, version), f"The report of {wanted} is mailed within seconds.")


@report.command("unschedule")
@terminal.AS_JSON
@terminal.told
def unschedule(as_json: bool) -> None:
    """Mail no reports any more."""
    from shared.store import report_store

    redis, _ = terminal.connected()
    saved = report_store.save(redis, None, author=terminal.author())
    terminal.answer(as_json, report_store.shown(redis, saved), "No report is mailed any more.")


@report.command("mails")
@terminal.AS_JSON
@terminal.told
def mails(as_json: bool) -> None:
    """Show the schedule, and what became of the mail of each month."""
    from shared.store import report_store

    redis, _ = terminal.connected()
    found = report_store.shown(redis, report_store.current(redis))
    if as_json:
        terminal.print_json(found)
        return
    wanted = found["schedule"]
    terminal.say(
        f"Mailed through {wanted['channel']} on day {wanted['day']} at {wanted['hour']:02}:00 {wanted['timezone']}."
        if wanted
        else "No report is mailed."
    )
    rows = [
        (one["month"], one["status"], str(one["attempts"]), terminal.time_of(one["at_ms"]), one["reason"])
        for one in found["mails"]
    ]
    terminal.print_table(("MONTH", "STATUS", "ATTEMPTS", "CHANGED", ""), rows, "No report was mailed yet.")


def _say(found: "Mapping[str, Any]") -> None:
    is_over = "" if found["is_over"] else "; the month is not over"
    terminal.say(f"Report of {found['month']}, times in {found['timezone']}{is_over}.")
    both = [(found[name], found["all"][key]) for name, key in (("month", "now"), ("before", "before"))]
    rows = [(month, *trends.figures([figures] if figures else [])) for month, figures in both]
    terminal.print_table(("MONTH", *trends.HEADS), rows, "")
    for dimension in ("teams", "rules", "plugins"):
        terminal.say("")
        terminal.print_table(
            (dimension.upper(), *trends.HEADS, "NOTIFICATIONS BEFORE"),
            [_compared(one) for one in found[dimension]],
            f"No alert of {dimension} fired.",
        )
        if rest := found["left_out"].get(dimension, 0):
            terminal.say(f"{rest} more {dimension} with fewer notifications.", err=True)
    terminal.say("")
    terminal.print_table(
        ("NOISIEST RULES", "NOTIFICATIONS", "ALERTS", "NOBODY ACKNOWLEDGED", "FLAPPING"),
        [
            (one["title"], *(str(one[name]) for name in ("notifications", "alerts", "unattended", "flapping")))
            for one in found["noisiest"]
        ],
        "No rule notified anybody in vain.",
    )
    terminal.say("")
    _say_metrics(found)
    _say_missing(found)


def _compared(one: "Mapping[str, Any]") -> "Sequence[str]":
    now, before = one["now"], one["before"]
    figures = trends.figures([now] if now else [])
    return (one["title"] or "without a team", *figures, str(before["notifications"]) if before else "0")


def _say_metrics(found: "Mapping[str, Any]") -> None:
    from shared.model import numbers

    for one in found["metrics"]:
        parts = []
        if capacity := one["capacity"]:
            parts.append(
                f"reaches {numbers.number(one['limit'])} of rule {one['rule_id']} in {capacity['days']:.0f} days"
                f" ({capacity['first_date']} to {capacity['last_date']})"
            )
        for change in one["changes"]:
            what = "level" if change["kind"] == "level" else "growth"
            before, after = (numbers.number(change[side]) for side in ("before", "after"))
            parts.append(f"{what} changed on {change['day']}: {before} → {after}")
        if growth := one["growth"]:
            parts.append(f"grows by {numbers.number(growth['each_week'])} a week")
        terminal.say(f"{one['plugin_id']} {one['metric']}: {'; '.join(parts)}.")
    if not found["metrics"]:
        terminal.say("No metric changed, grew, or comes near the threshold of a rule.")
    unseen = f"; the time did not suffice for {found['metrics_unseen']} more" if found["metrics_unseen"] else ""
    terminal.say(f"Metrics looked at: {found['metrics_seen']}{unseen}.")
    if rest := found["left_out"].get("metrics", 0):
        terminal.say(f"{rest} more metrics have something to report.", err=True)


def _say_missing(found: "Mapping[str, Any]") -> None:
    missing = found["missing"]
    for gap in missing["entries"]:
        times = f"{terminal.time_of(gap['from_ms'])} to {terminal.time_of(gap['to_ms'])}"
        terminal.say(f"The archive lost {gap['entries']} entries from {times}.")
    if missing["more"]:
        terminal.say(f"It has {missing['more']} more such gaps.")
    if missing["days"]:
        terminal.say(f"It has no sample of {', '.join(missing['days'])}.")
    if found["first_at_ms"] is not None and found["first_at_ms"] > found["from_ms"]:
        terminal.say(f"It has alerts since {terminal.time_of(found['first_at_ms'])} only.")
