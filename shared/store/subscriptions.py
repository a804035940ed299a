"""Browsers that asked for Web Push: their addresses and keys, and the VAPID key they know the product by."""

import base64
import hashlib
import ipaddress
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from msgspec import Struct
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from redis import Redis

from shared import vault
from shared.errors import Conflict, Invalid
from shared.model import principals, reasons
from shared.model.alerts import UNREADABLE
from shared.model.reasons import Reason
from shared.redis import access_keys, delivery_keys

MAX_SUBSCRIPTIONS = 1_000
MAX_OF_ONE = 20
"""Browsers of one person; the one subscribed longest ago makes room. Browsers lose subscriptions without a word."""
_INSIDE = ("localhost", ".localhost", ".local", ".internal", ".lan", ".home.arpa")


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _a_point(text: str) -> str:
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _decoded(text))
    except ValueError:
        raise ValueError(reasons.of("invalid.push_key")) from None
    return text


def _a_secret(text: str) -> str:
    try:
        is_one = len(_decoded(text)) == 16
    except ValueError:
        is_one = False
    if not is_one:
        raise ValueError(reasons.of("invalid.push_secret"))
    return text


def _an_endpoint(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(reasons.of("invalid.https_address"))
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
    owner: str = Field("", max_length=400, description="Set by the API.")
    created_at_ms: int = Field(0, description="Set by the API.")

    @property
    def id(self) -> str:
        return hashlib.sha256(self.endpoint.encode()).hexdigest()[:24]

    @property
    def is_given(self) -> bool:
        """Whether its address came through the API: then it must be public, whatever channels may call."""
        return bool(self.owner or self.user)


class _Owned(Struct):
    """The fields that are read of every subscription at once: quick to decode, and the same in every release."""

    endpoint: str = ""
    user: str = ""
    owner: str = ""
    created_at_ms: int = 0

    def is_of(self, owner: str) -> bool:
        """Tell whose it is. One that an older release stored has a name only, and belongs to the user of that name."""
        return self.owner == owner if self.owner else principals.principal("user", self.user) == owner


def why_not_outside(endpoint: str) -> Reason | None:
    """
    Return why an address from the API cannot be a push service; None if it may be one. Each call checks the addresses
    that its name resolves to (`dispatchers.http`).
    """
    parts = urlsplit(endpoint)
    host = (parts.hostname or "").rstrip(".")
    try:
        is_inside = not ipaddress.ip_address(host).is_global
    except ValueError:
        is_inside = "." not in host or f".{host}".endswith(tuple(f".{name.lstrip('.')}" for name in _INSIDE))
    if is_inside:
        return reasons.of("invalid.push_address")
    return None if parts.scheme == "https" else reasons.of("invalid.https_address")


def save(redis: Redis, subscription: Subscription) -> str:
    """
    Store a subscription; again is no error.

    Returns:
        Its id.

    Raises:
        Invalid: there are too many. Conflict: it belongs to another caller.
    """

    def write(pipe: Any) -> None:
        known = _owned(pipe.hgetall(delivery_keys.push_subscriptions()))
        before = known.pop(subscription.id, None)
        if before is not None and before.owner and before.owner != subscription.owner:
            raise Conflict(reasons.of("conflict.subscription_of_another"))
        mine = sorted((one.created_at_ms, i) for i, one in known.items() if one.is_of(subscription.owner))
        gone = [i for _, i in mine[: max(0, len(mine) + 1 - MAX_OF_ONE)]] if subscription.owner else []
        if len(known) - len(gone) >= MAX_SUBSCRIPTIONS:
            raise Invalid(
                {"endpoint": reasons.of("invalid.subscriptions_full", limit=MAX_SUBSCRIPTIONS)}, "The subscription"
            )
        pipe.multi()
        if gone:
            pipe.hdel(delivery_keys.push_subscriptions(), *gone)
        pipe.hset(delivery_keys.push_subscriptions(), subscription.id, subscription.model_dump_json())

    redis.transaction(write, delivery_keys.push_subscriptions())
    return subscription.id


def delete(redis: Redis, subscription_id: str, *, owner: str | None = None) -> bool:
    """Remove a subscription, that of *owner* only if one is given; returns whether there was one."""

    def write(pipe: Any) -> bool:
        body = pipe.hget(delivery_keys.push_subscriptions(), subscription_id)
        known = _owned({subscription_id.encode(): body} if body is not None else {}).get(subscription_id)
        is_there = known is not None and (owner is None or known.is_of(owner))
        pipe.multi()
        if is_there:
            pipe.hdel(delivery_keys.push_subscriptions(), subscription_id)
        return is_there

    return bool(redis.transaction(write, delivery_keys.push_subscriptions(), value_from_callable=True))


def ids_of(pipe: Any, owner: str) -> list[str]:
    """Return the ids of what *owner* has, in a transaction that watches `delivery_keys.push_subscriptions`."""
    return [i for i, one in _owned(pipe.hgetall(delivery_keys.push_subscriptions())).items() if one.is_of(owner)]


def load_good(redis: Redis) -> list[Subscription]:
    """Return the subscriptions whose owner may still read alerts; removed and disabled users get no messages."""
    found = load_all(redis)
    names, key_ids = (
        sorted({_owner_of(one)[1] for one in found if _owner_of(one)[0] == kind}) for kind in ("user", "key")
    )
    users = dict(zip(names, redis.hmget(access_keys.users(), names), strict=True)) if names else {}
    api_keys = dict(zip(key_ids, redis.hmget(access_keys.api_keys(), key_ids), strict=True)) if key_ids else {}
    now_ms = time.time_ns() // 1_000_000

    def is_good(one: Subscription) -> bool:
        kind, name = _owner_of(one)
        if kind == "user":
            # A name alone may have been that of a link.
            return _may_read(users[name], now_ms) if users[name] is not None else not one.owner
        return kind != "key" or _may_read(api_keys[name], now_ms)

    return [one for one in found if is_good(one)]


def _owner_of(one: Subscription) -> tuple[str, str]:
    return principals.parts(one.owner) if one.owner else ("user" if one.user else "", one.user)


class _Owner(Struct):
    enabled: bool = True
    role: str = ""
    expires_at_ms: int = 0


def _may_read(body: bytes | None, now_ms: int) -> bool:
    if body is None:
        return False
    try:
        owner = msgspec.json.decode(body, type=_Owner)
    except UNREADABLE:
        # An unreadable owner gets no messages; the others do.
        return False
    return owner.enabled and owner.role != "publisher" and not 0 < owner.expires_at_ms <= now_ms


def _owned(stored: Mapping[bytes, bytes]) -> dict[str, _Owned]:
    found = {}
    for field, body in stored.items():
        name = field.decode("utf-8", "surrogateescape")
        found[name] = _Owned()
        with suppress(*UNREADABLE):
            found[name] = msgspec.json.decode(body, type=_Owned)
    return found


def load_all(redis: Redis) -> list[Subscription]:
    """Return every subscription. One that cannot be read is left out: nobody can be told by it."""
    found = []
    for body in redis.hvals(delivery_keys.push_subscriptions()):
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
    redis.set(delivery_keys.push_key(), vault.current().seal(fresh), nx=True)
    key: Any = serialization.load_pem_private_key(vault.current().open(redis.get(delivery_keys.push_key())), None)
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
        stored = pipe.get(delivery_keys.push_key())
        pipe.multi()
        if stored is not None:
            pipe.set(delivery_keys.push_key(), vault.current().seal(vault.current().open(stored)))

    redis.transaction(write, delivery_keys.push_key())
