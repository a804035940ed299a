"""
Backups: one versioned, signed file with the configuration, and on request with the alerts.
`api.change.restore` reads them.

Secrets stay sealed in the file as they are in Redis, so it is useless without the keys (`shared.vault`); the same keys
sign it, so that nobody else can change what a restore would put in place.
"""

import base64
import gzip
import hashlib
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from redis import Redis

from shared import crash_points, vault
from shared.errors import ConfigurationError
from shared.model import reasons
from shared.redis import access_keys, delivery_keys, keys, report_keys, scrape_keys, webhook_keys

FORMAT = "enhanced-alerts-backup"
VERSION = 1
PURPOSE = "backup"
"""The purpose that the file's HMAC is made for (`Vault.mac`)."""
_NAME = "enhanced-alerts-{}.json.gz"

HASHES = {
    "rules": keys.rules,
    "silences": keys.silences,
    "users": access_keys.users,
    "api_keys": access_keys.api_keys,
    "ingest_mapping": keys.ingest_mapping,
    "body_mappings": webhook_keys.body_mappings,
    "routes": keys.routes,
    "saved_searches": access_keys.saved_searches,
    "report_schedule": report_keys.report_schedule,
    "report_mails": report_keys.report_mails,
    "push_subscriptions": delivery_keys.push_subscriptions,
}
"""Section → the Redis hash of its documents, which hold no secrets, or hashed secrets only."""
BY_HOUR = {"statistics": keys.statistics_hour, "deliveries": delivery_keys.deliveries_hour}
SEALED_HASHES = {
    "channels": keys.channels,
    "signing_keys": access_keys.signing_keys,
    "scrape_jobs": scrape_keys.jobs,
}


@dataclass(frozen=True, slots=True)
class Summary:
    """What a backup holds."""

    created_at_ms: int
    counts: Mapping[str, int]

    def __str__(self) -> str:
        return ", ".join(f"{count} {section.replace('_', ' ')}" for section, count in self.counts.items())


Progress = Callable[[int, int], None]
"""Called with the number of alerts read so far, and the number of all."""


def collect(
    redis: Redis, partitions: int, *, with_alerts: bool, progress: Progress = lambda _done, _total: None
) -> bytes:
    """Return a backup as the bytes of its file."""
    content = _collected(redis, partitions, with_alerts=with_alerts, progress=progress)
    return packed(content, time.time_ns() // 1_000_000)


def _collected(redis: Redis, partitions: int, *, with_alerts: bool, progress: Progress) -> dict[str, Any]:
    # In one transaction: the revision must not be newer than the rules that it is stored with.
    with redis.pipeline() as pipe:
        for key in (*HASHES.values(), *SEALED_HASHES.values()):
            pipe.hgetall(key())
        pipe.get(delivery_keys.push_key()).get(keys.rules_revision()).get(keys.silences_revision())
        *hashes, push_key, rules_revision, silences_revision = pipe.execute()
    stored = dict(zip((*HASHES, *SEALED_HASHES), hashes, strict=True))
    content: dict[str, Any] = {name: _texts(stored[name]) for name in HASHES}
    for name in SEALED_HASHES:
        content[name] = _texts({field: _sealed(body) for field, body in stored[name].items()})
    content["push_key"] = {"key": _sealed(push_key).decode()} if push_key else {}
    content["settings"] = {
        "partitions": str(partitions),
        "rules_revision": _text(rules_revision or b"0"),
        "silences_revision": _text(silences_revision or b"0"),
    }
    if with_alerts:
        content |= _alerts(redis, partitions, progress)
    return content


def packed(content: Any, created_at_ms: int) -> bytes:
    """Return the bytes of a backup's file, signed with the newest key."""
    body = msgspec.json.encode(content, order="sorted")
    head = {
        "format": FORMAT,
        "version": VERSION,
        "created_at_ms": created_at_ms,
        "sha256": hashlib.sha256(body).hexdigest(),
        "mac": vault.current().mac(PURPOSE, vouched_for(created_at_ms, body)),
        "content": msgspec.Raw(body),
    }
    return gzip.compress(msgspec.json.encode(head), mtime=0)


def vouched_for(created_at_ms: int, body: bytes) -> bytes:
    """Return the bytes that a backup's HMAC covers: version and time, then the content as it stands in the file."""
    return b"%d\n%d\n" % (VERSION, created_at_ms) + body


def write(
    redis: Redis,
    partitions: int,
    file: Path,
    *,
    with_alerts: bool,
    progress: Progress = lambda _done, _total: None,
) -> Summary:
    """
    Write a backup atomically, to a file that only its owner can read.

    Raises:
        ConfigurationError: the file cannot be written.
    """
    content = _collected(redis, partitions, with_alerts=with_alerts, progress=progress)
    created_at_ms = time.time_ns() // 1_000_000
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as opened:
            opened.write(packed(content, created_at_ms))
            opened.flush()
            os.fsync(opened.fileno())
        crash_points.reach("backup.before_rename")
        fresh.replace(file)
    except OSError as error:
        raise ConfigurationError(reasons.of("configuration.backup", file=str(file), error=error.strerror)) from error
    return summary(created_at_ms, content)


def write_scheduled(redis: Redis, partitions: int, folder: Path, keep: int, now_ms: int) -> Path:
    """Write a backup named by its time into *folder*, and remove all but the newest *keep*."""
    file = folder / _NAME.format(time.strftime("%Y%m%d-%H%M%S", time.gmtime(now_ms / 1000)))
    for incomplete in folder.glob("." + _NAME.format("*") + ".*"):
        incomplete.unlink(missing_ok=True)  # Left by a router that died while it wrote the file.
    write(redis, partitions, file, with_alerts=False)
    for old in sorted(folder.glob(_NAME.format("*")))[:-keep]:
        old.unlink(missing_ok=True)
    return file


def summary(created_at_ms: int, content: Mapping[str, Any]) -> Summary:
    """Return how many documents each section of a backup holds."""
    sections = (*HASHES, "channels", *(("alerts",) if "alerts" in content else ()))
    return Summary(created_at_ms, {name: len(content.get(name, ())) for name in sections})


# -- alerts -------------------------------------------------------------------------------------------------


def _alerts(redis: Redis, partitions: int, progress: Progress) -> dict[str, Any]:
    ids = _alert_ids(redis)
    found: dict[str, Any] = {"alerts": {}, "timelines": {}, "ledgers": {}, "expiries": {}}
    now_ms = time.time_ns() // 1_000_000
    for start in range(0, len(ids), 500):
        part = ids[start : start + 500]
        progress(start, len(ids))
        with redis.pipeline(transaction=False) as pipe:
            for i in part:
                pipe.get(keys.alert(i)).pttl(keys.alert(i)).lrange(keys.timeline(i), 0, -1).hgetall(keys.ledger(i))
            answers = pipe.execute()
        for n, i in enumerate(part):
            body, left_ms, timeline, entries = answers[4 * n : 4 * n + 4]
            if body is None:
                continue
            found["alerts"][i] = _text(body)
            found["timelines"][i] = [_text(line) for line in timeline]
            found["ledgers"][i] = _texts(entries)
            if left_ms > 0:
                found["expiries"][i] = now_ms + left_ms
    found["active"] = {m.decode(): score for m, score in redis.zrange(keys.active_alerts(), 0, -1, withscores=True)}
    found["history"] = {m.decode(): score for m, score in redis.zrange(keys.alert_history(), 0, -1, withscores=True)}
    found["dead"] = {
        m.decode(): score for m, score in redis.zrange(delivery_keys.dead_notifications(), 0, -1, withscores=True)
    }
    found["banner"] = _texts(redis.hgetall(keys.banner()))
    found["plugins"] = _texts(redis.hgetall(keys.plugins()))
    found["snapshots"] = {
        str(p): {field.decode(): base64.b64encode(body).decode() for field, body in stored.items()}
        for p, stored in ((p, redis.hgetall(keys.snapshots(p))) for p in range(partitions))
    }
    for section, place in BY_HOUR.items():
        hours = [key.decode().rpartition(":")[2] for key in redis.scan_iter(place(0)[:-1] + "*")]
        found[section] = {hour: _texts(redis.hgetall(place(int(hour)))) for hour in hours}
    found["audit"] = {i.decode(): _text(fields[b"a"]) for i, fields in redis.xrange(keys.audit())}
    return found


def _alert_ids(redis: Redis) -> list[str]:
    ids = [*redis.zrange(keys.active_alerts(), 0, -1), *redis.zrange(keys.alert_history(), 0, -1)]
    return list(dict.fromkeys(i.decode() for i in ids))


def _sealed(body: bytes) -> bytes:
    return vault.current().seal(vault.current().open(body))


def _text(body: bytes) -> str:
    return body.decode()


def _texts(fields: Mapping[bytes, bytes]) -> dict[str, str]:
    return {name.decode(): body.decode() for name, body in fields.items()}
