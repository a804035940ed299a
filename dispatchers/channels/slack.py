"""
`slack`: an incoming webhook or a bot token. With a token, later changes update the first message of an alert, and
appear in its thread.
"""

import json
from typing import Any

from pydantic import Field, model_validator

from dispatchers import answers, http, render, truncate
from dispatchers.channel import DeliveryError, Limit, Notification, Receipt, Traits
from dispatchers.channel_config import BaseUrl, HttpConfig, SecretToken, SecretUrl
from dispatchers.surroundings import Surroundings
from shared.model import reasons
from shared.model.reasons import Reason

# One message a second and channel, short bursts allowed (Slack, "Rate limits").
TRAITS = Traits(at_once=2_000, edits=True, limit=Limit(1_000, burst=3))
DESTINATIONS = ("api_url",)
REPEATED = "(repeat? 중복?) "
MAX_TITLE_CHARS = 1_000
MAX_BODY_CHARS = 2_900
"""A section's text may have 3,000."""
RETRY_ERRORS = frozenset(("service_unavailable", "request_timeout", "team_added_to_org"))
DOUBTFUL_ERRORS = frozenset(("fatal_error", "internal_error"))
"""Something failed in the middle: the message may stand there all the same."""
PACE_ERRORS = frozenset(("ratelimited", "rate_limited", "message_limit_exceeded"))
GONE_ERRORS = frozenset(("message_not_found", "cant_update_message", "edit_window_closed"))
MESSAGE_ERRORS = ("invalid_blocks", "msg_too_long", "msg_blocks_too_long", "no_text", "too_many_attachments")


class Config(HttpConfig):
    """A webhook's address, or a bot's token and the channel it writes to."""

    webhook_url: SecretUrl | None = Field(None, description="https://hooks.slack.com/services/…")
    bot_token: SecretToken | None = Field(None, description="xoxb-…, with the scope chat:write.")
    channel: str = Field("", max_length=100, description="With a bot token: the channel's id or #name.")
    api_url: BaseUrl = "https://slack.com/api"

    @model_validator(mode="after")
    def _one_way(self) -> "Config":
        if (self.webhook_url is None) == (self.bot_token is None):
            raise ValueError(reasons.of("invalid.slack_choice"))
        if self.bot_token is not None and not self.channel:
            raise ValueError(reasons.of("invalid.slack_channel"))
        return self


def send(notification: Notification, config: Any, around: Surroundings) -> Receipt:
    """
    Post the notification, or update the message of its alert and reply in its thread.

    Raises:
        DeliveryError: as Slack's documents judge its errors.
    """
    if config.webhook_url is not None:
        url = config.webhook_url.get_secret_value()
        answer = http.post_json(url, around, message(notification), judge=_judge_webhook)
        return Receipt(answer=f"{answer.status} {answer.said()}")
    item = notification.items[0]
    known = item.message_id if len(notification.items) == 1 else ""
    if known and (item.news != "firing" or item.reminder):
        channel_id, _, ts = known.partition(":")
        try:
            _call("chat.update", {"channel": channel_id, "ts": ts, **message(notification)}, config, around)
        except _Gone:
            known = ""
        else:
            answered = _say_in_thread(channel_id, ts, notification, config, around)
            return Receipt(answer=answered, message_ids={item.alert.id: known})
    posted = _call("chat.postMessage", {"channel": config.channel, **message(notification)}, config, around)
    ids = {item.alert.id: f"{posted['channel']}:{posted['ts']}"} if len(notification.items) == 1 else {}
    return Receipt(answer=reasons.of("delivery.posted_to", place=str(posted["channel"])), message_ids=ids)


def _say_in_thread(
    channel_id: str, ts: str, notification: Notification, config: Config, around: Surroundings
) -> Reason:
    mark = REPEATED if any(item.repeated for item in notification.items) else ""
    title = mark + truncate.cut(notification.title, MAX_TITLE_CHARS, _escaped_chars)
    reply = {"channel": channel_id, "thread_ts": ts, "text": escape(title), "mrkdwn": False}
    try:
        _call("chat.postMessage", reply, config, around)
    except DeliveryError as error:
        if error.verdict != "permanent":
            raise
        # The message itself says it already; that its thread is closed must not make it untold.
        return reasons.of("delivery.changed_without_thread", because=error.why)
    return reasons.of("delivery.changed_in_thread")


def message(notification: Notification) -> dict[str, Any]:
    """Return the message; whatever people wrote in it is plain text, and mentions nobody."""
    title = truncate.cut(notification.title, MAX_TITLE_CHARS, _escaped_chars)
    body = truncate.cut(notification.body.strip(), MAX_BODY_CHARS - len(notification.link), _escaped_chars)
    link = {"type": "section", "text": {"type": "mrkdwn", "text": f"<{escape(notification.link)}|Open 열기>"}}
    return {
        # Shown where blocks are not, e.g. in a phone's notification.
        "text": escape(title),
        "mrkdwn": False,
        "blocks": [_plain(title)],
        "attachments": [{"color": render.colour(notification), "blocks": [_plain(body), link]}],
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _plain(words: str) -> dict[str, Any]:
    """Return a block of text that knows no markup: `*`, `_` and the like in a name stay what they are."""
    return {"type": "section", "text": {"type": "plain_text", "text": escape(words), "emoji": False}}


def escape(plain: str) -> str:
    """Escape Slack's three control characters, which also form links and mentions."""
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _escaped_chars(plain: str) -> int:
    return truncate.utf16(escape(plain))


class _Gone(Exception):
    """The message to be updated is not there any more, or cannot be."""


def _call(method: str, document: dict[str, Any], config: Config, around: Surroundings) -> dict[str, Any]:
    assert config.bot_token is not None
    headers = {"Authorization": f"Bearer {config.bot_token.get_secret_value()}"}
    answer = http.post_json(f"{config.api_url}/{method}", around, document, headers=headers, judge=_judge)
    found = answer.json()
    if not found.get("ok"):
        raise _Gone
    return found


def _judge_webhook(host: str, answer: answers.Answer) -> DeliveryError | None:
    if answer.status == 429:
        header = answers.seconds(answer.headers.get("Retry-After"))
        return answers.refused(host, answer.said(), answer.json().get("retry_after") if header is None else header)
    failure = answers.judge_status(host, answer)
    if failure is not None and "user_not_found" in answer.body:
        failure.cause = "destination"
    return failure


def _judge(host: str, answer: answers.Answer) -> DeliveryError | None:
    """The Web API says in the body what went wrong, with status 200."""
    failure = answers.judge_status(host, answer)
    if failure is not None:
        return failure
    found = answer.json()
    error = str(found.get("error", "")) if found else "no_json"
    if found.get("ok") is True or error in GONE_ERRORS:
        return None
    said = error
    if detail := found.get("response_metadata"):
        said += f" {json.dumps(detail, ensure_ascii=False)[:200]}"
    reason = reasons.of("delivery.status", host=host, status=said)
    if error in PACE_ERRORS:
        return answers.refused(host, error, answers.seconds(answer.headers.get("Retry-After")))
    if error in DOUBTFUL_ERRORS:
        return DeliveryError("uncertain", reason)
    if error in RETRY_ERRORS or not found:
        return DeliveryError("retryable", reason)
    return DeliveryError("permanent", reason, cause="message" if error.startswith(MESSAGE_ERRORS) else "destination")
