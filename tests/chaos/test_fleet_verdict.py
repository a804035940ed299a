"""The judge of fleet rules in the chaos runs, judged: each kind of damage is found."""

from collections.abc import Sequence

import pytest

from shared.model.alerts import TimelineEntry
from shared.model.events import Event
from shared.model.fleet import TICK_MS
from tests.chaos.fleets import AVERAGE, SHARE, judge_fleets
from tests.chaos.verdict import Found, Verdict
from tests.support.factories import an_alert

T = 1_700_000_000_000
EVENTS = {
    f"fleet-{n}": [
        (T + 1_000, Event(f"fleet-{n}", at_ms=T + 1_000, metrics={"busy": 90.0 + n})),
        (T + 11_000, Event(f"fleet-{n}", at_ms=T + 11_000, metrics={"busy": 10.0})),
    ]
    for n in range(4)
}
FIRED, ENDED = T + TICK_MS, T + 3 * TICK_MS


def an_alert_of(rule_id: str, fired: float, ended: float, at_ms: int = FIRED, late_ms: int = 300) -> Found:
    alert = an_alert(
        id=f"{rule_id}-{at_ms}",
        rule_id=rule_id,
        plugin_id=f"fleet:{rule_id}/all",
        started_at_ms=at_ms,
        state="resolved",
    )
    timeline = [
        TimelineEntry(at_ms=at_ms + late_ms, kind="firing", value=fired),
        TimelineEntry(at_ms=ENDED + late_ms, kind="resolved", value=ended),
    ]
    return Found(alert, timeline, {})


RIGHT = [an_alert_of(AVERAGE.id, 91.5, 10.0), an_alert_of(SHARE.id, 100.0, 0.0)]


def judged(found: Sequence[Found], forgiven_ms: int = 0) -> Verdict:
    verdict = Verdict()
    judge_fleets(found, EVENTS, forgiven_ms, verdict)
    return verdict


def test_what_the_values_demand_is_good_and_no_business_of_other_judges() -> None:
    other = Found(an_alert(id="other"), [], {})
    verdict = Verdict()

    assert [other] == judge_fleets([*RIGHT, other], EVENTS, 0, verdict)
    assert [] == verdict.problems


@pytest.mark.parametrize(
    "found",
    [
        pytest.param([RIGHT[0]], id="an alert is missing"),
        pytest.param([*RIGHT, an_alert_of(AVERAGE.id, 91.5, 10.0, T + 2 * TICK_MS)], id="it fired twice"),
        pytest.param([an_alert_of(AVERAGE.id, 91.0, 10.0), RIGHT[1]], id="fired with the value of some partitions"),
        pytest.param([an_alert_of(AVERAGE.id, 91.5, 11.0), RIGHT[1]], id="ended with the value of some partitions"),
        pytest.param([an_alert_of(AVERAGE.id, 91.5, 10.0, T), RIGHT[1]], id="fired before there was a value"),
        pytest.param([an_alert_of(AVERAGE.id, 91.5, 10.0, FIRED + TICK_MS), RIGHT[1]], id="fired a tick late"),
    ],
)
def test_damage_is_found(found: list[Found]) -> None:
    assert 1 <= len(judged(found).problems)


def test_tick_may_be_left_out_after_an_outage_and_its_values_are_still_checked() -> None:
    late = [an_alert_of(AVERAGE.id, 91.5, 10.0, FIRED + TICK_MS), RIGHT[1]]
    wrong = [an_alert_of(AVERAGE.id, 91.0, 10.0, FIRED + TICK_MS), RIGHT[1]]

    assert [] == judged(late, forgiven_ms=5_000).problems
    assert 1 == len(judged(wrong, forgiven_ms=5_000).problems)
