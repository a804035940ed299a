"""
What a rule is. Pure; `shared.store.rule_store` keeps them.

The short form of the original system (`metric`, `operator`, `threshold`) means a `threshold` condition and stays valid
everywhere; a stored rule always has both forms, so each reader finds the form that it knows.
"""

import fnmatch
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticSerializationError

from shared.errors import Invalid
from shared.model import fleet, label_matchers, names, reasons
from shared.model.alerts import NAME_LENGTH, TEXT_LENGTH, EscalationStep, Operator, Policy, Severity
from shared.model.label_matchers import MAX_MATCHERS, LabelMatcher
from shared.model.reasons import Reason
from shared.model.sentences import SENTENCES


def no_default(schema: dict[str, Any]) -> None:
    """Take the default out of a field's schema: the store replaces an empty id, and nobody may send one."""
    schema.pop("default", None)


WhenGone = Literal["resolve", "hold", "fire"]
ChannelName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]


class Recover(BaseModel):
    """When a firing alert ends; by default as soon as the condition is false."""

    model_config = ConfigDict(extra="forbid", strict=True)

    threshold: float | None = Field(
        None, allow_inf_nan=False, description="A separate threshold for recovery (hysteresis)."
    )
    for_seconds: float = Field(0, ge=0, le=86_400, description="How long the recovery must last.")


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
        "",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$",
        description="Generated if left out.",
        json_schema_extra=no_default,
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
    label_matchers: list[LabelMatcher] = Field(
        default_factory=list,
        max_length=MAX_MATCHERS,
        description="Only plugins whose label has one of several values, or, with `is_equal` false, none of them.",
    )
    severity: Severity = "warning"
    channels: list[ChannelName] = Field(default_factory=lambda: ["web", "dashboard"], max_length=32)
    cooldown_minutes: float = Field(5, ge=0, le=10_080)
    for_seconds: float = Field(0, ge=0, le=86_400, description="How long the condition must hold before it fires.")
    recover: Recover | None = None
    auto_resolve: bool = True
    when_gone: WhenGone = Field(
        "resolve",
        description="What becomes of alerts when the series of the metric ends, as its sender says or after "
        "`gone_after_seconds`: they resolve, are held as they are, or fire.",
    )
    gone_after_seconds: float | None = Field(
        None,
        ge=1,
        le=86_400,
        description="A series that has been silent for so long has ended. Not set: only its sender can state it.",
    )
    repeat_minutes: float | None = Field(
        None,
        ge=0,
        le=10_080,
        description="Minutes between reminders; 0: none. Default: 60 from severity error up, else 0.",
    )
    escalation: list[Escalation] = Field(default_factory=list, max_length=10)
    title_template: str = Field("", max_length=1_000, description="Jinja2 template of the title; empty: the default.")
    body_template: str = Field("", max_length=4_000, description="Jinja2 template of the body; empty: the default.")
    group_by: str = Field(
        "rule",
        pattern=r"^(rule|plugin|severity|none|label:.{1,128})$",
        description="Which alerts share a notification: `rule`, `plugin`, `severity`, `none` or `label:<name>`.",
    )
    inhibited_by: list[str] = Field(
        default_factory=list,
        max_length=20,
        description="Ids or globs of rules: while one fires for the same plugin, this one notifies no channel.",
    )
    equal: list[str] = Field(
        default_factory=list,
        max_length=8,
        description="Names of labels, e.g. `instance`: rules of `inhibited_by` also hold this one back from plugins "
        "whose values of all these labels are equal.",
    )
    overrides: str | None = Field(
        None,
        max_length=64,
        description="A key: for one plugin, the rule with `plugin_id` replaces more general rules with the same key.",
    )
    runbook_url: str = Field("", max_length=2_000, pattern=r"^(https?://\S+)?$")
    enabled: bool = True
    source: str = Field(
        "", max_length=200, description="The file that the rule came from, e.g. `file:host.toml`; set by `rules apply`."
    )
    origin: str = Field("", max_length=4_096, description="Full path of the rule's file; set by `rules apply`.")
    edited: bool = Field(False, description="Edited after `rules apply`; the next apply undoes the edit.")
    revision: int = Field(0, description="Set by the store; grows with every change of any rule.")

    @model_validator(mode="after")
    def _one_condition(self) -> "Rule":
        sugar = {"metric": self.metric, "operator": self.operator, "threshold": self.threshold}
        given = [name for name, value in sugar.items() if value is not None]
        if self.condition is None:
            missing = [name for name in sugar if name not in given]
            if missing:
                raise ValueError(reasons.of("invalid.condition_missing", missing=missing))
            self.condition = {"kind": "threshold", **sugar}
        elif self.condition.get("kind") == "threshold":
            if any(self.condition.get(name) != sugar[name] for name in given):
                raise ValueError(reasons.of("invalid.condition_disagrees"))
            self.metric, self.operator, self.threshold = (self.condition.get(name) for name in sugar)
        elif given:
            raise ValueError(reasons.of("invalid.condition_twice"))
        return self

    def policy(self) -> Policy:
        """Return its settings for notifications."""
        repeat = default_repeat_minutes(self.severity) if self.repeat_minutes is None else self.repeat_minutes
        steps = sorted(self.escalation, key=lambda step: step.after_minutes)
        return Policy(
            repeat_ms=round(repeat * 60_000),
            escalation=[EscalationStep(round(s.after_minutes * 60_000), list(s.channels)) for s in steps],
            cooldown_ms=round(self.cooldown_minutes * 60_000),
            title_template=self.title_template,
            body_template=self.body_template,
            group_by=self.group_by,
            inhibited_by=self.inhibited_by,
            equal=self.equal,
        )

    def covers(self, plugin_id: str, labels: Mapping[str, str]) -> bool:
        """Tell whether a plugin is in this rule's scope; the plugins of groups are in none."""
        if fleet.is_group(plugin_id):
            return False
        if self.plugin_id is not None and self.plugin_id != plugin_id:
            return False
        if self.plugins is not None and not fnmatch.fnmatchcase(plugin_id, self.plugins):
            return False
        if not all(matcher.fits(labels) for matcher in self.label_matchers):
            return False
        return all(fnmatch.fnmatchcase(labels.get(name, ""), glob) for name, glob in self.labels.items())

    def is_general(self) -> bool:
        """Tell whether it covers more than one named plugin, and so can be overridden."""
        return self.plugin_id is None


def default_repeat_minutes(severity: Severity) -> float:
    """Return how often people are reminded of an alert unless its rule or route says otherwise."""
    return DEFAULT_REPEAT_MINUTES if severity in ("error", "critical", "emergency") else 0


def parse(fields: dict[str, Any]) -> Rule:
    """
    Make a rule from a request's or a file's fields. `evaluator.condition.check` checks the condition's own fields.

    Raises:
        Invalid: naming every bad field.
    """
    try:
        return Rule.model_validate(fields)
    except ValidationError as error:
        raise Invalid(problems(error), "The rule") from None


def problems(error: ValidationError) -> dict[str, Reason]:
    """Return field path → what is wrong for a pydantic error, without the values given (they may be secret)."""
    return {".".join(str(part) for part in e["loc"]) or "body": _problem(e) for e in error.errors(include_input=False)}


def _problem(details: ErrorDetails) -> Reason:
    context = details.get("ctx", {})
    if details["type"] == "value_error":
        # Raised by a validator of ours.
        (problem, *_) = context["error"].args or (details["msg"],)
        return problem if isinstance(problem, Reason) else reasons.of("invalid.other", message=str(problem))
    code = f"invalid.{details['type']}"
    if code not in SENTENCES:
        return reasons.of("invalid.other", message=details["msg"])
    return Reason(code, {name: value for name, value in context.items() if isinstance(value, str | int | float)})


def edit_warning(rule: Rule) -> Reason | None:
    """Return a warning for the editor of a rule that came from a file: the next apply of the file undoes the edit."""
    return reasons.of("note.edit_undone", source=rule.source) if rule.source else None


MAX_RULE_BYTES = 65_536
"""Of one rule as JSON; ten thousand such rules are as much as a Redis of 2 GB takes."""


def check_written(rule: Rule) -> None:
    """
    Check a rule that is to be stored: its texts must be visible characters, and its globs cheap to compare. Rules that
    an older release stored are not checked again.

    Raises:
        Invalid: naming every bad field.
    """
    texts = {"plugin_id": rule.plugin_id, "plugins": rule.plugins, "group_by": rule.group_by}
    wrong: dict[str, Reason] = {field: reason for field, text in texts.items() if (reason := names.hides(text or ""))}
    for label, glob in rule.labels.items():
        if not 1 <= len(label) <= NAME_LENGTH:
            wrong[f"labels.{label}"] = reasons.of("invalid.label_name", max_length=NAME_LENGTH)
        elif len(glob) > TEXT_LENGTH:
            wrong[f"labels.{label}"] = reasons.of("invalid.too_many_characters", max_length=TEXT_LENGTH)
        elif reason := names.hides(label) or names.hides(glob):
            wrong[f"labels.{label}"] = reason
    wrong |= label_matchers.problems(rule.label_matchers)
    for number, glob in enumerate(rule.inhibited_by):
        if len(glob) > NAME_LENGTH:
            wrong[f"inhibited_by.{number}"] = reasons.of("invalid.too_many_characters", max_length=NAME_LENGTH)
        elif reason := names.hides(glob):
            wrong[f"inhibited_by.{number}"] = reason
    for number, label in enumerate(rule.equal):
        if not 1 <= len(label) <= NAME_LENGTH:
            wrong[f"equal.{number}"] = reasons.of("invalid.label_name", max_length=NAME_LENGTH)
        elif reason := names.hides(label):
            wrong[f"equal.{number}"] = reason
    if rule.equal and not rule.inhibited_by:
        wrong["equal"] = reasons.of("invalid.equal_alone")
    try:
        if not wrong and len(rule.model_dump_json()) > MAX_RULE_BYTES:
            wrong["body"] = reasons.of("invalid.rule_too_long", max_bytes=MAX_RULE_BYTES)
    except PydanticSerializationError:
        wrong["body"] = reasons.of("invalid.half_characters")
    if wrong:
        raise Invalid(wrong, "The rule")
