"""Which messages transitions lead to: each step of suppression in a story in which it alone holds back."""

from typing import Any

import pytest

from insight import notifying
from insight.circumstances import Acknowledgement, ChannelKind, Circumstances, Other, ValidSilence
from insight.replay import Heard, Replay
from shared.model import route_tree
from shared.model.alerts import Transition
from shared.model.rules import Rule
from shared.model.silences import Silence
from tests.support.factories import a_rule, an_alert, an_event

T = 1_700_000_000_000 // 3_600_000 * 3_600_000
MINUTE_MS = 60_000
KINDS = {
    "email": ChannelKind(frozenset(("firing", "acknowledged", "resolved")), groups=True),
    "pager": ChannelKind(frozenset(("firing", "resolved")), groups=True),
}
UNTIL_MS = T + 24 * 60 * MINUTE_MS


def decided(rule: Rule, *minutes: tuple[float, float], plugin_id: str = "p") -> list[Transition]:
    """Return what a rule decides about samples at minutes."""
    replay = Replay([rule], T - MINUTE_MS, [plugin_id])
    replay.feed(
        Heard(at_ms := T + round(minute * MINUTE_MS), 0, 0, an_event(at_ms, plugin_id, cpu=value))
        for minute, value in minutes
    )
    replay.pass_until(UNTIL_MS)
    return replay.transitions


def sent(changes: list[Transition], **around: Any) -> list[tuple[float, str, str]]:
    """Return minute, channel and news of each message."""
    circumstances = Circumstances(**{"kinds": KINDS, "gather_ms": 0, **around})
    found, _ = notifying.messages(changes, circumstances, T, UNTIL_MS)
    return [((one.at_ms - T) / MINUTE_MS, one.channel, one.news) for one in found]


def rule(**fields: Any) -> Rule:
    return a_rule(**{"channels": ["email"], "repeat_minutes": 0, **fields})


def test_firing_and_end_are_sent_to_each_channel_that_exists() -> None:
    changes = decided(rule(channels=["email", "nowhere", "pager"]), (0, 90), (5, 10))

    assert [(0, "email", "firing"), (0, "pager", "firing"), (5, "email", "resolved"), (5, "pager", "resolved")] == sent(
        changes
    )


def test_firing_again_within_the_cooldown_is_announced_at_its_end_if_it_still_fires() -> None:
    of_rule = rule(cooldown_minutes=30)

    assert [(0, "email", "firing"), (5, "email", "resolved"), (30, "email", "firing")] == sent(
        decided(of_rule, (0, 90), (5, 10), (10, 90))
    )
    assert [(0, "email", "firing"), (5, "email", "resolved")] == sent(
        decided(of_rule, (0, 90), (5, 10), (10, 90), (20, 10))
    )


def a_silence(**fields: Any) -> Silence:
    matchers = [{"name": "plugin_id", "value": "p"}]
    usual = {"id": "s", "comment": "deploy", "starts_at_ms": T - MINUTE_MS, "ends_at_ms": T + 20 * MINUTE_MS}
    return Silence.model_validate({**usual, "matchers": matchers, **fields})


def test_silenced_firing_is_sent_when_the_silence_ends_and_never_if_it_ended_before() -> None:
    silences = [ValidSilence(0, 1 << 62, a_silence())]

    assert [(20, "email", "firing")] == sent(decided(rule(), (0, 90)), silences=silences)
    assert [] == sent(decided(rule(), (0, 90), (5, 10)), silences=silences)


def test_silence_holds_back_only_from_when_it_was_saved_until_it_was_replaced() -> None:
    saved = [ValidSilence(T + 2 * MINUTE_MS, T + 8 * MINUTE_MS, a_silence())]

    assert [(0, "email", "firing")] == sent(decided(rule(), (0, 90)), silences=saved)
    assert [(8, "email", "firing")] == sent(decided(rule(), (5, 90)), silences=saved)


def test_recurring_silence_holds_back_at_its_times() -> None:
    hourly = a_silence(cron="0 * * * *", duration_minutes=10, ends_at_ms=UNTIL_MS)
    silences = [ValidSilence(0, 1 << 62, hourly)]

    assert [(10, "email", "firing")] == sent(decided(rule(), (2, 90)), silences=silences)
    assert [(15, "email", "firing")] == sent(decided(rule(), (15, 90)), silences=silences)


@pytest.mark.parametrize(
    ("fields", "other"),
    [
        ({}, {"severity": "critical", "metric": "cpu"}),
        ({"inhibited_by": ["host-*"]}, {"rule_id": "host-down"}),
        ({"inhibited_by": ["host-*"], "equal": ["rack"]}, {"rule_id": "host-down", "plugin_id": "x"}),
    ],
)
def test_alert_that_inhibits_holds_back_while_it_fires(fields: dict[str, Any], other: dict[str, Any]) -> None:
    alert = an_alert(**{"id": "other", "rule_id": "o", "labels": {"rack": "7"}, **other})
    changes = decided(rule(**fields), (5, 90))
    for change in changes:
        change.labels = {"rack": "7"}
    others = [Other(T, T + 9 * MINUTE_MS, alert)]

    assert [(9, "email", "firing")] == sent(changes, others=others)
    assert [(5, "email", "firing")] == sent(changes, others=[Other(T, T + 4 * MINUTE_MS, alert)])


def test_flapping_alert_is_sent_once_until_it_settles() -> None:
    rounds = [(n / 2, 90 if n % 2 == 0 else 10) for n in range(13)]
    changes = decided(rule(), *rounds)
    found = sent(changes)

    firings = [minute for minute, _, news in found if news == "firing"]
    # Of the firings at 0, 1, …, 6 minutes, those from the seventh change on wait. The last one goes on, and is sent
    # five minutes after the newest one that was let through.
    assert [0, 1, 2, 7] == firings


def test_reminders_and_escalation_come_until_a_person_acknowledges() -> None:
    of_rule = rule(repeat_minutes=30, escalation=[{"after_minutes": 45, "channels": ["pager"]}])
    changes = decided(of_rule, (0, 90))
    acts = [Acknowledgement(T + 70 * MINUTE_MS, "p", "Kim")]

    assert [
        (0, "email", "firing"),
        (30, "email", "firing"),
        (45, "pager", "firing"),
        (60, "email", "firing"),
        (60, "pager", "firing"),
        (70, "email", "acknowledged"),
    ] == sent(changes, acknowledgements=acts)


def test_news_of_a_group_is_gathered_after_its_first_message() -> None:
    of_rule = rule()
    changes = [one for n in range(3) for one in decided(of_rule, (n / 60, 90), plugin_id=f"p{n}")]
    found, _ = notifying.messages(changes, Circumstances(KINDS, gather_ms=10_000), T, UNTIL_MS)

    assert [(0, 1), (10_000, 2)] == [(one.at_ms - T, len(one.alerts)) for one in found]


def test_routes_choose_channels_and_mute_them_at_their_times() -> None:
    below = {"matchers": ['plugin="p"'], "channels": ["email"], "mute_times": ["always"]}
    always = [{"times": [{"start_time": "00:00", "end_time": "24:00"}]}]
    tree = route_tree.RouteTree.model_validate(
        {"route": {"channels": ["pager"], "routes": [below]}, "time_intervals": {"always": always}}
    )
    nowhere = rule(channels=[])

    assert [] == sent(decided(nowhere, (0, 90)), routes=[(0, tree)])
    assert [(0, "pager", "firing")] == sent(decided(nowhere, (0, 90), plugin_id="q"), routes=[(0, tree)])
