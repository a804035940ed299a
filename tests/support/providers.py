"""
Local servers that behave as the channels' providers: same paths, requests checked as strictly as their documents allow,
their real answers. What a request does wrong is kept in `faults` and answered as the provider would.
"""

import asyncio
import base64
import hashlib
import json
import re
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import jwt
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand
from redis import Redis

from shared.redis import keys
from shared.store import subscriptions
from shared.store.subscriptions import Subscription
from tests.support.ports import free_port
from tests.support.servers import certificate

SECRET = "s3cr3t-Wert-비밀-0123456789abcdef"
"""Part of every provider's credentials here; must turn up nowhere else."""
ASCII_SECRET = "s3cr3t0123456789abcdefABCDEF4567"


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@dataclass
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Reply:
    status: int
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)


NOBODY = ("permanent", "destination")
"""Verdict and cause when every recipient of a channel was refused."""


class Refused(Exception):
    """What the provider answers to a bad request."""

    def __init__(self, status: int, body: Any, fault: str) -> None:
        super().__init__(fault)
        self.reply = Reply(status, body if isinstance(body, str) else json.dumps(body))


class Provider:
    """One provider: `fields` configures its channel, `shown` is what its users see now, oldest first."""

    kind = ""
    secret = ASCII_SECRET

    host = "127.0.0.1"

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[Request] = []
        self.faults: list[str] = []
        self.scripted: list[Callable[[BaseHTTPRequestHandler], None]] = []
        """Each answers one of the next requests instead."""
        self.on_accept: Callable[[], None] = lambda: None
        """Called after a request was taken and before it is answered."""
        self.messages: dict[str, str] = {}
        self._lock = threading.Lock()

    def fields(self) -> dict[str, Any]:
        raise NotImplementedError

    def prepare(self, redis: Redis) -> None:
        """What its users did before: subscribing, for instance."""

    def take(self, request: Request) -> Reply:
        raise NotImplementedError

    def refusals(self) -> dict[str, tuple[Reply, str, str]]:
        """Its real refusals: name → (answer, verdict, cause)."""
        return {
            "bad request": (Reply(400, "invalid_payload"), "permanent", "message"),
            "wrong credentials": (Reply(401, "unauthorized"), "permanent", "destination"),
            "forbidden": (Reply(403, "action_prohibited"), "permanent", "destination"),
            "gone": (Reply(404, "not found"), "permanent", "destination"),
            "too many": (Reply(429, "slow down", {"Retry-After": "7"}), "retryable", "pace"),
            "broken": (Reply(500, "oops"), "retryable", "destination"),
            "away": (Reply(503, "away"), "retryable", "destination"),
        }

    @property
    def shown(self) -> list[str]:
        return list(self.messages.values())

    def refuse(self, status: int, body: Any, fault: str) -> None:
        self.faults.append(f"{self.kind}: {fault}")
        raise Refused(status, body, fault)

    def add(self, text: str) -> str:
        with self._lock:
            name = str(len(self.messages) + 1)
            self.messages[name] = text
            return name

    # Troubles: what a provider does instead of answering.

    def hang(self, handler: Any) -> None:
        time.sleep(1.5)

    def reset(self, handler: Any) -> None:
        handler.connection.setsockopt(1, 13, struct.pack("ii", 1, 0))  # SO_LINGER 0: a reset, not an end.
        handler.connection.close()
        handler.close_connection = True

    def drip(self, handler: Any) -> None:
        """Each byte comes in time; all of them would take half an hour."""
        try:
            handler.send_response(200)
            handler.send_header("Content-Length", "100000")
            handler.end_headers()
            for _ in range(100):
                handler.wfile.write(b" ")
                time.sleep(0.02)
        except OSError:
            handler.close_connection = True

    def say(self, handler: Any, reply: Reply) -> None:
        """Answer in its own protocol."""
        respond(handler, reply)

    def serve(self) -> AbstractContextManager:
        return _http(self)

    def handle(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        query = dict(parse_qsl(parts.query))
        request = Request(handler.command, parts.path, query, dict(handler.headers), body)
        self.requests.append(request)
        if self.scripted:
            self.scripted.pop(0)(handler)
            return
        try:
            reply = self.take(request)
        except Refused as refused:
            reply = refused.reply
        self.on_accept()
        respond(handler, reply)


def respond(handler: BaseHTTPRequestHandler, reply: Reply) -> None:
    body = reply.body.encode()
    try:
        handler.send_response(reply.status)
        for name, value in reply.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
    except OSError:
        pass  # The other side was killed meanwhile.


@contextmanager
def serving(provider: Provider) -> Iterator[Provider]:
    with provider.serve():
        yield provider


@contextmanager
def _http(provider: Provider) -> Iterator[None]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            provider.handle(self)

        do_PATCH = do_POST

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    provider.url = f"http://{provider.host}:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


# -- chats --------------------------------------------------------------------------------------------------


def slack_text(provider: Provider, document: dict[str, Any], problem: Callable[[str], None]) -> str:
    """Check a Slack message against its limits; return what it says."""
    if not isinstance(document.get("text"), str) or not document["text"]:
        problem("no_text")
    if len(document["text"]) > 4_000:
        problem("msg_too_long")
    said = [document["text"]]
    if document.get("mrkdwn") is not False:
        problem("markup")
    for attachment in [{"blocks": document.get("blocks", [])}, *document.get("attachments", [])]:
        if len(attachment["blocks"]) > 50:
            problem("invalid_blocks")
        for block in attachment["blocks"]:
            if block["type"] != "section" or len(block["text"]["text"]) > 3_000:
                problem("invalid_blocks")
            if block["text"]["type"] == "mrkdwn" and not re.fullmatch(r"<[^<>|]+\|[^<>|]+>", block["text"]["text"]):
                problem("markup in a block")
            said.append(block["text"]["text"])
    if "<!" in "".join(said) or "<@" in "".join(said):
        provider.faults.append("slack: mentions somebody")
    return "\n".join(said)


class SlackWebhook(Provider):
    kind = "slack"
    name = "slack"

    def fields(self) -> dict[str, Any]:
        return {"webhook_url": f"{self.url}/services/T0/B0/{self.secret}"}

    def take(self, request: Request) -> Reply:
        if request.path != f"/services/T0/B0/{self.secret}" or request.method != "POST":
            self.refuse(404, "no_service", f"path {request.path}")
        self.add(slack_text(self, request.json(), lambda why: self.refuse(400, "invalid_payload", why)))
        return Reply(200, "ok")

    def refusals(self) -> dict[str, tuple[Reply, str, str]]:
        limited = json.dumps({"retry_after": 7, "ok": False, "error": "rate_limited"})
        return {
            **super().refusals(),
            "no user": (Reply(400, "user_not_found"), "permanent", "destination"),
            "no channel": (Reply(404, "channel_not_found"), "permanent", "destination"),
            "archived": (Reply(410, "channel_is_archived"), "permanent", "destination"),
            "roll-up": (Reply(500, "rollup_error"), "retryable", "destination"),
            "too many": (Reply(429, limited), "retryable", "pace"),
        }


class SlackBot(Provider):
    kind = "slack"
    name = "slack-bot"
    secret = "xoxb-" + ASCII_SECRET

    def fields(self) -> dict[str, Any]:
        return {"bot_token": self.secret, "channel": "#alerts", "api_url": f"{self.url}/api"}

    def __init__(self) -> None:
        super().__init__()
        self.threads: dict[str, list[str]] = {}

    def take(self, request: Request) -> Reply:
        def problem(error: str) -> None:
            self.refuse(200, {"ok": False, "error": error}, error)

        if request.headers.get("Authorization") != f"Bearer {self.secret}":
            problem("invalid_auth")
        if not request.headers.get("Content-Type", "").startswith("application/json"):
            problem("invalid_form_data")
        document = request.json()
        if request.path == "/api/chat.update":
            if not str(document.get("channel", "")).startswith("C"):
                problem("channel_not_found")
            name = str(document.get("ts", "")).removesuffix(".000100")
            if name not in self.messages:
                return Reply(200, json.dumps({"ok": False, "error": "message_not_found"}))
            self.messages[name] = slack_text(self, document, problem)
            return Reply(200, json.dumps({"ok": True, "channel": document["channel"], "ts": document["ts"]}))
        if request.path != "/api/chat.postMessage":
            problem("unknown_method")
        if document.get("channel") not in ("#alerts", "C0ALERTS"):
            problem("channel_not_found")
        said = slack_text(self, document, problem)
        if thread := document.get("thread_ts"):
            self.threads.setdefault(thread, []).append(said)
            return Reply(200, json.dumps({"ok": True, "channel": "C0ALERTS", "ts": "9.9"}))
        return Reply(200, json.dumps({"ok": True, "channel": "C0ALERTS", "ts": f"{self.add(said)}.000100"}))

    def refusals(self) -> dict[str, tuple[Reply, str, str]]:
        def error(name: str) -> Reply:
            return Reply(200, json.dumps({"ok": False, "error": name}))

        return {
            "bad message": (error("msg_too_long"), "permanent", "message"),
            "bad blocks": (error("invalid_blocks_format"), "permanent", "message"),
            "revoked": (error("token_revoked"), "permanent", "destination"),
            "missing scope": (error("missing_scope"), "permanent", "destination"),
            "archived": (error("is_archived"), "permanent", "destination"),
            "too many": (
                Reply(429, json.dumps({"ok": False, "error": "ratelimited"}), {"Retry-After": "7"}),
                "retryable",
                "pace",
            ),
            "perhaps": (error("fatal_error"), "uncertain", "destination"),
            "perhaps too": (error("internal_error"), "uncertain", "destination"),
            "timed out": (error("request_timeout"), "retryable", "destination"),
            "moving": (error("team_added_to_org"), "retryable", "destination"),
            "too many, in the body": (error("rate_limited"), "retryable", "pace"),
            "not in it": (error("not_in_channel"), "permanent", "destination"),
            "restricted": (error("restricted_action_read_only_channel"), "permanent", "destination"),
            "inactive": (error("account_inactive"), "permanent", "destination"),
            "expired": (error("token_expired"), "permanent", "destination"),
            "blocks too long": (error("msg_blocks_too_long"), "permanent", "message"),
            "away": (error("service_unavailable"), "retryable", "destination"),
            "broken": (Reply(500, "oops"), "retryable", "destination"),
            "a proxy's page": (Reply(200, "<html>"), "retryable", "destination"),
        }


class _Markup(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


class Telegram(Provider):
    kind = "telegram"
    name = "telegram"
    secret = "123456:" + ASCII_SECRET

    def __init__(self) -> None:
        super().__init__()
        self.chat_id = "-1001234"
        self.chats = {self.chat_id}
        """Those the bot may write to; messages are kept as `chat/id`."""

    def fields(self) -> dict[str, Any]:
        return {"bot_token": self.secret, "chat_id": self.chat_id, "api_url": self.url}

    def take(self, request: Request) -> Reply:
        def bad(status: int, description: str) -> None:
            self.refuse(status, {"ok": False, "error_code": status, "description": description}, description)

        method = request.path.removeprefix(f"/bot{self.secret}/")
        if method not in ("sendMessage", "editMessageText"):
            bad(401, f"Unauthorized {request.path}")
        document = request.json()
        chat = document.get("chat_id")
        if chat not in self.chats:
            bad(400, "Bad Request: chat not found")
        markup = _Markup()
        markup.feed(document["text"])
        if document.get("parse_mode") != "HTML" or markup.tags - {"b", "a"}:
            bad(400, "Bad Request: can't parse entities")
        if not 1 <= utf16(markup.text) <= 4_096:
            bad(400, "Bad Request: message is too long")
        if method == "editMessageText":
            name = f"{chat}/{document['message_id']}"
            if name not in self.messages:
                return self._said(400, "Bad Request: message to edit not found")
            if self.messages[name] == markup.text:
                return self._said(400, "Bad Request: message is not modified")
            self.messages[name] = markup.text
        else:
            with self._lock:
                # Each chat counts its own messages.
                number = 1 + sum(name.startswith(f"{chat}/") for name in self.messages)
                name = f"{chat}/{number}"
                self.messages[name] = markup.text
        return Reply(200, json.dumps({"ok": True, "result": {"message_id": int(name.rpartition("/")[2])}}))

    def _said(self, status: int, description: str, **parameters: object) -> Reply:
        body = {"ok": False, "error_code": status, "description": description, "parameters": parameters}
        return Reply(status, json.dumps(body))

    def refusals(self) -> dict[str, tuple[Reply, str, str]]:
        return {
            "bad entities": (self._said(400, "Bad Request: can't parse entities"), "permanent", "message"),
            "no chat": (self._said(400, "Bad Request: chat not found"), "permanent", "destination"),
            "no topic": (self._said(400, "Bad Request: message thread not found"), "permanent", "destination"),
            "no rights": (
                self._said(400, "Bad Request: not enough rights to send text messages to the chat"),
                "permanent",
                "destination",
            ),
            "gone": (self._said(404, "Not Found"), "permanent", "destination"),
            "an odd wait": (self._said(429, "Too Many Requests", retry_after="soon"), "retryable", "pace"),
            "a proxy's page": (Reply(200, "<html>welcome"), "retryable", "destination"),
            "no message in it": (Reply(200, '{"ok": true, "result": true}'), "retryable", "destination"),
            "wrong token": (self._said(401, "Unauthorized"), "permanent", "destination"),
            "blocked": (self._said(403, "Forbidden: bot was kicked"), "permanent", "destination"),
            "too many": (self._said(429, "Too Many Requests: retry after 7", retry_after=7), "retryable", "pace"),
            "broken": (self._said(502, "Bad Gateway"), "retryable", "destination"),
        }


class Discord(Provider):
    kind = "discord"
    name = "discord"

    def fields(self) -> dict[str, Any]:
        return {"webhook_url": f"{self.url}/api/webhooks/1/{self.secret}"}

    def take(self, request: Request) -> Reply:
        base = f"/api/webhooks/1/{self.secret}"
        document = request.json()
        embeds = document.get("embeds", [])
        if document.get("allowed_mentions") != {"parse": []}:
            self.faults.append("discord: mentions are allowed")
        if not 1 <= len(embeds) <= 10:
            self.refuse(400, {"code": 50006}, "no embeds")
        for embed in embeds:
            if utf16(embed["title"]) > 256 or utf16(embed["description"]) > 4_096:
                self.refuse(400, {"embeds": ["0"]}, "embed too long")
        if sum(utf16(e["title"]) + utf16(e["description"]) for e in embeds) > 6_000:
            self.refuse(400, {"embeds": ["MAX_EMBED_SIZE_EXCEEDED"]}, "embeds too long together")
        # What a reader sees: the backslash of an escape is not shown.
        said = "\n".join(re.sub(r"\\([^\w\s])", r"\1", f"{e['title']}\n{e['description']}") for e in embeds)
        if request.method == "PATCH" and request.path.startswith(f"{base}/messages/"):
            name = request.path.rpartition("/")[2]
            if name not in self.messages:
                return Reply(404, json.dumps({"message": "Unknown Message", "code": 10_008}))
            self.messages[name] = said
            return Reply(200, json.dumps({"id": name}))
        if request.path != base or request.method != "POST":
            self.refuse(404, {"message": "Unknown Webhook", "code": 10_015}, f"path {request.path}")
        if request.query.get("wait") != "true":
            self.faults.append("discord: without wait=true failures are silent")
        return Reply(200, json.dumps({"id": self.add(said)}))

    def refusals(self) -> dict[str, tuple[Reply, str, str]]:
        limited = Reply(429, json.dumps({"message": "limited", "retry_after": 7.0, "global": False}))
        return {
            **super().refusals(),
            "gone": (Reply(404, json.dumps({"code": 10_015})), "permanent", "gone"),
            "too many": (limited, "retryable", "pace"),
            "banned for a while": (Reply(429, "error code: 1015", {"Retry-After": "3600"}), "retryable", "pace"),
            "a proxy's page": (Reply(200, "<html>welcome"), "retryable", "destination"),
        }


class Teams(Provider):
    kind = "teams"
    name = "teams"

    def fields(self) -> dict[str, Any]:
        return {"webhook_url": f"{self.url}/workflows/1/triggers/manual/paths/invoke?sig={self.secret}"}

    def take(self, request: Request) -> Reply:
        if request.query.get("sig") != self.secret:
            self.refuse(401, {"error": {"code": "DirectApiAuthorizationRequired"}}, "sig")
        if len(request.body) * 1.2 > 28_672:
            self.faults.append("teams: MessageSizeExceeded, after it was accepted")
        document = request.json()
        content = document["attachments"][0]["content"]
        is_card = document["attachments"][0]["contentType"] == "application/vnd.microsoft.card.adaptive"
        if document["type"] != "message" or not is_card or content["type"] != "AdaptiveCard":
            self.refuse(400, "not a card", "not a card")
        lines = []
        for block in content["body"]:
            if block["type"] != "RichTextBlock":
                self.faults.append(f"teams: {block['type']} would read markup")
            lines.append("".join(run["text"] for run in block["inlines"]))
        self.add("\n".join(lines))
        return Reply(202, "")


# -- pagers, phones, browsers -------------------------------------------------------------------------------


class PagerDuty(Provider):
    kind = "pagerduty"
    name = "pagerduty"

    def fields(self) -> dict[str, Any]:
        return {"routing_key": self.secret, "api_url": self.url}

    def take(self, request: Request) -> Reply:
        def bad(why: str) -> None:
            self.refuse(400, {"status": "invalid event", "message": why}, why)

        document = request.json()
        if request.path != "/v2/enqueue":
            self.refuse(404, "", request.path)
        if len(request.body) > 512_000:
            bad("too large")
        if document.get("routing_key") != self.secret or len(document["routing_key"]) != 32:
            bad("'routing_key' is invalid")
        name, action = document.get("dedup_key", ""), document.get("event_action")
        if not 1 <= len(name) <= 255 or action not in ("trigger", "acknowledge", "resolve"):
            bad("event_action or dedup_key")
        if action == "trigger":
            payload = document["payload"]
            if not 1 <= len(payload["summary"]) <= 1_024 or not payload["source"]:
                bad("summary or source")
            if payload["severity"] not in ("critical", "error", "warning", "info"):
                bad("severity")
            self.messages[name] = payload["summary"]
        elif name in self.messages:
            # An act on an incident that is not open is dropped.
            mark = {"acknowledge": "[acknowledged] ", "resolve": "[resolved] "}[action]
            self.messages[name] = mark + self.messages[name].removeprefix("[acknowledged] ").removeprefix(mark)
        return Reply(202, json.dumps({"status": "success", "message": "Event processed", "dedup_key": name}))

    def refusals(self) -> dict[str, tuple[Reply, str, str]]:
        def invalid(error: str) -> Reply:
            said = {"status": "invalid event", "message": "Event object is invalid", "errors": [error]}
            return Reply(400, json.dumps(said))

        return {
            **super().refusals(),
            "bad request": (invalid("'payload.severity' is invalid"), "permanent", "message"),
            "wrong key": (invalid("'routing_key' is invalid"), "permanent", "destination"),
        }


class Twilio(Provider):
    kind = "sms"
    name = "sms"
    numbers = ("+821012345678", "+14155550100")

    def fields(self) -> dict[str, Any]:
        return {
            "account_sid": "AC0123",
            "auth_token": self.secret,
            "from_number": "+14155550199",
            "to_numbers": list(self.numbers),
            "api_url": self.url,
        }

    def take(self, request: Request) -> Reply:
        def bad(status: int, code: int, message: str) -> None:
            self.refuse(status, {"code": code, "message": message, "status": status}, message)

        key = base64.b64encode(f"AC0123:{self.secret}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {key}":
            bad(401, 20003, "Authenticate")
        if request.path != "/2010-04-01/Accounts/AC0123/Messages.json":
            bad(404, 20404, request.path)
        form = {name: values[0] for name, values in parse_qs(request.body.decode(), strict_parsing=True).items()}
        if not form.get("To", "").startswith("+"):
            bad(400, 21211, "Invalid 'To' Phone Number")
        if not 1 <= len(form.get("Body", "")) <= 1_600:
            bad(400, 21617, "The concatenated message body exceeds the 1600 character limit")
        if ("From" in form) == ("MessagingServiceSid" in form):
            bad(400, 21603, "A 'From' phone number is required")
        sid = f"SM{self.add(form['To'] + ' ' + form['Body'])}"
        return Reply(201, json.dumps({"sid": sid, "status": "queued"}))

    def refusals(self) -> dict[str, tuple[Reply, str, str]]:
        def error(status: int, code: int, **headers: str) -> Reply:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return Reply(status, json.dumps({"code": code, "message": "because", "status": status}), named)

        return {
            # For every number: nobody can be reached.
            "stopped": (error(400, 21610), "permanent", "destination"),
            "not a mobile": (error(400, 21614), "permanent", "destination"),
            "queue full": (error(400, 21611), "retryable", "pace"),
            "wrong token": (error(401, 20003), "permanent", "destination"),
            "bad sender": (error(400, 21606), "permanent", "destination"),
            "too many": (error(429, 20429, Retry_After="7"), "retryable", "pace"),
            "broken": (error(500, 20500), "retryable", "destination"),
        }


class Gateway(Provider):
    """A Korean gateway in the manner of Aligo: a form, and an answer whose `result_code` counts, not its status."""

    kind = "sms"
    name = "sms-kr"

    def fields(self) -> dict[str, Any]:
        return {
            "provider": "http",
            "url": f"{self.url}/send/",
            "user": "operator",
            "api_key": self.secret,
            "from_number": "0212345678",
            "to_numbers": ["01012345678"],
            "fields": {"key": "$api_key", "user_id": "$user", "sender": "$from", "receiver": "$to", "msg": "$text"},
            "success_field": "result_code",
            "success_values": ["1"],
            "retry_values": ["-999"],
        }

    def take(self, request: Request) -> Reply:
        form = dict(parse_qsl(request.body.decode()))
        if form.get("key") != self.secret or form.get("user_id") != "operator":
            self.refuse(200, {"result_code": "-101", "message": f"인증오류 {form.get('key')}"}, "key")
        if not form.get("msg") or not form.get("receiver"):
            self.refuse(200, {"result_code": "-102", "message": "no receiver"}, "receiver")
        self.add(f"{form['receiver']} {form['msg']}")
        return Reply(200, json.dumps({"result_code": 1, "message": "success"}))

    def refusals(self) -> dict[str, tuple[Reply, str, str]]:
        said = Reply(200, json.dumps({"result_code": "-101", "message": f"bad key {self.secret}"}))
        known = super().refusals()
        # Its only number: nobody can be reached.
        busy = Reply(200, json.dumps({"result_code": "-999", "message": "점검 중"}))
        return {
            **known,
            "said in the body": (said, *NOBODY),
            "bad request": (known["bad request"][0], *NOBODY),
            "busy, in the body": (busy, "retryable", "destination"),
        }


class NestedGateway(Provider):
    """A Korean gateway in the manner of NHN Cloud: nested JSON, its key in a header, and its word in `header`."""

    kind = "sms"
    name = "sms-nhn"

    def fields(self) -> dict[str, Any]:
        return {
            "provider": "http",
            "url": f"{self.url}/sms/v3.0/appKeys/app-key-0001/sender/sms",
            "content": "json",
            "headers": {"X-Secret-Key": "$api_key"},
            "api_key": self.secret,
            "from_number": "0212345678",
            "to_numbers": ["01012345678"],
            "fields": {"body": "$text", "sendNo": "$from", "recipientList": [{"recipientNo": "$to"}]},
            "success_field": "header.isSuccessful",
            "success_values": ["true"],
        }

    def take(self, request: Request) -> Reply:
        def no(code: int, message: str) -> None:
            self.refuse(200, self._said(code, message), message)

        if request.path != "/sms/v3.0/appKeys/app-key-0001/sender/sms":
            no(-9, request.path)
        if request.headers.get("X-Secret-Key") != self.secret:
            no(-4, "key")
        document = request.json()
        (recipient,) = document["recipientList"]
        if not document.get("body") or not recipient.get("recipientNo", "").isdigit() or not document.get("sendNo"):
            no(-1, "body, recipientNo or sendNo")
        self.add(f"{recipient['recipientNo']} {document['body']}")
        return Reply(200, json.dumps(self._said(0, "SUCCESS")))

    def _said(self, code: int, message: str) -> dict[str, Any]:
        return {"header": {"isSuccessful": code == 0, "resultCode": code, "resultMessage": message}}

    def refusals(self) -> dict[str, tuple[Reply, str, str]]:
        known = super().refusals()
        wrong = Reply(200, json.dumps(self._said(-4, f"bad key {self.secret}")))
        return {**known, "said in the body": (wrong, *NOBODY), "bad request": (known["bad request"][0], *NOBODY)}


class Push(Provider):
    """A push service with the browsers behind it, which decrypt (RFC 8291, by its text)."""

    kind = "push"
    name = "push"
    host = "localhost"
    """By a name, so that the tests can let push go there: it goes to no address that is not public."""
    browsers = 2

    def __init__(self) -> None:
        super().__init__()
        self.keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(self.browsers)]
        self.auth = [hashlib.sha256(bytes([n])).digest()[:16] for n in range(self.browsers)]
        self.server_key = ""
        self.urgencies: list[str] = []

    def fields(self) -> dict[str, Any]:
        return {"subject": "mailto:operator@example.com"}

    def prepare(self, redis: Redis) -> None:
        self.server_key = subscriptions.public_key(redis)
        for n in range(self.browsers):
            subscriptions.save(redis, self.subscription(n))

    def subscription(self, n: int) -> Subscription:
        keys = {"p256dh": _b64(_point(self.keys[n].public_key())), "auth": _b64(self.auth[n])}
        return Subscription(endpoint=f"{self.url}/push/{n}/{self.secret}", keys=keys)  # type: ignore[arg-type]

    def take(self, request: Request) -> Reply:
        headers = request.headers
        n = int(request.path.split("/")[2])
        if not headers.get("TTL", "").isdigit():
            self.refuse(400, "TTL", "TTL is mandatory")
        if headers.get("Content-Encoding") != "aes128gcm" or headers.get("Urgency") not in ("normal", "high"):
            self.refuse(400, "encoding", "Content-Encoding or Urgency")
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,32}", headers.get("Topic", "")):
            self.refuse(400, "Topic", "Topic")
        if len(request.body) > 2_744:
            self.faults.append("push: a bridge would drop it")
        if len(request.body) > 4_096:
            self.refuse(413, "too large", "too large")
        self._check_vapid(headers.get("Authorization", ""))
        shown = json.loads(decrypt(request.body, self.keys[n], self.auth[n]))
        self.urgencies.append(headers["Urgency"])
        self.messages[f"{n}/{headers['Topic']}"] = f"{shown['title']}\n{shown['body']}"
        return Reply(201, "")

    def _check_vapid(self, authorization: str) -> None:
        scheme, _, rest = authorization.partition(" ")
        parts = dict(part.strip().split("=", 1) for part in rest.split(","))
        if scheme != "vapid" or parts.get("k") != self.server_key:
            self.refuse(403, "the key is not that of the subscription", "vapid key")
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _unb64(parts["k"]))
        claims = jwt.decode(parts["t"], public, algorithms=["ES256"], audience=self.url)
        if not time.time() < claims["exp"] <= time.time() + 86_400:
            self.refuse(403, "exp", "exp is more than a day away")
        if not str(claims.get("sub", "")).startswith(("mailto:", "https:")):
            self.refuse(403, "sub", "sub")

    def refusals(self) -> dict[str, tuple[Reply, str, str]]:
        known = super().refusals()
        del known["gone"]  # Not a refusal: the subscription is removed.
        return {
            **known,
            "bad request": (Reply(400, "bad"), *NOBODY),
            "too large": (Reply(413, "too large"), *NOBODY),
        }


def decrypt(body: bytes, key: ec.EllipticCurvePrivateKey, auth: bytes) -> bytes:
    """RFC 8291, 3.4 over RFC 8188, 2: one record."""
    salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
    sender, record = body[21 : 21 + length], body[21 + length :]
    assert len(record) <= size, "more than one record"
    secret = key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender))
    info = b"WebPush: info\0" + _point(key.public_key()) + sender
    ikm = HKDF(hashes.SHA256(), 32, auth, info).derive(secret)
    extracted = HKDF.extract(hashes.SHA256(), salt, ikm)
    content_key = HKDFExpand(hashes.SHA256(), 16, b"Content-Encoding: aes128gcm\0").derive(extracted)
    nonce = HKDFExpand(hashes.SHA256(), 12, b"Content-Encoding: nonce\0").derive(extracted)
    plain = AESGCM(content_key).decrypt(nonce, record, None).rstrip(b"\0")
    assert b"\2" == plain[-1:], "no delimiter of the last record"
    return plain[:-1]


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


# -- anything else ------------------------------------------------------------------------------------------


class Webhook(Provider):
    kind = "webhook"
    name = "webhook"

    def fields(self) -> dict[str, Any]:
        return {"url": f"{self.url}/hook?key={self.secret}", "secret": self.secret}

    def take(self, request: Request) -> Reply:
        if request.query.get("key") != self.secret:
            self.refuse(401, "", "key")
        document = request.json()
        key = request.headers.get("Idempotency-Key", "")
        self.messages[key] = f"{document['title']}\n{document['text']}"
        return Reply(200, "ok")


class AlertmanagerWebhook(Webhook):
    name = "webhook-am"

    def fields(self) -> dict[str, Any]:
        return {**super().fields(), "format": "alertmanager"}

    def take(self, request: Request) -> Reply:
        document = request.json()
        wanted = {
            *("version", "groupKey", "truncatedAlerts", "status", "receiver", "groupLabels", "commonLabels"),
            *("commonAnnotations", "externalURL", "notification_reason", "alerts"),
        }
        if set(document) != wanted or document["version"] != "4":
            self.refuse(400, "", f"fields {sorted(set(document) ^ wanted)}")
        for alert in document["alerts"]:
            fields = {"status", "labels", "annotations", "startsAt", "endsAt", "generatorURL", "fingerprint"}
            if set(alert) != fields or alert["status"] not in ("firing", "resolved"):
                self.refuse(400, "", "alert")
        key = request.headers.get("Idempotency-Key", "")
        self.messages[key] = f"[{document['status'].upper()}] {document['alerts'][0]['annotations']['summary']}"
        return Reply(200, "")


class Apprise(Provider):
    kind = "apprise"
    name = "apprise"

    def fields(self) -> dict[str, Any]:
        return {"urls": [f"{self.url.replace('http://', 'json://')}/{self.secret}"]}

    def take(self, request: Request) -> Reply:
        document = request.json()
        if request.path.strip("/") != self.secret:
            self.refuse(404, "", request.path)
        self.add(f"{document['title']}\n{document['message']}")
        return Reply(200, "ok")

    def refusals(self) -> dict[str, tuple[Reply, str, str]]:
        # Apprise says yes or no, and not why.
        return {"broken": (Reply(500, ""), "uncertain", "destination")}


# -- mail ---------------------------------------------------------------------------------------------------


class _Exchange:
    """What a provider of mail is asked, in the shape the others are: the DATA of one mail."""

    def __init__(self, path: str, headers: dict[str, str], transport: Any) -> None:
        self.path = path
        self.headers = headers
        self.transport = transport
        self.reply = ""


class _Smtp(SMTP):
    """Leaves the transport to the handler, for resets and drips."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.session.wire = transport  # type: ignore[union-attr]


class Email(Provider):
    """An SMTP server that wants STARTTLS and a sign-in, and the reader's program, which knows repeats by Message-ID."""

    kind = "email"
    name = "email"
    user = "kim"
    readers = ("a@example.com", "b@example.com")

    def __init__(self) -> None:
        super().__init__()
        self.port = 0
        self.mails: list[EmailMessage] = []
        self.told: list[list[str]] = []
        self.refuse_reader: Callable[[str], str] = lambda address: ""
        """What is answered to RCPT instead, if anything."""

    def fields(self) -> dict[str, Any]:
        return {
            "smtp_server": "localhost",
            "smtp_port": self.port,
            "security": "starttls",
            "verify_certificate": False,
            "username": self.user,
            "password": self.secret,
            "from_email": "alerts@example.com",
            "to_emails": list(self.readers),
            "timeout_seconds": 3,
        }

    @contextmanager
    def serve(self) -> Iterator[None]:  # type: ignore[override]
        def authenticate(_s: Any, _session: Any, _e: Any, _mechanism: str, data: Any) -> AuthResult:
            good = isinstance(data, LoginPassword) and (data.login, data.password) == (
                self.user.encode(),
                self.secret.encode(),
            )
            return AuthResult(success=good, handled=False)

        class Controlled(Controller):
            def factory(self) -> SMTP:
                return _Smtp(self.handler, **self.SMTP_kwargs)

        with TemporaryDirectory() as folder:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate(Path(folder)))
            self.port = free_port()
        controller = Controlled(
            self,
            hostname="127.0.0.1",
            port=self.port,
            tls_context=context,
            require_starttls=True,
            authenticator=authenticate,
            auth_required=True,
        )
        controller.start()
        try:
            yield
        finally:
            controller.stop()

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if refusal := self.refuse_reader(address):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        mail = message_from_bytes(envelope.content, policy=policy.default)
        exchange = _Exchange("DATA", dict(mail.items()), session.wire)
        self.requests.append(Request("DATA", "", {}, exchange.headers, envelope.content))
        if self.scripted:
            doing: Any = self.scripted.pop(0)(exchange)  # type: ignore[arg-type, func-returns-value]
            if doing is not None:
                await doing
            return exchange.reply or "451 nothing came of it"
        assert isinstance(mail, EmailMessage)
        self._check(mail, session)
        self.mails.append(mail)
        self.told.append(list(envelope.rcpt_tos))
        text = mail.get_body(("plain",))
        assert text is not None
        self.messages[str(mail["Message-ID"])] = f"{mail['Subject']}\n{text.get_content()}"
        self.on_accept()
        return "250 taken"

    def _check(self, mail: EmailMessage, session: Any) -> None:
        for name in ("Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted"):
            if not mail[name]:
                self.faults.append(f"email: no {name}")
        for name in ("Message-ID", "References", "In-Reply-To"):
            if mail[name] and not re.fullmatch(r"<[!-;=?-~]+@[!-;=?-~]+>", str(mail[name])):
                self.faults.append(f"email: {name} is {mail[name]}")
        if len(str(mail["Subject"])) > 200:
            self.faults.append("email: a subject nobody can read")
        if not session.ssl or not session.authenticated:
            self.faults.append("email: in the clear, or by anybody")

    def say(self, handler: Any, reply: Reply) -> None:
        handler.reply = f"{reply.status} {' '.join(reply.body.split())[:400]}"

    async def hang(self, handler: Any) -> None:  # type: ignore[override]
        await self._keep_waiting(handler, b"")

    def reset(self, handler: Any) -> None:
        handler.transport.abort()

    async def drip(self, handler: Any) -> None:  # type: ignore[override]
        """Lines of an answer that goes on and on."""
        await self._keep_waiting(handler, b"250-wait\r\n")

    async def _keep_waiting(self, handler: Any, saying: bytes) -> None:
        for _ in range(500):
            if handler.transport.is_closing():
                return
            handler.transport.write(saying)
            await asyncio.sleep(0.02)

    def refusals(self) -> dict[str, tuple[Reply, str, str]]:
        return {
            "spam": (Reply(554, "5.7.1 looks like spam"), *NOBODY),
            "too large": (Reply(552, "5.3.4 too large"), *NOBODY),
            "greylisted": (Reply(451, "4.7.1 try later"), "retryable", "destination"),
            "disk full": (Reply(452, "4.3.1 no room"), "retryable", "destination"),
        }


# -- open pages ---------------------------------------------------------------------------------------------


class Web(Provider):
    """Every open page, which shows a message of the live feed once, by its id."""

    kind = "web"
    name = "web"
    feed_type = b"toast"

    def fields(self) -> dict[str, Any]:
        return {}

    def prepare(self, redis: Redis) -> None:
        self.redis = redis

    def serve(self) -> AbstractContextManager:
        return nullcontext()

    @property
    def shown(self) -> list[str]:
        entries = [fields for _, fields in self.redis.xrange(keys.feed()) if fields[b"type"] == self.feed_type]
        found = [json.loads(fields[b"data"]) for fields in entries]
        return [f"{one['title']}\n{one['text']}" for one in {one["id"]: one for one in found}.values()]


class Dashboard(Web):
    kind = "dashboard"
    name = "dashboard"
    feed_type = b"banner"


IN_PAGES: tuple[type[Provider], ...] = (Web, Dashboard)
"""Channels that live in the product itself: nobody to refuse."""
ALL: tuple[type[Provider], ...] = (
    SlackWebhook,
    SlackBot,
    Telegram,
    Discord,
    Teams,
    PagerDuty,
    Twilio,
    Gateway,
    NestedGateway,
    Push,
    Webhook,
    AlertmanagerWebhook,
    Apprise,
    Email,
)
