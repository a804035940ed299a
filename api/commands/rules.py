"""Commands about rules: `enhanced-alerts rules …`."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from api.commands import terminal

if TYPE_CHECKING:
    from redis import Redis

    from shared.settings import Settings


@click.group()
def rules() -> None:
    """Rules: list, show, add, delete, enable, disable, export, apply."""


@rules.command("list")
@terminal.AS_JSON
@terminal.told
def rules_list(as_json: bool) -> None:
    """All rules."""
    from shared import rules as store

    redis, _ = terminal.connected()
    _, found, broken = store.load_all(redis)
    if as_json:
        terminal.print_json([rule.model_dump(mode="json") for rule in found])
        return
    rows = [(r.id, "on" if r.enabled else "off", r.severity, r.name, _in_words(r), ",".join(r.channels)) for r in found]
    terminal.print_table(
        ("ID", "", "SEVERITY", "NAME", "CONDITION", "CHANNELS"), rows, "There are no rules; see `rules add -h`."
    )
    for rule_id, why in broken.items():
        click.echo(f"{rule_id} cannot be read: {why}", err=True)


@rules.command("show")
@click.argument("rule_id")
@terminal.told
def rules_show(rule_id: str) -> None:
    """One rule, as JSON."""
    from shared import rules as store

    redis, _ = terminal.connected()
    terminal.print_json(store.get(redis, rule_id).model_dump(mode="json", exclude_none=True))


@rules.command("add")
@click.option("--id", "rule_id", help="Made up if not given.")
@click.option("--name", required=True)
@click.option("--description", default="")
@click.option("--metric")
@click.option("--operator", help="> >= < <= == !=")
@click.option("--threshold", type=float)
@click.option("--condition", help="Another kind of condition, as JSON.")
@click.option("--severity", default="warning", help="info, warning, error, critical or emergency")
@click.option("--channels", default="web,dashboard", help="Names separated by commas.")
@click.option("--cooldown-minutes", type=float, default=5)
@click.option("--for-seconds", type=float, default=0)
@click.option("--plugin-id", help="Only this plugin.")
@click.option("--disabled", is_flag=True)
@terminal.told
def rules_add(rule_id: str | None, channels: str, condition: str | None, disabled: bool, **fields: Any) -> None:
    """Make a rule, or replace the one with this id."""
    redis, settings = terminal.connected()
    given = {k: v for k, v in fields.items() if v is not None}
    given["channels"] = [name.strip() for name in channels.split(",") if name.strip()]
    given["enabled"] = not disabled
    if rule_id:
        given["id"] = rule_id
    if condition:
        given["condition"] = _parse_json(condition, "--condition")
    rule = _save(redis, settings, given)
    click.echo(f"Rule {rule.id} is live: {_in_words(rule)}")


@rules.command("delete")
@click.argument("rule_id")
@terminal.told
def rules_delete(rule_id: str) -> None:
    """Remove a rule; its open alerts are resolved."""
    from shared import rules as store

    redis, _ = terminal.connected()
    store.delete(redis, rule_id, author=terminal.author())
    click.echo(f"Rule {rule_id} is gone.")


@rules.command("enable")
@click.argument("rule_id")
@terminal.told
def rules_enable(rule_id: str) -> None:
    """Switch a rule on."""
    _switch(rule_id, True)


@rules.command("disable")
@click.argument("rule_id")
@terminal.told
def rules_disable(rule_id: str) -> None:
    """Switch a rule off; its open alerts are resolved."""
    _switch(rule_id, False)


@rules.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
@terminal.told
def rules_export(file: Path | None) -> None:
    """Write all rules to FILE (.toml or .json), or as TOML to the terminal."""
    from api import rule_files
    from shared import rules as store

    redis, _ = terminal.connected()
    _, found, _ = store.load_all(redis)
    text = rule_files.write(found, file.suffix if file else ".toml")
    if file is None:
        click.echo(text, nl=False)
    else:
        file.write_text(text, encoding="utf-8")
        click.echo(f"Wrote {len(found)} rules to {file}.")


PATH = click.argument("path", type=click.Path(exists=True, path_type=Path))


@rules.command("diff")
@PATH
@terminal.told
def rules_diff(path: Path) -> None:
    """Show what applying PATH (a .toml or .json file, or a folder of them) would change; exit code 1 if anything."""
    sys.exit(0 if _compared(path)[1].is_empty() else 1)


@rules.command("apply")
@PATH
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@terminal.told
def rules_apply(path: Path, dry_run: bool) -> None:
    """Make the rules of PATH live; all of them, or none if one is bad. Rules gone from a file are deleted."""
    from api import rule_files

    redis, difference = _compared(path)
    if dry_run:
        click.echo("Nothing was changed (--dry-run).")
        return
    if not difference.is_empty():
        rule_files.apply(redis, difference, author=terminal.author())
    live = len(difference.added) + len(difference.changed) + len(difference.same)
    click.echo(f"{live} rules of {path} are live.")


def _compared(path: Path) -> Any:
    from api import rule_files

    redis, settings = terminal.connected()
    wanted = rule_files.load(path, int(settings.stream_keep_seconds * 1000))
    difference = rule_files.compare(redis, wanted)
    for rule in difference.added:
        click.echo(f"+ {rule.id}: {_in_words(rule)}")
    for before, after in difference.changed:
        old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
        fields = [name for name in new if old[name] != new[name] and name != "revision"]
        click.echo(f"~ {after.id}: " + ", ".join(f"{name} {old[name]!r} → {new[name]!r}" for name in fields))
    for rule in difference.removed:
        click.echo(f"- {rule.id}: no longer in the file")
    return redis, difference


def _switch(rule_id: str, enabled: bool) -> None:
    from shared import rules as store

    redis, _ = terminal.connected()
    _store(redis, store.get(redis, rule_id).model_copy(update={"enabled": enabled}))
    click.echo(f"Rule {rule_id} is {'on' if enabled else 'off'}.")


def _save(redis: "Redis", settings: "Settings", fields: dict[str, Any]) -> Any:
    return _store(redis, _checked(settings, fields))


def _checked(settings: "Settings", fields: dict[str, Any]) -> Any:
    from api import rule_files
    from shared import rules as store

    return rule_files.check(store.parse(fields), int(settings.stream_keep_seconds * 1000))


def _store(redis: "Redis", rule: Any) -> Any:
    from shared import rules as store

    saved = store.save(redis, rule, author=terminal.author())
    if warning := store.edit_warning(saved):
        click.echo(f"Note: {warning}.", err=True)
    return saved


def _parse_json(text: str, what: str) -> Any:
    from shared.errors import Invalid

    try:
        return json.loads(text)
    except ValueError as error:
        raise Invalid({what: f"is not valid JSON: {error}"}, "The input") from None


def _in_words(rule: Any) -> str:
    from evaluator import condition
    from shared.errors import Invalid

    try:
        return condition.check(rule).describe()
    except Invalid as error:
        return str(error)
