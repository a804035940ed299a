"""Channels: their configuration, their kinds, and the test button."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field

from api.auth.guard import author, caller, requires
from api.describe.shapes import (
    ANYTHING,
    FLAG,
    NUMBER,
    PROBLEM,
    PROBLEMS,
    TEXT,
    a_list,
    a_map,
    a_page,
    an_object,
    json_answer,
    or_null,
)
from api.read import pages
from api.web import responses
from api.web.parameters import PageQuery, Query
from api.web.services import services
from dispatchers import channel as channels
from dispatchers.channel_config import ChannelConfig
from shared.clock import SystemClock
from shared.errors import Invalid
from shared.model import reasons
from shared.model.reasons import Reason
from shared.redis import delivery_keys
from shared.store import channel_store, deliveries, due_groups

routes = APIBlueprint(
    "channels", __name__, url_prefix="/api/enhanced-alerts", abp_tags=[Tag(name="channels")], abp_responses=PROBLEMS
)
CHANNEL = an_object(
    kind=TEXT,
    configured=FLAG,
    enabled=FLAG,
    source={"anyOf": [{"type": "string", "enum": ["stored", "environment"]}, {"type": "null"}]},
    config=ANYTHING,
    failures=NUMBER,
    pause=or_null(TEXT),
    version=TEXT,
)
NAMED_CHANNEL = an_object(name=TEXT, **CHANNEL["properties"])
HEALTH = an_object(
    sent=NUMBER,
    failed=NUMBER,
    dead=NUMBER,
    success_rate=or_null({"type": "number"}),
    p95_ms=or_null(NUMBER),
    queued=NUMBER,
    dead_letters=NUMBER,
)
TESTED = an_object(accepted=FLAG, answer=TEXT, answer_code=TEXT, answer_values=ANYTHING, took_ms=NUMBER)
_REFUSED: dict[Any, Any] = {
    "424": {
        "description": "Not accepted; detail says why",
        "content": {"application/problem+json": {"schema": PROBLEM}},
    }
}


class ChannelPath(BaseModel):
    channel_name: str = Field(max_length=64, pattern=r"^[a-z][a-z0-9_-]{0,63}$")


class ConfigBody(BaseModel):
    """The fields of the channel's kind; `GET /channels/kinds` has their schema."""

    model_config = ConfigDict(extra="allow")


@routes.get("/channels", responses=json_answer(a_page(channels=a_list(NAMED_CHANNEL))))
@requires("viewer")
def all_channels(query: PageQuery) -> Response:
    """
    Channels by name: whether each is configured, from where, its fields (secrets masked), and whether it is failing;
    by pages.
    """
    stored = channel_store.load_stored(services().redis)
    page = pages.page(_names(stored), lambda name: (name,), query.cursor, query.limit)
    found = _configurations(stored, page.items)
    return responses.json(page.answer("channels", lambda name: {"name": name, **found[name]}))


@routes.get("/channels/config", responses=json_answer(a_map(CHANNEL)))
@requires("viewer")
def all_configurations() -> Response:
    """All channels at once, by name; `GET /channels` has the same by pages."""
    stored = channel_store.load_stored(services().redis)
    return responses.json(_configurations(stored, _names(stored)))


def _names(stored: Mapping[str, Any]) -> list[str]:
    """Return the names of all channels; one of a kind that this release does not know is left out."""
    return sorted(name for name in {*channels.catalogue(), *stored} if channels.find(name) is not None)


def _configurations(stored: Mapping[str, Any], names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return channels as people may see them."""
    redis = services().redis
    failures = redis.mget([delivery_keys.failures(name) for name in names]) if names else []
    pauses = redis.mget([delivery_keys.pause(name) for name in names]) if names else []
    found = {}
    for name, failed, pause in zip(names, failures, pauses, strict=True):
        kind = channels.get(name)
        fields = stored.get(name) or channel_store.from_environment(name)
        found[name] = {
            "kind": kind.kind,
            "configured": bool(fields) or not kind.needs_configuration,
            "enabled": bool(fields.get("enabled", True)),
            "source": "stored" if name in stored else "environment" if fields else None,
            "config": kind.masked(fields),
            "failures": int(failed or 0),
            "pause": (pause or b"").decode() or None,
            "version": channel_store.version_of(stored.get(name, {})),
        }
    return found


@routes.get("/channels/kinds", responses=json_answer(a_map(ANYTHING)))
@requires("viewer")
def kinds() -> Response:
    """Each kind of channel, with the JSON schema of its configuration."""
    return responses.json({name: kind.config.model_json_schema() for name, kind in channels.catalogue().items()})


class HoursQuery(Query):
    model_config = ConfigDict(extra="forbid")

    hours: int = Field(24, ge=1, le=24 * 366)


@routes.get("/channels/health", responses=json_answer(a_map(HEALTH)))
@requires("viewer")
def health(query: HoursQuery) -> Response:
    """Delivery per channel in the last hours: attempts by outcome, p95 of accepted attempts, waiting notifications."""
    redis = services().redis
    fares = deliveries.read(redis, query.hours, SystemClock().now_ms())
    names = sorted({*channels.catalogue(), *channel_store.names(redis), *fares})
    dead = Counter(
        m.decode().partition(due_groups.SEPARATOR)[0] for m in redis.zrange(delivery_keys.dead_notifications(), 0, -1)
    )
    found = {}
    for name in names:
        fare = fares.get(name, deliveries.Fare())
        attempts = fare.sent + fare.failed + fare.dead
        found[name] = {
            "sent": fare.sent,
            "failed": fare.failed,
            "dead": fare.dead,
            "success_rate": fare.sent / attempts if attempts else None,
            "p95_ms": fare.p95_ms,
            "queued": redis.llen(f"rq:queue:{due_groups.queue_name(name)}"),
            "dead_letters": dead[name],
        }
    return responses.json(found)


@routes.put(
    "/channels/<channel_name>/config",
    responses=json_answer(an_object(configured=FLAG, enabled=FLAG, config=ANYTHING)),
)
@requires("admin")
def configure(path: ChannelPath, body: ConfigBody) -> Response:
    """
    Set a channel's fields. A secret sent back as its mask is kept. With the `version` as If-Match, the request fails
    with 412 if another caller has changed the channel meanwhile.
    """
    redis = services().redis
    kind = channels.get(path.channel_name)
    stored = channel_store.load_stored(redis).get(path.channel_name, {})
    expected = responses.if_match()
    fields = kind.merged(body.model_extra or {}, stored or channel_store.load(redis, path.channel_name))
    kind.check_new(fields)
    channel_store.save(
        redis,
        path.channel_name,
        fields,
        author=author(),
        shown=kind.masked,
        # The masked secrets are those of what was read here; they must not come from one version into another.
        expected=channel_store.version_of(stored) if expected is None else expected,
    )
    due_groups.reopen(redis, path.channel_name, SystemClock().now_ms())
    answer = {"configured": True, "enabled": fields.get("enabled", True), "config": kind.masked(fields)}
    return responses.json(answer, headers={"ETag": f'"{channel_store.version_of(fields)}"'})


@routes.delete("/channels/<channel_name>/config", responses={"204": {"description": "Removed, if it was there"}})
@requires("admin")
def forget(path: ChannelPath) -> Response:
    """Delete a channel's stored fields; a default channel then uses the environment."""
    kind = channels.get(path.channel_name)
    channel_store.delete(
        services().redis, path.channel_name, author=author(), shown=kind.masked, expected=responses.if_match()
    )
    return Response(status=204)


@routes.post("/test/<channel_name>", responses={**json_answer(TESTED), **_REFUSED})
@requires("operator")
def test(path: ChannelPath) -> Response:
    """Send a message, marked as a test, the way real notifications go; `answer` is what the provider answered."""
    channels.get(path.channel_name)
    # A worker of an older release answers in words only.
    worded = {"answer_code": "", "answer_values": {}}
    result = worded | due_groups.request_test(services().redis, path.channel_name, caller().shown)
    if not result["accepted"]:
        code = result["answer_code"] or "delivery.answer"
        values = result["answer_values"] or {"answer": result["answer"]}
        return responses.problem(424, reasons.of("channel.test_refused", answer=Reason(code, values)))
    return responses.json(result)


def configured(name: str) -> ChannelConfig | None:
    """Return a channel's configuration; None if there is none that can be used."""
    kind = channels.find(name)
    try:
        return kind.check(channel_store.load(services().redis, name)) if kind else None
    except Invalid:
        return None
