"""Integrations of Alertmanager's receivers as configurations of channels: one function a kind."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from api.change.imports import lined, templates
from api.change.imports.report import Section
from shared.model import reasons
from shared.model.reasons import Reason

SLACK_POST = "https://slack.com/api/chat.postMessage"
MASKED = ("<secret>", "[REDACTED]")
"""What Alertmanager and Grafana show in place of a secret."""
_AUTHORIZATION = ("authorization", "basic_auth", "bearer_token", "bearer_token_file", "oauth2", "http_headers")
_PAGERDUTY = "/v2/enqueue"
_TELEGRAM = "https://api.telegram.org"
Fields = dict[str, Any]
Known = tuple[str, Callable[[], Fields]]
"""A kind of channel, and what makes the fields of one."""


class NoSecret(Exception):
    """A secret that the file does not hold."""

    def __init__(self, line: int, reason: Reason) -> None:
        super().__init__(str(reason))
        self.line = line
        self.reason = reason


@dataclass(frozen=True)
class Around:
    """The settings, secrets and templates that a receiver finds outside of its own part of the file."""

    settings: Section
    """`global`."""
    read_file: Callable[[str], str | None]
    templates: Mapping[str, str] = field(default_factory=dict)

    def secret(self, part: Section, name: str, wide: str = "", *, needed: bool = True) -> str:
        """
        Return a secret: of the integration, or of `global`; as it is written, or from the file that is named.

        Raises:
            NoSecret: it is missing, masked, or its file cannot be read.
        """
        for section, field_name in ((part, name), (self.settings, wide)):
            text = section.text(field_name) if field_name else ""
            if text in MASKED:
                raise NoSecret(section.line_of(field_name), reasons.of("import.masked", field=field_name))
            if text:
                return text
            file = section.text(f"{field_name}_file") if field_name else ""
            if file:
                found = self.read_file(file)
                if found is None:
                    line = section.line_of(f"{field_name}_file")
                    raise NoSecret(line, reasons.of("import.file_secret", file=file[:200]))
                return found
        if needed:
            raise NoSecret(part.line, reasons.of("import.secret_missing", field=name))
        return ""

    def setting(self, part: Section, name: str, wide: str, default: str = "") -> str:
        """Return a text of the integration, or of `global`."""
        return part.text(name) or self.settings.text(wide) or default

    def template(self, part: Section, name: str) -> str:
        """As `template`, with the templates of the file."""
        return template(part, name, self.templates)


def template(part: Section, name: str, defined: Mapping[str, str]) -> str:
    """
    Return a template of ours; "" for the default wording.

    Args:
        defined: Templates that it may use, by name.
    """
    text = part.text(name)
    made = templates.translated(text, defined) if text else ""
    if made is None:
        part.plan.note(part.line_of(name), part.name, "import.template", field=name)
    return made or ""


def _common(part: Section, around: Around) -> Fields:
    """Read what every integration has that speaks HTTP."""
    _note_ends(part)
    return _http(part, around)


def _note_ends(part: Section) -> None:
    """Report a receiver that wants no message of an end: channels of ours get one of every end."""
    if not part.flag("send_resolved", True):
        part.plan.note(part.line_of("send_resolved"), part.name, "import.always_resolved")


def _http(part: Section, around: Around) -> Fields:
    found: Fields = {}
    for section in (part, around.settings):
        if not section.has("http_config"):
            continue
        options = section.section("http_config")
        options.skip("follow_redirects", "enable_http2")
        if options.has("proxy_url"):
            found.setdefault("proxy_url", options.text("proxy_url"))
        if options.has("tls_config"):
            found |= _tls(options.section("tls_config"), around)
        for name in _AUTHORIZATION:
            if options.has(name):
                options.skip(name)
                part.plan.lose(options.line_of(name), options.name, reasons.of("import.no_authorization", field=name))
        if section is part:
            options.finish()
    return found


def _tls(options: Section, around: Around) -> Fields:
    found: Fields = {}
    certificates = options.text("ca")
    if options.has("ca_file"):
        file = options.text("ca_file")
        text = around.read_file(file)
        if text is None:
            options.plan.lose(options.line_of("ca_file"), options.name, reasons.of("import.file_secret", file=file))
        certificates = text or ""
    if certificates:
        found["ca_certificate"] = certificates
    if not options.flag("insecure_skip_verify", False):
        options.skip("insecure_skip_verify")
    else:
        options.plan.note(options.line_of("insecure_skip_verify"), options.name, "import.always_verified")
    options.finish()
    return found


def email(part: Section, around: Around) -> Fields:
    """`email_configs`."""
    _note_ends(part)
    server, _, port = around.setting(part, "smarthost", "smtp_smarthost").rpartition(":")
    is_tls_needed = lined.is_true(around.setting(part, "require_tls", "smtp_require_tls", "true"))
    found: Fields = {
        "smtp_server": server.strip("[]"),
        "smtp_port": int(port) if port.isascii() and port.isdigit() and len(port) < 6 else None,
        "security": "tls" if port == "465" else "starttls" if is_tls_needed else "auto",
        "username": around.setting(part, "auth_username", "smtp_auth_username"),
        "password": around.secret(part, "auth_password", "smtp_auth_password", needed=False),
        "from_email": next(iter(addresses(around.setting(part, "from", "smtp_from"))), ""),
        "to_emails": addresses(part.text("to")),
    }
    if part.has("tls_config"):
        tls = part.section("tls_config")
        found["verify_certificate"] = not tls.flag("insecure_skip_verify", False)
        tls.skip("server_name")
        if tls.has("ca_file"):
            found["ca_certificate"] = around.read_file(tls.text("ca_file"))
        tls.finish()
    headers = part.section("headers")
    for name in headers.names():
        if name.lower() == "subject":
            found["title_template"] = around.template(headers, name)
    if part.has("headers"):
        headers.finish()
    found["body_template"] = around.template(part, "text")
    around.template(part, "html")
    part.skip("hello")
    return found


def addresses(text: str) -> list[str]:
    """Return the addresses of a list without their names: `a@example.com, B <b@example.com>`; by `,`, `;` or line."""
    found = []
    for part in re.split(r"[,;\n]", text):
        # The library's own reader follows nested comments without a bound.
        _, bracket, inside = part.rpartition("<")
        address = (inside.partition(">")[0] if bracket else part).strip()
        if "@" in address:
            found.append(address)
    return found


def slack(part: Section, around: Around) -> Fields:
    """`slack_configs`: the address of a webhook, or a bot's token."""
    found: Fields = {"title_template": around.template(part, "title"), "body_template": around.template(part, "text")}
    token = around.secret(part, "app_token", "slack_app_token", needed=False)
    part.skip("app_url")
    address = "" if token else around.secret(part, "api_url", "slack_api_url")
    channel = part.text("channel")
    if address == SLACK_POST and part.has("http_config"):
        options = part.section("http_config")
        token = around.secret(options.section("authorization"), "credentials", needed=False)
        token = token or around.secret(options, "bearer_token")
        part.skip("http_config", "send_resolved")
    else:
        found |= _common(part, around)
    if token:
        return {**found, "bot_token": token, "channel": channel}
    if channel:
        part.plan.note(part.line_of("channel"), part.name, "import.slack_channel", channel=channel[:100])
    return {**found, "webhook_url": address}


def pagerduty(part: Section, around: Around) -> Fields:
    """`pagerduty_configs`: the key of an integration "Events API v2"."""
    found = _common(part, around)
    if part.has("service_key") or part.has("service_key_file"):
        part.skip("service_key", "service_key_file")
        raise NoSecret(part.line_of("service_key"), reasons.of("import.old_key"))
    url = around.setting(part, "url", "pagerduty_url")
    if url:
        found["api_url"] = events_api(url)
    found["routing_key"] = around.secret(part, "routing_key")
    found["title_template"] = around.template(part, "description")
    part.skip("client", "client_url")
    return found


def events_api(url: str) -> str:
    """Return the address under which PagerDuty's Events API lies, of that of its endpoint."""
    return url.removesuffix("/").removesuffix(_PAGERDUTY)


def webhook(part: Section, around: Around) -> Fields:
    """`webhook_configs`: the same document is sent, version 4 of Alertmanager's."""
    found = _common(part, around)
    part.skip("max_alerts", "timeout")
    return {**found, "url": around.secret(part, "url"), "format": "alertmanager"}


def telegram(part: Section, around: Around) -> Fields:
    """`telegram_configs`."""
    found = _common(part, around)
    url = around.setting(part, "api_url", "telegram_api_url")
    if url and url != _TELEGRAM:
        found["api_url"] = url
    found["message_thread_id"] = thread_id(part)
    part.skip("parse_mode", "disable_notifications")
    token = around.secret(part, "bot_token", "telegram_bot_token")
    chat = around.secret(part, "chat_id")
    return {**found, "bot_token": token, "chat_id": chat, "body_template": around.template(part, "message")}


def thread_id(part: Section) -> int | None:
    """Return the thread of a chat of Telegram; None for the chat itself."""
    thread = part.text("message_thread_id")
    return int(thread) if thread.isascii() and thread.isdigit() and len(thread) < 15 else None


def teams(part: Section, around: Around) -> Fields:
    """`msteams_configs` and `msteamsv2_configs`: an Adaptive Card, for which both need the address of a flow."""
    found = _common(part, around)
    address = around.secret(part, "webhook_url")
    note_connector(part, "webhook_url", address)
    title, body = around.template(part, "title"), around.template(part, "text")
    around.template(part, "summary")
    return {**found, "webhook_url": address, "title_template": title, "body_template": body}


def note_connector(part: Section, name: str, address: str) -> None:
    """Report the address of a connector, which Microsoft has ended."""
    if "webhook.office.com" in address:
        part.plan.note(part.line_of(name), part.name, "import.teams_connector")


def discord(part: Section, around: Around) -> Fields:
    """`discord_configs`."""
    found = _common(part, around)
    title, body = around.template(part, "title"), around.template(part, "message")
    around.template(part, "content")
    return {
        **found,
        "webhook_url": around.secret(part, "webhook_url"),
        "title_template": title,
        "body_template": body,
    }


BY_NAME: Mapping[str, tuple[str, Callable[[Section, Around], Fields]]] = {
    "email_configs": ("email", email),
    "slack_configs": ("slack", slack),
    "pagerduty_configs": ("pagerduty", pagerduty),
    "webhook_configs": ("webhook", webhook),
    "telegram_configs": ("telegram", telegram),
    "msteams_configs": ("teams", teams),
    "msteamsv2_configs": ("teams", teams),
    "discord_configs": ("discord", discord),
}
"""Name in a receiver → the kind of channel, and what makes its configuration."""


def known(name: str, part: Section, around: Around) -> Known | None:
    """Return how a channel is made of an integration; None if there is no kind of channel for it."""
    if name not in BY_NAME:
        return None
    kind, make = BY_NAME[name]
    return kind, partial(make, part, around)
