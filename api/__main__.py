"""`python -m api`: the REST API under gunicorn."""

import sys
from typing import Any

from api.app import create_app
from api.limits import body_check
from api.web.http_worker import threaded_options
from api.web.serving import Accepting, Server, check_port_is_free
from shared import log, operator_language, startup
from shared.addresses import authority
from shared.errors import AlertsError
from shared.process import Heartbeat
from shared.redis import connection
from shared.settings import Settings
from shared.store import channel_store

THREADS = 16
"""Requests at once; each waits for Redis most of its time."""

SWITCH_S = 0.002
"""
How long a request that computes keeps others waiting that have their answer of Redis (the trial: docs/performance.md).
"""


def main() -> int:
    """Serve until told to stop. Returns the exit code."""
    try:
        settings, logger = startup.begin("api", lambda _: channel_store.check_environment())
        startup.join(settings, logger).close()
        check_port_is_free(settings.api_host, settings.api_port, "API_PORT")
    except AlertsError as error:
        operator_language.complain(error)
        return 1
    Server(
        lambda: _app(settings),
        bind=authority(settings.api_host, settings.api_port),
        **threaded_options(settings, body_check.MAX_BYTES),
        threads=THREADS,
        keepalive=15,
        limit_request_line=8_190,  # gunicorn's most: a page's filters all stand in its address
        post_worker_init=_follow,
    ).run()
    return 0


_heartbeat: Heartbeat | None = None


def _app(settings: Settings) -> Any:
    sys.setswitchinterval(SWITCH_S)
    global _heartbeat
    logger = log.set_up_for("api", settings)
    heartbeat = _heartbeat = Heartbeat(connection.connect(settings.effective_redis_url), "api", logger)
    heartbeat.start()
    heartbeat.mark_ready()
    redis = connection.connect(settings.effective_redis_url, retries=1)
    return create_app(settings, redis, logger)


def _follow(worker: Any) -> None:
    if _heartbeat is not None:
        _heartbeat.follow(Accepting(worker))


if __name__ == "__main__":
    sys.exit(main())
