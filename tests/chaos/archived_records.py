"""Whether the archive holds what a run did: alerts, transitions and notifications, each once."""

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from redis import Redis

from archive import journal
from archive.journal import Entry
from archive.opening import open_archive
from archive.record_stream import RecordStream
from archive.store import Archive, ArchiveError
from shared.model.alerts import UNREADABLE, Alert, TimelineEntry, Transition
from shared.redis import keys
from tests.chaos.destinations import Word
from tests.chaos.verdict import OWN_PLUGIN, Found, Verdict
from tests.support import kept_records
from tests.support.kept_records import Notified

KINDS = ("pending", "cleared", "firing", "reopened", "announced", "resolved")
LINES = {
    "sent": "notification.sent",
    "failed": "notification.failed",
    "uncertain": "notification.failed",
    "given_up": "notification.dead",
    "undelivered": "notification.undelivered",
    "retried": "notification.retried",
    "held_back": "suppressed",
    "released": "released",
}
"""Outcome of a notification in the archive → the kind of its line in a timeline."""

_decode_transitions = msgspec.json.Decoder(list[Transition]).decode


@dataclass
class Kept:
    """What the archive has."""

    alerts: dict[str, Alert] = field(default_factory=dict)
    timelines: dict[str, list[TimelineEntry]] = field(default_factory=dict)
    notified: list[Notified] = field(default_factory=list)
    transitions: list[Transition] = field(default_factory=list)
    gaps: int = 0


def is_recorded(redis: Redis, file: Path, partitions: int) -> bool:
    """Tell whether the archive's cursors are at the ends of the records and the outboxes."""
    streams = {RecordStream.NAME: keys.records(), **{f"outbox:{p}": keys.outbox(p) for p in range(partitions)}}
    ends = {name: last[0][0].decode() for name, key in streams.items() if (last := redis.xrevrange(key, count=1))}
    with suppress(ArchiveError):
        archive = open_archive(file)
        try:
            cursors = archive.cursors()
            return ends == {name: cursors[name].position for name in ends if name in cursors}
        finally:
            archive.close()
    return False


def read(file: Path, partitions: int) -> Kept:
    """Read all that the judge compares."""
    archive = open_archive(file)
    try:
        transitions = [one for p in range(partitions) for one in _transitions(archive, f"outbox:{p}")]
        return Kept(
            kept_records.alerts(archive),
            kept_records.timelines(archive),
            kept_records.notified(archive),
            transitions,
            len(archive.gaps()),
        )
    finally:
        archive.close()


def judge(kept: Kept, found: Sequence[Found], words: Sequence[Word], verdict: Verdict) -> None:
    """Compare the archive with what the control plane has, which the model is compared with, and what was heard."""
    if kept.gaps:
        verdict.problems.append(f"the archive has {kept.gaps} gaps")
    stored = {one.alert.id: one for one in found}
    for alert_id in sorted(stored.keys() ^ kept.alerts.keys()):
        verdict.problems.append(f"alert {alert_id} is only in {'Redis' if alert_id in stored else 'the archive'}")
    for alert_id in sorted(stored.keys() & kept.alerts.keys()):
        one, version = stored[alert_id], kept.alerts[alert_id].version
        if one.alert != kept.alerts[alert_id]:
            verdict.problems.append(f"alert {alert_id} is version {version} in the archive, not {one.alert.version}")
        lines = kept.timelines.get(alert_id, [])
        if one.timeline != lines:
            verdict.problems.append(f"the archive has {len(lines)} lines of {alert_id}, not these {len(one.timeline)}")
    _judge_transitions(kept.transitions, found, verdict)
    _judge_notified(kept.notified, found, words, verdict)
    verdict.counts |= {"kept_alerts": len(kept.alerts), "kept_notifications": len(kept.notified)}


def _judge_transitions(kept: Sequence[Transition], found: Sequence[Found], verdict: Verdict) -> None:
    """Every line of the rules was a transition, and each transition is in the archive once."""
    counted = Counter((one.alert_id, one.kind, one.decided_at_ms) for one in kept)
    for place, count in counted.items():
        if count > 1:
            verdict.problems.append(f"transition {place} is {count} times in the archive")
    for one in found:
        if one.alert.plugin_id == OWN_PLUGIN:
            continue
        for line in one.timeline:
            place = (one.alert.id, line.kind, line.at_ms)
            if line.by == "rule" and line.kind in KINDS and place not in counted:
                verdict.problems.append(f"transition {place} is not in the archive")


def _judge_notified(kept: Sequence[Notified], found: Sequence[Found], words: Sequence[Word], verdict: Verdict) -> None:
    """Every line about a notification is one in the archive; what was recorded as sent was heard, and the other way."""
    want = Counter(
        (one.alert.id, line.channel, line.kind) for one in found for line in one.timeline if line.kind in LINES.values()
    )
    got = Counter((one.alert_id, one.channel, LINES.get(one.outcome, one.outcome)) for one in kept)
    for place in sorted((want - got) + (got - want)):
        verdict.problems.append(f"notification {place} is {got[place]} times in the archive, not {want[place]}")
    heard = Counter((word.alert_id, word.destination, word.news) for word in words)
    destinations = {word.destination for word in words}
    sent = Counter((one.alert_id, one.channel, one.news) for one in kept if one.outcome == "sent")
    for place, count in sent.items():
        if place[1] in destinations and heard[place] < count:
            verdict.problems.append(f"{place} was sent {count} times by the archive, and heard {heard[place]} times")
    attempted = {(one.alert_id, one.channel) for one in kept}
    for alert_id, destination in sorted({place[:2] for place in heard} - attempted):
        verdict.problems.append(f"{destination} heard of {alert_id}, and the archive has no attempt")


def _transitions(archive: Archive, stream: str) -> Iterable[Transition]:
    entries: list[Entry] = archive.others(stream)
    for row in archive.journal(stream, 10**6, 10**12):
        entries += journal.decode(row.body)
    for _, fields in entries:
        # The monkey plants some that nobody can read.
        with suppress(*UNREADABLE):
            yield from _decode_transitions(fields[1])
