"""Whether what a chaos run left is what the model says: none lost, none doubled, everybody's last word right."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
from redis import Redis

from shared.model.alerts import Alert, LedgerEntry, TimelineEntry
from shared.redis import keys
from shared.store import alert_store
from tests.chaos.destinations import Word
from tests.chaos.faults import FOREVER, Fault
from tests.chaos.model import TRANSITIONS, ClockStory, Expected, Story

DUE_MS = 60_000
"""Who fired for so long must have been heard of, whatever was done to the system."""
SOON_S = 3.0
"""Undisturbed, who fired for so long has been heard of."""
CLAIM_S = 5.0
"""Who sleeps longer may have lost its claim (8 s, less what had passed since it was renewed)."""
MOST_EXCUSED = 0.2
"""Share of words that may be repetitions or ends told alone, each with its reason: where everything has an excuse, the
system is broken."""
OWN_PLUGIN = "enhanced-alerts"
STORED = ("plugins", "checkpoint", "snapshot", "rule")
"""Where something unreadable may be planted that is left out, and is no entry of a stream."""
FEW_FORGIVEN = 6
"""All evaluators are struck at once only now and then, and few plugins are judged by their silence."""
FEW = 20
"""So many are excused in any case: a short run has few words."""
FOREIGN = ("rw/", "pages-")
"""Plugins of `remote_writes` and `scrapes`."""
CANONICAL = ("firing", "acknowledged", "resolved")


@dataclass
class Found:
    """One alert as the system has it."""

    alert: Alert
    timeline: list[TimelineEntry]
    ledger: dict[str, LedgerEntry]

    @property
    def kinds(self) -> list[str]:
        return [entry.kind for entry in self.timeline if entry.kind in TRANSITIONS]


@dataclass
class Verdict:
    """What came of a run."""

    problems: list[str] = field(default_factory=list)
    duplicates: list[str] = field(default_factory=list)
    """Each with why it could not be avoided."""
    ends_alone: list[str] = field(default_factory=list)
    """Who heard of an alert's end and of nothing before, each with why."""
    late: list[str] = field(default_factory=list)
    """Words of senders that had slept past their claim; their order says nothing."""
    unheard: list[str] = field(default_factory=list)
    """Of alerts that fired for some seconds, and ended before anybody was told, though not so late that it must be."""
    forgiven: list[str] = field(default_factory=list)
    """Alerts that came later or never, for no evaluator ran for longer than a takeover takes."""
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def is_good(self) -> bool:
        return not self.problems


def found_alerts(redis: Redis) -> list[Found]:
    """Read every alert there is."""
    found = []
    for raw in redis.zrange(keys.alert_history(), 0, -1):
        alert_id = raw.decode()
        stored = redis.hgetall(keys.ledger(alert_id)).items()
        ledger = {name.decode(): msgspec.json.decode(body, type=LedgerEntry) for name, body in stored}
        found.append(Found(alert_store.get(redis, alert_id), alert_store.timeline(redis, alert_id), ledger))
    return found


def judge_alerts(
    stories: Mapping[str, Story],
    found: Sequence[Found],
    verdict: Verdict,
    forgiven: Mapping[str, int] | None = None,
) -> None:
    """
    Every alert, its order and its state, against the model; and the history against the board.

    Args:
        forgiven: Plugin id → for how many ms nobody listened to its partition. What depends on silence may then have
            begun later by so much, or never; but nothing may have begun that the model does not know.
    """
    expected = {(s.plugin_id, a.rule_id, a.started_at_ms): a for s in stories.values() for a in s.alerts.values()}
    real: dict[tuple[str, str, int], Found] = {}
    for one in found:
        place = (one.alert.plugin_id, one.alert.rule_id, one.alert.started_at_ms)
        if place in real:
            verdict.problems.append(f"two alerts for one beginning: {place}")
        real[place] = one
    _forgive(expected, real, stories, forgiven or {}, verdict)
    for place in expected.keys() - real.keys():
        verdict.problems.append(f"lost alert: {place} {expected[place].kinds}")
    for place in real.keys() - expected.keys():
        verdict.problems.append(f"alert that should not be: {place} {real[place].kinds}")
    for place in expected.keys() & real.keys():
        want, got = expected[place], real[place]
        if want.kinds != got.kinds:
            verdict.problems.append(f"alert {got.alert.id} {place}: {got.kinds}, and not {want.kinds}")
        if want.is_open is not (got.alert.state != "resolved"):
            verdict.problems.append(f"alert {got.alert.id} {place} is {got.alert.state}")
    verdict.counts["alerts"] = len(real)
    verdict.counts["transitions"] = sum(len(one.kinds) for one in found)


def _forgive(
    expected: dict[tuple[str, str, int], Expected],
    real: dict[tuple[str, str, int], Found],
    stories: Mapping[str, Story],
    forgiven: Mapping[str, int],
    verdict: Verdict,
) -> None:
    """Take out what an outage of all evaluators made later, or made nothing of; the outage was the judge's doing."""
    for place in sorted(expected.keys() - real.keys()):
        plugin_id, rule_id, started_ms = place
        deaf_ms = forgiven.get(plugin_id, 0)
        if not deaf_ms or not isinstance(stories[plugin_id], ClockStory):
            continue
        # It may begin as long as the plugin is silent, and so once.
        last_ms = min(started_ms + deaf_ms, expected.pop(place).ended_at_ms - 1)
        later = [p for p in real if p[:2] == (plugin_id, rule_id) and started_ms < p[2] <= last_ms]
        later = [p for p in later if p not in expected][:1]
        for one in later:
            del real[one]
        verdict.forgiven.append(f"{place}: nobody listened for {deaf_ms} ms in all; {len(later)} began later")


def without_own(
    found: Sequence[Found], planted: Mapping[str, int], verdict: Verdict, themes: Collection[str] = ()
) -> list[Found]:
    """
    Leave out the system's own alerts about what the run did: never more than it planted of that kind, and one about
    what is given up while a channel is switched off.
    """
    stored = sum(n for place, n in planted.items() if place in STORED)
    most = {"own-dead-events": sum(planted.values()) - stored, "own-left-out": stored}
    most["own-dead-notifications"] = int("switches" in themes)
    left = list(found)
    for rule_id, times in most.items():
        own = [one for one in left if (one.alert.plugin_id, one.alert.rule_id) == (OWN_PLUGIN, rule_id)]
        verdict.counts["own_alerts"] = verdict.counts.get("own_alerts", 0) + len(own)
        if len(own) <= times:
            left = [one for one in left if one not in own]
    return left


def judge_log(stories: Mapping[str, Story], published: Mapping[str, list[int]], verdict: Verdict) -> None:
    """Every event once in the streams, in its plugin's order; foreign samples may come twice, and others judge them."""
    for plugin_id, story in stories.items():
        if plugin_id.startswith(FOREIGN):
            continue
        want, got = [e.at_ms for e in story.events], published.get(plugin_id, [])
        if want != got:
            verdict.problems.append(f"events of {plugin_id}: {len(got)} in the stream, {len(want)} published")
    verdict.counts["events"] = sum(len(story.events) for story in stories.values())


def judge_feed(
    entries: Sequence[tuple[str, str, str]], seen: Sequence[str], found: Sequence[Found], verdict: Verdict
) -> None:
    """
    The feed tells every transition once, and a client that came back after every cut saw each entry once, in order.

    Args:
        entries: Id, type and alert id of everything in the feed since the client joined; one about several alerts has a
            line for each.
        seen: The ids it saw.
    """
    ids = list(dict.fromkeys(entry_id for entry_id, _, _ in entries))
    if list(seen) != ids:
        missing, twice = len(set(ids) - set(seen)), len(seen) - len(set(seen))
        verdict.problems.append(
            f"feed: {len(seen)} frames seen of {len(ids)}; {missing} missing, {twice} twice, or in another order"
        )
    told = Counter(
        (alert_id, kind.removeprefix("alert.")) for _, kind, alert_id in entries if kind.startswith("alert.")
    )
    want = Counter((one.alert.id, kind) for one in found for kind in one.kinds)
    for place in (want - told) + (told - want):
        if place[1] in TRANSITIONS:
            verdict.problems.append(f"feed: {place} is told {told[place]} times, and not {want[place]}")
    verdict.counts["feed"] = len(ids)


def judge_words(
    words: Sequence[Word],
    found: Sequence[Found],
    faults: Sequence[Fault],
    silenced: set[str],
    listeners: Mapping[str, set[str]],
    verdict: Verdict,
    marked: Collection[tuple[str, str]] = (),
) -> None:
    """
    What each destination heard of each alert: in order, its last word right, and each repetition explained.

    Args:
        silenced: Alerts of which nobody must hear.
        listeners: Alert id → the destinations that its rule names.
        marked: Destination and alert of every attempt at "firing" that a worker marked in Redis before it sent.
    """
    by_place: dict[tuple[str, str], list[Word]] = defaultdict(list)
    for word in words:
        by_place[word.place].append(word)
    known = {one.alert.id: one for one in found}
    for (destination, alert_id), heard in by_place.items():
        one = known.get(alert_id)
        if one is None or destination not in listeners[alert_id]:
            verdict.problems.append(f"{destination} heard of {alert_id}, which is none of its")
            continue
        if alert_id in silenced:
            verdict.problems.append(f"{destination} heard of {alert_id}, which was silenced from its first to its last")
        _judge_place(destination, one, heard, words, faults, marked, verdict)
    for one in found:
        for destination in listeners[one.alert.id]:
            heard = by_place.get((destination, one.alert.id), [])
            _judge_last(destination, one, heard, one.alert.id in silenced, verdict)
    judge_excuses(verdict, len(words))
    verdict.counts["words"] = len(words)
    verdict.counts["duplicates"] = len(verdict.duplicates)
    verdict.counts["ends_alone"] = len(verdict.ends_alone)
    verdict.counts |= {"late": len(verdict.late), "unheard": len(verdict.unheard), "forgiven": len(verdict.forgiven)}


def judge_excuses(verdict: Verdict, words: int) -> None:
    """Excuses are counted by kind and bounded: nobody looks at each of them."""
    kinds = {
        "repetitions and ends told alone": len(verdict.duplicates) + len(verdict.ends_alone),
        "words of sleepers": len(verdict.late),
        "alerts that nobody heard of": len(verdict.unheard),
    }
    for kind, excused in kinds.items():
        if excused > max(FEW, MOST_EXCUSED * words):
            verdict.problems.append(f"{excused} {kind} beside {words} words; too many to believe their excuses")
    if len(verdict.forgiven) > FEW_FORGIVEN:
        verdict.problems.append(f"{len(verdict.forgiven)} alerts later or never, as nobody listened; too many")


def judge_themes(themes: Collection[str], faults: Sequence[Fault], found: Sequence[Found], verdict: Verdict) -> None:
    """What a run is about must have happened: otherwise it shows nothing."""
    fired = {one.alert.plugin_id for one in found if "firing" in one.kinds}
    happened = {
        "naps": any(fault.kind == "nap" and fault.ended != FOREVER for fault in faults),
        "clocks": {"steps-back-0", "steps-ahead-0"} <= fired and "steps-backfill-0" not in fired,
        "switches": any(plugin_id.startswith("switched-") for plugin_id in fired),
        "stored": any(fault.kind == "unreadable" and fault.component in STORED for fault in faults),
        "failovers": any(fault.kind == "server" and fault.component.startswith("failover") for fault in faults),
        "writes": any(fault.kind == "away" for fault in faults) and any(one.startswith("rw/") for one in fired),
    }
    verdict.problems += [
        f"the run is about {theme}, and nothing of it happened" for theme in themes if not happened[theme]
    ]


def judge_dead_letters(reasons: Sequence[str], planted: Mapping[str, int], verdict: Verdict) -> None:
    """Of everything unreadable that was planted there is a dead letter, and of nothing else."""
    # A list of two that are no events gives two letters.
    want = sum(n * (2 if place == "events in a list" else 1) for place, n in planted.items() if place not in STORED)
    if len(reasons) != want:
        verdict.problems.append(
            f"{len(reasons)} dead letters, and not {want} as planted {dict(planted)}: {reasons[:5]}"
        )
    if any(not reason for reason in reasons):
        verdict.problems.append("a dead letter says no reason")
    verdict.counts["planted"] = sum(planted.values())


def _judge_place(
    destination: str,
    one: Found,
    heard: Sequence[Word],
    words: Sequence[Word],
    faults: Sequence[Fault],
    marked: Collection[tuple[str, str]],
    verdict: Verdict,
) -> None:
    first: dict[tuple[str, int], Word] = {}
    once: list[str] = []
    repeated: list[Word] = []
    late = [word for word in heard if _is_late(word, faults)]
    verdict.late += [f"{destination} {one.alert.id} {word.news} by {word.pid}" for word in late]
    for word in heard:
        before = first.get(word.what)
        if before is None:
            first[word.what] = word
            if word not in late:
                once.append(word.news)
            continue
        why = _explain(before, word, words, faults)
        if why is None and any(before.at < other.at < word.at for other in [*repeated, *late]):
            why = "the last word again, after an older one had been repeated or came late from a sleeper"
        if why is None and (sleeper := _woke_between(heard, before, word, faults)):
            why = f"the last word again: {sleeper} had sent an older one, and woke too late to know which came first"
        repeated.append(word)
        first[word.what] = word
        line = f"{destination} {one.alert.id} {word.news} again after {word.at - before.at:.1f} s"
        if not before.was_answered:
            verdict.counts["broken_off"] = verdict.counts.get("broken_off", 0) + 1
            continue
        verdict.duplicates.append(f"{line}: {why or 'UNEXPLAINED'}")
        if why is None:
            verdict.problems.append(f"doubled without need: {line} (first by {before.pid}, then by {word.pid})")
    why = _explain_end_alone(one.alert, heard[0], faults) if (destination, one.alert.id) in marked else None
    if once == ["resolved"] and not late and why:
        verdict.ends_alone.append(f"{destination} {one.alert.id}: {why}")
    elif [news for news in CANONICAL if news in once] != once or (once and once[0] != "firing" and not late):
        verdict.problems.append(f"{destination} heard of {one.alert.id} in this order: {once}")
    entry = one.ledger.get(destination, LedgerEntry())
    if entry.possible_duplicates < len(repeated):
        verdict.problems.append(
            f"{destination} heard {len(repeated)} repetitions about {one.alert.id}; the ledger counts "
            f"{entry.possible_duplicates}"
        )


def _is_late(word: Word, faults: Sequence[Fault]) -> bool:
    """Tell whether its sender had slept past its claim before, or as, it sent; nobody can call such a word back."""
    return any(
        fault.kind == "stop"
        and word.pid in fault.pids
        and fault.begun <= word.at <= fault.ended + 2.0
        and min(fault.ended, word.at) - fault.begun > CLAIM_S
        for fault in faults
    )


def _woke_between(heard: Sequence[Word], before: Word, again: Word, faults: Sequence[Fault]) -> int | None:
    """Return who sent an older word, slept past its claim, and noted that word only after the newer one was told."""
    for older in (word for word in heard if word.at < before.at):
        for fault in faults:
            slept_on_it = fault.kind == "stop" and older.pid in fault.pids and fault.begun <= older.answered_at + 1.0
            if slept_on_it and fault.ended - older.at > CLAIM_S and before.at - 1.0 <= fault.ended <= again.at:
                return older.pid
    return None


def _judge_last(destination: str, one: Found, heard: Sequence[Word], is_silenced: bool, verdict: Verdict) -> None:
    alert = one.alert
    last = heard[-1].news if heard else ""
    fired = [e.at_ms for e in one.timeline if e.kind == "firing"]
    held_back = any(e.kind == "suppressed" for e in one.timeline)
    want: tuple[str, ...]
    if alert.state == "resolved":
        must_know = fired and not held_back and alert.resolved_at_ms - fired[0] > DUE_MS
        want = ("resolved",) if heard or must_know else ("",)
        lasted_s = (alert.resolved_at_ms - fired[0]) / 1000 if fired else 0.0
        if lasted_s > SOON_S and not heard and not is_silenced:
            verdict.unheard.append(f"{destination} {alert.id} {lasted_s:.1f} s{' held back' if held_back else ''}")
    elif alert.state == "pending":
        want = ("",)
    else:
        # One that is held back now may have been told of before.
        want = ("", alert.state) if alert.suppressed else ("firing",) if alert.state == "firing" else ("acknowledged",)
    if last not in want and not (is_silenced and not heard):
        verdict.problems.append(f"{destination}: the last word about {alert.id} ({alert.state}) is {last or 'none'}")


def _explain(before: Word, after: Word, words: Sequence[Word], faults: Sequence[Fault]) -> str | None:
    """Say why *after* had to repeat *before*: its sender died, or slept, or Redis was away, before it could note it."""
    for fault in faults:
        if fault.kind == "server" and fault.begun <= after.at and fault.ended >= before.at - 1.0:
            return "Redis was killed between acceptance and record"
        if fault.kind == "standstill" and fault.begun <= after.at and fault.ended >= before.at - 1.0:
            return f"Redis or the machine stood still for {fault.ended - fault.begun:.1f} s"
        if fault.kind == "kill" and before.pid in fault.pids and before.at - 0.05 <= fault.begun <= after.at:
            went_on = [w for w in words if w.pid == before.pid and before.answered_at < w.at < fault.begun]
            if not [w for w in went_on if w.destination == before.destination and w.at - before.at > 0.5]:
                return f"{before.pid} was killed {fault.begun - before.answered_at:.2f} s after acceptance"
        if fault.kind == "kill" and not before.pid and before.at - 1.0 < fault.begun < before.answered_at + 1.0:
            return f"{fault.pids} was killed as it sent, and gone before it could be looked up"
        is_theirs = before.pid in fault.pids or after.pid in fault.pids
        if fault.kind == "stop" and is_theirs and fault.begun <= after.at and fault.ended >= before.at - 1.0:
            length = "still" if fault.ended == FOREVER else f"for {fault.ended - fault.begun:.1f} s"
            return f"its sender slept {length} between acceptance and record"
    return None


def _explain_end_alone(alert: Alert, word: Word, faults: Sequence[Fault]) -> str | None:
    """
    Say why the end was told though nobody had heard of the beginning.

    Its sender had marked the attempt at "firing" (the server's log of writes shows the mark) and was cut off before it
    sent; nobody can know that it did not, and whoever may have been told is told "resolved".
    """
    lasted_s = (alert.resolved_at_ms - alert.fired_at_ms) / 1000
    for fault in faults:
        may_have_cut = fault.kind in ("server", "standstill") or "worker" in fault.component
        if may_have_cut and word.at - lasted_s - DUE_MS / 1000 <= fault.begun <= word.at:
            return f"{fault.component} met {fault.kind} {word.at - fault.begun:.1f} s before, between mark and sending"
    return None


def expected_listeners(found: Sequence[Found], destinations: Sequence[str]) -> dict[str, set[str]]:
    """Return the destinations each alert's rule names."""
    return {one.alert.id: {d for d in destinations if d in one.alert.channels} for one in found}


def expected_of(stories: Mapping[str, Story], plugin_id: str, started_at_ms: int) -> Expected | None:
    """Return the model's alert that began then."""
    return next((a for a in stories[plugin_id].alerts.values() if a.started_at_ms == started_at_ms), None)
