"""Writing down that channels have news, and queueing the jobs that deliver it, in a batch's transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from dispatchers import channel as channels
from dispatchers import sweeper
from dispatchers.queues import Queues
from shared.model import reasons
from shared.model.alerts import Alert, TimelineEntry
from shared.redis import delivery_keys
from shared.redis.bundle import Bundle
from shared.store import alert_store, due_groups

Due = Mapping[tuple[str, str], Sequence[str]]
"""(Channel, group) → ids of the alerts that the channel has news of."""


def collect(alerts: Iterable[Alert], writes: Bundle, now_ms: int) -> Due:
    """Return which channels have news of *alerts*; an unknown channel becomes a line in the alert's timeline."""
    due: dict[tuple[str, str], list[str]] = {}
    for alert in alerts:
        group = due_groups.group_of(alert)
        for channel in alert.channels:
            if channels.find(channel) is not None:
                due.setdefault((channel, group), []).append(alert.id)
                continue
            unknown = reasons.of("channel.unknown", channel=channel, kinds=list(channels.catalogue()))
            line = TimelineEntry(at_ms=now_ms, kind="notification.dead", channel=channel, **reasons.fields(unknown))
            alert_store.add_line(writes, alert.id, line)
    return due


@dataclass(frozen=True, slots=True)
class Pace:
    """What the route of a group says about the time of its notifications."""

    wait_ms: int
    """How long the first notification of an idle group waits."""
    gather_ms: int | None
    """For how long further news is gathered after it; None: as the settings say."""


def paces(alerts: Iterable[Alert]) -> dict[str, Pace]:
    """Return group → pace, of the groups whose routes say something. Only the news that an alert fires waits."""
    found: dict[str, Pace] = {}
    for alert in alerts:
        policy = alert.policy
        if policy.group_wait_ms is None and policy.group_interval_ms is None:
            continue
        wait_ms = policy.group_wait_ms or 0 if alert.state == "firing" else 0
        found[due_groups.group_of(alert)] = Pace(wait_ms, policy.group_interval_ms)
    return found


def stage(
    writes: Bundle,
    due: Due,
    windows: due_groups.Windows,
    queues: Queues,
    gather_ms: int,
    now_ms: int,
    paced: Mapping[str, Pace] = MappingProxyType({}),
) -> None:
    """
    Add the news and the jobs to *writes*.

    Args:
        windows: Of each (channel, group), how long news is still gathered and whether a job waits already.
        gather_ms: For how long further news of a group is gathered after this, unless its pace says otherwise.
    """
    jobs = []
    for (channel, group), alert_ids in due.items():
        wait_ms, is_waiting = windows[channel, group]
        pace = paced.get(group)
        gathers = channels.get(channel).traits.groups
        if pace is not None and gathers and wait_ms <= 0 and not is_waiting:
            wait_ms = pace.wait_ms
        if queues.is_full(channel):
            wait_ms = max(wait_ms, sweeper.FULL_AGAIN_MS)
        if is_waiting:
            # A job that has not begun will find this news too; a job that begins just now may not.
            wait_ms = max(wait_ms, sweeper.BEGUN_AGAIN_MS)
        if wait_ms > 0:
            due_groups.stage_group_due(writes, channel, group, alert_ids, now_ms + wait_ms)
            continue
        due_groups.stage_group_due(writes, channel, group, alert_ids, now_ms + sweeper.LOOK_AGAIN_MS)
        jobs.append((channel, group))
        writes.set(delivery_keys.job_waiting(channel, group), "", px=sweeper.LOOK_AGAIN_MS, nx=True)
        longest_ms = gather_ms if pace is None or pace.gather_ms is None else pace.gather_ms
        if longest_ms and gathers:
            writes.set(delivery_keys.group_window(channel, group), "", px=longest_ms, nx=True)
    queues.stage(jobs, writes)
