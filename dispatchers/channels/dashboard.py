"""`dashboard`: into the board's banner until a person acknowledges the alert or it resolves."""

from typing import Any

from dispatchers.channel import Notification, Receipt, Traits
from dispatchers.channel_config import ChannelConfig
from dispatchers.surroundings import Surroundings
from shared.model import reasons
from shared.model.encoding import encode
from shared.redis import keys
from shared.store import alert_store, feed

TRAITS = Traits(groups=False, idempotent=True)


class Config(ChannelConfig):
    """Nothing to set up: the banner is part of the board."""


def send(notification: Notification, config: Any, around: Surroundings) -> Receipt:
    """
    Bring the banner up to date with the alerts as they are now, whatever the news said when it was written.

    Acknowledging or resolving takes an alert out of the banner in its own transaction (`alert_store.stage`), so this
    one is undone if the record changes in between.
    """
    ids = [item.alert.id for item in notification.items]

    def bring_up_to_date(pipe: Any) -> None:
        now = [alert_store.read(raw) for raw in pipe.mget([keys.alert(i) for i in ids])]
        pipe.multi()
        for alert_id, alert in zip(ids, now, strict=True):
            if alert is not None and alert.state == "firing":
                pipe.hset(keys.banner(), alert_id, encode(alert))
            elif not notification.test:
                pipe.hdel(keys.banner(), alert_id)
        feed.append(pipe, "banner", encode(feed.message(notification.title, notification.text, notification.items)))

    around.redis.transaction(bring_up_to_date, *(keys.alert(i) for i in ids))
    return Receipt(answer=reasons.of("delivery.in_banner"))
