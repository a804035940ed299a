"""Who the bearer of a token or key is; for API and relay alike."""

from redis import Redis

from api import api_keys, identity
from api.identity import Identity


def identify(redis: Redis, text: str) -> Identity | None:
    """Return whom an access token or an API key speaks for; None if it is not good, or not any more."""
    if text.startswith(f"{api_keys.PREFIX}_"):
        return api_keys.identify(redis, text)
    return identity.identify_token(redis, text)
