"""`enhanced-alerts doctor`: looks at each link of the chain and says what to do about the broken one."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from redis import Redis
from redis.exceptions import RedisError

from api.doctor import advice, channels
from api.doctor.findings import Finding
from shared import process
from shared.clock import SystemClock
from shared.errors import AlertsError
from shared.redis import connection, delivery_keys, keys
from shared.settings import Settings
from shared.store import rule_store, schema

MAX_SKEW_MS = 2_000
MAX_LAG = 10_000


Walk = Callable[[Redis, Settings], Iterator[Finding]]


def examine(walks: Sequence[Walk] = ()) -> Iterator[Finding]:
    """
    Look at everything, in the order of the chain, or take the *walks* only; stops where nothing beyond can be seen.
    """
    try:
        settings = Settings.from_environment()
    except AlertsError as error:
        yield Finding("fail", "settings", str(error))
        return
    yield Finding("ok", "settings")
    redis = connection.connect(settings.effective_redis_url)
    try:
        yield Finding("ok", f"{connection.check(redis, settings.effective_redis_url)} answers")
    except AlertsError as error:
        hint = "" if settings.redis_url else " Is `make run` running?"
        yield Finding("fail", "redis", f"{error}{hint}")
        return
    try:
        for walk in walks:
            yield from walk(redis, settings)
        if walks:
            return
        yield from _server(redis, settings)
        yield from _processes(redis)
        yield from _pipeline(redis, settings)
        yield from _channels(redis)
    except RedisError as error:
        yield Finding("fail", "redis", f"it stopped answering: {error}")
    finally:
        redis.close()


def _server(redis: Redis, settings: Settings) -> Iterator[Finding]:
    before = time.time_ns() // 1_000_000
    seconds, micros = redis.time()
    skew_ms = seconds * 1000 + micros // 1000 - (before + time.time_ns() // 1_000_000) // 2
    if abs(skew_ms) > MAX_SKEW_MS:
        yield Finding(
            "warn", f"clocks differ by {skew_ms} ms", "Synchronise this machine's clock and the server's (NTP)."
        )
    else:
        yield Finding("ok", f"clocks agree within {abs(skew_ms)} ms")
    if not redis.info("persistence").get("aof_enabled"):
        yield Finding("fail", "redis keeps no append-only file", "A restart of Redis loses alerts; set appendonly yes.")
    if risk := connection.risk(redis):
        yield Finding("fail", "redis may lose alerts", str(risk))
    if trouble := connection.trouble(redis):
        yield Finding("fail", "redis takes nothing", str(trouble))
    yield from _strangers(settings)
    for step in schema.pending(redis):
        yield Finding(
            "warn",
            f"stored data have an older shape: {step.what}",
            "When no old process is left: enhanced-alerts migrate.",
        )
    stored = redis.get(keys.partitions())
    if stored is None:
        yield Finding("warn", "no evaluator ever started here", "Start the system: make run.")
    elif int(stored) != settings.partitions:
        yield Finding(
            "fail", f"PARTITIONS is {settings.partitions}, but {int(stored)} here", f"Set PARTITIONS={int(stored)}."
        )
    free = settings.data_dir if settings.data_dir.exists() else settings.data_dir.parent
    about = os.statvfs(free if free.exists() else ".")
    free_mb = about.f_bavail * about.f_frsize // 1_000_000
    if free_mb < 500:
        yield Finding(
            "warn", f"{free_mb} MB free on the disk of DATA_DIR", "Make room; Redis stops writing when it is full."
        )


def _strangers(settings: Settings) -> Iterator[Finding]:
    """Anybody who can enter Redis can read and change everything."""
    url = settings.effective_redis_url
    if url.startswith("unix://"):
        return
    with connection.anonymous(url) as stranger:
        try:
            stranger.ping()
        except RedisError:
            yield Finding("ok", "redis lets nobody in without a password")
            return
    yield Finding(
        "warn",
        "anybody who reaches redis can enter it: it asks for no password",
        "Set one (requirepass), or a user a process: enhanced-alerts redis-acl.",
    )


def _processes(redis: Redis) -> Iterator[Finding]:
    alive = process.reports(redis, SystemClock().now_ms())
    for name in ("evaluator", "router", "worker", "api", "relay", "producer"):
        mine = [report for report in alive if report.component == name]
        if not mine:
            verdict: Literal["warn", "fail"] = "warn" if name == "producer" else "fail"
            yield Finding(verdict, f"no {name} is running", f"Start one: enhanced-alerts {name}.")
        elif not any(report.ready for report in mine):
            yield Finding("warn", f"{name} is not ready", "See its log, logs/plugin_monitoring.log.")
        else:
            yield Finding("ok", f"{name}: {len(mine)} running")
    if any(r.component == "router" for r in alive) and not redis.exists(keys.router_lease()):
        yield Finding("fail", "no router is active", "A router becomes active within seconds; if not, see its log.")


def _pipeline(redis: Redis, settings: Settings) -> Iterator[Finding]:
    lag, orphans, dead = 0, [], 0
    for p in range(settings.partitions):
        if not redis.exists(keys.lease(p)):
            orphans.append(str(p))
        dead += redis.xlen(keys.dead_letters(p))
        if redis.exists(keys.events(p)):
            lag += sum(g["lag"] or 0 for g in redis.xinfo_groups(keys.events(p)) if g["name"] == keys.GROUP.encode())
    if orphans:
        yield Finding("fail", f"nobody evaluates partition {', '.join(orphans)}", "Start another evaluator.")
    if lag > MAX_LAG:
        yield Finding(
            "warn", f"{lag} entries wait to be evaluated", "Start another evaluator: enhanced-alerts evaluator."
        )
    else:
        yield Finding("ok", f"{lag} entries wait to be evaluated")
    if dead:
        see = "GET /api/enhanced-alerts/dead-letters gives the reason of each."
        yield Finding("warn", f"{dead} events were refused", see)
    evaluators = [r for r in process.reports(redis, SystemClock().now_ms()) if r.component == "evaluator"]
    if not_kept := int(sum(report.counters.get("dead_letters_not_kept", 0) for report in evaluators)):
        yield Finding(
            "warn",
            f"{not_kept} refused events were too many to be kept as dead letters",
            "A plugin, or a host with access to redis, publishes what cannot be read; see the dead letters.",
        )
    revision, found, broken = rule_store.load_all(redis)
    for rule_id, why in broken.items():
        yield Finding("fail", f"rule {rule_id} cannot be read", why)
    for rule in found:
        if rule.enabled:
            # Faults of channels are reported below, once a channel.
            for note in advice.on_names(redis, rule):
                yield Finding(
                    "warn", f"rule {rule.id}: {note.rstrip('.')}", f"enhanced-alerts doctor --rule {rule.id}."
                )
    if found:
        yield Finding("ok", f"{sum(r.enabled for r in found)} of {len(found)} rules are on (revision {revision})")
    else:
        yield Finding("warn", "there are no rules", "Nothing can fire; add one: enhanced-alerts rules add.")


def _channels(redis: Redis) -> Iterator[Finding]:
    used = {name for rule in rule_store.load_all(redis)[1] if rule.enabled for name in rule.channels}
    for name in sorted(used):
        wrong = list(channels.examine(redis, name))
        yield from wrong or [Finding("ok", f"channel {name} is configured")]
    dead = redis.zcard(delivery_keys.dead_notifications())
    if dead:
        yield Finding(
            "warn",
            f"{dead} notifications could not be delivered",
            "`enhanced-alerts notifications dead` gives the reasons.",
        )
