"""Commands about silences: `enhanced-alerts silences …`."""

import shlex

import click

from api.commands import terminal


@click.group()
def silences() -> None:
    """List, add and end silences."""


@silences.command("list")
@terminal.LIMIT
@terminal.AS_JSON
@terminal.told
def silences_list(limit: int, as_json: bool) -> None:
    """List active, planned and past silences."""
    from shared.clock import SystemClock
    from shared.model import matchers, principals
    from shared.store import silence_store

    redis, _ = terminal.connected()
    now_ms = SystemClock().now_ms()
    every = silence_store.load_all(redis)[1]
    found = every[:limit]
    if as_json:
        terminal.print_json([{**s.model_dump(mode="json"), "state": s.state(now_ms)} for s in found])
        return
    rows = []
    for s in found:
        # As a shell reads them: what is shown here can be given to `silences add`.
        written = " ".join(shlex.quote(matchers.written(m)) for m in s.matchers)
        who = principals.shown(*principals.read_signed(s.author))
        rows.append((s.id, s.state(now_ms), written, terminal.time_of(s.ends_at_ms), who, s.comment))
    terminal.print_table(
        ("ID", "STATE", "MATCHERS", "UNTIL", "AUTHOR", "COMMENT"),
        rows,
        "There are no silences.",
        left_out=len(every) - limit,
    )


@silences.command("add")
@click.argument("texts", nargs=-1, required=True, metavar="NAME=GLOB...")
@click.option("--hours", type=float, default=1.0, show_default=True)
@click.option("--comment", required=True)
@click.option("--cron", help="Recurring start times, five cron fields; with --minutes.")
@click.option("--minutes", "duration_minutes", type=float, help="Duration of each recurrence.")
@click.option("--timezone", default="UTC", show_default=True)
@click.option("--everything", is_flag=True, help="Confirm matchers that match nearly every alert.")
@click.option("--dry-run", is_flag=True, help="Only list the active alerts that would match.")
@terminal.AS_JSON
@terminal.told
def silences_add(
    texts: tuple[str, ...],
    hours: float,
    comment: str,
    cron: str | None,
    duration_minutes: float | None,
    timezone: str,
    everything: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """
    Tell nobody of matching alerts for a while, e.g. `silences add plugin_id=web-* --hours 2 --comment deploy`.

    NAME is rule_id, plugin_id, severity, metric or label:<name>; NAME!=GLOB is everything but that;
    NAME=~REGEX and NAME!~REGEX take regular expressions of RE2.
    """
    from shared.clock import SystemClock
    from shared.errors import Invalid
    from shared.model import matchers, principals, reasons, silences
    from shared.store import alert_store, silence_store

    if not 0 < hours < 1e6:  # Neither is what is no number.
        raise Invalid({"--hours": reasons.of("invalid.above_0")}, "The silence")
    redis, _ = terminal.connected()
    now_ms = SystemClock().now_ms()
    silence = silences.parse(
        {
            "matchers": [matchers.read(text) for text in texts],
            "starts_at_ms": now_ms,
            "ends_at_ms": now_ms + round(hours * 3_600_000),
            "comment": comment,
            "author": principals.signed(terminal.user(), terminal.author().principal),
            "created_at_ms": now_ms,
            "cron": cron,
            "duration_minutes": duration_minutes,
            "timezone": timezone,
        }
    )
    if wrong := matchers.problems(silence.matchers, everything=everything or dry_run):
        if "everything" in wrong:
            raise Invalid(
                {"matchers": reasons.of("invalid.see_option", because=wrong["everything"], option="--everything")},
                "The silence",
            )
        raise Invalid(wrong, "The silence")
    hidden = [alert for alert in alert_store.active(redis) if silence.matches(alert)]
    if not dry_run:
        silence = silence_store.save(redis, silence, author=terminal.author())
    if as_json:
        made = None if dry_run else silence.model_dump(mode="json")
        terminal.print_json({"silence": made, "hides": [alert.id for alert in hidden]})
    elif dry_run:
        rows = [(a.id, a.severity, a.state, a.rule_name, a.plugin_name) for a in hidden]
        heads = ("ID", "SEVERITY", "STATE", "RULE", "PLUGIN")
        terminal.print_table(heads, rows, "It would hide no alert that is active now.")
    else:
        until = terminal.time_of(silence.ends_at_ms)
        terminal.say(f"Silence {silence.id} until {until}; it matches {len(hidden)} active alerts.")


@silences.command("expire")
@click.argument("silence_id")
@terminal.AS_JSON
@terminal.told
def silences_expire(silence_id: str, as_json: bool) -> None:
    """
    End a silence now.

    Channels are notified of alerts that still fire.
    """
    from shared.clock import SystemClock
    from shared.store import silence_store

    redis, _ = terminal.connected()
    silence_store.expire(redis, silence_id, SystemClock().now_ms(), author=terminal.author())
    terminal.answer(as_json, {"expired": silence_id}, f"Silence {silence_id} is over.")
