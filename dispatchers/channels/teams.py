"""
`teams`: an Adaptive Card to a Workflows webhook.

Accepted is not delivered: the flow answers first, and may fail on a card that is too large only afterwards. So cards
keep well below the documented 28 KB.
"""

from typing import Any

from pydantic import Field

from dispatchers import http, truncate
from dispatchers.channel import Limit, Notification, Receipt, Traits
from dispatchers.channel_config import HttpConfig, SecretUrl
from dispatchers.surroundings import Surroundings
from shared.model import reasons
from shared.model.encoding import encode

# More than four a second are throttled (figure of the connectors' days).
TRAITS = Traits(at_once=2_000, limit=Limit(500, burst=2))
BUDGET_BYTES = 20_000
"""Of the whole request; the limit is measured after an expansion of about a fifth."""
MAX_TITLE_BYTES = 2_000
MAX_LINE_BYTES = 4_000
CONTENT_TYPE = "application/vnd.microsoft.card.adaptive"


class Config(HttpConfig):
    """The address of a flow "When a Teams webhook request is received"."""

    webhook_url: SecretUrl = Field(description="Its signature is part of it: keep it secret.")


def send(notification: Notification, config: Any, around: Surroundings) -> Receipt:
    """
    Post the card.

    Raises:
        DeliveryError: as judged by status.
    """
    answer = http.post_json(config.webhook_url.get_secret_value(), around, card(notification))
    taken = reasons.of("delivery.flow_accepted", status=answer.status)
    if said := answer.said():
        taken = reasons.of("delivery.flow_answered", status=answer.status, answer=said)
    return Receipt(answer=taken)


def card(notification: Notification) -> dict[str, Any]:
    """Return the request. Texts are runs, which know no markup: whatever people wrote stays text."""
    is_over = all(item.news == "resolved" for item in notification.items)
    title = truncate.cut(notification.title, MAX_TITLE_BYTES, truncate.utf8)
    body: list[dict[str, Any]] = [
        _line(title, weight="Bolder", size="Medium", color="Good" if is_over else "Attention")
    ]
    lines = [
        truncate.cut(line, MAX_LINE_BYTES, truncate.utf8) for line in notification.body.splitlines() if line.strip()
    ]
    left = BUDGET_BYTES - len(encode(_request(body, notification.link))) - len(encode(_line("…"))) - 1
    for line in lines:
        block = _line(line)
        left -= len(encode(block)) + 1
        if left < 0:
            body.append(_line(truncate.ELLIPSIS))
            break
        body.append(block)
    return _request(body, notification.link)


def _line(words: str, **style: str) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": words, **style}]}


def _request(body: list[dict[str, Any]], link: str) -> dict[str, Any]:
    content = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.2",
        "body": body,
        "actions": [{"type": "Action.OpenUrl", "title": "Open 열기", "url": link}] if truncate.is_link(link) else [],
        "msteams": {"width": "full"},
    }
    attachment = {"contentType": CONTENT_TYPE, "contentUrl": None, "content": content}
    return {"type": "message", "attachments": [attachment]}
