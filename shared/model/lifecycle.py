"""
The alert state machine. Pure: takes an alert and a change, returns the alert after it.

`pending → firing → (acknowledged) → resolved`, and `reopened` back to firing while in cooldown. Every function is
idempotent: a change that already happened returns None, so a replayed outbox or a repeated request alters nothing.
"""

from collections.abc import Mapping

from msgspec import structs

from shared.errors import Conflict
from shared.model import reasons
from shared.model.alerts import Alert, AlertState, Transition
from shared.model.reasons import Reason

ACTIVE_STATES = ("pending", "firing", "acknowledged")


def apply(alert: Alert | None, change: Transition) -> Alert | None:
    """
    Apply a transition the evaluator decided.

    Args:
        alert: The record as it stands; None if this transition is the first to name it.

    Returns:
        The alert after the change, its version one higher; None if the change has nothing to say about it (already
        there, overtaken by an operator's act, or its record is gone).
    """
    if alert is None:
        if change.kind not in ("pending", "firing"):
            return None
        alert = _new(change)
    elif change.kind == "pending" or (change.kind == "firing" and alert.state != "pending"):
        return None
    match change.kind:
        case "pending":
            return _changed(alert, change, state="pending")
        case "cleared":
            if alert.state != "pending":
                return None
            return _changed(alert, change, state="resolved", resolved_at_ms=change.decided_at_ms, resolved_by="rule")
        case "firing":
            return _changed(
                alert, change, state="firing", fired_at_ms=change.decided_at_ms, episode=1, announced_episode=1
            )
        case "reopened":
            if alert.state != "resolved":
                return None
            return _changed(
                alert,
                change,
                state="firing",
                fired_at_ms=change.decided_at_ms,
                acknowledged_at_ms=0,
                acknowledged_by="",
                acknowledged_by_principal="",
                resolved_at_ms=0,
                resolved_by="",
                resolved_by_principal="",
                reminders=0,
                escalated=0,
                let_through_at_ms=0,
                episode=alert.episode + 1,
                hold_until_ms=change.hold_until_ms,
            )
        case "announced":
            if alert.state not in ("firing", "acknowledged") or alert.announced_episode == alert.episode:
                return None
            return _changed(alert, change, announced_episode=alert.episode, hold_until_ms=0)
        case "resolved":
            if alert.state == "resolved":
                return None
            return _changed(
                alert,
                change,
                state="resolved",
                resolved_at_ms=change.decided_at_ms,
                resolved_by="rule",
                hold_until_ms=0,
            )


_STATE_BEFORE: dict[str, AlertState] = {"cleared": "pending", "firing": "pending", "reopened": "resolved"}
"""Transition's kind → the state it changes; any other changes a firing alert."""


def restored(change: Transition) -> Alert | None:
    """
    Return the alert that *change* is about, as it most likely was before, for one whose record cannot be read.

    Without it, channels that were notified of the firing would never be notified of the end. None if the change begins
    an alert.
    """
    if change.kind == "pending":
        return None
    episode = 0 if change.kind in ("cleared", "firing") else 1
    return structs.replace(
        _new(change),
        state=_STATE_BEFORE.get(change.kind, "firing"),
        fired_at_ms=change.since_ms if episode else 0,
        episode=episode,
        announced_episode=episode if change.kind != "announced" else 0,
        # Above any version it can have had, so that pages take it up.
        version=change.decided_at_ms,
    )


def acknowledge(alert: Alert, by: str, comment: str, now_ms: int) -> Alert | None:
    """
    Note that *by* has seen it: reminders and escalation stop.

    Returns:
        The alert after it, or None if it is acknowledged already.

    Raises:
        Conflict: it is resolved, or still pending.
    """
    if alert.state == "acknowledged":
        return None
    if alert.state != "firing":
        raise Conflict(reasons.of("conflict.alert_not_firing", alert_id=alert.id, state=alert.state))
    return structs.replace(
        alert,
        state="acknowledged",
        acknowledged_at_ms=now_ms,
        acknowledged_by=by,
        **reasons.fields(comment),
        version=alert.version + 1,
        updated_at_ms=now_ms,
    )


def resolve(alert: Alert, by: str, comment: str | Reason, now_ms: int) -> Alert:
    """
    Close it by hand, or for a reason of the system's own.

    Raises:
        Conflict: it is resolved already.
    """
    if alert.state == "resolved":
        raise Conflict(reasons.of("conflict.alert_resolved", alert_id=alert.id, name=alert.resolved_by))
    return structs.replace(
        alert,
        state="resolved",
        resolved_at_ms=now_ms,
        resolved_by=by,
        **reasons.fields(comment),
        hold_until_ms=0,
        version=alert.version + 1,
        updated_at_ms=now_ms,
    )


def _new(change: Transition) -> Alert:
    return Alert(
        id=change.alert_id,
        rule_id=change.rule_id,
        rule_name=change.rule_name,
        plugin_id=change.plugin_id,
        plugin_name=change.plugin_name,
        severity=change.severity,
        state="pending",
        channels=change.channels,
        condition=change.condition,
        started_at_ms=change.since_ms,
    )


def _changed(alert: Alert, change: Transition, **fields: object) -> Alert:
    # The routes that it took when it fired hold until its end, whatever has become of them.
    keeps_routes = bool(alert.routes) and change.kind in ("resolved", "cleared")
    if change.rule_name:
        # A rule edited while the alert is open speaks with its new words from its next transition on. The end of a
        # deleted rule carries no words, and the alert keeps its own.
        fields |= {
            "rule_name": change.rule_name,
            "severity": alert.severity if keeps_routes else change.severity,
            "condition": change.condition,
            "metric": change.metric,
            "description": change.description,
            "runbook_url": change.runbook_url,
            "policy": alert.policy if keeps_routes else change.policy,
        }
    if change.value is not None:
        fields |= {"value": change.value, "threshold": change.threshold}
    return structs.replace(
        alert,
        plugin_name=change.plugin_name,
        parent_id=change.parent_id or alert.parent_id,
        labels=change.labels,
        # A channel that was notified of the firing stays on the list, so that it is notified of the end.
        channels=alert.channels if keeps_routes else list(dict.fromkeys([*alert.channels, *change.channels])),
        routes=alert.routes if keeps_routes else change.routes,
        reason=change.reason,
        reason_code=change.reason_code,
        reason_values=change.reason_values,
        version=alert.version + 1,
        updated_at_ms=change.decided_at_ms,
        request_id=change.request_id,
        external=change.external or alert.external,
        **fields,
    )


def comment(alert: Alert, now_ms: int) -> Alert:
    """Return the alert after a person commented on it; the comment itself is in the timeline."""
    return structs.replace(alert, version=alert.version + 1, updated_at_ms=now_ms)


def assign(alert: Alert, to: str, now_ms: int) -> Alert | None:
    """
    Say whose it is; "" takes it back. None if it is theirs already.

    Raises:
        Conflict: it is resolved.
    """
    if alert.state == "resolved":
        raise Conflict(reasons.of("conflict.alert_unassignable", alert_id=alert.id))
    if alert.assignee == to:
        return None
    return structs.replace(alert, assignee=to, version=alert.version + 1, updated_at_ms=now_ms)


def suppress(alert: Alert, steps: Mapping[str, Reason], now_ms: int) -> Alert:
    """Note what holds its firing back now (step → reason); nothing if *steps* is empty."""
    since_ms = alert.let_through_at_ms if steps else alert.let_through_at_ms or now_ms
    return structs.replace(
        alert,
        suppressed={name: str(reason) for name, reason in steps.items()},
        suppressed_reasons=dict(steps),
        let_through_at_ms=since_ms,
        version=alert.version + 1,
        updated_at_ms=now_ms,
    )
