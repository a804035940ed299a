"""`pagerduty`: Events API v2; the alert's id is the `dedup_key`, so nothing sent twice is paged twice."""

from datetime import UTC, datetime
from typing import Any

from pydantic import Field, SecretStr

from dispatchers import answers, http, truncate
from dispatchers.channel import DeliveryError, Item, Limit, Notification, Receipt, Traits
from dispatchers.channel_config import BaseUrl, HttpConfig
from dispatchers.surroundings import Surroundings
from shared.model import printable
from shared.model.encoding import encode

# About 120 events a minute and key (PagerDuty, "Events API rate limits"). An incident is one alert: no roll-ups.
TRAITS = Traits(groups=False, at_once=1, idempotent=True, limit=Limit(500, burst=20))
DESTINATIONS = ("api_url",)
MAX_SUMMARY_CHARS = 1_024
MAX_DETAIL_CHARS = 20_000
MAX_LABELS_BYTES = 100_000
"""All of them together stay below the 512 KB of a whole event, six bytes a character (`\\u0000`) included."""
ACTIONS = {"firing": "trigger", "acknowledged": "acknowledge", "resolved": "resolve"}
SEVERITIES = {"info": "info", "warning": "warning", "error": "error", "critical": "critical", "emergency": "critical"}


class Config(HttpConfig):
    """The integration key of a service."""

    routing_key: SecretStr = Field(min_length=32, max_length=32, description="Integration key (Events API v2).")
    api_url: BaseUrl = "https://events.pagerduty.com"


def send(notification: Notification, config: Any, around: Surroundings) -> Receipt:
    """
    Trigger, acknowledge or resolve the incident.

    Raises:
        DeliveryError: as judged by status (202 accepted, 400 permanent, 429 and 5xx to be tried again).
    """
    answer = http.post_json(f"{config.api_url}/v2/enqueue", around, event(notification, config), judge=_judge)
    return Receipt(answer=f"{answer.status} {answer.json().get('message', '')}".strip())


def _judge(host: str, answer: answers.Answer) -> DeliveryError | None:
    failure = answers.judge_status(host, answer)
    if failure is not None and answer.status == 400 and "routing" in answer.body:
        failure.cause = "destination"  # The key is wrong for every event.
    return failure


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
    named = [(item.link, "Open alert 알림 열기"), (alert.runbook_url, "Runbook 대응 절차")]
    links = [
        {"href": href, "text": words}
        for href, words in named
        if len(href) <= MAX_SUMMARY_CHARS and truncate.is_link(href)
    ]
    return {
        **found,
        "client": "Enhanced Alerts",
        **({"client_url": item.link} if truncate.is_link(item.link) else {}),
        "links": links,
        "payload": {
            "summary": _cut(notification.title, MAX_SUMMARY_CHARS),
            "source": _cut(alert.plugin_name or alert.plugin_id, MAX_SUMMARY_CHARS),
            "severity": SEVERITIES[alert.severity],
            "timestamp": datetime.fromtimestamp(alert.started_at_ms / 1000, UTC).isoformat(timespec="milliseconds"),
            "component": _cut(alert.plugin_id, MAX_SUMMARY_CHARS),
            "group": _cut(alert.group or alert.rule_id, MAX_SUMMARY_CHARS),
            "class": _cut(alert.metric or alert.condition, MAX_SUMMARY_CHARS),
            "custom_details": _details(notification, item),
        },
    }


def _details(notification: Notification, item: Item) -> dict[str, Any]:
    alert = item.alert
    labels: dict[str, str] = {}
    left = MAX_LABELS_BYTES
    for name, value in alert.labels.items():
        left -= len(encode({name: value}))
        if left < 0:
            labels[truncate.ELLIPSIS] = truncate.ELLIPSIS
            break
        labels[printable.one_line(name)] = printable.one_line(value)
    return {
        "condition": _cut(alert.condition, MAX_DETAIL_CHARS),
        "value": alert.value,
        "threshold": alert.threshold,
        "reason": _cut(alert.reason, MAX_DETAIL_CHARS),
        "labels": labels,
        "description": _cut(notification.body.strip(), MAX_DETAIL_CHARS),
    }


def _cut(plain: str, limit: int) -> str:
    return truncate.cut(printable.lines(plain), limit, truncate.utf16)
