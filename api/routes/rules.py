"""Rules: what to watch, when to fire, whom to tell."""

from typing import Any

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field

from api.auth.guard import author, requires
from api.change import rule_verdict
from api.describe.shapes import (
    ANYTHING,
    NUMBER,
    PROBLEMS,
    TEXT,
    a_list,
    a_map,
    a_page,
    an_object,
    inlined,
    json_answer,
)
from api.doctor import advice
from api.read import heard, pages
from api.read.sentences import sentence
from api.web import responses
from api.web.parameters import PageQuery
from api.web.services import services
from evaluator import condition
from shared.errors import Invalid
from shared.model import reasons, rules
from shared.model.rules import Rule
from shared.store import rule_store

routes = APIBlueprint(
    "rules", __name__, url_prefix="/api/enhanced-alerts", abp_tags=[Tag(name="rules")], abp_responses=PROBLEMS
)
RULE = inlined(Rule.model_json_schema())
SAID = an_object(en=TEXT, ko=TEXT)
RULE_LIST = a_page(rules=a_list(RULE), conditions=a_map(SAID), revision=NUMBER, unreadable=a_map(TEXT))
CODED = an_object(reason=TEXT, reason_code=TEXT, reason_values=ANYTHING)
PREVIEW = an_object(
    sentence=SAID, condition=TEXT, metrics=a_list(TEXT), covers=a_list(TEXT), with_metrics=NUMBER, advice=a_list(CODED)
)


class RulePath(BaseModel):
    rule_id: str = Field(max_length=64)


class RulePatch(BaseModel):
    """Any fields of a rule; those left out stay as they are."""

    model_config = ConfigDict(extra="allow")


class RulesQuery(PageQuery):
    limit: int = Field(rule_store.MAX_RULES, ge=1, le=rule_store.MAX_RULES)


@routes.get("/rules", responses=json_answer(RULE_LIST))
@requires("viewer")
def all_rules(query: RulesQuery) -> Response:
    """Rules by id, their conditions in words (by id), and stored rules that cannot be read (id → reason); by pages."""
    revision, every, broken = rule_store.load_all(services().redis)
    page = pages.page(every, lambda rule: (rule.id,), query.cursor, query.limit)
    found = page.items
    return responses.json(
        {
            **page.answer("rules", lambda rule: rule.model_dump(mode="json")),
            "conditions": {r.id: said for r in found if (said := _in_words(r))},
            "revision": revision,
            "unreadable": broken,
        }
    )


@routes.post("/rules", responses=json_answer(RULE, 201, "Created"))
@requires("admin")
def create(body: Rule) -> Response:
    """Create a rule; evaluators apply it within a second. Without an id, one is generated."""
    stored = rule_store.save(services().redis, _checked(body), only_new=True, author=author())
    location = f"/api/enhanced-alerts/rules/{stored.id}"
    return responses.json(stored.model_dump(mode="json"), 201, {"Location": location, "ETag": f'"{stored.revision}"'})


@routes.get("/rules/<rule_id>", responses=json_answer(RULE))
@requires("viewer")
def one(path: RulePath) -> Response:
    """One rule. Send its ETag as If-Match with a change, so that the change of another caller is not overwritten."""
    found = rule_store.get(services().redis, path.rule_id)
    return responses.json(found.model_dump(mode="json"), headers={"ETag": f'"{found.revision}"'})


@routes.put("/rules/<rule_id>", responses=json_answer(RULE))
@requires("admin")
def replace(path: RulePath, body: Rule) -> Response:
    """Create or replace a rule by the body. The id in the address applies."""
    fields = {**body.model_dump(exclude_unset=True), "id": path.rule_id}
    rule = rule_verdict.rule_of(fields)
    return _answer(rule_store.save(services().redis, rule, author=author(), expected=responses.if_match_number()))


@routes.patch("/rules/<rule_id>", responses=json_answer(RULE))
@requires("admin")
def change(path: RulePath, body: RulePatch) -> Response:
    """Change some fields of a rule."""
    return _patched(path.rule_id, body.model_extra or {})


@routes.delete("/rules/<rule_id>", responses={"204": {"description": "Deleted"}})
@requires("admin")
def delete(path: RulePath) -> Response:
    """Remove a rule; its open alerts are resolved with that reason."""
    rule_store.delete(services().redis, path.rule_id, author=author(), expected=responses.if_match_number())
    return Response(status=204)


@routes.post("/rules/<rule_id>/enable", responses=json_answer(RULE))
@requires("admin")
def enable(path: RulePath) -> Response:
    """Switch a rule on."""
    return _patched(path.rule_id, {"enabled": True})


@routes.post("/rules/<rule_id>/disable", responses=json_answer(RULE))
@requires("admin")
def disable(path: RulePath) -> Response:
    """Disable a rule; its open alerts are resolved with that reason."""
    return _patched(path.rule_id, {"enabled": False})


@routes.post("/rule-preview", responses=json_answer(PREVIEW))
@requires("viewer")
def preview_rule(body: Rule) -> Response:
    """
    Describe a rule in words, in English and Korean, without storing it; lists every invalid field.

    `covers` begins with the `with_metrics` plugins that have published each of its metrics; `advice` tells of names
    that no plugin has published, each with the similar name that was probably meant.
    """
    checked = condition.check(_checked(body))
    published = heard.plugins(services().redis)
    reads = checked.reads()
    covered = sorted(
        (not reads <= one["metrics"].keys(), one["plugin_id"])
        for one in published
        if body.covers(one["plugin_id"], one["labels"])
    )
    said = {
        "sentence": {"en": sentence(body, checked, "en"), "ko": sentence(body, checked, "ko")},
        "condition": checked.describe(),
        "metrics": sorted(checked.reads()),
        "covers": [plugin_id for _, plugin_id in covered],
        "with_metrics": sum(not lacks for lacks, _ in covered),
        "advice": [
            reasons.fields(note, "reason", responses.language())
            for note in advice.on_rule(services().redis, body, published)
        ],
    }
    return responses.json(said)


@routes.get("/conditions", responses=json_answer(a_map(ANYTHING)))
@requires("viewer")
def conditions() -> Response:
    """The kinds of conditions, each with the JSON schema of its fields."""
    return responses.json({kind: model.model_json_schema() for kind, model in condition.catalogue().items()})


def _in_words(rule: Rule) -> dict[str, str] | None:
    """Return its condition in both languages; None if this version does not know it."""
    try:
        checked = condition.check(rule)
    except Invalid:
        return None
    return {"en": checked.describe("en"), "ko": checked.describe("ko")}


def _patched(rule_id: str, changes: dict[str, Any]) -> Response:
    """Change some fields of a rule as it is now; a change that comes in between is kept."""

    def alter(before: Rule) -> Rule:
        fields, wanted = before.model_dump(), dict(changes)
        sugar = ("metric", "operator", "threshold")
        if before.metric is None and before.operator is not None and not wanted.keys() & {"metric", "condition"}:
            # A threshold of a formula, which stays.
            edited = {name: wanted.pop(name) for name in ("operator", "threshold") if name in wanted}
            wanted["condition"] = {**(before.condition or {}), **edited}
        if any(name in wanted for name in sugar) and "condition" not in wanted:
            fields["condition"] = None  # The simple form is what was edited; the other spelling follows.
        if "condition" in wanted:
            fields.update(dict.fromkeys(sugar))
        return rule_verdict.rule_of({**fields, **wanted, "id": rule_id})

    return _answer(
        rule_store.change(services().redis, rule_id, alter, author=author(), expected=responses.if_match_number())
    )


def _checked(rule: Rule) -> Rule:
    return rule_verdict.check(rule)


def _answer(saved: Rule) -> Response:
    """Return an edited rule, with a warning if the next apply of its file undoes the edit."""
    headers = {"ETag": f'"{saved.revision}"'}
    if warning := rules.edit_warning(saved):
        headers["Warning"] = f'299 - "{warning}"'
    return responses.json(saved.model_dump(mode="json"), headers=headers)
