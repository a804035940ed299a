"""`python -m evaluator`: one evaluator process."""

import sys

from evaluator.worker import Worker
from shared import operator_language, startup
from shared.clock import SystemClock
from shared.errors import AlertsError
from shared.loops import Stop
from shared.process import Heartbeat, unique_name
from shared.redis import connection
from shared.tuning import collect_rarely


def main() -> int:
    """Run until told to stop. Returns the exit code."""
    try:
        settings, logger = startup.begin("evaluator")
        stop = Stop()
        redis = startup.join(settings, logger)
    except AlertsError as error:
        operator_language.complain(error)
        return 1
    heartbeat = Heartbeat(connection.connect(settings.effective_redis_url), "evaluator", logger)
    heartbeat.start()
    collect_rarely()
    Worker(redis, settings, unique_name(), SystemClock(), logger, heartbeat).run(stop)
    heartbeat.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
