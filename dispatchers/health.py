"""How healthy the pipeline is: from one reading of the system to the troubles that operators must hear of. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from dispatchers.system_alerts import Trouble
from shared.model import reasons
from shared.model.alerts import Severity
from shared.model.numbers import exact
from shared.model.reasons import Reason

MEMORY_SHARE = 0.9
"""Share of the memory that Redis may take; time enough to give it more."""
NEEDED = ("evaluator", "router", "worker", "relay", "api")
VITAL = ("evaluator", "router", "worker")
"""Without these components, no alert reaches anybody."""


class Limits(Protocol):
    """When a delay or a silence is trouble; `Settings` has them."""

    @property
    def watch_late_seconds(self) -> float: ...
    @property
    def watch_silent_seconds(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Picture:
    """How the system is, as read at one time."""

    now_ms: int
    oldest_event_ms: int = 0
    """Age of the oldest event that is not evaluated; 0 if all are."""
    oldest_transition_ms: int = 0
    """Age of the oldest transition that is not routed."""
    overdue_ms: int = 0
    """How long ago a worker should have looked at a group that has news."""
    dead_events: int = 0
    dead_notifications: int = 0
    memory_share: float = 0.0
    """Of what Redis may take, what it has taken."""
    missing_ms: Mapping[str, int] = field(default_factory=dict)
    """Component → for how long none of it has been ready."""
    dead_producers: Mapping[str, int] = field(default_factory=dict)
    """Host → when its producer stopped without signing off."""
    newest_event_ms: int = 0
    """When the last event came in; 0 if none ever did."""
    lagging: str = ""
    """Plugins of which nothing but late samples comes, and by how much they are."""
    set_aside: str = ""
    """Keys that were renamed in the last ten minutes because they had a wrong type."""
    series_refused: Sequence[Reason] = ()
    """For each source with too many series: the metric and the label that have too many values."""
    archive_ms: int = 0
    """For how long a recorder has not been able to use the archive."""
    archive: Reason = reasons.NONE
    """Why not."""
    archive_lost: int = 0
    """Entries that were trimmed in the last ten minutes before they were recorded."""
    archive_dropped: Reason = reasons.NONE
    """How little the archive holds, because its size is limited."""
    left_out: str = ""
    """What evaluators had to go on without in the last ten minutes, and why."""


def judge(picture: Picture, limits: Limits) -> dict[str, Trouble | None]:
    """Return what is wrong: alert id → the trouble, None where all is well. Pure; channels are left to the caller."""
    late_ms = int(limits.watch_late_seconds * 1000)
    silent_ms = int(limits.watch_silent_seconds * 1000)
    unrouted_ms = max(picture.oldest_transition_ms, picture.overdue_ms)
    is_silent = 0 < picture.newest_event_ms < picture.now_ms - silent_ms
    found = {
        "own-evaluator-lag": _trouble(
            picture.oldest_event_ms >= late_ms,
            "Evaluation is late · 평가 지연",
            f"age of the oldest event not evaluated >= {exact(late_ms / 1000)} s",
            reasons.of("system.evaluation_late", waited_s=picture.oldest_event_ms / 1000, limit_s=late_ms / 1000),
            "critical",
            (picture.oldest_event_ms / 1000, late_ms / 1000),
        ),
        "own-router-stall": _trouble(
            unrouted_ms >= late_ms,
            "Routing has stopped · 라우팅 중단",
            f"age of the oldest transition or notification nobody looks at >= {exact(late_ms / 1000)} s",
            reasons.of("system.routing_stopped", waited_s=unrouted_ms / 1000, limit_s=late_ms / 1000),
            "critical",
            (unrouted_ms / 1000, late_ms / 1000),
        ),
        "own-dead-events": _trouble(
            picture.dead_events > 0,
            "Events were refused · 평가하지 못한 이벤트",
            "dead letters within ten minutes > 0",
            reasons.of("system.events_refused", events=picture.dead_events),
            "warning",
            (picture.dead_events, 0),
        ),
        "own-dead-notifications": _trouble(
            picture.dead_notifications > 0,
            "Notifications were given up · 전송을 포기한 알림",
            "notifications given up within ten minutes > 0",
            reasons.of("system.notifications_given_up", notifications=picture.dead_notifications),
            "error",
            (picture.dead_notifications, 0),
        ),
        "own-redis-memory": _trouble(
            picture.memory_share >= MEMORY_SHARE,
            "Redis is nearly full · Redis 메모리 부족",
            f"memory of Redis >= {exact(MEMORY_SHARE * 100)}%",
            reasons.of("system.redis_full", value=picture.memory_share * 100, limit=MEMORY_SHARE * 100),
            "critical",
            (picture.memory_share * 100, MEMORY_SHARE * 100),
        ),
        "own-late-plugins": _trouble(
            bool(picture.lagging),
            "Samples come late · 늦게 도착하는 샘플",
            "plugins with nothing but late samples for two minutes > 0",
            reasons.of("system.samples_late", plugins=picture.lagging),
            "warning",
            (1, 0),
        ),
        "own-series": _trouble(
            bool(picture.series_refused),
            "Too many series · 시계열 과다",
            "API keys and scrape jobs with new series beyond INGEST_MAX_SERIES > 0",
            reasons.of("system.series_refused", sources=list(picture.series_refused)),
            "error",
            (len(picture.series_refused), 0),
        ),
        "own-archive": _trouble(
            picture.archive_ms >= late_ms or picture.archive_lost > 0,
            "The archive is incomplete · 아카이브 기록 중단",
            f"the archive unusable for {exact(late_ms / 1000)} s, or entries lost within ten minutes",
            _archive_said(picture),
            "error",
            (max(picture.archive_ms / 1000, picture.archive_lost), 0),
        ),
        "own-archive-size": _trouble(
            picture.archive_dropped != reasons.NONE,
            "The archive is too small · 아카이브 용량 부족",
            "what ARCHIVE_MAX_MEGABYTES dropped though its days are not over > 0",
            picture.archive_dropped,
            "warning",
            (1, 0),
        ),
        "own-left-out": _trouble(
            bool(picture.left_out),
            "Something was not evaluated · 평가에서 제외된 항목",
            "rules, stored data or partitions left out within ten minutes",
            reasons.of("system.left_out", what=picture.left_out),
            "error",
            (1, 0),
        ),
        "own-set-aside": _trouble(
            bool(picture.set_aside),
            "Stored data were overwritten · 덮어쓰인 저장 데이터",
            "keys of a wrong type renamed within ten minutes",
            reasons.of("system.set_aside", keys=picture.set_aside),
            "error",
            (1, 0),
        ),
        "own-producers": _trouble(
            bool(picture.dead_producers) or is_silent,
            "A producer has stopped · 수집기 중단",
            f"a producer that did not sign off, or no event for {exact(silent_ms / 1000)} s",
            _producers_said(picture),
            "error",
            (max(len(picture.dead_producers), 1), 0),
        ),
    }
    for name in NEEDED:
        # One alert each: that the relay is missing must not hide that the evaluators are, later.
        ms = picture.missing_ms.get(name, 0)
        found[f"own-missing-{name}"] = _trouble(
            ms >= late_ms,
            f"No {name} is running · {name} 중단",
            f"no ready process for {exact(late_ms / 1000)} s",
            reasons.of("system.process_missing", process=name, waited_s=ms / 1000, limit_s=late_ms / 1000),
            "critical" if name in VITAL else "error",
            (ms / 1000, late_ms / 1000),
        )
    return {alert_id: one and replace(one, alert_id=alert_id) for alert_id, one in found.items()}


def is_healthy(troubles: Mapping[str, Trouble | None]) -> bool:
    """Tell whether an event that came now would be told to people."""
    return all(one is None or one.severity != "critical" for one in troubles.values())


def _trouble(
    is_so: bool, name: str, condition: str, reason: Reason, severity: Severity, values: tuple[float, float]
) -> Trouble | None:
    if not is_so:
        return None
    return Trouble("", name, condition, reason, severity, (), float(values[0]), float(values[1]))


def _archive_said(picture: Picture) -> Reason:
    if picture.archive_lost:
        return reasons.of("system.archive_lost", entries=picture.archive_lost)
    return reasons.of("system.archive_away", waited_s=picture.archive_ms / 1000, because=picture.archive)


def _producers_said(picture: Picture) -> Reason:
    if picture.dead_producers:
        return reasons.of("system.producers_stopped", hosts=sorted(picture.dead_producers))
    return reasons.of("system.no_events", waited_s=(picture.now_ms - picture.newest_event_ms) // 1000)
