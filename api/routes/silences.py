"""Silences: who shall not be told for a while, and what a silence would hide."""

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, Field

from api import responses
from api.auth import author, caller, requires
from api.documents import ALERT, NUMBER, PROBLEMS, a_list, an_object, inlined, json_answer
from api.services import services
from shared import records, silences
from shared.clock import SystemClock
from shared.silences import Silence

routes = APIBlueprint(
    "silences", __name__, url_prefix="/api/enhanced-alerts", abp_tags=[Tag(name="silences")], abp_responses=PROBLEMS
)
SILENCE = inlined(Silence.model_json_schema())
SILENCE["properties"]["state"] = {"type": "string", "enum": ["active", "planned", "past"]}
SILENCE["required"] = [*SILENCE["required"], "state"]


class SilencePath(BaseModel):
    silence_id: str = Field(max_length=64)


@routes.get("/silences", responses=json_answer(an_object(silences=a_list(SILENCE))))
@requires("viewer")
def all_silences() -> Response:
    """Active, planned and past ones (`state`), newest first."""
    now_ms = SystemClock().now_ms()
    found = silences.load_all(services().redis)[1]
    return responses.json({"silences": [_shown(silence, now_ms) for silence in found]})


@routes.post("/silences", responses=json_answer(SILENCE, 201, "Created"))
@requires("operator")
def create(body: Silence) -> Response:
    """Make a silence; alerts it matches are told to nobody while it is active."""
    now_ms = SystemClock().now_ms()
    silence = body.model_copy(update={"author": caller().name, "created_at_ms": now_ms, "expiry_announced": False})
    silences.save(services().redis, silence, author=author())
    location = f"/api/enhanced-alerts/silences/{silence.id}"
    return responses.json(_shown(silence, now_ms), 201, {"Location": location})


@routes.post("/silence-preview", responses=json_answer(an_object(count=NUMBER, alerts=a_list(ALERT))))
@requires("viewer")
def preview(body: Silence) -> Response:
    """Which active alerts it would hold back, were it active now."""
    hidden = [alert for alert in records.active(services().redis) if body.matches(alert)]
    return responses.json({"count": len(hidden), "alerts": hidden[:100]})


@routes.get("/silences/<silence_id>", responses=json_answer(SILENCE))
@requires("viewer")
def one(path: SilencePath) -> Response:
    """One silence."""
    return responses.json(_shown(silences.get(services().redis, path.silence_id), SystemClock().now_ms()))


@routes.post("/silences/<silence_id>/expire", responses=json_answer(SILENCE))
@requires("operator")
def expire(path: SilencePath) -> Response:
    """End it now; what still fires is told then. It stays on the list of past ones."""
    now_ms = SystemClock().now_ms()
    return responses.json(_shown(silences.expire(services().redis, path.silence_id, now_ms, author=author()), now_ms))


def _shown(silence: Silence, now_ms: int) -> dict[str, object]:
    return {**silence.model_dump(mode="json"), "state": silence.state(now_ms)}
