"""The judge of the chaos runs, judged."""

from shared.models import LedgerEntry
from tests.chaos.destinations import Word
from tests.chaos.faults import Fault
from tests.chaos.verdict import FEW, Found, Verdict, judge_dead_letters, judge_excuses, judge_words, without_own
from tests.factories import an_alert

ENDED = an_alert(id="a1", state="resolved", channels=["webhook"], fired_at_ms=1_000, resolved_at_ms=9_000)
FOUND = Found(ENDED, [], {"webhook": LedgerEntry(told="resolved")})
LISTENERS = {"a1": {"webhook"}}


def judged(news: list[str], *faults: Fault, marked: bool = True) -> Verdict:
    verdict = Verdict()
    words = [Word("webhook", "a1", one, 0, 100.0 + i, 100.1 + i, 7) for i, one in enumerate(news)]
    judge_words(words, [FOUND], faults, set(), LISTENERS, verdict, {("webhook", "a1")} if marked else set())
    return verdict


def test_end_told_alone_needs_a_blow_that_explains_it() -> None:
    assert judged(["firing", "resolved"]).is_good
    assert ["webhook heard of a1 in this order: ['resolved']"] == judged(["resolved"]).problems
    killed = judged(["resolved"], Fault("kill", "worker's child", [9], 94.0))
    assert killed.is_good
    assert not judged(["resolved"], Fault("kill", "worker's child", [9], 94.0), marked=False).is_good
    assert ["webhook a1: worker's child met kill 6.0 s before, between mark and sending"] == killed.ends_alone


def test_blows_to_others_or_at_other_times_explain_no_end_told_alone() -> None:
    assert not judged(["resolved"], Fault("kill", "relay", [9], 94.0)).is_good
    assert not judged(["resolved"], Fault("kill", "worker", [9], 101.0)).is_good
    assert not judged(["resolved"], Fault("kill", "worker", [9], 1.0)).is_good


def test_end_told_before_the_beginning_is_a_problem_whoever_was_killed() -> None:
    assert not judged(["resolved", "firing"], Fault("kill", "worker", [9], 94.0)).is_good


def test_last_word_said_again_needs_a_sleeper_who_had_sent_an_older_one() -> None:
    asleep = Fault("stop", "worker's child", [7], 100.05, 108.2)
    words = [
        Word("webhook", "a1", "firing", 0, 100.0, 100.1, 7),
        Word("webhook", "a1", "resolved", 0, 108.0, 108.1, 8),
        Word("webhook", "a1", "resolved", 0, 109.0, 109.1, 8),
    ]
    twice = Found(ENDED, [], {"webhook": LedgerEntry(told="resolved", possible_duplicates=1)})
    verdicts = []
    for faults in ([asleep], []):
        verdict = Verdict()
        judge_words(words, [twice], faults, set(), LISTENERS, verdict)
        verdicts.append(verdict.is_good)

    assert [True, False] == verdicts


def test_sender_that_was_gone_before_it_was_looked_up_was_killed_while_it_was_looked_up() -> None:
    """On a machine that stands still for seconds, looking it up takes seconds."""
    words = [
        Word("webhook", "a1", "firing", 0, 90.0, 90.1, 7),
        Word("webhook", "a1", "resolved", 0, 100.0, 104.0, 0),
        Word("webhook", "a1", "resolved", 0, 127.0, 127.1, 8),
    ]
    twice = Found(ENDED, [], {"webhook": LedgerEntry(told="resolved", possible_duplicates=1)})
    verdicts = []
    for killed_at in (102.5, 120.0):
        verdict = Verdict()
        judge_words(words, [twice], [Fault("kill", "worker's child", [9], killed_at)], set(), LISTENERS, verdict)
        verdicts.append(verdict.is_good)

    assert [True, False] == verdicts


def test_excuses_are_bounded() -> None:
    verdicts = []
    for excused in (FEW, FEW + 1):
        verdict = Verdict(duplicates=["why"] * excused)
        judge_excuses(verdict, words=30)
        verdicts.append(verdict.is_good)

    assert [True, False] == verdicts


def test_each_unreadable_entry_has_its_dead_letter_and_nothing_else_has() -> None:
    planted = {"events": 1, "events in a list": 1, "outbox": 1, "commands": 1, "plugins": 3}

    def good(reasons: list[str]) -> bool:
        verdict = Verdict()
        judge_dead_letters(reasons, planted, verdict)
        return verdict.is_good

    assert good(["no event", "no object", "no text", "no transition", "no command"])
    assert not good(["no event"] * 4)
    assert not good(["no event"] * 6)
    assert not good(["no event"] * 4 + [""])


def test_own_alert_about_dead_letters_needs_one_that_was_planted() -> None:
    own = Found(an_alert(id="o", plugin_id="enhanced-alerts", rule_id="own-dead-events"), [], {})

    assert [FOUND] == without_own([FOUND, own], {"outbox": 1}, Verdict())
    assert [FOUND, own] == without_own([FOUND, own], {"plugins": 5}, Verdict())
    assert [FOUND, own] == without_own([FOUND, own], {}, Verdict())
