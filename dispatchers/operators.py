"""The operators' channels: where alerts of the system about itself go."""

from redis import Redis

from shared.settings import Settings
from shared.store import channel_store


def channels(redis: Redis, settings: Settings, but: str = "") -> list[str]:
    """Return the operators' channels that are configured, without *but*; those in pages need no configuration."""
    wanted = [name for name in settings.operator_channel_names if name != but]
    return [name for name in wanted if name in ("web", "dashboard") or channel_store.load(redis, name)]
