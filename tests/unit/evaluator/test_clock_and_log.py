"""
Time acts on a partition only as far as its log is read.

A log and a server's clock are simulated. One owner reads each entry as soon as it arrives and always looks at
the clock; the other naps, reads some entries at a time, and learns now and then that nothing is left. Both must decide
the same.
"""

from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from evaluator.changes import Changes
from evaluator.engine import Engine
from evaluator.index import Index
from evaluator.letters import Letters
from evaluator.partition import Partition
from shared.model.encoding import encode
from shared.model.events import ErrorReport, Event
from tests.support.factories import a_rule

T = 1_700_000_000_000
STEP_MS = 100
ABSENCE = {"kind": "absence", "seconds": 1}
ERRORS = {"kind": "error", "seconds": 2, "count": 2}
LOUD = {"kind": "threshold", "metric": "x", "operator": ">", "threshold": 5}
CONDITIONS: list[dict[str, Any]] = [
    {"condition": ABSENCE},
    {"condition": {**ABSENCE, "metric": "x"}},
    {"condition": ABSENCE, "for_seconds": 1},
    {"condition": ERRORS},
    {"condition": ERRORS, "for_seconds": 1, "recover": {"for_seconds": 1}},
    {"condition": {"kind": "compound", "join": "not", "conditions": [ERRORS]}},
    {"condition": {"kind": "compound", "join": "any", "conditions": [ABSENCE, LOUD]}},
    {"condition": {"kind": "compound", "join": "all", "conditions": [ERRORS, LOUD]}},
    {"condition": LOUD, "gone_after_seconds": 1},
    {"condition": LOUD, "gone_after_seconds": 2, "when_gone": "fire"},
]
steps = st.lists(
    st.tuples(
        st.integers(0, 15),
        st.sampled_from(["a", "b"]),
        st.sampled_from([{}, {"x": 1.0}, {"x": 9.0}, {"y": 1.0}]),
        st.integers(0, 2),
        st.integers(-5, 5),
    ),
    min_size=1,
    max_size=25,
)
Entry = tuple[bytes, list[bytes]]


def log_of(drawn: list[Any]) -> list[tuple[int, Entry]]:
    """Entries with the instant each arrived at; several may share it."""
    log: list[tuple[int, Entry]] = []
    at_ms = T
    for i, (wait, plugin, metrics, errors, skew) in enumerate(drawn):
        at_ms += wait * STEP_MS
        event = Event(plugin, at_ms=at_ms + skew, metrics=metrics, errors=(ErrorReport("E"),) * errors)
        log.append((at_ms, (f"{at_ms}-{i}".encode(), [b"e", encode(event)])))
    return log


class Owner(Partition):
    """A partition without its server."""

    def __init__(self, rules: list[dict[str, Any]]) -> None:
        self.changes, self.letters = Changes(), Letters()
        self.read_until_ms = 0
        self.checked_names = set()
        self.engine = Engine(Index([a_rule(id=f"r{i}", **rule) for i, rule in enumerate(rules)]))

    @property
    def told(self) -> list[tuple[str, str, str, int, str, str]]:
        assert {} == self.engine.failures and not self.letters
        return [(t.kind, t.rule_id, t.plugin_id, t.at_ms, t.reason, t.alert_id) for t in self.changes.transitions]


def awake(rules: list[dict[str, Any]], log: list[tuple[int, Entry]], end_ms: int) -> list[Any]:
    owner, left = Owner(rules), list(log)
    for now_ms in range(T, end_ms + 1, 5):
        arrived = [entry for at_ms, entry in left if at_ms <= now_ms]
        del left[: len(arrived)]
        for entry in arrived:
            owner.decide([entry], now_ms)
        owner.nothing_unread_at(now_ms)
        owner.pass_time(now_ms)
    return owner.told


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from(CONDITIONS), min_size=1, max_size=4),
    steps,
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 9), st.booleans()), max_size=30),
)
@example(
    [{"condition": ABSENCE}],
    [(3, "a", {}, 0, 0)] * 12,
    [(30, 0, True), (0, 99, True)],
)
def test_owner_who_naps_decides_what_one_who_never_slept_decides(
    rules: list[dict[str, Any]], drawn: list[Any], naps: list[tuple[int, int, bool]]
) -> None:
    log = log_of(drawn)
    end_ms = log[-1][0] + 10_000
    owner, left, now_ms = Owner(rules), list(log), T
    for nap, count, looks_first in [*naps, (1_000_000, len(log), False)]:
        now_ms = min(now_ms + nap * STEP_MS, end_ms)
        there = [entry for at_ms, entry in left if at_ms <= now_ms]
        if looks_first:
            # What it knew of the log before it slept is all it may act on.
            if not there:
                owner.nothing_unread_at(now_ms)
            owner.pass_time(now_ms)
        owner.decide(there[:count], now_ms)
        del left[: len(there[:count])]
        if count >= len(there):
            owner.nothing_unread_at(now_ms)
        owner.pass_time(now_ms)

    assert awake(rules, log, end_ms) == owner.told


@given(steps, st.integers(0, 24), st.integers(0, 400))
def test_clock_never_contradicts_what_lies_unread(drawn: list[Any], read: int, ahead: int) -> None:
    """No plugin is called silent at an instant at which an entry of it, older than that instant, is in the log."""
    log = log_of(drawn)
    owner = Owner([{"condition": ABSENCE}])
    now_ms = log[-1][0] + ahead * STEP_MS
    owner.decide([entry for _, entry in log[:read]], now_ms)
    owner.pass_time(now_ms)

    unread_ms = log[read][0] if read < len(log) else now_ms
    assert all(t.at_ms <= unread_ms + 5 for t in owner.changes.transitions)


@given(st.integers(120_000, 1 << 52), st.integers(1, 5), st.booleans())
def test_entries_with_ids_of_the_far_future_arrive_now(ahead_ms: int, beats: int, has_time: bool) -> None:
    """One such id is given to all later entries; who falls silent after it is missed all the same."""
    owner = Owner([{"condition": ABSENCE}])
    now_ms = T
    for n in range(beats):
        now_ms += STEP_MS
        event = Event("a", at_ms=now_ms if has_time else 0)
        owner.decide([(f"{T + ahead_ms}-{n}".encode(), [b"e", encode(event)])], now_ms)
        owner.nothing_unread_at(now_ms)
        owner.pass_time(now_ms)
    assert [] == owner.told
    owner.nothing_unread_at(now_ms + 2_000)
    owner.pass_time(now_ms + 2_000)

    assert [("firing", now_ms + 1_000)] == [(t.kind, t.at_ms) for t in owner.changes.transitions]
