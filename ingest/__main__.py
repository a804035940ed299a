"""`python -m ingest`: the doors for foreign metrics, under gunicorn on INGEST_PORT."""

import os
import sys
from typing import Any

from api.web.http_worker import http_worker
from api.web.serving import Accepting, Server, check_port_is_free, tls_options
from ingest.doors import Doors
from ingest.format import MAX_BODY_BYTES
from ingest.statsd import Listener
from shared import crash_points, log, variables
from shared.addresses import authority
from shared.errors import AlertsError
from shared.loops import Stop
from shared.model import printable
from shared.process import Heartbeat, keep_private
from shared.redis import connection
from shared.settings import Settings
from shared.store import schema

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
        redis = connection.connect(settings.effective_redis_url)
        connection.check(redis, settings.effective_redis_url)
        if risk := connection.risk(redis):
            logger.warning("redis.risk", reason=risk)
        schema.agree(redis)
        connection.agree_on_partitions(redis, settings.partitions)
        redis.close()
        check_port_is_free(settings.ingest_host, settings.ingest_port, "INGEST_PORT")
    except AlertsError as error:
        print(printable.lines(str(error)), file=sys.stderr)
        return 1
    Server(
        lambda: _app(settings),
        bind=authority(settings.ingest_host, settings.ingest_port),
        worker_class=http_worker(settings, MAX_BODY_BYTES),
        workers=1,
        threads=THREADS,
        graceful_timeout=8,
        timeout=120,
        keepalive=60,  # Prometheus keeps its connections between two requests 5 s apart, an exporter 60 s.
        sendfile=False,
        loglevel="warning",
        errorlog=os.devnull if os.environ.get("LOG_TO_FILE") == "1" else "-",
        control_socket_disable=True,
        **tls_options(settings),
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
    redis = connection.connect(settings.effective_redis_url, retries=1, for_threads=True)
    if settings.statsd_port:
        for loop in Listener(settings, redis, logger).start(Stop(install_handlers=False)):
            heartbeat.follow(loop)
    return Doors(settings, redis, logger)


def _follow(worker: Any) -> None:
    if _heartbeat is not None:
        _heartbeat.follow(Accepting(worker))


if __name__ == "__main__":
    sys.exit(main())
