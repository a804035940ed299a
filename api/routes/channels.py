"""Channels: their configuration, their kinds, and the test button."""

from typing import Any

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field

from api import responses
from api.auth import caller, requires
from api.documents import ANYTHING, PROBLEM, PROBLEMS, json_answer
from api.services import services
from dispatchers import channel as channels
from shared import channels as configurations
from shared import notifying

routes = APIBlueprint(
    "channels", __name__, url_prefix="/api/enhanced-alerts", abp_tags=[Tag(name="channels")], abp_responses=PROBLEMS
)
_REFUSED: dict[Any, Any] = {
    "502": {
        "description": "Not accepted; detail says why",
        "content": {"application/problem+json": {"schema": PROBLEM}},
    }
}


class ChannelPath(BaseModel):
    channel_name: str = Field(max_length=64)


class ConfigBody(BaseModel):
    """The fields of the channel's kind; `GET /channels/kinds` has their schema."""

    model_config = ConfigDict(extra="allow")


@routes.get("/channels/config", responses=json_answer(ANYTHING))
@requires("viewer")
def all_configurations() -> Response:
    """Every channel: whether it is configured, from where, and its fields; secrets show as a mask."""
    stored = configurations.load_stored(services().redis)
    found = {}
    for name, kind in channels.catalogue().items():
        fields = stored.get(name) or configurations.from_environment(name)
        source = "stored" if name in stored else "environment" if fields else None
        found[name] = {
            "configured": bool(fields) or not kind.needs_configuration,
            "enabled": bool(fields.get("enabled", True)),
            "source": source,
            "config": kind.masked(fields),
        }
    return responses.json(found)


@routes.get("/channels/kinds", responses=json_answer(ANYTHING))
@requires("viewer")
def kinds() -> Response:
    """Each kind of channel, with the JSON schema of its configuration."""
    return responses.json({name: kind.config.model_json_schema() for name, kind in channels.catalogue().items()})


@routes.put("/channels/<channel_name>/config", responses=json_answer(ANYTHING))
@requires("admin")
def configure(path: ChannelPath, body: ConfigBody) -> Response:
    """Set a channel's fields. A secret sent back as its mask stays as it is."""
    redis = services().redis
    kind = channels.get(path.channel_name)
    fields = kind.merged(body.model_extra or {}, configurations.load(redis, path.channel_name))
    kind.check(fields)
    configurations.save(redis, path.channel_name, fields)
    return responses.json({"configured": True, "enabled": fields.get("enabled", True), "config": kind.masked(fields)})


@routes.post("/test/<channel_name>", responses={**json_answer(ANYTHING), **_REFUSED})
@requires("operator")
def test(path: ChannelPath) -> Response:
    """Send a marked test message through the real path; answers with what the provider said."""
    channels.get(path.channel_name)
    result = notifying.request_test(services().redis, path.channel_name, caller().name)
    if not result["accepted"]:
        return responses.problem(502, str(result["answer"]))
    return responses.json(result)
