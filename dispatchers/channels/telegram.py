"""`telegram`: a bot writes to a chat, and edits an alert's message when it is acknowledged or ends."""

import html
from typing import Any

from pydantic import Field, SecretStr

from dispatchers import http, text
from dispatchers.channel import (
    BaseUrl,
    ChannelConfig,
    DeliveryError,
    Limit,
    Notification,
    Receipt,
    Surroundings,
    Traits,
)

# About one message a second and chat, twenty a minute and group (Telegram, "Bots FAQ"); exact figures are not given.
TRAITS = Traits(at_once=2_000, edits=True, limit=Limit(3_000, burst=5))
MAX_CHARS = 4_096
"""Counted after the markup is taken out; in UTF-16 units, as entities are."""
MAX_TITLE_CHARS = 1_000
OPEN = "Open 열기"


class Config(ChannelConfig):
    """A bot's token and a chat."""

    bot_token: SecretStr = Field(description="From @BotFather: 123456:ABC-DEF…")
    chat_id: str = Field(min_length=1, max_length=64, pattern=r"^(-?\d+|@\w+)$", description="-100… or @channel.")
    message_thread_id: int | None = Field(None, description="A topic of a forum group.")
    api_url: BaseUrl = "https://api.telegram.org"


def send(notification: Notification, config: Any, around: Surroundings) -> Receipt:
    """
    Write to the chat, or edit the message of the alert.

    Raises:
        DeliveryError: as Telegram's answers are judged.
    """
    item = notification.items[0]
    alone = len(notification.items) == 1
    words = {"text": message(notification), "parse_mode": "HTML", "link_preview_options": {"is_disabled": True}}
    if alone and item.message_id and item.news != "firing":
        edit = {"chat_id": config.chat_id, "message_id": int(item.message_id), **words}
        answer = _call("editMessageText", edit, config, around)
        if "message to edit not found" not in answer and "message can't be edited" not in answer:
            return Receipt(answer="edited", message_ids={item.alert.id: item.message_id})
    new = {"chat_id": config.chat_id, **words}
    if config.message_thread_id is not None:
        new["message_thread_id"] = config.message_thread_id
    found: Any = _call("sendMessage", new, config, around)
    changes = {}
    if isinstance(found, str):
        # The group became a supergroup: its new id is kept for the next time.
        changes = {"chat_id": found}
        found = _call("sendMessage", {**new, "chat_id": found}, config, around)
    message_id = str(found["message_id"])
    return Receipt(
        answer=f"message {message_id}", message_ids={item.alert.id: message_id} if alone else {}, changes=changes
    )


def message(notification: Notification) -> str:
    """Return the message in Telegram's HTML."""
    title = text.cut(notification.title, MAX_TITLE_CHARS, text.utf16)
    left = MAX_CHARS - text.utf16(title) - text.utf16(OPEN) - 2
    body = text.cut(notification.body.strip(), left, text.utf16)
    link = f'<a href="{html.escape(notification.link)}">{OPEN}</a>'
    return f"<b>{html.escape(title)}</b>\n{html.escape(body)}\n{link}"


def _call(method: str, document: dict[str, Any], config: Config, around: Surroundings) -> Any:
    """Return the result; a chat's new id, or why an edit was not made, as a text."""
    url = f"{config.api_url}/bot{config.bot_token.get_secret_value()}/{method}"
    answer = http.post_json(url, around, document, judge=_judge)
    found = answer.json()
    if found.get("ok"):
        return found["result"]
    moved_to = _parameters(answer).get("migrate_to_chat_id")
    return str(moved_to) if moved_to else str(found.get("description", ""))


def _judge(host: str, answer: http.Answer) -> DeliveryError | None:
    found = answer.json()
    said = str(found.get("description", ""))
    if answer.status == 400:
        # `is not modified` is what an edit repeated after a crash hears.
        harmless = ("is not modified", "message to edit not found", "message can't be edited")
        if "migrate_to_chat_id" in _parameters(answer) or any(part in said for part in harmless):
            return None
        if "chat not found" in said:
            return DeliveryError("permanent", f"{host} answered 400: {said}")
    if answer.status == 429:
        return http.refused(host, said, _parameters(answer).get("retry_after"))
    return http.judge_status(host, answer)


def _parameters(answer: http.Answer) -> dict[str, Any]:
    found = answer.json().get("parameters")
    return found if isinstance(found, dict) else {}
