"""`python -m evaluator`: one evaluator process."""

import os
import secrets
import socket
import sys

from evaluator.worker import Worker
from shared import crash_points, log, operator_language, startup, variables
from shared.clock import SystemClock
from shared.errors import AlertsError
from shared.loops import Stop
from shared.process import Heartbeat, keep_private
from shared.redis import connection
from shared.settings import Settings
from shared.tuning import collect_rarely


def main() -> int:
    """Run until told to stop. Returns the exit code."""
    try:
        keep_private()
        crash_points.arm()
        settings = Settings.from_environment()
        logger = log.set_up_for("evaluator", settings)
        variables.warn(logger)
        stop = Stop()
        redis = startup.join(settings, logger)
    except AlertsError as error:
        operator_language.complain(error)
        return 1
    heartbeat = Heartbeat(connection.connect(settings.effective_redis_url), "evaluator", logger)
    heartbeat.start()
    collect_rarely()
    name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
    Worker(redis, settings, name, SystemClock(), logger, heartbeat).run(stop)
    heartbeat.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
