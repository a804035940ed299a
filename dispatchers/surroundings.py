"""What a channel may use of the process it runs in (`dispatchers/channel.py`)."""

from dataclasses import dataclass, replace

from redis import Redis

from shared import outbound
from shared.settings import Settings


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a channel may use of the process it runs in."""

    redis: Redis
    """For the channels that live in the product itself (web, dashboard) or keep a list of recipients."""
    allow_private_addresses: bool = False
    public_url: str = ""
    reach: outbound.Policy | None = None
    """Which addresses may be called; None: as `allow_private_addresses` says."""

    @property
    def policy(self) -> outbound.Policy:
        usual = outbound.Policy(is_open=self.allow_private_addresses, is_public=not self.allow_private_addresses)
        return self.reach or usual

    @classmethod
    def of(cls, redis: Redis, settings: Settings) -> "Surroundings":
        """Return what the settings of a process say."""
        is_open = settings.allow_private_addresses
        # Whoever runs the embedded server has everything on one machine.
        here = () if settings.redis_url else (outbound.LOOPBACK,)
        allow, refuse = outbound.parse(settings.outbound_allow), outbound.parse(settings.outbound_refuse)
        policy = outbound.Policy((*allow, *here), refuse, is_open=is_open)
        return cls(redis, is_open, settings.effective_public_url, policy)

    def for_strangers(self) -> "Surroundings":
        """Return the same for an address that not an administrator, but anybody who signs in may have given."""
        return replace(self, allow_private_addresses=False, reach=replace(self.policy, is_public=True, is_open=False))
