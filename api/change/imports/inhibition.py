"""The rules of inhibition of Alertmanager as ours. Pure."""

from typing import Any

from pydantic import ValidationError

from api.change.imports import routes
from api.change.imports.lined import Lined
from api.change.imports.report import Plan, Section, Taken
from shared.errors import Invalid
from shared.model import reasons
from shared.model.inhibit_rules import MAX_INHIBIT_RULES, InhibitRule
from shared.model.rules import problems


def rules(whole: Section, plan: Plan) -> list[dict[str, Any]]:
    """Return the rules of a configuration, as a file of ours has them; what is lost is reported."""
    found: list[dict[str, Any]] = []
    for number, node in enumerate(whole.items("inhibit_rules")):
        name = f"inhibit_rules.{number}"
        if len(found) >= MAX_INHIBIT_RULES:
            plan.lose(node.line, name, reasons.of("import.many_inhibit_rules", limit=MAX_INHIBIT_RULES))
            break
        try:
            found.append(_rule(node, name, plan))
        except routes.LeftOut as error:
            plan.lose(error.line, name, reasons.of("import.inhibit_rule_lost", because=error.reason))
    return found


def _rule(node: Lined, name: str, plan: Plan) -> dict[str, Any]:
    one = Section(node, name, plan)
    fields: dict[str, Any] = {
        "name": one.text("name")[:100],
        "source_matchers": routes.prefixed_matchers(one, "source_"),
        "target_matchers": routes.prefixed_matchers(one, "target_"),
        "equal": [label.text() or "" for label in one.items("equal")],
    }
    found = {field: value for field, value in fields.items() if value}
    try:
        InhibitRule.model_validate(found)
    except ValidationError as error:
        raise routes.LeftOut(one.line, Invalid(problems(error), "The rule").cited()) from None
    one.finish()
    plan.taken.append(Taken(one.line, name, "inhibit_rule", fields["name"] or name))
    return found
