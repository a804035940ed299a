"""
`sms`: Twilio, or any gateway that takes an HTTP request (Korean ones included: docs/channels.md).

No gateway knows an idempotency key, so an attempt without an answer is repeated with a word that it may be a repeat.
"""

import base64
import string
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from pydantic import Field, SecretStr, field_validator, model_validator

from dispatchers import answers, http, ledger, recipients, truncate
from dispatchers.channel import DeliveryError, Limit, Notification, Receipt, Traits
from dispatchers.channel_config import BaseUrl, HttpConfig, SecretUrl
from dispatchers.surroundings import Surroundings
from shared.model import reasons
from shared.model.encoding import encode
from shared.store import due_groups

# A long number sends one segment a second (Twilio); a gateway's own limit is set by max_per_minute.
TRAITS = Traits(tells=frozenset(("firing", "resolved")), at_once=2_000, limit=Limit(1_000, burst=5))
DESTINATIONS = ("provider", "api_url", "url")
MAX_BODY_CHARS = 1_600
"""Twilio's; longer than any number of segments allowed here."""
REPEATED = "(repeat? 중복?) "
WORDS = ("to", "text", "from", "api_key", "user")
PhoneNumber = Annotated[str, Field(pattern=r"^\+?[0-9]{5,20}$")]


class Config(HttpConfig):
    """Who sends, by which gateway, to which numbers."""

    provider: Literal["twilio", "http"] = "twilio"
    to_numbers: list[PhoneNumber] = Field(min_length=1, max_length=50, description="e.g. +821012345678")
    from_number: str = Field("", max_length=20, description="A number, or a sender's name where that is allowed.")
    max_segments: int = Field(3, ge=1, le=10, description="Longer texts are cut; each segment costs.")
    account_sid: str = Field("", max_length=64, pattern=r"^[A-Za-z0-9]*$", description="Twilio.")
    auth_token: SecretStr = Field(SecretStr(""), description="Twilio.")
    messaging_service_sid: str = Field("", max_length=64, description="Twilio, instead of from_number.")
    status_callbacks: bool = Field(
        True, description="Twilio: ask for delivery receipts; needs a PUBLIC_URL with https."
    )
    api_url: BaseUrl = "https://api.twilio.com"
    url: SecretUrl | None = Field(None, description="The gateway's address.")
    content: Literal["form", "json"] = Field("form", description="How the gateway wants its fields.")
    fields: dict[str, Any] = Field(
        default_factory=dict,
        max_length=30,
        description="The gateway's fields; $to, $text, $from, $api_key and $user are filled in. JSON may be nested.",
    )
    headers: dict[str, str] = Field(
        default_factory=dict,
        max_length=20,
        description="Filled in likewise; keep keys in api_key, for these are shown.",
    )
    user: str = Field("", max_length=200)
    api_key: SecretStr = SecretStr("")
    success_field: str = Field("", max_length=100, description="Where the answer says it was taken, e.g. header.code.")
    success_values: list[str] = Field(default_factory=list, max_length=20, description="What it says then.")
    retry_values: list[str] = Field(
        default_factory=list,
        max_length=50,
        description="What it says when it shall be tried again, e.g. when it is busy.",
    )

    @field_validator("fields", "headers")
    @classmethod
    def _known_words(cls, fields: dict[str, Any]) -> dict[str, Any]:
        for name, value in fields.items():
            for pattern in _texts(value):
                template = string.Template(pattern)
                unknown = [word for word in template.get_identifiers() if word not in WORDS]
                if not template.is_valid() or unknown:
                    raise ValueError(reasons.of("invalid.sms_words", name=name, words=[f"${word}" for word in WORDS]))
        return fields

    @model_validator(mode="after")
    def _complete(self) -> "Config":
        if self.provider == "twilio":
            if not (self.account_sid and self.auth_token.get_secret_value()):
                raise ValueError(reasons.of("invalid.twilio_account"))
            if bool(self.from_number) == bool(self.messaging_service_sid):
                raise ValueError(reasons.of("invalid.twilio_sender"))
        elif self.url is None or not any("$text" in pattern for pattern in _texts(self.fields)):
            raise ValueError(reasons.of("invalid.sms_gateway"))
        elif self.content == "form" and not all(isinstance(value, str) for value in self.fields.values()):
            raise ValueError(reasons.of("invalid.sms_form"))
        return self


def _texts(value: Any) -> Iterator[str]:
    """Yield every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)


def _filled(value: Any, words: Mapping[str, str]) -> Any:
    """Return a JSON value with the words filled into its texts."""
    if isinstance(value, str):
        return string.Template(value).substitute(words)
    if isinstance(value, dict):
        return {name: _filled(one, words) for name, one in value.items()}
    return [_filled(one, words) for one in value] if isinstance(value, list) else value


def send(notification: Notification, config: Any, around: Surroundings) -> Receipt:
    """
    Send one message a number.

    Raises:
        DeliveryError: the first trouble with any number; those who have the message are not sent it again.
    """
    call = _twilio if config.provider == "twilio" else _gateway
    round_ = recipients.Round(around.redis, notification, config.to_numbers)
    for number, part in round_:
        try:
            round_.had([number], part, call(write(part, config.max_segments), number, part, config, around))
        except DeliveryError as error:
            # A bad number must not keep the message from the next one; trouble with the gateway itself would.
            (round_.refused if error.cause == "message" else round_.stop)([number], part, error)
    return round_.outcome()


def write(notification: Notification, max_segments: int) -> str:
    """Return the text: what and where, why and how long, and the link, which is never cut."""
    lines = [notification.title, notification.summary] if notification.summary else [notification.title]
    said = (REPEATED if any(i.repeated for i in notification.items) else "") + "\n".join(lines)
    whole = f"{said}\n{notification.link}"
    if truncate.sms_segments(whole) <= max_segments and len(whole) <= MAX_BODY_CHARS:
        return whole
    room = (70 if max_segments == 1 else 67 * max_segments) - truncate.utf16(notification.link) - 1
    if room < 20:
        return truncate.cut_to_segments(said, max_segments)
    return f"{truncate.cut(said, room, truncate.utf16)}\n{notification.link}"


def _twilio(body: str, number: str, part: Notification, config: Config, around: Surroundings) -> str:
    fields = {"To": number, "Body": body}
    if config.messaging_service_sid:
        fields["MessagingServiceSid"] = config.messaging_service_sid
    else:
        fields["From"] = config.from_number
    if config.status_callbacks and around.public_url.startswith("https://"):
        fields["StatusCallback"] = f"{around.public_url}/api/enhanced-alerts/callbacks/twilio/{part.channel}"
    key = base64.b64encode(f"{config.account_sid}:{config.auth_token.get_secret_value()}".encode()).decode()
    answer = http.request(
        "POST",
        f"{config.api_url}/2010-04-01/Accounts/{config.account_sid}/Messages.json",
        around,
        body=urlencode(fields).encode(),
        headers={"Content-Type": "application/x-www-form-urlencoded", "Authorization": f"Basic {key}"},
        judge=_judge_twilio,
    )
    found = answer.json()
    sid = str(found.get("sid", ""))
    if sid and not part.test:
        told = [(item.alert.id, ledger.attempted(item.alert, item.news)) for item in part.items]
        due_groups.expect_receipt(around.redis, sid, due_groups.ExpectedReceipt(part.channel, told))
    return f"{_masked(number)} {found.get('status', 'accepted')} {sid}".strip()


NUMBER_CODES = frozenset((14103, 21211, 21408, 21608, 21610, 21612, 21614, 21617))
"""Codes that concern this number or text alone: e.g. not a number, has sent STOP, not a mobile, not allowed there."""
PACE_CODES = frozenset((20429, 21611))
"""Too many requests ("never processed and always safe to retry"), or the sender's queue is full (error 21611)."""
QUEUE_FULL_S = 60


def _judge_twilio(host: str, answer: answers.Answer) -> DeliveryError | None:
    found = answer.json()
    code = found.get("code")
    failure = answers.judge_status(host, answer)
    if failure is None or not code:
        return failure
    said = f"{code} {found.get('message', '')}"[:300]
    reason = reasons.of("delivery.refused", host=host, status=answer.status, answer=said)
    if code in PACE_CODES or answer.status == 429:
        wait_s = answers.seconds(answer.headers.get("Retry-After"))
        return answers.refused(host, reason, QUEUE_FULL_S if code == 21611 and wait_s is None else wait_s)
    if failure.verdict == "permanent":
        return DeliveryError("permanent", reason, cause="message" if code in NUMBER_CODES else "destination")
    return failure


def _gateway(body: str, number: str, part: Notification, config: Config, around: Surroundings) -> str:
    assert config.url is not None
    words = {
        "to": number,
        "text": body,
        "from": config.from_number,
        "user": config.user,
        "api_key": config.api_key.get_secret_value(),
    }
    fields, headers = _filled(config.fields, words), _filled(config.headers, words)
    is_form = config.content == "form"
    kind = "application/x-www-form-urlencoded" if is_form else "application/json; charset=utf-8"

    def judge(host: str, answer: answers.Answer) -> DeliveryError | None:
        failure = answers.judge_status(host, answer)
        if failure is not None or not config.success_field:
            return failure
        said = _look_up(answer.json(), config.success_field)
        if said in config.success_values:
            return None
        code = "delivery.field_refused" if said else "delivery.field_missing"
        reason = reasons.of(code, host=host, field=config.success_field, value_now=said, answer=answer.said())
        if said in config.retry_values:
            return DeliveryError("retryable", reason)
        return DeliveryError("permanent", reason, cause="message")

    answer = http.request(
        "POST",
        config.url.get_secret_value(),
        around,
        body=urlencode(fields).encode() if is_form else encode(fields),
        headers={"Content-Type": kind, **headers},
        judge=judge,
    )
    return f"{_masked(number)} {answer.status} {answer.said()[:100]}"


def _look_up(document: Mapping[str, Any], path: str) -> str:
    found: Any = document
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    # As JSON writes it, so that a gateway's `true` and `1` are written as in its documents.
    return found if isinstance(found, str) else "" if found is None else encode(found).decode()


def _masked(number: str) -> str:
    """Return a number fit for a timeline that many people read."""
    return f"…{number[-4:]}"
