"""
Rules as one file: written for people to keep, and applied from there.

The operation ids are part of the API: clients are generated from them.
"""

from typing import Literal

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field

from api.auth.guard import author, requires
from api.change import rule_files
from api.describe.shapes import FLAG, PROBLEMS, TEXT, a_list, an_object, json_answer
from api.web import responses
from api.web.parameters import Query
from api.web.services import services
from shared.store import rule_store

routes = APIBlueprint(
    "rules_file", __name__, url_prefix="/api/enhanced-alerts", abp_tags=[Tag(name="rules")], abp_responses=PROBLEMS
)
IMPORTED = an_object(added=a_list(TEXT), changed=a_list(TEXT), same=a_list(TEXT), applied=FLAG)


class ExportQuery(Query):
    model_config = ConfigDict(extra="forbid")

    format: Literal["toml", "json"] = "toml"


@routes.get(
    "/rules-file",
    operation_id="rules_export_rules_file_get",
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


@routes.post("/rules-file", operation_id="rules_import_file_rules_file_post", responses=json_answer(IMPORTED))
@requires("admin")
def import_file(body: RulesFile) -> Response:
    """Apply the rules of a file: all of them, or none."""
    known = services()
    wanted = rule_files.parse(body.text, body.format)
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
