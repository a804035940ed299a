"""
Webhooks of GitHub: workflows that fail, and alerts of Dependabot, code scanning and secret scanning. Pure.

Shapes: https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

from collections.abc import Callable, Mapping

from ingest.formats.webhooks.heard import Heard, Moment
from ingest.incoming import fields
from ingest.incoming.fields import Document
from ingest.incoming.notice import Notice
from shared.model.alerts import TEXT_LENGTH

FAILED = ("failure", "timed_out", "startup_failure")
"""Conclusions of a run that make its workflow an alert; `success` ends it, others (cancelled, skipped) say nothing."""
_SEVERITIES = {"note": "info", "none": "info", "moderate": "warning"}
_BEGINS: Mapping[str, tuple[str, ...]] = {
    "dependabot_alert": ("created", "reintroduced", "reopened", "auto_reopened"),
    "code_scanning_alert": ("created", "reopened", "reopened_by_user", "appeared_in_branch"),
    "secret_scanning_alert": ("created", "reopened", "publicly_leaked"),
}
_ENDS: Mapping[str, tuple[str, ...]] = {
    "dependabot_alert": ("fixed", "dismissed", "auto_dismissed"),
    "code_scanning_alert": ("fixed", "closed_by_user"),
    "secret_scanning_alert": ("resolved",),
}


def read(document: Document, moment: Moment) -> Heard:
    """Return what a webhook states; nothing for `ping`, and for events and actions that are no news of an alert."""
    repository = fields.nested(document, "repository")
    place = fields.text(repository, "full_name", TEXT_LENGTH)
    if not place:
        return Heard()
    if moment.event == "workflow_run":
        return _run(document, place)
    action = fields.text(document, "action", TEXT_LENGTH)
    alert = fields.nested(document, "alert")
    number = fields.text(alert, "number", TEXT_LENGTH)
    if moment.event not in _BEGINS or not number:
        return Heard()
    dedup = f"{place} {moment.event} {number}"
    if action in _ENDS[moment.event]:
        return Heard(ends=[dedup])
    if action not in _BEGINS[moment.event]:
        return Heard()
    notice = _NOTICES[moment.event](alert, place)
    notice.dedup, notice.url = dedup, fields.text(alert, "html_url")
    notice.labels = {**notice.labels, "repository": place, "number": number}
    return Heard(fires=[notice])


def _run(document: Document, place: str) -> Heard:
    """A workflow's newest run on a branch decides: it fails, or it succeeds again."""
    run = fields.nested(document, "workflow_run")
    name = fields.text(run, "name", TEXT_LENGTH)
    workflow = fields.text(run, "workflow_id", TEXT_LENGTH) or name
    branch = fields.text(run, "head_branch", TEXT_LENGTH)
    # A pull request of a fork may come from a branch of the same name.
    head = fields.text(fields.nested(run, "head_repository"), "full_name", TEXT_LENGTH) or place
    conclusion = run.get("conclusion")
    if document.get("action") != "completed" or not workflow:
        return Heard()
    dedup = f"{place} workflow {workflow} {head} {branch}"
    # Runs overlap: of two, the one that began last decides. A repeated run has a new beginning.
    began_at_ms = fields.instant_ms(fields.text(run, "run_started_at", TEXT_LENGTH))
    if conclusion == "success":
        return Heard(ends=[dedup], ended_at_ms=began_at_ms)
    if conclusion not in FAILED:
        return Heard()
    title = fields.text(run, "display_title")
    labels = {"repository": place, "workflow": name, "branch": branch, "event": fields.text(run, "event", TEXT_LENGTH)}
    if head != place:
        labels["head_repository"] = head
    return Heard(
        fires=[
            Notice(
                "WorkflowFailed",
                labels,
                ("repository", "workflow"),
                severity="error",
                annotations={
                    "summary": f"{name or workflow}: {conclusion} ({branch})",
                    "description": title,
                    "run": fields.text(run, "run_number", TEXT_LENGTH),
                    "actor": fields.text(fields.nested(run, "actor"), "login", TEXT_LENGTH),
                },
                dedup=dedup,
                url=fields.text(run, "html_url"),
                starts_at_ms=began_at_ms,
            )
        ]
    )


def _dependabot(alert: Document, place: str) -> Notice:
    dependency, advisory = fields.nested(alert, "dependency"), fields.nested(alert, "security_advisory")
    package = fields.nested(dependency, "package")
    name = fields.text(package, "name", TEXT_LENGTH)
    severity = fields.text(fields.nested(alert, "security_vulnerability"), "severity", TEXT_LENGTH)
    return Notice(
        "VulnerableDependency",
        {
            "package": name,
            "ecosystem": fields.text(package, "ecosystem", TEXT_LENGTH),
            "manifest": fields.text(dependency, "manifest_path", TEXT_LENGTH),
            "cve": fields.text(advisory, "cve_id", TEXT_LENGTH) or fields.text(advisory, "ghsa_id", TEXT_LENGTH),
        },
        ("repository",),
        severity=_severity(severity or fields.text(advisory, "severity", TEXT_LENGTH)),
        annotations={
            "summary": f"{place}: {name}: {fields.text(advisory, 'summary')}",
            "description": fields.text(advisory, "description"),
        },
    )


def _code_scanning(alert: Document, place: str) -> Notice:
    rule = fields.nested(alert, "rule")
    instance = fields.nested(alert, "most_recent_instance")
    file = fields.text(fields.nested(instance, "location"), "path", TEXT_LENGTH)
    about = fields.text(rule, "description") or fields.text(rule, "id")
    severity = fields.text(rule, "security_severity_level", TEXT_LENGTH)
    return Notice(
        "CodeScanning",
        {
            "rule": fields.text(rule, "id", TEXT_LENGTH),
            "tool": fields.text(fields.nested(alert, "tool"), "name", TEXT_LENGTH),
            "file": file,
        },
        ("repository",),
        severity=_severity(severity or fields.text(rule, "severity", TEXT_LENGTH)),
        annotations={
            "summary": f"{place}: {about}" + (f" ({file})" if file else ""),
            "description": fields.text(fields.nested(instance, "message"), "text"),
        },
    )


def _secret_scanning(alert: Document, place: str) -> Notice:
    kind = fields.text(alert, "secret_type_display_name") or fields.text(alert, "secret_type")
    # What was found (`secret`) is not read: it would be shown to everybody who sees the alert.
    return Notice(
        "LeakedSecret",
        {"secret_type": fields.text(alert, "secret_type", TEXT_LENGTH)},
        ("repository",),
        severity="critical",
        annotations={"summary": f"{place}: {kind}"},
    )


def _severity(word: str) -> str:
    return _SEVERITIES.get(word.lower(), word.lower())


_NOTICES: Mapping[str, Callable[[Document, str], Notice]] = {
    "dependabot_alert": _dependabot,
    "code_scanning_alert": _code_scanning,
    "secret_scanning_alert": _secret_scanning,
}
