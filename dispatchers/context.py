"""What a worker process gives its jobs."""

from dataclasses import dataclass

from redis import Redis

from dispatchers.renewal import Renewer
from dispatchers.surroundings import Surroundings
from shared.clock import Clock
from shared.log import Logger
from shared.model.alerts import Alert
from shared.process import Heartbeat
from shared.settings import Settings
from shared.store.parking import Parking


@dataclass
class Context:
    """Made once a process, before its first job."""

    redis: Redis
    settings: Settings
    log: Logger
    heartbeat: Heartbeat
    clock: Clock

    def __post_init__(self) -> None:
        self.parking = Parking(self.redis, self.log, self.heartbeat.counters)
        self.renewer = Renewer(self.log, self.heartbeat)

    def surroundings(self) -> Surroundings:
        """Return what a channel may use of this process."""
        return Surroundings.of(self.redis, self.settings)

    def link(self, alert: Alert) -> str:
        """Return the address of an alert on the board."""
        return f"{self.settings.effective_public_url}/alerts/{alert.id}"
