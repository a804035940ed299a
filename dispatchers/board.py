"""What the active router remembers of the alerts and their surroundings between two batches."""

from collections.abc import Collection, Mapping

from redis import Redis

from dispatchers import flapping, grouping
from dispatchers.flapping import Flaps, Place
from dispatchers.inhibition import FiringSources
from dispatchers.routes_in_force import RoutesInForce
from dispatchers.sources import Sources
from dispatchers.suppress import World
from shared.log import Logger
from shared.model import reasons
from shared.model.alerts import Alert, Transition
from shared.model.silences import Silence
from shared.redis import keys, transaction
from shared.store import alert_store, due_groups, silence_store
from shared.store.parking import Parking

LOAD_AT_ONCE = 1_000
_NEVER_READ = b"not read yet"


class Board:
    """Records as last read or written, what fires, and the silences."""

    def __init__(self, redis: Redis, parking: Parking, log: Logger) -> None:
        self._redis = redis
        self.routes = RoutesInForce(redis, log)
        self._parking = parking
        self._silences: list[Silence] = []
        self._silences_revision: bytes | None = _NEVER_READ
        self._firing: dict[str, dict[str, Alert]] = {}
        """Plugin id → alert id → firing alert; read again every few seconds."""
        self._sources = Sources()
        """The firing alerts that can hold others back; read again every few seconds."""
        self.inhibition = FiringSources(self.routes.inhibit_rules)
        """The same by the rules of inhibition, as those stood when the alerts were read."""
        self._records: dict[str, tuple[bytes, Alert]] = {}
        """Alert id → its record and what that says."""

    @property
    def firing(self) -> Collection[str]:
        """Ids of the plugins about which something may fire."""
        return self._firing.keys()

    @property
    def silences(self) -> list[Silence]:
        return self._silences

    def forget_silences(self) -> None:
        """Have the silences read again: another router may have been active."""
        self._silences_revision = _NEVER_READ

    def follow_silences(self) -> bool:
        """Read the silences if they have changed; returns whether they have."""
        revision = self._redis.get(keys.silences_revision())
        if revision == self._silences_revision:
            return False
        self._silences = silence_store.load_all(self._redis)[1]
        self._silences_revision = revision
        return True

    def reload(self) -> list[Alert]:
        """Read all active alerts."""
        records: dict[str, tuple[bytes, Alert]] = {}
        ids = alert_store.active_ids(self._redis, 0, -1)
        for start in range(0, len(ids), LOAD_AT_ONCE):
            some = ids[start : start + LOAD_AT_ONCE]
            for alert_id, raw in zip(some, self._redis.mget([keys.alert(i) for i in some]), strict=True):
                alert = self.decode(alert_id, raw)
                if raw is not None and alert is not None:
                    records[alert_id] = raw, alert
        self._records = records
        alerts = [alert for _, alert in records.values()]
        firing = World(inhibition=FiringSources(self.routes.inhibit_rules))
        for alert in alerts:
            firing.follow(alert)
        self._firing, self._sources, self.inhibition = firing.firing, firing.sources, firing.inhibition
        return alerts

    def decode(self, alert_id: str, raw: bytes | None) -> Alert | None:
        """Return what a record says; None if there is none. A record that cannot be read is parked, and None too."""
        alert = alert_store.read(raw)
        if raw is not None and alert is None:
            self._parking.park(keys.alert(alert_id), raw, reasons.of("letter.alert"))
        return alert

    def group_of(self, change: Transition) -> str:
        """Return the group of a transition's alert; of an alert that is not remembered, the group it will begin in."""
        last = self._records.get(change.alert_id)
        return due_groups.group_of(last[1]) if last else grouping.group_of(change)

    def world(self, flaps: Mapping[Place, Flaps], plugins: Collection[str]) -> World:
        """
        Return what the steps of suppression look at, as copies: a batch that is not committed must leave no trace.

        Args:
            plugins: Those whose alerts are judged.
        """
        return World(
            self._silences,
            {plugin_id: dict(self._firing.get(plugin_id, {})) for plugin_id in plugins},
            {place: entry.changes for place, entry in flaps.items()},
            {place: entry.told_at_ms for place, entry in flaps.items()},
            Sources(self._sources),
            self.routes.intervals,
            FiringSources(self.inhibition.rules, self.inhibition),
        )

    def flaps(self, places: Collection[Place], now_ms: int) -> dict[Place, Flaps]:
        """Read what is stored about the changes of *places*."""
        asked = list(places)
        return flapping.read(asked, transaction.ask(self._redis, flapping.questions(asked, now_ms))) if asked else {}

    def update(self, firing: Mapping[str, dict[str, Alert]], records: Mapping[str, tuple[bytes, Alert]]) -> None:
        """Remember what a committed batch has written."""
        self._firing.update(firing)
        self._records.update(records)
        for _, alert in records.values():
            self._sources.follow(alert)
            self.inhibition.follow(alert)

    def follow(self, alert: Alert) -> None:
        """Remember what became of one alert."""
        self._firing.setdefault(alert.plugin_id, {}).pop(alert.id, None)
        if alert.state in ("firing", "acknowledged"):
            self._firing[alert.plugin_id][alert.id] = alert
        self._sources.follow(alert)
        self.inhibition.follow(alert)
