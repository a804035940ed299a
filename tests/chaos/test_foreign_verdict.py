"""The judges of foreign samples find each kind of damage."""

import pytest

from shared.model.events import Event
from tests.chaos.remote_writes import judge_samples
from tests.chaos.scrapes import FREE, NUMBER, ORDERS, SHOWN_MS, judge_pages

PLUGIN = "rw/web-0"


def _an_event(at_ms: int, free: float = 50.0, gone: tuple[str, ...] = ()) -> Event:
    return Event(PLUGIN, at_ms=at_ms, metrics={"free": free, "orders": float(at_ms)}, gone=gone)


SENT = [_an_event(1), _an_event(2, 5.0, gone=("session",)), _an_event(3)]


@pytest.mark.parametrize(
    "came",
    [
        SENT,
        [*SENT[:2], *SENT],
        [*SENT, SENT[0]],
        [SENT[0], Event(PLUGIN, at_ms=2, metrics={"free": 5.0}), *SENT[1:]],
    ],
    ids=["once", "sent again as one request", "late from a process that was stopped", "a part first"],
)
def test_samples_that_all_came_are_good_also_if_some_came_again(came: list[Event]) -> None:
    assert [] == list(judge_samples(SENT, came))


@pytest.mark.parametrize(
    "came",
    [
        [SENT[0], SENT[2]],
        [*SENT, _an_event(4)],
        [SENT[1], SENT[0], SENT[2]],
        [SENT[0], _an_event(2, 6.0, gone=("session",)), SENT[2]],
        [SENT[0], _an_event(2, 5.0), SENT[2]],
        [],
    ],
    ids=["lost", "never sent", "in another order", "of another value", "an end is lost", "all lost"],
)
def test_sample_that_is_lost_or_altered_is_found(came: list[Event]) -> None:
    assert list(judge_samples(SENT, came))


PAGES = {n: {NUMBER: float(n), FREE: 50.0 if n % 2 else 5.0, ORDERS: 3.0 * n} for n in range(100, 140)}


def _scraped(at_ms: int, number: int, **others: float) -> Event:
    return Event("pages-0/a:1", at_ms=at_ms, metrics={**PAGES[number], "up": 1.0, **others})


def test_scrapes_of_the_pages_that_were_shown_are_good() -> None:
    events = [
        _scraped(105 * SHOWN_MS, 105),
        _scraped(105 * SHOWN_MS, 105),
        _scraped(107 * SHOWN_MS, 109),
        Event("pages-0/a:1", at_ms=120 * SHOWN_MS, metrics={ORDERS: 360.0}),
        Event("pages-0/a:1", at_ms=121 * SHOWN_MS, metrics={"up": 0.0}, gone=(FREE,)),
    ]

    assert [] == list(judge_pages("pages-0", PAGES, events))


@pytest.mark.parametrize(
    "events",
    [
        [_scraped(105 * SHOWN_MS, 105), _scraped(105 * SHOWN_MS, 106)],
        [_scraped(105 * SHOWN_MS, 105, **{FREE: 5.0})],
        [_scraped(100 * SHOWN_MS, 135)],
        [_scraped(139 * SHOWN_MS, 105)],
    ],
    ids=["two values at one time", "of two pages", "of the future", "of long ago"],
)
def test_scrape_that_is_of_no_page_of_its_time_is_found(events: list[Event]) -> None:
    assert list(judge_pages("pages-0", PAGES, events))
