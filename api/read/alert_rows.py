"""Alerts as a CSV file for spreadsheets. Pure."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from shared.model.alerts import Alert
from shared.model.encoding import encode
from shared.model.spreadsheets import harmless

COLUMNS = (
    *("id", "state", "severity", "rule_id", "rule_name", "plugin_id", "plugin_name", "condition", "value", "labels"),
    *("started_at", "fired_at", "acknowledged_at", "acknowledged_by", "acknowledged_by_principal"),
    *("resolved_at", "resolved_by", "resolved_by_principal", "duration_s", "assignee", "reason", "description"),
)
BYTE_ORDER_MARK = "\ufeff"
"""Without it, spreadsheets take UTF-8 for the encoding of the country."""
_LATEST_MS = 253_402_300_799_999


def lines(alerts: Iterable[Alert]) -> Iterator[str]:
    """Yield the lines of the file."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    yield buffer.getvalue()
    for alert in alerts:
        buffer.seek(0)
        buffer.truncate()
        writer.writerow(_cells(alert))
        yield buffer.getvalue()


def _cells(alert: Alert) -> Iterator[str]:
    is_over = alert.state == "resolved"
    for text in (
        *(alert.id, alert.state, alert.severity, alert.rule_id, alert.rule_name, alert.plugin_id, alert.plugin_name),
        alert.condition,
    ):
        yield harmless(text)
    yield "" if alert.value is None else repr(alert.value)
    yield encode(alert.labels).decode()
    yield from (_time(alert.started_at_ms), _time(alert.fired_at_ms), _time(alert.acknowledged_at_ms))
    yield from (harmless(alert.acknowledged_by), harmless(alert.acknowledged_by_principal))
    yield from (_time(alert.resolved_at_ms) if is_over else "", harmless(alert.resolved_by))
    yield harmless(alert.resolved_by_principal)
    yield f"{(alert.resolved_at_ms - alert.started_at_ms) / 1000:.3f}" if is_over else ""
    yield from (harmless(alert.assignee), harmless(alert.reason), harmless(alert.description))


def _time(at_ms: int) -> str:
    if not 0 < at_ms <= _LATEST_MS:
        return ""
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
