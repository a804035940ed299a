"""A router in a thread of the test, and the board it writes."""

import threading

from redis import Redis

from dispatchers.router import Router
from shared.clock import SystemClock
from shared.log import Logger
from shared.loops import Stop
from shared.model import lifecycle
from shared.model.alerts import Alert, TimelineEntry
from shared.process import Heartbeat
from shared.redis import connection, keys
from shared.settings import Settings
from shared.store import alert_store
from tests.support.delivery import a_transition

SETTINGS = Settings(group_seconds=0, partitions=4)


class RunningRouter:
    """A router in a thread of the test."""

    def __init__(self, url: str) -> None:
        self.redis = connection.connect(url)
        self.heartbeat = Heartbeat(self.redis, "router")
        self._stop = Stop(install_handlers=False)
        self.router = Router(self.redis, SETTINGS, "of-the-test", SystemClock(), Logger("router"), self.heartbeat)
        self._thread = threading.Thread(target=self.router.run, args=(self._stop,), daemon=True)

    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def __enter__(self) -> "RunningRouter":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(timeout=20)
        assert not self._thread.is_alive()
        self.redis.close()


def routed(redis: Redis, partition: int = 0) -> bool:
    """Whether the router has gone past all that is in an outbox."""
    newest = redis.xrevrange(keys.outbox(partition), count=1)
    cursor = redis.hget(keys.router_cursors(), str(partition))
    return bool(newest) and cursor == newest[0][0]


def board(redis: Redis) -> list[str]:
    return sorted(alert.id for alert in alert_store.active(redis))


def stored(redis: Redis, *alerts: Alert) -> None:
    for alert in alerts:
        with redis.pipeline() as pipe:
            alert_store.stage(pipe, None, alert, TimelineEntry(at_ms=1, kind="firing"), 10**9)
            pipe.execute()


def fired(n: int = 0, **fields: object) -> Alert:
    alert = lifecycle.apply(None, a_transition("firing", n, channels=["web"], **fields))
    assert alert is not None
    return alert
