"""Commands about what was given up: `enhanced-alerts notifications …`."""

import click

from api.commands import completion, terminal


@click.group("notifications")
def notifications_group() -> None:
    """List and retry undelivered notifications."""


@notifications_group.command("dead")
@click.option("--channel", help="Only notifications of this channel.", shell_complete=completion.channel_names)
@click.option(
    "--limit", default=500, type=click.IntRange(1, 10_000), help="Maximum number of entries.", show_default=True
)
@terminal.AS_JSON
@terminal.told
def notifications_dead(channel: str | None, limit: int, as_json: bool) -> None:
    """List undelivered notifications with reasons."""
    from api.change import notifications

    redis, _ = terminal.connected()
    page = notifications.dead(redis, channel, limit=limit)
    found = page.items
    if as_json:
        terminal.print_json(found)
        return
    rows = [
        (n["alert_id"], n["channel"], n["news"], terminal.time_of(n["at_ms"]), str(n["attempts"]), n["reason"])
        for n in found
    ]
    heads = ("ALERT", "CHANNEL", "NEWS", "AT", "ATTEMPTS", "REASON")
    terminal.print_table(heads, rows, "No notification was given up.", left_out=page.total - limit)


@notifications_group.command("retry")
@click.option("--channel", help="Only notifications of this channel.", shell_complete=completion.channel_names)
@click.option("--alert", "alert_id", help="Only notifications of this alert; with --channel.")
@terminal.AS_JSON
@terminal.told
def notifications_retry(channel: str | None, alert_id: str | None, as_json: bool) -> None:
    """
    Send undelivered notifications again.

    All of them, those of a channel, or one.
    """
    from api.change import notifications
    from shared.errors import Invalid
    from shared.model import reasons

    redis, _ = terminal.connected()
    if alert_id and not channel:
        raise Invalid({"--channel": reasons.of("invalid.needed_beside", field="--alert")}, "The command")
    if alert_id and channel:
        notifications.retry(redis, channel, alert_id, terminal.user(), terminal.author().principal)
        count = 1
    else:
        with terminal.progress("Taking them up again"):
            count = notifications.retry_all(redis, channel, terminal.user(), terminal.author().principal)
    said = f"{count} {'notification' if count == 1 else 'notifications'} will be tried again."
    terminal.answer(as_json, {"retried": count}, said)
