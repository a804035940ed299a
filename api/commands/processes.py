"""Commands that start the system or one of its processes."""

import importlib.util
import os
import sys
from collections.abc import Sequence

import click

from api.commands import terminal
from api.console import without_server


@click.command()
@terminal.told
def up() -> None:
    """
    Start all components on this machine.

    Without REDIS_URL an embedded server is started too.
    """
    from api.supervise.up import up as run
    from shared.settings import Settings

    sys.exit(run(Settings.from_environment(), terminal.say))


def run_module(arguments: Sequence[str]) -> None:
    """Become the process of a module, given with its arguments."""
    if importlib.util.find_spec("rq") is None:
        terminal.say(without_server("rq"), err=True)
        sys.exit(1)
    os.execv(sys.executable, [sys.executable, "-m", *arguments])


def _process(name: str, arguments: Sequence[str], sentence: str) -> click.Command:
    @click.command(name, help=sentence)
    def start() -> None:
        run_module(arguments)

    return start


@click.command()
@click.option("--channels", default="", metavar="A,B", help="Only these channels; default: all.")
def worker(channels: str) -> None:
    """Run a dispatch worker. --channels a,b: only these."""
    run_module(["dispatchers", "worker", *(["--channels", channels] if channels else [])])


PROCESSES = (
    _process("evaluator", ["evaluator"], "Run one evaluator; as many as wanted share the partitions."),
    _process("router", ["dispatchers", "router"], "Run a router; one is active, others stand by."),
    worker,
    _process("recorder", ["archive"], "Record what the pipeline sees and does in the archive."),
    _process("api", ["api"], "Run the REST API."),
    _process("relay", ["api.relay"], "Run the WebSocket relay."),
    _process("producer", ["producers"], "Publish this machine's own metrics."),
)
