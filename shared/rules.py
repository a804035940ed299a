"""
What a rule is, and the store of rules.

The seed's simple form (`metric`, `operator`, `threshold`) is sugar for a `threshold` condition and stays valid
everywhere; a stored rule always has both spellings, so either reader finds its own.
"""

import fnmatch
import secrets
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from redis import Redis

from shared import audit, keys, names
from shared.audit import NOBODY, Author
from shared.errors import Conflict, Invalid, NotFound, Stale
from shared.models import EscalationStep, Operator, Policy, Severity

ChannelName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]


class Recover(BaseModel):
    """When a firing alert ends; by default as soon as the condition is false."""

    model_config = ConfigDict(extra="forbid", strict=True)

    threshold: float | None = Field(None, allow_inf_nan=False, description="Its own threshold (hysteresis).")
    for_seconds: float = Field(0, ge=0, le=86_400, description="How long it must have recovered.")


class Escalation(BaseModel):
    """Tell these channels too, if nobody has acknowledged by then."""

    model_config = ConfigDict(extra="forbid", strict=True)

    after_minutes: float = Field(gt=0, le=10_080)
    channels: list[ChannelName] = Field(min_length=1, max_length=32)


DEFAULT_REPEAT_MINUTES = 60.0
"""For error and above: a page that was slept through is followed by another within the hour."""


class Rule(BaseModel):
    """What to watch, when to fire, whom to tell."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: str = Field(
        default_factory=lambda: f"rule-{secrets.token_hex(4)}", pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"
    )
    name: str = Field(min_length=1, max_length=200)
    description: str = Field("", max_length=2_000)
    metric: str | None = Field(None, min_length=1, max_length=128)
    operator: Operator | None = None
    threshold: float | None = Field(None, allow_inf_nan=False)
    condition: dict[str, Any] | None = Field(None, description="`kind` and the fields of that kind.")
    plugin_id: str | None = Field(None, min_length=1, max_length=128, description="Only this plugin.")
    plugins: str | None = Field(None, min_length=1, max_length=128, description="Only plugins matching this glob.")
    labels: dict[str, str] = Field(
        default_factory=dict, max_length=64, description="Only plugins with these labels; values are globs."
    )
    severity: Severity = "warning"
    channels: list[ChannelName] = Field(default_factory=lambda: ["web", "dashboard"], max_length=32)
    cooldown_minutes: float = Field(5, ge=0, le=10_080)
    for_seconds: float = Field(0, ge=0, le=86_400, description="How long the condition must hold before it fires.")
    recover: Recover | None = None
    auto_resolve: bool = True
    repeat_minutes: float | None = Field(
        None, ge=0, le=10_080, description="Remind while unacknowledged; default 60 from error up, else 0 (never)."
    )
    escalation: list[Escalation] = Field(default_factory=list, max_length=10)
    title_template: str = Field("", max_length=1_000, description="Jinja2 over the alert's words; empty: the default.")
    body_template: str = Field("", max_length=4_000)
    group_by: str = Field("rule", pattern=r"^(rule|plugin|severity|none|label:.{1,128})$")
    inhibited_by: list[str] = Field(
        default_factory=list,
        max_length=20,
        description="Ids (or globs) of rules whose alert about the same plugin holds this one back.",
    )
    overrides: str | None = Field(
        None,
        max_length=64,
        description="A rule for one plugin replaces a general one with the same key, for that plugin.",
    )
    runbook_url: str = Field("", max_length=2_000, pattern=r"^(https?://\S+)?$")
    enabled: bool = True
    source: str = Field(
        "", max_length=200, description="Where it came from, e.g. `file:host.toml`; set by `rules apply`."
    )
    origin: str = Field("", max_length=4_096, description="The file itself, as `rules apply` found it; set by it.")
    edited: bool = Field(False, description="Edited since it came from a file; the next apply undoes that.")
    revision: int = Field(0, description="Set by the store; grows with every change of any rule.")

    @model_validator(mode="after")
    def _one_condition(self) -> "Rule":
        sugar = {"metric": self.metric, "operator": self.operator, "threshold": self.threshold}
        given = [name for name, value in sugar.items() if value is not None]
        if self.condition is None:
            missing = [name for name in sugar if name not in given]
            if missing:
                raise ValueError(f"give a condition, or metric, operator and threshold ({', '.join(missing)} missing)")
            self.condition = {"kind": "threshold", **sugar}
        elif self.condition.get("kind") == "threshold":
            if any(self.condition.get(name) != sugar[name] for name in given):
                raise ValueError("condition and metric/operator/threshold disagree; give one of them")
            self.metric, self.operator, self.threshold = (self.condition.get(name) for name in sugar)
        elif given:
            raise ValueError("metric, operator and threshold belong to a threshold condition; remove them")
        return self

    def policy(self) -> Policy:
        """Return how people are told of its alerts."""
        repeat = self.repeat_minutes
        if repeat is None:
            repeat = DEFAULT_REPEAT_MINUTES if self.severity in ("error", "critical", "emergency") else 0
        steps = sorted(self.escalation, key=lambda step: step.after_minutes)
        return Policy(
            repeat_ms=round(repeat * 60_000),
            escalation=[EscalationStep(round(s.after_minutes * 60_000), list(s.channels)) for s in steps],
            cooldown_ms=round(self.cooldown_minutes * 60_000),
            title_template=self.title_template,
            body_template=self.body_template,
            group_by=self.group_by,
            inhibited_by=self.inhibited_by,
        )

    def covers(self, plugin_id: str, labels: dict[str, str]) -> bool:
        """Tell whether a plugin is in this rule's scope."""
        if self.plugin_id is not None and self.plugin_id != plugin_id:
            return False
        if self.plugins is not None and not fnmatch.fnmatchcase(plugin_id, self.plugins):
            return False
        return all(fnmatch.fnmatchcase(labels.get(name, ""), glob) for name, glob in self.labels.items())

    def is_general(self) -> bool:
        """Tell whether it covers more than one named plugin, and so can be overridden."""
        return self.plugin_id is None


def parse(fields: dict[str, Any]) -> Rule:
    """
    Make a rule of what somebody wrote. The condition's own fields are judged by `evaluator.condition.check`.

    Raises:
        Invalid: naming every bad field.
    """
    try:
        return Rule.model_validate(fields)
    except ValidationError as error:
        raise Invalid(problems(error), "The rule") from None


def problems(error: ValidationError) -> dict[str, str]:
    """Return field path → message for a pydantic error, without the values (they may be secret)."""
    return {".".join(str(part) for part in e["loc"]) or "body": e["msg"] for e in error.errors(include_input=False)}


def load_all(redis: Redis) -> tuple[int, list[Rule], dict[str, str]]:
    """
    Return the revision, the rules sorted by id, and the rules that cannot be read (id → why).

    Fields a newer version has added are ignored, so old and new processes run side by side.
    """
    with redis.pipeline() as pipe:
        revision, stored = pipe.get(keys.rules_revision()).hgetall(keys.rules()).execute()
    rules, broken = [], {}
    for rule_id, body in sorted(stored.items()):
        try:
            rules.append(Rule.model_validate_json(body, extra="ignore"))
        except ValidationError as error:
            broken[rule_id.decode("utf-8", "replace")] = "; ".join(f"{k}: {v}" for k, v in problems(error).items())
    return int(revision) if revision and revision.isdigit() else 0, rules, broken


def edit_warning(rule: Rule) -> str | None:
    """Return what whoever edited a rule must know: the file it came from will have another word."""
    return f"this rule came from {rule.source}; the next rules apply undoes the edit" if rule.source else None


def get(redis: Redis, rule_id: str) -> Rule:
    """
    Return one rule.

    Raises:
        NotFound: no such rule.
    """
    body = redis.hget(keys.rules(), rule_id)
    if body is None:
        raise NotFound(f"There is no rule {rule_id}.")
    return Rule.model_validate_json(body, extra="ignore")


MAX_RULES = 10_000
"""Far above what people write by hand; a program that makes rules without end hears of it."""


def save_many(redis: Redis, new: Sequence[Rule], *, delete: Sequence[str] = (), author: Author = NOBODY) -> None:
    """
    Store and delete rules in one transaction, as they are: all of them, or none.

    Raises:
        Conflict: there would be more than `MAX_RULES`.
    """

    for rule in new:
        _check_names(rule)

    def write(pipe: Any) -> None:
        before = {i.decode(): body for i, body in pipe.hgetall(keys.rules()).items()}
        _check_count(len((before.keys() | {rule.id for rule in new}) - set(delete)))
        revision = int(pipe.get(keys.rules_revision()) or 0) + 1
        pipe.multi()
        for rule in new:
            body = rule.model_copy(update={"revision": revision}).model_dump_json()
            pipe.hset(keys.rules(), rule.id, body)
            audit.stage(pipe, author, "rule.save", rule.id, _raw(before.get(rule.id)), _raw(body.encode()))
        for rule_id in delete:
            pipe.hdel(keys.rules(), rule_id)
            audit.stage(pipe, author, "rule.delete", rule_id, _raw(before.get(rule_id)))
        pipe.incr(keys.rules_revision())

    redis.transaction(write, keys.rules(), keys.rules_revision())


def _check_names(rule: Rule) -> None:
    """Stored rules of older releases hold as they are; what is written now can be seen."""
    named = {"plugin_id": rule.plugin_id, "plugins": rule.plugins, "group_by": rule.group_by}
    if wrong := {field: reason for field, text in named.items() if (reason := names.hides(text or ""))}:
        raise Invalid(wrong, "The rule")


def _check_count(count: int) -> None:
    if count > MAX_RULES:
        raise Conflict(f"There may be {MAX_RULES} rules; delete some, or let one rule cover more plugins.")


def save(
    redis: Redis, rule: Rule, *, only_new: bool = False, author: Author = NOBODY, expected: int | None = None
) -> Rule:
    """
    Store a rule somebody made or edited; evaluators take it up within a second. One that came from a file stays marked
    with it, and is marked as edited.

    Args:
        expected: The revision of the rule that is to be replaced; None: whatever it is.

    Returns:
        The rule as stored, with its revision.

    Raises:
        Conflict: *only_new* and the id is taken, or there are `MAX_RULES` already.
        Stale: somebody else has changed it.
    """

    _check_names(rule)

    def write(pipe: Any) -> Rule:
        before = pipe.hget(keys.rules(), rule.id)
        if only_new and before is not None:
            raise Conflict(f"There is already a rule {rule.id}; change it with PUT, or choose another id.")
        _check_revision(rule.id, before, expected)
        if before is None:
            _check_count(pipe.hlen(keys.rules()) + 1)
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
        return stored

    return redis.transaction(write, keys.rules(), keys.rules_revision(), value_from_callable=True)


def delete(redis: Redis, rule_id: str, *, author: Author = NOBODY, expected: int | None = None) -> None:
    """
    Remove a rule; its open alerts are resolved with that reason.

    Raises:
        NotFound: no such rule.
        Stale: somebody else has changed it.
    """

    def write(pipe: Any) -> None:
        before = pipe.hget(keys.rules(), rule_id)
        if before is None:
            raise NotFound(f"There is no rule {rule_id}.")
        _check_revision(rule_id, before, expected)
        pipe.multi()
        pipe.hdel(keys.rules(), rule_id)
        pipe.incr(keys.rules_revision())
        audit.stage(pipe, author, "rule.delete", rule_id, _raw(before))

    redis.transaction(write, keys.rules())


def _check_revision(rule_id: str, before: bytes | None, expected: int | None) -> None:
    if expected is not None and (before is None or msgspec.json.decode(before).get("revision") != expected):
        raise Stale(f"Rule {rule_id} has been changed since you read it; read it again, and send your change again.")


def _raw(body: bytes | None) -> Any:
    return msgspec.Raw(body) if body is not None else None
