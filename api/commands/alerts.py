"""Commands about alerts: `enhanced-alerts alerts …`."""

from typing import TYPE_CHECKING, Any

import click

from api.commands import completion, terminal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from redis import Redis

    from shared.model.alerts import Alert
    from shared.settings import Settings

INSTANT = click.DateTime(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"])


@click.group()
def alerts() -> None:
    """List, show, acknowledge and resolve alerts."""


@alerts.command("list")
@click.option("--history", is_flag=True, help="Include resolved alerts, newest first, also those in the archive.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@terminal.AS_JSON
@terminal.told
def alerts_list(history: bool, limit: int, as_json: bool) -> None:
    """List active alerts, most severe first."""
    from shared.store import alert_store

    redis, settings = terminal.connected()
    if history:
        found = _history(redis, settings, limit)
    else:
        ids = alert_store.active_ids(redis, 0, limit - 1)
        found = [a for a in alert_store.load(redis, ids) if a is not None]
    if as_json:
        terminal.print_json(found)
        return
    _print(found, "No alert is active.")


def _print(alerts: "Sequence[Alert]", nothing: str) -> None:
    rows = [
        (a.id, a.severity, a.state, a.rule_name, a.plugin_name, a.condition, terminal.ago(a.started_at_ms))
        for a in alerts
    ]
    terminal.print_table(("ID", "SEVERITY", "STATE", "RULE", "PLUGIN", "CONDITION", "SINCE"), rows, nothing)


def _history(redis: "Redis", settings: "Settings", limit: int) -> "list[Alert]":
    """Return the newest alerts; says on standard error if the archive cannot tell of older ones."""
    from api.read import alert_history
    from shared.clock import SystemClock

    redis_since_ms = SystemClock().now_ms() - settings.history_ms
    found, why = alert_history.newest(redis, settings, limit, redis_since_ms)
    if why:
        click.echo(why, err=True)
    return found


@alerts.command("search")
@click.argument("q", nargs=-1, metavar="[WORDS]...")
@click.option("--rule", "rule_id", multiple=True, metavar="ID")
@click.option("--plugin", "plugin_id", multiple=True, metavar="ID")
@click.option("--label", multiple=True, metavar="NAME[=VALUE]")
@click.option("--severity", multiple=True, type=click.Choice(["info", "warning", "error", "critical", "emergency"]))
@click.option("--state", multiple=True, type=click.Choice(["pending", "firing", "acknowledged", "resolved"]))
@click.option("--person", multiple=True, metavar="KIND:ID", help="E.g. user:kim, or kim.")
@click.option("--min-minutes", type=click.FloatRange(0, 5_256_000), help="It lasted as long, or does so already.")
@click.option("--max-minutes", type=click.FloatRange(0, 5_256_000))
@click.option("--since", type=INSTANT, metavar="TIME", help="It began then or later; 2025-03-01 or 2025-03-01T03:00.")
@click.option("--until", type=INSTANT, metavar="TIME", help="It began then or before.")
@click.option("--saved", metavar="ID|NAME", help="Begin with a saved search; other options replace its filters.")
@click.option("--limit", type=click.IntRange(1, 10_000), help="Default: 50, and all with --csv.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@terminal.AS_JSON
@terminal.told
def alerts_search(
    q: tuple[str, ...],
    since: "datetime | None",
    until: "datetime | None",
    saved: str | None,
    limit: int | None,
    as_csv: bool,
    as_json: bool,
    **filters: Any,
) -> None:
    """
    Search all alerts that the archive keeps, newest first.

    WORDS may be parts of words; all must occur. Of --rule, --plugin, --severity, --state and --person, each may be
    given several times: one value suffices. Times are those of this machine.
    """
    from contextlib import closing

    from api.read import alert_search
    from archive import opening
    from archive.readers import Readers
    from shared.clock import SystemClock
    from shared.settings import Settings

    settings = Settings.from_environment()
    words = " ".join(f'"{word}"' if " " in word else word for word in q)
    given = {"q": words, "since": _instant(since), "until": _instant(until), **filters}
    asked = {name: value for name, value in given.items() if value not in ("", (), None)}
    if saved:
        asked = {**_saved(saved), **asked}
    wanted = alert_search.Typed(**asked).search()
    if limit is None and not as_csv:
        limit = 50
    with closing(Readers(opening.place_of(settings))) as readers:
        found = alert_search.alerts(settings, readers, wanted, limit, SystemClock().now_ms)
        if as_csv:
            from api.read import alert_rows

            for line in alert_rows.lines(found):
                click.echo(line, nl=False)
            return
        alerts = list(found)
    if as_json:
        terminal.print_json(alerts)
    else:
        _print(alerts, "No alert is found.")


@alerts.command("searches")
@terminal.AS_JSON
@terminal.told
def alerts_searches(as_json: bool) -> None:
    """List the saved searches of all, for `alerts search --saved`."""
    from shared.model import principals
    from shared.store import saved_searches

    redis, _ = terminal.connected()
    found = saved_searches.load_all(redis)
    if as_json:
        terminal.print_json(found)
        return
    rows = [
        (
            *(one.id, one.name, "all" if one.is_shared else "the owner", principals.shown(one.by, one.by_principal)),
            " ".join(f"{name}={value}" for name, value in one.query.items()),
        )
        for one in found
    ]
    terminal.print_table(("ID", "NAME", "FOR", "OWNER", "FILTERS"), rows, "No search is saved.")


def _saved(which: str) -> dict[str, Any]:
    """Return the filters of a saved search by its id, or by a name that only one has; shared ones come first."""
    from shared.errors import Conflict, NotFound
    from shared.model import reasons
    from shared.store import saved_searches

    redis, _ = terminal.connected()
    every = saved_searches.load_all(redis)
    named = [one for one in every if one.name == which]
    found = [one for one in every if one.id == which] or [one for one in named if one.is_shared] or named
    if not found:
        raise NotFound(reasons.of("missing.search", search_id=which))
    if len(found) > 1:
        raise Conflict(reasons.of("search.several_saved", name=which, ids=[one.id for one in found]))
    return found[0].query


def _instant(at: "datetime | None") -> int | None:
    return None if at is None else max(0, round(at.astimezone().timestamp() * 1000))


@alerts.command("show")
@click.argument("alert_id", shell_complete=completion.alert_ids)
@terminal.AS_JSON
@terminal.told
def alerts_show(alert_id: str, as_json: bool) -> None:
    """Show one alert and its timeline."""
    from shared.model import principals
    from shared.store import alert_store

    redis, _ = terminal.connected()
    alert, story = alert_store.get(redis, alert_id), alert_store.timeline(redis, alert_id)
    if as_json:
        terminal.print_json({"alert": alert, "timeline": story})
        return
    terminal.say(
        f"{alert.severity.upper()} {alert.state}: {alert.rule_name} — {alert.plugin_name}  ({alert.condition})"
    )
    rows = [
        (terminal.time_of(e.at_ms), e.kind, e.channel or principals.shown(e.by, e.principal), e.reason) for e in story
    ]
    terminal.print_table(("AT", "WHAT", "WHO", "REASON"), rows, "Nothing is recorded.")


def _act(alert_id: str, verb: str, comment: str, as_json: bool) -> None:
    from api.change import operations

    redis, settings = terminal.connected()
    alert = getattr(operations, verb)(redis, settings, alert_id, terminal.user(), comment, author=terminal.author())
    terminal.answer(as_json, {"alert": alert}, f"Alert {alert.id} is {alert.state}.")


@alerts.command("ack")
@click.argument("alert_id", shell_complete=completion.alert_ids)
@click.option("--comment", default="")
@terminal.AS_JSON
@terminal.told
def alerts_ack(alert_id: str, comment: str, as_json: bool) -> None:
    """Acknowledge an alert."""
    _act(alert_id, "acknowledge", comment, as_json)


@alerts.command("resolve")
@click.argument("alert_id", shell_complete=completion.alert_ids)
@click.option("--comment", default="")
@terminal.AS_JSON
@terminal.told
def alerts_resolve(alert_id: str, comment: str, as_json: bool) -> None:
    """Resolve an alert."""
    _act(alert_id, "resolve", comment, as_json)


@alerts.command("comment")
@click.argument("alert_id", shell_complete=completion.alert_ids)
@click.argument("text")
@terminal.AS_JSON
@terminal.told
def alerts_comment(alert_id: str, text: str, as_json: bool) -> None:
    """Add a comment to an alert."""
    from api.change import operations

    redis, settings = terminal.connected()
    alert = operations.comment(redis, settings, alert_id, terminal.user(), text, author=terminal.author())
    terminal.answer(as_json, {"alert": alert}, f"Noted on alert {alert_id}.")


@alerts.command("assign")
@click.argument("alert_id", shell_complete=completion.alert_ids)
@click.argument("to", default="")
@terminal.AS_JSON
@terminal.told
def alerts_assign(alert_id: str, to: str, as_json: bool) -> None:
    """Assign an alert; without a name, unassign it."""
    from api.change import operations

    redis, settings = terminal.connected()
    alert = operations.assign(redis, settings, alert_id, terminal.user(), to, author=terminal.author())
    terminal.answer(as_json, {"alert": alert}, f"Alert {alert_id} is {to or 'nobody'}'s.")
