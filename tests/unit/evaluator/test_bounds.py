"""A plugin that makes up names, and a host that writes garbage, take no more room than a bound."""

from hypothesis import given
from hypothesis import strategies as st

from evaluator import plugin_memory
from evaluator.budget import Budget
from evaluator.changes import Changes
from evaluator.checkpoint import SavedPlugin, restore
from evaluator.engine import Engine
from evaluator.index import Index
from evaluator.letters import AT_ONCE, EVERY_MS, PAYLOAD_LENGTH, Letters
from shared.model import dead_letter, reasons
from shared.model.events import Event
from tests.support.factories import a_rule

T = 1_700_000_000_000


def test_names_of_a_plugin_are_bounded_and_its_known_metrics_are_judged_on() -> None:
    engine, changes = Engine(Index([a_rule()])), Changes()
    engine.apply(Event("p", at_ms=T, metrics={"cpu": 1.0}), "1-0", T, changes)
    for k in range(50):
        metrics = {f"m{k}-{n}": 99.0 for n in range(1_000)}
        states = {f"s{k}-{n}": "on" for n in range(1_000)}
        engine.apply(Event("p", at_ms=T + k + 1, metrics=metrics, states=states), f"2-{k}", T, changes)
    engine.apply(Event("p", at_ms=T + 100, metrics={"new": 1.0, "cpu": 99.0}), "3-0", T, changes)
    (known,) = engine.plugins.memories()

    assert (plugin_memory.MAX_SERIES, plugin_memory.MAX_SERIES) == (len(known.series), len(known.states))
    assert ["firing"] == [transition.kind for transition in changes.transitions]
    assert 50_000 + 2 - plugin_memory.MAX_SERIES == changes.cut


@given(st.lists(st.tuples(st.integers(-2_000, 5_000), st.integers(0, 400), st.booleans()), max_size=40))
def test_every_refused_event_has_a_letter_or_is_counted_by_one(steps: list[tuple[int, int, bool]]) -> None:
    letters, now_ms, written, refused, not_kept, forward_ms = Letters(), T, [], 0, 0, 0
    for wait_ms, events, commits in steps:
        now_ms += wait_ms
        forward_ms += max(0, wait_ms)
        for n in range(events):
            letters.add(reasons.of("event.nothing_known"), f"{now_ms}-{n}", b"x" * 9_000, now_ms)
        letters.settle(now_ms)
        if commits:
            taken = letters.take()
            written += taken.letters
            refused += taken.refused
            not_kept += taken.not_kept
    letters.settle(now_ms, at_once=True)
    taken = letters.take()
    written += taken.letters
    own = [body for why, _, body in written if why.code == "event.nothing_known"]
    counted = [why.values["count"] for why, _, _ in written if why.code == dead_letter.NOT_KEPT]

    assert sum(events for _, events, _ in steps) == refused + taken.refused == len(own) + sum(counted)
    assert not_kept + taken.not_kept == sum(counted)
    assert len(own) <= AT_ONCE + forward_ms / EVERY_MS and len(counted) <= forward_ms / EVERY_MS + 1
    assert all(len(body) == PAYLOAD_LENGTH for body in own)


def known(engine: Engine) -> dict[str, SavedPlugin]:
    return {saved.plugin_id: saved for saved in engine.plugins.saved()}


@given(
    st.lists(
        st.tuples(st.sampled_from("abcdefgh"), st.sets(st.sampled_from("uvwxyz"), min_size=1), st.integers(0, 900)),
        max_size=60,
    ),
    st.integers(1, 5),
    st.integers(1, 12),
    st.data(),
)
def test_each_owner_refuses_the_same_plugins_and_series(
    steps: list[tuple[str, set[str], int]], plugins: int, series: int, data: st.DataObject
) -> None:
    """Owners change at random; what was silent is forgotten now and then, and saved when it is."""
    index = Index([a_rule()])
    only, owner = (Engine(index, budget=Budget(plugins, series)) for _ in range(2))
    saved, since, now_ms = owner.plugins.saved(), 0, T
    for n, (plugin_id, names, wait_ms) in enumerate(steps):
        now_ms += wait_ms
        event = Event(plugin_id, at_ms=now_ms, metrics=dict.fromkeys(sorted(names), 1.0), states={"s": "on"})
        for engine in (only, owner):
            engine.apply(event, f"{n}-0", now_ms, Changes())
        if data.draw(st.booleans(), "a checkpoint"):
            for engine in (only, owner):
                engine.plugins.forget(now_ms - 1_000)
            saved, since = owner.plugins.saved(), n + 1
        if data.draw(st.booleans(), "another owner"):
            owner = Engine(index, [restore(one) for one in saved], budget=Budget(plugins, series))
            past_ms = T + sum(wait for _, _, wait in steps[:since])
            for before, more, wait in steps[since : n + 1]:
                past_ms += wait
                metrics = dict.fromkeys(sorted(more), 1.0)
                owner.plugins.remember(Event(before, at_ms=past_ms, metrics=metrics, states={"s": "on"}), past_ms)

        assert known(only) == known(owner)
        assert len(known(owner)) <= plugins
        assert sum(len(one.series) + len(one.states) for one in known(owner).values()) <= series


def test_a_plugin_beyond_the_bound_is_refused_and_has_room_once_another_is_forgotten() -> None:
    engine, changes = Engine(Index([a_rule()]), budget=Budget(2, 100)), Changes()
    for n, plugin_id in enumerate(("old", "p", "new", "new", "p")):
        engine.apply(Event(plugin_id, at_ms=T + n, metrics={"cpu": 99.0}), f"{n}-0", T + n * 1_000, changes)
    refused = [event.plugin_id for event, _ in changes.refused]
    engine.plugins.by_id["old"].snapshots.clear()
    engine.plugins.forget(T + 1)
    engine.apply(Event("new", at_ms=T + 9, metrics={"cpu": 99.0}), "9-0", T + 9_000, changes)

    assert (["new", "new"], 4) == (refused, changes.events)
    assert ["old", "p", "new"] == [transition.plugin_id for transition in changes.transitions]
