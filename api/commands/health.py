"""Commands that look at the running system: `doctor`, `self-test` and `top`."""

import sys

import click

from api.commands import terminal
from api.commands.processes import PROCESSES


@click.command()
@terminal.AS_JSON
def doctor(as_json: bool) -> None:
    """Look at every link of the chain, and say what to do about the broken one."""
    from api.doctor import examine

    found = []
    marks = {"ok": "ok  ", "warn": "WARN", "fail": "FAIL"}
    for finding in examine():
        found.append(finding)
        if not as_json:
            click.echo(
                f"{marks[finding.verdict]}  {finding.what}" + (f"\n      {finding.advice}" if finding.advice else "")
            )
    if as_json:
        terminal.print_json([finding.as_dict() for finding in found])
    sys.exit(1 if any(finding.verdict == "fail" for finding in found) else 0)


@click.command("self-test")
@terminal.AS_JSON
@terminal.told
def self_test(as_json: bool) -> None:
    """Send one alert through the running system, from event to resolution; exit code 1 if a step fails."""
    from api.self_test import walk
    from shared.settings import Settings

    steps = []
    for step in walk(Settings.from_environment()):
        steps.append(step)
        if not as_json:
            click.echo(f"{'PASS' if step.passed else 'FAIL'}  {step.name} ({step.took_ms} ms): {step.said}")
    if as_json:
        terminal.print_json([step.as_dict() for step in steps])
    sys.exit(0 if steps and all(step.passed for step in steps) else 1)


@click.command()
@click.option("--seconds", default=2.0, type=click.FloatRange(0.5, 60), help="Between two looks.")
@click.option("--once", is_flag=True, help="Look once and end.")
@click.option("--plugins", is_flag=True, help="The plugins' newest metrics too.")
@terminal.AS_JSON
@terminal.told
def top(seconds: float, once: bool, plugins: bool, as_json: bool) -> None:
    """Watch the pipeline live: events a second, lag, alerts, queues, deliveries, processes. Ctrl-C ends it."""
    from api import top as view

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
    """Exit with 0 if a COMPONENT on this machine does its job now: for health checks of containers."""
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
        click.echo(f"{component}: {'ready' if is_ready else 'not ready' if mine else 'not running'}")
    sys.exit(0 if is_ready else 1)
