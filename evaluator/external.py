"""
What a sender's statement, or its silence, changes for one external alert. Pure.

    (nothing) ──fires──▶ firing ──end stated, or no word from its sender──▶ ended ──five minutes──▶ (nothing)
                            ▲                                                 │
                            └───────────────────fires again───────────────────┘

docs/adr/0016-external-alerts.md has the reasons for each rule.
"""

from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from msgspec import Struct, structs

from evaluator.alert_ids import Origin, alert_id_of
from evaluator.decide import AS_OF_MS
from evaluator.external_terms import Terms
from shared.model import reasons
from shared.model.alerts import External, Transition, TransitionKind
from shared.model.event_time import EARLIEST_MS
from shared.model.external import Statement, rule_id_of, severity_of
from shared.model.reasons import Reason

FLOOR_MS = 300_000
"""No alert ends for want of word sooner. vmalert states an end 8 s ahead, and a door may be restarted meanwhile."""
LONGEST_GRACE_MS = 3_600_000
"""After an outage of ours, an alert waits for its sender as long as it would have before, and no longer than this."""
REMEMBERED_MS = 300_000
"""How long an end that was stated stands against statements that the same episode fires."""


class Watched(Struct, frozen=True, array_like=True):
    """An external alert that fires or has just ended. Committed when it begins or ends; see `VOLATILE`."""

    phase: Literal["firing", "ended"]
    alert_id: str
    statement: Statement
    """The newest that it fires."""
    since_ms: int
    """By the sender's clock: when it began to fire, the earliest that was stated."""
    heard_at_ms: int
    """Server clock: when the newest statement that it fires arrived."""
    until_ms: int
    """Server clock: when it ends for want of word."""
    grace_ms: int
    """How long its sender may be silent."""
    cooldown_until_ms: int = 0
    announced: bool = True
    """Whether channels may know of this episode."""
    ended_at_ms: int = 0
    """By the sender's clock, or when a person resolved it: statements of an earlier beginning are overtaken."""
    ended_by: Literal["", "sender", "silence", "person"] = ""
    forget_at_ms: int = 0
    """Server clock: until when the end is remembered."""


class Decision(NamedTuple):
    """What an external alert is now, and the transitions that lead to it."""

    watched: Watched | None
    transitions: tuple[Transition, ...] = ()
    is_volatile: bool = False
    """Whether only such things changed as a checkpoint keeps: they need no commit."""


def decide(
    known: Watched | None, seen: Statement, heard_at_ms: int, now_ms: int, origin: Origin, terms: Terms
) -> Decision:
    """
    Work out what a statement changes.

    Args:
        known: As last decided; None when nothing is known of the alert.
        heard_at_ms: Time of its stream entry. An end up to then has happened; a later one is provisional.
        now_ms: The clock's time; rules the cooldown.
        origin: Its place in the log; a new alert's id is derived from it, so that a replay gives the same id.
    """
    if 0 < seen.ends_at_ms <= heard_at_ms:
        return _end(known, seen, heard_at_ms, now_ms, terms)
    if known is None:
        return _begin(None, seen, heard_at_ms, now_ms, origin, terms)
    if known.phase == "firing":
        return Decision(renewed(known, seen, heard_at_ms), is_volatile=True)
    # A sender that was silent is back, whatever it states as the beginning. An end that was stated, or a person's,
    # stands against the other replica, and against what was sent before it.
    if known.ended_by != "silence" and _began_ms(seen, heard_at_ms) <= known.ended_at_ms:
        return Decision(known)
    return _begin(known, seen, heard_at_ms, now_ms, origin, terms)


def renewed(known: Watched, seen: Statement, heard_at_ms: int) -> Watched:
    """Return a firing alert after a further statement that it fires; the greatest of its provisional ends holds."""
    grace_ms = max(FLOOR_MS, seen.ends_at_ms - heard_at_ms)
    return structs.replace(
        known,
        statement=seen,
        since_ms=min(known.since_ms, _began_ms(seen, heard_at_ms)),
        heard_at_ms=heard_at_ms,
        until_ms=max(known.until_ms, heard_at_ms + grace_ms),
        grace_ms=grace_ms,
    )


def forgiven(known: Watched, now_ms: int) -> Watched:
    """Return an alert that waits for its sender from now on: nobody listened until now."""
    if known.phase != "firing":
        return known
    return structs.replace(known, until_ms=max(known.until_ms, now_ms + min(known.grace_ms, LONGEST_GRACE_MS)))


def due_at_ms(known: Watched) -> int:
    """Return when time alone changes something."""
    if known.phase == "ended":
        return known.forget_at_ms
    return known.until_ms if known.announced else min(known.until_ms, known.cooldown_until_ms)


def pass_time(known: Watched, at_ms: int, now_ms: int, terms: Terms) -> Decision:
    """
    Work out what the passing of time changes.

    Args:
        at_ms: All that arrived until this instant was decided.
    """
    if known.phase == "ended":
        return Decision(None if at_ms >= known.forget_at_ms else known)
    if at_ms >= known.until_ms:
        silent_s = (at_ms - known.heard_at_ms) / 1000
        reason = reasons.of("external.no_word", sender=sender_of(known.statement), silent_s=silent_s)
        return _ended(known, reason, "silence", known.until_ms, at_ms, now_ms, terms)
    if not known.announced and at_ms >= known.cooldown_until_ms:
        after = structs.replace(known, announced=True, cooldown_until_ms=now_ms + terms.cooldown_ms)
        told = _transition("announced", after, reasons.of("cooldown.still_firing"), at_ms, now_ms, terms)
        return Decision(after, (told,))
    return Decision(known)


def resolve(known: Watched, reason: Reason, at_ms: int, terms: Terms) -> Decision:
    """Work out what it changes that a person resolved the alert at *at_ms*."""
    if known.phase != "firing":
        return Decision(known)
    return _ended(known, reason, "person", at_ms, at_ms, at_ms, terms)


def sender_of(seen: Statement) -> str:
    """Return what people call a sender: the host that the alert's page is on, or the name of the key."""
    try:
        host = urlsplit(seen.generator_url).netloc.rpartition("@")[2]
    except ValueError:
        host = ""
    return host or seen.sender or seen.name


def _begin(
    known: Watched | None, seen: Statement, heard_at_ms: int, now_ms: int, origin: Origin, terms: Terms
) -> Decision:
    reopens = known is not None and now_ms < known.cooldown_until_ms
    rule_id = rule_id_of(seen.name)
    grace_ms = max(FLOOR_MS, seen.ends_at_ms - heard_at_ms)
    after = Watched(
        "firing",
        known.alert_id if known is not None and reopens else alert_id_of(rule_id, seen.fingerprint, origin),
        seen,
        since_ms=_began_ms(seen, heard_at_ms),
        heard_at_ms=heard_at_ms,
        until_ms=heard_at_ms + grace_ms,
        grace_ms=grace_ms,
        cooldown_until_ms=known.cooldown_until_ms if known is not None and reopens else now_ms + terms.cooldown_ms,
        announced=not reopens,
    )
    reason = reasons.of("external.fires", sender=sender_of(seen))
    kind: TransitionKind = "reopened" if reopens else "firing"
    return Decision(after, (_transition(kind, after, reason, heard_at_ms, now_ms, terms),))


def _end(known: Watched | None, seen: Statement, heard_at_ms: int, now_ms: int, terms: Terms) -> Decision:
    if known is None:
        # Its beginning was never stated here, so nobody knows of it. Senders repeat an end for a quarter of an hour.
        return Decision(None)
    if known.phase == "ended":
        if seen.ends_at_ms <= known.ended_at_ms:
            return Decision(known)
        # The end of another replica, or the end that a silent sender states in the end.
        by = "sender" if known.ended_by == "silence" else known.ended_by
        return Decision(structs.replace(known, ended_at_ms=seen.ends_at_ms, ended_by=by), is_volatile=True)
    if seen.ends_at_ms < max(known.since_ms, _stated_start_ms(known)):
        # The end of an episode before, which its sender's newest statement is later than.
        return Decision(known)
    reason = reasons.of("external.ended", sender=sender_of(seen))
    return _ended(known, reason, "sender", seen.ends_at_ms, heard_at_ms, now_ms, terms)


def _ended(
    known: Watched,
    reason: Reason,
    by: Literal["sender", "silence", "person"],
    ended_at_ms: int,
    at_ms: int,
    now_ms: int,
    terms: Terms,
) -> Decision:
    """
    Args:
        ended_at_ms: By the clock of its sender, or of the person who ended it.
        at_ms: By the server's clock.
    """
    told = _transition("resolved", known, reason, ended_at_ms, now_ms, terms)
    after = structs.replace(
        known,
        phase="ended",
        ended_at_ms=ended_at_ms,
        ended_by=by,
        forget_at_ms=max(at_ms + REMEMBERED_MS, known.cooldown_until_ms),
    )
    return Decision(after, (told,))


def _began_ms(seen: Statement, heard_at_ms: int) -> int:
    """Return when an alert began to fire as its sender states; an instant that cannot be is when it was heard."""
    return seen.starts_at_ms if EARLIEST_MS <= seen.starts_at_ms <= heard_at_ms else heard_at_ms


def _stated_start_ms(known: Watched) -> int:
    """Return the beginning that the newest statement of a firing alert gives; 0 if it gives none that can be."""
    stated_ms = known.statement.starts_at_ms
    return stated_ms if EARLIEST_MS <= stated_ms <= known.heard_at_ms else 0


def _transition(
    kind: TransitionKind, watched: Watched, reason: Reason, at_ms: int, now_ms: int, terms: Terms
) -> Transition:
    seen = watched.statement
    severity = severity_of(seen.labels, terms.severities)
    words = seen.annotations
    if now_ms - at_ms > AS_OF_MS:
        reason = reasons.of("decided.as_of", because=reason, at_ms=at_ms)
    runbook = words.get("runbook_url", "")
    return Transition(
        kind=kind,
        alert_id=watched.alert_id,
        rule_id=rule_id_of(seen.name),
        rule_name=seen.name,
        plugin_id=seen.plugin_id,
        plugin_name=seen.plugin_name or seen.plugin_id,
        parent_id=seen.parent_id,
        severity=severity,
        channels=list(terms.channels),
        condition=words.get("summary", "") or words.get("title", ""),
        labels=dict(seen.labels),
        at_ms=at_ms,
        decided_at_ms=now_ms,
        since_ms=watched.since_ms,
        hold_until_ms=watched.cooldown_until_ms if kind == "reopened" else 0,
        **reasons.fields(reason),
        description=words.get("description", "") or words.get("message", ""),
        runbook_url=runbook if runbook.startswith(("http://", "https://")) else "",
        policy=terms.policies[severity],
        external=External(
            fingerprint=seen.fingerprint,
            annotations=dict(words),
            generator_url=seen.generator_url,
            sender=seen.sender,
        ),
    )
