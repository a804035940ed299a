"""`python -m archive`: one recorder process."""

import sys
from functools import partial

from archive import opening
from archive.recorder import Recorder
from shared import operator_language, startup, tuning
from shared.clock import SystemClock
from shared.errors import AlertsError
from shared.loops import Stop
from shared.process import Heartbeat, unique_name
from shared.redis import connection

SWITCHED_OFF = "switched_off"
"""Of the heartbeat: the setting that keeps this process from recording."""


def main() -> int:
    """Run until told to stop. Returns the exit code."""
    try:
        settings, logger = startup.begin("recorder")
        stop = Stop()
        redis = startup.join(settings, logger)
    except AlertsError as error:
        operator_language.complain(error)
        return 1
    heartbeat = Heartbeat(connection.connect(settings.effective_redis_url), "recorder", logger)
    heartbeat.start()
    if not settings.archive:
        _stand_by(heartbeat, stop)
        return 0
    # Evaluators and the router go first, and so do those who deliver: nothing waits for the archive.
    tuning.yield_to_deciders()
    opened = partial(opening.open_archive, opening.place_of(settings))
    Recorder(redis, settings, opened, unique_name(), SystemClock(), logger, heartbeat).run(stop)
    heartbeat.stop()
    return 0


def _stand_by(heartbeat: Heartbeat, stop: Stop) -> None:
    """Record nothing and report that: a process that ended would be started again and again by what watches over it."""
    heartbeat.detail[SWITCHED_OFF] = "ARCHIVE"
    heartbeat.mark_ready()
    while not stop.wait(3_600):
        pass
    heartbeat.stop()


if __name__ == "__main__":
    sys.exit(main())
