"""`python -m dispatchers router` and `python -m dispatchers worker [--channels a,b]`."""

import argparse
import sys

from dispatchers import channel as channels
from dispatchers import operators
from dispatchers.router import Router
from dispatchers.worker import Parent
from shared import operator_language, startup
from shared.clock import SystemClock
from shared.errors import AlertsError
from shared.loops import Stop
from shared.process import Heartbeat, unique_name
from shared.redis import connection
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
        settings, logger = startup.begin(arguments.role, lambda _: channel_store.check_environment(), operators.check)
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
        Router(redis, settings, unique_name(), SystemClock(), logger, heartbeat).run(stop)
    heartbeat.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
