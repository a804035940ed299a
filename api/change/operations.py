"""An operator's changes to an alert, shared by the API and the command line."""

from msgspec import structs
from redis import Redis
from redis.client import Pipeline

from shared.clock import SystemClock
from shared.errors import Invalid
from shared.model import lifecycle, names
from shared.model.alerts import Alert, TimelineEntry
from shared.model.events import Command
from shared.settings import Settings
from shared.store import alert_store, audit, due_groups
from shared.store.audit import Author


def acknowledge(
    redis: Redis, settings: Settings, alert_id: str, by: str, comment: str = "", *, author: Author | None = None
) -> Alert:
    """
    Acknowledge an alert. Acknowledging it again changes nothing and is no error.

    Raises:
        NotFound: no such alert. Conflict: it is pending or resolved.
    """
    now_ms = SystemClock().now_ms()

    def decide(alert: Alert) -> tuple[Alert, TimelineEntry] | None:
        after = lifecycle.acknowledge(alert, by, comment, now_ms)
        if after is None:
            return None
        after = structs.replace(_asked(after, author), acknowledged_by_principal=author.principal if author else "")
        return after, _entry("acknowledged", by, comment, now_ms, author)

    also = _also("alert.acknowledge", by, author, comment, now_ms)
    return alert_store.change(redis, alert_id, decide, settings.history_ms, also=also)


def resolve(
    redis: Redis, settings: Settings, alert_id: str, by: str, comment: str = "", *, author: Author | None = None
) -> Alert:
    """
    Resolve an alert, and tell the evaluator that owns its partition by a command in the event stream.

    Raises:
        NotFound: no such alert. Conflict: it is resolved already.
    """
    now_ms = SystemClock().now_ms()

    def decide(alert: Alert) -> tuple[Alert, TimelineEntry]:
        after = lifecycle.resolve(alert, by, comment, now_ms)
        after = structs.replace(_asked(after, author), resolved_by_principal=author.principal if author else "")
        return after, _entry("resolved", by, comment, now_ms, author)

    def command(alert: Alert) -> Command:
        return Command(
            kind="resolve",
            rule_id=alert.rule_id,
            plugin_id=alert.plugin_id,
            alert_id=alert.id,
            by=by,
            by_principal=author.principal if author else "",
            at_ms=now_ms,
        )

    also = _also("alert.resolve", by, author, comment, now_ms)
    return alert_store.change(redis, alert_id, decide, settings.history_ms, also=also, command=command)


def comment(
    redis: Redis, settings: Settings, alert_id: str, by: str, text: str, *, author: Author | None = None
) -> Alert:
    """
    Add a comment to an alert's timeline, in any state.

    Raises:
        NotFound: no such alert.
    """
    now_ms = SystemClock().now_ms()
    return alert_store.change(
        redis,
        alert_id,
        lambda alert: (lifecycle.comment(alert, now_ms), _entry("commented", by, text, now_ms, author)),
        settings.history_ms,
        also=_also("alert.comment", by, author, text),
    )


def assign(redis: Redis, settings: Settings, alert_id: str, by: str, to: str, *, author: Author | None = None) -> Alert:
    """
    Assign an alert to a person; "" removes the assignment.

    Raises:
        NotFound: no such alert. Conflict: it is resolved. Invalid: *to* has characters that cannot be seen.
    """
    if wrong := names.hides(to):
        raise Invalid({"assignee": wrong}, "The assignment")
    now_ms = SystemClock().now_ms()

    def decide(alert: Alert) -> tuple[Alert, TimelineEntry] | None:
        after = lifecycle.assign(alert, to, now_ms)
        return (after, _entry("assigned", by, f"to {to}" if to else "to nobody", now_ms, author)) if after else None

    return alert_store.change(redis, alert_id, decide, settings.history_ms, also=_also("alert.assign", by, author, to))


def _also(action: str, by: str, author: Author | None, said: str, tell_at_ms: int | None = None):  # type: ignore[no-untyped-def]
    """Return what adds the audit record, and notifications if *tell_at_ms* is set, to the change's transaction."""

    def stage(pipe: Pipeline, alert: Alert) -> None:
        audit.stage(pipe, author or Author(by), action, alert.id, None, {"state": alert.state, "said": said})
        if tell_at_ms is not None:
            due_groups.stage_due(pipe, alert, alert.channels, tell_at_ms)

    return stage


def _asked(alert: Alert, author: Author | None) -> Alert:
    return structs.replace(alert, request_id=author.request_id if author else "")


def _entry(kind: str, by: str, comment: str, now_ms: int, author: Author | None) -> TimelineEntry:
    principal = author.principal if author else ""
    return TimelineEntry(at_ms=now_ms, kind=kind, by=by, principal=principal, reason=comment)
