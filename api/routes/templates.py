"""
Templates of messages, tried on an alert before a channel is configured with them.

The operation id is part of the API: clients are generated from it.
"""

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from msgspec import structs
from pydantic import BaseModel, ConfigDict, Field

from api.auth.guard import requires
from api.describe.shapes import ANYTHING, PROBLEMS, TEXT, an_object, json_answer, or_null
from api.web import responses
from api.web.services import services
from dispatchers import render, user_templates
from dispatchers.channel import Item
from shared.clock import SystemClock
from shared.model.alerts import Alert, Policy
from shared.store import alert_store

routes = APIBlueprint(
    "templates", __name__, url_prefix="/api/enhanced-alerts", abp_tags=[Tag(name="rules")], abp_responses=PROBLEMS
)
TRIED = an_object(title=TEXT, text=TEXT, html=TEXT, failure=or_null(TEXT), words=ANYTHING)


class TemplatePreview(BaseModel):
    """Templates, and optionally the alert to try them on; without one, an invented alert."""

    model_config = ConfigDict(extra="forbid", strict=True)

    title_template: str = Field("", max_length=1_000)
    body_template: str = Field("", max_length=4_000)
    alert_id: str | None = Field(None, max_length=64)


@routes.post("/templates/preview", operation_id="rules_preview_templates_preview_post", responses=json_answer(TRIED))
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
