"""`enhanced-alerts explain`: why an alert fired or did not, and why people were notified or not."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from api.commands import completion, terminal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from insight.questions import Question

_MARKS = {True: "yes", False: "no", None: "-"}


@click.command()
@click.argument("alert_id", required=False)
@click.option("--channel", default="", help="Only this channel of the alert.")
@click.option(
    "--rule", "rule_id", help="Instead of an alert: a rule, with --plugin.", shell_complete=completion.rule_ids
)
@click.option("--plugin", "plugin_id", help="The plugin that the rule is about.")
@click.option("--at", help="When, e.g. '2026-03-01 03:00' or '03:00' (of this machine's zone), or '2h' ago.")
@terminal.AS_JSON
@terminal.told
def explain(
    alert_id: str | None, channel: str, rule_id: str | None, plugin_id: str | None, at: str | None, as_json: bool
) -> None:
    """
    Explain why an alert fired and who was notified, or why not.

    Of ALERT_ID, its newest firing; or what --rule made of --plugin --at an instant, now if left out. Each step says
    what was recorded; a line marked ≠ says that computing it again gives something else. Needs the archive.
    """
    from api.commands import trends
    from shared.errors import Invalid
    from shared.model import reasons

    if (alert_id is None) is (rule_id is None) or (rule_id is None) is not (plugin_id is None):
        raise Invalid({"ALERT_ID": reasons.of("explain.one_question")}, "The question")
    found = trends.ask(_question(alert_id, channel, rule_id or "", plugin_id or "", at))
    if as_json:
        terminal.print_json(found)
        return
    _say(found)


def _question(alert_id: str | None, channel: str, rule_id: str, plugin_id: str, at: str | None) -> "Question":
    from insight import questions
    from insight.questions import ExplainAlert, ExplainPlace
    from shared.clock import SystemClock

    now_ms = SystemClock().now_ms()
    asked_ms = questions.fresh_ms(now_ms)
    if alert_id is not None:
        return ExplainAlert(alert_id, channel, asked_ms)
    return ExplainPlace(rule_id, plugin_id, now_ms if at is None else instant_ms(at, now_ms), asked_ms)


def instant_ms(text: str, now_ms: int) -> int:
    """
    Return the instant that a person wrote: an ISO date, with a time or without; a time of today or yesterday; or how
    long ago.

    Raises:
        Invalid: it is none, or it is in the future.
    """
    from shared.errors import Invalid
    from shared.model import reasons, spans

    text = text.strip()
    ago_ms = spans.length_ms(text, "smhd")
    if ago_ms is not None:
        return max(0, now_ms - ago_ms)
    now = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone()
    try:
        if len(text) <= 8 and ":" in text:
            hour = datetime.strptime(text, "%H:%M:%S" if text.count(":") == 2 else "%H:%M")
            found = now.replace(hour=hour.hour, minute=hour.minute, second=hour.second, microsecond=0)
            at_ms = int(found.timestamp() * 1000)
            return at_ms if at_ms <= now_ms else at_ms - spans.MS["d"]
        at_ms = int(datetime.fromisoformat(text).astimezone().timestamp() * 1000)
    except (ValueError, OverflowError, OSError):
        raise Invalid({"--at": reasons.of("explain.no_instant", given=text)}, "The question") from None
    if not 0 <= at_ms <= now_ms:
        raise Invalid({"--at": reasons.of("explain.at_future")}, "The question")
    return at_ms


def _say(found: "Mapping[str, Any]") -> None:
    from shared import operator_language
    from shared.model import reasons

    title = f"{found['rule_name'] or found['rule_id']} · {found['plugin_name'] or found['plugin_id']}"
    about = f", {found['alert_id']}" if found["alert_id"] else ""
    terminal.say(f"{title}, {terminal.time_of(found['at_ms'])}{about}")
    terminal.say(_words(found["conclusion"]))
    terminal.say("")
    rows = []
    for step in found["steps"]:
        counts = step["recorded"] or step["recomputed"]
        name = operator_language.text(reasons.of(f"explain.step_{step['step']}"))
        at = terminal.time_of(counts["at_ms"]) if counts["at_ms"] else ""
        rows.append((name, _MARKS[counts["passes"]], at, _words(counts)))
        if step["differs"]:
            rows.append(
                ("", "≠", "", operator_language.text(reasons.of("explain.again", because=_reason(step["recomputed"]))))
            )
    terminal.print_table(("STEP", "", "TIME", "WHY"), rows, "")
    for note in found["notes"]:
        terminal.say(operator_language.text(reasons.of("note.shown", note=_words(note))), err=True)


def _words(finding: "Mapping[str, Any]") -> str:
    from shared import operator_language

    return operator_language.text(_reason(finding)) if finding["reason_code"] else str(finding["reason"])


def _reason(finding: "Mapping[str, Any]") -> Any:
    from shared.model.reasons import Reason

    return Reason(finding["reason_code"], finding["reason_values"])
