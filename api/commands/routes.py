"""Commands about where alerts go: `enhanced-alerts routes …`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.commands import terminal

if TYPE_CHECKING:
    from api.read.route_trial import Trial
    from shared.store.route_store import Version


@click.group()
def routes() -> None:
    """Show, change and test where alerts go that name no channels."""


@routes.command("show")
@terminal.AS_JSON
@terminal.told
def show(as_json: bool) -> None:
    """Print the routes in force, as a file that `apply` takes."""
    from api.change import routes_file
    from shared.store import route_store

    redis, _ = terminal.connected()
    found = route_store.current(redis)
    if as_json:
        terminal.print_json(route_store.document(found))
        return
    terminal.say(routes_file.write(found.tree).rstrip("\n"))


@routes.command("apply")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@terminal.AS_JSON
@terminal.told
def apply(file: Path, as_json: bool) -> None:
    """Put the routes of FILE (YAML or JSON) in force."""
    from api.change import routes_file
    from shared.store import route_store

    redis, _ = terminal.connected()
    _answer(route_store.save(redis, routes_file.load(file), author=terminal.author()), as_json)


@routes.command("test")
@click.argument("labels", nargs=-1, required=True, metavar="LABEL=VALUE...")
@click.option(
    "--file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Test this file, not what is in force."
)
@terminal.AS_JSON
@terminal.told
def test(labels: tuple[str, ...], file: Path | None, as_json: bool) -> None:
    """Say where an alert with these labels would go, and why."""
    import msgspec

    from api.change import routes_file
    from api.read import route_trial
    from shared.clock import SystemClock
    from shared.store import route_store

    redis, settings = terminal.connected()
    in_force = route_store.current(redis)
    tree, version = (routes_file.load(file), 0) if file is not None else (in_force.tree, in_force.version)
    given = dict(terminal.pairs("LABEL=VALUE", labels))
    found = route_trial.trial(tree, version, given, settings, SystemClock().now_ms())
    if as_json:
        terminal.print_json(msgspec.to_builtins(found))
        return
    _say(found)


@routes.command("history")
@terminal.AS_JSON
@terminal.told
def history(as_json: bool) -> None:
    """List the routes in force and those before them, newest first."""
    from shared.store import route_store

    redis, _ = terminal.connected()
    found = route_store.history(redis)
    if as_json:
        terminal.print_json([route_store.document(one) for one in found])
        return
    rows = [
        (
            str(one.version),
            terminal.time_of(one.at_ms) if one.at_ms else "",
            one.by or "-",
            "no routes" if one.tree is None else f"restores {one.restored}" if one.restored else "",
        )
        for one in found
    ]
    terminal.print_table(("VERSION", "SINCE", "BY", ""), rows, "")


@routes.command("undo")
@click.argument("version", type=click.IntRange(0, 10**9), required=False)
@terminal.AS_JSON
@terminal.told
def undo(version: int | None, as_json: bool) -> None:
    """
    Restore VERSION of the routes.

    By default it is the version before the one in force; 0 removes the routes.
    """
    from shared.store import route_store

    redis, _ = terminal.connected()
    in_force = route_store.current(redis).version
    earlier = max(0, in_force - 1) if version is None else version
    _answer(route_store.restore(redis, earlier, author=terminal.author(), expected=in_force), as_json)


def _say(found: "Trial") -> None:
    if not found.tried:
        terminal.say("There are no routes: external alerts go to the channels of EXTERNAL_CHANNELS.")
    for one in found.tried:
        sign = "→" if one.is_chosen else "+" if one.fits else "-"
        why = f': {one.misfit} does not fit "{one.found}"' if one.misfit else ""
        terminal.say(f"{'  ' * one.depth}{sign} {one.name or one.place}{why}")
    terminal.say(f"Channels: {', '.join(found.channels) or 'none'}")
    terminal.say(f"Severity: {found.severity}")
    for channel, interval in found.muted.items():
        terminal.say(f"Muted now: {channel}, by {interval}")


def _answer(version: "Version", as_json: bool) -> None:
    from shared.store import route_store

    what = "There are no routes any more" if version.tree is None else "They are in force"
    sentence = f"Version {version.version} of the routes. {what}; the router follows within seconds."
    terminal.answer(as_json, route_store.document(version), sentence)
