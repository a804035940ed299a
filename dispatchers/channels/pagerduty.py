"""`pagerduty`: Events API v2; the alert's id is the `dedup_key`, so nothing sent twice is paged twice."""

from datetime import UTC, datetime
from typing import Any

from pydantic import Field, SecretStr

from dispatchers import http, text
from dispatchers.channel import BaseUrl, ChannelConfig, Item, Limit, Notification, Receipt, Surroundings, Traits

# About 120 events a minute and key (PagerDuty, "Events API rate limits"). An incident is one alert: no roll-ups.
TRAITS = Traits(groups=False, at_once=1, idempotent=True, limit=Limit(500, burst=20))
MAX_SUMMARY_CHARS = 1_024
MAX_DETAIL_CHARS = 20_000
"""Far below the 512 KB of a whole event."""
ACTIONS = {"firing": "trigger", "acknowledged": "acknowledge", "resolved": "resolve"}
SEVERITIES = {"info": "info", "warning": "warning", "error": "error", "critical": "critical", "emergency": "critical"}


class Config(ChannelConfig):
    """The integration key of a service."""

    routing_key: SecretStr = Field(min_length=32, max_length=32, description="Integration key (Events API v2).")
    api_url: BaseUrl = "https://events.pagerduty.com"


def send(notification: Notification, config: Any, around: Surroundings) -> Receipt:
    """
    Trigger, acknowledge or resolve the incident.

    Raises:
        DeliveryError: as judged by status (202 accepted, 400 permanent, 429 and 5xx to be tried again).
    """
    answer = http.post_json(f"{config.api_url}/v2/enqueue", around, event(notification, config))
    return Receipt(answer=f"{answer.status} {answer.json().get('message', '')}".strip())


def event(notification: Notification, config: Config) -> dict[str, Any]:
    """Return the event of the notification's only item."""
    item = notification.items[0]
    alert = item.alert
    found: dict[str, Any] = {
        "routing_key": config.routing_key.get_secret_value(),
        "event_action": ACTIONS[item.news],
        "dedup_key": alert.id,
    }
    if item.news != "firing":
        return found
    links = [{"href": item.link, "text": "Open alert 알림 열기"}]
    if alert.runbook_url:
        links.append({"href": alert.runbook_url, "text": "Runbook 대응 절차"})
    return {
        **found,
        "client": "Enhanced Alerts",
        "client_url": item.link,
        "links": links,
        "payload": {
            "summary": text.cut(notification.title, MAX_SUMMARY_CHARS, text.utf16),
            "source": text.cut(alert.plugin_name or alert.plugin_id, MAX_SUMMARY_CHARS),
            "severity": SEVERITIES[alert.severity],
            "timestamp": datetime.fromtimestamp(alert.started_at_ms / 1000, UTC).isoformat(timespec="milliseconds"),
            "component": alert.plugin_id,
            "group": alert.group or alert.rule_id,
            "class": alert.metric or alert.condition,
            "custom_details": _details(notification, item),
        },
    }


def _details(notification: Notification, item: Item) -> dict[str, Any]:
    alert = item.alert
    return {
        "condition": alert.condition,
        "value": alert.value,
        "threshold": alert.threshold,
        "reason": alert.reason,
        "labels": alert.labels,
        "description": text.cut(notification.body.strip(), MAX_DETAIL_CHARS),
    }
