"""`python -m producers`: publishes this machine's own metrics."""

import socket
import sys

from redis import Redis
from redis.exceptions import RedisError

from producers.collect import collect
from producers.connection import ClusterRefused, refuse_cluster
from producers.publisher import Publisher
from producers.source import Source
from producers.sources.host import Host
from producers.sources.process import Processes
from shared import log
from shared.clock import SystemClock
from shared.errors import AlertsError
from shared.loops import Stop
from shared.model import printable
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
        if not _may_use(redis, connection.shown(url)):
            return 1
    except AlertsError as error:
        print(printable.lines(str(error)), file=sys.stderr)
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


def _may_use(redis: Redis, shown: str) -> bool:
    try:
        refuse_cluster(redis)
    except ClusterRefused as error:
        print(f"Redis at {shown} cannot be used: {error}.", file=sys.stderr)
        return False
    except RedisError:
        return True  # It may come later; the publisher waits for it.
    return True


if __name__ == "__main__":
    sys.exit(main())
