"""
Looking at all active alerts again, by the clock: silences and inhibitions end, reminders and escalations come due.
"""

from functools import partial

from msgspec import structs
from redis import Redis
from redis.client import Pipeline

from dispatchers import channel as channels
from dispatchers import flapping, overflow, route
from dispatchers.board import Board
from dispatchers.duties import Duties
from dispatchers.flapping import Flaps
from dispatchers.suppress import World
from shared.errors import NotFound
from shared.model.alerts import Alert, TimelineEntry
from shared.model.encoding import encode
from shared.redis import keys
from shared.settings import Settings
from shared.store import alert_store, due_groups, silence_store

EVERY_MS = 5_000
"""
How late a reminder or the end of an inhibition may be; three times as late while transitions wait. A changed silence
takes effect with the next round.
"""


class Reconsideration:
    """The active router's second look at the alerts."""

    def __init__(self, redis: Redis, settings: Settings, board: Board, duties: Duties) -> None:
        self._redis = redis
        self._settings = settings
        self._board = board
        self._duties = duties

    def follow_silences(self, now_ms: int) -> bool:
        """Read changed silences and announce those that ended; returns whether alerts must be looked at again."""
        has_changed = self._board.follow_silences()
        ended = [s for s in self._board.silences if s.ends_at_ms <= now_ms and not s.expiry_announced]
        for silence in ended:
            announce = partial(silence_store.announce_expiry, self._redis, silence.id, now_ms)
            self._duties.do("silence.expiry", announce)
        return has_changed or bool(ended)

    def run(self, now_ms: int) -> None:
        """Look at every active alert."""
        alerts = self._board.reload()
        has_overflow = any(alert.id == overflow.ALERT_ID for alert in alerts)
        if has_overflow and overflow.is_over(len(alerts), self._settings.max_active_alerts):
            overflow.end(self._redis, self._settings.history_ms, now_ms)
        suppressed = {(alert.rule_id, alert.plugin_id): None for alert in alerts if alert.suppressed}
        world = self._board.world(self._board.flaps(suppressed.keys(), now_ms), self._board.firing)
        for alert in alerts:
            self._duties.do("reconsider", partial(self._reconsider, alert, world, now_ms))

    def _reconsider(self, alert: Alert, world: World, now_ms: int) -> None:
        if not route.reconsider(alert, world, now_ms)[1]:
            return
        further: list[TimelineEntry] = []

        def decide(current: Alert) -> tuple[Alert, TimelineEntry] | None:
            after, lines = route.reconsider(current, world, now_ms)
            further[:] = lines[1:]
            return (after, lines[0]) if lines else None

        def also(pipe: Pipeline, after: Alert) -> None:
            for line in further:
                alert_store.add_line(pipe, after.id, line)
            if not after.suppressed:
                self._let_through(pipe, after, now_ms)

        try:
            after = alert_store.change(self._redis, alert.id, decide, self._settings.history_ms, also=also)
        except NotFound:
            return  # Its retention ended meanwhile.
        # Alerts may hold each other back. Then the first one is released, and it holds back the others.
        world.follow(after)
        self._board.follow(after)

    def _let_through(self, pipe: Pipeline, alert: Alert, now_ms: int) -> None:
        place = (alert.rule_id, alert.plugin_id)
        entry = self._board.flaps([place], now_ms).get(place, Flaps())
        today = keys.flaps_day(now_ms // flapping.DAY_MS)
        pipe.hset(today, flapping.field(place), encode(structs.replace(entry, told_at_ms=now_ms)))
        pipe.pexpire(today, flapping.KEPT_MS)
        known_channels = [name for name in alert.channels if channels.find(name)]
        due_groups.stage_due(pipe, alert, known_channels, now_ms)
