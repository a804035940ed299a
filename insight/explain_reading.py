"""Reads from the archive what an explanation rests on. Shell."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from msgspec import Raw, Struct
from pydantic import ValidationError

from archive import kept_figures, kept_stories
from archive.kept_stories import KeptAttempt, KeptRevision, Table
from archive.record_entries import ROUTES
from dispatchers import channel as channels
from dispatchers import sources
from evaluator import condition
from insight import chain, explain
from insight.decided_again import LEAST_MS
from insight.evidence import Attempt, Evidence, Revision, Story
from insight.questions import ExplainAlert, ExplainPlace
from shared.errors import Invalid, NotFound
from shared.model import reasons, route_tree
from shared.model.alerts import UNREADABLE, Alert, LedgerEntry, TimelineEntry
from shared.model.reasons import Reason
from shared.model.rules import Rule
from shared.model.silences import Silence

if TYPE_CHECKING:
    from archive.sql_archive import SqlArchive

T = TypeVar("T")
MOST_EVENTS = 100_000
MOST_ALERTS = 200
MOST_SOURCES = 2_000
MOST_SILENCES = 2_000
GATHERED_MS = 600_000
LONGEST_MS = 7 * 86_400_000
"""Rules look back no further; one that waits longer is computed again from there."""
AROUND_MS = 60_000


class _Detail(Struct):
    line: TimelineEntry | None = None
    ledger: LedgerEntry | None = None


class _Override(Struct):
    overrides: str | None = None


_alert = msgspec.json.Decoder(Alert).decode
_line = msgspec.json.Decoder(TimelineEntry).decode
_detail = msgspec.json.Decoder(_Detail).decode
_override = msgspec.json.Decoder(_Override).decode
_raw = msgspec.json.Decoder(Raw).decode


def of_alert(archive: "SqlArchive", asked: ExplainAlert, now_ms: int) -> dict[str, Any]:
    """
    Explain an alert.

    Raises:
        NotFound: the archive has no such alert.
    """
    story = _stories(archive, [asked.alert_id]).get(asked.alert_id)
    line = explain.opening(story, now_ms) if story else None
    if story is None or line is None:
        raise NotFound(reasons.of("missing.alert", alert_id=asked.alert_id))
    evidence = _evidence(archive, story.alert.rule_id, story.alert.plugin_id, line.at_ms, now_ms, story)
    return chain.shown(explain.alert(evidence, asked.alert_id, asked.channel, now_ms))


def of_place(archive: "SqlArchive", asked: ExplainPlace, now_ms: int) -> dict[str, Any]:
    """Explain what a rule made of a plugin at an instant."""
    ids = kept_stories.ids_of_place(archive, asked.rule_id, asked.plugin_id, asked.at_ms + AROUND_MS, 1)
    newest = next(iter(_stories(archive, ids).values()), None)
    evidence = _evidence(archive, asked.rule_id, asked.plugin_id, asked.at_ms, now_ms, newest)
    return chain.shown(explain.place(evidence, asked.rule_id, asked.plugin_id, asked.at_ms))


def _evidence(
    archive: "SqlArchive", rule_id: str, plugin_id: str, at_ms: int, now_ms: int, story: Story | None
) -> Evidence:
    notes: list[Reason] = []
    rules = _rules(archive, rule_id, at_ms)
    since_ms = at_ms - _lookback_ms(rules.get(rule_id, ()))
    until_ms = at_ms + AROUND_MS
    found = kept_stories.arrivals(archive, plugin_id, since_ms, until_ms, MOST_EVENTS)
    if len(found) == MOST_EVENTS:
        since_ms = found[0].entry_ms
        notes.append(reasons.of("explain.events_left_out", since_ms=since_ms))
    routes = _revisions(archive, "route_revisions", [ROUTES], route_tree.of_version).get(ROUTES, [])
    near = (one.document for one in routes if one.at_ms <= until_ms and one.document is not None)
    has_rules = any(tree.inhibit_rules for tree in near)
    stories = _stories(archive, _around(archive, rule_id, plugin_id, at_ms, story, has_rules, notes))
    alert = story.alert if story else None
    names = [*alert.channels, *(one.channel for one in story.attempts if one.channel)] if alert and story else []
    kinds = {name: channels.find(name) for name in names}
    troubles = _stories(archive, [f"channel-{name}" for name in kinds])
    return Evidence(
        rules=rules,
        arrivals=found,
        arrivals_since_ms=since_ms,
        stories=stories,
        silences=_silences(archive, at_ms, now_ms),
        routes=routes,
        tells={name: kind.traits.tells for name, kind in kinds.items() if kind is not None},
        configured=_revisions(archive, "channel_revisions", list(kinds), _raw),
        troubles={name: troubles[f"channel-{name}"] for name in kinds if f"channel-{name}" in troubles},
        gaps=[gap for gap in archive.gaps() if gap.to_ms >= since_ms and gap.from_ms <= until_ms],
        recorded_until_ms=kept_stories.recorded_until_ms(archive),
        left_out=notes,
    )


def _lookback_ms(revisions: Sequence[Revision[Rule]]) -> int:
    """Return how long before an instant events may matter to a rule, as it ever was."""
    longest_ms = LEAST_MS
    for revision in revisions:
        rule = revision.document
        if rule is None:
            continue
        with suppress(Invalid):
            furthest_ms = condition.check(rule).needs().furthest_ms()
            lasting_ms = round(rule.for_seconds * 2_000) + round(rule.cooldown_minutes * 60_000)
            silent_ms = round((rule.gone_after_seconds or 0) * 1_000)
            fields = rule.condition or {}
            seconds = fields.get("seconds")
            absent_ms = round(seconds * 1_000) if isinstance(seconds, int | float) else 0
            longest_ms = max(longest_ms, LEAST_MS + lasting_ms + max(furthest_ms, silent_ms, absent_ms))
    return min(longest_ms, LONGEST_MS)


def _around(
    archive: "SqlArchive",
    rule_id: str,
    plugin_id: str,
    at_ms: int,
    story: Story | None,
    has_inhibit_rules: bool,
    notes: list[Reason],
) -> list[str]:
    """Return the ids of the alerts that may have had to do with it."""
    from_ms, until_ms = at_ms - AROUND_MS, at_ms + AROUND_MS
    found = kept_stories.ids_of_place(archive, rule_id, plugin_id, until_ms, MOST_ALERTS)
    opened = kept_stories.ids_open(archive, plugin_id, from_ms, until_ms, MOST_ALERTS + 1)
    if has_inhibit_rules and len(opened) <= MOST_ALERTS:
        # They look at alerts of all plugins.
        opened += kept_stories.ids_open(archive, None, from_ms, until_ms, MOST_ALERTS + 1)
    found += [alert_id for alert_id, _ in opened]
    if len(opened) > MOST_ALERTS:
        notes.append(reasons.of("explain.alerts_left_out", count=MOST_ALERTS))
    if story is not None:
        found.append(story.alert.id)
        policy = story.alert.policy
        if policy.equal:
            everywhere = kept_stories.ids_open(archive, None, from_ms, until_ms, MOST_SOURCES)
            named = [one for one, of_rule in everywhere if sources.is_named(of_rule, policy.inhibited_by)]
            found += named[:MOST_ALERTS]
        if story.alert.group:
            since_ms = at_ms - GATHERED_MS
            found += kept_stories.ids_sent(archive, story.alert.group, since_ms, until_ms, MOST_ALERTS)
    return list(dict.fromkeys(found))


def _stories(archive: "SqlArchive", alert_ids: Sequence[str]) -> dict[str, Story]:
    documents = kept_stories.alerts(archive, alert_ids)
    lines: dict[str, list[TimelineEntry]] = {}
    for alert_id, body in kept_stories.timelines(archive, list(documents)):
        with suppress(*UNREADABLE):
            lines.setdefault(alert_id, []).append(_line(body))
    tried: dict[str, list[Attempt]] = {}
    for row in kept_stories.attempts(archive, list(documents)):
        tried.setdefault(row.alert_id, []).append(_attempt(row))
    found: dict[str, Story] = {}
    for alert_id, body in documents.items():
        with suppress(*UNREADABLE):
            found[alert_id] = Story(_alert(body), lines.get(alert_id, []), tried.get(alert_id, []))
    return found


def _attempt(row: KeptAttempt) -> Attempt:
    why = reasons.NONE
    with suppress(*UNREADABLE):
        detail = _detail(row.detail)
        said = detail.line or detail.ledger
        if said is not None and said.reason_code:
            why = Reason(said.reason_code, said.reason_values)
        elif said is not None and said.reason:
            why = reasons.of("test.text", text=said.reason)
    return Attempt(row.channel, row.at_ms, row.news, row.episode, row.number, row.outcome, row.took_ms, row.group, why)


def _rules(archive: "SqlArchive", rule_id: str, at_ms: int) -> Mapping[str, Sequence[Revision[Rule]]]:
    """Return the revisions of a rule, and of the rules that may replace it for a plugin."""
    found = _revisions(archive, "rule_revisions", [rule_id], _rule)
    keys = {one.document.overrides for one in found.get(rule_id, ()) if one.document is not None} - {None}
    if keys:
        alike = [
            other
            for other, body in kept_figures.rules(archive, at_ms + AROUND_MS)
            if other != rule_id and _overrides(body) in keys
        ]
        found |= _revisions(archive, "rule_revisions", alike[:MOST_ALERTS], _rule)
    return found


def _overrides(body: bytes) -> str | None:
    try:
        return _override(body).overrides
    except UNREADABLE:
        return None


def _silences(archive: "SqlArchive", at_ms: int, now_ms: int) -> Mapping[str, Sequence[Revision[Silence]]]:
    ids = kept_stories.silences_of(archive, at_ms - AROUND_MS, now_ms, MOST_SILENCES)
    return _revisions(archive, "silences", ids, _silence)


def _revisions(
    archive: "SqlArchive", table: Table, target_ids: Sequence[str], read: Callable[[bytes], T | None]
) -> dict[str, list[Revision[T]]]:
    found: dict[str, list[Revision[T]]] = {}
    for row in kept_stories.revisions(archive, table, target_ids):
        of_target = found.setdefault(row.target_id, [])
        of_target.append(Revision(_since_ms(row, of_target), _read(row, read), row.by, row.number))
    return found


def _since_ms(row: KeptRevision, earlier: Iterable[object]) -> int:
    """Return from when on a revision was in force; one that was there before the archive, from the beginning."""
    return 0 if row.change == "existing" and not earlier else row.at_ms


def _read(row: KeptRevision, read: Callable[[bytes], T | None]) -> T | None:
    if row.document is None:
        return None
    try:
        return read(row.document)
    except (*UNREADABLE, ValidationError, Invalid):
        return None  # Of another release.


def _rule(body: bytes) -> Rule:
    return Rule.model_validate_json(body, extra="ignore")


def _silence(body: bytes) -> Silence:
    return Silence.model_validate_json(body, extra="ignore")
