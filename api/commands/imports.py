"""Commands that take over what other systems have: `enhanced-alerts import …`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from api.commands import terminal
from shared import operator_language

if TYPE_CHECKING:
    from api.change.prometheus.rules import Imported
    from shared.model.rules import Rule


@click.group("import")
def imports() -> None:
    """Take over rules of other systems."""


@imports.command("prometheus-rules")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--channels", default="web,dashboard", help="Comma-separated channel names.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the rules to this .toml file.")
@click.option("--apply", "is_applied", is_flag=True, help="Put the rules in force.")
@terminal.AS_JSON
@terminal.told
def prometheus_rules(file: Path, channels: str, output: Path | None, is_applied: bool, as_json: bool) -> None:
    """
    Translate the alerting rules of Prometheus in FILE (YAML).

    Prints the rules as a rule file, and on stderr, line by line, what cannot be translated or means something else.
    """
    from api.change import rule_files

    named = [name.strip() for name in channels.split(",") if name.strip()]
    outcomes = _translated(file, named)
    made = [outcome.rule for outcome in outcomes if outcome.rule is not None]
    if output is not None:
        terminal.write_file(output, rule_files.write(made, ".toml"))
    if is_applied:
        redis, _ = terminal.connected()
        place = str(file.resolve())
        marked = [rule.model_copy(update={"source": f"file:{file.name[-190:]}", "origin": place}) for rule in made]
        rule_files.apply(redis, marked, file, author=terminal.author())
    _print(outcomes, made, as_json=as_json, has_text=output is None and not is_applied)


def _translated(file: Path, channels: list[str]) -> "list[Imported]":
    from api.change.prometheus import rules
    from shared.errors import ConfigurationError, Invalid
    from shared.model import reasons

    try:
        import promql_parser  # noqa: F401
    except ModuleNotFoundError:
        raise ConfigurationError(reasons.of("import.library_missing")) from None
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise Invalid({str(file): reasons.of("file.unreadable", error=str(error))}, "The file") from None
    return rules.translate(text, channels, file.name)


def _print(outcomes: "list[Imported]", made: "list[Rule]", *, as_json: bool, has_text: bool) -> None:
    from api.change import rule_files
    from shared.model import printable, reasons

    if as_json:
        terminal.print_json({"alerts": [_plain(outcome) for outcome in outcomes]})
        return
    if has_text:
        click.echo(printable.in_json(rule_files.write(made, ".toml")), nl=False)
    language = operator_language.language()
    for outcome in outcomes:
        for because in [*outcome.notes, *([outcome.why_not] if outcome.why_not else [])]:
            sign = "-" if outcome.rule is None else "~"
            line = reasons.of("import.line", line=outcome.line, name=outcome.name or "?", because=because)
            terminal.say(f"{sign} {reasons.text(line, language)}", err=True)
    summary = reasons.of("import.summary", translated=len(made), alerts=len(outcomes))
    terminal.say(f"{reasons.text(summary, language)}.", err=True)


def _plain(outcome: "Imported") -> dict[str, Any]:
    return {
        "line": outcome.line,
        "alert": outcome.name,
        "rule": outcome.rule and outcome.rule.model_dump(mode="json", exclude_defaults=True),
        "why_not": str(outcome.why_not) if outcome.why_not else None,
        "why_not_reason": outcome.why_not,
        "notes": [str(note) for note in outcome.notes],
        "note_reasons": outcome.notes,
    }
