"""`enhanced-alerts doctor`: looks at each link of the chain and says what to do about the broken one."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from redis import Redis
from redis.exceptions import RedisError

from api.doctor import advice, channels
from api.doctor.findings import Finding, fail, ok, warn
from shared import kept_days, process
from shared.clock import SystemClock
from shared.errors import AlertsError
from shared.model import reasons
from shared.redis import connection, delivery_keys, keys
from shared.settings import Settings
from shared.store import rule_store, schema

MAX_SKEW_MS = 2_000
MAX_LAG = 10_000
LOG = "logs/plugin_monitoring.log"


Walk = Callable[[Redis, Settings], Iterator[Finding]]


def examine(walks: Sequence[Walk] = ()) -> Iterator[Finding]:
    """
    Look at everything, in the order of the chain, or take the *walks* only; stops where nothing beyond can be seen.
    """
    try:
        settings = Settings.from_environment()
    except AlertsError as error:
        yield fail(reasons.of("doctor.settings_wrong"), error.cited())
        return
    yield ok(reasons.of("doctor.settings"))
    redis = connection.connect(settings.effective_redis_url)
    try:
        yield ok(reasons.of("doctor.redis_answers", server=connection.check(redis, settings.effective_redis_url)))
    except AlertsError as error:
        why = error.cited()
        advice = why if settings.redis_url else reasons.of("remedy.is_it_running", because=why)
        yield fail(reasons.of("doctor.redis"), advice)
        return
    try:
        for walk in walks:
            yield from walk(redis, settings)
        if walks:
            return
        yield from _server(redis, settings)
        yield from _processes(redis, settings)
        yield from _pipeline(redis, settings)
        yield from _archive(redis, settings)
        yield from _channels(redis)
    except RedisError as error:
        yield fail(reasons.of("doctor.redis"), reasons.of("doctor.redis_stopped", error=str(error)))
    finally:
        redis.close()


def _server(redis: Redis, settings: Settings) -> Iterator[Finding]:
    before = time.time_ns() // 1_000_000
    skew_ms = connection.server_ms(redis) - (before + time.time_ns() // 1_000_000) // 2
    if abs(skew_ms) > MAX_SKEW_MS:
        yield warn(reasons.of("doctor.clocks_differ", skew=skew_ms), reasons.of("remedy.synchronise"))
    else:
        yield ok(reasons.of("doctor.clocks_agree", skew=abs(skew_ms)))
    if not redis.info("persistence").get("aof_enabled"):
        yield fail(reasons.of("doctor.no_append_only_file"), reasons.of("remedy.append_only_file"))
    if risk := connection.risk(redis):
        yield fail(reasons.of("doctor.redis_may_lose"), risk)
    if trouble := connection.trouble(redis):
        yield fail(reasons.of("doctor.redis_takes_nothing"), trouble)
    yield from _strangers(settings)
    for step in schema.pending(redis):
        yield warn(reasons.of("doctor.older_shape", step=step.what), reasons.of("remedy.migrate"))
    stored = redis.get(keys.partitions())
    if stored is None:
        yield warn(reasons.of("doctor.never_started"), reasons.of("remedy.start_system"))
    elif int(stored) != settings.partitions:
        yield fail(
            reasons.of("doctor.partitions_differ", given=settings.partitions, stored=int(stored)),
            reasons.of("remedy.partitions", stored=int(stored)),
        )
    free = settings.data_dir if settings.data_dir.exists() else settings.data_dir.parent
    about = os.statvfs(free if free.exists() else ".")
    free_mb = about.f_bavail * about.f_frsize // 1_000_000
    if free_mb < 500:
        yield warn(reasons.of("doctor.little_room", megabytes=free_mb), reasons.of("remedy.make_room"))


def _strangers(settings: Settings) -> Iterator[Finding]:
    """Anybody who can enter Redis can read and change everything."""
    url = settings.effective_redis_url
    if url.startswith("unix://"):
        return
    with connection.anonymous(url) as stranger:
        try:
            stranger.ping()
        except RedisError:
            yield ok(reasons.of("doctor.password_needed"))
            return
    yield warn(reasons.of("doctor.no_password"), reasons.of("remedy.password"))


def _processes(redis: Redis, settings: Settings) -> Iterator[Finding]:
    alive = process.reports(redis, SystemClock().now_ms())
    for name in ("evaluator", "router", "worker", "api", "relay", "recorder", "producer"):
        mine = [report for report in alive if report.component == name]
        if not mine and name == "recorder" and not settings.archive:
            continue
        if not mine:
            verdict: Literal["warn", "fail"] = "warn" if name in ("producer", "recorder") else "fail"
            missing = reasons.of("doctor.not_running", process=name)
            yield Finding(verdict, missing, reasons.of("remedy.start", process=name))
        elif not any(report.ready for report in mine):
            yield warn(reasons.of("doctor.not_ready", process=name), reasons.of("remedy.see_log", log=LOG))
        else:
            yield ok(reasons.of("doctor.running", process=name, count=len(mine)))
    if any(r.component == "router" for r in alive) and not redis.exists(keys.router_lease()):
        yield fail(reasons.of("doctor.no_active_router"), reasons.of("remedy.router"))


def _archive(redis: Redis, settings: Settings) -> Iterator[Finding]:
    if not settings.archive:
        yield ok(reasons.of("doctor.archive_off"))
        return
    recorders = [r for r in process.reports(redis, SystemClock().now_ms()) if r.component == "recorder"]
    away = next((r.detail["archive"] for r in recorders if "archive" in r.detail), "")
    if away:
        yield fail(reasons.of("doctor.archive_away"), reasons.of("problem.text", text=away))
    elif recorders:
        yield ok(reasons.of("doctor.archive"))
    if lost := int(sum(report.counters.get("lost", 0) for report in recorders)):
        yield warn(reasons.of("doctor.archive_lost", entries=lost), reasons.of("remedy.archive_lost"))
    if unplaced := next((r.detail["unplaced_days"] for r in recorders if "unplaced_days" in r.detail), ""):
        yield warn(reasons.of("doctor.archive_unplaced", days=unplaced), reasons.of("remedy.archive_unplaced"))
    for short in kept_days.shortfalls(recorders, settings, SystemClock().now_ms()):
        yield warn(short, reasons.of("remedy.archive_dropped", megabytes=kept_days.most_megabytes(settings)))


def _pipeline(redis: Redis, settings: Settings) -> Iterator[Finding]:
    lag, orphans, dead = 0, [], 0
    for p in range(settings.partitions):
        if not redis.exists(keys.lease(p)):
            orphans.append(str(p))
        dead += redis.xlen(keys.dead_letters(p))
        if redis.exists(keys.events(p)):
            lag += sum(g["lag"] or 0 for g in redis.xinfo_groups(keys.events(p)) if g["name"] == keys.GROUP.encode())
    if orphans:
        yield fail(
            reasons.of("doctor.partitions_without_owner", partitions=orphans), reasons.of("remedy.another_evaluator")
        )
    if lag > MAX_LAG:
        yield warn(reasons.of("doctor.lag", entries=lag), reasons.of("remedy.another_evaluator"))
    else:
        yield ok(reasons.of("doctor.lag", entries=lag))
    if dead:
        yield warn(reasons.of("doctor.events_refused", events=dead), reasons.of("remedy.dead_letters"))
    evaluators = [r for r in process.reports(redis, SystemClock().now_ms()) if r.component == "evaluator"]
    if not_kept := int(sum(report.counters.get("dead_letters_not_kept", 0) for report in evaluators)):
        yield warn(reasons.of("doctor.letters_not_kept", events=not_kept), reasons.of("remedy.unreadable_events"))
    if refused := int(sum(report.counters.get("plugins_refused", 0) for report in evaluators)):
        yield fail(reasons.of("doctor.plugins_refused", events=refused), reasons.of("remedy.plugins_refused"))
    if lost := int(sum(report.counters.get("entries_lost", 0) for report in evaluators)):
        yield fail(reasons.of("doctor.entries_lost", entries=lost), reasons.of("remedy.entries_lost"))
    revision, found, broken = rule_store.load_all(redis)
    for rule_id, why in broken.items():
        yield fail(reasons.of("doctor.rule_unreadable", rule_id=rule_id), reasons.of("problem.text", text=why))
    for rule in found:
        if rule.enabled:
            # Faults of channels are reported below, once a channel.
            for note in advice.on_names(redis, rule):
                yield warn(
                    reasons.of("doctor.rule_note", rule_id=rule.id, because=note),
                    reasons.of("remedy.ask_about_rule", rule_id=rule.id),
                )
    if found:
        yield ok(reasons.of("doctor.rules_on", on=sum(r.enabled for r in found), rules=len(found), revision=revision))
    else:
        yield warn(reasons.of("doctor.no_rules"), reasons.of("remedy.add_rule"))


def _channels(redis: Redis) -> Iterator[Finding]:
    used = {name for rule in rule_store.load_all(redis)[1] if rule.enabled for name in rule.channels}
    for name in sorted(used):
        wrong = list(channels.examine(redis, name))
        yield from wrong or [ok(reasons.of("doctor.channel_well", channel=name))]
    dead = redis.zcard(delivery_keys.dead_notifications())
    if dead:
        yield warn(reasons.of("doctor.undelivered", notifications=dead), reasons.of("remedy.undelivered"))
