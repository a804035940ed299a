"""`enhanced-alerts rules backtest`: try rules of files out over the past."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from api.commands import terminal
from api.commands.trends import ZONE, zone

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from redis import Redis

    from insight.questions import Backtest
    from shared.analysis_process import Analyses
    from shared.model.rules import Rule

_POLL_S = 0.1


@click.command("backtest")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--since", default="7d", show_default=True, metavar="SPAN", help="How far back, e.g. 12h, 7d, 4w.")
@click.option(
    "--fail-if",
    "fail_if_text",
    metavar="CONDITION",
    help="Exit code 1 if it holds of any rule, e.g. 'notifications > 20 or missed_acknowledged > 0'.",
)
@ZONE
@terminal.AS_JSON
@terminal.told
def backtest(path: Path, since: str, fail_if_text: str | None, timezone: str, as_json: bool) -> None:
    """
    Try out the rules of PATH over the past.

    PATH is a .toml or .json file, or a folder of them. For each rule: how often it would have fired, and the
    notifications after cooldown, silences, inhibition, flapping and grouping, beside the stored rule with the same id.
    Nothing is stored or sent. Needs the archive.
    """
    from api.change import rule_files
    from api.read import fail_if
    from insight import questions
    from shared import analysis_process
    from shared.clock import SystemClock
    from shared.errors import Conflict
    from shared.model import reasons
    from shared.store import rule_store

    condition = fail_if.parse(fail_if_text) if fail_if_text is not None else None
    length_ms = _length_ms(since)
    timezone = zone(timezone)
    redis, settings = terminal.connected()
    if not settings.archive:
        raise Conflict(reasons.of("backtest.archive_off"))
    wanted = rule_files.load(path)
    stored = {rule.id: rule for rule in rule_store.load_all(redis)[1]}
    until_ms = questions.backtest_end_ms(SystemClock().now_ms())
    backtests = analysis_process.backtests(is_quiet=True)
    found: list[dict[str, Any]] = []
    with terminal.progress("Trying out") as report:
        for number, rule in enumerate(wanted):
            question = _question(rule, stored.get(rule.id), timezone, until_ms - length_ms, until_ms)

            def follow(done: int, total: int, number: int = number) -> None:
                report(round((number + done / max(1, total)) * 1_000), len(wanted) * 1_000)

            found.append(_ask(redis, backtests, question, follow))
    failing = [one["rule_id"] for one in found if condition is not None and condition.holds(figures(one))]
    if as_json:
        terminal.print_json({"rules": found, "failing": failing})
    else:
        _say(found)
        if failing and condition is not None:
            terminal.say(f"{condition.text} holds of {', '.join(failing)}.", err=True)
    sys.exit(1 if failing else 0)


def figures(found: "Mapping[str, Any]") -> dict[str, float]:
    """Return the figures that a condition may name; without a stored rule, nothing is missed or added."""
    draft, comparison = found["draft"], found["comparison"] or {}
    return {
        **{name: draft[name] for name in ("firings", "firing", "notifications", "at_night")},
        **{name: comparison.get(name, 0) for name in ("missed", "added", "missed_acknowledged")},
    }


def _question(rule: "Rule", current: "Rule | None", timezone: str, from_ms: int, until_ms: int) -> "Backtest":
    from insight import questions

    return questions.backtest(rule, current, timezone, from_ms, until_ms)


def _ask(redis: "Redis", backtests: "Analyses", question: "Backtest", follow: Any) -> dict[str, Any]:
    """
    Ask for one backtest and wait for it; it is taken back if the command is interrupted.

    Raises:
        AlertsError: there is no answer, and why.
    """
    import time

    import msgspec

    from insight import questions
    from shared.errors import AlertsError
    from shared.redis.analysis_keys import BACKTESTS
    from shared.store import analyses

    asked = questions.encode(question)
    try:
        while (found := backtests.begin(redis, asked, terminal.author().principal)) is None:
            how_far = analyses.progress(redis, analyses.id_of(asked))
            if how_far is not None:
                follow(*how_far)
            time.sleep(_POLL_S)
    except KeyboardInterrupt:
        analyses.cancel(redis, analyses.id_of(asked), BACKTESTS)
        raise
    if found.why.code:
        raise AlertsError(found.why)
    answered: dict[str, Any] = msgspec.json.decode(found.body)
    return answered


def _length_ms(text: str) -> int:
    from insight.questions import MOST_BACKTEST_DAYS
    from shared.errors import Invalid
    from shared.model import reasons, spans

    length_ms = spans.length_ms(text, "mhdw", digits=6) or 0
    if not 0 < length_ms <= MOST_BACKTEST_DAYS * spans.MS["d"]:
        wrong = reasons.of("invalid.backtest_since", given=repr(text), days=MOST_BACKTEST_DAYS)
        raise Invalid({"--since": wrong}, "The backtest")
    return length_ms


def _say(found: "Sequence[Mapping[str, Any]]") -> None:
    heads = ("RULE", "FIRINGS", "NOTIFICATIONS", "AT NIGHT", "NOW", "MISSED", "ADDED", "PLUGINS")
    rows = []
    for one in found:
        draft, now, comparison = one["draft"], one["now"], one["comparison"]
        rows.append(
            (
                one["rule_id"],
                str(draft["firings"]),
                str(draft["notifications"]),
                str(draft["at_night"]),
                "-" if now is None else f"{now['firings']} / {now['notifications']}",
                "-" if comparison is None else str(comparison["missed"]),
                "-" if comparison is None else str(comparison["added"]),
                str(one["plugins"]),
            )
        )
    terminal.print_table(heads, rows, "There are no rules in these files.")
    if any(one["now"] for one in found):
        terminal.say("NOW: firings / notifications of the stored rule. MISSED, ADDED: firings beside it.")
    for one in found:
        if one["events_from_ms"] is None:
            terminal.say(f"{one['rule_id']}: the archive has no events of its plugins in this time.", err=True)
        elif one["events_from_ms"] > one["from_ms"] + 3_600_000:
            since = terminal.time_of(one["events_from_ms"])
            terminal.say(f"{one['rule_id']}: the archive has events since {since} only.", err=True)
        if one["gaps"]:
            terminal.say(f"{one['rule_id']}: events were lost {len(one['gaps'])} times; see `archive`.", err=True)
