"""`push`: Web Push to every browser that subscribed (RFC 8030, 8291, 8292); dead subscriptions are removed."""

import base64
import hashlib
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import jwt
from pydantic import Field
from pywebpush import WebPusher

from dispatchers import answers, http, recipients, truncate
from dispatchers.channel import DeliveryError, Notification, Receipt, Traits
from dispatchers.channel_config import HttpConfig
from dispatchers.masking import parts_of, reason_without
from dispatchers.surroundings import Surroundings
from shared.model import reasons
from shared.model.encoding import encode
from shared.store import subscriptions
from shared.store.subscriptions import Subscription

TRAITS = Traits(tells=frozenset(("firing", "resolved")), at_once=2_000, idempotent=True)
MAX_PLAIN_BYTES = 2_600
"""A record holds 3,993, but a bridge may cap the encrypted body at 2,744."""
MAX_TITLE_BYTES = 600
KEEP_S = 86_400
"""How long the push service keeps it for a device that is away."""
TOKEN_S = 12 * 3_600
"""A VAPID token may live for 24 h (RFC 8292, 2)."""
URGENT = ("error", "critical", "emergency")


class Config(HttpConfig):
    """Nothing is required: browsers subscribe on the dashboard."""

    subject: str = Field(
        "",
        max_length=200,
        pattern=r"^((mailto:|https://)\S+)?$",
        description="Whom push services may turn to, mailto: or https:; default: PUBLIC_URL.",
    )


def send(notification: Notification, config: Any, around: Surroundings) -> Receipt:
    """
    Push to every subscription that has not had it.

    Raises:
        DeliveryError: some push service shall be tried again; or none took it.
    """
    known = {subscription.id: subscription for subscription in subscriptions.load_good(around.redis)}
    if not known:
        return Receipt(answer=reasons.of("delivery.no_browser"))
    key = subscriptions.private_key(around.redis)
    round_ = recipients.Round(around.redis, notification, in_turns(list(known.values())))
    hosts: Counter[str] = Counter()
    gone = 0
    for one, part, found in round_.called(lambda one, part: _push(known[one], part, key, config, around)):
        if isinstance(found, Exception):
            round_.refused([one], part, _judged(known[one], found))
        elif found:
            host = urlsplit(known[one].endpoint).hostname or ""
            hosts[host] += 1
            round_.had([one], part, host)
        else:
            gone += 1
            subscriptions.delete(around.redis, one)
    receipt = round_.outcome(reasons.of("delivery.no_browser_left" if gone else "delivery.every_browser_had_it"))
    answer = reasons.of("delivery.answer", answer=_counted(hosts)) if hosts else receipt.why
    if gone:
        answer = reasons.of("delivery.subscriptions_removed", answer=answer, removed=gone)
    return replace(receipt, answer=answer)


def in_turns(known: Sequence[Subscription]) -> list[str]:
    """Return the ids in the order of calls, each owner in its turn: many browsers of one must not hold up another's."""
    calls: Counter[str] = Counter()
    turns = []
    for one in sorted(known, key=lambda one: one.id):
        owner = one.owner or one.user or one.id
        turns.append((calls[owner], one.id))
        calls[owner] += 1
    return [name for _, name in sorted(turns)]


def _judged(subscription: Subscription, error: Exception) -> DeliveryError:
    if not isinstance(error, DeliveryError):
        # A bug that this browser's data triggers: the other browsers are still notified.
        why = reasons.of("delivery.browser_failed", error=type(error).__name__)
        return DeliveryError("permanent", why, cause="message")
    # A subscription's address lets anybody push to that browser.
    error.why = reason_without(error.why, [text for text in parts_of(subscription.endpoint) if text])
    return error


def _counted(hosts: Counter[str]) -> str:
    counts = (f"{host} × {count}" if count > 1 else host for host, count in hosts.items())
    return "; ".join(counts)[: recipients.SHOWN_CHARS]


def payload(notification: Notification) -> bytes:
    """Return the JSON the service worker shows; `tag` makes the news of one alert replace each other."""
    found = {
        "title": truncate.cut(notification.title, MAX_TITLE_BYTES, _json_bytes),
        "link": notification.link,
        "tag": topic(notification),
        "severity": notification.items[0].alert.severity,
        "news": notification.items[0].news,
        "test": notification.test,
        "body": "",
    }
    left = MAX_PLAIN_BYTES - len(encode(found))
    return encode({**found, "body": truncate.cut(notification.body.strip(), max(left, 3), _json_bytes)})


def topic(notification: Notification) -> str:
    """Return the topic: a newer message about the same alert replaces one not delivered yet (RFC 8030, 5.4)."""
    # Of several alerts only news about the very same ones may take the place: it says what the older one said.
    about = "|".join(sorted({item.alert.id for item in notification.items}))
    return base64.urlsafe_b64encode(hashlib.sha256(about.encode()).digest()[:18]).decode()


def _json_bytes(plain: str) -> int:
    return len(encode(plain)) - 2


def _push(subscription: Subscription, part: Notification, key: Any, config: Config, around: Surroundings) -> bool:
    """Push to one browser; returns False if it has unsubscribed."""
    # A viewer chooses this address, so it must not lead into the private network.
    around = around.for_strangers()
    encrypted = WebPusher(subscription.model_dump(include={"endpoint", "keys"})).encode(payload(part))["body"]
    is_urgent = any(i.news == "firing" and i.alert.severity in URGENT for i in part.items)
    answer = http.request(
        "POST",
        subscription.endpoint,
        around,
        body=encrypted,
        headers={
            "Content-Type": "application/octet-stream",
            "Content-Encoding": "aes128gcm",
            "TTL": str(KEEP_S),
            "Topic": topic(part),
            "Urgency": "high" if is_urgent else "normal",
            "Authorization": _vapid(subscription.endpoint, key, config, around),
        },
        judge=_judge,
    )
    return answer.status not in GONE_STATUSES


GONE_STATUSES = (404, 410)


def _judge(host: str, answer: answers.Answer) -> DeliveryError | None:
    return None if answer.status in GONE_STATUSES else answers.judge_status(host, answer)


def _vapid(endpoint: str, key: Any, config: Config, around: Surroundings) -> str:
    parts = urlsplit(endpoint)
    subject = config.subject or (around.public_url if around.public_url.startswith("https://") else "")
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int(time.time()) + TOKEN_S,
        "sub": subject or "mailto:operator@localhost",
    }
    token = jwt.encode(claims, key, algorithm="ES256")
    return f"vapid t={token}, k={subscriptions.public_of(key)}"
