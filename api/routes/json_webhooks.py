"""The body mappings of JSON webhooks: what holds, what held, their changes, and the bodies that came."""

from typing import Annotated, Any

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field

from api.auth.guard import author, requires
from api.change import body_trials
from api.describe.shapes import PROBLEMS, a_list, a_map, a_version, an_object, inlined, json_answer, of
from api.routes.ingest import EarlierVersion
from api.web import responses
from api.web.services import services
from ingest.body_trial import BodyTrial
from shared.model import body_mapping
from shared.model.body_mapping import NAME_PATTERN, BodyMapping, BodyMappings
from shared.store import body_mapping_store, kept_bodies
from shared.store.body_mapping_store import Version
from shared.store.kept_bodies import KeptBody

routes = APIBlueprint(
    "json_webhooks", __name__, url_prefix="/api/enhanced-alerts", abp_tags=[Tag(name="ingest")], abp_responses=PROBLEMS
)
MAX_SAMPLE_CHARS = 262_144
VERSION = a_version(
    mappings=an_object(webhooks=a_map(inlined(BodyMapping.model_json_schema(mode="serialization")))),
)


class Sample(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    mapping: BodyMapping
    body: str = Field(max_length=MAX_SAMPLE_CHARS, description="A body as the sender would send it.")
    name: str = Field("sample", pattern=NAME_PATTERN, description="Of the mapping; the identities of alerts hold it.")


class OfName(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(pattern=NAME_PATTERN)] | None = Field(None, description="Only of this address.")


@routes.get("/ingest/webhooks", responses=json_answer(VERSION))
@requires("viewer")
def webhooks() -> Response:
    """The body mappings in force: where in the JSON body of each webhook its alerts and their fields are."""
    return _answer(body_mapping_store.current(services().redis))


@routes.put("/ingest/webhooks", responses=json_answer(VERSION))
@requires("admin")
def replace_webhooks(body: BodyMappings) -> Response:
    """
    Replace the body mappings; `ingest` follows with the next request. With the `version` as If-Match, the request fails
    with 412 if another caller has changed them meanwhile.
    """
    expected = responses.if_match_number()
    return _answer(body_mapping_store.save(services().redis, body, author=author(), expected=expected))


@routes.get("/ingest/webhooks/history", responses=json_answer(an_object(versions=a_list(VERSION))))
@requires("viewer")
def webhooks_history() -> Response:
    """The body mappings in force and up to 20 versions before them, newest first."""
    return responses.json({"versions": [_shown(one) for one in body_mapping_store.history(services().redis)]})


@routes.post("/ingest/webhooks/restore", responses=json_answer(VERSION))
@requires("admin")
def restore_webhooks(body: EarlierVersion) -> Response:
    """Put earlier body mappings in force again, as a new version; version 0 has none."""
    expected = responses.if_match_number()
    return _answer(body_mapping_store.restore(services().redis, body.version, author=author(), expected=expected))


@routes.post("/ingest/webhooks/try", responses=json_answer(of(BodyTrial)))
@requires("viewer")
def try_webhook(body: Sample) -> Response:
    """Say which alerts would come out of a sample body, and what does not fit, without changing anything."""
    tried = body_trials.trial(services().redis, services().settings, body.name, body.mapping, body.body)
    return responses.json(tried)


@routes.get("/ingest/webhooks/bodies", responses=json_answer(an_object(bodies=a_list(of(KeptBody)))))
@requires("admin")
def webhook_bodies(query: OfName) -> Response:
    """
    The bodies that came in the last week, newest first: of each address the last one and 5 that did not fit, and 20
    that came to addresses without a mapping. They are shown as they came, so only to admins.
    """
    redis = services().redis
    names = [query.name] if query.name else [*body_mapping_store.current(redis).mappings.webhooks]
    found = kept_bodies.read(redis, names)
    return responses.json({"bodies": [one for one in found if query.name in (None, one.name)]})


def _answer(version: Version) -> Response:
    return responses.json(_shown(version), headers={"ETag": f'"{version.version}"'})


def _shown(version: Version) -> dict[str, Any]:
    return {
        **version.model_dump(exclude={"mappings"}),
        "mappings": body_mapping.document(version.mappings),
    }
