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
from shared.model import reasons
from shared.settings import Settings
from shared.store import channel_store


def walk(redis: Redis, settings: Settings) -> Iterator[Finding]:
    """Walk to each mail server: name, port, encryption, sign-in, sender and recipients; no mail is sent."""
    names = [name for name in {"email", *channel_store.names(redis)} if (k := kinds.find(name)) and k.kind == "email"]
    configured = [name for name in sorted(names) if channel_store.load(redis, name)]
    if not configured:
        yield fail(reasons.of("doctor.no_mail_channel"), reasons.of("remedy.mail_channel"))
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
        yield fail(
            reasons.of("doctor.mail_server_unknown", channel=name, server=config.smtp_server, error=error.strerror),
            reasons.of("remedy.mail_server"),
        )
        return
    try:
        with email.session(config, network) as smtp:
            yield ok(reasons.of("doctor.mail_connects", channel=name, server=where))
            is_encrypted = isinstance(smtp.sock, ssl.SSLSocket)
            code = "doctor.mail_encrypted" if is_encrypted else "doctor.mail_not_encrypted"
            yield ok(reasons.of(code, channel=name))
            if config.username:
                smtp.login(config.username, config.password.get_secret_value())
                yield ok(reasons.of("doctor.mail_signed_in", channel=name, name=config.username))
            yield from _of_addresses(name, config, smtp)
    except connect.Untrusted as error:
        yield fail(
            reasons.of("doctor.of_channel", channel=name, because=error.why),
            reasons.of("remedy.mail_certificate"),
        )
    except connect.Unreachable as error:
        yield fail(
            reasons.of("doctor.mail_unreachable", channel=name, server=where, because=error.why),
            reasons.of("remedy.mail_port"),
        )
    except DeliveryError as error:
        is_refused = error.verdict == "permanent"
        remedy = "remedy.mail_refused" if is_refused else "remedy.mail_security"
        failed = reasons.of("doctor.mail_failed", channel=name, server=where, because=error.why)
        yield fail(failed, reasons.of(remedy))
    except smtplib.SMTPAuthenticationError as error:
        yield fail(
            reasons.of("doctor.mail_credentials", channel=name, server=where, status=error.smtp_code),
            reasons.of("remedy.mail_credentials"),
        )
    except smtplib.SMTPNotSupportedError as error:
        yield fail(
            reasons.of("doctor.of_channel", channel=name, because=str(error)), reasons.of("remedy.mail_no_sign_in")
        )
    except (smtplib.SMTPException, OSError) as error:
        yield fail(
            reasons.of("doctor.mail_failed", channel=name, server=where, because=str(error) or type(error).__name__),
            reasons.of("remedy.mail_security"),
        )


def _of_addresses(name: str, config: Any, smtp: smtplib.SMTP) -> Iterator[Finding]:
    code, answer = smtp.mail(config.from_email)
    if code >= 400:
        yield fail(
            reasons.of(
                "doctor.mail_sender", channel=name, address=config.from_email, status=code, answer=_text(answer)
            ),
            reasons.of("remedy.mail_sender"),
        )
        return
    for address in config.to_emails:
        code, answer = smtp.rcpt(address)
        if code >= 400:
            yield fail(
                reasons.of(
                    "doctor.mail_recipient_refused", channel=name, address=address, status=code, answer=_text(answer)
                ),
                reasons.of("remedy.mail_recipient"),
            )
        else:
            yield ok(reasons.of("doctor.mail_recipient", channel=name, address=address))
    smtp.rset()
    yield ok(reasons.of("doctor.mail_try", channel=name))


def _text(answer: bytes) -> str:
    return " ".join(answer.decode("utf-8", "replace").split())[:200]
