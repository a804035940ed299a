"""One alert and one channel: sending a single message, or the whole life of an alert."""

import itertools
from typing import Any

from msgspec import structs
from redis import Redis

from dispatchers import channel as kinds
from dispatchers import jobs, render
from dispatchers.channel import Item, Surroundings
from dispatchers.network import Network
from shared.log import Logger
from shared.model import lifecycle
from shared.model.alerts import Alert, TimelineEntry
from shared.process import Heartbeat
from shared.settings import Settings
from shared.store import alert_store, channel_store, due_groups
from tests.support.delivery import a_transition, ledger_of
from tests.support.providers import Provider
from tests.support.servers import HERE

NOW = 1_700_000_000_000


_ids = itertools.count()


def an_alert(**fields: Any) -> Alert:
    alert = lifecycle.apply(None, a_transition("firing"))
    assert alert is not None
    return structs.replace(alert, id=f"alert-{next(_ids)}", group="rule:r", **fields)


def send(provider: Provider, redis: Redis, *items: Item, network: Network = HERE, **options: Any) -> kinds.Receipt:
    kind = kinds.get(provider.name)
    message = render.notification(provider.name, items, NOW, board="http://board/", **options)
    return kind.send(message, kind.check(provider.fields()), Surroundings(redis, "http://board", network))


def firing(alert: Alert | None = None, **fields: Any) -> Item:
    return Item("firing", alert or an_alert(), "http://board/alerts/1", **fields)


class Life:
    """An alert that is told to one channel by the real job, in this process."""

    def __init__(self, provider: Provider, redis: Redis) -> None:
        self.channel = provider.name
        self.redis = redis
        self.alert = an_alert(channels=[provider.name])
        settings = Settings(group_seconds=0, public_url="http://board", outbound_allow="localhost")
        jobs.set_up(redis, settings, Logger("test"), Heartbeat(redis, "worker"))
        channel_store.save(redis, provider.name, {**provider.fields(), "max_per_minute": 6_000})
        self._before: Alert | None = None

    def goes_on(self, **changes: Any) -> None:
        self.alert = structs.replace(self.alert, version=self.alert.version + 1, **changes)
        with self.redis.pipeline() as pipe:
            alert_store.stage(pipe, self._before, self.alert, TimelineEntry(at_ms=NOW, kind=self.alert.state), 10**8)
            due_groups.stage_due(pipe, self.alert, [self.channel], 0)
            pipe.execute()
        self._before = self.alert
        jobs.deliver(self.channel, due_groups.group_of(self.alert))

    @property
    def ledger(self) -> Any:
        return ledger_of(self.redis, self.alert.id, self.channel)
