"""
Webhooks of a Sentry integration: issue alerts and metric alerts fire, an issue that is resolved ends. Pure.

Shapes: https://docs.sentry.io/organization/integrations/integration-platform/webhooks/
"""

from typing import Any

from ingest.formats.webhooks.heard import Heard, Moment
from ingest.incoming import fields
from ingest.incoming.fields import Document
from ingest.incoming.notice import Notice
from shared.model.alerts import TEXT_LENGTH

OVER = ("resolved", "ignored", "archived")
"""Actions of an issue after which nobody works on it. `created` is no alert: an alert rule of Sentry decides that."""
MAX_TAGS = 20


def read(document: Document, moment: Moment) -> Heard:
    """Return what a webhook states; nothing for installations, comments, errors and other resources."""
    action = fields.text(document, "action", TEXT_LENGTH)
    stated = fields.nested(document, "data")
    if moment.event == "event_alert":
        return _issue_alert(stated)
    if moment.event == "metric_alert":
        return _metric_alert(stated, action)
    if moment.event == "issue" and action in OVER:
        issue = fields.text(fields.nested(stated, "issue"), "id", TEXT_LENGTH)
        return Heard(ends=[f"issue {issue}"] if issue else [])
    return Heard()


def _issue_alert(stated: Document) -> Heard:
    event = fields.nested(stated, "event")
    issue = fields.text(event, "issue_id", TEXT_LENGTH) or fields.text(event, "groupid", TEXT_LENGTH)
    if not issue:
        return Heard()
    level = fields.text(event, "level", TEXT_LENGTH)
    labels = {**_tags(event.get("tags")), "project": _project(event), "issue": issue}
    rule = fields.text(stated, "triggered_rule")
    notice = Notice(
        "SentryIssue",
        {**labels, "environment": fields.text(event, "environment", TEXT_LENGTH) or labels.get("environment", "")},
        ("project",),
        severity=level or "error",
        annotations={
            "summary": fields.text(event, "title") or rule,
            "description": fields.text(event, "culprit"),
            "rule": rule,
        },
        dedup=f"issue {issue}",
        url=fields.text(event, "web_url"),
    )
    return Heard(fires=[notice])


def _metric_alert(stated: Document, action: str) -> Heard:
    incident = fields.nested(stated, "metric_alert")
    rule = fields.nested(incident, "alert_rule")
    number = fields.text(incident, "id", TEXT_LENGTH) or fields.text(rule, "id", TEXT_LENGTH)
    if not number or action not in ("critical", "warning", "resolved"):
        return Heard()
    dedup = f"metric {number}"
    if action == "resolved":
        return Heard(ends=[dedup])
    projects = incident.get("projects")
    texts = [fields.shown(one, TEXT_LENGTH) for one in projects[:MAX_TAGS]] if isinstance(projects, list) else []
    notice = Notice(
        fields.text(rule, "name", TEXT_LENGTH) or "SentryMetric",
        {"project": ",".join(texts)[:TEXT_LENGTH], "incident": number},
        ("project",),
        severity=action,
        annotations={
            "summary": fields.text(stated, "description_title"),
            "description": fields.text(stated, "description_text"),
        },
        dedup=dedup,
        url=fields.text(stated, "web_url"),
    )
    return Heard(fires=[notice])


def _project(event: Document) -> str:
    """Return a project's number, or its name where Sentry gives that."""
    return fields.text(event, "project_slug", TEXT_LENGTH) or fields.text(event, "project", TEXT_LENGTH)


def _tags(given: Any) -> dict[str, str]:
    """Return an event's tags, which are pairs."""
    pairs = [one for one in given if isinstance(one, list) and len(one) == 2] if isinstance(given, list) else []
    return {str(name)[:TEXT_LENGTH]: fields.shown(value, TEXT_LENGTH) for name, value in pairs[:MAX_TAGS] if name}
