"""
The three questions of the troubleshooting list, each walked link by link: an alert was not sent, the page is not live,
mail does not arrive. Each walk names the first broken link and what to do about it.
"""

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import requests
from redis import Redis

from api.auth import identity
from api.doctor import advice
from api.doctor.findings import Finding, fail, ok, warn
from api.doctor.listener import Ended, Listener
from api.read import heard
from dispatchers import channel as channels
from dispatchers import connect
from dispatchers.channel import DeliveryError
from dispatchers.channels import email
from dispatchers.network import Network
from evaluator import condition
from shared import process
from shared.clock import SystemClock
from shared.errors import Invalid, NotFound
from shared.model import rules
from shared.model.alerts import Alert, ledger_entry
from shared.model.numbers import number
from shared.model.partitions import partition_of
from shared.redis import keys
from shared.settings import Settings, authority
from shared.store import alert_store, channel_store, due_groups, rule_store

CONNECT_S = 5.0
HELLO_S = 15.0
"""The first word comes at once; a busy machine may take its time."""
LATE_FOR_MS = 60_000
"""A clock that stepped back is found out within half a minute; whatever is late for longer needs somebody to look."""
QUIET_MS = 300_000
"""A plugin silent for longer than five minutes publishes no more, most likely."""
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


# -- an alert was not sent ----------------------------------------------------------------------------------


def of_alert(redis: Redis, settings: Settings, alert_id: str) -> Iterator[Finding]:
    """Walk from an alert to each of its channels: held back, queued, refused, told?"""
    try:
        alert = alert_store.get(redis, alert_id)
    except NotFound as error:
        yield fail(
            str(error), "`enhanced-alerts alerts list --history` lists them; if it never fired: doctor --rule ID."
        )
        return
    yield ok(f"alert {alert.id}: {alert.rule_name}, {alert.plugin_name}, {alert.condition}; {alert.state}")
    if alert.state == "pending":
        yield warn(
            "it has not fired: its condition must hold for a while first", "Nobody is told before; see for_seconds."
        )
        return
    for step, reason in alert.suppressed.items():
        yield warn(f"held back from channels ({step}): {reason}", _RELEASE.get(step, "It is told when that ends."))
    if alert.announced_episode < alert.episode:
        yield warn("it fired again within its cooldown", "Channels are told when the cooldown ends, if it still fires.")
    told_by = {name.decode(): body for name, body in redis.hgetall(keys.ledger(alert.id)).items()}
    names = list(dict.fromkeys([*alert.channels, *told_by]))
    if not names:
        yield warn("its rule names no channel: only the board shows it", "Name some: PATCH …/rules/<id> channels.")
    for name in names:
        yield from _of_channel(redis, alert, name, told_by.get(name))


_RELEASE = {
    "silenced": "It is told when the silence ends: `enhanced-alerts silences list`, `silences expire ID`.",
    "inhibited": "It is told when the stronger alert ends, if it still fires; see `inhibited_by` of its rule.",
    "cooldown": "It is told when the cooldown ends, if it still fires; see `cooldown_minutes` of its rule.",
    "flapping": "It is told once a cooldown until it settles; a `recover` threshold or `for_seconds` calms it.",
}


def _of_channel(redis: Redis, alert: Alert, name: str, body: bytes | None) -> Iterator[Finding]:
    entry = ledger_entry(body)
    last = next((e for e in reversed(alert_store.timeline(redis, alert.id)) if e.channel == name), None)
    if entry.told == alert.state or (entry.told == "firing" and alert.state == "acknowledged"):
        yield ok(f"{name} was told {entry.told!r}" + (f": {last.reason}" if last and last.reason else ""))
        return
    if entry.status == "settled" and not entry.told and not alert.suppressed and alert.state == "resolved":
        yield ok(f"{name} was never told that it fired, so its end is no news")
        return
    broken = list(of_channel(redis, name))
    yield from broken
    if entry.status == "dead":
        yield fail(
            f"{name} was given up: {entry.reason or (last.reason if last else 'no reason is recorded')}",
            f"When that is mended: enhanced-alerts notifications retry --channel {name} --alert {alert.id}.",
        )
    elif entry.attempts:
        wait_s = max(0, entry.not_before_ms - SystemClock().now_ms()) // 1000
        yield warn(f"{name} failed {entry.attempts} times: {entry.reason}", f"It is tried again in {wait_s} s.")
    elif entry.status == "sending":
        yield ok(f"{name} is being told now")
    elif not alert.suppressed and not any(finding.verdict == "fail" for finding in broken):
        yield warn(
            f"{name} has not been told yet", "The router looks again within seconds; if this stays, see its log."
        )


def of_channel(redis: Redis, name: str) -> Iterator[Finding]:
    """Yield what is wrong with a channel itself: unknown, not configured, off, parked, or nobody does its work."""
    kind = channels.find(name)
    if kind is None:
        yield fail(f"there is no channel {name}", f"Choose from {', '.join(channels.catalogue())}, or e.g. slack-ops.")
        return
    fields = channel_store.load(redis, name)
    if not fields and kind.needs_configuration:
        yield fail(f"channel {name} is not configured", f"PUT /api/enhanced-alerts/channels/{name}/config.")
        return
    try:
        config = kind.check(fields)
    except Invalid as error:
        yield fail(f"channel {name}", str(error))
        return
    if not config.enabled:
        yield fail(f"channel {name} is switched off", f"Set `enabled` to true: PUT …/channels/{name}/config.")
    pause = redis.get(keys.pause(name))
    failures = int(redis.get(keys.failures(name)) or 0)
    if pause:
        left_s = max(0, redis.pttl(keys.pause(name))) // 1000
        yield fail(
            f"channel {name} makes no call for {left_s} s: {pause.decode()}",
            f"Mend it, then `enhanced-alerts channels test {name}`: a success ends the pause.",
        )
    elif failures:
        yield fail(
            f"channel {name} failed {failures} times in a row",
            f"`enhanced-alerts channels test {name}` says what it answers.",
        )
    alive = {r.component for r in process.reports(redis, SystemClock().now_ms()) if r.ready}
    if not alive & {f"worker-{name}", "worker-rest", "worker"}:
        yield fail(f"no worker is running for channel {name}", "Start one: enhanced-alerts worker.")
    waiting = redis.llen(f"rq:queue:{due_groups.queue_name(name)}")
    if waiting > 100:
        yield warn(f"channel {name} has {waiting} jobs waiting", "Its provider is slow, or another worker would help.")


# -- a rule did not fire ------------------------------------------------------------------------------------


def of_rule(redis: Redis, settings: Settings, rule_id: str) -> Iterator[Finding]:
    """Walk from plugins to a rule that does not fire: heard of, covered, measured, evaluated, cooling down?"""
    try:
        rule = rule_store.get(redis, rule_id)
        checked = condition.check(rule, int(settings.stream_keep_seconds * 1000))
    except (NotFound, Invalid) as error:
        yield fail(str(error), "`enhanced-alerts rules list` lists them.")
        return
    yield ok(f"rule {rule.id}: {checked.describe()}")
    if not rule.enabled:
        yield fail("the rule is off", f"enhanced-alerts rules enable {rule.id}.")
    for note in advice.on_rule(redis, rule):
        yield warn(note.rstrip("."), "Compare the names: enhanced-alerts top --plugins --once.")
    now_ms = SystemClock().now_ms()
    for plugin in heard.plugins(redis):
        if rule.covers(plugin["plugin_id"], plugin.get("labels", {})):
            yield from _of_plugin(redis, settings, rule, checked, plugin, now_ms)


def _of_plugin(
    redis: Redis, settings: Settings, rule: rules.Rule, checked: Any, plugin: dict[str, Any], now_ms: int
) -> Iterator[Finding]:
    plugin_id = plugin["plugin_id"]
    silent_ms = now_ms - plugin["last_at_ms"]
    if silent_ms > QUIET_MS:
        yield warn(
            f"{plugin_id} has been silent for {silent_ms // 60_000} min", "Is it running? Only new samples fire."
        )
    late_ms = int(plugin.get("late_by_ms", 0))
    if late_ms and now_ms - plugin["late_since_ms"] >= LATE_FOR_MS:
        yield fail(
            f"{plugin_id}'s samples come {late_ms // 1000} s late, older than what came before: they decide nothing",
            "Check its clock, and whether two programs publish under its id.",
        )
    limits = [checked.threshold] if checked.compares else []
    values = [
        f"{name} = {number(plugin['metrics'][name], *limits)}"
        for name in sorted(checked.needs().metrics & plugin["metrics"].keys())
    ]
    if values:
        yield ok(f"{plugin_id}: newest {', '.join(values)}")
    p = partition_of(plugin_id, settings.partitions)
    if not redis.exists(keys.lease(p)):
        yield fail(f"nobody evaluates partition {p}, where {plugin_id} is", "Start an evaluator.")
    left_ms = redis.pttl(keys.cooldown(p, rule.id, plugin_id))
    if left_ms > 0:
        said = f"{plugin_id} is in its cooldown for {left_ms // 1000} s more"
        yield warn(said, "A new breach reopens the alert on the board; channels hear of it when the cooldown ends.")


# -- the page is not live -----------------------------------------------------------------------------------


def of_websocket(redis: Redis, settings: Settings) -> Iterator[Finding]:
    """Walk from the relay's process to the address browsers use."""
    where = authority(settings.relay_host, settings.relay_port)
    alive = [r for r in process.reports(redis, SystemClock().now_ms()) if r.component == "relay"]
    if not alive:
        yield fail("no relay is running", "Start one: enhanced-alerts relay; its log is logs/alert_websocket.log.")
        return
    yield ok(f"the relay runs; {sum(int(r.counters.get('clients', 0)) for r in alive)} browsers listen")
    secure = bool(settings.tls_certificate)
    host = "127.0.0.1" if settings.relay_host in ("0.0.0.0", "::") else settings.relay_host
    try:
        health = f"{'https' if secure else 'http'}://{host}:{settings.relay_port}/healthz"
        with requests.Session() as session:
            # A proxy for other hosts does not lead here.
            session.trust_env = False
            session.get(health, timeout=CONNECT_S, verify=not secure).raise_for_status()
    except requests.RequestException as error:
        yield fail(
            f"nothing answers at {where} ({type(error).__name__})",
            "Is RELAY_PORT the one the relay was started with, and open in this machine's firewall?",
        )
        return
    yield ok(f"port {settings.relay_port} answers")
    direct = f"{'wss' if secure else 'ws'}://{host}:{settings.relay_port}/live"
    said = _listen(redis, direct, "")
    if said:
        yield fail(f"the relay lets nobody listen: {said}", "See logs/alert_websocket.log.")
        return
    yield ok("a ticket lets a page listen")
    yield from _of_public_address(redis, settings)


def _of_public_address(redis: Redis, settings: Settings) -> Iterator[Finding]:
    page = urlsplit(settings.effective_public_url)
    relay = urlsplit(settings.relay_public_url)
    if not settings.relay_public_url:
        if page.scheme == "https" and not settings.tls_certificate:
            yield fail(
                f"pages come from {page.geturl()}, and browsers refuse ws:// from there",
                "Set RELAY_PUBLIC_URL=wss://… and have the proxy pass /live to the relay (deploy/nginx.conf).",
            )
        elif page.hostname not in _LOOPBACK and settings.relay_host in _LOOPBACK:
            yield fail(
                f"browsers go to {page.hostname}:{settings.relay_port}, but the relay listens on this machine only",
                "Set RELAY_HOST=0.0.0.0 and open RELAY_PORT in the firewall, or set RELAY_PUBLIC_URL.",
            )
        else:
            yield ok(f"browsers go to {page.hostname}:{settings.relay_port}")
        return
    if relay.scheme not in ("ws", "wss"):
        yield fail(f"RELAY_PUBLIC_URL is {settings.relay_public_url}", "It must begin with ws:// or wss://.")
        return
    if page.scheme == "https" and relay.scheme == "ws":
        yield fail(
            "pages come by https, and browsers refuse ws:// from there", "Make RELAY_PUBLIC_URL begin with wss://."
        )
        return
    said = _listen(redis, settings.relay_public_url, settings.effective_public_url)
    if said:
        yield fail(
            f"{settings.relay_public_url} does not lead to the relay: {said}",
            "The proxy must pass Upgrade and Connection with HTTP/1.1, as in deploy/nginx.conf.",
        )
    else:
        yield ok(f"{settings.relay_public_url} leads to the relay")


def _listen(redis: Redis, address: str, origin: str) -> str:
    """Open a socket and wait for its first word; returns what went wrong, or ""."""
    ticket = identity.issue_ticket(redis, "doctor", "viewer")
    try:
        with closing(Listener(f"{address}?ticket={ticket}", timeout_s=HELLO_S, origin=origin)) as listener:
            word = listener.hear(HELLO_S)
    except Ended as error:
        return str(error)
    except OSError as error:
        return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return "" if word and '"hello"' in word else "it says nothing"


# -- mail does not arrive -----------------------------------------------------------------------------------


def of_email(redis: Redis, settings: Settings) -> Iterator[Finding]:
    """Walk to each mail server: name, port, encryption, sign-in, sender and recipients; no mail is sent."""
    names = [
        name for name in {"email", *channel_store.names(redis)} if (k := channels.find(name)) and k.kind == "email"
    ]
    configured = [name for name in sorted(names) if channel_store.load(redis, name)]
    if not configured:
        yield fail("no e-mail channel is configured", "Set SMTP_SERVER and the others, or PUT …/channels/email/config.")
    for name in configured:
        broken = list(of_channel(redis, name))
        yield from broken
        kind = channels.get(name)
        try:
            config: Any = kind.check(channel_store.load(redis, name))
        except Invalid:
            continue
        yield from _of_mail_server(name, config, Network.of(settings).for_channel(config))


def _of_mail_server(name: str, config: Any, network: Network) -> Iterator[Finding]:
    where = f"{config.smtp_server}:{config.smtp_port}"
    try:
        socket.getaddrinfo(config.smtp_server, config.smtp_port, type=socket.SOCK_STREAM)
    except OSError as error:
        yield fail(f"{name}: there is no server {config.smtp_server} ({error.strerror})", "Correct smtp_server.")
        return
    try:
        with email.session(config, network) as smtp:
            yield ok(f"{name}: {where} takes connections")
            yield ok(f"{name}: {'encrypted' if isinstance(smtp.sock, ssl.SSLSocket) else 'not encrypted'}")
            if config.username:
                smtp.login(config.username, config.password.get_secret_value())
                yield ok(f"{name}: it knows {config.username}")
            yield from _of_addresses(name, config, smtp)
    except connect.Untrusted as error:
        yield fail(
            f"{name}: {error.reason}",
            "Correct smtp_server to the name in it, or paste the certificate of its authority as `ca_certificate`.",
        )
    except connect.Unreachable as error:
        yield fail(
            f"{name}: {where} takes no connection: {error.reason}",
            "Is smtp_port right (587 STARTTLS, 465 TLS), and does the firewall let this machine out?",
        )
    except DeliveryError as error:
        is_refused = error.verdict == "permanent"
        advice_ = "Correct smtp_server, or OUTBOUND_ALLOW." if is_refused else "Do port and `security` belong together?"
        yield fail(f"{name}: {where}: {error.reason}", advice_)
    except smtplib.SMTPAuthenticationError as error:
        yield fail(
            f"{name}: {where} refuses the user name or password ({error.smtp_code})",
            "With Gmail and others: an app password, not that of the account.",
        )
    except smtplib.SMTPNotSupportedError as error:
        yield fail(f"{name}: {error}", "Choose another `security`, or no username.")
    except (smtplib.SMTPException, OSError) as error:
        yield fail(f"{name}: {where}: {error or type(error).__name__}", "Do port and `security` belong together?")


def _of_addresses(name: str, config: Any, smtp: smtplib.SMTP) -> Iterator[Finding]:
    code, said = smtp.mail(config.from_email)
    if code >= 400:
        yield fail(f"{name}: it does not send for {config.from_email} ({code} {_text(said)})", "Correct from_email.")
        return
    for address in config.to_emails:
        code, said = smtp.rcpt(address)
        if code >= 400:
            yield fail(f"{name}: it takes no mail for {address} ({code} {_text(said)})", "Correct to_emails.")
        else:
            yield ok(f"{name}: it takes mail for {address}")
    smtp.rset()
    yield ok(f"{name}: to see one arrive: enhanced-alerts channels test {name}")


def _text(said: bytes) -> str:
    return " ".join(said.decode("utf-8", "replace").split())[:200]
