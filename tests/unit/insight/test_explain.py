"""Every scenario explained: in words, without a difference; and a step that is broken on purpose is found."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from dispatchers import choose_channels, flapping, grouping, ledger, suppress
from evaluator import decide
from evaluator.conditions import threshold
from insight import explain
from insight.chain import Chain
from insight.evidence import Evidence
from shared.model import reasons
from shared.model.events import ErrorReport, Event
from tests.support import explained, replays
from tests.support.stories import START_S, Story

SCENARIOS = list(explained.scenarios())
IDS = [f"{file}: {scenario['name']}" for file, scenario in SCENARIOS]
KNOWN = {"absence: time the system itself was down is not silence": [("3719s r p", ["state"])]}
"""The archive does not keep when no evaluator ran, so the two differ, and a note says why."""


def newest(story: Story, plugin_id: str = "p") -> Chain:
    """Explain the newest alert of a plugin."""
    (*_, alert) = [one for one in story.alerts.values() if one.plugin_id == plugin_id]
    return explain.alert(story.evidence(plugin_id), alert.id, "", story.now_ms)


def differing(chain: Chain) -> list[str]:
    return [step.name for step in chain.steps if step.differs]


@pytest.mark.parametrize(("file", "scenario"), SCENARIOS, ids=IDS)
def test_scenario_is_explained_and_what_is_computed_again_is_what_was_recorded(
    file: str, scenario: dict[str, Any]
) -> None:
    story = explained.played(scenario)

    assert explained.expected(file)[scenario["name"]] == explained.sentences(story)
    found = [(name, differing(chain)) for _, name, chain in explained.chains(story) if differing(chain)]
    assert KNOWN.get(scenario["name"], []) == found


def test_every_scenario_says_why_or_why_not_and_nearly_all_say_both() -> None:
    found = [explained.expected(file)[scenario["name"]] for file, scenario in SCENARIOS]

    assert all(one["why"] or one["why_not"] for one in found)
    assert sum(bool(one["why"]) and bool(one["why_not"]) for one in found) > 0.9 * len(found)


def flapping_story() -> Story:
    story = Story([{"id": "r"}])
    for n in range(7):
        story.play(f"{n * 30}s p cpu={10 if n % 2 else 90}")
    return story


def muted_story() -> Story:
    always = {"times": [{"start_time": "00:00", "end_time": "24:00"}]}
    tree = {"route": {"channels": ["web"], "mute_times": ["always"]}, "time_intervals": {"always": [always]}}
    below = {"route": {"channels": ["web"], "routes": [{"channels": ["web"], "mute_times": ["always"]}]}}
    story = Story([{"id": "r", "channels": []}], {**below, "time_intervals": tree["time_intervals"]})
    story.play("0s p cpu=90")
    return story


def silenced_story() -> Story:
    story = Story([{"id": "r"}])
    story.play("0s silence s 10m plugin_id=p")
    story.play("1m p cpu=90")
    return story


def inhibited_story() -> Story:
    story = Story([{"id": "r"}, {"id": "s", "threshold": 90, "severity": "critical"}])
    story.play("0s p cpu=85")
    story.play("1s p cpu=10")
    story.play("20m p cpu=95")
    # The one that is held back comes last.
    story.alerts = dict(sorted(story.alerts.items(), key=lambda item: item[1].rule_id == "r"))
    return story


def cooling_story() -> Story:
    story = Story([{"id": "r", "cooldown_minutes": 10}])
    for line in ("0s p cpu=90", "1m p cpu=10", "2m p cpu=90"):
        story.play(line)
    return story


ONLY: dict[str, tuple[str, Callable[[], Story]]] = {
    "silence": ("silenced", silenced_story),
    "inhibition": ("inhibited", inhibited_story),
    "cooldown": ("cooldown", cooling_story),
    "flapping": ("flapping", flapping_story),
    "mute": ("muted", muted_story),
}


@pytest.mark.parametrize("step", ONLY)
def test_step_that_alone_holds_back_is_the_reason_that_is_named(step: str) -> None:
    chain = newest(ONLY[step][1]())
    held = [one.name for one in chain.steps if one.name in ONLY and one.recorded and one.recorded.passes is False]

    assert [step] == held
    assert [] == differing(chain)
    assert chain.conclusion.passes is False
    (found,) = [one for one in chain.steps if one.name == step]
    assert found.recorded is not None
    assert reasons.text(found.recorded.why) in reasons.text(chain.conclusion.why)


@pytest.mark.parametrize("step", ONLY)
def test_suppression_that_holds_nothing_back_any_more_is_shown_as_different(
    step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, play = ONLY[step]
    story = play()
    broken = [(one, (lambda *_: None) if one == name else judge) for one, judge in suppress.STEPS]
    monkeypatch.setattr(suppress, "STEPS", tuple(broken))
    chain = newest(story)

    assert [step] == [one for one in differing(chain) if one != "channel"]


@pytest.mark.parametrize("step", ONLY)
def test_suppression_that_holds_everything_back_is_shown_as_different(
    step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = Story([{"id": "r"}])
    story.play("0s p cpu=90")
    always = reasons.of("suppressed.several", parts=[])
    broken = [(one, (lambda *_: always) if one == ONLY[step][0] else judge) for one, judge in suppress.STEPS]
    monkeypatch.setattr(suppress, "STEPS", tuple(broken))

    assert [step, "channel"] == differing(newest(story))


def test_broken_comparison_decision_route_group_and_ledger_are_shown_as_different(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    story = Story([{"id": "r", "channels": [], "for_seconds": 30}], {"route": {"channels": ["web"]}})
    for line in ("0s p cpu=90", "30s p cpu=90", "40s p cpu=90"):
        story.play(line)
    assert [] == differing(newest(story))

    with monkeypatch.context() as broken:
        broken.setattr(threshold.Condition, "judge", lambda *_: decide.Verdict(False, True, 90, 80, reasons.NONE))
        assert {"verdict", "state"} <= set(differing(newest(story)))
    with monkeypatch.context() as broken:
        broken.setattr(decide, "_wait", lambda _rule, snapshot, *_: decide.Decision(snapshot, (), reasons.NONE))
        assert {"duration", "state"} <= set(differing(newest(story)))
    with monkeypatch.context() as broken:
        broken.setattr(choose_channels, "choose", lambda change, *_: change)
        assert ["route"] == differing(newest(story))
    with monkeypatch.context() as broken:
        broken.setattr(grouping, "group_of", lambda _: "another")
        assert ["grouping"] == differing(newest(story))
    with monkeypatch.context() as broken:
        broken.setattr(ledger, "news", lambda *_: None)
        assert ["channel"] == differing(newest(story))


def test_broken_flapping_alone_is_shown_as_different(monkeypatch: pytest.MonkeyPatch) -> None:
    story = flapping_story()
    monkeypatch.setattr(flapping, "MOST_CHANGES", 60)

    assert ["flapping"] == [one for one in differing(newest(story)) if one != "channel"]


def a_random_story(seed: int) -> Story:
    chance = random.Random(seed)
    conditions = chance.sample(replays.CONDITIONS, 3)
    story = Story(
        [
            {
                "id": f"r{n}",
                "condition": condition,
                "cooldown_minutes": chance.choice((0, 0, 1, 5)),
                "for_seconds": chance.choice((0, 0, 10)),
                "severity": chance.choice(("info", "warning", "critical")),
            }
            for n, condition in enumerate(conditions)
        ]
    )
    at_s = 0
    for _ in range(40):
        at_s += chance.choice((1, 3, 7, 20))
        act = chance.random()
        if act < 0.05:
            story.play(f"{at_s}s silence s{at_s} {chance.choice((20, 60))}s plugin_id=p")
        elif act < 0.1:
            story.play(f"{at_s}s {chance.choice(('ack', 'resolve'))} p")
        else:
            story.pass_s(at_s)
            event = Event(
                "p",
                "p",
                (START_S + at_s) * 1000,
                {chance.choice("xy"): chance.choice((0.0, 50.0, 79.0, 81.0, 100.0))},
                {"s": chance.choice(("good", "bad", "worse"))} if act > 0.6 else {},
                (ErrorReport(chance.choice(("Timeout", "Total"))),) if act > 0.8 else (),
            )
            story.publish(event)
            story.settle()
    return story


def test_random_alerts_are_explained_and_what_is_computed_again_is_what_was_recorded() -> None:
    explanations = 0
    for seed in range(60):
        story = a_random_story(seed)
        for alert in story.alerts.values():
            chain = explain.alert(story.evidence("p"), alert.id, "", story.now_ms)
            explanations += 1

            assert [] == differing(chain), (seed, alert.id, [one for one in chain.steps if one.differs])
    assert explanations >= 200


def test_rule_is_explained_as_it_was_and_a_later_change_is_noted() -> None:
    story = Story([{"id": "r"}])
    for line in ("0s p cpu=70", "1m edit r threshold=60", "2m p cpu=70"):
        story.play(line)
    chain = explain.place(story.evidence("p"), "r", "p", story.begin_ms + 30_000)

    assert "cpu = 70 is not > 80" == reasons.text(chain.conclusion.why)
    assert ["explain.rule_changed_since"] == [note.code for note in chain.notes]


def test_nothing_is_computed_again_where_events_are_not_kept() -> None:
    story = Story([{"id": "r"}])
    story.play("0s p cpu=90")
    (alert,) = story.alerts.values()
    kept = story.evidence("p")
    without = Evidence(rules=kept.rules, stories=kept.stories, tells=kept.tells, recorded_until_ms=story.now_ms)
    chain = explain.alert(without, alert.id, "", story.now_ms)

    assert [] == differing(chain)
    assert chain.conclusion.passes
    assert "explain.samples_gone" in [note.code for note in chain.notes]
