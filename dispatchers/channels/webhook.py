"""`webhook`: one POST of JSON, signed, to an address of the operator's."""

import hashlib
import hmac
import time
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from dispatchers import http
from dispatchers.channel import ChannelConfig, News, Notification, Receipt, Surroundings
from shared.models import encode

TELLS: frozenset[News] = frozenset(("firing", "acknowledged", "resolved"))
GROUPS = True
SIGNATURE_HEADER = "X-Enhanced-Alerts-Signature"
SHOWN_CHARS = 200


def _an_address(url: SecretStr) -> SecretStr:
    parts = urlsplit(url.get_secret_value())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an address that begins with http:// or https://")
    return url


class Config(ChannelConfig):
    """Where to, and the secret both sides know."""

    url: Annotated[SecretStr, AfterValidator(_an_address)] = Field(
        description="Kept secret: addresses often hold a key."
    )
    secret: SecretStr = Field(SecretStr(""), description="If set, each request is signed with it (HMAC-SHA256).")


def send(notification: Notification, config: Any, around: Surroundings) -> Receipt:
    """
    POST the notification.

    Raises:
        DeliveryError: as `http.post` judges.
    """
    now_s = int(time.time())
    body = encode(payload(notification))
    headers = {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": idempotency_key(notification)}
    if secret := config.secret.get_secret_value():
        headers[SIGNATURE_HEADER] = signature(secret, now_s, body)
    answer = http.post(config.url.get_secret_value(), around, body=body, headers=headers)
    said = " ".join(answer.body.split())[:SHOWN_CHARS]
    return Receipt(answer=f"{answer.status} {said}".strip())


def payload(notification: Notification) -> dict[str, Any]:
    """Return the document that is sent; `alerts` holds each alert's record with its `news` and `link`."""
    return {
        "version": 1,
        "channel": notification.channel,
        "test": notification.test,
        "title": notification.title,
        "text": notification.text,
        "alerts": [{"news": item.news, "link": item.link, "alert": item.alert} for item in notification.items],
    }


def signature(secret: str, at_s: int, body: bytes) -> str:
    """Return `t=<unix seconds>,v1=<hex>`: the HMAC-SHA256 of `<t>.<body>`; the time guards against replays."""
    mac = hmac.new(secret.encode(), f"{at_s}.".encode() + body, hashlib.sha256)
    return f"t={at_s},v1={mac.hexdigest()}"


def idempotency_key(notification: Notification) -> str:
    """Return a key that is the same whenever the same news is sent again, so that a receiver can drop repeats."""
    told = "|".join(f"{i.alert.id}:{i.news}:{i.alert.episode}" for i in notification.items)
    return hashlib.sha256(told.encode()).hexdigest()[:32]
