"""`python -m producers`: publishes this machine's own metrics."""

import socket
import sys
from contextlib import suppress

from redis import Redis
from redis.exceptions import RedisError

from producers.collect import collect
from producers.connection import ClusterRefused, refuse_cluster
from producers.publisher import Publisher
from producers.source import Source
from producers.sources.host import Host
from producers.sources.process import Processes
from shared import log, operator_language
from shared.clock import SystemClock
from shared.errors import AlertsError, Unavailable
from shared.loops import Stop
from shared.model import reasons
from shared.process import Heartbeat, keep_private
from shared.redis import connection
from shared.settings import Settings


def main() -> int:
    """Run until told to stop. Returns the exit code."""
    try:
        keep_private()
        settings = Settings.from_environment()
        logger = log.set_up_for("producer", settings)
        url = settings.effective_redis_url
        redis = connection.connect(url)
        _refuse_cluster(redis, connection.shown(url))
    except AlertsError as error:
        operator_language.complain(error)
        return 1
    stop = Stop()
    heartbeat = Heartbeat(redis, "producer", logger)
    heartbeat.start()
    host = socket.gethostname()
    sources: list[Source] = [Host(settings.host_plugin_id or f"host-{host}", host, settings.host_interval_seconds)]
    names = [name.strip() for name in settings.watch_processes.split(",") if name.strip()]
    if names:
        sources.append(Processes(names, settings.host_interval_seconds))
    with Publisher(url, max_stream_entries=settings.stream_max_entries) as publisher:
        collect(sources, publisher, SystemClock(), logger, heartbeat, stop)
    heartbeat.stop()
    return 0


def _refuse_cluster(redis: Redis, shown: str) -> None:
    # A server that does not answer may come later; the publisher waits for it.
    with suppress(RedisError):
        try:
            refuse_cluster(redis)
        except ClusterRefused:
            raise Unavailable(reasons.of("redis.cluster", address=shown)) from None


if __name__ == "__main__":
    sys.exit(main())
