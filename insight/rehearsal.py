"""
Rules played without a server: events in, alerts and notifications out, second by second. Pure.

It runs the functions that the evaluator, the router and the workers run, with the clock of the caller, and keeps what
the archive would keep, so that each outcome can be explained.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from msgspec import structs

from archive.chunk import Arrival
from dispatchers import choose_channels, ledger, route
from dispatchers.inhibition import FiringSources, InhibitRules
from dispatchers.ledger import News
from dispatchers.route import Step
from dispatchers.suppress import World
from evaluator.changes import Changes
from evaluator.engine import Engine
from evaluator.external_terms import DEFAULT_TERMS, Terms
from evaluator.index import Index
from evaluator.snapshot import Place, Snapshot
from insight.evidence import Attempt, Evidence, Revision, Story
from shared.model import lifecycle, principals, resolving
from shared.model.alerts import Alert, LedgerEntry, TimelineEntry, Transition
from shared.model.encoding import encode
from shared.model.events import Command, Event
from shared.model.route_tree import RouteTree
from shared.model.rules import Rule
from shared.model.silences import Silence
from shared.redis import streams

TELLS: frozenset[News] = frozenset(("firing", "acknowledged", "resolved"))
"""The news that channels are sent here. Some kinds leave out acknowledgements."""
SECOND_MS = 1_000


class Happening(NamedTuple):
    """A transition of an alert, a notification, or an event that was rejected."""

    at_ms: int
    kind: str
    """Of the transition; `notified` or `rejected`."""
    rule_id: str
    plugin_id: str
    channel: str = ""
    news: str = ""
    """`firing`, `reminder`, `acknowledged` or `resolved`."""


class Rehearsal:
    """A system in the test's hand."""

    def __init__(
        self, rules: Iterable[Rule], tree: RouteTree | None, begin_ms: int, terms: Terms = DEFAULT_TERMS
    ) -> None:
        """
        Args:
            tree: Of routes; None: there are none.
            begin_ms: When the clock begins, UTC.
        """
        self.rules = {rule.id: rule for rule in rules}
        self.tree = tree
        self._root = None if tree is None else resolving.prepared(tree)
        self._inhibit_rules = InhibitRules([] if tree is None else tree.inhibit_rules)
        self._terms = terms
        self.begin_ms = begin_ms
        self.elapsed_ms = 0
        self.skew_ms = 0
        """How far the clock of the system was set forward."""
        self.happened: list[Happening] = []
        self.alerts: dict[str, Alert] = {}
        self.engine = Engine(self.index())
        self.silences: dict[str, Silence] = {}
        self.snapshots: dict[Place, Snapshot | None] = {}
        self.timelines: defaultdict[str, list[TimelineEntry]] = defaultdict(list)
        self.arrivals: list[Arrival] = []
        self._attempts: defaultdict[str, list[Attempt]] = defaultdict(list)
        self._ledgers: dict[tuple[str, str], LedgerEntry] = {}
        self._changes: dict[Place, list[int]] = defaultdict(list)
        self._let_through_ms: dict[Place, int] = {}
        self._entries = 0
        self.entry_ms = 0
        """Time of the newest stream entry: it never goes back, whatever the clock does."""
        self._revisions: dict[str, list[Revision[Rule]]] = {}
        self._silence_revisions: defaultdict[str, list[Revision[Silence]]] = defaultdict(list)
        self._record_rules()

    def index(self) -> Index:
        """Return the rules as they are now."""
        return Index(self.rules.values(), external=self._terms)

    @property
    def now_ms(self) -> int:
        return self.begin_ms + self.elapsed_ms + self.skew_ms

    # -- what happens --------------------------------------------------------------------------------------------

    def advance(self, to_ms: int) -> None:
        """Let time pass, second by second, until so long after the begin."""
        while self.elapsed_ms < to_ms:
            self.elapsed_ms = min(to_ms, self.elapsed_ms + SECOND_MS)
            changes = Changes()
            self.engine.pass_time(self.now_ms, changes)
            self.engine.external.pass_time(self.now_ms, self.now_ms, changes)
            self._report(changes)
            self.take(changes)
            self.settle()

    def publish(self, event: Event) -> None:
        """Decide an event that arrives now."""
        self.next_entry()
        good, bad = streams.decode(encode(event), self.entry_ms)
        for _ in bad:
            self.happened.append(Happening(self._at_ms(), "rejected", "", event.plugin_id))
        changes = Changes()
        for one in good:
            self.engine.apply(one, f"{self.entry_ms}-{self._entries}", self.now_ms, changes, self.entry_ms)
            self.arrivals.append(Arrival(self.entry_ms, self._entries, 0, one))
        self.take(changes)

    def next_entry(self) -> str:
        """Return the id of the stream's next entry."""
        self._entries += 1
        self.entry_ms = max(self.entry_ms, self.now_ms)
        return f"{self.entry_ms}-{self._entries}"

    def acknowledge(self, plugin_id: str, by: str) -> None:
        """Acknowledge the alerts of a plugin that fire."""
        for alert in self.open_alerts(plugin_id):
            after = lifecycle.acknowledge(alert, by, "", self.now_ms)
            if after is not None:
                self._change(after, "acknowledged", by)

    def resolve(self, plugin_id: str, by: str, states: Iterable[str] = ("firing", "acknowledged")) -> list[Alert]:
        """Resolve the alerts of a plugin that are in one of these states."""
        found = [alert for alert in self.alerts.values() if alert.plugin_id == plugin_id and alert.state in states]
        for alert in found:
            self._change(lifecycle.resolve(alert, by, "", self.now_ms), "resolved", by)
            about = {"rule_id": alert.rule_id, "plugin_id": plugin_id, "alert_id": alert.id}
            self.obey(Command(kind="resolve", by=by, at_ms=self.now_ms, **about))
        return found

    def obey(self, command: Command) -> None:
        """Have the evaluator follow a person's act."""
        changes = Changes()
        self.engine.obey(command, changes)
        self.take(changes)

    def silence(self, silence: Silence) -> None:
        """Put a silence in force."""
        self.silences[silence.id] = silence
        self._silence_revisions[silence.id].append(Revision(self.now_ms, silence, silence.author))

    def change_rules(self, changed: Mapping[str, Rule | None]) -> None:
        """Put rules in force; None: delete one."""
        for rule_id, rule in changed.items():
            self.rules.pop(rule_id, None)
            if rule is not None:
                self.rules[rule_id] = rule
        self._record_rules()
        changes = Changes()
        self.engine.replace_rules(self.index(), self.now_ms, changes)
        self.take(changes)

    def open_alerts(self, plugin_id: str) -> list[Alert]:
        """Return the alerts of a plugin that fire."""
        return [
            one
            for one in self.alerts.values()
            if one.plugin_id == plugin_id and one.state in ("firing", "acknowledged")
        ]

    def evidence(self, plugin_id: str) -> Evidence:
        """Return what the archive would hold of all this, with the events of one plugin."""
        stories = {
            alert.id: Story(alert, self.timelines[alert.id], self._attempts[alert.id]) for alert in self.alerts.values()
        }
        channels = {name for alert in self.alerts.values() for name in alert.channels}
        return Evidence(
            rules=self._revisions,
            arrivals=[one for one in self.arrivals if one.event.plugin_id == plugin_id],
            arrivals_since_ms=self.begin_ms,
            stories=stories,
            silences=self._silence_revisions,
            routes=[Revision(self.begin_ms, self.tree)] if self.tree is not None else [],
            tells=dict.fromkeys(channels, TELLS),
            recorded_until_ms=self.now_ms,
            clock_first=True,
        )

    # -- what the processes do -----------------------------------------------------------------------------------

    def take(self, changes: Changes) -> None:
        """Commit, route and deliver what was decided."""
        self.snapshots.update(changes.snapshots)
        world = self._world()  # One a batch, as the router has it.
        for change in changes.transitions:
            self.happened.append(Happening(self._at_ms(), change.kind, change.rule_id, change.plugin_id))
            self._route(change, world)
        self._deliver_all()

    def _route(self, change: Transition, world: World) -> None:
        chosen = change if self._root is None else choose_channels.choose(change, self._root)
        before = self.alerts.get(change.alert_id)
        routed = route.route(before, chosen, world, self.now_ms)
        if routed is not None:
            step = Step(before, routed[0], chosen, routed[1])
            self.alerts[change.alert_id] = step.after
            self.timelines[change.alert_id] += [route.timeline_entry(chosen), *route.further_lines(step, self.now_ms)]

    def settle(self) -> None:
        """Look at all alerts again, as the router does every few seconds."""
        for alert in list(self.alerts.values()):
            after, lines = route.reconsider(alert, self._world(), self.now_ms)
            if lines and not after.suppressed:
                self._let_through_ms[alert.rule_id, alert.plugin_id] = self.now_ms
            self.alerts[alert.id] = after
            self.timelines[alert.id] += lines
        self._deliver_all()

    def _world(self) -> World:
        intervals = {} if self.tree is None else resolving.intervals_at(self.tree, self.now_ms)
        world = World(
            list(self.silences.values()),
            {},
            self._changes,
            self._let_through_ms,
            intervals=intervals,
            inhibition=FiringSources(self._inhibit_rules),
        )
        for alert in self.alerts.values():
            world.follow(alert)
        return world

    def _report(self, changes: Changes) -> None:
        """Have the only partition report to itself what fleet rules need, and decide the groups."""
        # All that arrived before this second was decided; more may arrive within it.
        self.engine.fleet.report(self.now_ms - 1, changes)
        for _, body in changes.reports:
            entry_id = self.next_entry()
            report = streams.decode_report(body, self.now_ms)
            self.engine.fleet.take(report, entry_id, self.now_ms, changes, self.now_ms)

    def _change(self, after: Alert, kind: str, by: str) -> None:
        self.alerts[after.id] = after
        principal = principals.principal("user", by)
        self.timelines[after.id].append(TimelineEntry(at_ms=self.now_ms, kind=kind, by=by, principal=principal))

    def _record_rules(self) -> None:
        for rule_id in [*self._revisions, *(i for i in self.rules if i not in self._revisions)]:
            revisions = self._revisions.setdefault(rule_id, [])
            now = self.rules.get(rule_id)
            if not revisions or revisions[-1].document != now:
                revisions.append(Revision(self.now_ms, now))

    def _deliver_all(self) -> None:
        for alert in list(self.alerts.values()):
            for channel in alert.channels:
                self._deliver(alert, channel)

    def _deliver(self, alert: Alert, channel: str) -> None:
        entry = self._ledgers.get((alert.id, channel), LedgerEntry())
        while news := ledger.news(alert, entry, TELLS, channel):
            word = "reminder" if news == "firing" and ledger.is_reminder(alert, entry) else news
            self.happened.append(Happening(self._at_ms(), "notified", alert.rule_id, alert.plugin_id, channel, word))
            self._attempts[alert.id].append(Attempt(channel, self.now_ms, news, alert.episode, 1, "sent"))
            entry = structs.replace(entry, told=news, told_episode=alert.episode, reminded=alert.reminders)
            self._ledgers[alert.id, channel] = entry

    def _at_ms(self) -> int:
        return self.begin_ms + self.elapsed_ms
