"""Whatever order the router takes transitions in: each once, each plugin's in its order, whoever goes on where."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dispatchers import backlog
from dispatchers.backlog import Backlog
from shared.model.alerts import Transition

# One stream a partition; each entry a list of (rule, plugin), or None for what nobody can read.
an_entry = st.lists(st.one_of(st.none(), st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"))), max_size=4)
streams = st.dictionaries(st.integers(0, 1), st.lists(an_entry, max_size=12), max_size=2)


def a_transition(rule: str, plugin: str, number: int) -> Transition:
    return Transition(
        kind="firing", alert_id=f"{number}", rule_id=rule, rule_name=rule, plugin_id=plugin, plugin_name=plugin,
        severity="info", channels=[], condition="", at_ms=0, decided_at_ms=0, since_ms=0,
    )  # fmt: skip


class Outboxes:
    """What is in the streams, and what a router has stored of its way through them."""

    def __init__(self, content: dict[int, list[list[tuple[str, str] | None]]]) -> None:
        self.entries: dict[int, list[tuple[str, list[Transition | None]]]] = {}
        self.all: list[Transition] = []
        for partition, lists in content.items():
            for n, pairs in enumerate(lists):
                # A plugin lives in one partition.
                made = [pair and a_transition(pair[0], f"{pair[1]}{partition}", 0) for pair in pairs]
                for one in made:
                    if one is not None:
                        one.alert_id = str(len(self.all))
                        self.all.append(one)
                self.entries.setdefault(partition, []).append((f"{n + 1}-0", made))
        self.cursors: dict[int, str] = {}
        self.ahead: dict[int, str] = {}

    def begin(self) -> tuple[Backlog, list[tuple[int, str, list[Transition | None]]]]:
        """A router that takes the seat: its backlog, and what it will read."""
        unread = [
            (partition, *entry)
            for partition, entries in self.entries.items()
            for entry in entries
            if int(entry[0][:-2]) > int(self.cursors.get(partition, "0-0")[:-2])
        ]
        return Backlog(self.ahead), unread

    def store(self, told: dict[int, tuple[str | None, str]]) -> None:
        for partition, (cursor, ahead) in told.items():
            self.cursors[partition] = cursor or self.cursors.get(partition, "0-0")
            self.ahead[partition] = ahead


@given(
    streams, st.lists(st.tuples(st.integers(1, 5), st.integers(0, 4), st.booleans()), max_size=12), st.integers(0, 5)
)
def test_everything_once_and_each_plugin_in_order(content: Any, steps: Any, most_ahead: int) -> None:
    outboxes = Outboxes(content)
    waiting, unread = outboxes.begin()
    routed: list[Transition] = []
    backlog.MAX_AHEAD, before = most_ahead, backlog.MAX_AHEAD
    try:
        for most, reads, dies in [*steps, *[(5, 4, False)] * 60]:
            for partition, entry_id, transitions in unread[:reads]:
                waiting.add(partition, entry_id, transitions)
            del unread[:reads]
            taken = waiting.take(most)
            assert len(taken) <= most
            if dies:
                # Before it stored what it took: nothing of that has happened.
                waiting, unread = outboxes.begin()
                continue
            routed += taken
            outboxes.store(waiting.progress())
    finally:
        backlog.MAX_AHEAD = before

    assert sorted(t.alert_id for t in outboxes.all) == sorted(t.alert_id for t in routed)
    for plugin in {t.plugin_id for t in routed}:
        order = [int(t.alert_id) for t in routed if t.plugin_id == plugin]
        assert sorted(order) == order
    assert not waiting and not any(outboxes.ahead.values())
    assert outboxes.cursors == {p: entries[-1][0] for p, entries in outboxes.entries.items() if entries}


a_busy_entry = st.lists(st.one_of(st.none(), st.tuples(st.sampled_from("ab"), st.sampled_from("wxyz"))), max_size=3)
one_each = st.tuples(st.sampled_from("ab"), st.sampled_from("stuvwxyz")).map(lambda pair: [pair])
busy_streams = st.dictionaries(
    st.integers(0, 1), st.lists(st.one_of(one_each, one_each, a_busy_entry), min_size=4, max_size=9), min_size=1
)
# What one router does before it dies: rounds of reading and taking; and how many of its batches are not written then.
a_life = st.tuples(
    st.lists(st.tuples(st.integers(1, 6), st.integers(1, 3)), min_size=1, max_size=3), st.sampled_from([0, 0, 1, 2])
)


@settings(max_examples=400)
@given(busy_streams, st.lists(a_life, min_size=2, max_size=8), st.sampled_from([100, 3, 0]))
def test_routers_that_die_at_any_step_route_everything_once(content: Any, lives: Any, most_ahead: int) -> None:
    """Routers take batches ahead of what is written and die with them; each goes on from what the last one stored."""
    outboxes = Outboxes(content)
    routed: list[Transition] = []
    backlog.MAX_AHEAD, before = most_ahead, backlog.MAX_AHEAD
    try:
        for rounds, unwritten in [*lives, ([(9, 9)] * 40, 0)]:
            waiting, unread = outboxes.begin()
            batches = []
            for reads, most in rounds:
                for partition, entry_id, transitions in unread[:reads]:
                    waiting.add(partition, entry_id, transitions)
                del unread[:reads]
                batches.append((waiting.take(most), waiting.progress()))
            for taken, told in batches[: len(batches) - unwritten]:
                routed += taken
                outboxes.store(told)
    finally:
        backlog.MAX_AHEAD = before

    assert sorted(t.alert_id for t in outboxes.all) == sorted(t.alert_id for t in routed)
    for plugin in {t.plugin_id for t in routed}:
        order = [int(t.alert_id) for t in routed if t.plugin_id == plugin]
        assert sorted(order) == order
    assert not any(outboxes.ahead.values())


def test_note_keeps_what_it_says_of_entries_not_read_yet() -> None:
    waiting = Backlog({0: "2-0:0 3-0:0"})
    waiting.add(0, "1-0", [a_transition("r", "p", 0)])
    waiting.take(50)

    assert {0: ("1-0", "2-0:0 3-0:0")} == waiting.progress()


def test_note_forgets_entries_that_were_deleted() -> None:
    waiting = Backlog({0: "5-0:0 20-0:0 9-0:1,3"})
    waiting.add(0, "10-0", [a_transition("r", "p", 0)])
    waiting.take(50)

    assert {0: ("10-0", "20-0:0")} == waiting.progress()


@given(st.one_of(st.text(), st.from_regex(r"([0-9]{1,25}-?[0-9]?:[0-9,x]*[ ]?){0,5}", fullmatch=True)))
def test_note_that_cannot_be_read_holds_up_nothing(note: str) -> None:
    waiting = Backlog({0: note})
    waiting.add(0, f"{10**21}-0", [a_transition("r", "p", 0)])

    assert 1 == len(waiting.take(50))
    assert {0: (f"{10**21}-0", "")} == waiting.progress()


def test_one_of_a_quiet_rule_does_not_wait_for_a_storm() -> None:
    waiting = Backlog()
    for n in range(100):
        waiting.add(0, f"{n}-0", [a_transition("storm", f"p{n}-{i}", i) for i in range(50)])
    waiting.add(0, "100-0", [a_transition("quiet", "q", 0)])
    taken = waiting.take(250)

    assert 250 == len(taken)
    assert "quiet" in {t.rule_id for t in taken}
    [(_, ahead)] = waiting.progress().values()
    assert "100-0:0" in ahead.split()


def test_too_much_taken_ahead_is_followed_by_the_first_in_line() -> None:
    waiting = Backlog()
    for rule in ("storm", "other"):
        for n in range(60):
            waiting.add(0, f"{n}-{rule == 'other':d}", [a_transition(rule, f"{rule}{n}-{i}", i) for i in range(50)])
    taken: list[Transition] = []
    while waiting:
        taken += waiting.take(250)
        [(_, ahead)] = waiting.progress().values()
        assert ahead.count(",") <= backlog.MAX_AHEAD + 250

    assert 6_000 == len(taken)
