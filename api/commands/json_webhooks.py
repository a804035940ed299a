"""Commands about the bodies of JSON webhooks: `enhanced-alerts ingest webhooks …`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.commands import terminal

if TYPE_CHECKING:
    from ingest.body_trial import BodyTrial, TriedProblem
    from shared.store.body_mapping_store import Version

_FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.group()
def webhooks() -> None:
    """Show and change how JSON bodies become alerts."""


@webhooks.command("show")
@terminal.AS_JSON
@terminal.told
def show(as_json: bool) -> None:
    """Print the body mappings in force, as a file that `set` takes."""
    from api.change import body_mapping_file
    from shared.store import body_mapping_store

    redis, _ = terminal.connected()
    found = body_mapping_store.current(redis)
    if as_json:
        terminal.print_json(found.model_dump(mode="json"))
        return
    terminal.say(body_mapping_file.write(found.mappings).rstrip("\n") or "# There are no body mappings.")


@webhooks.command("set")
@_FILE
@terminal.AS_JSON
@terminal.told
def replace(file: Path, as_json: bool) -> None:
    """Put the body mappings of FILE (.toml) in force.

    They replace all that there are.
    """
    from api.change import body_mapping_file
    from shared.store import body_mapping_store

    redis, _ = terminal.connected()
    _answer(body_mapping_store.save(redis, body_mapping_file.load(file), author=terminal.author()), as_json)


@webhooks.command("try")
@click.argument("name")
@click.argument("sample", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Try this file, not what is in force."
)
@terminal.AS_JSON
@terminal.told
def try_it(name: str, sample: Path, file: Path | None, as_json: bool) -> None:
    """
    Show the alerts that the mapping NAME makes of SAMPLE.

    SAMPLE is a file with a body as the sender sends it. Nothing is changed.
    """
    import msgspec

    from api.change import body_mapping_file, body_trials, rule_files
    from shared.errors import NotFound
    from shared.model import reasons
    from shared.store import body_mapping_store

    redis, settings = terminal.connected()
    mappings = body_mapping_file.load(file) if file is not None else body_mapping_store.current(redis).mappings
    mapping = mappings.webhooks.get(name)
    if mapping is None:
        raise NotFound(reasons.of("missing.body_mapping", name=name, names=[*mappings.webhooks]))
    found = body_trials.trial(redis, settings, name, mapping, rule_files.read_text(sample))
    if as_json:
        terminal.print_json(msgspec.to_builtins(found))
        return
    _say(found)


@webhooks.command("bodies")
@click.argument("name", required=False)
@terminal.AS_JSON
@terminal.told
def bodies(name: str | None, as_json: bool) -> None:
    """List the bodies that came, of NAME or of all addresses."""
    import msgspec

    from shared.store import body_mapping_store, kept_bodies

    redis, _ = terminal.connected()
    names = [name] if name else [*body_mapping_store.current(redis).mappings.webhooks]
    found = [one for one in kept_bodies.read(redis, names) if name in (None, one.name)]
    if as_json:
        terminal.print_json(msgspec.to_builtins(found))
        return
    rows = [
        (
            terminal.time_of(one.at_ms),
            one.name,
            one.sender,
            one.outcome,
            "; ".join(str(problem.get("message", "")) for problem in one.problems if problem.get("is_refused")),
        )
        for one in found
    ]
    terminal.print_table(("AT", "WEBHOOK", "KEY", "OUTCOME", ""), rows, "No body came in the last week.")


@webhooks.command("history")
@terminal.AS_JSON
@terminal.told
def history(as_json: bool) -> None:
    """List the versions of the body mappings."""
    from shared.store import body_mapping_store

    redis, _ = terminal.connected()
    found = body_mapping_store.history(redis)
    if as_json:
        terminal.print_json([one.model_dump(mode="json") for one in found])
        return
    rows = [
        (
            str(one.version),
            terminal.time_of(one.at_ms) if one.at_ms else "",
            one.by or "-",
            ", ".join(one.mappings.webhooks) or "none",
            f"restores {one.restored}" if one.restored else "",
        )
        for one in found
    ]
    terminal.print_table(("VERSION", "SINCE", "BY", "WEBHOOKS", ""), rows, "")


@webhooks.command("undo")
@click.argument("version", type=click.IntRange(0, 10**9), required=False)
@terminal.AS_JSON
@terminal.told
def undo(version: int | None, as_json: bool) -> None:
    """
    Restore VERSION of the body mappings.

    By default it is the version before the one in force; 0 has none.
    """
    from shared.store import body_mapping_store

    redis, _ = terminal.connected()
    in_force = body_mapping_store.current(redis).version
    earlier = max(0, in_force - 1) if version is None else version
    restored = body_mapping_store.restore(redis, earlier, author=terminal.author(), expected=in_force)
    _answer(restored, as_json)


def _say(found: "BodyTrial") -> None:
    for one in found.alerts:
        what = f"{one.name} on {one.plugin_id}, {one.severity}" if one.state == "firing" else one.identity
        terminal.say(f"{one.number}. {one.state}{': ' if what else ''}{what}")
    if (more := found.alerts_count - len(found.alerts)) > 0:
        terminal.say(f"… and {more} more alerts")
    for problem in found.problems:
        terminal.say(_sentence(problem))
    if (more := found.problems_count - len(found.problems)) > 0:
        terminal.say(f"… and {more} more problems")
    terminal.say("Nothing was changed.")


def _sentence(problem: "TriedProblem") -> str:
    sign = "!" if problem.is_refused else "?"
    where = f" alert {problem.number}" if problem.number else ""
    return f"{sign}{where}{f' {problem.field}' if problem.field else ''}: {problem.message}"


def _answer(version: "Version", as_json: bool) -> None:
    sentence = f"Version {version.version} of the body mappings is in force."
    terminal.answer(as_json, version.model_dump(mode="json"), sentence)
