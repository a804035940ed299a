"""Browsers that asked for Web Push: their addresses and keys, and the VAPID key they know the product by."""

import base64
import hashlib
from typing import Annotated, Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from redis import Redis

from shared import keys, vault
from shared.errors import Invalid

MAX_SUBSCRIPTIONS = 1_000


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _a_point(text: str) -> str:
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _decoded(text))
    except ValueError:
        raise ValueError("must be a P-256 point, base64url") from None
    return text


def _a_secret(text: str) -> str:
    try:
        is_one = len(_decoded(text)) == 16
    except ValueError:
        is_one = False
    if not is_one:
        raise ValueError("must be 16 bytes, base64url")
    return text


def _an_endpoint(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an address that begins with https://")
    return url


class Keys(BaseModel):
    model_config = ConfigDict(extra="ignore")

    p256dh: Annotated[str, Field(max_length=200), AfterValidator(_a_point)]
    auth: Annotated[str, Field(max_length=100), AfterValidator(_a_secret)]


class Subscription(BaseModel):
    """What a browser's `PushSubscription.toJSON()` gives, and whose it is."""

    model_config = ConfigDict(extra="ignore")

    endpoint: Annotated[str, Field(max_length=2_000), AfterValidator(_an_endpoint)]
    keys: Keys
    user: str = Field("", max_length=128, description="Set by the API.")
    created_at_ms: int = Field(0, description="Set by the API.")

    @property
    def id(self) -> str:
        return hashlib.sha256(self.endpoint.encode()).hexdigest()[:24]


def save(redis: Redis, subscription: Subscription) -> str:
    """
    Store a subscription; again is no error.

    Returns:
        Its id.

    Raises:
        Invalid: there are too many.
    """
    is_known = redis.hexists(keys.push_subscriptions(), subscription.id)
    if not is_known and redis.hlen(keys.push_subscriptions()) >= MAX_SUBSCRIPTIONS:
        raise Invalid({"endpoint": f"there are {MAX_SUBSCRIPTIONS} subscriptions already"}, "The subscription")
    redis.hset(keys.push_subscriptions(), subscription.id, subscription.model_dump_json())
    return subscription.id


def delete(redis: Redis, subscription_id: str) -> bool:
    """Remove a subscription; returns whether there was one."""
    return bool(redis.hdel(keys.push_subscriptions(), subscription_id))


def load_all(redis: Redis) -> list[Subscription]:
    """Return every subscription. One that cannot be read is left out: nobody can be told by it."""
    found = []
    for body in redis.hvals(keys.push_subscriptions()):
        try:
            found.append(Subscription.model_validate_json(body))
        except ValidationError:
            continue
    return found


def private_key(redis: Redis) -> ec.EllipticCurvePrivateKey:
    """Return the VAPID key, made at the first call. Another one would end every subscription."""
    fresh = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    redis.set(keys.push_key(), vault.current().seal(fresh), nx=True)
    key: Any = serialization.load_pem_private_key(vault.current().open(redis.get(keys.push_key())), None)
    return key


def public_key(redis: Redis) -> str:
    """Return the VAPID public key as browsers want it (`applicationServerKey`): base64url of the point."""
    return public_of(private_key(redis))


def public_of(key: ec.EllipticCurvePrivateKey) -> str:
    """Return the public key of a VAPID key, base64url of the point."""
    point = key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


def seal_again(redis: Redis) -> None:
    """Seal the key with the newest key of the vault."""

    def write(pipe: Any) -> None:
        # A restore at the same time brings another key, which must not be replaced by the one before.
        stored = pipe.get(keys.push_key())
        pipe.multi()
        if stored is not None:
            pipe.set(keys.push_key(), vault.current().seal(vault.current().open(stored)))

    redis.transaction(write, keys.push_key())
