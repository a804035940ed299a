"""Rules as Redis keeps them: one hash, one revision that every change raises."""

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from pydantic import ValidationError
from redis import Redis

from shared.errors import Conflict, NotFound, Stale
from shared.model import reasons
from shared.model.records import Record, RuleChanged
from shared.model.rules import Rule, check_written, problems
from shared.redis import keys
from shared.store import audit, records
from shared.store.audit import NOBODY, Author


def load_all(redis: Redis) -> tuple[int, list[Rule], dict[str, str]]:
    """
    Return the revision, the rules sorted by id, and the rules that cannot be read (id → why).

    Fields a newer version has added are ignored, so old and new processes run side by side.
    """
    with redis.pipeline() as pipe:
        revision, stored = pipe.get(keys.rules_revision()).hgetall(keys.rules()).execute()
    rules, broken = _read_all(stored)
    return int(revision) if revision and revision.isdigit() else 0, rules, broken


def get(redis: Redis, rule_id: str) -> Rule:
    """
    Return one rule.

    Raises:
        NotFound: no such rule.
    """
    return _found(rule_id, redis.hget(keys.rules(), rule_id))


def _found(rule_id: str, body: bytes | None) -> Rule:
    if body is None:
        raise NotFound(reasons.of("missing.rule", rule_id=rule_id))
    return Rule.model_validate_json(body, extra="ignore")


MAX_RULES = 10_000
"""Far above what people write by hand; a program that makes rules without end hears of it."""


def save_many(redis: Redis, new: Sequence[Rule], *, delete: Sequence[str] = (), author: Author = NOBODY) -> None:
    """
    Store and delete rules in one transaction, as they are: all of them, or none.

    Raises:
        Conflict: there would be more than `MAX_RULES`.
    """
    change_many(redis, lambda _: (new, delete), author=author)


def change_many(
    redis: Redis,
    decide: Callable[[Sequence[Rule]], tuple[Sequence[Rule], Sequence[str]]],
    *,
    author: Author = NOBODY,
) -> None:
    """
    Read the stored rules, then store and delete rules in the same transaction: all of them, or none.

    Args:
        decide: Takes the stored rules that can be read; returns the rules to store and the ids to delete. It is called
            again if another caller changes a rule meanwhile, so its last call saw what was replaced.

    Raises:
        Conflict: there would be more than `MAX_RULES`. Invalid: a rule holds characters that cannot be seen.
    """

    def write(pipe: Any) -> None:
        before = pipe.hgetall(keys.rules())
        stored, _ = _read_all(before)
        new, delete = decide(stored)
        for rule in new:
            check_written(rule)
        kept = {i.decode("utf-8", "replace") for i in before} | {rule.id for rule in new}
        _check_count(len(kept - set(delete)))
        revision = int(pipe.get(keys.rules_revision()) or 0) + 1
        pipe.multi()
        changes: list[Record] = []
        for rule in new:
            body = rule.model_copy(update={"revision": revision}).model_dump_json()
            pipe.hset(keys.rules(), rule.id, body)
            audit.stage(pipe, author, "rule.save", rule.id, _raw(before.get(rule.id.encode())), _raw(body.encode()))
            changes.append(_changed(rule.id, revision, author, body.encode()))
        for rule_id in delete:
            pipe.hdel(keys.rules(), rule_id)
            audit.stage(pipe, author, "rule.delete", rule_id, _raw(before.get(rule_id.encode())))
            if rule_id.encode() in before:
                changes.append(_changed(rule_id, revision, author))
        records.stage(pipe, changes)
        if new or delete:
            pipe.incr(keys.rules_revision())

    redis.transaction(write, keys.rules(), keys.rules_revision())


def _read_all(stored: Mapping[bytes, bytes]) -> tuple[list[Rule], dict[str, str]]:
    rules, broken = [], {}
    for rule_id, body in sorted(stored.items()):
        try:
            rules.append(Rule.model_validate_json(body, extra="ignore"))
        except ValidationError as error:
            broken[rule_id.decode("utf-8", "replace")] = "; ".join(f"{k}: {v}" for k, v in problems(error).items())
    return rules, broken


def _check_count(count: int) -> None:
    if count > MAX_RULES:
        raise Conflict(reasons.of("conflict.rules_full", limit=MAX_RULES))


def save(
    redis: Redis, rule: Rule, *, only_new: bool = False, author: Author = NOBODY, expected: int | None = None
) -> Rule:
    """
    Store a new or edited rule; evaluators apply it within a second. A rule without an id gets one. A rule that came
    from a file keeps the file's name, and is marked as edited.

    Args:
        expected: The revision of the rule that is to be replaced; None: replace any.

    Returns:
        The rule as stored, with its revision.

    Raises:
        Conflict: *only_new* and the id is taken, or there are `MAX_RULES` already.
        Stale: another caller has changed it.
    """

    check_written(rule)
    if not rule.id:
        rule = rule.model_copy(update={"id": f"rule-{secrets.token_hex(4)}"})

    def write(pipe: Any) -> Rule:
        before = pipe.hget(keys.rules(), rule.id)
        if only_new and before is not None:
            raise Conflict(reasons.of("conflict.rule_exists", rule_id=rule.id))
        _check_revision(rule.id, before, expected)
        if before is None:
            _check_count(pipe.hlen(keys.rules()) + 1)
        return _stage_edited(pipe, before, rule, author)

    return redis.transaction(write, keys.rules(), keys.rules_revision(), value_from_callable=True)


def change(
    redis: Redis,
    rule_id: str,
    alter: Callable[[Rule], Rule],
    *,
    author: Author = NOBODY,
    expected: int | None = None,
) -> Rule:
    """
    Change a rule as it is now, in one transaction; marked as `save` does.

    Args:
        alter: Pure; called again if another caller changes a rule meanwhile, so that both changes are kept.
        expected: The revision of the rule that is to be changed; None: change any.

    Returns:
        The rule as stored, with its revision.

    Raises:
        NotFound: no such rule. Stale: another caller has changed it. Whatever *alter* raises.
    """

    def write(pipe: Any) -> Rule:
        before = pipe.hget(keys.rules(), rule_id)
        _check_revision(rule_id, before, expected)
        rule = alter(_found(rule_id, before))
        check_written(rule)
        return _stage_edited(pipe, before, rule, author)

    return redis.transaction(write, keys.rules(), keys.rules_revision(), value_from_callable=True)


def _stage_edited(pipe: Any, before: bytes | None, rule: Rule, author: Author) -> Rule:
    revision = int(pipe.get(keys.rules_revision()) or 0) + 1
    mark = msgspec.json.decode(before) if before else {}
    source, origin = mark.get("source", ""), mark.get("origin", "")
    update = {"revision": revision, "source": source, "origin": origin, "edited": bool(source)}
    stored = rule.model_copy(update=update)
    body = stored.model_dump_json()
    pipe.multi()
    pipe.hset(keys.rules(), stored.id, body)
    pipe.incr(keys.rules_revision())
    audit.stage(pipe, author, "rule.save", rule.id, _raw(before), _raw(body.encode()))
    records.stage(pipe, [_changed(rule.id, revision, author, body.encode())])
    return stored


def delete(redis: Redis, rule_id: str, *, author: Author = NOBODY, expected: int | None = None) -> None:
    """
    Remove a rule; its open alerts are resolved with that reason.

    Raises:
        NotFound: no such rule.
        Stale: another caller has changed it.
    """

    def write(pipe: Any) -> None:
        before = pipe.hget(keys.rules(), rule_id)
        if before is None:
            raise NotFound(reasons.of("missing.rule", rule_id=rule_id))
        _check_revision(rule_id, before, expected)
        revision = int(pipe.get(keys.rules_revision()) or 0) + 1
        pipe.multi()
        pipe.hdel(keys.rules(), rule_id)
        pipe.incr(keys.rules_revision())
        audit.stage(pipe, author, "rule.delete", rule_id, _raw(before))
        records.stage(pipe, [_changed(rule_id, revision, author)])

    redis.transaction(write, keys.rules(), keys.rules_revision())


def _check_revision(rule_id: str, before: bytes | None, expected: int | None) -> None:
    if expected is not None and (before is None or msgspec.json.decode(before).get("revision") != expected):
        raise Stale(reasons.of("stale.rule", rule_id=rule_id))


def _changed(rule_id: str, revision: int, author: Author, body: bytes = b"null") -> RuleChanged:
    at_ms, actor = time.time_ns() // 1_000_000, records.actor(author)
    return RuleChanged(rule_id=rule_id, revision=revision, at_ms=at_ms, actor=actor, document=msgspec.Raw(body))


def _raw(body: bytes | None) -> Any:
    return msgspec.Raw(body) if body is not None else None
