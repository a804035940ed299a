"""Checks of one channel's configuration and circuit, for `doctor` and its walks."""

from collections.abc import Iterator

from redis import Redis

from api.doctor.findings import Finding, fail, warn
from dispatchers import channel as kinds
from shared import process
from shared.clock import SystemClock
from shared.errors import Invalid
from shared.redis import delivery_keys
from shared.store import channel_store, due_groups

MANY_JOBS = 100


def examine(redis: Redis, name: str) -> Iterator[Finding]:
    """Yield what is wrong with a channel: unknown, not configured, off, parked, or without a worker."""
    kind = kinds.find(name)
    if kind is None:
        yield fail(f"there is no channel {name}", f"Choose from {', '.join(kinds.catalogue())}, or e.g. slack-ops.")
        return
    fields = channel_store.load(redis, name)
    if not fields and kind.needs_configuration:
        yield fail(f"channel {name} is not configured", f"PUT /api/enhanced-alerts/channels/{name}/config.")
        return
    try:
        config = kind.check(fields)
    except Invalid as error:
        yield fail(f"channel {name}", str(error))
        return
    if not config.enabled:
        yield fail(f"channel {name} is switched off", f"Set `enabled` to true: PUT …/channels/{name}/config.")
    pause = redis.get(delivery_keys.pause(name))
    failures = int(redis.get(delivery_keys.failures(name)) or 0)
    if pause:
        left_s = max(0, redis.pttl(delivery_keys.pause(name))) // 1000
        yield fail(
            f"channel {name} makes no call for {left_s} s: {pause.decode()}",
            f"Mend it, then `enhanced-alerts channels test {name}`: a success ends the pause.",
        )
    elif failures:
        yield fail(
            f"channel {name} failed {failures} times in a row",
            f"`enhanced-alerts channels test {name}` says what it answers.",
        )
    alive = {r.component for r in process.reports(redis, SystemClock().now_ms()) if r.ready}
    if not alive & {f"worker-{name}", "worker-rest", "worker"}:
        yield fail(f"no worker is running for channel {name}", "Start one: enhanced-alerts worker.")
    waiting = redis.llen(f"rq:queue:{due_groups.queue_name(name)}")
    if waiting > MANY_JOBS:
        yield warn(f"channel {name} has {waiting} jobs waiting", "Its provider is slow, or another worker would help.")
