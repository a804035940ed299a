"""`webhook`: one POST of JSON, signed, to an address of the operator's; its own shape or Alertmanager's."""

import hashlib
import hmac
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import Field, SecretStr

from dispatchers import http, ledger, render
from dispatchers.channel import Item, Notification, Receipt, Traits
from dispatchers.channel_config import HttpConfig, SecretUrl
from dispatchers.surroundings import Surroundings
from shared.model.alerts import Alert
from shared.model.encoding import encode

TRAITS = Traits(idempotent=True)
DESTINATIONS = ("url",)
SIGNATURE_HEADER = "X-Enhanced-Alerts-Signature"
SHOWN_CHARS = 200
NEVER = "0001-01-01T00:00:00Z"
"""How Alertmanager writes that an alert has not ended."""


class Config(HttpConfig):
    """Where to, and the secret both sides know."""

    url: SecretUrl = Field(description="Kept secret: addresses often hold a key.")
    secret: SecretStr = Field(SecretStr(""), description="If set, each request is signed with it (HMAC-SHA256).")
    format: Literal["enhanced-alerts", "alertmanager"] = Field(
        "enhanced-alerts", description="alertmanager: version 4 of its webhook, which many tools accept."
    )


def send(notification: Notification, config: Any, around: Surroundings) -> Receipt:
    """
    POST the notification.

    Raises:
        DeliveryError: as `http.request` judges.
    """
    now_s = int(time.time())
    document = payload(notification) if config.format == "enhanced-alerts" else alertmanager(notification, around)
    body = encode(document)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Idempotency-Key": ledger.identity(notification.items),
    }
    if secret := config.secret.get_secret_value():
        headers[SIGNATURE_HEADER] = signature(secret, now_s, body)
    answer = http.request("POST", config.url.get_secret_value(), around, body=body, headers=headers)
    return Receipt(answer=f"{answer.status} {answer.said()[:SHOWN_CHARS]}".strip())


def payload(notification: Notification) -> dict[str, Any]:
    """Return the document that is sent; `alerts` holds each alert's record with its `news` and `link`."""
    return {
        "version": 1,
        "channel": notification.channel,
        "test": notification.test,
        "title": notification.title,
        "text": notification.text,
        "alerts": [{"news": item.news, "link": item.link, "alert": item.alert} for item in notification.items],
    }


def alertmanager(notification: Notification, around: Surroundings) -> dict[str, Any]:
    """Return the document as Alertmanager's webhook (version 4) would have it."""
    alerts = [_alertmanager_alert(item) for item in notification.items]
    first = notification.items[0].alert
    return {
        "version": "4",
        "groupKey": f"{{}}:{{group={encode(first.group or first.id).decode()}}}",
        "truncatedAlerts": 0,
        "status": "firing" if any(a["status"] == "firing" for a in alerts) else "resolved",
        "receiver": notification.channel,
        "groupLabels": _common([{"alertname": a["labels"]["alertname"]} for a in alerts]),
        "commonLabels": _common([a["labels"] for a in alerts]),
        "commonAnnotations": _common([a["annotations"] for a in alerts]),
        "externalURL": around.public_url,
        "notification_reason": _reason(notification.items),
        "alerts": alerts,
    }


def _reason(items: Sequence[Item]) -> str:
    """Return why this is sent, in Alertmanager's words."""
    if any(item.news == "firing" and not item.reminder for item in items):
        return "first notification" if len(items) == 1 else "new alerts added"
    ended = [item.news == "resolved" for item in items]
    if any(ended):
        return "all alerts resolved" if all(ended) else "some alerts resolved"
    # Alertmanager has no acknowledgement: for it, acknowledged alerts are still firing.
    return "repeat interval elapsed"


def signature(secret: str, at_s: int, body: bytes) -> str:
    """Return `t=<unix seconds>,v1=<hex>`: the HMAC-SHA256 of `<t>.<body>`; the time guards against replays."""
    mac = hmac.new(secret.encode(), f"{at_s}.".encode() + body, hashlib.sha256)
    return f"t={at_s},v1={mac.hexdigest()}"


def _alertmanager_alert(item: Item) -> dict[str, Any]:
    alert = item.alert
    labels = {
        **alert.labels,
        "alertname": alert.rule_name,
        "rule_id": alert.rule_id,
        "severity": alert.severity,
        "plugin_id": alert.plugin_id,
    }
    annotations = {
        "summary": f"{alert.rule_name} — {alert.plugin_name}",
        "description": alert.description or alert.reason,
        "condition": alert.condition,
        "value": render.value_of(alert),
        "runbook_url": alert.runbook_url,
    }
    return {
        "status": "resolved" if item.news == "resolved" else "firing",
        "labels": labels,
        "annotations": {name: text for name, text in annotations.items() if text},
        "startsAt": _rfc3339(alert.fired_at_ms or alert.started_at_ms),
        "endsAt": _rfc3339(_ended_ms(alert)) if item.news == "resolved" else NEVER,
        "generatorURL": item.link,
        "fingerprint": hashlib.sha256(repr(sorted(labels.items())).encode()).hexdigest()[:16],
    }


def _ended_ms(alert: Alert) -> int:
    return alert.resolved_at_ms or alert.updated_at_ms


def _rfc3339(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _common(each: list[dict[str, str]]) -> Mapping[str, str]:
    return {name: text for name, text in each[0].items() if all(one.get(name) == text for one in each)}
