"""Commands about long-term performance: `trends metric | alerting`."""

from typing import TYPE_CHECKING, Any

import click

from api.commands import terminal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from insight.questions import Question

ZONE = click.option("--timezone", default="UTC", show_default=True, help="In which days and months begin.")
_MOST_DAYS, _MOST_MONTHS = 800, 25
"""Those of `insight.questions`, which cannot be imported before a command of the server runs."""
_WEEKS, _NAMES = 8, 10
"""Weeks, and teams, rules and plugins that a terminal shows; `--json` has all."""
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HEADS = ("ALERTS", "NOTIFICATIONS", "AT NIGHT", "MTTA", "MTTR", "FLAPPING")


@click.group()
def trends() -> None:
    """Show how metrics and alerting developed over months."""


@trends.command("metric")
@click.argument("plugin_id")
@click.argument("metric")
@click.option(
    "--days", default=400, show_default=True, type=click.IntRange(1, _MOST_DAYS), help="How far to look back."
)
@click.option("--limit", type=float, help="What the metric must not reach: says when it will.")
@click.option(
    "--direction",
    default="rising",
    show_default=True,
    type=click.Choice(["rising", "falling"]),
    help="falling: the limit lies below.",
)
@ZONE
@terminal.AS_JSON
@terminal.told
def metric(
    plugin_id: str, metric: str, days: int, limit: float | None, direction: Any, timezone: str, as_json: bool
) -> None:
    """
    Show the trend of METRIC of PLUGIN_ID.

    Growth, changes, season, when it reaches a limit, weeks and months. Needs the archive.
    """
    import math

    from insight.questions import MetricTrend
    from shared.errors import Invalid
    from shared.model import reasons

    if limit is not None and not math.isfinite(limit):
        raise Invalid({"--limit": reasons.of("invalid.finite_number")}, "The question")
    found = ask(MetricTrend(plugin_id, metric, zone(timezone), days, limit, direction))
    if as_json:
        terminal.print_json(found)
        return
    _say_metric(found)


@trends.command("alerting")
@click.option(
    "--months",
    default=13,
    show_default=True,
    type=click.IntRange(1, _MOST_MONTHS),
    help="How many, the current one among them.",
)
@ZONE
@terminal.AS_JSON
@terminal.told
def alerting(months: int, timezone: str, as_json: bool) -> None:
    """
    Show what alerting cost people, by month.

    Alerts, notifications, those at night (22:00 to 07:00), times to acknowledge (MTTA) and to resolve (MTTR), flapping;
    of all, and of each team, rule and plugin. Needs the archive.
    """
    from insight.questions import AlertingTrend

    found = ask(AlertingTrend(zone(timezone), months))
    if as_json:
        terminal.print_json(found)
        return
    _say_alerting(found)


def zone(name: str) -> str:
    """
    Return the name of a time zone.

    Raises:
        Invalid: it is none.
    """
    from shared.errors import Invalid
    from shared.model import time_zones

    try:
        return time_zones.check(name)
    except ValueError as error:
        raise Invalid({"--timezone": error.args[0]}, "The question") from None


def ask(question: "Question") -> dict[str, Any]:
    """
    Return what the analysis process answers, which starts where none runs.

    Raises:
        AlertsError: there is no answer, and why.
    """
    from functools import partial

    import msgspec

    from insight import questions
    from shared import analysis_process
    from shared.errors import AlertsError, Conflict
    from shared.model import reasons

    redis, settings = terminal.connected()
    if not settings.archive:
        raise Conflict(reasons.of("trends.archive_off"))
    analyses = analysis_process.Analyses(partial(analysis_process.start, is_quiet=True))
    with terminal.progress("Analysing"):
        found = analyses.ask(redis, questions.encode(question), terminal.author().principal)
    if found.why.code:
        raise AlertsError(found.why)
    answered: dict[str, Any] = msgspec.json.decode(found.body)
    return answered


def _say_metric(found: "Mapping[str, Any]") -> None:
    from shared.model import numbers

    history, days = found["history"], [day for day, _, _ in found["levels"]]
    terminal.say(f"{found['plugin_id']} {found['metric']}: {history['hours']} hours, times in {found['timezone']}.")
    if days:
        terminal.say(f"Days: {len(days)}, from {days[0]} to {days[-1]}.")
    growth, season, capacity = found["growth"], found["season"], found["capacity"]
    if growth:
        terminal.say(
            f"Growth: {numbers.number(growth['each_week'])} a week{_share(growth['ratio'], ' ({:+.1%})')},"
            f" {numbers.number(growth['least'])} to {numbers.number(growth['most'])} with 95 % confidence."
        )
    for change in found["changes"]:
        what = "level" if change["kind"] == "level" else "growth"
        terminal.say(
            f"Change of {what}: {change['day']} ({change['first_day']} to {change['last_day']}),"
            f" {numbers.number(change['before'])} → {numbers.number(change['after'])}."
        )
    if season:
        names = [name for name in ("daily", "weekly") if season[f"is_{name}"]]
        terminal.say(f"Season: {' and '.join(names)}, {season['share']:.0%} of what happens around the level.")
    if capacity:
        terminal.say(
            f"Reaches {numbers.number(found['limit'])}: in {capacity['days']:.0f} days, on {capacity['date']}"
            f" ({capacity['first_date']} to {capacity['last_date']} with 95 % confidence)."
        )
    _say_reasons(found["reasons"])
    usual = [(value, hour) for hour, value in enumerate(found["profile"]) if value is not None]
    if usual:
        most, hour = max(usual, key=lambda one: one[0])
        terminal.say(
            f"Highest hour of the week: {_DAYS[hour // 24]} {hour % 24:02}:00, {numbers.number(most)} usually."
        )
    months = [
        (month["month"], *(numbers.number(month[name]) for name in ("average", "p50", "p95", "p99", "least", "most")))
        for month in found["months"]
    ]
    terminal.print_table(("MONTH", "AVERAGE", "P50", "P95", "P99", "LOWEST", "HIGHEST"), months, "")
    weeks = [
        (week["monday"], numbers.number(week["average"]), _share(week["change"], "{:+.1%}"))
        for week in found["weeks"][-_WEEKS:]
    ]
    terminal.print_table(("WEEK FROM", "AVERAGE", "CHANGE"), weeks, "")


def _say_reasons(why: "Mapping[str, Mapping[str, Any]]") -> None:
    """Say why something is not named."""
    from shared import operator_language
    from shared.model import reasons

    names = {"growth": "Growth", "changes": "Changes", "season": "Season", "capacity": "Limit"}
    for name, one in why.items():
        reason = reasons.of(one["reason_code"], **one["reason_values"])
        terminal.say(f"{names[name]}: {operator_language.text(reason)}.")


def _say_alerting(found: "Mapping[str, Any]") -> None:
    of_month = {month["month"]: month for month in found["all"]}
    rows = [(month, *figures([of_month[month]] if month in of_month else [])) for month in found["months"]]
    terminal.print_table(("MONTH", *HEADS), rows, "")
    for dimension in ("teams", "rules", "plugins"):
        ranked = found[dimension]
        terminal.say("")
        terminal.print_table(
            (dimension.upper(), *HEADS),
            [(one["title"] or "without a team", *figures(one["months"])) for one in ranked[:_NAMES]],
            f"No alert of {dimension} fired.",
            left_out=0,
        )
        if rest := len(ranked[_NAMES:]) + found["left_out"].get(dimension, 0):
            terminal.say(f"{rest} more {dimension} with fewer notifications (--json).", err=True)
    if found["first_at_ms"] is not None:
        terminal.say(f"The archive has alerts since {terminal.time_of(found['first_at_ms'])}.")
    terminal.say(f"Months begin in {found['timezone']}; the last one is not over.")


def figures(months: "Sequence[Mapping[str, Any]]") -> tuple[str, ...]:
    """Return the figures of some months together; times are means over what they are means of."""
    total = {name: sum(month[name] for month in months) for name in ("alerts", "notifications", "at_night", "flapping")}
    night = total["at_night"] / total["notifications"] if total["notifications"] else None
    times = [_mean(months, *names) for names in (("acknowledge", "acknowledged"), ("resolve", "resolved"))]
    counts = (str(total["alerts"]), str(total["notifications"]), _share(night, "{:.0%}") or "-")
    return (*counts, *map(_duration, times), str(total["flapping"]))


def _mean(months: "Sequence[Mapping[str, Any]]", what: str, count: str) -> float | None:
    known = [(month[f"mean_ms_to_{what}"], month[count]) for month in months if month[f"mean_ms_to_{what}"] is not None]
    total = sum(number for _, number in known)
    return sum(mean * number for mean, number in known) / total if total else None


def _duration(ms: float | None) -> str:
    from shared.model import numbers

    return "-" if ms is None else numbers.mean_time(ms)


def _share(value: float | None, form: str) -> str:
    return "" if value is None else form.format(value)
