"""Channels: their configuration, their kinds, and the test button."""

from typing import Any

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field

from api import responses
from api.auth import author, caller, requires
from api.documents import ANYTHING, PROBLEM, PROBLEMS, json_answer
from api.services import services
from dispatchers import channel as channels
from dispatchers.channel import ChannelConfig
from shared import channels as configurations
from shared import keys, notifying
from shared.clock import SystemClock
from shared.errors import Invalid

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
    channel_name: str = Field(max_length=64, pattern=r"^[a-z][a-z0-9_-]{0,63}$")


class ConfigBody(BaseModel):
    """The fields of the channel's kind; `GET /channels/kinds` has their schema."""

    model_config = ConfigDict(extra="allow")


@routes.get("/channels/config", responses=json_answer(ANYTHING))
@requires("viewer")
def all_configurations() -> Response:
    """Every channel: whether it is configured, from where, its fields (secrets masked), and whether it is failing."""
    redis = services().redis
    stored = configurations.load_stored(redis)
    found = {}
    for name in sorted({*channels.catalogue(), *stored}):
        kind = channels.find(name)
        if kind is None:
            continue
        fields = stored.get(name) or configurations.from_environment(name)
        source = "stored" if name in stored else "environment" if fields else None
        found[name] = {
            "kind": kind.kind,
            "configured": bool(fields) or not kind.needs_configuration,
            "enabled": bool(fields.get("enabled", True)),
            "source": source,
            "config": kind.masked(fields),
            "failures": int(redis.get(keys.failures(name)) or 0),
            "pause": (redis.get(keys.pause(name)) or b"").decode() or None,
            "version": configurations.version_of(stored.get(name, {})),
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
    """
    Set a channel's fields. A secret sent back as its mask stays as it is. Send the `version` you read as If-Match, and
    nobody's change in between is overwritten.
    """
    redis = services().redis
    kind = channels.get(path.channel_name)
    stored = configurations.load_stored(redis).get(path.channel_name, {})
    expected = responses.if_match()
    fields = kind.merged(body.model_extra or {}, stored or configurations.load(redis, path.channel_name))
    kind.check(fields)
    configurations.save(
        redis,
        path.channel_name,
        fields,
        author=author(),
        shown=kind.masked,
        # The masked secrets are those of what was read here; they must not come from one version into another.
        expected=configurations.version_of(stored) if expected is None else expected,
    )
    notifying.reopen(redis, path.channel_name, SystemClock().now_ms())
    answer = {"configured": True, "enabled": fields.get("enabled", True), "config": kind.masked(fields)}
    return responses.json(answer, headers={"ETag": f'"{configurations.version_of(fields)}"'})


@routes.delete("/channels/<channel_name>/config", responses={"204": {"description": "Removed, if it was there"}})
@requires("admin")
def forget(path: ChannelPath) -> Response:
    """Remove a channel's stored fields; a default channel then takes what the environment sets."""
    kind = channels.get(path.channel_name)
    configurations.delete(
        services().redis, path.channel_name, author=author(), shown=kind.masked, expected=responses.if_match()
    )
    return Response(status=204)


@routes.post("/test/<channel_name>", responses={**json_answer(ANYTHING), **_REFUSED})
@requires("operator")
def test(path: ChannelPath) -> Response:
    """Send a marked test message through the real path; answers with what the provider said."""
    channels.get(path.channel_name)
    result = notifying.request_test(services().redis, path.channel_name, caller().name)
    if not result["accepted"]:
        return responses.problem(502, str(result["answer"]))
    return responses.json(result)


def configured(name: str) -> ChannelConfig | None:
    """Return a channel's configuration; None if there is none that can be used."""
    kind = channels.find(name)
    try:
        return kind.check(configurations.load(services().redis, name)) if kind else None
    except Invalid:
        return None
