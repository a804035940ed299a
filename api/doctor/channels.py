"""Checks of one channel's configuration and circuit, for `doctor` and its walks."""

from collections.abc import Iterator

from redis import Redis

from api.doctor.findings import Finding, fail, warn
from dispatchers import channel as kinds
from shared import process
from shared.clock import SystemClock
from shared.errors import Invalid
from shared.model import reasons
from shared.redis import delivery_keys
from shared.store import channel_store, due_groups

MANY_JOBS = 100


def examine(redis: Redis, name: str) -> Iterator[Finding]:
    """Yield what is wrong with a channel: unknown, not configured, off, parked, or without a worker."""
    kind = kinds.find(name)
    if kind is None:
        yield fail(
            reasons.of("doctor.channel_missing", channel=name),
            reasons.of("remedy.channel_name", kinds=list(kinds.catalogue())),
        )
        return
    fields = channel_store.load(redis, name)
    if not fields and kind.needs_configuration:
        yield fail(
            reasons.of("doctor.channel_unconfigured", channel=name), reasons.of("remedy.configure", channel=name)
        )
        return
    try:
        config = kind.check(fields)
    except Invalid as error:
        yield fail(reasons.of("doctor.channel_wrong", channel=name), error.cited())
        return
    if not config.enabled:
        yield fail(reasons.of("doctor.channel_off", channel=name), reasons.of("remedy.channel_on", channel=name))
    pause = redis.get(delivery_keys.pause(name))
    failures = int(redis.get(delivery_keys.failures(name)) or 0)
    if pause:
        left_s = max(0, redis.pttl(delivery_keys.pause(name))) // 1000
        yield fail(
            reasons.of("doctor.channel_pauses", channel=name, wait_s=left_s, error=pause.decode()),
            reasons.of("remedy.end_pause", channel=name),
        )
    elif failures:
        yield fail(
            reasons.of("doctor.channel_failed", channel=name, failures=failures),
            reasons.of("remedy.test_channel", channel=name),
        )
    alive = {r.component for r in process.reports(redis, SystemClock().now_ms()) if r.ready}
    if not alive & {f"worker-{name}", "worker-rest", "worker"}:
        yield fail(reasons.of("doctor.channel_unserved", channel=name), reasons.of("remedy.start", process="worker"))
    waiting = redis.llen(f"rq:queue:{due_groups.queue_name(name)}")
    if waiting > MANY_JOBS:
        yield warn(reasons.of("doctor.many_jobs", channel=name, jobs=waiting), reasons.of("remedy.slow_provider"))
