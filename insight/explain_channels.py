"""The last steps of an explanation: what became of an alert's news in each of its channels. Pure."""

from collections.abc import Iterator, Sequence

from dispatchers import ledger
from insight import evidence as kept
from insight.chain import Finding, Step, no, unknown, yes
from insight.evidence import FIRINGS, Attempt, Evidence, Story
from insight.explain_routing import Routed, as_it_was
from shared.model.alerts import NEVER, TimelineEntry

GATHERED_MS = 600_000
"""Further news of a group is gathered for ten minutes at most, unless a route says otherwise."""


def steps(
    story: Story, line: TimelineEntry, routed: Routed, evidence: Evidence, until_ms: int, channel: str = ""
) -> Iterator[Step]:
    """
    Yield one step a channel: whether it was notified of the firing that *line* is, and by which attempt, or why not.

    Args:
        until_ms: Later attempts do not count.
        channel: Only this one.
    """
    until_ms = min(until_ms, _next_firing_ms(story, line) - 1)
    attempts = [one for one in story.attempts if one.channel and line.at_ms <= one.at_ms <= until_ms]
    names = list(dict.fromkeys([*story.alert.channels, *(one.channel for one in attempts)]))
    for name in [channel] if channel else names:
        if channel and channel not in names:
            yield Step("channel", recorded=no("explain.channel_not_named", channel=channel), channel=channel)
            continue
        of_channel = [one for one in attempts if one.channel == name]
        recorded = _tried(of_channel) or _untried(name, story, line, routed, evidence, until_ms)
        agrees = _agrees(name, of_channel, story, routed)
        recomputed = _news(name, routed, evidence)
        yield Step("channel", recorded=recorded, recomputed=recomputed, channel=name, agrees=agrees)


def _next_firing_ms(story: Story, line: TimelineEntry) -> int:
    is_behind = False
    for one in story.timeline:
        if is_behind and one.kind in FIRINGS:
            return one.at_ms
        is_behind = is_behind or one is line
    return 1 << 62


def _tried(attempts: Sequence[Attempt]) -> Finding | None:
    """Return what became of the attempts to notify of a firing; None: there was none."""
    tried = [one for one in attempts if one.news in ("firing", "")]
    sent = next((one for one in tried if one.outcome == "sent"), None)
    refused = next((one for one in reversed(attempts) if one.outcome == "undelivered"), None)
    if sent is not None and refused is not None:
        return no("explain.undelivered", refused.at_ms, channel=sent.channel, because=refused.why)
    if sent is not None:
        received = next((one for one in attempts if one.outcome == "delivered"), None)
        if received is not None:
            return yes("explain.received", received.at_ms, channel=sent.channel, sent_ms=sent.at_ms)
        values = {"channel": sent.channel, "sent_ms": sent.at_ms, "attempt": max(1, sent.number)}
        if sent.why.code:
            return yes("explain.sent_answer", sent.at_ms, because=sent.why, **values)
        return yes("explain.sent", sent.at_ms, **values)
    if not tried:
        return None
    last = tried[-1]
    values = {"channel": last.channel, "attempts": len(tried), "because": last.why}
    match last.outcome:
        case "given_up":
            return no("explain.given_up", last.at_ms, **values)
        case "uncertain":
            return unknown("explain.uncertain", last.at_ms, **values)
        case _:
            return no("explain.failing", last.at_ms, **values)


def _untried(
    name: str, story: Story, line: TimelineEntry, routed: Routed, evidence: Evidence, until_ms: int
) -> Finding:
    """Return why there was no attempt."""
    still = [one.why for one in routed.held.values() if one.until_ms is None or one.until_ms > until_ms]
    ended = next(
        (one for one in story.timeline if one.kind == "resolved" and line.at_ms <= one.at_ms <= until_ms), None
    )
    if still:
        if ended is not None:
            return no("explain.ended_held", line.at_ms, channel=name, because=still, ended_ms=ended.at_ms)
        return no("explain.channel_held", line.at_ms, channel=name, because=still)
    if name in story.alert.muted or name in routed.alert.muted:
        interval = story.alert.muted.get(name) or routed.alert.muted[name]
        return no("explain.channel_muted", line.at_ms, channel=name, interval=interval)
    if name not in evidence.tells:
        return no("explain.channel_gone", line.at_ms, channel=name)
    configured = kept.in_force(evidence.configured.get(name, ()), line.at_ms)
    if configured is not None and configured.document is None:
        return no("explain.channel_off", configured.at_ms, channel=name)
    trouble = evidence.troubles.get(name)
    if trouble is not None and as_it_was(trouble, line.at_ms) is not None:
        return no("explain.circuit_open", line.at_ms, channel=name)
    if _is_gathered(name, story, line, evidence):
        return unknown("explain.gathered", line.at_ms, channel=name, group=story.alert.group)
    if ended is not None:
        return no("explain.ended_before", ended.at_ms, channel=name, ended_ms=ended.at_ms)
    return unknown("explain.not_attempted", line.at_ms, channel=name)


def _is_gathered(name: str, story: Story, line: TimelineEntry, evidence: Evidence) -> bool:
    """Tell whether another alert of the same group was sent shortly before."""
    return any(
        one.channel == name and one.outcome == "sent" and line.at_ms - GATHERED_MS <= one.at_ms <= line.at_ms
        for other in evidence.stories.values()
        if other is not story and other.alert.group == story.alert.group
        for one in other.attempts
    )


def _news(name: str, routed: Routed, evidence: Evidence) -> Finding | None:
    """Return what the ledger's arithmetic says to a channel that knows nothing of the alert yet."""
    if name not in evidence.tells:
        return None
    news = ledger.news(routed.alert, NEVER, evidence.tells[name], name)
    return yes("explain.is_news", channel=name) if news == "firing" else no("explain.no_news", channel=name)


def _agrees(name: str, attempts: Sequence[Attempt], story: Story, routed: Routed) -> bool:
    """Tell whether no attempt was made while the firing was held back: then the two do not contradict each other."""
    sent = [one.at_ms for one in attempts if one.outcome == "sent" and one.news == "firing"]
    if not sent:
        return True
    if name in routed.alert.muted:
        fired_ms = routed.alert.fired_at_ms
        over = (one for one in story.timeline if one.kind == "released" and one.by == "muted")
        return any(fired_ms < one.at_ms <= min(sent) for one in over)
    until_ms = [one.until_ms for one in routed.held.values()]
    return bool(until_ms) and all(one is not None and one <= min(sent) for one in until_ms)
