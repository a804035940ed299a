"""Who the bearer of a token or key is; for API and relay alike."""

from redis import Redis

from api.auth import access_tokens, api_keys
from api.auth.identity import Identity, Proof


def identify(redis: Redis, text: str) -> Identity | None:
    """Return whom an access token or an API key speaks for; None if it is not good, or not any more."""
    proof = prove(redis, text)
    return proof.identity if proof else None


def prove(redis: Redis, text: str) -> Proof | None:
    """Return whom it speaks for and what that rests on; None as `identify`."""
    if text.startswith(f"{api_keys.PREFIX}_"):
        return api_keys.prove(redis, text)
    return access_tokens.prove(redis, text)
