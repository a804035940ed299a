"""
Rules of every kind over random logs: what is decided depends on the log and the clock alone, not on how the log is cut
into batches, on who holds it when, or on how often it is read.
"""

import math
import statistics
from typing import Any

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from evaluator import checkpoint, condition, plugin_memory
from evaluator.changes import Changes
from evaluator.checkpoint import SavedPlugin
from evaluator.engine import Engine
from evaluator.index import Index
from evaluator.plugin_memory import PluginMemory
from evaluator.windows import Windows
from shared.model.alerts import Transition
from shared.model.events import Command, Event
from shared.model.rules import Rule
from tests.support.factories import a_rule, an_event
from tests.support.replays import CONDITIONS, HOT, T, log_of, moments, window

rules_of = st.lists(
    st.builds(
        lambda kind, hold, cooldown, recover, auto, when_gone, gone_after: {
            "condition": kind,
            "for_seconds": hold,
            "cooldown_minutes": cooldown,
            "recover": {"for_seconds": recover} if recover else None,
            "auto_resolve": auto,
            "when_gone": when_gone,
            "gone_after_seconds": gone_after if condition.check(a_rule(condition=kind)).needs().metrics else None,
        },
        st.sampled_from(CONDITIONS),
        st.sampled_from([0, 0, 5, 20]),
        st.sampled_from([0, 0.5, 1]),
        st.sampled_from([0, 0, 10]),
        st.sampled_from([True, True, True, False]),
        st.sampled_from(["resolve", "resolve", "hold", "fire"]),
        st.sampled_from([None, None, 8, 30]),
    ),
    min_size=1,
    max_size=5,
)


class Owner:
    """Plays a log, and can die anywhere: another goes on with what was committed."""

    def __init__(self, rules: list[dict[str, Any]], log: list[tuple[int, Event | None]]) -> None:
        self.index = Index([Rule.model_validate({**a_rule(id=f"r{i}", **r).model_dump()}) for i, r in enumerate(rules)])
        self.log = log
        self.committed = Changes()
        self.engine = Engine(self.index)
        self.checkpoint: tuple[int, bytes] | None = None
        self.judged_until_ms = 0

    def play(self, start: int, stop: int) -> Changes:
        """Decide a batch; the caller commits it, or dies."""
        changes = Changes()
        for i, (clock, event) in enumerate(self.log[start:stop], start):
            if event is None:
                self.engine.pass_time(clock, changes)
            else:
                self.engine.apply(event, f"{i}-0", clock, changes)
        return changes

    def commit(self, changes: Changes) -> None:
        self.committed.snapshots |= changes.snapshots
        self.committed.transitions += changes.transitions
        self.judged_until_ms = self.engine.judged_until_ms

    def save(self, at: int) -> None:
        self.checkpoint = (at, msgspec.msgpack.encode([checkpoint.save(m) for m in self.engine.plugins.memories()]))

    def take_over(self, at: int) -> None:
        start, body = self.checkpoint or (0, None)
        saved = msgspec.msgpack.decode(body, type=list[SavedPlugin]) if body else []
        snapshots = {place: s for place, s in self.committed.snapshots.items() if s is not None}
        memories = [checkpoint.restore(one) for one in saved]
        self.engine = Engine(self.index, memories, snapshots, judged_until_ms=self.judged_until_ms)
        for clock, event in self.log[start:at]:
            if event is not None:
                self.engine.plugins.remember(event, clock)
        nothing = Changes()
        self.engine.replace_rules(self.index, self.log[at][0] if at < len(self.log) else self.log[-1][0], nothing)
        assert not nothing, "a takeover decides nothing"


def whole(rules: list[dict[str, Any]], log: list[tuple[int, Event | None]]) -> list[Transition]:
    owner = Owner(rules, log)
    owner.commit(owner.play(0, len(log)))
    return owner.committed.transitions


ENDED_BY_SILENCE = {
    "condition": CONDITIONS[-2],
    "for_seconds": 0,
    "cooldown_minutes": 0,
    "when_gone": "fire",
    "gone_after_seconds": 30,
}
"""Its second part is judged by the clock too: when the error leaves the window, before the silence counts as an end."""


@settings(max_examples=150)
@given(rules_of, moments, st.lists(st.tuples(st.integers(1, 9), st.sampled_from(["commit", "die", "save"]))))
@example([ENDED_BY_SILENCE], [(0, "a", 0, {"x": 0.0}, {}, ["Timeout"]), (0, "a", -1, {}, {}, [])], [(10, "save")])
def test_decisions_depend_neither_on_batches_nor_on_who_holds_the_partition(
    rules: list[dict[str, Any]], drawn: list[Any], cuts: list[tuple[int, str]]
) -> None:
    log = log_of(drawn)
    owner = Owner(rules, log)
    at = 0
    for size, what in cuts:
        if at >= len(log):
            break
        stop = min(at + size, len(log))
        changes = owner.play(at, stop)
        if what == "die":
            owner.take_over(at)  # What was decided and not committed is decided again.
            continue
        owner.commit(changes)
        at = stop
        if what == "save":
            owner.save(at)
            owner.take_over(at)
    owner.commit(owner.play(at, len(log)))

    assert whole(rules, log) == owner.committed.transitions


def test_instant_that_events_put_off_is_not_judged_whoever_armed_it() -> None:
    """
    The first event is missed after 40 s, at 40.0 s; but others put that off. There the window happens to hold one low
    sample only, and half a second later none: an owner who knew the first event found the alert resolved, one who took
    over after it did not.
    """
    either = [window("max"), {"kind": "absence", "seconds": 40}]
    rule = {"condition": {"kind": "compound", "join": "any", "conditions": either}, "cooldown_minutes": 0}
    log = log_of([(0, "a", 0, {}, {}, []), (15_260, "a", 0, {"x": 79.0}, {}, []), (4_741, "a", 0, {"x": 0.0}, {}, [])])
    heirs = []
    for at in range(len(log)):
        owner = Owner([rule], log)
        owner.commit(owner.play(0, at))
        owner.save(at)
        owner.take_over(at)
        owner.commit(owner.play(at, len(log)))
        heirs.append(owner.committed.transitions)

    assert heirs == [whole([rule], log)] * len(log)


def test_alert_of_an_error_ends_that_came_when_the_one_before_it_fell_out() -> None:
    """The instant armed for the first report is that of the second, which puts it off."""
    drawn = [
        (0, "a", 0, {}, {}, ["Timeout"]),
        (10_000, "b", 0, {}, {}, []),
        (10_000, "a", 0, {"x": 81.0}, {}, ["Disk"]),
    ]
    rule = {"condition": {"kind": "compound", "join": "all", "conditions": [HOT, {"kind": "error", "seconds": 20}]}}
    told = whole([{**rule, "cooldown_minutes": 0}], log_of(drawn))

    assert [("firing", T + 20_000), ("resolved", T + 40_000)] == [(one.kind, one.at_ms) for one in told]


def test_late_event_ends_no_silence_of_a_metric_it_does_not_bring() -> None:
    """It was judged at the newest event's time, when less than 15 s had passed: resolved, and fired again at once."""
    rule = {"condition": {"kind": "absence", "seconds": 15, "metric": "y"}, "cooldown_minutes": 0}
    drawn = [(0, "b", 0, {"y": 0.0}, {}, []), (13_000, "b", 0, {}, {}, []), (4_000, "b", -10_000, {}, {}, [])]
    told = whole([rule], log_of([*drawn[:2], (3_000, "a", 0, {}, {}, []), (1_000, *drawn[2][1:])]))

    assert [("firing", T + 15_000)] == [(one.kind, one.at_ms) for one in told]


@given(rules_of, moments)
def test_replaying_a_log_gives_the_same_alerts_to_the_letter(rules: list[dict[str, Any]], drawn: list[Any]) -> None:
    log = log_of(drawn)

    assert whole(rules, log) == whole(rules, log)


@given(rules_of, moments)
def test_every_alert_goes_through_its_life_in_order(rules: list[dict[str, Any]], drawn: list[Any]) -> None:
    """Nothing resolves that did not fire, nothing fires twice, and one alert of a rule and plugin is open at a time."""
    follows = {
        "": {"pending", "firing"},
        "pending": {"firing", "cleared"},
        "cleared": {"pending", "firing"},
        "firing": {"resolved"},
        "reopened": {"announced", "resolved"},
        "announced": {"resolved"},
        "resolved": {"pending", "firing", "reopened"},
    }
    last: dict[tuple[str, str], Transition] = {}
    for now in whole(rules, log_of(drawn)):
        before = last.get((now.rule_id, now.plugin_id))
        assert now.kind in follows[before.kind if before else ""]
        if before is not None:
            goes_on = before.kind not in ("cleared", "resolved") or now.kind == "reopened"
            assert goes_on == (now.alert_id == before.alert_id)
        last[now.rule_id, now.plugin_id] = now


@given(rules_of, moments, st.integers(0, 100))
def test_command_obeyed_twice_is_obeyed_once(rules: list[dict[str, Any]], drawn: list[Any], at: int) -> None:
    log = log_of(drawn)
    owner = Owner(rules, log)
    changes = owner.play(0, min(at, len(log)))
    for fired in [t for t in changes.transitions if t.kind == "firing"]:
        about = {"rule_id": fired.rule_id, "plugin_id": fired.plugin_id, "alert_id": fired.alert_id}
        command = Command(kind="resolve", by="kim", at_ms=fired.decided_at_ms, **about)
        owner.engine.obey(command, Changes())
        again = Changes()
        owner.engine.obey(command, again)

        assert not again


samples = st.lists(st.tuples(st.just(0) | st.integers(-20_000, 40_000), st.floats(-1e6, 1e6)), min_size=1, max_size=60)
of_samples_or_states = st.sampled_from(
    [one for one in CONDITIONS if one["kind"] in ("threshold", "window", "rate", "state")]
)
batches = st.lists(
    st.tuples(
        st.integers(1, 20_000),
        st.dictionaries(st.sampled_from(["x", "y"]), st.sampled_from([0.0, 50.0, 79.0, 81.0, 100.0]), max_size=2),
        st.dictionaries(st.just("s"), st.sampled_from(["good", "bad", "worse"]), max_size=1),
        st.integers(0, 6),
    ),
    max_size=40,
)


@given(st.lists(of_samples_or_states, min_size=1, max_size=4), batches, st.sampled_from([0, 5]), st.booleans())
def test_batch_that_is_sent_twice_decides_what_it_decides_once(
    conditions: list[dict[str, Any]], drawn: list[Any], for_seconds: int, has_prefilter: bool
) -> None:
    """A sender that got no answer repeats its last events: all but the newest are late, and none counts again."""
    rules = [a_rule(id=f"r{i}", condition=one, for_seconds=for_seconds) for i, one in enumerate(conditions)]
    once, twice = (Engine(Index(rules, has_prefilter=has_prefilter)) for _ in range(2))
    changes, changes_twice = Changes(), Changes()
    sent: list[Event] = []
    at_ms = T
    for i, (step_ms, metrics, states, repeated) in enumerate(drawn):
        at_ms += step_ms
        sent.append(Event("p", at_ms=at_ms, metrics=metrics, states=states))
        once.apply(sent[-1], f"{i}-0", at_ms, changes)
        twice.apply(sent[-1], f"{i}-0", at_ms, changes_twice)
        for again in sent[-repeated:] if repeated else ():
            twice.apply(again, f"{i}-1", at_ms, changes_twice)

    assert changes.transitions == changes_twice.transitions


@given(samples, st.sampled_from([1, 7, 30]), st.integers(0, 60))
def test_window_equals_brute_force_at_every_sample_also_after_a_takeover(
    drawn: list[tuple[int, float]], length_s: int, taken_over: int
) -> None:
    """
    Each sample's time is given as the step from the one before: late and far ones among them, and equal ones, of which
    the last counts.
    """
    kinds = {s: condition.check(a_rule(condition=window(s, seconds=length_s))) for s in ("avg", "p95", "stddev", "max")}
    known, seen, at_ms, newest = PluginMemory("p"), {}, T, 0
    keep = Windows({"x": length_s * 1000})
    for i, (step, value) in enumerate(drawn):
        at_ms += step
        seen[at_ms] = value
        newest = max(newest, at_ms)
        if i == taken_over:
            known = checkpoint.restore(
                msgspec.msgpack.decode(msgspec.msgpack.encode(checkpoint.save(known)), type=SavedPlugin)
            )
        plugin_memory.remember(known, an_event(at_ms, x=value), at_ms, keep)
        inside = sorted(v for at, v in seen.items() if newest - length_s * 1000 < at <= newest)
        brute = {
            "avg": math.fsum(inside) / len(inside),
            "p95": inside[math.ceil(95 * len(inside) / 100) - 1],
            "stddev": statistics.pstdev(inside),
            "max": inside[-1],
        }
        for statistic, kind in kinds.items():
            verdict = kind.judge(known, newest, None)

            assert verdict is not None and verdict.value is not None
            assert math.isclose(brute[statistic], verdict.value, rel_tol=1e-9, abs_tol=1e-6)


@given(samples, st.sampled_from([5, 30]))
def test_rate_equals_brute_force_at_every_sample(drawn: list[tuple[int, float]], length_s: int) -> None:
    kind = condition.check(
        a_rule(condition={"kind": "rate", "metric": "x", "seconds": length_s, "operator": ">", "threshold": 0})
    )
    known, seen, at_ms = PluginMemory("p"), {}, T
    keep = Windows({"x": kind.needs().lookback_ms})
    for step, value in drawn:
        at_ms += step
        plugin_memory.remember(known, an_event(at_ms, x=value), at_ms, keep)
        seen[at_ms] = value
        newest_ms = max(seen)
        oldest_ms = min((at for at in seen if newest_ms - length_s * 1000 <= at < newest_ms), default=None)
        verdict = kind.judge(known, newest_ms, None)

        assert (oldest_ms is None) == (verdict is None)
        if oldest_ms is not None and verdict is not None and verdict.value is not None:
            expected = (seen[newest_ms] - seen[oldest_ms]) * 1000 / (newest_ms - oldest_ms)
            assert math.isclose(expected, verdict.value, rel_tol=1e-9, abs_tol=1e-6)
