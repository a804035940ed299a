"""Configurations of Alertmanager and Grafana: looked at, put in force, listed and undone."""

from typing import Annotated, Literal

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field

from api.auth.guard import author, requires
from api.change.imports import alertmanager, grafana, report
from api.change.imports.report import Plan
from api.describe.shapes import ANYTHING, FLAG, NUMBER, PROBLEMS, TEXT, a_list, a_map, an_object, json_answer, of
from api.web import responses
from api.web.services import services
from shared.errors import Invalid
from shared.model import reasons
from shared.store import import_store
from shared.store.import_store import Difference, Done

routes = APIBlueprint(
    "imports", __name__, url_prefix="/api/enhanced-alerts", abp_tags=[Tag(name="imports")], abp_responses=PROBLEMS
)
System = Literal["alertmanager", "grafana"]
_REPORT = {
    "summary": TEXT,
    "taken": a_list(an_object(line=NUMBER, name=TEXT, kind=TEXT, result=TEXT)),
    "findings": a_list(an_object(line=NUMBER, name=TEXT, lost=FLAG, because=TEXT, reason=ANYTHING)),
    "routes": ANYTHING,
    "channels": a_map(ANYTHING),
    "difference": of(Difference),
}
_OUTCOME = {"changed_channels": a_list(TEXT), "routes_version": NUMBER, "has_changed": FLAG}


class ImportPath(BaseModel):
    system: System


class ImportedFile(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(min_length=1, max_length=200, description="For the report.")
    text: str = Field(max_length=1_000_000)


class ImportFiles(BaseModel):
    """The configuration: one file of Alertmanager, or what Grafana exports, together or in several files."""

    model_config = ConfigDict(extra="forbid", strict=True)

    files: Annotated[list[ImportedFile], Field(min_length=1, max_length=grafana.MAX_FILES)]
    language: Literal["en", "ko"] = Field("en", description="Of the report's texts.")


@routes.get("/imports", responses=json_answer(an_object(imports=a_list(of(Done)))))
@requires("admin")
def list_imports() -> Response:
    """The last import of each system, until it is undone; `changed_since` names what keeps it from being undone."""
    return responses.json({"imports": import_store.done(services().redis)})


@routes.post("/imports/<system>/dry-run", responses=json_answer(an_object(**_REPORT)))
@requires("admin")
def try_import(path: ImportPath, body: ImportFiles) -> Response:
    """
    What a configuration would become, by line: what is taken over, what differs, what is left out and why; and which
    channels and routes it would replace. Nothing is changed. Secrets are masked; files that it names are not read.
    """
    plan = _translated(path.system, body)
    return responses.json(_document(plan, body))


@routes.post("/imports/<system>", responses=json_answer(an_object(**_REPORT, **_OUTCOME)))
@requires("admin")
def apply_import(path: ImportPath, body: ImportFiles) -> Response:
    """
    Put a configuration in force: channels and routes together, or nothing. With the `routes_version` of the dry run as
    If-Match, the request fails with 412 if another caller has changed the routes meanwhile.
    """
    plan = _translated(path.system, body)
    assert plan.tree is not None
    found = _document(plan, body)
    outcome = import_store.apply(
        services().redis,
        path.system,
        plan.channels,
        plan.tree,
        source=", ".join(file.name for file in body.files)[:200],
        author=author(),
        shown=report.masked,
        expected=responses.if_match_number(),
    )
    done = {
        "changed_channels": outcome.channels,
        "routes_version": outcome.routes_version,
        "has_changed": outcome.has_changed,
    }
    return responses.json({**found, **done})


@routes.post("/imports/<system>/undo", responses=json_answer(an_object(changed_channels=a_list(TEXT))))
@requires("admin")
def undo_import(path: ImportPath) -> Response:
    """Put back what the last import of a system replaced; 409 if what it put in force was changed since."""
    outcome = import_store.undo(services().redis, path.system, author=author(), shown=report.masked)
    return responses.json({"changed_channels": outcome.channels})


def _translated(system: System, body: ImportFiles) -> Plan:
    if system == "grafana":
        return grafana.translate([(file.name, file.text) for file in body.files])
    if len(body.files) > 1:
        raise Invalid({"files": reasons.of("import.one_file")}, "The import")
    [file] = body.files
    return alertmanager.translate(file.text, file.name)


def _document(plan: Plan, body: ImportFiles) -> dict[str, object]:
    assert plan.tree is not None
    difference = import_store.difference(services().redis, plan.channels, plan.tree)
    return {**report.document(plan, body.language), "difference": difference}
