"""
`apprise`: more than a hundred services by their Apprise URLs; needs `pip install 'enhanced-alerts[apprise]'`.

Apprise sends its own requests through many libraries; `dispatchers/guard.py` restricts them to the addresses that other
channels may call. Apprise reports success or failure without a reason.
"""

import hashlib
from typing import Annotated, Any

from pydantic import Field, SecretStr

from dispatchers import guard, recipients, truncate
from dispatchers.channel import DeliveryError, Limit, Notification, Receipt, Traits
from dispatchers.channel_config import ChannelConfig
from dispatchers.surroundings import Surroundings
from shared.model import reasons

TRAITS = Traits(at_once=2_000, limit=Limit(1_000, burst=3))
MAX_BODY_CHARS = 20_000
"""An upper bound for all services; Apprise cuts the text to the limit of each one."""


class Config(ChannelConfig):
    """The Apprise URLs of the services, one recipient each."""

    urls: Annotated[list[SecretStr], Field(min_length=1, max_length=20, description="e.g. ntfy://topic")]


def send(notification: Notification, config: Any, around: Surroundings) -> Receipt:
    """
    Notify every service that has not received the notification yet.

    Raises:
        DeliveryError: Apprise is not installed (permanent), does not understand an address or may not call it
            (permanent), or could not deliver (uncertain). Errors of a service are raised after all services were tried.
    """
    try:
        import apprise
    except ImportError:
        why = reasons.of("delivery.apprise_missing", command="pip install 'enhanced-alerts[apprise]'")
        raise DeliveryError("permanent", why) from None
    services = {_id(url): url.get_secret_value() for url in config.urls}
    round_ = recipients.Round(around.redis, notification, list(services))
    for service_id, part in round_:
        scheme = services[service_id].partition(":")[0]
        # Without async_mode Apprise sends in this thread; the guard covers no other thread.
        service = apprise.Apprise(asset=apprise.AppriseAsset(async_mode=False))
        with guard.guarded(around.network) as block:
            is_understood = service.add(services[service_id])
            block.check_addresses(str(getattr(each, "host", "")) for each in service)
            is_delivered = (
                is_understood
                and not block.refusal
                and service.notify(body=_body(part), title=part.title, notify_type=_type(part), body_format="text")
            )
        if not is_understood:
            bad = DeliveryError("permanent", reasons.of("delivery.apprise_unknown", scheme=scheme))
            round_.refused([service_id], part, bad)
        elif is_delivered:
            round_.had([service_id], part, scheme)
        elif block.refusal:
            why = reasons.of("delivery.address_refused", answer=block.refusal)
            round_.refused([service_id], part, DeliveryError("permanent", why))
        else:
            # Apprise gives no reason: the request may have timed out after the service accepted the message.
            why = reasons.of("delivery.apprise_failed", scheme=scheme)
            round_.refused([service_id], part, DeliveryError("uncertain", why))
    return round_.outcome()


def _body(notification: Notification) -> str:
    return truncate.cut(f"{notification.body.strip()}\n{notification.link}", MAX_BODY_CHARS)


def _type(notification: Notification) -> str:
    if all(item.news == "resolved" for item in notification.items):
        return "success"
    severities = {item.alert.severity for item in notification.items}
    return "failure" if severities & {"error", "critical", "emergency"} else "warning"


def _id(url: SecretStr) -> str:
    return hashlib.sha256(url.get_secret_value().encode()).hexdigest()[:24]
