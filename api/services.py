"""What the views of one process share."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from flask import Response, current_app
from redis import Redis

from api.admission import Proofs
from shared.log import Logger
from shared.settings import Settings


class OwnConnection(threading.local):
    """Each thread's own connection to Redis, for what every request asks: it is not lent out, nor looked after."""

    def __init__(self, redis: Redis) -> None:
        self.redis = Redis(connection_pool=redis.connection_pool, single_connection_client=True)


@dataclass(frozen=True, slots=True)
class Services:
    """Given to the app by its factory."""

    redis: Redis
    settings: Settings
    log: Logger
    sign_in_page: Callable[[], Response]
    """The page for somebody who is not signed in."""
    own: OwnConnection
    proofs: Proofs = field(default_factory=Proofs)


def services() -> Services:
    """Return them, within a request."""
    return current_app.extensions["enhanced_alerts"]
