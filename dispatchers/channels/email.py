"""`email`: SMTP with STARTTLS or TLS, plain text and HTML; the messages of one alert form a thread."""

import hashlib
import smtplib
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, Literal

from pydantic import Field, SecretStr

from dispatchers import connect, ledger, mail_headers, recipients, truncate
from dispatchers.channel import Cause, DeliveryError, Notification, Receipt, Traits
from dispatchers.channel_config import TlsConfig
from dispatchers.deadline import Deadline
from dispatchers.network import Network
from dispatchers.surroundings import Surroundings
from shared import outbound
from shared.model import mail_recipients, printable, reasons
from shared.model.mail_addresses import ascii_domain
from shared.model.mail_recipients import MailAddress
from shared.model.reasons import Reason

TRAITS = Traits(tells=frozenset(("firing", "resolved")), at_once=1_000, idempotent=True)
DESTINATIONS = ("smtp_server", "smtp_port", "security", "verify_certificate")
MAX_SUBJECT_CHARS = 200
TOTAL_TIMEOUT_S = 40.0
"""For a whole mail; some servers keep strangers waiting on purpose. Below RQ's limit, with room for a good-bye."""
MAIL_PORTS = (25, 465, 587)
"""Many machines have a mail server of their own, and nothing else listens there."""


class Config(TlsConfig):
    """An SMTP server and who gets the mail."""

    smtp_server: str = Field(min_length=1, max_length=255, pattern=r"^[^\s/@]+$", description="e.g. smtp.gmail.com")
    smtp_port: int = Field(587, ge=1, le=65_535, description="587: STARTTLS; 465: TLS; 25: none")
    security: Literal["auto", "starttls", "tls", "none"] = Field(
        "auto", description="auto: TLS on port 465, STARTTLS on 587, otherwise STARTTLS if the server offers it."
    )
    verify_certificate: bool = Field(True, description="Off only for a server with a certificate of its own making.")
    username: str = Field("", max_length=255)
    password: SecretStr = Field(SecretStr(""), description="With Gmail: an app password.")
    from_email: MailAddress
    to_emails: list[MailAddress] = Field(min_length=1, max_length=mail_recipients.MOST)
    timeout_seconds: float = Field(15, ge=1, le=60, description="For each answer; 40 s for a whole mail.")


def send(notification: Notification, config: Any, around: Surroundings) -> Receipt:
    """
    Hand the mail to the server; a retry goes only to those it refused for the time being.

    Raises:
        DeliveryError: 4yz and network trouble before the mail was handed over: retryable; 5yz: permanent; silence after
            that: uncertain (RFC 5321, 4.2.1).
    """
    round_ = recipients.Round(around.redis, notification, config.to_emails)
    for addresses, part in round_.groups:
        try:
            refused = hand_over(compose(part, config), addresses, config, around.network)
        except DeliveryError as error:
            round_.refused(addresses, part, error)
            continue
        taken = [address for address in addresses if address not in refused]
        if taken:
            counts = {"accepted": len(taken), "recipients": len(addresses)}
            round_.had(taken, part, reasons.of("delivery.mail_accepted", server=config.smtp_server, **counts))
        for address, (code, said) in refused.items():
            why = reasons.of(
                "delivery.mail_recipient",
                server=config.smtp_server,
                status=code,
                recipient=address,
                answer=_text(said),
            )
            round_.refused([address], part, _judged(code, why, "message"))
    return round_.outcome()


def hand_over(
    message: bytes, addresses: Sequence[str], config: Config, network: Network
) -> dict[str, tuple[int, bytes]]:
    """
    Send one mail; returns the addresses the server refused, with its codes and words.

    Raises:
        DeliveryError: as `send`.
    """
    server = f"{config.smtp_server}:{config.smtp_port}"
    options = _options(config.from_email, *addresses)
    deadline = Deadline(TOTAL_TIMEOUT_S)
    smtp: _Session | None = None
    wanted = {ascii_domain(address): address for address in addresses}
    try:
        smtp = _open(config, network, deadline)
        if config.username:
            smtp.login(config.username, config.password.get_secret_value())
        sender = ascii_domain(config.from_email)
        refused = smtp.sendmail(sender, list(wanted), message, mail_options=options)
        return {wanted[address]: why for address, why in refused.items()}
    except smtplib.SMTPRecipientsRefused as error:
        return {wanted[address]: why for address, why in error.recipients.items()}
    except smtplib.SMTPAuthenticationError as error:
        why = reasons.of("delivery.mail_credentials", server=config.smtp_server, status=error.smtp_code)
        raise _judged(error.smtp_code, why) from None
    except smtplib.SMTPDataError as error:
        raise _judged(error.smtp_code, _answered(config, error), "message") from None
    except smtplib.SMTPResponseException as error:
        raise _judged(error.smtp_code, _answered(config, error)) from None
    except (smtplib.SMTPNotSupportedError, UnicodeError) as error:
        # No STARTTLS or sign-in there, or a name or password it cannot take.
        why = reasons.of("delivery.mail", server=server, answer=str(error).partition(":")[0])
        raise DeliveryError("permanent", why) from None
    except (smtplib.SMTPException, OSError) as error:
        why = reasons.of("delivery.mail", server=server, answer=str(error) or type(error).__name__)
        if deadline.is_over:
            why = reasons.of("delivery.mail_too_slow", server=server, limit_s=TOTAL_TIMEOUT_S)
        is_handed_over = smtp is not None and smtp.is_handed_over
        raise DeliveryError("uncertain" if is_handed_over else "retryable", why) from None
    finally:
        if smtp is not None:
            # Whatever comes of good-byes, the mail has been taken or not.
            with suppress(smtplib.SMTPException, OSError):
                smtp.quit()
            smtp.close()
        deadline.close()


def compose(notification: Notification, config: Config) -> bytes:
    """
    Write the mail.

    Its Message-ID is that of its news, so that a mail sent twice after a crash is one to the reader's program; what
    follows in the life of the same group of alerts refers to one root, and shows as a thread.
    """
    domain = ascii_domain(config.from_email).rpartition("@")[2].strip("[]").replace(":", ".")
    first = notification.items[0]
    headers = [
        mail_headers.text("Subject", truncate.cut(printable.one_line(notification.title), MAX_SUBJECT_CHARS)),
        mail_headers.addresses("From", [config.from_email], "Enhanced Alerts"),
        mail_headers.addresses("To", config.to_emails),
        f"Date: {format_datetime(datetime.now(UTC))}",
        f"Message-ID: <{ledger.identity(notification.items)}@alerts.{domain}>",
    ]
    if not notification.test:
        # A group may be named by a label's value, which may hold anything.
        group = hashlib.sha256((first.alert.group or first.alert.id).encode("utf-8", "replace")).hexdigest()[:32]
        headers += [f"References: <{group}@alerts.{domain}>", f"In-Reply-To: <{group}@alerts.{domain}>"]
    headers.append("Auto-Submitted: auto-generated")
    if any(i.alert.severity in ("critical", "emergency") and i.news == "firing" for i in notification.items):
        headers.append("Importance: high")
    # The library writes the parts, whose headers hold nothing of what people wrote.
    parts = EmailMessage(policy=policy.SMTP)
    parts.set_content(notification.text, charset="utf-8")
    parts.add_alternative(notification.html, subtype="html", charset="utf-8")
    return "".join(f"{header}\r\n" for header in headers).encode() + parts.as_bytes()


def _options(*addresses: str) -> list[str]:
    """Return what the server must be asked for: names before the @ in other letters need SMTPUTF8 (RFC 6531)."""
    is_plain = all(ascii_domain(address).isascii() for address in addresses)
    return [] if is_plain else ["SMTPUTF8", "BODY=8BITMIME"]


@contextmanager
def session(config: Config, network: Network) -> Iterator[smtplib.SMTP]:
    """Open a session without sending mail, to find out why no mail arrives; raises what sending raises."""
    deadline = Deadline(TOTAL_TIMEOUT_S)
    try:
        with _open(config, network, deadline) as smtp:
            yield smtp
    finally:
        deadline.close()


class _Session(smtplib.SMTP):
    """A session on a connection that was opened, and whose address was checked, before."""

    def __init__(self, connected: socket.socket, config: Config) -> None:
        self.is_handed_over = False
        """Whether the server may have taken the mail, whatever comes after (RFC 5321, 4.2.5)."""
        self._connected = connected
        super().__init__(config.smtp_server, config.smtp_port, timeout=config.timeout_seconds)

    def connect(self, *_: Any, **__: Any) -> tuple[int, bytes]:
        self.sock, self.file = self._connected, None
        return self.getreply()

    def data(self, msg: Any) -> tuple[int, bytes]:
        self.is_handed_over = True
        return super().data(msg)


def _open(config: Config, network: Network, deadline: Deadline) -> _Session:
    """
    Open a session with the server, encrypted as configured; nobody is signed in yet.

    Raises:
        DeliveryError: the address is refused or unreachable, or its certificate is not trusted.
        SMTPException, OSError: it is no mail server, or breaks off.
    """
    security = config.security
    if security == "auto":
        security = {465: "tls", 587: "starttls"}.get(config.smtp_port, "auto")  # type: ignore[assignment]
    context = network.tls()
    if not config.verify_certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    policy = network.policy
    if config.smtp_port in MAIL_PORTS:
        policy = replace(policy, allow=(*policy.allow, outbound.LOOPBACK))
    connected = connect.open_socket(config.smtp_server, config.smtp_port, policy, deadline)
    try:
        if security == "tls":
            connected = connect.start_tls(connected, config.smtp_server, context, deadline)
        connected.settimeout(config.timeout_seconds)
        smtp = _Session(connected, config)
        smtp.ehlo()
        if security == "starttls" or (security == "auto" and smtp.has_extn("starttls")):
            smtp.starttls(context=context)
            smtp.ehlo()
    except ssl.SSLCertVerificationError as error:
        connected.close()
        raise connect.Untrusted(config.smtp_server, error) from None
    except BaseException:
        connected.close()
        raise
    return smtp


def _judged(code: int, why: Reason, about: Cause = "destination") -> DeliveryError:
    if 400 <= code < 500:
        return DeliveryError("retryable", why)
    return DeliveryError("permanent", why, cause=about)


def _answered(config: Config, error: smtplib.SMTPResponseException) -> Reason:
    said = _text(error.smtp_error)
    return reasons.of("delivery.mail_answer", server=config.smtp_server, status=error.smtp_code, answer=said)


def _text(said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return " ".join(text.split())[:300]
