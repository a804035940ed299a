"""`doctor --alert`: why an alert was not sent, from the alert to each of its channels."""

from collections.abc import Iterator

from redis import Redis

from api.doctor import channels
from api.doctor.findings import Finding, fail, ok, warn
from shared.clock import SystemClock
from shared.errors import NotFound
from shared.model.alerts import Alert, ledger_entry
from shared.redis import keys
from shared.settings import Settings
from shared.store import alert_store


def walk(redis: Redis, settings: Settings, alert_id: str) -> Iterator[Finding]:
    """Walk from an alert to each of its channels: held back, queued, refused, told?"""
    try:
        alert = alert_store.get(redis, alert_id)
    except NotFound as error:
        yield fail(
            str(error), "`enhanced-alerts alerts list --history` lists them; if it never fired: doctor --rule ID."
        )
        return
    yield ok(f"alert {alert.id}: {alert.rule_name}, {alert.plugin_name}, {alert.condition}; {alert.state}")
    if alert.state == "pending":
        yield warn(
            "it has not fired: its condition must hold for a while first",
            "Channels are notified when it fires; see for_seconds.",
        )
        return
    for step, reason in alert.suppressed.items():
        ends = RELEASE.get(step, "Channels are notified when that ends.")
        yield warn(f"held back from channels ({step}): {reason}", ends)
    if alert.announced_episode < alert.episode:
        yield warn(
            "it fired again within its cooldown", "Channels are notified when the cooldown ends, if it fires then."
        )
    entries = {name.decode(): body for name, body in redis.hgetall(keys.ledger(alert.id)).items()}
    names = list(dict.fromkeys([*alert.channels, *entries]))
    if not names:
        yield warn("its rule names no channel: only the board shows it", "Name some: PATCH …/rules/<id> channels.")
    for name in names:
        yield from _of_channel(redis, alert, name, entries.get(name))


RELEASE = {
    "silenced": "Channels are notified when the silence ends: `enhanced-alerts silences list`, `silences expire ID`.",
    "inhibited": "Channels are notified when the stronger alert ends, if it fires then; its rule says `inhibited_by`.",
    "cooldown": "Channels are notified when the cooldown ends, if it still fires; see `cooldown_minutes` of its rule.",
    "flapping": "Channels are notified once a cooldown while it flaps; a `recover` limit or `for_seconds` calms it.",
}


def _of_channel(redis: Redis, alert: Alert, name: str, body: bytes | None) -> Iterator[Finding]:
    entry = ledger_entry(body)
    last = next((e for e in reversed(alert_store.timeline(redis, alert.id)) if e.channel == name), None)
    if entry.told == alert.state or (entry.told == "firing" and alert.state == "acknowledged"):
        yield ok(f"{name} was notified of {entry.told!r}" + (f": {last.reason}" if last and last.reason else ""))
        return
    if entry.status == "settled" and not entry.told and not alert.suppressed and alert.state == "resolved":
        yield ok(f"{name} was never notified that it fired, so it is not notified of the end")
        return
    broken = list(channels.examine(redis, name))
    yield from broken
    if entry.status == "dead":
        yield fail(
            f"{name} was given up: {entry.reason or (last.reason if last else 'no reason is recorded')}",
            f"When that is mended: enhanced-alerts notifications retry --channel {name} --alert {alert.id}.",
        )
    elif entry.attempts:
        wait_s = max(0, entry.not_before_ms - SystemClock().now_ms()) // 1000
        yield warn(f"{name} failed {entry.attempts} times: {entry.reason}", f"It is tried again in {wait_s} s.")
    elif entry.status == "sending":
        yield ok(f"{name} is being notified now")
    elif not alert.suppressed and not any(finding.verdict == "fail" for finding in broken):
        yield warn(
            f"{name} has not been notified yet", "The router looks again within seconds; if this stays, see its log."
        )
