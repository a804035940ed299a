"""
Restoring a backup: reads it, checks every part and stores it in one transaction, also while the system runs.

A backup is trusted because the system's own keys signed it. A backup without a signature, from before version 0.2, can
have been altered by anyone who could write the file, so it is accepted only with an explicit option.
"""

import base64
import gzip
import hashlib
import io
import time
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType
from redis import Redis
from redis.client import Pipeline

from api.change import backup_parts
from shared import crash_points, vault
from shared.errors import Invalid
from shared.model import reasons
from shared.model.records import Restored, RoutesChanged, RuleChanged
from shared.redis import access_keys, delivery_keys, keys, report_keys, scrape_keys, scripts
from shared.store import audit, backup, records, report_store
from shared.store.alert_store import HOUR_MS
from shared.store.audit import NOBODY, Author
from shared.store.backup import BY_HOUR, FORMAT, HASHES, SEALED_HASHES, VERSION, Summary

MAX_BYTES = 1_000_000_000
PIECE_BYTES = 1_048_576
"""Unpacked; a file that unpacks to more is not one of ours."""
MAX_PACKED_BYTES = 250_000_000
_WHAT = "The backup"


class _Head(Struct):
    format: str
    version: int = 0
    created_at_ms: int = 0
    sha256: str = ""
    mac: str | UnsetType = UNSET
    content: msgspec.Raw = msgspec.Raw(b"null")


class Backup(Struct, frozen=True):
    """A backup that was read and checked."""

    created_at_ms: int
    is_signed: bool
    content: dict[str, Any]

    def summary(self) -> Summary:
        return backup.summary(self.created_at_ms, self.content)


def read(file: Path, *, unsigned: bool = False) -> Backup:
    """
    Return a backup, checked in every part.

    Args:
        unsigned: Take a file without a signature too: one that a release before this wrote.

    Raises:
        Invalid: it is not a backup, is damaged, altered, not signed, of a newer version, or sealed with keys that are
            not here.
    """
    try:
        if file.stat().st_size > MAX_PACKED_BYTES:
            too_large = reasons.of("backup.too_large", megabytes=MAX_PACKED_BYTES // 1_000_000)
            raise Invalid({str(file): too_large}, _WHAT)
        packed = file.read_bytes()
    except OSError as error:
        raise Invalid(
            {str(file): reasons.of("backup.unreadable", error=error.strerror or type(error).__name__)}, _WHAT
        ) from None
    return unpacked(packed, str(file), unsigned=unsigned)


def unpacked(packed: bytes, name: str, *, unsigned: bool = False) -> Backup:
    """As `read`, of a file's bytes."""
    head = _head(packed, name)
    body = bytes(head.content)
    # The signature is judged before anything looks into the content.
    if head.mac is UNSET:
        if hashlib.sha256(body).hexdigest() != head.sha256:
            raise Invalid({name: reasons.of("backup.wrong_checksum")}, _WHAT)
        if not unsigned:
            raise Invalid({name: reasons.of("backup.not_signed")}, _WHAT)
    elif not vault.current().is_mac(backup.PURPOSE, backup.vouched_for(head.created_at_ms, body), str(head.mac)):
        raise Invalid({name: reasons.of("backup.wrong_signature", place=str(vault.current().place))}, _WHAT)
    try:
        content = msgspec.json.decode(body)
    except (ValueError, RecursionError) as error:
        raise Invalid({name: reasons.of("backup.damaged", error=type(error).__name__)}, _WHAT) from None
    backup_parts.check(content, is_signed=head.mac is not UNSET)
    return Backup(head.created_at_ms, head.mac is not UNSET, content)


def _head(packed: bytes, name: str) -> _Head:
    try:
        raw = _unzipped(packed)
        head = msgspec.json.decode(raw, type=_Head) if len(raw) <= MAX_BYTES else None
    except msgspec.ValidationError:
        head = None
    except (OSError, EOFError, ValueError, RecursionError, zlib.error) as error:
        raise Invalid({name: reasons.of("backup.damaged", error=type(error).__name__)}, _WHAT) from None
    if head is None or head.format != FORMAT or head.created_at_ms < 0:
        raise Invalid({name: reasons.of("backup.none")}, _WHAT)
    if head.version != VERSION:
        raise Invalid({name: reasons.of("backup.newer_version", version=head.version, known=VERSION)}, _WHAT)
    return head


def _unzipped(packed: bytes) -> bytes:
    """Return what is packed, or a little more than may be; asked for all at once, that much memory is taken first."""
    pieces, size = [], 0
    with gzip.GzipFile(fileobj=io.BytesIO(packed)) as opened:
        while size <= MAX_BYTES and (piece := opened.read(PIECE_BYTES)):
            pieces.append(piece)
            size += len(piece)
    return b"".join(pieces)


def restore(redis: Redis, one: Backup, partitions: int, *, author: Author = NOBODY) -> None:
    """
    Make the system what a checked backup says; what is not in it is gone. All of it, or nothing.

    Alerts are touched only if the backup has them.

    Raises:
        Invalid: its alerts are of a system with another number of partitions.
    """
    content = one.content
    with_alerts = "alerts" in content
    if with_alerts and int(content["settings"]["partitions"]) != partitions:
        stored = content["settings"]["partitions"]
        raise Invalid({"partitions": reasons.of("backup.partitions", stored=stored, partitions=partitions)}, _WHAT)
    revisions = {keys.rules_revision(): "rules_revision", keys.silences_revision(): "silences_revision"}

    def write(pipe: Any) -> None:
        # Never the same revision for different rules: a process that compares revisions must see a change. The
        # revisions are watched, as by every writer, so a save at the same time happens wholly before or after.
        now = {place: int(pipe.get(place) or 0) for place in revisions}
        has_audit = bool(pipe.exists(keys.audit()))
        gone = sorted({i.decode("utf-8", "replace") for i in pipe.hkeys(keys.rules())} - set(content["rules"]))
        has_routes = bool(pipe.exists(keys.routes()))
        mails = report_store.restored_ledger(pipe, content, one.created_at_ms, time.time_ns() // 1_000_000)
        pipe.multi()
        for name, key in {**HASHES, **SEALED_HASHES}.items():
            pipe.delete(key())
            if parts := content.get(name):  # Older backups have no section for what was added later.
                pipe.hset(key(), mapping=parts)
        if mails:
            pipe.hset(report_keys.report_mails(), mapping=mails)
        pipe.incr(scrape_keys.revision())
        pipe.delete(delivery_keys.push_key(), access_keys.api_keys_used())
        if content["push_key"]:
            pipe.set(delivery_keys.push_key(), content["push_key"]["key"])
        for place, name in revisions.items():
            pipe.set(place, max(int(content["settings"][name]), now[place] + 1 if now[place] else 0))
        if with_alerts:
            _stage_alerts(pipe, content, partitions)
            if not has_audit:
                for entry_id, body in content["audit"].items():
                    pipe.xadd(keys.audit(), {"a": body}, id=entry_id)
        audit.stage(pipe, author, "backup.restore", FORMAT, None, dict(one.summary().counts))
        at_ms, actor, revision = time.time_ns() // 1_000_000, records.actor(author), now[keys.rules_revision()] + 1
        deleted = [RuleChanged(rule_id=i, revision=revision, at_ms=at_ms, actor=actor) for i in gone]
        if has_routes and not content.get("routes"):
            records.stage(pipe, [RoutesChanged(version=0, at_ms=at_ms, actor=actor)])
        records.stage(pipe, [*deleted, Restored()])
        crash_points.reach("restore.before_exec")

    redis.transaction(write, *revisions, keys.audit(), report_keys.report_schedule(), report_keys.report_mails())
    crash_points.reach("restore.after_exec")


def _stage_alerts(pipe: Pipeline, content: Mapping[str, Any], partitions: int) -> None:
    # The server finds out itself which alerts there are: the router writes others all the time.
    places = (keys.active_alerts(), keys.alert_history())
    pipe.eval(scripts.source("forget_alerts"), len(places), *places, keys.alert(""))
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
        ("dead", delivery_keys.dead_notifications()),
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
    for section, place in BY_HOUR.items():
        for hour, counts in content.get(section, {}).items():
            pipe.delete(place(int(hour)))
            if counts:
                pipe.hset(place(int(hour)), mapping=counts)
            pipe.pexpireat(place(int(hour)), (int(hour) + 24 * 31) * HOUR_MS)
    for p in range(partitions):
        pipe.delete(keys.snapshots(p))
        if stored := content["snapshots"].get(str(p)):
            pipe.hset(keys.snapshots(p), mapping={field: base64.b64decode(body) for field, body in stored.items()})
        # The owner's next commit is refused, and it, or another, takes over with what has been restored.
        pipe.delete(keys.lease(p))
