"""Rules and the life of an alert as readable stories, played against the pure core."""

import tomllib
from collections import defaultdict
from typing import Any

from msgspec import structs

from dispatchers import choose_channels, ledger, route
from dispatchers.inhibition import FiringSources, InhibitRules
from dispatchers.suppress import World
from evaluator.changes import Changes
from evaluator.engine import Engine
from evaluator.external import Watched
from evaluator.external_terms import Terms
from evaluator.index import Index
from ingest.formats import alertmanager
from shared.model import external, lifecycle, resolving, route_tree, silences
from shared.model.alerts import Alert, LedgerEntry
from shared.model.encoding import encode
from shared.model.events import Command, ErrorReport, Event
from shared.model.external import Statement
from shared.model.relabeling import DEFAULT
from shared.redis import streams
from tests.support.documents import ROOT
from tests.support.factories import a_rule

START_S = 1_700_000_000


HEARTBEATS = ("Watchdog",)
TELLS = ("firing", "acknowledged", "resolved")


UNITS = {"s": 1, "m": 60, "h": 3600}


def seconds(text: str) -> int:
    return int(float(text[:-1]) * UNITS[text[-1]])


def shown(at_s: int) -> str:
    for unit, size in (("h", 3600), ("m", 60)):
        if at_s and at_s % size == 0:
            return f"{at_s // size}{unit}"
    return f"{at_s}s"


class Story:
    """One scenario played against the pure core."""

    def __init__(self, rules: list[dict[str, Any]], routes: dict[str, Any] | None = None) -> None:
        """
        Args:
            routes: The tree of routes; None: there is none.
        """
        self.rules = {fields["id"]: fields for fields in rules}
        self.tree = None if routes is None else route_tree.parse(routes)
        self.inhibit_rules = InhibitRules([] if self.tree is None else self.tree.inhibit_rules)
        self.root = None if self.tree is None else resolving.prepared(self.tree)
        self.now_s = 0
        self.skew_s = 0
        self.told: list[str] = []
        self.engine = Engine(self.index())
        self.log: list[tuple[int, Event | Statement]] = []
        self.externals: dict[str, Watched | None] = {}
        self.alerts: dict[str, Alert] = {}
        self.ledgers: dict[tuple[str, str], LedgerEntry] = {}
        self.silences: dict[str, silences.Silence] = {}
        self.changes: dict[tuple[str, str], list[int]] = defaultdict(list)
        self.let_through: dict[tuple[str, str], int] = {}
        self.origin = 0
        self.entry_ms = 0
        self.snapshots: dict = {}

    def index(self) -> Index:
        return Index([a_rule(**fields) for fields in self.rules.values()], external=Terms(channels=("web",)))

    @property
    def now_ms(self) -> int:
        return (START_S + self.now_s + self.skew_s) * 1000

    # -- playing ------------------------------------------------------------------------------------------

    def play(self, line: str) -> None:
        when, *words = line.split()
        self.advance(seconds(when))
        act = getattr(self, f"do_{words[0]}", None)
        if act is not None:
            act(*words[1:])
        else:
            self.publish(words)
        self.settle()

    def advance(self, to_s: int) -> None:
        while self.now_s < to_s:
            self.now_s += 1
            changes = Changes()
            self.engine.pass_time(self.now_ms, changes)
            self.engine.external.pass_time(self.now_ms, self.now_ms, changes)
            self.report(changes)
            self.take(changes)
            self.settle()

    def report(self, changes: Changes) -> None:
        """Have the only partition report to itself what fleet rules need, and decide the groups."""
        # All that arrived before this second was decided; more may arrive within it.
        self.engine.fleet.report(self.now_ms - 1, changes)
        for _, body in changes.reports:
            self.origin += 1
            report = streams.decode_report(body, self.now_ms)
            self.engine.fleet.take(report, f"{self.origin}-0", self.now_ms, changes, self.now_ms)

    def publish(self, words: list[str]) -> None:
        at_ms = self.now_ms
        if "at" in words:
            at_ms = (START_S + seconds(words[words.index("at") + 1])) * 1000
            words = words[: words.index("at")]
        event = Event(words[0], words[0], at_ms)
        for word in words[1:]:
            name, _, value = word.partition("=")
            if name.startswith("state:"):
                event.states[name[6:]] = value
            elif name.startswith("label:"):
                event.labels[name[6:]] = value
            elif word.startswith("error:"):
                event.errors += (ErrorReport(word[6:]),)
            elif name.startswith("counter:"):
                event.counters += (name[8:],)
                event.metrics[name[8:]] = float(value)
            elif word.startswith("gone:"):
                event.gone += (word[5:],)
            elif value:
                event.metrics[name] = float(value)
        self.take_event(event)

    def take_event(self, event: Event) -> None:
        self.origin += 1
        # A stream's ids never go back, whatever its server's clock does.
        self.entry_ms = max(self.entry_ms, self.now_ms)
        good, bad = streams.decode(encode(event), self.entry_ms)
        for _ in bad:
            self.say("rejected", event.plugin_id)
        changes = Changes()
        for one in good:
            self.engine.apply(one, f"{self.origin}-0", self.now_ms, changes, self.entry_ms)
            self.log.append((self.entry_ms, one))
        self.take(changes)

    def do_sends(self, plugin: str, name: str, *words: str) -> None:
        """Prometheus, or somebody like it, sends what it states of an alert."""
        fields = dict(word.split("=", 1) for word in words)
        starts, ends = fields.pop("starts", ""), fields.pop("ends", "")
        labels = {"alertname": name, "host": plugin, **fields}
        if external.is_heartbeat(labels, HEARTBEATS):
            posted = alertmanager.decode(encode([{"labels": labels}]), DEFAULT.default, "p", HEARTBEATS, self.now_ms)
            for sign_of_life in posted.heartbeats:
                self.take_event(sign_of_life)
            return
        seen = Statement(
            external.fingerprint(labels),
            name,
            plugin,
            labels=labels,
            starts_at_ms=self.at_ms(starts) if starts else 0,
            ends_at_ms=self.at_ms(ends) if ends else 0,
            generator_url="http://prometheus:9090/graph",
        )
        self.origin += 1
        self.entry_ms = max(self.entry_ms, self.now_ms)
        [seen] = streams.decode_statements(encode([seen]))
        changes = Changes()
        self.engine.external.take(seen, f"{self.origin}-0", self.entry_ms, self.now_ms, changes)
        self.log.append((self.entry_ms, seen))
        self.take(changes)

    def at_ms(self, text: str) -> int:
        """Return an instant of the story, or one after now: `+4m`."""
        return self.now_ms + seconds(text[1:]) * 1000 if text.startswith("+") else (START_S + seconds(text)) * 1000

    def do_ack(self, plugin: str) -> None:
        for alert in self.open_alerts(plugin):
            self.alerts[alert.id] = lifecycle.acknowledge(alert, "kim", "", self.now_ms) or alert

    def do_dismiss(self, plugin: str) -> None:
        self.do_resolve(plugin, ("pending",))

    def do_resolve(self, plugin: str, states: tuple[str, ...] = ("firing", "acknowledged")) -> None:
        for alert in [a for a in self.alerts.values() if a.plugin_id == plugin and a.state in states]:
            self.alerts[alert.id] = lifecycle.resolve(alert, "kim", "", self.now_ms)
            about = {"rule_id": alert.rule_id, "plugin_id": plugin, "alert_id": alert.id}
            changes = Changes()
            obey = self.engine.external.obey if external.is_external(alert.rule_id) else self.engine.obey
            obey(Command(kind="resolve", by="kim", at_ms=self.now_ms, **about), changes)
            self.take(changes)

    def do_disable(self, rule: str) -> None:
        self.rules[rule] = {**self.rules[rule], "enabled": False}
        self.replace_rules()

    def do_enable(self, rule: str) -> None:
        self.rules[rule] = {**self.rules[rule], "enabled": True}
        self.replace_rules()

    def do_delete(self, rule: str) -> None:
        del self.rules[rule]
        self.replace_rules()

    def do_edit(self, rule: str, *fields: str) -> None:
        new = {name: float(value) for name, _, value in (field.partition("=") for field in fields)}
        self.rules[rule] = {**self.rules[rule], **new}
        self.replace_rules()

    def do_add(self, rule: str, plugin: str, threshold: str, overrides: str) -> None:
        fields = {"id": rule, "plugin_id": plugin, "threshold": float(threshold), "overrides": overrides}
        self.rules[rule] = fields
        self.replace_rules()

    def do_silence(self, name: str, length: str, *matchers: str) -> None:
        recurring = ("cron", "minutes", "timezone")
        pairs = [m.partition("=") for m in matchers]
        times = {"starts_at_ms": self.now_ms, "ends_at_ms": self.now_ms + seconds(length) * 1000}
        fields: dict[str, Any] = {"id": name, "comment": "x", "author": "kim", **times}
        fields["matchers"] = [{"name": k, "value": v} for k, _, v in pairs if k not in recurring]
        options = {k: v for k, _, v in pairs if k in recurring}
        if options:
            fields["cron"] = options["cron"].replace("_", " ")
            fields["duration_minutes"] = float(options["minutes"])
            fields["timezone"] = options.get("timezone", "UTC")
        self.silences[name] = silences.parse(fields)

    def do_restart(self) -> None:
        """Another owner takes over: it folds the log, and takes the snapshots as committed."""
        committed = {place: snapshot for place, snapshot in self.snapshots.items() if snapshot is not None}
        self.engine = Engine(
            self.index(),
            snapshots=committed,
            judged_until_ms=self.engine.judged_until_ms,
            externals={name: watched for name, watched in self.externals.items() if watched is not None},
        )
        for heard_at_ms, event in self.log:
            if isinstance(event, Statement):
                self.engine.external.remember(event, heard_at_ms)
            else:
                self.engine.plugins.remember(event, heard_at_ms)
        self.engine.external.forgive(self.now_ms)
        changes = Changes()
        self.engine.replace_rules(self.index(), self.now_ms, changes)
        self.take(changes)

    def do_down(self, length: str) -> None:
        """The whole system is away; nobody publishes, nobody listens."""
        gone_s = seconds(length)
        self.now_s += gone_s
        self.do_restart()
        self.engine.forgive(gone_s * 1000, self.now_ms)

    def do_doors(self, state: str) -> None:
        """No process takes what senders state, or one does again."""
        self.engine.external.note_doors(self.now_ms, are_open=state == "open")

    def do_clock(self, _back: str, length: str) -> None:
        self.skew_s -= seconds(length)

    # -- what the shells do -------------------------------------------------------------------------------

    def replace_rules(self) -> None:
        changes = Changes()
        self.engine.replace_rules(self.index(), self.now_ms, changes)
        self.take(changes)

    def open_alerts(self, plugin: str) -> list[Alert]:
        return [a for a in self.alerts.values() if a.plugin_id == plugin and a.state in ("firing", "acknowledged")]

    def world(self) -> World:
        intervals = {} if self.tree is None else resolving.intervals_at(self.tree, self.now_ms)
        world = World(
            list(self.silences.values()),
            {},
            self.changes,
            self.let_through,
            intervals=intervals,
            inhibition=FiringSources(self.inhibit_rules),
        )
        for alert in self.alerts.values():
            world.follow(alert)
        return world

    def take(self, changes: Changes) -> None:
        self.snapshots.update(changes.snapshots)
        self.externals.update(changes.externals)
        world = self.world()  # One a batch, as the router has it.
        for change in changes.transitions:
            self.say(change.kind, change.plugin_id, *([] if len(self.rules) < 2 else [change.rule_id]))
            chosen = change if self.root is None else choose_channels.choose(change, self.root)
            routed = route.route(self.alerts.get(change.alert_id), chosen, world, self.now_ms)
            if routed is not None:
                self.alerts[change.alert_id] = routed[0]
        self.deliver_all()

    def settle(self) -> None:
        for alert in list(self.alerts.values()):
            after, lines = route.reconsider(alert, self.world(), self.now_ms)
            if lines and not after.suppressed:
                self.let_through[alert.rule_id, alert.plugin_id] = self.now_ms
            self.alerts[alert.id] = after
        self.deliver_all()

    def deliver_all(self) -> None:
        for alert in list(self.alerts.values()):
            for channel in alert.channels:
                self.deliver(alert, channel)

    def deliver(self, alert: Alert, channel: str) -> None:
        entry = self.ledgers.get((alert.id, channel), LedgerEntry())
        while news := ledger.news(alert, entry, TELLS, channel):
            word = "reminder" if news == "firing" and ledger.is_reminder(alert, entry) else news
            self.say("told", channel, word, alert.plugin_id)
            entry = structs.replace(entry, told=news, told_episode=alert.episode, reminded=alert.reminders)
            self.ledgers[alert.id, channel] = entry

    def say(self, *words: str) -> None:
        self.told.append(f"{shown(self.now_s)} {' '.join(words)}")


STORIES = tomllib.loads((ROOT / "tests" / "scenarios" / "cookbook" / "stories.toml").read_text())["story"]
