"""`python -m ingest`: the doors for foreign metrics, under gunicorn on INGEST_PORT."""

import sys
from typing import Any

from api.web.http_worker import threaded_options
from api.web.serving import Accepting, Server, check_port_is_free
from ingest.doors import Doors
from ingest.format import MAX_BODY_BYTES
from ingest.statsd import Listener
from shared import crash_points, log, operator_language, startup, variables
from shared.addresses import authority
from shared.errors import AlertsError
from shared.loops import Stop
from shared.process import Heartbeat, keep_private
from shared.redis import connection
from shared.settings import Settings

THREADS = 4
"""Decoding holds the interpreter's lock; more threads only wait for Redis at the same time."""


def main() -> int:
    """Serve until told to stop. Returns the exit code."""
    try:
        keep_private()
        crash_points.arm()
        settings = Settings.from_environment()
        logger = log.set_up_for("ingest", settings)
        variables.warn(logger)
        startup.join(settings, logger).close()
        check_port_is_free(settings.ingest_host, settings.ingest_port, "INGEST_PORT")
    except AlertsError as error:
        operator_language.complain(error)
        return 1
    Server(
        lambda: _app(settings),
        bind=authority(settings.ingest_host, settings.ingest_port),
        **threaded_options(settings, MAX_BODY_BYTES),
        threads=THREADS,
        keepalive=60,  # Prometheus keeps its connections between two requests 5 s apart, an exporter 60 s.
        post_worker_init=_follow,
    ).run()
    return 0


_heartbeat: Heartbeat | None = None


def _app(settings: Settings) -> Any:
    global _heartbeat
    logger = log.set_up_for("ingest", settings)
    heartbeat = _heartbeat = Heartbeat(connection.connect(settings.effective_redis_url), "ingest", logger)
    heartbeat.start()
    heartbeat.mark_ready()
    redis = connection.connect(settings.effective_redis_url, retries=1)
    if settings.statsd_port:
        for loop in Listener(settings, redis, logger).start(Stop(install_handlers=False)):
            heartbeat.follow(loop)
    return Doors(settings, redis, logger)


def _follow(worker: Any) -> None:
    if _heartbeat is not None:
        _heartbeat.follow(Accepting(worker))


if __name__ == "__main__":
    sys.exit(main())
