"""The judge of the chaos runs, judged."""

import pytest

from shared.model.alerts import LedgerEntry, TimelineEntry
from shared.model.events import ErrorReport, Event
from tests.chaos.clocks import BEATS_RULE, MISSED_S
from tests.chaos.destinations import Word
from tests.chaos.faults import FOREVER, Fault
from tests.chaos.model import ClockStory, Story
from tests.chaos.verdict import (
    DUE_MS,
    FEW,
    FEW_FORGIVEN,
    Found,
    Verdict,
    judge_alerts,
    judge_dead_letters,
    judge_excuses,
    judge_feed,
    judge_log,
    judge_themes,
    judge_words,
    without_own,
)
from tests.support.factories import a_rule, an_alert, an_event

T = 1_700_000_000_000
ENDED = an_alert(id="a1", state="resolved", channels=["webhook"], fired_at_ms=1_000, resolved_at_ms=9_000)
ERROR = ErrorReport("Timeout")
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


def test_own_alert_about_what_was_given_up_needs_a_channel_that_was_switched_off() -> None:
    own = [
        Found(an_alert(id=i, plugin_id="enhanced-alerts", rule_id="own-dead-notifications"), [], {}) for i in ("o", "p")
    ]

    assert [FOUND] == without_own([FOUND, own[0]], {}, Verdict(), {"switches"})
    assert [FOUND, *own] == without_own([FOUND, *own], {}, Verdict(), {"switches"})
    assert [FOUND, own[0]] == without_own([FOUND, own[0]], {}, Verdict(), {"naps"})


# -- damage, planted into what a good run left --------------------------------------------------------------


def a_story() -> Story:
    """A plugin that breached and recovered once."""
    story = Story("p", [a_rule(id="r")])
    for at_ms, value in ((T, 10.0), (T + 1_000, 95.0), (T + 90_000, 10.0)):
        story.event(an_event(at_ms, cpu=value))
    return story


def its_alert(*kinds: str, alert_id: str = "a1", state: str = "resolved", **fields: object) -> Found:
    instants = {"started_at_ms": T + 1_000, "fired_at_ms": T + 1_000, "resolved_at_ms": T + 90_000}
    alert = an_alert(id=alert_id, state=state, channels=["webhook"], **{**instants, **fields})
    at_ms = {"firing": T + 1_000, "resolved": T + 90_000}
    timeline = [TimelineEntry(at_ms=at_ms[kind], kind=kind) for kind in kinds]
    return Found(alert, timeline, {"webhook": LedgerEntry(told="resolved")})


def judged_alerts(*found: Found) -> list[str]:
    verdict = Verdict()
    judge_alerts({"p": a_story()}, found, verdict)
    return verdict.problems


def test_alert_as_the_model_has_it_is_good() -> None:
    assert [] == judged_alerts(its_alert("firing", "resolved"))


@pytest.mark.parametrize(
    "found",
    [
        [],
        [its_alert("firing", state="firing")],
        [its_alert("firing")],
        [its_alert("resolved")],
        [its_alert("firing", "firing", "resolved")],
        [its_alert("firing", "resolved", "resolved")],
        [its_alert("resolved", "firing")],
        [its_alert("firing", "resolved", started_at_ms=T + 2_000)],
        [its_alert("firing", "resolved", rule_id="other")],
        [its_alert("firing", "resolved"), its_alert("firing", "resolved", alert_id="a2")],
        [its_alert("firing", "resolved"), its_alert("firing", alert_id="a2", started_at_ms=T + 95_000, state="firing")],
        [its_alert("firing", "resolved", state="acknowledged")],
    ],
    ids=lambda found: "; ".join(" ".join([*one.kinds, one.alert.state]) for one in found) or "none",
)
def test_lost_doubled_or_reordered_transition_is_bad(found: list[Found]) -> None:
    assert judged_alerts(*found)


@pytest.mark.parametrize(
    "at_ms",
    [[T, T + 1_000], [T, T + 1_000, T + 1_000, T + 90_000], [T + 1_000, T, T + 90_000], []],
)
def test_lost_doubled_or_reordered_event_is_bad(at_ms: list[int]) -> None:
    verdict = Verdict()
    judge_log({"p": a_story()}, {"p": at_ms}, verdict)

    assert not verdict.is_good


def beats(*heard_s: float) -> ClockStory:
    """A plugin heard of at these instants."""
    story = ClockStory("beats-0", [BEATS_RULE])
    heard = [(T + int(second * 1000), Event("beats-0", at_ms=T + int(second * 1000))) for second in heard_s]
    for _, event in heard:
        story.event(event)
    story.hear(heard)
    return story


def missed(at_s: float, *kinds: str) -> Found:
    at_ms = T + int(at_s * 1000)
    state = "firing" if kinds[-1] == "firing" else "resolved"
    alert = an_alert(id=f"m{at_s}", plugin_id="beats-0", rule_id="beats", state=state, started_at_ms=at_ms)
    return Found(alert, [TimelineEntry(at_ms=at_ms, kind=kind) for kind in kinds], {})


END = missed(2 + MISSED_S, "firing")


@pytest.mark.parametrize("deaf_ms", [0, 5_000])
def test_false_absence_is_bad_also_if_an_outage_was_forgiven(deaf_ms: int) -> None:
    def good(*found: Found) -> bool:
        verdict = Verdict()
        judge_alerts({"beats-0": beats(0, 1, 2)}, found, verdict, {"beats-0": deaf_ms})
        return verdict.is_good

    assert good(END)
    assert not good(missed(1.5, "firing", "resolved"), END)
    assert not good(missed(1.5, "firing"))
    assert not good(missed(1 + MISSED_S, "firing"))
    assert not good(missed(2 + MISSED_S + 6, "firing"))


def test_forgiven_silence_is_no_excuse_for_an_alarm_after_it_ended_or_for_two() -> None:
    """Silent from 1 s to 9 s, and from 12 s on."""
    first, end = missed(1 + MISSED_S, "firing", "resolved"), missed(12 + MISSED_S, "firing")

    def good(*found: Found) -> bool:
        verdict = Verdict()
        judge_alerts({"beats-0": beats(0, 1, 9, 10, 11, 12)}, found, verdict, {"beats-0": 9_000})
        return verdict.is_good

    assert good(first, end)
    assert good(missed(8, "firing", "resolved"), end)
    assert not good(missed(9.5, "firing", "resolved"), end)
    assert not good(missed(6, "firing", "resolved"), missed(8, "firing", "resolved"), end)


def test_silence_that_was_missed_late_or_never_needs_an_outage_of_all_evaluators() -> None:
    def judged_late(deaf_ms: int, *found: Found) -> Verdict:
        verdict = Verdict()
        judge_alerts({"beats-0": beats(0, 1, 2)}, found, verdict, {"beats-0": deaf_ms})
        return verdict

    assert not judged_late(0, missed(9, "firing")).is_good
    assert not judged_late(0).is_good
    late = judged_late(5_000, missed(9, "firing"))
    assert late.is_good
    assert 1 == len(late.forgiven)


def test_burst_of_errors_that_fires_twice_is_bad() -> None:
    rule = a_rule(id="bursts", plugins="bursts-*", condition={"kind": "error", "seconds": 4, "count": 3})
    story = ClockStory("bursts-0", [rule])
    story.hear([(T, Event("bursts-0", at_ms=T, errors=(ERROR,) * 3)), (T + 9_000, Event("bursts-0", at_ms=T + 9_000))])

    def good(*kinds: str) -> bool:
        alert = an_alert(id="b", plugin_id="bursts-0", rule_id="bursts", state="resolved", started_at_ms=T)
        verdict = Verdict()
        judge_alerts({"bursts-0": story}, [Found(alert, [TimelineEntry(at_ms=T, kind=k) for k in kinds], {})], verdict)
        return verdict.is_good

    assert good("firing", "resolved")
    assert not good("firing", "resolved", "firing", "resolved")
    assert not good("firing")


@pytest.mark.parametrize(
    ("told", "seen"),
    [
        (["firing"], 1),
        (["firing", "firing", "resolved"], 3),
        (["firing", "resolved"], 1),
    ],
)
def test_feed_that_lacks_or_repeats_something_is_bad(told: list[str], seen: int) -> None:
    def good(told: list[str], seen: int) -> bool:
        entries = [(f"{n}-0", f"alert.{kind}", "a1") for n, kind in enumerate(told)]
        verdict = Verdict()
        judge_feed(entries, [one[0] for one in entries][:seen], [its_alert("firing", "resolved")], verdict)
        return verdict.is_good

    assert good(["firing", "resolved"], 2)
    assert not good(told, seen)


@pytest.mark.parametrize(
    ("news", "possible_duplicates"),
    [
        (["firing"], 0),
        ([], 0),
        (["firing", "firing", "resolved"], 1),
        (["firing", "resolved", "resolved"], 1),
        (["firing", "resolved", "firing"], 1),
        (["resolved"], 0),
        (["resolved", "firing"], 0),
    ],
)
def test_word_that_is_lost_doubled_or_out_of_order_is_bad(news: list[str], possible_duplicates: int) -> None:
    one = its_alert("firing", "resolved")
    one.ledger["webhook"] = LedgerEntry(told="resolved", possible_duplicates=possible_duplicates)
    assert one.alert.resolved_at_ms - one.alert.fired_at_ms > DUE_MS
    words = [Word("webhook", "a1", word, 0, 100.0 + i, 100.1 + i, 7) for i, word in enumerate(news)]
    verdict = Verdict()
    judge_words(words, [one], [], set(), LISTENERS, verdict)

    assert not verdict.is_good


def test_repetition_that_the_ledger_does_not_count_is_bad_though_a_kill_explains_it() -> None:
    kill = Fault("kill", "worker's child", [7], 100.05)

    def good(counted: int) -> bool:
        one = its_alert("firing", "resolved")
        one.ledger["webhook"] = LedgerEntry(told="resolved", possible_duplicates=counted)
        at = ((100.0, "firing", 7), (103.0, "firing", 8), (105.0, "resolved", 8))
        words = [Word("webhook", "a1", news, 0, when, when + 0.1, pid) for when, news, pid in at]
        verdict = Verdict()
        judge_words(words, [one], [kill], set(), LISTENERS, verdict)
        return verdict.is_good

    assert good(1)
    assert not good(0)


def test_word_about_a_silenced_alert_or_to_somebody_its_rule_does_not_name_is_bad() -> None:
    words = [Word("webhook", "a1", news, 0, at, at, 7) for at, news in ((1.0, "firing"), (2.0, "resolved"))]
    for silenced, listeners in (({"a1"}, LISTENERS), (set(), {"a1": set()})):
        verdict = Verdict()
        judge_words(words, [its_alert("firing", "resolved")], [], silenced, listeners, verdict)

        assert not verdict.is_good


def test_provider_that_broke_off_explains_the_repetition_and_nothing_else() -> None:
    def good(*news: str) -> bool:
        one = its_alert("firing", "resolved")
        one.ledger["webhook"] = LedgerEntry(told="resolved", possible_duplicates=9)
        words = [Word("webhook", "a1", word, 0, 100.0 + i, 100.1 + i, 7, i > 0) for i, word in enumerate(news)]
        verdict = Verdict()
        judge_words(words, [one], [], set(), LISTENERS, verdict)
        return verdict.is_good

    assert good("firing", "firing", "resolved")
    assert not good("firing", "firing", "firing", "resolved")
    assert not good("firing", "firing")


@pytest.mark.parametrize("kind", ["duplicates", "ends_alone", "late", "unheard"])
def test_each_kind_of_excuse_is_bounded(kind: str) -> None:
    for excused in (FEW, FEW + 1):
        verdict = Verdict(**{kind: ["why"] * excused})
        judge_excuses(verdict, words=30)

        assert verdict.is_good is (excused == FEW)


def test_forgiven_alerts_are_bounded() -> None:
    verdict = Verdict(forgiven=["why"] * (FEW_FORGIVEN + 1))
    judge_excuses(verdict, words=1_000)

    assert not verdict.is_good


HAPPENED = {
    "naps": [Fault("nap", "evaluators", [1], 1.0, 2.0)],
    "stored": [Fault("unreadable", "checkpoint", [], 1.0)],
    "failovers": [Fault("server", "failover: die", [], 1.0, 2.0)],
}


@pytest.mark.parametrize("theme", [*HAPPENED, "clocks", "switches"])
def test_run_in_which_its_theme_did_not_happen_is_bad(theme: str) -> None:
    others = [Fault("none", "x", [], 1.0), Fault("kill", "evaluator", [1], 1.0), Fault("server", "redis", [], 1.0, 2.0)]
    others += [Fault("nap", "evaluators", [1], 1.0, FOREVER), Fault("unreadable", "events", [], 1.0)]
    verdict = Verdict()
    judge_themes([theme], others, [its_alert("firing", "resolved")], verdict)

    assert 1 == len(verdict.problems)
    if theme in HAPPENED:
        verdict = Verdict()
        judge_themes([theme], [*others, *HAPPENED[theme]], [], verdict)

        assert verdict.is_good


def test_clocks_must_be_found_stepping_and_a_backfill_must_not() -> None:
    def good(*plugins: str) -> bool:
        verdict = Verdict()
        judge_themes(["clocks"], [], [its_alert("firing", plugin_id=plugin) for plugin in plugins], verdict)
        return verdict.is_good

    assert good("steps-back-0", "steps-ahead-0")
    assert not good("steps-back-0")
    assert not good("steps-back-0", "steps-ahead-0", "steps-backfill-0")
