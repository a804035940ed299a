"""`telegram`: a bot writes to a chat, and edits an alert's message when it is acknowledged or ends."""

import html
import re
from typing import Any

from pydantic import Field

from dispatchers import answers, http, truncate
from dispatchers.channel import DeliveryError, Limit, Notification, Receipt, Traits
from dispatchers.channel_config import BaseUrl, HttpConfig, SecretToken
from dispatchers.surroundings import Surroundings
from shared.model import reasons

# About one message a second and chat, twenty a minute and group (Telegram, "Bots FAQ"); exact figures are not given.
TRAITS = Traits(at_once=2_000, edits=True, limit=Limit(3_000, burst=5))
DESTINATIONS = ("api_url",)
MAX_CHARS = 4_096
"""Counted after the markup is taken out; in UTF-16 units, as entities are."""
MAX_TITLE_CHARS = 1_000
MAX_EDITED = 10
"""Of an alert's message and its reminders, the newest so many are kept up to date."""
OPEN = "Open 열기"
_MENTION = re.compile(r"(?<!\w)@(?=\w)")


class Config(HttpConfig):
    """A bot's token and a chat."""

    bot_token: SecretToken = Field(description="From @BotFather: 123456:ABC-DEF…")
    chat_id: str = Field(
        min_length=1, max_length=64, pattern=r"^(-?[0-9]+|@[A-Za-z0-9_]+)$", description="-100… or @channel."
    )
    message_thread_id: int | None = Field(None, description="A topic of a forum group.")
    api_url: BaseUrl = "https://api.telegram.org"


def send(notification: Notification, config: Any, around: Surroundings) -> Receipt:
    """
    Write to the chat, or edit the messages of the alert.

    Raises:
        DeliveryError: as Telegram's answers are judged.
    """
    item = notification.items[0]
    alone = len(notification.items) == 1
    words = {"text": message(notification), "parse_mode": "HTML", "link_preview_options": {"is_disabled": True}}
    chat, ids = _known(item.message_id, config)
    if alone and ids and item.news != "firing":
        edited = [_edit({"chat_id": chat, "message_id": int(one), **words}, config, around) for one in ids]
        if any(edited):
            changed = reasons.of("delivery.message_changed")
            return Receipt(answer=changed, message_ids={item.alert.id: item.message_id})
    new = {"chat_id": config.chat_id, **words}
    if config.message_thread_id is not None:
        new["message_thread_id"] = config.message_thread_id
    changes = {}
    try:
        written = _call("sendMessage", new, config, around)
    except _Moved as moved:
        # The group became a supergroup: its new id is kept for the next time.
        changes = {"chat_id": moved.to}
        try:
            written = _call("sendMessage", {**new, "chat_id": moved.to}, config, around)
        except _Moved:
            raise DeliveryError("retryable", reasons.of("delivery.chat_moves")) from None
    chat = changes.get("chat_id", config.chat_id)
    one = str(written["message_id"])
    # A reminder is a message of its own beside the earlier one: both are edited when the alert ends.
    ids = [*(ids if item.reminder and _known(item.message_id, config)[0] == chat else []), one][-MAX_EDITED:]
    return Receipt(
        answer=reasons.of("delivery.message_posted", message_id=one),
        message_ids={item.alert.id: f"{chat}:{','.join(ids)}"} if alone else {},
        changes=changes,
    )


def message(notification: Notification) -> str:
    """Return the message in Telegram's HTML."""
    title = truncate.cut(notification.title, MAX_TITLE_CHARS, _chars)
    left = MAX_CHARS - _chars(title) - truncate.utf16(OPEN) - 2
    body = truncate.cut(notification.body.strip(), left, _chars)
    link = f'<a href="{html.escape(notification.link)}">{OPEN}</a>'
    return f"<b>{escape(title)}</b>\n{escape(body)}\n{link}"


def escape(plain: str) -> str:
    """Escape Telegram's HTML, and part an `@` from the name after it: otherwise it mentions that person."""
    return html.escape(_MENTION.sub("@\u2060", plain))


def _chars(plain: str) -> int:
    return truncate.utf16(plain) + plain.count("@")


class _Moved(Exception):
    """The group became a supergroup, with another id."""

    def __init__(self, to: str) -> None:
        super().__init__(to)
        self.to = to


class _Gone(Exception):
    """The message to be edited is not there any more, or cannot be."""


def _known(message_id: str, config: Config) -> tuple[str, list[str]]:
    """Return the chat that has the messages about an alert, and their ids, which are valid only in that chat."""
    chat, _, ids = message_id.rpartition(":")
    return chat or config.chat_id, [one for one in ids.split(",") if one]


def _edit(edit: dict[str, Any], config: Config, around: Surroundings) -> bool:
    """Edit a message; returns False if that is not possible any more."""
    try:
        _call("editMessageText", edit, config, around)
    except (_Gone, _Moved):
        return False
    except DeliveryError as error:
        # The bot was removed from the chat with the earlier message; the chat configured now gets a new message.
        if error.verdict == "permanent" and error.cause != "message" and edit["chat_id"] != config.chat_id:
            return False
        raise
    return True


def _call(method: str, document: dict[str, Any], config: Config, around: Surroundings) -> dict[str, Any]:
    """Return the message written or edited."""
    url = f"{config.api_url}/bot{config.bot_token.get_secret_value()}/{method}"
    answer = http.post_json(url, around, document, judge=_judge)
    found = answer.json()
    if moved_to := _parameters(answer).get("migrate_to_chat_id"):
        raise _Moved(str(moved_to))
    if answer.status == 400 and NOT_MODIFIED not in found["description"]:
        raise _Gone
    written = found.get("result")
    return written if isinstance(written, dict) else {}


NOT_MODIFIED = "is not modified"
"""What an edit repeated after a crash hears."""
GONE = ("message to edit not found", "message can't be edited", "MESSAGE_ID_INVALID")
CHAT_TROUBLE = (
    *("chat not found", "not enough rights", "have no rights", "message thread not found", "TOPIC_CLOSED"),
    *("TOPIC_DELETED", "group chat was deactivated", "PEER_ID_INVALID", "CHAT_WRITE_FORBIDDEN"),
)
"""400s that any other message would get too."""


def _judge(host: str, answer: answers.Answer) -> DeliveryError | None:
    found = answer.json()
    said = str(found.get("description", ""))
    if answer.status == 400:
        if "migrate_to_chat_id" in _parameters(answer) or any(part in said for part in (NOT_MODIFIED, *GONE)):
            return None
        if any(part in said for part in CHAT_TROUBLE):
            return DeliveryError("permanent", reasons.of("delivery.refused", host=host, status=400, answer=said))
    if answer.status == 429:
        header = answers.seconds(answer.headers.get("Retry-After"))
        return answers.refused(host, said or answer.said(), _parameters(answer).get("retry_after", header))
    failure = answers.judge_status(host, answer)
    result = found.get("result")
    if failure is None and not (isinstance(result, dict) and isinstance(result.get("message_id"), int)):
        why = reasons.of(
            "delivery.unexpected_answer_text",
            host=host,
            status=answer.status,
            provider="Telegram",
            answer=answer.said(),
        )
        return DeliveryError("retryable", why)
    return failure


def _parameters(answer: answers.Answer) -> dict[str, Any]:
    found = answer.json().get("parameters")
    return found if isinstance(found, dict) else {}
