"""Undelivered notifications, Web Push subscriptions, and the delivery receipts of SMS providers."""

import base64
import hashlib
import hmac

from flask import Response, request
from flask_openapi3 import APIBlueprint, Tag
from pydantic import BaseModel, ConfigDict, Field

from api.auth.guard import caller, open_to_all, requires
from api.change import notifications
from api.describe.shapes import ANYTHING, NUMBER, PROBLEMS, TEXT, a_list, a_page, an_object, json_answer, or_null
from api.routes.channels import configured
from api.web import responses
from api.web.parameters import PageQuery
from api.web.services import services
from shared.clock import SystemClock
from shared.errors import Invalid
from shared.model import reasons
from shared.store import subscriptions
from shared.store.subscriptions import Subscription

routes = APIBlueprint(
    "notifications",
    __name__,
    url_prefix="/api/enhanced-alerts",
    abp_tags=[Tag(name="notifications")],
    abp_responses=PROBLEMS,
)

UNDELIVERED = an_object(
    channel=TEXT,
    alert_id=TEXT,
    rule_name=or_null(TEXT),
    plugin_name=or_null(TEXT),
    state=or_null(TEXT),
    at_ms=NUMBER,
    news=TEXT,
    attempts=NUMBER,
    reason=TEXT,
    reason_code=TEXT,
    reason_values=ANYTHING,
)


class DeadQuery(PageQuery):
    limit: int = Field(notifications.MAX_SHOWN, ge=1, le=notifications.MAX_SHOWN)
    channel: str | None = Field(None, max_length=64)


class RetryBody(BaseModel):
    """The undelivered notifications to send again: one, all of a channel, or all."""

    model_config = ConfigDict(extra="forbid", strict=True)

    channel: str | None = Field(None, max_length=64)
    alert_id: str | None = Field(None, max_length=64)


@routes.get("/notifications/dead", responses=json_answer(a_page(notifications=a_list(UNDELIVERED))))
@requires("viewer")
def dead(query: DeadQuery) -> Response:
    """Undelivered notifications by pages, newest first, each with its reason. Timelines list every attempt."""
    found = notifications.dead(services().redis, query.channel, query.cursor, query.limit)
    return responses.json(found.answer("notifications"))


@routes.post("/notifications/retry", responses=json_answer(an_object(retried=NUMBER)))
@requires("operator")
def retry(body: RetryBody) -> Response:
    """Send undelivered notifications again."""
    redis, by, principal = services().redis, caller().name, caller().principal
    if body.alert_id is None:
        return responses.json({"retried": notifications.retry_all(redis, body.channel, by, principal)})
    if body.channel is None:
        return responses.problem(
            422,
            reasons.of("http.channel_missing"),
            fields={"channel": reasons.of("invalid.needed_beside", field="alert_id")},
        )
    notifications.retry(redis, body.channel, body.alert_id, by, principal)
    return responses.json({"retried": 1})


@routes.get("/push/key", responses=json_answer(an_object(key={"type": "string"})))
@requires("viewer")
def push_key() -> Response:
    """The key a browser subscribes with (`applicationServerKey`)."""
    return responses.json({"key": subscriptions.public_key(services().redis)})


@routes.post("/push/subscriptions", responses=json_answer(an_object(id={"type": "string"}), 201, "Subscribed"))
@requires("viewer")
def subscribe(body: Subscription) -> Response:
    """Subscribe this browser to Web Push; the body is its `PushSubscription.toJSON()`. Repeating it is no error."""
    if wrong := subscriptions.why_not_outside(body.endpoint):
        raise Invalid({"endpoint": wrong}, "The subscription")
    owner = {"user": caller().name[:128], "owner": caller().principal}
    subscription = body.model_copy(update={**owner, "created_at_ms": SystemClock().now_ms()})
    return responses.json({"id": subscriptions.save(services().redis, subscription)}, 201)


class SubscriptionPath(BaseModel):
    subscription_id: str = Field(max_length=64)


@routes.delete("/push/subscriptions/<subscription_id>", responses={"204": {"description": "Removed, if it was there"}})
@requires("viewer")
def unsubscribe(path: SubscriptionPath) -> Response:
    """End the Web Push subscription of one of the caller's browsers."""
    subscriptions.delete(services().redis, path.subscription_id, owner=caller().principal)
    return Response(status=204)


class CallbackPath(BaseModel):
    channel_name: str = Field(max_length=64)


@routes.post("/callbacks/twilio/<channel_name>", responses={"204": {"description": "Noted"}})
@open_to_all
def twilio(path: CallbackPath) -> Response:
    """Twilio's delivery receipt; Twilio's signature authenticates it."""
    config = configured(path.channel_name)
    secret = getattr(config, "auth_token", None) if getattr(config, "provider", "") == "twilio" else None
    token = secret.get_secret_value() if secret else ""
    url = f"{services().settings.effective_public_url}{request.path}"
    if not token or not _is_twilios(token, url, request.form.to_dict()):
        return responses.problem(403, reasons.of("http.not_twilios"))
    status = {"delivered": "delivered", "undelivered": "undelivered", "failed": "undelivered"}.get(
        request.form.get("MessageStatus", "")
    )
    if status:
        number = request.form.get("To", "")
        code = request.form.get("ErrorCode", "")
        values = {"recipient": f"…{number[-4:]}", "status": request.form["MessageStatus"]}
        why = reasons.of("delivery.receipt", **values)
        if code:
            why = reasons.of("delivery.receipt_error", error=code, **values)
        notifications.note_receipt(services().redis, request.form.get("MessageSid", ""), status, number, why)
    return Response(status=204)


def _is_twilios(token: str, url: str, form: dict[str, str]) -> bool:
    """Check X-Twilio-Signature: the HMAC-SHA1 of the address and the sorted fields (Twilio, "Security")."""
    signed = url + "".join(f"{name}{form[name]}" for name in sorted(form))
    expected = base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()
    return hmac.compare_digest(expected, request.headers.get("X-Twilio-Signature", ""))
