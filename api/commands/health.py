"""Commands that look at the running system: `doctor`, `self-test` and `top`."""

import sys

import click

from api.commands import completion, terminal
from api.commands.processes import PROCESSES
from shared import operator_language


@click.command()
@click.option("--alert", "alert_id", shell_complete=completion.alert_ids, help="Why this alert was not sent.")
@click.option("--rule", "rule_id", shell_complete=completion.rule_ids, help="Why this rule does not fire.")
@click.option("--email", is_flag=True, help="Why mail does not arrive; sends no mail.")
@click.option("--websocket", is_flag=True, help="Why pages are not live.")
@terminal.AS_JSON
@terminal.told
def doctor(alert_id: str | None, rule_id: str | None, email: bool, websocket: bool, as_json: bool) -> None:
    """
    Examine the system, with a remedy per problem.

    Exit code 1 if something is broken. With an option, examine only that question, step by step.
    """
    from functools import partial

    from api.doctor import mail_servers, page_updates, silent_rule, unsent_alert
    from api.doctor.checks import Walk, examine

    walks: list[Walk] = []
    if alert_id:
        walks.append(partial(unsent_alert.walk, alert_id=alert_id))
    if rule_id:
        walks.append(partial(silent_rule.walk, rule_id=rule_id))
    if websocket:
        walks.append(page_updates.walk)
    if email:
        walks.append(mail_servers.walk)
    found = []
    marks = {"ok": "ok  ", "warn": "WARN", "fail": "FAIL"}
    for finding in examine(walks):
        found.append(finding)
        if not as_json:
            advice = operator_language.text(finding.advice)
            terminal.say(
                f"{marks[finding.verdict]}  {operator_language.text(finding.what)}"
                + (f"\n      {advice}" if advice else "")
            )
    if as_json:
        terminal.print_json([finding.as_dict(operator_language.language()) for finding in found])
    sys.exit(1 if any(finding.verdict == "fail" for finding in found) else 0)


@click.command("self-test")
@terminal.AS_JSON
@terminal.told
def self_test(as_json: bool) -> None:
    """
    Send one alert through the running system.

    Exit code 1 if a step fails, from the event to the resolution.
    """
    from api.doctor.self_test import walk
    from shared.settings import Settings

    steps = []
    for step in walk(Settings.from_environment()):
        steps.append(step)
        if not as_json:
            name, said = operator_language.text(step.name), operator_language.text(step.said)
            terminal.say(f"{'PASS' if step.passed else 'FAIL'}  {name} ({step.took_ms} ms): {said}")
    if as_json:
        terminal.print_json([step.as_dict(operator_language.language()) for step in steps])
    sys.exit(0 if steps and all(step.passed for step in steps) else 1)


@click.command()
@click.option("--seconds", default=2.0, type=click.FloatRange(0.5, 60), help="Seconds between two updates.")
@click.option("--once", is_flag=True, help="Show the figures once and exit.")
@click.option("--plugins", is_flag=True, help="Include the plugins' newest metrics.")
@terminal.AS_JSON
@terminal.told
def top(seconds: float, once: bool, plugins: bool, as_json: bool) -> None:
    """
    Show the pipeline live; Ctrl-C ends it.

    Events per second, lag, alerts, queues, deliveries and processes.
    """
    from api.read import top as view

    redis, settings = terminal.connected()
    if as_json:
        with terminal.progress("Looking twice"):
            seen = view.look(redis, settings, seconds)
        terminal.print_json(seen.as_dict())
        return
    view.watch(redis, settings, seconds, once=once, with_plugins=plugins)


@click.command()
@click.argument("component", type=click.Choice([process.name or "" for process in PROCESSES]))
@terminal.AS_JSON
@terminal.told
def ready(component: str, as_json: bool) -> None:
    """
    Exit with 0 if a COMPONENT here is ready.

    For health checks of containers.
    """
    import socket

    from shared import process
    from shared.clock import SystemClock

    redis, _ = terminal.connected()
    alive = process.reports(redis, SystemClock().now_ms())
    mine = [r for r in alive if r.component == component and r.host == socket.gethostname()]
    is_ready = any(report.ready for report in mine)
    if as_json:
        terminal.print_json({"component": component, "ready": is_ready, "processes": mine})
    else:
        terminal.say(f"{component}: {'ready' if is_ready else 'not ready' if mine else 'not running'}")
    sys.exit(0 if is_ready else 1)
