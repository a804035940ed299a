"""
Backup and restore: one versioned, checksummed file of what people have set up, and of alerts if wanted.

Secrets stay sealed in the file as they are in Redis, so it is useless without the keys (`shared.vault`). A restore is
checked as a whole first, and then happens in one transaction, also while the system runs.
"""

import base64
import gzip
import hashlib
import io
import os
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from pydantic import ValidationError
from redis import Redis
from redis.client import Pipeline

from shared import audit, crash_points, keys, vault
from shared.audit import NOBODY, Author
from shared.errors import ConfigurationError, Invalid
from shared.models import Alert, LedgerEntry, TimelineEntry
from shared.records import HOUR_MS
from shared.rules import Rule
from shared.silences import Silence
from shared.subscriptions import Subscription

FORMAT = "enhanced-alerts-backup"
VERSION = 1
MAX_BYTES = 1_000_000_000
"""Unpacked; a file that unpacks to more is not one of ours."""
_NAME = "enhanced-alerts-{}.json.gz"

_HASHES = {
    "rules": keys.rules,
    "silences": keys.silences,
    "users": keys.users,
    "api_keys": keys.api_keys,
    "push_subscriptions": keys.push_subscriptions,
}
"""Section → hash of documents without secrets, or with such as are hashed."""
_BY_HOUR = {"statistics": keys.statistics_hour, "deliveries": keys.deliveries_hour}
_SEALED_HASHES = {"channels": keys.channels, "signing_keys": keys.signing_keys}


@dataclass(frozen=True, slots=True)
class Summary:
    """What a backup holds."""

    created_at_ms: int
    counts: Mapping[str, int]

    def __str__(self) -> str:
        return ", ".join(f"{count} {section.replace('_', ' ')}" for section, count in self.counts.items())


Progress = Callable[[int, int], None]
"""Told how many alerts have been read, of how many."""


def collect(
    redis: Redis, partitions: int, *, with_alerts: bool, progress: Progress = lambda _done, _total: None
) -> bytes:
    """Return a backup as the bytes of its file."""
    content: dict[str, Any] = {name: _texts(redis.hgetall(key())) for name, key in _HASHES.items()}
    for name, key in _SEALED_HASHES.items():
        content[name] = _texts({field: _sealed(body) for field, body in redis.hgetall(key()).items()})
    push_key = redis.get(keys.push_key())
    content["push_key"] = {"key": _sealed(push_key).decode()} if push_key else {}
    content["settings"] = {
        "partitions": str(partitions),
        "rules_revision": _text(redis.get(keys.rules_revision()) or b"0"),
        "silences_revision": _text(redis.get(keys.silences_revision()) or b"0"),
    }
    if with_alerts:
        content |= _alerts(redis, partitions, progress)
    body = msgspec.json.encode(content, order="sorted")
    head = {
        "format": FORMAT,
        "version": VERSION,
        "created_at_ms": time.time_ns() // 1_000_000,
        "sha256": hashlib.sha256(body).hexdigest(),
        "content": msgspec.Raw(body),
    }
    return gzip.compress(msgspec.json.encode(head), mtime=0)


def write(
    redis: Redis,
    partitions: int,
    file: Path,
    *,
    with_alerts: bool,
    progress: Progress = lambda _done, _total: None,
) -> Summary:
    """
    Write a backup, whole or not at all, readable by its owner only.

    Raises:
        ConfigurationError: it cannot be written there.
    """
    packed = collect(redis, partitions, with_alerts=with_alerts, progress=progress)
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as opened:
            opened.write(packed)
            opened.flush()
            os.fsync(opened.fileno())
        crash_points.reach("backup.before_rename")
        fresh.replace(file)
    except OSError as error:
        raise ConfigurationError(f"The backup {file} cannot be written ({error.strerror}).") from error
    return summary(_unpacked(packed, str(file)))


def write_scheduled(redis: Redis, partitions: int, folder: Path, keep: int, now_ms: int) -> Path:
    """Write a backup named by its time into *folder*, and remove all but the newest *keep*."""
    file = folder / _NAME.format(time.strftime("%Y%m%d-%H%M%S", time.gmtime(now_ms / 1000)))
    for torn in folder.glob("." + _NAME.format("*") + ".*"):
        torn.unlink(missing_ok=True)  # Of a router that died over it.
    write(redis, partitions, file, with_alerts=False)
    for old in sorted(folder.glob(_NAME.format("*")))[:-keep]:
        old.unlink(missing_ok=True)
    return file


def read(file: Path) -> dict[str, Any]:
    """
    Return the document of a backup, checked in every part.

    Raises:
        Invalid: it is not a backup, is damaged, of a newer version, or sealed with keys that are not here.
    """
    try:
        packed = file.read_bytes()
    except OSError as error:
        raise Invalid({str(file): f"cannot be read ({error.strerror})"}, "The backup") from None
    return _unpacked(packed, str(file))


def summary(document: Mapping[str, Any]) -> Summary:
    """Say what a checked backup holds."""
    content = document["content"]
    sections = (*_HASHES, "channels", *(("alerts",) if "alerts" in content else ()))
    return Summary(document["created_at_ms"], {name: len(content[name]) for name in sections})


def restore(redis: Redis, document: Mapping[str, Any], partitions: int, *, author: Author = NOBODY) -> None:
    """
    Make the system what a checked backup says; what is not in it is gone. All of it, or nothing.

    Alerts are touched only if the backup has them.

    Raises:
        Invalid: its alerts are of a system with another number of partitions.
    """
    content = document["content"]
    with_alerts = "alerts" in content
    if with_alerts and int(content["settings"]["partitions"]) != partitions:
        wrong = f"has alerts of {content['settings']['partitions']} partitions; this system has {partitions}"
        raise Invalid({"partitions": wrong}, "The backup")
    old = _alert_keys(redis) if with_alerts else []
    has_audit = bool(redis.exists(keys.audit()))
    revisions = {key: int(redis.get(key) or 0) for key in (keys.rules_revision(), keys.silences_revision())}
    with redis.pipeline() as pipe:
        for name, key in {**_HASHES, **_SEALED_HASHES}.items():
            pipe.delete(key())
            if content[name]:
                pipe.hset(key(), mapping=content[name])
        pipe.delete(keys.push_key(), keys.api_keys_used())
        if content["push_key"]:
            pipe.set(keys.push_key(), content["push_key"]["key"])
        # Never the same number twice for different rules: whoever compares revisions must see a change.
        for place, name in ((keys.rules_revision(), "rules_revision"), (keys.silences_revision(), "silences_revision")):
            pipe.set(place, max(int(content["settings"][name]), revisions[place] + 1 if revisions[place] else 0))
        if with_alerts:
            _stage_alerts(pipe, content, old, partitions)
            if not has_audit:
                for entry_id, body in content["audit"].items():
                    pipe.xadd(keys.audit(), {"a": body}, id=entry_id)
        audit.stage(pipe, author, "backup.restore", FORMAT, None, dict(summary(document).counts))
        crash_points.reach("restore.before_exec")
        pipe.execute()
        crash_points.reach("restore.after_exec")


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
    found["dead"] = {m.decode(): score for m, score in redis.zrange(keys.dead_notifications(), 0, -1, withscores=True)}
    found["banner"] = _texts(redis.hgetall(keys.banner()))
    found["plugins"] = _texts(redis.hgetall(keys.plugins()))
    found["snapshots"] = {
        str(p): {field.decode(): base64.b64encode(body).decode() for field, body in stored.items()}
        for p, stored in ((p, redis.hgetall(keys.snapshots(p))) for p in range(partitions))
    }
    for section, place in _BY_HOUR.items():
        hours = [key.decode().rpartition(":")[2] for key in redis.scan_iter(place(0)[:-1] + "*")]
        found[section] = {hour: _texts(redis.hgetall(place(int(hour)))) for hour in hours}
    found["audit"] = {i.decode(): _text(fields[b"a"]) for i, fields in redis.xrange(keys.audit())}
    return found


def _stage_alerts(pipe: Pipeline, content: Mapping[str, Any], old: list[str], partitions: int) -> None:
    for start in range(0, len(old), 1_000):
        pipe.delete(*old[start : start + 1_000])
    for alert_id, body in content["alerts"].items():
        until_ms = content["expiries"].get(alert_id)
        pipe.set(keys.alert(alert_id), body, pxat=until_ms)
        if lines := content["timelines"].get(alert_id):
            pipe.rpush(keys.timeline(alert_id), *lines)
        if entries := content["ledgers"].get(alert_id):
            pipe.hset(keys.ledger(alert_id), mapping=entries)
        if until_ms is not None:
            pipe.pexpireat(keys.timeline(alert_id), until_ms).pexpireat(keys.ledger(alert_id), until_ms)
    for name, key in (
        ("active", keys.active_alerts()),
        ("history", keys.alert_history()),
        ("dead", keys.dead_notifications()),
    ):
        pipe.delete(key)
        if content[name]:
            pipe.zadd(key, content[name])
    if content["history"]:
        pipe.sadd(keys.unproven_alerts(), *content["history"])
    for name, key in (("banner", keys.banner()), ("plugins", keys.plugins())):
        pipe.delete(key)
        if content[name]:
            pipe.hset(key, mapping=content[name])
    for section, place in _BY_HOUR.items():
        for hour, counts in content.get(section, {}).items():
            pipe.delete(place(int(hour)))
            pipe.hset(place(int(hour)), mapping=counts)
            pipe.pexpireat(place(int(hour)), (int(hour) + 24 * 31) * HOUR_MS)
    for p in range(partitions):
        pipe.delete(keys.snapshots(p))
        if stored := content["snapshots"].get(str(p)):
            pipe.hset(keys.snapshots(p), mapping={field: base64.b64decode(body) for field, body in stored.items()})
        # The owner's next commit is refused, and it, or another, takes over with what has been restored.
        pipe.delete(keys.lease(p))


def _alert_ids(redis: Redis) -> list[str]:
    ids = [*redis.zrange(keys.active_alerts(), 0, -1), *redis.zrange(keys.alert_history(), 0, -1)]
    return list(dict.fromkeys(i.decode() for i in ids))


def _alert_keys(redis: Redis) -> list[str]:
    return [key for i in _alert_ids(redis) for key in (keys.alert(i), keys.timeline(i), keys.ledger(i))]


# -- reading ------------------------------------------------------------------------------------------------


def _unpacked(packed: bytes, name: str) -> dict[str, Any]:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(packed)) as opened:
            raw = opened.read(MAX_BYTES + 1)
        document = msgspec.json.decode(raw)
        is_ours = isinstance(document, dict) and document.get("format") == FORMAT and len(raw) <= MAX_BYTES
    except (OSError, EOFError, ValueError, zlib.error, msgspec.MsgspecError) as error:
        raise Invalid({name: f"is damaged or not a backup ({type(error).__name__})"}, "The backup") from None
    if not is_ours:
        raise Invalid({name: "is not a backup of Enhanced Alerts"}, "The backup")
    if document.get("version") != VERSION:
        wrong = f"is of version {document.get('version')}; this is {VERSION}, so restore it with a newer release"
        raise Invalid({name: wrong}, "The backup")
    content = document.get("content")
    body = msgspec.json.encode(content, order="sorted")
    if hashlib.sha256(body).hexdigest() != document.get("sha256"):
        raise Invalid({name: "has been altered or damaged: its checksum is wrong"}, "The backup")
    _check(content)
    return document


def _check(content: Any) -> None:
    """Read every part the way the system will."""
    if not isinstance(content, dict):
        raise Invalid({"content": "is missing"}, "The backup")
    optional = ("alerts", "timelines", "ledgers")
    for section, read_part in _READERS.items():
        parts = content.get(section, {} if section in optional else None)
        if not isinstance(parts, dict):
            raise Invalid({section: "is missing"}, "The backup")
        for name, body in parts.items():
            try:
                read_part(body)
            except ConfigurationError as error:
                raise Invalid({f"{section}.{name}": str(error)}, "The backup") from None
            except (ValidationError, msgspec.MsgspecError, AttributeError, TypeError, ValueError) as error:
                raise Invalid({f"{section}.{name}": f"cannot be read ({type(error).__name__})"}, "The backup") from None


def _open(body: str) -> bytes:
    return vault.current().open(body.encode())


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "rules": lambda body: Rule.model_validate_json(body, extra="ignore"),
    "silences": lambda body: Silence.model_validate_json(body, extra="ignore"),
    "push_subscriptions": Subscription.model_validate_json,
    "users": lambda body: msgspec.json.decode(body, type=dict[str, Any]),
    "api_keys": lambda body: msgspec.json.decode(body, type=dict[str, Any]),
    "channels": lambda body: msgspec.json.decode(_open(body), type=dict[str, Any]),
    "signing_keys": lambda body: msgspec.json.decode(_open(body), type=dict[str, Any]),
    "push_key": _open,
    "settings": int,
    "alerts": lambda body: msgspec.json.decode(body, type=Alert),
    "timelines": lambda lines: [msgspec.json.decode(line, type=TimelineEntry) for line in lines],
    "ledgers": lambda entries: [msgspec.json.decode(body, type=LedgerEntry) for body in entries.values()],
}


def _sealed(body: bytes) -> bytes:
    return vault.current().seal(vault.current().open(body))


def _text(body: bytes) -> str:
    return body.decode()


def _texts(fields: Mapping[bytes, bytes]) -> dict[str, str]:
    return {name.decode(): body.decode() for name, body in fields.items()}
