"""External alerts: compared with a simple model over random statements, and taken over at any point."""

from collections import defaultdict
from operator import itemgetter

from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import msgpack, structs

from evaluator import stored
from evaluator.changes import Changes
from evaluator.commit import Batch, call_of
from evaluator.engine import Engine
from evaluator.external import FLOOR_MS, Watched, sender_of
from evaluator.external_terms import Terms
from evaluator.index import Index
from evaluator.letters import Refusals
from shared.model.alerts import SEVERITIES, Policy, Transition
from shared.model.events import Command
from shared.model.external import Statement
from tests.support.external_reference import Step, T, reference, statement, steps_of

NO_COOLDOWN = Terms(policies={severity: Policy() for severity in SEVERITIES})
LASTS_S = 3_600


class Owner:
    """Plays statements second by second; another owner can go on with what was committed."""

    def __init__(self, terms: Terms = NO_COOLDOWN) -> None:
        self.index = Index([], external=terms)
        self.engine = Engine(self.index)
        self.committed: dict[str, Watched] = {}
        self.saved: dict[str, tuple[int, int, int, int]] = {}
        self.since_checkpoint: list[tuple[int, Statement]] = []
        self.transitions: list[Transition] = []
        self.stored = 0

    def take(self, at_s: int, seen: Statement, origin: str = "") -> None:
        changes = Changes()
        at_ms = T + at_s * 1000
        self.engine.external.take(seen, origin or f"{at_s}-0", at_ms, at_ms, changes)
        self.since_checkpoint.append((at_ms, seen))
        self.commit(changes)

    def pass_time(self, at_s: int) -> None:
        if self.engine.external.due_at_ms <= T + at_s * 1000:
            changes = Changes()
            self.engine.external.pass_time(T + at_s * 1000, T + at_s * 1000, changes)
            self.commit(changes)

    def commit(self, changes: Changes) -> None:
        self.stored += len(changes.externals)
        self.transitions += changes.transitions
        for fingerprint, watched in changes.externals.items():
            if watched is None:
                self.committed.pop(fingerprint, None)
            else:
                self.committed[fingerprint] = msgpack.decode(msgpack.encode(watched), type=Watched)

    def checkpoint(self) -> None:
        self.saved = self.engine.external.volatile()
        self.since_checkpoint.clear()

    def take_over(self, at_s: int) -> None:
        self.engine = Engine(self.index, externals=self.committed)
        self.engine.external.restore(self.saved)
        for heard_at_ms, seen in self.since_checkpoint:
            self.engine.external.remember(seen, heard_at_ms)
        self.engine.external.forgive(T + at_s * 1000)

    def told(self) -> list[tuple[str, str, int]]:
        return [(t.kind, t.plugin_id, (t.decided_at_ms - T) // 1000) for t in self.transitions]


def grouped(steps: list[Step]) -> dict[int, list[Step]]:
    found: dict[int, list[Step]] = defaultdict(list)
    for step in steps:
        found[step[0]].append(step)
    return found


@given(steps_of)
@example([(10, "a", 10, 250), (70, "a", 10, 70), (75, "a", 70, 315)])
@example([(10, "a", 10, 250), (70, "a", 10, 70), (75, "a", 71, 315)])
@example([(10, "a", 10, 250), (20, "a", 10, 10)])
@example([(10, "a", 10, 250), (20, "a", 5, 9)])
@example([(10, "a", 10, 0), (320, "a", 10, 0)])
def test_decisions_are_those_of_the_simple_model(steps: list[Step]) -> None:
    owner, by_second = Owner(), grouped(steps)
    for now_s in range(LASTS_S + 1):
        owner.pass_time(now_s)
        for n, (_, name, starts_s, ends_s) in enumerate(by_second.get(now_s, ())):
            owner.take(now_s, statement(name, starts_s, ends_s), f"{now_s}-{n}")

    # What is due at one instant has no order.
    assert sorted(reference(steps, LASTS_S), key=itemgetter(1)) == sorted(owner.told(), key=itemgetter(1))
    assert {} == owner.engine.external.by_fingerprint == owner.committed


@given(steps_of, st.sets(st.integers(1, 1_600), max_size=6), st.sets(st.integers(1, 1_600), max_size=6))
def test_owners_that_change_tell_each_beginning_and_each_end_once(
    steps: list[Step], takeovers: set[int], checkpoints: set[int]
) -> None:
    owner, by_second = Owner(Terms()), grouped(steps)
    heard: dict[str, list[int]] = defaultdict(list)
    for now_s in range(2 * LASTS_S):
        if now_s in checkpoints:
            owner.checkpoint()
        if now_s in takeovers:
            owner.take_over(now_s)
        owner.pass_time(now_s)
        for n, (_, name, starts_s, ends_s) in enumerate(by_second.get(now_s, ())):
            owner.take(now_s, statement(name, starts_s, ends_s), f"{now_s}-{n}")
            if not 0 < ends_s <= now_s:
                heard[name].append(now_s)

    kinds: dict[str, list[str]] = defaultdict(list)
    for transition in owner.transitions:
        if transition.kind != "announced":
            kinds[transition.plugin_id].append(transition.kind)
        if transition.reason_code == "external.no_word":
            resolved_s = (transition.decided_at_ms - T) // 1000
            newest_s = max(at_s for at_s in heard[transition.plugin_id] if at_s < resolved_s)
            assert resolved_s - newest_s >= FLOOR_MS // 1000
    for of_plugin in kinds.values():
        assert ["begins", "resolved"] * (len(of_plugin) // 2) == [
            "begins" if kind in ("firing", "reopened") else kind for kind in of_plugin
        ]
    assert {} == owner.committed


@given(steps_of, st.integers(0, 1_600))
def test_replay_of_what_was_not_committed_gives_the_same_alerts(steps: list[Step], dies_at_s: int) -> None:
    """A batch is decided, its owner dies before the commit, and the next owner decides the same entries."""
    first, second = Owner(), Owner()
    for owner in (first, second):
        for n, (at_s, name, starts_s, ends_s) in enumerate(steps):
            if at_s < dies_at_s:
                owner.take(at_s, statement(name, starts_s, ends_s), f"{at_s}-{n}")
    before = list(second.transitions)
    second.take_over(0)
    for owner in (first, second):
        for n, (at_s, name, starts_s, ends_s) in enumerate(steps):
            if at_s >= dies_at_s:
                owner.take(at_s, statement(name, starts_s, ends_s), f"{at_s}-{n}")

    assert before == first.transitions[: len(before)]
    assert [(t.kind, t.alert_id) for t in first.transitions] == [(t.kind, t.alert_id) for t in second.transitions]


def test_renewals_need_no_commit() -> None:
    owner = Owner()
    for at_s in range(0, 1_200, 60):
        owner.take(at_s, statement("a", 0, at_s + 240))

    assert 1 == owner.stored == len(owner.transitions)


def test_resolve_command_of_another_alert_is_a_no_op() -> None:
    owner = Owner()
    owner.take(0, statement("a", 0, 240))
    changes = Changes()
    command = Command(kind="resolve", rule_id="external:Hot", plugin_id="a", alert_id="other", by="kim", at_ms=T + 1)
    owner.engine.external.obey(command, changes)

    assert not changes


def test_committed_alert_is_read_back_and_a_broken_one_is_named() -> None:
    owner = Owner()
    changes = Changes()
    owner.engine.external.take(statement("a", 0, 240), "1-0", T, T, changes)
    [(fingerprint, watched)] = changes.externals.items()
    _, arguments = call_of(Batch(0, "w:1", "1-0", 1, changes, Refusals([], 0, 0)), 4_000, T)
    field, body = arguments[7], arguments[8]
    found, unreadable = stored.read_externals(
        {
            field.encode(): body,
            b"\0" + b"f" * 16: b"junk",
            b"\0" + b"e" * 16: msgpack.encode(structs.replace(watched, until_ms=-1)),
            b"r\0p": b"of a rule",
        }
    )

    assert {fingerprint: watched} == found
    assert 2 == len(unreadable) and all("must be resolved by hand" in line for line in unreadable)


def test_transition_speaks_with_the_words_of_its_sender() -> None:
    owner = Owner(Terms(channels=("email",)))
    seen = structs.replace(
        statement("a", 0, 240),
        labels={"alertname": "Hot", "severity": "page", "instance": "web-1"},
        annotations={"summary": "CPU 90 %", "description": "web-1 is hot", "runbook_url": "https://x.example/r"},
        generator_url="http://kim:secret@prom:9090/graph?g0.expr=up",
    )
    owner.take(0, seen)
    [told] = owner.transitions

    assert ("external:Hot", "Hot", "critical", ["email"]) == (
        told.rule_id,
        told.rule_name,
        told.severity,
        told.channels,
    )
    assert ("CPU 90 %", "web-1 is hot", "https://x.example/r") == (
        told.condition,
        told.description,
        told.runbook_url,
    )
    assert "prom:9090 reports that it fires" == told.reason
    assert told.external is not None and seen.fingerprint == told.external.fingerprint


def test_runbook_that_is_no_address_is_left_out() -> None:
    owner = Owner()
    owner.take(0, structs.replace(statement("a", 0, 240), annotations={"runbook_url": "javascript:alert(1)"}))

    assert "" == owner.transitions[0].runbook_url


def test_sender_is_named_by_its_key_where_its_address_says_nothing() -> None:
    assert "grafana" == sender_of(structs.replace(statement("a", 0, 0), generator_url="http://[", sender="grafana"))
    assert "Hot" == sender_of(statement("a", 0, 0))


def test_while_no_process_takes_statements_no_sender_is_silent() -> None:
    owner = Owner()
    owner.take(0, statement("a", 0, 240))
    owner.take(0, statement("b", 0, 0), "0-1")
    owner.engine.external.note_doors(T, are_open=False)
    for now_s in range(0, 900, 10):
        owner.pass_time(now_s)
    owner.engine.external.note_doors(T + 900_000, are_open=True)
    for now_s in range(900, 1_199):
        owner.pass_time(now_s)
    assert ["firing", "firing"] == [t.kind for t in owner.transitions]
    owner.pass_time(1_200)

    assert ["external.no_word"] * 2 == [t.reason_code for t in owner.transitions[2:]]


def test_there_is_room_for_so_many_and_known_ones_go_on() -> None:
    owner = Owner(Terms(most=1))
    owner.take(0, statement("a", 0, 240))

    assert owner.engine.external.has_room_for(statement("a", 0, 240), 0)
    assert not owner.engine.external.has_room_for(statement("b", 0, 240), 0)
