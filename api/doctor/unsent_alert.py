"""`doctor --alert`: why an alert was not sent, from the alert to each of its channels."""

from collections.abc import Iterator

from redis import Redis

from api.doctor import channels
from api.doctor.findings import Finding, fail, ok, warn
from shared.clock import SystemClock
from shared.errors import NotFound
from shared.model import reasons
from shared.model.alerts import Alert, LedgerEntry, TimelineEntry, ledger_entry
from shared.model.reasons import Reason
from shared.redis import keys
from shared.settings import Settings
from shared.store import alert_store


def walk(redis: Redis, settings: Settings, alert_id: str) -> Iterator[Finding]:
    """Walk from an alert to each of its channels: held back, queued, refused, told?"""
    try:
        alert = alert_store.get(redis, alert_id)
    except NotFound as error:
        yield fail(error.cited(), reasons.of("remedy.list_alerts"))
        return
    about = {"rule_name": alert.rule_name, "plugin_name": alert.plugin_name, "condition": alert.condition}
    yield ok(reasons.of("doctor.alert", alert_id=alert.id, state=alert.state, **about))
    if alert.state == "pending":
        yield warn(reasons.of("doctor.alert_pending"), reasons.of("remedy.alert_pending"))
        return
    for step, reason in alert.suppressed.items():
        because = alert.suppressed_reasons.get(step) or reason
        held = reasons.of("doctor.held_back", step=step, because=because)
        yield warn(held, RELEASE.get(step, reasons.of("remedy.held_back")))
    if alert.announced_episode < alert.episode:
        yield warn(reasons.of("doctor.fired_in_cooldown"), reasons.of("remedy.fired_in_cooldown"))
    entries = {name.decode(): body for name, body in redis.hgetall(keys.ledger(alert.id)).items()}
    names = list(dict.fromkeys([*alert.channels, *entries]))
    if not names:
        yield warn(reasons.of("doctor.no_channels"), reasons.of("remedy.name_channels"))
    for name in names:
        yield from _of_channel(redis, alert, name, entries.get(name))


RELEASE = {
    "silenced": reasons.of("remedy.silenced"),
    "inhibited": reasons.of("remedy.inhibited"),
    "cooldown": reasons.of("remedy.in_cooldown"),
    "flapping": reasons.of("remedy.flapping"),
    "muted": reasons.of("remedy.muted"),
}


def _of_channel(redis: Redis, alert: Alert, name: str, body: bytes | None) -> Iterator[Finding]:
    entry = ledger_entry(body)
    last = next((e for e in reversed(alert_store.timeline(redis, alert.id)) if e.channel == name), None)
    if entry.told == alert.state or (entry.told == "firing" and alert.state == "acknowledged"):
        yield ok(_told(name, entry.told, last))
        return
    if entry.status == "settled" and not entry.told and not alert.suppressed and alert.state == "resolved":
        yield ok(reasons.of("doctor.never_told", channel=name))
        return
    if name in alert.muted and not entry.told:
        because = reasons.of("suppressed.muted", interval=alert.muted[name])
        yield warn(reasons.of("doctor.channel_muted", channel=name, because=because), RELEASE["muted"])
        return
    broken = list(channels.examine(redis, name))
    yield from broken
    if entry.status == "dead":
        yield fail(
            reasons.of("doctor.given_up", channel=name, because=_why(entry) or _why(last) or _UNKNOWN),
            reasons.of("remedy.retry", channel=name, alert_id=alert.id),
        )
    elif entry.attempts:
        wait_s = max(0, entry.not_before_ms - SystemClock().now_ms()) // 1000
        yield warn(
            reasons.of(
                "doctor.attempts_failed", channel=name, attempts=entry.attempts, because=_why(entry) or _UNKNOWN
            ),
            reasons.of("remedy.tried_again", wait_s=wait_s),
        )
    elif entry.status == "sending":
        yield ok(reasons.of("doctor.being_told", channel=name))
    elif not alert.suppressed and not any(finding.verdict == "fail" for finding in broken):
        yield warn(reasons.of("doctor.not_yet_told", channel=name), reasons.of("remedy.not_yet_told"))


_UNKNOWN = reasons.of("doctor.no_reason")


def _told(channel: str, news: str, last: TimelineEntry | None) -> Reason:
    if because := _why(last):
        return reasons.of("doctor.told_answer", channel=channel, news=news, because=because)
    return reasons.of("doctor.told", channel=channel, news=news)


def _why(record: TimelineEntry | LedgerEntry | None) -> Reason | str:
    """Return the reason of a record: with its code, or as the text that an older one holds alone; "" if it has none."""
    if record is None:
        return ""
    return Reason(record.reason_code, record.reason_values) if record.reason_code else record.reason
