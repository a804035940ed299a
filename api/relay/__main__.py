"""`python -m api.relay`: the relay, flask-sock under gunicorn with gevent on its own port."""

if __name__ == "__main__":
    # Before anything else is imported: what was imported first would keep its blocking sockets and threads.
    from gevent import monkey

    monkey.patch_all()

import resource
import sys
from typing import Any

from flask import Flask

from api.relay.hub import Hub
from api.relay.live import create_live
from api.web.relay_worker import relay_worker
from api.web.serving import Accepting, Server, check_port_is_free, tls_options
from shared import log, operator_language, startup
from shared.addresses import authority
from shared.errors import AlertsError
from shared.log import Logger
from shared.loops import Loop, Stop
from shared.process import Heartbeat
from shared.redis import connection
from shared.settings import Settings
from shared.tuning import yield_to_deciders

MAX_CLIENTS = 10_000


def main() -> int:
    """Serve until told to stop. Returns the exit code."""
    try:
        settings, logger = startup.begin("relay")
        startup.reach_redis(settings, logger).close()
        check_port_is_free(settings.relay_host, settings.relay_port, "RELAY_PORT")
    except AlertsError as error:
        operator_language.complain(error)
        return 1
    _allow_many_sockets()
    yield_to_deciders()
    Server(
        lambda: _app(settings),
        bind=authority(settings.relay_host, settings.relay_port),
        worker_class=relay_worker(settings),
        worker_connections=MAX_CLIENTS,
        graceful_timeout=4,
        timeout=60,
        **tls_options(settings),
        post_worker_init=_watch_for_the_end,
    ).run()
    return 0


_hub: Hub | None = None
_heartbeat: Heartbeat | None = None


def _app(settings: Settings) -> Flask:
    global _hub, _heartbeat
    logger = log.set_up_for("relay", settings)
    heartbeat = _heartbeat = Heartbeat(connection.connect(settings.effective_redis_url), "relay", logger)
    # The reader waits in one connection; tickets and replays use others.
    _hub = Hub(connection.connect(settings.effective_redis_url), logger, heartbeat)
    _hub.start()
    heartbeat.start()
    heartbeat.mark_ready()
    return create_live(settings, connection.connect(settings.effective_redis_url, retries=1), _hub, logger)


def _watch_for_the_end(worker: Any) -> None:
    over = Stop(install_handlers=False)

    def watch() -> None:
        if not worker.alive and not over:
            over.set()
            if _hub is not None:
                _hub.stop()

    loop = Loop("end", watch, Logger("relay"), every_s=0.2)
    loop.start(over)
    if _heartbeat is not None:
        _heartbeat.follow(Accepting(worker))
        _heartbeat.follow(loop)


def _allow_many_sockets() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_CLIENTS + 200
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard) if hard > 0 else wanted, hard))


if __name__ == "__main__":
    sys.exit(main())
