"""The mapping of foreign labels to plugins: what holds, what held, and its changes."""

from typing import Any

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field

from api.auth.guard import author, requires
from api.change import mapping_trial
from api.describe.shapes import NUMBER, PROBLEMS, TEXT, a_list, a_map, a_version, an_object, json_answer, of
from api.web import responses
from api.web.services import services
from ingest.trial import Trial
from shared.model import relabeling
from shared.model.relabeling import IngestMapping, Relabeling
from shared.store import mapping_store
from shared.store.mapping_store import Version

routes = APIBlueprint(
    "ingest", __name__, url_prefix="/api/enhanced-alerts", abp_tags=[Tag(name="ingest")], abp_responses=PROBLEMS
)
RELABELING = an_object(
    **{name: NUMBER if name == "expire_minutes" else a_list(TEXT) for name in Relabeling.model_fields}
)
VERSION = a_version(
    mapping=an_object(default=RELABELING, sources=a_map(RELABELING)),
)

TRIAL = of(Trial)


class EarlierVersion(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    version: int = Field(ge=0, le=10**9, description="0: the built-in default.")


@routes.get("/ingest/mapping", responses=json_answer(VERSION))
@requires("viewer")
def mapping() -> Response:
    """The mapping in force: which labels of other systems' series name the plugin, and which metrics are kept."""
    return _answer(mapping_store.current(services().redis))


@routes.put("/ingest/mapping", responses=json_answer(VERSION))
@requires("admin")
def replace_mapping(body: IngestMapping) -> Response:
    """
    Replace the mapping; every `ingest` process follows within seconds. With the `version` as If-Match, the request
    fails with 412 if another caller has changed the mapping meanwhile.
    """
    return _answer(mapping_store.save(services().redis, body, author=author(), expected=responses.if_match_number()))


@routes.get("/ingest/mapping/history", responses=json_answer(an_object(versions=a_list(VERSION))))
@requires("viewer")
def mapping_history() -> Response:
    """The mapping in force and up to 20 versions before it, newest first."""
    return responses.json({"versions": [_shown(one) for one in mapping_store.history(services().redis)]})


@routes.post("/ingest/mapping/restore", responses=json_answer(VERSION))
@requires("admin")
def restore_mapping(body: EarlierVersion) -> Response:
    """Put an earlier version of the mapping in force again, as a new version."""
    return _answer(
        mapping_store.restore(services().redis, body.version, author=author(), expected=responses.if_match_number())
    )


@routes.post("/ingest/mapping/try", responses=json_answer(TRIAL))
@requires("viewer")
def try_mapping(body: IngestMapping) -> Response:
    """
    Say what a mapping would change, without changing anything: for the series that `ingest` processes received in the
    last five to ten minutes, which plugins get other names, which metrics are dropped, and which open alerts would be
    resolved because of that.
    """
    return responses.json(mapping_trial.trial(services().redis, body))


def _answer(version: Version) -> Response:
    return responses.json(_shown(version), headers={"ETag": f'"{version.version}"'})


def _shown(version: Version) -> dict[str, Any]:
    return {**version.model_dump(exclude={"mapping"}), "mapping": relabeling.document(version.mapping)}
