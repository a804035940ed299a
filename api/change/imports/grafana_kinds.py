"""Integrations of Grafana's contact points as configurations of channels: one function a kind."""

from collections.abc import Callable, Mapping

from api.change.imports import kinds
from api.change.imports.kinds import MASKED, Fields, NoSecret, addresses
from api.change.imports.report import Section
from shared.model import reasons


def _secret(part: Section, name: str, *, needed: bool = True) -> str:
    text = part.text(name)
    if text in MASKED:
        raise NoSecret(part.line_of(name), reasons.of("import.masked_export", field=name))
    if not text and needed:
        raise NoSecret(part.line, reasons.of("import.secret_missing", field=name))
    return text


def _template(part: Section, name: str) -> str:
    return kinds.template(part, name, {})


def email(part: Section) -> Fields:
    """The addresses alone: the mail server stands in Grafana's own settings."""
    found = addresses(part.text("addresses"))
    part.skip("singleEmail", "subject", "message")
    raise NoSecret(part.line, reasons.of("import.no_mail_server", addresses=found[:20] or ["-"]))


def slack(part: Section) -> Fields:
    """The address of a webhook, or a bot's token."""
    texts: Fields = {"title_template": _template(part, "title"), "body_template": _template(part, "text")}
    token = _secret(part, "token", needed=False)
    channel = part.text("recipient")
    if token:
        part.skip("endpointUrl", "url")
        return {**texts, "bot_token": token, "channel": channel}
    if channel:
        part.plan.note(part.line_of("recipient"), part.name, "import.slack_channel", channel=channel[:100])
    return {**texts, "webhook_url": _secret(part, "url")}


def webhook(part: Section) -> Fields:
    """The document is Alertmanager's, of which Grafana's is an extension."""
    for name in ("username", "password", "authorization_scheme", "authorization_credentials", "http_config"):
        if part.has(name):
            part.skip(name)
            part.plan.lose(part.line_of(name), part.name, reasons.of("import.no_authorization", field=name))
    if part.text("httpMethod", "POST").upper() == "PUT":
        part.plan.note(part.line_of("httpMethod"), part.name, "import.always_post")
    part.skip("maxAlerts")
    return {"url": _secret(part, "url"), "format": "alertmanager"}


def pagerduty(part: Section) -> Fields:
    """The key of an integration "Events API v2"."""
    found: Fields = {"routing_key": _secret(part, "integrationKey"), "title_template": _template(part, "summary")}
    if url := part.text("url"):
        found["api_url"] = kinds.events_api(url)
    part.skip("client", "client_url")
    return found


def telegram(part: Section) -> Fields:
    """A bot's token and a chat."""
    part.skip("parse_mode", "disable_web_page_preview", "protect_content", "disable_notifications")
    return {
        "bot_token": _secret(part, "bottoken"),
        "chat_id": _secret(part, "chatid"),
        "message_thread_id": kinds.thread_id(part),
        "body_template": _template(part, "message"),
    }


def teams(part: Section) -> Fields:
    """An Adaptive Card to the address of a flow."""
    address = _secret(part, "url")
    kinds.note_connector(part, "url", address)
    part.skip("sectiontitle")
    return {
        "webhook_url": address,
        "title_template": _template(part, "title"),
        "body_template": _template(part, "message"),
    }


def discord(part: Section) -> Fields:
    """A webhook."""
    part.skip("use_discord_username")
    return {
        "webhook_url": _secret(part, "url"),
        "title_template": _template(part, "title"),
        "body_template": _template(part, "message"),
    }


BY_TYPE: Mapping[str, tuple[str, Callable[[Section], Fields]]] = {
    "email": ("email", email),
    "slack": ("slack", slack),
    "webhook": ("webhook", webhook),
    "pagerduty": ("pagerduty", pagerduty),
    "telegram": ("telegram", telegram),
    "teams": ("teams", teams),
    "discord": ("discord", discord),
}
"""Type of an integration → the kind of channel, and what makes its configuration."""
