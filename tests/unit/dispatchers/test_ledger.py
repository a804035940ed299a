"""What a channel must be told depends only on the alert as it is and on what it was told last."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from dispatchers import ledger
from shared.model.alerts import Alert, LedgerEntry
from tests.support.factories import an_alert

ALL = ("firing", "acknowledged", "resolved")


@pytest.mark.parametrize(
    ("alert", "told", "told_episode", "expected"),
    [
        (an_alert("pending", 0), "", 0, None),
        (an_alert("firing"), "", 0, "firing"),
        (an_alert("firing"), "firing", 1, None),
        (an_alert("acknowledged"), "firing", 1, "acknowledged"),
        (an_alert("acknowledged"), "", 0, "firing"),
        (an_alert("acknowledged"), "acknowledged", 1, None),
        (an_alert("resolved"), "firing", 1, "resolved"),
        (an_alert("resolved"), "acknowledged", 1, "resolved"),
        (an_alert("resolved"), "", 0, None),
        (an_alert("resolved"), "resolved", 1, None),
        (an_alert("firing", 2, 1), "resolved", 1, None),
        (an_alert("firing", 2, 1), "firing", 1, None),
        (an_alert("firing", 2, 2), "resolved", 1, "firing"),
        (an_alert("firing", 2, 2), "firing", 1, "firing"),
        (an_alert("resolved", 2, 1), "resolved", 1, None),
        (an_alert("resolved", 2, 1), "firing", 1, "resolved"),
    ],
)
def test_news_is_the_difference_between_alert_and_ledger(
    alert: Alert, told: str, told_episode: int, expected: str | None
) -> None:
    assert expected == ledger.news(alert, LedgerEntry(told=told, told_episode=told_episode), ALL)


def test_channel_that_may_have_been_told_firing_is_told_resolved() -> None:
    doubted = LedgerEntry(maybe_told=True, status="sending")

    assert "resolved" == ledger.news(an_alert("resolved"), doubted, ALL)
    assert "firing" == ledger.news(an_alert("firing"), doubted, ALL)


def test_channel_that_does_not_tell_of_acknowledgements_hears_none() -> None:
    assert ledger.news(an_alert("acknowledged"), LedgerEntry(told="firing", told_episode=1), ("firing",)) is None


@given(st.lists(st.sampled_from(["fire", "announce", "acknowledge", "resolve", "deliver"]), max_size=40))
def test_whoever_was_told_firing_is_told_resolved_and_nothing_is_told_twice(story: list[str]) -> None:
    """Deliveries come at any moments; at the end one more brings the channel to what the alert demands."""
    alert, entry, told = an_alert("resolved", 0), LedgerEntry(), []
    for step in [*story, "deliver", "deliver"]:
        if step == "fire" and alert.state == "resolved":
            alert = structs.replace(alert, state="firing", episode=alert.episode + 1)
        elif step == "announce" and alert.state in ("firing", "acknowledged"):
            alert = structs.replace(alert, announced_episode=alert.episode)
        elif step == "acknowledge" and alert.state == "firing":
            alert = structs.replace(alert, state="acknowledged")
        elif step == "resolve":
            alert = structs.replace(alert, state="resolved")
        elif step == "deliver":
            news = ledger.news(alert, entry, ALL)
            if news:
                entry = LedgerEntry(told=news, told_episode=alert.episode)
                told.append((news, alert.episode))
    last = told[-1][0] if told else None

    assert len(told) == len(set(told))
    if alert.state == "resolved":
        assert last in (None, "resolved")
    elif alert.announced_episode == alert.episode:
        assert (last, told[-1][1]) in ((("firing"), alert.episode), (("acknowledged"), alert.episode))
    assert all(a[0] != "resolved" or b[0] == "firing" for a, b in itertools.pairwise(told))
