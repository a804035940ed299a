"""
Webhooks of Alertmanager (version 4) and of Grafana, whose alerts have the same form. Pure.

They are read as if the sender had posted them to Alertmanager's API. What differs: a webhook is repeated every few
hours only, so an alert that fires waits for its end, and an end is not sent again, so it must not lie ahead.
"""

from datetime import UTC, datetime
from typing import Any

from ingest.format import Refused
from ingest.formats.webhooks.heard import Heard, Moment
from ingest.incoming import fields
from ingest.incoming.fields import Document
from shared.model import reasons

TEST_MS = 300_000
"""How long the alert of Grafana's test button fires: its end is never sent."""
_EXTRA = ("valueString", "dashboardURL", "panelURL")
"""What Grafana adds to each alert."""


def read(document: Document, moment: Moment) -> Heard:
    """
    Return the alerts of a webhook.

    Raises:
        Refused: it has no list of alerts.
    """
    alerts = document.get("alerts")
    if not isinstance(alerts, list):
        raise Refused(400, reasons.of("ingest.field_blank", field="alerts"))
    left_out = document.get("truncatedAlerts")
    return Heard(
        alerts=[_alert(one, moment) for one in alerts],
        left_out=left_out if isinstance(left_out, int) and 0 < left_out < 1_000_000 else 0,
    )


def _alert(given: Any, moment: Moment) -> Any:
    """Return an alert of Alertmanager's API; one that is none stays as it is, and is refused there."""
    if not isinstance(given, dict) or not isinstance(given.get("labels"), dict):
        return given
    labels = given["labels"]
    annotations = fields.nested(given, "annotations")
    extra = {name: fields.text(given, name) for name in _EXTRA if given.get(name)}
    alert = {**given, "annotations": {**extra, **annotations}}
    if given.get("status") == "resolved":
        ends_at_ms = min(fields.instant_ms(given.get("endsAt")) or moment.now_ms, moment.now_ms)
        starts_at_ms = min(fields.instant_ms(given.get("startsAt")), ends_at_ms)
        return {**alert, "startsAt": _written(starts_at_ms), "endsAt": _written(ends_at_ms)}
    is_test = labels.get("alertname") == "TestAlert" and labels.get("instance") == "Grafana"
    return {**alert, "endsAt": _written(moment.now_ms + TEST_MS if is_test else moment.until_ms)}


def _written(at_ms: int) -> str:
    # In whole numbers: rounding would leave the last year that there is.
    return datetime.fromtimestamp(at_ms // 1_000, UTC).replace(microsecond=at_ms % 1_000 * 1_000).isoformat()
