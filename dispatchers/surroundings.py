"""What a channel may use of the process it runs in (`dispatchers/channel.py`)."""

from dataclasses import dataclass, field, replace
from typing import Any

from redis import Redis

from dispatchers.network import Network
from shared.settings import Settings


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a channel may use."""

    redis: Redis
    """For the channels that live in the product itself (web, dashboard) or keep a list of recipients."""
    public_url: str = ""
    network: Network = field(default_factory=Network)

    @classmethod
    def of(cls, redis: Redis, settings: Settings) -> "Surroundings":
        """Return what the settings of a process say."""
        return cls(redis, settings.effective_public_url, Network.of(settings))

    def for_channel(self, config: Any) -> "Surroundings":
        """Return the same with what a channel's configuration says about its ways out."""
        return replace(self, network=self.network.for_channel(config))

    def for_strangers(self) -> "Surroundings":
        """Return the same for an address that not an administrator, but anybody who signs in may have given."""
        return replace(self, network=self.network.for_strangers())
