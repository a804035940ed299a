"""Judges a rule from the page, a command or a file: all that is wrong with it, at once."""

from typing import Any

from dispatchers import channel as channels
from dispatchers import user_templates
from evaluator import condition
from shared.errors import Invalid
from shared.model import reasons, rules
from shared.model.reasons import Reason
from shared.model.rules import Rule


def check(rule: Rule) -> Rule:
    """
    Judge everything of a rule that its model cannot: condition, templates, channels.

    Raises:
        Invalid: naming every bad field.
    """
    wrong: dict[str, Reason] = {}
    for judge in (condition.check, rules.check_written, _check_templates, _check_channels):
        try:
            judge(rule)
        except Invalid as error:
            wrong |= error.reasons
    if wrong:
        raise Invalid(wrong, "The rule")
    return rule


def rule_of(fields: dict[str, Any]) -> Rule:
    """
    Make a rule from a request's or a file's fields and judge all of it.

    Raises:
        Invalid: naming every bad field, also those of a condition beside other bad fields.
    """
    try:
        rule = rules.parse(fields)
    except Invalid as error:
        raise Invalid({**condition.faults(fields.get("condition")), **error.reasons}, "The rule") from None
    return check(rule)


def _check_templates(rule: Rule) -> None:
    for name in ("title_template", "body_template"):
        user_templates.check(getattr(rule, name), name)


def _check_channels(rule: Rule) -> None:
    named = [*rule.channels, *(name for step in rule.escalation for name in step.channels)]
    if unknown := [name for name in dict.fromkeys(named) if channels.find(name) is None]:
        wrong = reasons.of("invalid.channels_unknown", channels=unknown, kinds=list(channels.catalogue()))
        raise Invalid({"channels": wrong}, "The rule")
