"""What the views of one process share."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from flask import Response, current_app
from redis import Redis

from api.auth.traces import Traces
from api.limits.proof_cache import Proofs
from shared.log import Logger
from shared.settings import Settings


class OwnConnection(threading.local):
    """Each thread's own connection to Redis, for what every request asks: it is not lent out, nor looked after."""

    _redis: Redis | None = None

    def __init__(self, lender: Redis) -> None:
        self._lender = lender

    @property
    def redis(self) -> Redis:
        """Made at the thread's first need, so that an app can be made while there is no server."""
        if self._redis is None:
            self._redis = Redis(connection_pool=self._lender.connection_pool, single_connection_client=True)
        return self._redis


@dataclass(frozen=True, slots=True)
class Services:
    """Given to the app by its factory."""

    redis: Redis
    settings: Settings
    log: Logger
    sign_in_page: Callable[[], Response]
    """The page for a caller who is not signed in."""
    own: OwnConnection
    traces: Traces
    """Of what was refused."""
    proofs: Proofs = field(default_factory=Proofs)


def services() -> Services:
    """Return them, within a request."""
    return current_app.extensions["enhanced_alerts"]
