"""What the watch makes of a picture of the system."""

import pytest

from dispatchers import health
from dispatchers.health import Picture
from shared.model import reasons
from shared.settings import Settings

NOW = 1_000_000_000
SETTINGS = Settings(watch_late_seconds=30, watch_silent_seconds=900)


def wrong(**seen: object) -> dict[str, str]:
    found = health.judge(Picture(now_ms=NOW, **seen), SETTINGS)  # type: ignore[arg-type]
    return {alert_id: str(one.reason) for alert_id, one in found.items() if one}


def test_nothing_is_wrong_with_a_system_at_rest() -> None:
    assert {} == wrong(newest_event_ms=NOW - 60_000, memory_share=0.5, missing_ms={"relay": 29_999})


@pytest.mark.parametrize(
    ("seen", "alert_id", "said"),
    [
        ({"oldest_event_ms": 30_000}, "own-evaluator-lag", "waited 30 s to be evaluated"),
        ({"oldest_transition_ms": 45_000}, "own-router-stall", "waited 45 s for the router"),
        ({"overdue_ms": 45_000}, "own-router-stall", "waited 45 s for the router"),
        ({"missing_ms": {"relay": 31_000, "api": 1_000}}, "own-missing-relay", "no relay has been ready for 31 s"),
        ({"dead_events": 3}, "own-dead-events", "3 events could not be evaluated"),
        ({"dead_notifications": 2}, "own-dead-notifications", "2 notifications could not be delivered"),
        ({"memory_share": 0.93}, "own-redis-memory", "uses 93% of its memory limit"),
        (
            {"lagging": "web-1 by 3600 s"},
            "own-late-plugins",
            "samples are late, so they fire and resolve nothing: web-1 by 3600 s; check the clocks of these plugins",
        ),
        (
            {
                "series_refused": [
                    reasons.of(
                        "system.series_of", source="seoul", limit=200, metric="took", label="id", different_values=90
                    )
                ]
            },
            "own-series",
            "seoul (limit 200): the label id of the metric took has 90 or more values",
        ),
        (
            {"archive_ms": 31_000, "archive": reasons.of("problem.text", text="the disk is full")},
            "own-archive",
            "nothing has been recorded for 31 s; the streams keep it meanwhile: the disk is full",
        ),
        ({"archive_lost": 7}, "own-archive", "7 entries were trimmed from the streams before they were recorded"),
        (
            {
                "archive_dropped": reasons.of(
                    "system.archive_dropped",
                    megabytes=64,
                    kept=[
                        reasons.of("archive.few_events", kept_hours=30.5, days=14),
                        reasons.of("archive.few_rollups", kept_days=90, days=400),
                    ],
                )
            },
            "own-archive-size",
            "the archive may take 64 MB, so the oldest was dropped: the archive holds events of the last 30.5 hours "
            "instead of 14 days; the archive holds rollups of the last 90 days instead of 400; raise "
            "ARCHIVE_MAX_MEGABYTES, or keep fewer days",
        ),
        ({"left_out": "rule r: a bug"}, "own-left-out", "evaluators went on without rule r: a bug"),
        ({"dead_producers": {"web-1": 5}}, "own-producers", "stopped without signing off: web-1"),
        ({"newest_event_ms": NOW - 901_000}, "own-producers", "no event has come in for 901 s"),
    ],
)
def test_each_trouble_has_its_alert_and_its_reason(seen: dict[str, object], alert_id: str, said: str) -> None:
    found = wrong(**seen)

    assert [alert_id] == list(found)
    assert said in found[alert_id]


@pytest.mark.parametrize(
    ("seen", "healthy"),
    [
        ({}, True),
        ({"dead_events": 1}, True),
        ({"missing_ms": {"relay": 60_000}}, True),
        ({"missing_ms": {"worker": 60_000}}, False),
        ({"oldest_event_ms": 60_000}, False),
        ({"oldest_transition_ms": 60_000}, False),
        ({"memory_share": 0.95}, False),
    ],
)
def test_heartbeat_stops_when_an_event_would_not_be_told(seen: dict[str, object], healthy: bool) -> None:
    troubles = health.judge(Picture(now_ms=NOW, **seen), SETTINGS)  # type: ignore[arg-type]

    assert healthy is health.is_healthy(troubles)
