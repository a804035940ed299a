"""Rules: what to watch, when to fire, whom to tell."""

from typing import Any, Literal

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from msgspec import structs
from pydantic import BaseModel, ConfigDict, Field

from api.auth.guard import author, requires
from api.change import rule_files
from api.describe.shapes import (
    ANYTHING,
    FLAG,
    NUMBER,
    PROBLEMS,
    TEXT,
    a_list,
    a_map,
    a_page,
    an_object,
    inlined,
    json_answer,
    or_null,
)
from api.read import heard, pages
from api.read.sentences import sentence
from api.web import responses
from api.web.parameters import PageQuery, Query
from api.web.services import services
from dispatchers import render, user_templates
from dispatchers.channel import Item
from evaluator import condition
from shared.clock import SystemClock
from shared.errors import Invalid
from shared.model import rules
from shared.model.alerts import Alert, Policy
from shared.model.rules import Rule
from shared.store import alert_store, rule_store

routes = APIBlueprint(
    "rules", __name__, url_prefix="/api/enhanced-alerts", abp_tags=[Tag(name="rules")], abp_responses=PROBLEMS
)
RULE = inlined(Rule.model_json_schema())
SAID = an_object(en=TEXT, ko=TEXT)
RULE_LIST = a_page(rules=a_list(RULE), conditions=a_map(SAID), revision=NUMBER, unreadable=a_map(TEXT))
PREVIEW = an_object(sentence=SAID, condition=TEXT, metrics=a_list(TEXT), covers=a_list(TEXT))
IMPORTED = an_object(added=a_list(TEXT), changed=a_list(TEXT), same=a_list(TEXT), applied=FLAG)
TRIED = an_object(title=TEXT, text=TEXT, html=TEXT, failure=or_null(TEXT), words=ANYTHING)


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
    """One rule. Send its ETag as If-Match with a change, to overwrite no change in between."""
    found = rule_store.get(services().redis, path.rule_id)
    return responses.json(found.model_dump(mode="json"), headers={"ETag": f'"{found.revision}"'})


@routes.put("/rules/<rule_id>", responses=json_answer(RULE))
@requires("admin")
def replace(path: RulePath, body: Rule) -> Response:
    """Create or replace a rule by the body. The id in the address applies."""
    fields = {**body.model_dump(exclude_unset=True), "id": path.rule_id}
    rule = _checked(rules.parse(fields))
    return _answer(rule_store.save(services().redis, rule, author=author(), expected=_expected()))


@routes.patch("/rules/<rule_id>", responses=json_answer(RULE))
@requires("admin")
def change(path: RulePath, body: RulePatch) -> Response:
    """Change some fields of a rule."""
    return _patched(path.rule_id, body.model_extra or {})


@routes.delete("/rules/<rule_id>", responses={"204": {"description": "Deleted"}})
@requires("admin")
def delete(path: RulePath) -> Response:
    """Remove a rule; its open alerts are resolved with that reason."""
    rule_store.delete(services().redis, path.rule_id, author=author(), expected=_expected())
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
    """Describe a rule in words, in English and Korean, without storing it; lists every invalid field."""
    checked = condition.check(_checked(body), int(services().settings.stream_keep_seconds * 1000))
    said = {
        "sentence": {"en": sentence(body, checked, "en"), "ko": sentence(body, checked, "ko")},
        "condition": checked.describe(),
        "metrics": sorted(checked.needs().metrics),
        "covers": [plugin_id for plugin_id, labels in _known_plugins() if body.covers(plugin_id, labels)],
    }
    return responses.json(said)


class ExportQuery(Query):
    model_config = ConfigDict(extra="forbid")

    format: Literal["toml", "json"] = "toml"


@routes.get(
    "/rules-file",
    responses={"200": {"description": "The file", "content": {"text/plain": {"schema": TEXT}}}},
)
@requires("viewer")
def export(query: ExportQuery) -> Response:
    """All rules as one file, as `enhanced-alerts rules export` writes it."""
    text = rule_files.write(rule_store.load_all(services().redis)[1], f".{query.format}")
    headers = {"Content-Disposition": f'attachment; filename="rules.{query.format}"'}
    return Response(text, headers=headers, content_type="text/plain; charset=utf-8")


class RulesFile(BaseModel):
    """A file's text; the rules in it are added or changed, others stay."""

    model_config = ConfigDict(extra="forbid", strict=True)

    text: str = Field(max_length=200_000)
    format: Literal["toml", "json"] = "toml"
    dry_run: bool = Field(False, description="Only say what would change.")


@routes.post("/rules-file", responses=json_answer(IMPORTED))
@requires("admin")
def import_file(body: RulesFile) -> Response:
    """Apply the rules of a file: all of them, or none."""
    known = services()
    wanted = rule_files.parse(body.text, body.format, int(known.settings.stream_keep_seconds * 1000))
    if body.dry_run:
        difference = rule_files.compare_sent(rule_store.load_all(known.redis)[1], wanted)
    else:
        difference = rule_files.apply_sent(known.redis, wanted, author=author())
    return responses.json(
        {
            "added": [rule.id for rule in difference.added],
            "changed": [after.id for _, after in difference.changed],
            "same": [rule.id for rule in difference.same],
            "applied": not body.dry_run,
        }
    )


@routes.get("/conditions", responses=json_answer(a_map(ANYTHING)))
@requires("viewer")
def conditions() -> Response:
    """The kinds of conditions, each with the JSON schema of its fields."""
    return responses.json({kind: model.model_json_schema() for kind, model in condition.catalogue().items()})


class TemplatePreview(BaseModel):
    """Templates, and optionally the alert to try them on; without one, an invented alert."""

    model_config = ConfigDict(extra="forbid", strict=True)

    title_template: str = Field("", max_length=1_000)
    body_template: str = Field("", max_length=4_000)
    alert_id: str | None = Field(None, max_length=64)


@routes.post("/templates/preview", responses=json_answer(TRIED))
@requires("viewer")
def preview(body: TemplatePreview) -> Response:
    """The result of templates for an alert, or a template's error. `words` lists what templates can use."""
    known, now_ms = services(), SystemClock().now_ms()
    alert = alert_store.get(known.redis, body.alert_id) if body.alert_id else _invented(now_ms)
    link = f"{known.settings.effective_public_url}/alerts/{alert.id}"
    for name in ("title_template", "body_template"):
        user_templates.check(getattr(body, name), name)
    message = render.notification(
        "preview",
        [Item("firing", structs.replace(alert, policy=Policy()), link)],
        now_ms,
        title_template=body.title_template,
        body_template=body.body_template,
    )
    return responses.json(
        {
            "title": message.title,
            "text": message.text,
            "html": message.html,
            "failure": message.template_failure or None,
            "words": render.sample_words(alert, link, now_ms),
        }
    )


def _in_words(rule: Rule) -> dict[str, str] | None:
    """Return its condition in both languages; None if this version does not know it."""
    try:
        checked = condition.check(rule)
    except Invalid:
        return None
    return {"en": checked.describe("en"), "ko": checked.describe("ko")}


def _known_plugins() -> list[tuple[str, dict[str, str]]]:
    return sorted((one["plugin_id"], one["labels"]) for one in heard.plugins(services().redis))


def _invented(now_ms: int) -> Alert:
    return Alert(
        id="preview",
        rule_id="cpu_high",
        rule_name="CPU 사용률 높음",
        plugin_id="my_plugin",
        plugin_name="내 플러그인",
        severity="warning",
        state="firing",
        channels=[],
        condition="cpu_usage > 80",
        metric="cpu_usage",
        value=85.5,
        threshold=80.0,
        started_at_ms=now_ms - 300_000,
        fired_at_ms=now_ms,
        reason="cpu_usage = 85.5 is > 80",
        episode=1,
        announced_episode=1,
    )


def _patched(rule_id: str, changes: dict[str, Any]) -> Response:
    """Change some fields of a rule as it is now; a change that comes in between is kept."""

    def alter(before: Rule) -> Rule:
        fields = before.model_dump()
        sugar = ("metric", "operator", "threshold")
        if any(name in changes for name in sugar) and "condition" not in changes:
            fields["condition"] = None  # The simple form is what was edited; the other spelling follows.
        if "condition" in changes:
            fields.update(dict.fromkeys(sugar))
        return _checked(rules.parse({**fields, **changes, "id": rule_id}))

    return _answer(rule_store.change(services().redis, rule_id, alter, author=author(), expected=_expected()))


def _expected() -> int | None:
    """Return the revision If-Match names; one that cannot be a revision fits none."""
    given = responses.if_match()
    return None if given is None else int(given) if given.isascii() and given.isdigit() and len(given) < 16 else -1


def _checked(rule: Rule) -> Rule:
    return rule_files.check(rule, int(services().settings.stream_keep_seconds * 1000))


def _answer(saved: Rule) -> Response:
    """Return an edited rule, and say so if the file it came from will have another word."""
    headers = {"ETag": f'"{saved.revision}"'}
    if warning := rules.edit_warning(saved):
        headers["Warning"] = f'299 - "{warning}"'
    return responses.json(saved.model_dump(mode="json"), headers=headers)
