"""What the archive keeps of the alerts and notifications of some months, for the figures of alerting. Shell."""

from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from archive import kept_figures
from insight.alerting import Dimension, Firing, Kept, Sent
from shared.errors import AlertsError
from shared.model import reasons

if TYPE_CHECKING:
    from archive.sql_archive import SqlArchive

MOST_ALERTS = 200_000
_labels = msgspec.json.Decoder(dict[str, str]).decode


def read(archive: "SqlArchive", from_ms: int, to_ms: int) -> Kept:
    """
    Read what is kept of [from_ms, to_ms).

    Raises:
        AlertsError: there are too many alerts.
    """
    kept = kept_figures.alerts(archive, from_ms, to_ms, MOST_ALERTS + 1)
    if len(kept) > MOST_ALERTS:
        raise AlertsError(reasons.of("trends.too_many_alerts", count=MOST_ALERTS))
    fired: defaultdict[str, list[int]] = defaultdict(list)
    for alert_id, at_ms in kept_figures.firings(archive, from_ms, to_ms):
        fired[alert_id].append(at_ms)
    firings = [
        Firing(
            alert.id,
            alert.rule_id,
            alert.plugin_id,
            _labels(alert.labels),
            # The timeline of an alert that an earlier release wrote may be gone.
            fired.get(alert.id) or [alert.fired_at_ms],
            alert.acknowledged_at_ms,
            alert.resolved_at_ms,
        )
        for alert in kept
    ]
    sent = [
        # One attempt notifies of all alerts of a group; each has its row, of the same instant.
        Sent(send.alert_id, send.at_ms, f"{send.channel}\0{send.group or send.alert_id}\0{send.at_ms}")
        for send in kept_figures.sends(archive, from_ms, to_ms)
    ]
    titles: dict[Dimension, dict[str, str]] = {
        "rule": {alert.rule_id: alert.rule_name or alert.rule_id for alert in kept},
        "plugin": {alert.plugin_id: alert.plugin_name or alert.plugin_id for alert in kept},
    }
    return Kept(firings, sent, titles, kept_figures.first_at_ms(archive))
