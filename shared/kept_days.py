"""What recorders report of an archive that is too small for the days it should keep: how far back it reaches. Pure."""

from collections.abc import Sequence

from shared import process
from shared.model import reasons
from shared.model.processes import ProcessReport
from shared.model.reasons import Reason
from shared.settings import Settings

DROPPED = {"": "dropped_to_ms", "rollups": "dropped_rollups_to_ms", "alerts": "dropped_alerts_to_ms"}
"""What a gap of the archive is of → the detail of the heartbeat: until when it was dropped though the days keep it."""
_HOUR_MS = 3_600_000


def shortfalls(reports: Sequence[ProcessReport], settings: Settings, now_ms: int) -> list[Reason]:
    """Return, for each kind of what was dropped, how little of it is kept; nothing if the archive has room enough."""
    recorders = [report for report in reports if report.component == "recorder"]
    found = []
    of_kinds = {
        "": ("archive.few_events", settings.archive_keep_days),
        "rollups": ("archive.few_rollups", max(settings.archive_rollup_days, settings.archive_keep_days)),
        "alerts": ("archive.few_alerts", settings.archive_alert_days),
    }
    for kind, (code, days) in of_kinds.items():
        if dropped_to_ms := process.instant(recorders, DROPPED[kind]):
            kept_hours = round((now_ms - dropped_to_ms) / _HOUR_MS, 1)
            kept = {"kept_hours": kept_hours} if kind == "" else {"kept_days": round(kept_hours / 24, 1)}
            found.append(reasons.of(code, **kept, days=days))
    return found


def most_megabytes(settings: Settings) -> int:
    """
    Return the size that the archive may have; 0: no limit.

    A file's: eight times what 14 days of 1,000 plugins with four metrics every 30 s take.
    """
    usual = 0 if settings.database_url else 4_096
    return max(16, settings.archive_max_megabytes) if settings.archive_max_megabytes else usual
