"""Commands that start the system or one of its processes."""

import os
import sys
from collections.abc import Sequence

import click


@click.command()
def up() -> None:
    """Start everything on this machine, with an embedded server unless REDIS_URL is set."""
    from api.up import up as run
    from shared.errors import AlertsError
    from shared.settings import Settings

    try:
        settings = Settings.from_environment()
    except AlertsError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    sys.exit(run(settings, click.echo))


def _process(name: str, arguments: Sequence[str], sentence: str) -> click.Command:
    @click.command(name, help=sentence, context_settings={"ignore_unknown_options": True})
    @click.argument("rest", nargs=-1, type=click.UNPROCESSED)
    def start(rest: tuple[str, ...]) -> None:
        os.execv(sys.executable, [sys.executable, "-m", *arguments, *rest])

    return start


PROCESSES = (
    _process("evaluator", ["evaluator"], "Run one evaluator; as many as wanted share the partitions."),
    _process("router", ["dispatchers", "router"], "Run a router; one is active, others stand by."),
    _process("worker", ["dispatchers", "worker"], "Run a dispatch worker. --channels a,b: only these."),
    _process("api", ["api"], "Run the REST API."),
    _process("relay", ["api.live"], "Run the WebSocket relay."),
    _process("producer", ["producers"], "Publish this machine's own metrics."),
)
