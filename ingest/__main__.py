"""`python -m ingest`: the doors for foreign metrics, under gunicorn on INGEST_PORT."""

import sys
from contextlib import suppress
from typing import Any

from redis.exceptions import RedisError

from api.web.http_worker import threaded_options
from api.web.serving import Accepting, Server, check_port_is_free
from ingest.doors import Doors
from ingest.format import MAX_BODY_BYTES
from ingest.reporting import REPORT_S, Reporting
from ingest.scrape.scraper import Scraper
from ingest.sources import FOLLOW_S, Sources
from ingest.statsd import Listener
from shared import log, operator_language, startup
from shared.addresses import authority
from shared.errors import AlertsError, ConfigurationError
from shared.loops import Loop, Stop
from shared.process import Heartbeat
from shared.redis import connection
from shared.settings import Settings

THREADS = 4
"""Decoding holds the interpreter's lock; more threads only wait for Redis at the same time."""


def main() -> int:
    """Serve until told to stop. Returns the exit code."""
    try:
        settings, logger = startup.begin("ingest")
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
        worker_exit=_end,
    ).run()
    return 0


_heartbeat: Heartbeat | None = None
_listener: Listener | None = None
_scraper: Scraper | None = None
_stop = Stop(install_handlers=False)


def _app(settings: Settings) -> Any:
    global _heartbeat, _listener, _scraper
    logger = log.set_up_for("ingest", settings)
    heartbeat = _heartbeat = Heartbeat(connection.connect(settings.effective_redis_url), "ingest", logger)
    heartbeat.start()
    redis = connection.connect(settings.effective_redis_url, retries=1)
    sources = Sources(redis, logger, settings.ingest_max_series)
    with suppress(RedisError, ConfigurationError):
        # Until the mapping has been read, requests are answered with 503.
        sources.follow()
    reporting = Reporting(settings, redis, sources, heartbeat)
    for loop in (
        Loop("mapping", sources.follow, logger, every_s=FOLLOW_S),
        Loop("reporting", reporting.step, logger, every_s=REPORT_S),
    ):
        loop.start()
        heartbeat.follow(loop)
    if settings.statsd_port:
        _listener = Listener(settings, redis, logger, sources.of_statsd, sources.renames.note)
        sources.seen_of_statsd = _listener.seen
        for loop in _listener.start(_stop):
            heartbeat.follow(loop)
    _scraper = Scraper(settings, redis, sources, heartbeat, logger)
    for loop in _scraper.start(_stop):
        heartbeat.follow(loop)
    # A client that waits for it sends at once; a datagram to a port that is not bound yet would be lost.
    heartbeat.mark_ready()
    return Doors(settings, redis, logger, sources)


def _follow(worker: Any) -> None:
    if _heartbeat is not None:
        _heartbeat.follow(Accepting(worker))


def _end(_server: Any, _worker: Any) -> None:
    if _scraper is not None:
        _scraper.close(_stop)
    if _listener is not None:
        _listener.close(_stop)


if __name__ == "__main__":
    sys.exit(main())
