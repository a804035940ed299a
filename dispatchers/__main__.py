"""`python -m dispatchers router` and `python -m dispatchers worker [--channels a,b]`."""

import argparse
import os
import secrets
import socket
import sys

from dispatchers import channel as channels
from dispatchers import operators
from dispatchers.router import Router
from dispatchers.worker import Parent
from shared import crash_points, log, operator_language, startup, variables
from shared.clock import SystemClock
from shared.errors import AlertsError
from shared.loops import Stop
from shared.process import Heartbeat, keep_private
from shared.redis import connection
from shared.settings import Settings
from shared.store import channel_store
from shared.tuning import collect_rarely


def main() -> int:
    """Run until told to stop. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m dispatchers", description="Route transitions, or deliver them.")
    parser.add_argument("role", choices=("router", "worker"))
    parser.add_argument(
        "--channels", default="", help="only these channels, separated by commas; default: every channel there is"
    )
    arguments = parser.parse_args()
    wanted = [name.strip() for name in arguments.channels.split(",") if name.strip()]
    if unknown := [name for name in wanted if channels.find(name) is None]:
        parser.error(f"there is no channel {', '.join(unknown)}; choose from {', '.join(channels.catalogue())}")
    try:
        keep_private()
        crash_points.arm()
        settings = Settings.from_environment()
        channel_store.check_environment()
        operators.check(settings)
        logger = log.set_up_for(arguments.role, settings)
        variables.warn(logger)
        stop = Stop()
        redis = startup.join(settings, logger)
    except AlertsError as error:
        operator_language.complain(error)
        return 1
    heartbeat = Heartbeat(connection.connect(settings.effective_redis_url), arguments.role)
    if arguments.role == "worker":
        Parent(redis, settings, wanted, logger, heartbeat).run(stop)
    else:
        heartbeat.start()
        collect_rarely()
        name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        Router(redis, settings, name, SystemClock(), logger, heartbeat).run(stop)
    heartbeat.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
