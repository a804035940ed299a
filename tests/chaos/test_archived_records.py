"""The judge of the archive finds what is lost, doubled or different."""

import copy
from collections.abc import Callable

import pytest
from msgspec import structs

from shared.model.alerts import TimelineEntry, Transition
from tests.chaos.archived_records import Kept, judge
from tests.chaos.destinations import Word
from tests.chaos.verdict import Found, Verdict
from tests.support.factories import an_alert
from tests.support.kept_records import Notified

AT = 1_000
LINES = [
    TimelineEntry(at_ms=AT, kind="firing", by="rule"),
    TimelineEntry(at_ms=AT, kind="suppressed", by="silence"),
    TimelineEntry(at_ms=AT + 1, kind="notification.failed", channel="webhook", by="firing", attempt=1),
    TimelineEntry(at_ms=AT + 2, kind="notification.sent", channel="webhook", by="firing", attempt=2),
]
WORDS = [Word("webhook", "a", "firing", 0, at=1.0, answered_at=1.0, pid=7)]


def a_transition() -> Transition:
    alert = an_alert()
    return Transition(
        kind="firing",
        alert_id="a",
        rule_id=alert.rule_id,
        rule_name=alert.rule_name,
        plugin_id=alert.plugin_id,
        plugin_name=alert.plugin_name,
        severity=alert.severity,
        channels=alert.channels,
        condition=alert.condition,
        at_ms=AT,
        decided_at_ms=AT,
        since_ms=AT,
    )


def whole() -> Kept:
    notified = [
        Notified("a", "", "", 0, "held_back"),
        Notified("a", "webhook", "firing", 1, "uncertain"),
        Notified("a", "webhook", "firing", 2, "sent"),
    ]
    return Kept({"a": an_alert(version=2)}, {"a": list(LINES)}, notified, [a_transition()])


def problems(kept: Kept, words: list[Word] = WORDS) -> list[str]:
    verdict = Verdict()
    judge(kept, [Found(an_alert(version=2), list(LINES), {})], words, verdict)
    return verdict.problems


def test_an_archive_that_has_everything_once_is_good() -> None:
    assert [] == problems(whole())


def lose_the_alert(kept: Kept) -> None:
    kept.alerts.clear()


def keep_an_older_version(kept: Kept) -> None:
    kept.alerts["a"] = structs.replace(kept.alerts["a"], version=1)


def keep_an_alert_of_nobody(kept: Kept) -> None:
    kept.alerts["b"] = an_alert(id="b")


def lose_a_line(kept: Kept) -> None:
    kept.timelines["a"].pop(0)


def double_a_line(kept: Kept) -> None:
    kept.timelines["a"].append(LINES[-1])


def lose_a_transition(kept: Kept) -> None:
    kept.transitions.clear()


def double_a_transition(kept: Kept) -> None:
    kept.transitions.append(a_transition())


def lose_an_attempt(kept: Kept) -> None:
    kept.notified.pop(1)


def double_an_attempt(kept: Kept) -> None:
    kept.notified.append(kept.notified[-1])


def call_a_failure_a_success(kept: Kept) -> None:
    kept.notified[1] = kept.notified[1]._replace(outcome="sent")


def have_a_gap(kept: Kept) -> None:
    kept.gaps = 1


@pytest.mark.parametrize(
    "harm",
    [
        *(lose_the_alert, keep_an_older_version, keep_an_alert_of_nobody, lose_a_line, double_a_line),
        *(lose_a_transition, double_a_transition, lose_an_attempt, double_an_attempt),
        *(call_a_failure_a_success, have_a_gap),
    ],
)
def test_whatever_is_wrong_with_the_archive_is_found(harm: Callable[[Kept], None]) -> None:
    kept = copy.deepcopy(whole())
    harm(kept)

    assert problems(kept)


def test_what_was_heard_and_never_attempted_is_found() -> None:
    stranger = Word("slack", "a", "firing", 0, at=1.0, answered_at=1.0, pid=7)

    assert ["slack heard of a, and the archive has no attempt"] == problems(whole(), [*WORDS, stranger])


def test_what_was_recorded_as_sent_and_not_heard_is_found() -> None:
    elsewhere = Word("webhook", "b", "firing", 0, at=1.0, answered_at=1.0, pid=7)

    assert 2 == len(problems(whole(), [elsewhere]))
