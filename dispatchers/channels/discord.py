"""`discord`: a webhook. The message of an alert is edited when the alert is acknowledged or ends. Mentions nobody."""

import re
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from pydantic import Field

from dispatchers import answers, http, render, truncate
from dispatchers.channel import DeliveryError, Limit, Notification, Receipt, Traits
from dispatchers.channel_config import HttpConfig, SecretUrl
from dispatchers.surroundings import Surroundings
from shared.model import reasons
from shared.model.encoding import encode

# Discord states the limit of a webhook in each answer, and asks clients not to assume one; this is the first guess.
TRAITS = Traits(at_once=2_000, edits=True, limit=Limit(500, burst=5))
MAX_TITLE_CHARS = 256
MAX_DESCRIPTION_CHARS = 4_096
MAX_EDITED = 10
"""How many messages of one alert (the first one and its reminders) are kept up to date: the newest ones."""
UNKNOWN_MESSAGE = 10_008
"""Discord's error code for a message that was deleted; a new message is posted instead."""
_MARKUP = re.compile(r"([\\*_~`|<>\[\]#])")
_LIST = re.compile(r"(?m)^(\s*\d*)([-+.])(?=\s)")
"""The beginning of a line that Discord would show as an item of a list."""
_ADDRESS = re.compile(r"(https?://[^\s*~`|<>\[\]\\]+)")
"""Web addresses, in which Discord reads no markup."""


class Config(HttpConfig):
    """The address of a webhook, and the thread to post in."""

    webhook_url: SecretUrl = Field(description="https://discord.com/api/webhooks/…")
    thread_id: str = Field("", max_length=30, pattern=r"^[0-9]*$")


def send(notification: Notification, config: Any, around: Surroundings) -> Receipt:
    """
    Post to the webhook, or edit the message of the alert.

    Raises:
        DeliveryError: classified by status; on 429 with the wait that Discord states.
    """
    item = notification.items[0]
    alone = len(notification.items) == 1
    base = config.webhook_url.get_secret_value()
    thread = f"thread_id={config.thread_id}" if config.thread_id else ""
    body = encode(message(notification))
    ids = [message_id for message_id in item.message_id.split(",") if message_id]
    if alone and ids and item.news != "firing":
        addresses = [_address(base, f"/messages/{message_id}", thread) for message_id in ids]
        answers = [_call("PATCH", address, body, around) for address in addresses]
        if any(answer.status != 404 for answer in answers):
            return Receipt(
                reasons.of("delivery.message_changed"), {item.alert.id: item.message_id}, max(map(_pause_ms, answers))
            )
    answer = _call("POST", _address(base, "", f"wait=true&{thread}".rstrip("&")), body, around, is_new=True)
    new_id = str(answer.json().get("id", ""))
    # The earlier messages stay visible beside a reminder, so all of them are edited when the alert ends.
    ids = [*(ids if item.reminder else []), new_id][-MAX_EDITED:]
    posted = reasons.of("delivery.message_posted", message_id=new_id)
    return Receipt(posted, {item.alert.id: ",".join(ids)} if alone and new_id else {}, _pause_ms(answer))


def message(notification: Notification) -> dict[str, Any]:
    """Return the body of the request: one embed, whose title links to the alert."""
    embed: dict[str, Any] = {
        "title": escape(truncate.cut(notification.title, MAX_TITLE_CHARS, _escaped_chars)),
        "description": escape(truncate.cut(notification.body.strip(), MAX_DESCRIPTION_CHARS, _escaped_chars)),
        "color": int(render.colour(notification).removeprefix("#"), 16),
    }
    if truncate.is_link(notification.link, with_dot=True):
        # Discord refuses the whole message if it does not accept the link, e.g. to http://localhost.
        embed["url"] = notification.link
    return {"embeds": [embed], "allowed_mentions": {"parse": []}}


def escape(plain: str) -> str:
    """Escape Discord's markup, except in web addresses, where Discord reads none."""
    parts = _ADDRESS.split(plain)
    escaped = "".join(part if n % 2 else _MARKUP.sub(r"\\\1", part) for n, part in enumerate(parts))
    return _LIST.sub(r"\1\\\2", escaped)


def _escaped_chars(plain: str) -> int:
    # Counts addresses as if they were escaped too: an upper bound, for a single character and for a whole text.
    return truncate.utf16(plain) + len(_MARKUP.findall(plain)) + sum(map(plain.count, "-+."))


def _call(method: str, url: str, body: bytes, around: Surroundings, *, is_new: bool = False) -> answers.Answer:
    def judge(host: str, answer: answers.Answer) -> DeliveryError | None:
        document = answer.json()
        if answer.status == 404 and not is_new and document.get("code") == UNKNOWN_MESSAGE:
            return None
        if answer.status == 404:
            why = reasons.of("delivery.refused", host=host, status=404, answer=answer.said())
            return DeliveryError("permanent", why, cause="gone")
        if answer.status == 429:
            header = answers.seconds(answer.headers.get("Retry-After"))
            return answers.refused(host, answer.said(), document.get("retry_after", header))
        failure = answers.judge_status(host, answer)
        if failure is None and is_new and not document.get("id"):
            why = reasons.of("delivery.unexpected_answer", host=host, status=answer.status, provider="Discord")
            return DeliveryError("retryable", why)
        return failure

    return http.request(method, url, around, body=body, headers={"Content-Type": "application/json"}, judge=judge)


def _pause_ms(answer: answers.Answer) -> int:
    if answer.headers.get("X-RateLimit-Remaining") != "0":
        return 0
    return int((answers.seconds(answer.headers.get("X-RateLimit-Reset-After")) or 0) * 1000)


def _address(base: str, path: str, query: str) -> str:
    parts = urlsplit(base)
    return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/") + path, query, ""))
