"""Commands about rules: `enhanced-alerts rules …`."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from api.commands import backtests, completion, rule_tests, terminal
from shared import operator_language
from shared.model import printable

if TYPE_CHECKING:
    from redis import Redis

    from api.change.rule_files import Difference
    from shared.model.reasons import Reason
    from shared.model.rules import Rule


@click.group()
def rules() -> None:
    """List, show, change, export, apply and try out rules."""


rules.add_command(backtests.backtest)
rules.add_command(rule_tests.test)


@rules.command("list")
@terminal.LIMIT
@terminal.AS_JSON
@terminal.told
def rules_list(limit: int, as_json: bool) -> None:
    """List all rules."""
    from shared.store import rule_store

    redis, _ = terminal.connected()
    _, every, broken = rule_store.load_all(redis)
    found = every[:limit]
    if as_json:
        terminal.print_json([rule.model_dump(mode="json") for rule in found])
        return
    rows = [(r.id, "on" if r.enabled else "off", r.severity, r.name, _in_words(r), ",".join(r.channels)) for r in found]
    heads = ("ID", "", "SEVERITY", "NAME", "CONDITION", "CHANNELS")
    terminal.print_table(heads, rows, "There are no rules; see `rules add -h`.", left_out=len(every) - limit)
    for rule_id, why in broken.items():
        terminal.say(f"{rule_id} cannot be read: {why}", err=True)


@rules.command("show")
@click.argument("rule_id", shell_complete=completion.rule_ids)
@terminal.AS_JSON
@terminal.told
def rules_show(rule_id: str, as_json: bool) -> None:
    """Show one rule as JSON."""
    from shared.store import rule_store

    redis, _ = terminal.connected()
    terminal.print_json(rule_store.get(redis, rule_id).model_dump(mode="json", exclude_none=True))


@rules.command("add")
@click.option("--id", "rule_id", help="Generated if not given.")
@click.option("--name", required=True)
@click.option("--description", default="")
@click.option("--metric")
@click.option("--formula", help="Instead of --metric: arithmetic over metrics, e.g. 'used / size * 100'.")
@click.option("--operator", help="> >= < <= == !=")
@click.option("--threshold", type=float)
@click.option("--condition", help="A condition of any kind, as JSON.")
@click.option("--severity", default="warning", help="info, warning, error, critical or emergency")
@click.option("--channels", default="web,dashboard", help="Comma-separated channel names.")
@click.option("--cooldown-minutes", type=float, default=5)
@click.option("--for-seconds", type=float, default=0)
@click.option("--plugin-id", help="Apply to this plugin only.")
@click.option("--disabled", is_flag=True)
@terminal.AS_JSON
@terminal.told
def rules_add(
    rule_id: str | None,
    channels: str,
    formula: str | None,
    condition: str | None,
    disabled: bool,
    as_json: bool,
    **fields: Any,
) -> None:
    """Add a rule, or replace the rule with this id."""
    from api.doctor import advice

    redis, _ = terminal.connected()
    given = {k: v for k, v in fields.items() if v is not None}
    given["channels"] = [name.strip() for name in channels.split(",") if name.strip()]
    given["enabled"] = not disabled
    if rule_id:
        given["id"] = rule_id
    if condition:
        given["condition"] = _parse_json(condition, "--condition")
    if formula is not None:
        of_threshold = {name: given.pop(name) for name in ("operator", "threshold") if name in given}
        given["condition"] = {"kind": "threshold", **of_threshold, **given.get("condition", {}), "formula": formula}
    rule = _store(redis, _checked(given))
    _answer(rule, advice.on_rule(redis, rule), as_json, f"Rule {rule.id} is live: {_in_words(rule)}")


@rules.command("delete")
@click.argument("rule_id", shell_complete=completion.rule_ids)
@terminal.AS_JSON
@terminal.told
def rules_delete(rule_id: str, as_json: bool) -> None:
    """Delete a rule and resolve its open alerts."""
    from shared.store import rule_store

    redis, _ = terminal.connected()
    rule_store.delete(redis, rule_id, author=terminal.author())
    terminal.answer(as_json, {"deleted": rule_id}, f"Rule {rule_id} is gone.")


@rules.command("enable")
@click.argument("rule_id", shell_complete=completion.rule_ids)
@terminal.AS_JSON
@terminal.told
def rules_enable(rule_id: str, as_json: bool) -> None:
    """Enable a rule."""
    _switch(rule_id, True, as_json)


@rules.command("disable")
@click.argument("rule_id", shell_complete=completion.rule_ids)
@terminal.AS_JSON
@terminal.told
def rules_disable(rule_id: str, as_json: bool) -> None:
    """Disable a rule and resolve its open alerts."""
    _switch(rule_id, False, as_json)


@rules.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
@terminal.AS_JSON
@terminal.told
def rules_export(file: Path | None, as_json: bool) -> None:
    """
    Write all rules to FILE or the terminal.

    FILE ends in .toml or .json. The terminal gets TOML, or JSON with --json.
    """
    from api.change import rule_files
    from shared.store import rule_store

    redis, _ = terminal.connected()
    _, found, _ = rule_store.load_all(redis)
    if file is None:
        click.echo(printable.in_json(rule_files.write(found, ".json" if as_json else ".toml")), nl=False)
        return
    terminal.write_file(file, rule_files.write(found, file.suffix))
    said = f"Wrote {len(found)} rules to {file}."
    terminal.answer(as_json, {"file": str(file), "rules": [rule.id for rule in found]}, said)


PATH = click.argument("path", type=click.Path(exists=True, path_type=Path))


@rules.command("diff")
@PATH
@terminal.AS_JSON
@terminal.told
def rules_diff(path: Path, as_json: bool) -> None:
    """
    Show what applying PATH would change.

    PATH is a .toml or .json file, or a folder of them. Exit code 1 if there are changes.
    """
    difference = _compared(*_read(path), path)
    _print_difference(difference, as_json, applied=False)
    sys.exit(0 if difference.is_empty() else 1)


@rules.command("apply")
@PATH
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@terminal.AS_JSON
@terminal.told
def rules_apply(path: Path, dry_run: bool, as_json: bool) -> None:
    """
    Apply the rules of a file or a folder.

    All of them, or none if one is invalid. Rules that were removed from a file are deleted.
    """
    from api.change import rule_files

    redis, wanted = _read(path)
    if dry_run:
        difference = _compared(redis, wanted, path)
    else:
        difference = rule_files.apply(redis, wanted, path, author=terminal.author())
    _print_difference(difference, as_json, applied=not dry_run)
    if as_json:
        return
    if dry_run:
        terminal.say("Nothing was changed (--dry-run).")
        return
    live = len(difference.added) + len(difference.changed) + len(difference.same)
    terminal.say(f"{live} {'rule is' if live == 1 else 'rules are'} live from {path}.")


def _read(path: Path) -> "tuple[Redis, list[Rule]]":
    from api.change import rule_files

    redis, _ = terminal.connected()
    with terminal.progress("Checking rules"):
        return redis, rule_files.load(path)


def _compared(redis: "Redis", wanted: "list[Rule]", path: Path) -> "Difference":
    from api.change import rule_files
    from shared.store import rule_store

    return rule_files.compare(rule_store.load_all(redis)[1], wanted, path)


def _print_difference(difference: "Difference", as_json: bool, *, applied: bool) -> None:
    changes = {after.id: _changes(before, after) for before, after in difference.changed}
    if as_json:
        removed, same = ([rule.id for rule in part] for part in (difference.removed, difference.same))
        added = [rule.id for rule in difference.added]
        terminal.print_json({"added": added, "changed": changes, "removed": removed, "same": same, "applied": applied})
        return
    for rule in difference.added:
        terminal.say(f"+ {rule.id}: {_in_words(rule)}")
    for rule_id, fields in changes.items():
        terminal.say(f"~ {rule_id}: " + ", ".join(f"{name} {old!r} → {new!r}" for name, (old, new) in fields.items()))
    for rule in difference.removed:
        terminal.say(f"- {rule.id}: no longer in the file")


def _changes(before: Any, after: Any) -> dict[str, tuple[Any, Any]]:
    old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
    names = (name for name in new if old[name] != new[name] and name != "revision")
    return {name: (old[name], new[name]) for name in names}


def _switch(rule_id: str, enabled: bool, as_json: bool) -> None:
    from shared.store import rule_store

    redis, _ = terminal.connected()
    rule = rule_store.change(
        redis, rule_id, lambda before: before.model_copy(update={"enabled": enabled}), author=terminal.author()
    )
    _answer(rule, [], as_json, f"Rule {rule_id} is {'on' if enabled else 'off'}.")


def _answer(rule: Any, notes: "list[Reason]", as_json: bool, said: str) -> None:
    from shared.model import reasons, rules

    if warning := rules.edit_warning(rule):
        notes = [*notes, warning]
    sentences = (operator_language.text(note) for note in notes)
    texts = [sentence if sentence.endswith("?") else f"{sentence}." for sentence in sentences]
    found = {"rule": rule.model_dump(mode="json"), "notes": texts, "note_reasons": notes}
    terminal.answer(as_json, found, said)
    for text in [] if as_json else texts:
        terminal.say(operator_language.text(reasons.of("note.shown", note=text)), err=True)


def _checked(fields: dict[str, Any]) -> Any:
    from api.change import rule_verdict

    return rule_verdict.rule_of(fields)


def _store(redis: "Redis", rule: Any) -> Any:
    from shared.store import rule_store

    return rule_store.save(redis, rule, author=terminal.author())


def _parse_json(text: str, what: str) -> Any:
    from shared.errors import Invalid
    from shared.model import reasons

    try:
        return json.loads(text)
    except RecursionError:
        raise Invalid({what: reasons.of("file.nested_too_deep")}, "The input") from None
    except ValueError as error:
        raise Invalid({what: reasons.of("file.no_json", error=str(error))}, "The input") from None


def _in_words(rule: Any) -> str:
    from evaluator import condition
    from shared.errors import Invalid

    try:
        return condition.check(rule).describe(operator_language.language())
    except Invalid as error:
        return error.in_words(operator_language.language())
