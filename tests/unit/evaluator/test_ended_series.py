"""Series whose sender says that they have ended, and samples that come again afterwards."""

import pytest

from shared.model.events import Event
from tests.support.factories import a_rule, fold

T = 1_700_000_000_000
SENT = [
    Event("p", at_ms=T, metrics={"cpu": 90.0}),
    Event("p", at_ms=T + 1_000, metrics={"cpu": 90.0}),
    Event("p", at_ms=T + 2_000, gone=("cpu",)),
]


@pytest.mark.parametrize("again", [SENT, SENT[:2], SENT[1:2], SENT[:1]])
def test_samples_that_come_again_after_the_end_begin_nothing(again: list[Event]) -> None:
    for when_gone, kinds in (("resolve", ["firing", "resolved"]), ("hold", ["firing"]), ("fire", ["firing"])):
        assert kinds == [kind for kind, _ in fold([a_rule(when_gone=when_gone)], [*SENT, *again])]


@pytest.mark.parametrize("again", [SENT, SENT[1:2]])
def test_series_that_begins_again_fires_from_its_new_beginning(again: list[Event]) -> None:
    begun = Event("p", at_ms=T + 9_000, metrics={"cpu": 95.0})

    assert [("firing", T), ("resolved", T + 2_000), ("firing", T + 9_000)] == fold([a_rule()], [*SENT, *again, begun])


def test_rule_on_the_end_of_a_series_is_not_ended_by_its_last_sample_that_comes_again() -> None:
    rule = a_rule(threshold=100, when_gone="fire")

    assert [("firing", T + 2_000)] == fold([rule], [*SENT, SENT[1]])
