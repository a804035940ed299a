"""Commands that take over what other systems have: `enhanced-alerts import …`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from api.commands import terminal
from shared import operator_language

if TYPE_CHECKING:
    from api.change.imports.report import Plan
    from api.change.prometheus.rules import Imported
    from shared.model.reasons import Reason
    from shared.model.rules import Rule
    from shared.store.import_store import Difference


@click.group("import")
def imports() -> None:
    """Take over rules, routes and channels of other systems."""


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
    from shared.errors import ConfigurationError
    from shared.model import reasons

    try:
        import promql_parser  # noqa: F401
    except ModuleNotFoundError:
        raise ConfigurationError(reasons.of("import.library_missing")) from None
    return rules.translate(_read(file), channels, file.name)


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
            _say_finding(outcome.line, outcome.name, because, is_lost=outcome.rule is None)
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


_FILE = click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
_APPLY = click.option("--apply/--dry-run", "is_applied", help="Put it in force, or only show it (the default).")
_UNDO = click.option("--undo", "is_undone", is_flag=True, help="Put back what the last import replaced.")


@imports.command("alertmanager")
@_FILE
@_APPLY
@_UNDO
@terminal.AS_JSON
@terminal.told
def alertmanager(file: Path | None, is_applied: bool, is_undone: bool, as_json: bool) -> None:
    """
    Translate the routes and receivers of an alertmanager.yml.

    Prints the routes as a file for `routes apply`, and on stderr the channels and, line by line, what cannot be
    translated or means something else. Secrets go into the channels and are never printed.
    """
    from api.change.imports import alertmanager as translation

    if is_undone:
        _undo("alertmanager", as_json)
        return
    path = _given(file)
    plan = translation.translate(_read(path), path.name, path.resolve().parent)
    _take_over("alertmanager", path.name, plan, is_applied, as_json)


@imports.command("grafana")
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_APPLY
@_UNDO
@terminal.AS_JSON
@terminal.told
def grafana(files: tuple[Path, ...], is_applied: bool, is_undone: bool, as_json: bool) -> None:
    """
    Translate contact points and notification policies.

    FILES are what Grafana exports (YAML or JSON), together or in one file each. Prints as `import alertmanager` does.
    """
    from api.change.imports import grafana as translation

    if is_undone:
        _undo("grafana", as_json)
        return
    _given(files[0] if files else None)
    plan = translation.translate([(file.name, _read(file)) for file in files])
    _take_over("grafana", ", ".join(file.name for file in files)[:200], plan, is_applied, as_json)


def _given(file: Path | None) -> Path:
    from shared.errors import Invalid
    from shared.model import reasons

    if file is None:
        raise Invalid({"FILE": reasons.of("import.no_file")}, "The command")
    return file


def _read(file: Path) -> str:
    from shared.errors import Invalid
    from shared.model import reasons

    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise Invalid({str(file): reasons.of("file.unreadable", error=str(error))}, "The file") from None


def _take_over(system: str, source: str, plan: "Plan", is_applied: bool, as_json: bool) -> None:
    from api.change import routes_file
    from api.change.imports import report
    from shared.model import printable, reasons
    from shared.store import import_store

    assert plan.tree is not None
    done: dict[str, Any] = {}
    replaced, difference = _replaced(plan, is_applied)
    if is_applied:
        redis, _ = terminal.connected()
        outcome = import_store.apply(
            redis, system, plan.channels, plan.tree, source=source, author=terminal.author(), shown=report.masked
        )
        done = {
            "changed_channels": outcome.channels,
            "routes_version": outcome.routes_version,
            "has_changed": outcome.has_changed,
        }
    if as_json:
        terminal.print_json({**report.document(plan), "difference": difference, **done})
        return
    language = operator_language.language()
    if not is_applied:
        click.echo(printable.in_json(routes_file.write(plan.tree)), nl=False)
        for name, fields in plan.channels.items():
            shown = ", ".join(f"{field}: {value}" for field, value in report.masked(name, fields).items())
            terminal.say(f"+ {name} ({shown})", err=True)
    for finding in plan.findings:
        _say_finding(finding.line, finding.name, finding.because, is_lost=finding.is_lost)
    if not is_applied:
        said = reasons.of("import.only_shown")
    elif not done["has_changed"]:
        said = reasons.of("import.same")
    else:
        channels = done["changed_channels"] or ["-"]
        said = reasons.of("import.applied", version=done["routes_version"], channels=channels)
    terminal.say(f"{reasons.text(report.summary(plan), language)}.", err=True)
    terminal.say(f"{reasons.text(replaced, language)}.", err=True)
    terminal.say(f"{reasons.text(said, language)}.", err=True)


def _replaced(plan: "Plan", is_applied: bool) -> "tuple[Reason, Difference | None]":
    """Return what an import replaces; it can be looked at where no Redis is, and then that is not known."""
    from redis.exceptions import RedisError

    from api.change.imports import report
    from shared.errors import ConfigurationError
    from shared.model import reasons
    from shared.store import import_store

    assert plan.tree is not None
    try:
        redis, _ = terminal.connected()
        difference = import_store.difference(redis, plan.channels, plan.tree)
    except (ConfigurationError, RedisError) as error:
        if is_applied:
            raise
        return reasons.of("import.not_compared", because=str(error).rstrip(".")), None
    return report.replaces(difference), difference


def _say_finding(line: int, name: str, because: "Reason", *, is_lost: bool) -> None:
    from shared.model import reasons

    said = reasons.of("import.line", line=line, name=name or "?", because=because)
    terminal.say(f"{'-' if is_lost else '~'} {reasons.text(said, operator_language.language())}", err=True)


def _undo(system: str, as_json: bool) -> None:
    from api.change.imports import report
    from shared.model import reasons
    from shared.store import import_store

    redis, _ = terminal.connected()
    outcome = import_store.undo(redis, system, author=terminal.author(), shown=report.masked)
    said = reasons.of("import.undone", channels=outcome.channels or ["-"])
    document = {"changed_channels": outcome.channels, "routes_version": outcome.routes_version}
    terminal.answer(as_json, document, f"{reasons.text(said, operator_language.language())}.")
