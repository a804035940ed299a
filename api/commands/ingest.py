"""Commands about metrics of other systems: `enhanced-alerts ingest …`; without a further word, the process itself."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.commands import json_webhooks, processes, scrapes, terminal

if TYPE_CHECKING:
    from shared.store.mapping_store import Version


@click.group(invoke_without_command=True)
@click.pass_context
def ingest(context: click.Context) -> None:
    """
    Receive metrics of Prometheus, StatsD and others.

    Without a further word it runs the process; `mapping` changes how labels become plugins.
    """
    if context.invoked_subcommand is None:
        processes.run_module(["ingest"])


ingest.add_command(scrapes.targets)
ingest.add_command(json_webhooks.webhooks)


@ingest.command()
@terminal.AS_JSON
@terminal.told
def relabel(as_json: bool) -> None:
    """
    Print what makes Prometheus send only what rules name.

    The lines belong below an entry of remote_write; vmagent takes them from the file of -remoteWrite.urlRelabelConfig,
    without the first line.
    """
    from api.change import write_relabel
    from evaluator import condition
    from shared.errors import Invalid
    from shared.store import rule_store

    redis, _ = terminal.connected()
    metrics: set[str] = set()
    for rule in rule_store.load_all(redis)[1]:
        try:
            metrics |= condition.check(rule).reads()
        except Invalid:
            terminal.say(f"Rule {rule.id} cannot be evaluated; its metrics are left out.", err=True)
    if as_json:
        terminal.print_json({"metrics": sorted(metrics), "regex": write_relabel.pattern(metrics)})
        return
    terminal.say(write_relabel.configuration(metrics).rstrip("\n"))


@ingest.group()
def mapping() -> None:
    """Show and change how labels become plugins."""


@mapping.command("show")
@terminal.AS_JSON
@terminal.told
def mapping_show(as_json: bool) -> None:
    """Print the mapping in force, as a file that `set` takes."""
    from api.change import mapping_file
    from shared.store import mapping_store

    redis, _ = terminal.connected()
    found = mapping_store.current(redis)
    if as_json:
        terminal.print_json(found.model_dump(mode="json"))
        return
    terminal.say(mapping_file.write(found.mapping).rstrip("\n"))


@mapping.command("set")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@terminal.AS_JSON
@terminal.told
def mapping_set(file: Path, as_json: bool) -> None:
    """Put the mapping of FILE (.toml) in force."""
    from api.change import mapping_file
    from shared.store import mapping_store

    redis, _ = terminal.connected()
    _answer(mapping_store.save(redis, mapping_file.load(file), author=terminal.author()), as_json)


@mapping.command("try")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@terminal.AS_JSON
@terminal.told
def mapping_try(file: Path, as_json: bool) -> None:
    """
    Show what the mapping of FILE would change.

    Looks at the series that ingest processes received in the last minutes, and at the open alerts.
    """
    import msgspec

    from api.change import mapping_file, mapping_trial

    redis, _ = terminal.connected()
    found = mapping_trial.trial(redis, mapping_file.load(file))
    if as_json:
        terminal.print_json(msgspec.to_builtins(found))
        return
    if found.series < found.series_count:
        terminal.say(f"Of about {found.series_count} series, {found.series} were looked at.")
    terminal.say(f"{found.series} series: {found.plugins_before} plugins now, {found.plugins_after} then.")
    for one in found.renamed:
        terminal.say(f"~ {one.before} → {', '.join(one.after)}")
    _say_more(found.renamed_count - len(found.renamed), "plugins")
    for metric in found.dropped_metrics:
        terminal.say(f"- {metric}")
    _say_more(found.dropped_metrics_count - len(found.dropped_metrics), "metrics")
    for metric in found.added_metrics:
        terminal.say(f"+ {metric}")
    for alert in found.alerts:
        becomes = f"its plugin is called {', '.join(alert.becomes)} then" if alert.becomes else "its metric is dropped"
        terminal.say(f"! {alert.rule_name} on {alert.plugin_id} is resolved: {becomes}")
    _say_more(found.alerts_count - len(found.alerts), "alerts")
    terminal.say("Nothing was changed.")


@mapping.command("history")
@terminal.AS_JSON
@terminal.told
def mapping_history(as_json: bool) -> None:
    """List the mapping in force and those before it, newest first."""
    from shared.store import mapping_store

    redis, _ = terminal.connected()
    found = mapping_store.history(redis)
    if as_json:
        terminal.print_json([one.model_dump(mode="json") for one in found])
        return
    rows = [
        (
            str(one.version),
            terminal.time_of(one.at_ms) if one.at_ms else "",
            one.by or "built in",
            f"restores {one.restored}" if one.restored else "",
        )
        for one in found
    ]
    terminal.print_table(("VERSION", "SINCE", "BY", ""), rows, "")


@mapping.command("undo")
@click.argument("version", type=click.IntRange(0, 10**9), required=False)
@terminal.AS_JSON
@terminal.told
def mapping_undo(version: int | None, as_json: bool) -> None:
    """
    Restore VERSION of the mapping.

    By default it is the version before the one in force; 0 is the built-in default.
    """
    from shared.store import mapping_store

    redis, _ = terminal.connected()
    in_force = mapping_store.current(redis).version
    earlier = max(0, in_force - 1) if version is None else version
    restored = mapping_store.restore(redis, earlier, author=terminal.author(), expected=in_force)
    _answer(restored, as_json)


def _say_more(count: int, what: str) -> None:
    if count > 0:
        terminal.say(f"… and {count} more {what}")


def _answer(version: "Version", as_json: bool) -> None:
    sentence = f"Version {version.version} of the mapping is in force; every ingest process follows within seconds."
    terminal.answer(as_json, version.model_dump(mode="json"), sentence)
