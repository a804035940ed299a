"""Rules and the life of an alert as readable stories, played against the pure core."""

import tomllib
from typing import Any

from evaluator.changes import Changes
from evaluator.engine import Engine
from evaluator.external import Watched
from evaluator.external_terms import Terms
from ingest.formats import alertmanager
from insight import rule_tests
from insight.rehearsal import Rehearsal
from shared.model import external, route_tree, silences
from shared.model.encoding import encode
from shared.model.events import Command, Event
from shared.model.external import Statement
from shared.model.relabeling import DEFAULT
from shared.redis import streams
from tests.support.documents import ROOT
from tests.support.factories import a_rule

START_S = 1_700_000_000


HEARTBEATS = ("Watchdog",)


UNITS = {"s": 1, "m": 60, "h": 3600}


def seconds(text: str) -> int:
    return int(float(text[:-1]) * UNITS[text[-1]])


def shown(at_s: int) -> str:
    for unit, size in (("h", 3600), ("m", 60)):
        if at_s and at_s % size == 0:
            return f"{at_s // size}{unit}"
    return f"{at_s}s"


class Story(Rehearsal):
    """One scenario played against the pure core, in the words of `tests/unit/test_scenarios.py`."""

    def __init__(self, rules: list[dict[str, Any]], routes: dict[str, Any] | None = None) -> None:
        """
        Args:
            routes: The tree of routes; None: there is none.
        """
        self.fields = {fields["id"]: fields for fields in rules}
        tree = None if routes is None else route_tree.parse(routes)
        self._told: list[str] = []
        self.stated: dict[tuple[str, str], None] = {}
        """Rule ids and plugins of external alerts of which something was sent."""
        self.log: list[tuple[int, Event | Statement]] = []
        self.externals: dict[str, Watched | None] = {}
        super().__init__([a_rule(**fields) for fields in rules], tree, START_S * 1000, Terms(channels=("web",)))

    @property
    def told(self) -> list[str]:
        """What happened, in words."""
        self.note()
        return self._told

    def note(self) -> None:
        """Put into words what happened since; rules are named while there are several."""
        for one in self.happened[len(self._told) :]:
            at = shown((one.at_ms - self.begin_ms) // 1000)
            words = [one.kind, one.plugin_id, *([] if len(self.fields) < 2 else [one.rule_id])]
            if one.kind == "notified":
                words = ["told", one.channel, one.news, one.plugin_id]
            self._told.append(" ".join([at, *filter(None, words)]))

    # -- playing ------------------------------------------------------------------------------------------

    def play(self, line: str) -> None:
        when, *words = line.split()
        self.pass_s(seconds(when))
        self.note()
        act = getattr(self, f"do_{words[0]}", None)
        if act is not None:
            act(*words[1:])
        else:
            self.publish_words(words)
        self.settle()

    def pass_s(self, to_s: int) -> None:
        self.advance(to_s * 1000)

    def publish_words(self, words: list[str]) -> None:
        at_ms = self.now_ms
        if "at" in words:
            at_ms = (START_S + seconds(words[words.index("at") + 1])) * 1000
            words = words[: words.index("at")]
        event = rule_tests.event_of(words)
        event.at_ms = at_ms
        self.publish(event)

    def publish(self, event: Event) -> None:
        before = len(self.arrivals)
        super().publish(event)
        self.log += [(arrival.entry_ms, arrival.event) for arrival in self.arrivals[before:]]

    def take(self, changes: Changes) -> None:
        self.externals.update(changes.externals)
        super().take(changes)

    def do_sends(self, plugin: str, name: str, *words: str) -> None:
        """Prometheus, or somebody like it, sends what it states of an alert."""
        fields = dict(word.split("=", 1) for word in words)
        starts, ends = fields.pop("starts", ""), fields.pop("ends", "")
        labels = {"alertname": name, "host": plugin, **fields}
        self.stated[external.rule_id_of(name), plugin] = None
        if external.is_heartbeat(labels, HEARTBEATS):
            posted = alertmanager.decode(encode([{"labels": labels}]), DEFAULT.default, "p", HEARTBEATS, self.now_ms)
            for sign_of_life in posted.heartbeats:
                self.publish(sign_of_life)
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
        entry_id = self.next_entry()
        [seen] = streams.decode_statements(encode([seen]))
        changes = Changes()
        self.engine.external.take(seen, entry_id, self.entry_ms, self.now_ms, changes)
        self.log.append((self.entry_ms, seen))
        self.take(changes)

    def at_ms(self, text: str) -> int:
        """Return an instant of the story, or one after now: `+4m`."""
        return self.now_ms + seconds(text[1:]) * 1000 if text.startswith("+") else (START_S + seconds(text)) * 1000

    def do_ack(self, plugin: str) -> None:
        self.acknowledge(plugin, "kim")

    def do_dismiss(self, plugin: str) -> None:
        self.resolve(plugin, "kim", ("pending",))

    def do_resolve(self, plugin: str) -> None:
        self.resolve(plugin, "kim")

    def obey(self, command: Command) -> None:
        if not external.is_external(command.rule_id):
            super().obey(command)
            return
        changes = Changes()
        self.engine.external.obey(command, changes)
        self.take(changes)

    def do_disable(self, rule: str) -> None:
        self.put(rule, {**self.fields[rule], "enabled": False})

    def do_enable(self, rule: str) -> None:
        self.put(rule, {**self.fields[rule], "enabled": True})

    def do_delete(self, rule: str) -> None:
        del self.fields[rule]
        self.change_rules({rule: None})

    def do_edit(self, rule: str, *fields: str) -> None:
        new = {name: float(value) for name, _, value in (field.partition("=") for field in fields)}
        self.put(rule, {**self.fields[rule], **new})

    def do_add(self, rule: str, plugin: str, threshold: str, overrides: str) -> None:
        self.put(rule, {"id": rule, "plugin_id": plugin, "threshold": float(threshold), "overrides": overrides})

    def put(self, rule: str, fields: dict[str, Any]) -> None:
        self.fields[rule] = fields
        self.change_rules({rule: a_rule(**fields)})

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
        self.silence(silences.parse(fields))

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
        gone_ms = seconds(length) * 1000
        self.elapsed_ms += gone_ms
        self.do_restart()
        self.engine.forgive(gone_ms, self.now_ms)

    def do_doors(self, state: str) -> None:
        """No process takes what senders state, or one does again."""
        self.engine.external.note_doors(self.now_ms, are_open=state == "open")

    def do_clock(self, _back: str, length: str) -> None:
        self.skew_ms -= seconds(length) * 1000


STORIES = tomllib.loads((ROOT / "tests" / "scenarios" / "cookbook" / "stories.toml").read_text())["story"]
