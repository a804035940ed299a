"""The operators' channels: where alerts of the system about itself go."""

from redis import Redis

from dispatchers import channel
from shared.errors import ConfigurationError
from shared.model import reasons
from shared.settings import Settings
from shared.store import channel_store


def channels(redis: Redis, settings: Settings, but: str = "") -> list[str]:
    """Return the operators' channels that are configured, without *but*; those in pages need no configuration."""
    wanted = [name for name in settings.operator_channel_names if name != but]
    return [name for name in wanted if name in ("web", "dashboard") or channel_store.load(redis, name)]


def check(settings: Settings) -> None:
    """
    Raises:
        ConfigurationError: a setting names a channel of a kind that does not exist; it would notify nobody.
    """
    for setting, given in (
        ("OPERATOR_CHANNELS", settings.operator_channel_names),
        ("EXTERNAL_CHANNELS", settings.external_channel_names),
    ):
        if unknown := [name for name in given if channel.find(name) is None]:
            names = {"channels": unknown, "kinds": list(channel.catalogue())}
            raise ConfigurationError(reasons.of("setting.no_channel", setting=setting, **names))
