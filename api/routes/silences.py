"""Silences: who shall not be told for a while, and what a silence would hide."""

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field

from api.auth.guard import author, caller, requires
from api.describe.shapes import ALERT, NUMBER, PROBLEMS, a_list, a_page, an_object, inlined, json_answer
from api.read import pages
from api.web import responses
from api.web.parameters import PageQuery
from api.web.services import services
from shared.clock import SystemClock
from shared.errors import Invalid
from shared.model import matchers, principals, reasons, silences
from shared.model.matchers import Matcher
from shared.model.silences import Silence
from shared.store import alert_store, silence_store

routes = APIBlueprint(
    "silences", __name__, url_prefix="/api/enhanced-alerts", abp_tags=[Tag(name="silences")], abp_responses=PROBLEMS
)
LATEST_MS = 253_402_300_799_999
"""The end of the year 9999."""
SILENCE = inlined(Silence.model_json_schema())
SILENCE["properties"]["author"] = {"type": "string", "description": "A name for people to read."}
SILENCE["properties"]["author_principal"] = {
    "type": "string",
    "description": "Exactly who, e.g. `user:kim`; empty if an earlier release made it.",
}
SILENCE["properties"]["state"] = {"type": "string", "enum": ["active", "planned", "past"]}
SILENCE["required"] = [*SILENCE["required"], "author", "author_principal", "state"]


class SilencePath(BaseModel):
    silence_id: str = Field(max_length=64)


class NewSilence(BaseModel):
    """
    A silence as a caller asks for it. Without `starts_at_ms` it begins now, by the server's clock; it ends at
    `ends_at_ms`, or `length_ms` after it begins.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    id: str | None = Field(None, pattern=r"^[a-z0-9-]{1,64}$", description="Generated if left out.")
    matchers: list[Matcher] = Field(min_length=1, max_length=20)
    starts_at_ms: int | None = Field(None, ge=0, le=LATEST_MS, description="Default: now.")
    ends_at_ms: int | None = Field(None, ge=0, le=LATEST_MS)
    length_ms: int | None = Field(
        None, gt=0, le=silences.MAX_RECURRING_MS, description="Length, instead of ends_at_ms."
    )
    comment: str = Field(min_length=1, max_length=1_000)
    cron: str | None = Field(None, max_length=100, description="Five fields, e.g. `0 2 * * 6`: Saturdays at two.")
    duration_minutes: float | None = Field(None, gt=0, le=silences.MAX_WINDOW_MINUTES)
    timezone: str = Field("UTC", max_length=64, description="Time zone of `cron`, e.g. Asia/Seoul.")
    everything: bool = Field(False, description="Confirms matchers that match nearly every alert.")
    author: str = Field("", max_length=128, description="Set by the API.")
    author_principal: str = Field("", max_length=400, description="Set by the API.")
    created_at_ms: int = Field(0, description="Set by the API.")
    expiry_announced: bool = Field(False, description="Set by the router.")

    def made(self, now_ms: int) -> Silence:
        """
        Raises:
            Invalid: naming every bad field.
        """
        if (self.ends_at_ms is None) == (self.length_ms is None):
            raise Invalid({"ends_at_ms": reasons.of("invalid.one_of_ends")}, "The silence")
        starts_at_ms = now_ms if self.starts_at_ms is None else self.starts_at_ms
        fields = self.model_dump(
            exclude={"length_ms", "everything", "expiry_announced", "author_principal"}, exclude_none=True
        )
        ends_at_ms = starts_at_ms + self.length_ms if self.length_ms is not None else self.ends_at_ms
        times = {"starts_at_ms": starts_at_ms, "ends_at_ms": ends_at_ms, "created_at_ms": now_ms}
        return silences.parse({**fields, **times, "author": principals.signed(caller().name, caller().principal)})


@routes.get("/silences", responses=json_answer(a_page(silences=a_list(SILENCE))))
@requires("viewer")
def all_silences(query: PageQuery) -> Response:
    """Silences: active, planned and past (`state`), newest first; by pages."""
    now_ms = SystemClock().now_ms()
    found = pages.page(silence_store.load_all(services().redis)[1], silence_store.place, query.cursor, query.limit)
    return responses.json(found.answer("silences", lambda silence: _shown(silence, now_ms)))


@routes.post("/silences", responses=json_answer(SILENCE, 201, "Created"))
@requires("operator")
def create(body: NewSilence) -> Response:
    """Create a silence; matching alerts notify no channel while it is active."""
    now_ms = SystemClock().now_ms()
    silence = silence_store.save(services().redis, _checked(body, now_ms), only_new=True, author=author())
    location = f"/api/enhanced-alerts/silences/{silence.id}"
    return responses.json(_shown(silence, now_ms), 201, {"Location": location})


@routes.put("/silences/<silence_id>", responses=json_answer(SILENCE))
@requires("operator")
def replace(path: SilencePath, body: NewSilence) -> Response:
    """Replace a silence by the body, e.g. to extend it. The id in the address applies."""
    now_ms = SystemClock().now_ms()
    silence = _checked(body.model_copy(update={"id": path.silence_id}), now_ms)
    return responses.json(
        _shown(silence_store.save(services().redis, silence, only_known=True, author=author()), now_ms)
    )


@routes.post("/silence-preview", responses=json_answer(an_object(count=NUMBER, alerts=a_list(ALERT))))
@requires("viewer")
def preview(body: NewSilence) -> Response:
    """The active alerts that a silence would match now."""
    silence = body.made(SystemClock().now_ms())
    hidden = [alert for alert in alert_store.active(services().redis) if silence.matches(alert)]
    return responses.json({"count": len(hidden), "alerts": hidden[:100]})


@routes.get("/silences/<silence_id>", responses=json_answer(SILENCE))
@requires("viewer")
def one(path: SilencePath) -> Response:
    """One silence."""
    return responses.json(_shown(silence_store.get(services().redis, path.silence_id), SystemClock().now_ms()))


@routes.post("/silences/<silence_id>/expire", responses=json_answer(SILENCE))
@requires("operator")
def expire(path: SilencePath) -> Response:
    """End a silence now; channels are notified of alerts that still fire. It stays listed as past."""
    now_ms = SystemClock().now_ms()
    return responses.json(
        _shown(silence_store.expire(services().redis, path.silence_id, now_ms, author=author()), now_ms)
    )


def _checked(body: NewSilence, now_ms: int) -> Silence:
    silence = body.made(now_ms)
    if wrong := matchers.problems(silence.matchers, everything=body.everything):
        raise Invalid(wrong, "The silence")
    return silence


def _shown(silence: Silence, now_ms: int) -> dict[str, object]:
    name, principal = principals.read_signed(silence.author)
    who = {"author": name, "author_principal": principal}
    return {**silence.model_dump(mode="json"), **who, "state": silence.state(now_ms)}
