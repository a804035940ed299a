"""`web`: a toast, and a browser notification where allowed, in every page that is open now."""

from typing import Any

from dispatchers.channel import Notification, Receipt, Traits
from dispatchers.channel_config import ChannelConfig
from dispatchers.surroundings import Surroundings
from shared.model import reasons
from shared.model.encoding import encode
from shared.store import feed

TRAITS = Traits(tells=frozenset(("firing", "resolved")), groups=False, idempotent=True)


class Config(ChannelConfig):
    """Nothing to set up: pages that are open listen already."""


def send(notification: Notification, config: Any, around: Surroundings) -> Receipt:
    """Put the toast into the live feed. Repeated, it would pop up twice, so it carries an id pages know it by."""
    with around.redis.pipeline() as pipe:
        feed.append(pipe, "toast", encode(feed.message(notification.title, notification.text, notification.items)))
        pipe.execute()
    return Receipt(answer=reasons.of("delivery.in_open_pages"))
