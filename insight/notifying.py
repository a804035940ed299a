"""
Which notifications transitions would have led to: the steps of routing, over what surrounded the alerts then. Pure.

Silences, routes, other rules' alerts and people's acknowledgements are as they were recorded. Deliveries are taken to
succeed at once.
"""

import dataclasses
import heapq
from collections.abc import Iterable, Sequence
from enum import IntEnum
from itertools import count
from typing import NamedTuple

from msgspec import structs

from dispatchers import ledger, route
from dispatchers.choose_channels import choose
from dispatchers.flapping import CHANGES_KEPT, MOST_CHANGES, WITHIN_MS
from dispatchers.flapping import LEAST_HOLD_MS as LEAST_FLAPPING_MS
from dispatchers.inhibition import FiringSources, InhibitRules
from dispatchers.ledger import News
from dispatchers.suppress import World
from insight.circumstances import Acknowledgement, Circumstances
from shared.model import lifecycle, resolving
from shared.model.alerts import Alert, LedgerEntry, Transition
from shared.model.resolving import Node
from shared.model.route_tree import RouteTree
from shared.model.silences import Silence

MINUTE_MS = 60_000
"""How often recurring silences and time intervals are looked at: they begin and end at whole minutes."""


class Message(NamedTuple):
    """One message that a channel would have been sent."""

    at_ms: int
    channel: str
    news: News
    alerts: Sequence[str]
    """Ids."""


class Suppressed(NamedTuple):
    """A firing that some steps held back when it fired."""

    at_ms: int
    alert_id: str
    steps: Sequence[str]


def messages(
    changes: Iterable[Transition], around: Circumstances, from_ms: int, until_ms: int
) -> tuple[list[Message], list[Suppressed]]:
    """
    Return the messages that transitions lead to in [from, until), and the firings that were held back at first.

    Args:
        changes: In the order of decision; earlier ones than *from_ms* make the state of that time.
    """
    course = _Course(around, until_ms)
    for change in changes:
        course.run_until(change.decided_at_ms)
        course.take(change)
    course.run_until(until_ms)
    return (
        [one for one in course.sent if from_ms <= one.at_ms < until_ms],
        [one for one in course.held_back if from_ms <= one.at_ms < until_ms],
    )


class _Due(IntEnum):
    """What is due at an instant; of one instant, in this order."""

    SILENCE = 0
    OTHER = 1
    ROUTES = 2
    ACKNOWLEDGED = 3
    LOOK = 4
    LOOK_AT_ALL = 5
    SEND = 6


class _Course:
    """The router and the workers, step by step."""

    def __init__(self, around: Circumstances, until_ms: int) -> None:
        self.sent: list[Message] = []
        self.held_back: list[Suppressed] = []
        self._around = around
        self._until_ms = until_ms
        self._silences: list[Silence] = []
        self._intervals: dict[str, bool] = {}
        self._world = World(self._silences, intervals=self._intervals)
        self._alerts: dict[str, Alert] = {}
        self._firing: dict[str, None] = {}
        """Ids of the alerts that fire, in the order in which they began to."""
        self._others: dict[str, Alert] = {}
        """Alerts of other rules that fire."""
        self._tree: RouteTree | None = None
        self._root: Node | None = None
        self._entries: dict[tuple[str, str], LedgerEntry] = {}
        """By channel and alert."""
        self._due: dict[tuple[str, str], dict[str, None]] = {}
        """By channel and group: alerts with news."""
        self._windows: dict[tuple[str, str], int] = {}
        """By channel and group: until when further news is gathered."""
        self._numbers = count()
        self._agenda: list[tuple[int, _Due, int, object]] = []
        for span in around.silences:
            ends_ms = min(span.until_ms, span.silence.ends_at_ms)
            self._plan(span.from_ms, _Due.SILENCE, (True, span.silence))
            self._plan(max(span.from_ms, span.silence.starts_at_ms), _Due.LOOK_AT_ALL, None)
            self._plan(ends_ms, _Due.LOOK_AT_ALL, None)
            self._plan(span.until_ms, _Due.SILENCE, (False, span.silence))
        for other in around.others:
            self._plan(other.from_ms, _Due.OTHER, (other.alert, "firing"))
            self._plan(other.until_ms, _Due.OTHER, (other.alert, "resolved"))
        for at_ms, tree in around.routes:
            self._plan(at_ms, _Due.ROUTES, tree)
        for one in around.acknowledgements:
            self._plan(one.at_ms, _Due.ACKNOWLEDGED, one)

    def run_until(self, until_ms: int) -> None:
        """Do what is due until an instant."""
        agenda = self._agenda
        while agenda and agenda[0][0] <= until_ms:
            at_ms, what, _, subject = heapq.heappop(agenda)
            self._do(what, subject, at_ms)

    def take(self, change: Transition) -> None:
        """Route a transition."""
        now_ms = change.decided_at_ms
        if self._root is not None:
            self._follow_intervals(now_ms)
            change = choose(change, self._root)
        routed = route.route(self._alerts.get(change.alert_id), change, self._world, now_ms)
        if routed is None:
            return
        alert, held = routed
        # No more is stored of them.
        del self._world.changes.get((alert.rule_id, alert.plugin_id), [])[CHANGES_KEPT:]
        self._keep(alert, now_ms)
        if held:
            self.held_back.append(Suppressed(now_ms, alert.id, tuple(held)))
        if change.kind in route.NOTIFIED:
            self._tell(alert, now_ms)
        if (alert.policy.inhibited_by or self._world.inhibition.rules) and len(self._firing) > 1:
            self._plan(now_ms, _Due.LOOK_AT_ALL, None)

    def _do(self, what: _Due, subject: object, at_ms: int) -> None:
        match what, subject:
            case _Due.SILENCE, (bool() as begins, Silence() as silence):
                if begins:
                    self._silences.append(silence)
                elif silence in self._silences:
                    self._silences.remove(silence)
                self._look_at_all(at_ms)
            case _Due.OTHER, (Alert() as other, state):
                now = structs.replace(other, state=state, suppressed={}, suppressed_reasons={})
                self._others[now.id] = now
                if state == "resolved":
                    del self._others[now.id]
                self._world.follow(now)
                self._look_at_all(at_ms)
            case _Due.ROUTES, _:
                self._follow_routes(subject if isinstance(subject, RouteTree) else None, at_ms)
            case _Due.ACKNOWLEDGED, Acknowledgement() as act:
                self._acknowledge(act)
            case _Due.LOOK, str() as alert_id:
                self._look(alert_id, at_ms)
            case _Due.LOOK_AT_ALL, _:
                self._look_at_all(at_ms)
            case _Due.SEND, (str() as channel, str() as group):
                self._send(channel, group, at_ms)

    def _follow_routes(self, tree: RouteTree | None, at_ms: int) -> None:
        self._tree = tree
        self._root = None if tree is None else resolving.prepared(tree)
        rules = InhibitRules(() if tree is None else tree.inhibit_rules)
        self._world = dataclasses.replace(self._world, inhibition=FiringSources(rules))
        for alert in (*self._others.values(), *(self._alerts[alert_id] for alert_id in self._firing)):
            self._world.inhibition.follow(alert)
        self._look_at_all(at_ms)

    def _plan(self, at_ms: int, what: _Due, subject: object) -> None:
        if at_ms < self._until_ms:
            heapq.heappush(self._agenda, (at_ms, what, next(self._numbers), subject))

    def _keep(self, alert: Alert, now_ms: int) -> None:
        self._alerts[alert.id] = alert
        if alert.state in ("firing", "acknowledged"):
            self._firing[alert.id] = None
            look_ms = self._next_look_ms(alert, now_ms)
            if look_ms is not None:
                self._plan(max(look_ms, now_ms + 1), _Due.LOOK, alert.id)
        else:
            self._firing.pop(alert.id, None)

    def _follow_intervals(self, now_ms: int) -> None:
        self._intervals.clear()
        if self._tree is not None and self._tree.time_intervals:
            self._intervals.update(resolving.intervals_at(self._tree, now_ms))

    def _look_at_all(self, at_ms: int) -> None:
        for alert_id in list(self._firing):
            self._look(alert_id, at_ms)

    def _look(self, alert_id: str, at_ms: int) -> None:
        """Look at an alert again, as the router does every few seconds."""
        alert = self._alerts[alert_id]
        if self._root is not None:
            self._follow_intervals(at_ms)
        after, lines = route.reconsider(alert, self._world, at_ms)
        self._keep(after, at_ms)
        if lines:
            self._world.follow(after)
            if alert.suppressed and not after.suppressed:
                self._world.let_through_at_ms[after.rule_id, after.plugin_id] = at_ms
            if not after.suppressed:
                self._tell(after, at_ms)

    def _next_look_ms(self, alert: Alert, now_ms: int) -> int | None:
        """Return when, next, time alone may change what an alert's channels are sent; what else may, is planned."""
        times: list[int] = []
        if "flapping" in alert.suppressed:
            place = (alert.rule_id, alert.plugin_id)
            changes = self._world.changes.get(place, ())
            if len(changes) > MOST_CHANGES:
                times.append(changes[MOST_CHANGES] + WITHIN_MS)
            let_through_ms = self._world.let_through_at_ms.get(place)
            if let_through_ms is not None:
                times.append(let_through_ms + max(alert.policy.cooldown_ms, LEAST_FLAPPING_MS))
        has_intervals = any(taken.mute_times or taken.active_times for taken in alert.routes)
        if has_intervals or any(silence.cron for silence in self._silences):
            times.append((now_ms // MINUTE_MS + 1) * MINUTE_MS)
        if alert.state == "firing" and not alert.suppressed and alert.announced_episode == alert.episode:
            began_ms = alert.let_through_at_ms or alert.fired_at_ms
            if alert.policy.repeat_ms:
                times.append(began_ms + (alert.reminders + 1) * alert.policy.repeat_ms)
            times += [began_ms + step.after_ms for step in alert.policy.escalation[alert.escalated :]]
        return min(times, default=None)

    def _acknowledge(self, act: Acknowledgement) -> None:
        for alert_id in list(self._firing):
            alert = self._alerts[alert_id]
            if alert.plugin_id == act.plugin_id and alert.state == "firing":
                after = lifecycle.acknowledge(alert, act.by, "", act.at_ms)
                if after is not None:
                    self._world.follow(after)
                    self._keep(after, act.at_ms)
                    self._tell(after, act.at_ms)

    def _tell(self, alert: Alert, now_ms: int) -> None:
        """Note that channels may have news of an alert, and when it is sent."""
        group, policy = alert.group or alert.id, alert.policy
        for channel in alert.channels:
            kind = self._around.kinds.get(channel)
            if kind is None:
                continue
            waiting = self._due.setdefault((channel, group), {})
            is_planned = bool(waiting)
            waiting[alert.id] = None
            if is_planned:
                continue
            send_ms = self._windows.get((channel, group), 0) if kind.groups else 0
            if send_ms <= now_ms:
                waits = kind.groups and policy.group_wait_ms and alert.state == "firing"
                send_ms = now_ms + (policy.group_wait_ms or 0 if waits else 0)
            if send_ms <= now_ms:
                self._send(channel, group, now_ms)
            else:
                self._plan(send_ms, _Due.SEND, (channel, group))

    def _send(self, channel: str, group: str, at_ms: int) -> None:
        """Send a channel what it has not been sent of a group, in one message."""
        kind = self._around.kinds[channel]
        told: list[str] = []
        first: News | None = None
        gather_ms = self._around.gather_ms
        for alert_id in self._due.pop((channel, group), ()):
            alert = self._alerts[alert_id]
            entry = self._entries.get((channel, alert_id)) or LedgerEntry()
            news = ledger.news(alert, entry, kind.tells, channel)
            if alert.policy.group_interval_ms is not None:
                gather_ms = alert.policy.group_interval_ms
            if news is None:
                continue
            first = first or news
            told.append(alert_id)
            self._entries[channel, alert_id] = structs.replace(
                entry, told=news, told_episode=alert.episode, told_at_ms=at_ms, reminded=alert.reminders
            )
        if kind.groups and gather_ms:
            self._windows[channel, group] = at_ms + gather_ms
        if first is not None:
            self.sent.append(Message(at_ms, channel, first, tuple(told)))
