"""`doctor --email`: why mail does not arrive, from the mail server's name to its recipients. No mail is sent."""

import smtplib
import socket
import ssl
from collections.abc import Iterator
from typing import Any

from redis import Redis

from api.doctor import channels
from api.doctor.findings import Finding, fail, ok
from dispatchers import channel as kinds
from dispatchers import connect
from dispatchers.channel import DeliveryError
from dispatchers.channels import email
from dispatchers.network import Network
from shared.errors import Invalid
from shared.settings import Settings
from shared.store import channel_store


def walk(redis: Redis, settings: Settings) -> Iterator[Finding]:
    """Walk to each mail server: name, port, encryption, sign-in, sender and recipients; no mail is sent."""
    names = [name for name in {"email", *channel_store.names(redis)} if (k := kinds.find(name)) and k.kind == "email"]
    configured = [name for name in sorted(names) if channel_store.load(redis, name)]
    if not configured:
        yield fail("no e-mail channel is configured", "Set SMTP_SERVER and the others, or PUT …/channels/email/config.")
    for name in configured:
        broken = list(channels.examine(redis, name))
        yield from broken
        kind = kinds.get(name)
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
        remedy = "Correct smtp_server, or OUTBOUND_ALLOW." if is_refused else "Do port and `security` belong together?"
        yield fail(f"{name}: {where}: {error.reason}", remedy)
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
    code, answer = smtp.mail(config.from_email)
    if code >= 400:
        yield fail(f"{name}: it does not send for {config.from_email} ({code} {_text(answer)})", "Correct from_email.")
        return
    for address in config.to_emails:
        code, answer = smtp.rcpt(address)
        if code >= 400:
            yield fail(f"{name}: it takes no mail for {address} ({code} {_text(answer)})", "Correct to_emails.")
        else:
            yield ok(f"{name}: it takes mail for {address}")
    smtp.rset()
    yield ok(f"{name}: to see one arrive: enhanced-alerts channels test {name}")


def _text(answer: bytes) -> str:
    return " ".join(answer.decode("utf-8", "replace").split())[:200]
