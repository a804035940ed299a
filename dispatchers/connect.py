"""
Connections out: a name is looked up once, each address it leads to is checked, and what is connected to is what was
checked; a second look-up could answer differently (DNS rebinding).
"""

import re
import socket
import ssl
from typing import Any

from dispatchers.channel import DeliveryError
from dispatchers.deadline import Deadline
from dispatchers.network import Network
from shared import outbound
from shared.model import reasons
from shared.model.reasons import Reason
from shared.outbound import Policy
from shared.proxies import Proxy

CONNECT_TIMEOUT_S = 5.0
MAX_HEAD_BYTES = 65_536
SIGN_IN_STATUS = 407
"""How a proxy asks for a user name and a password."""


class Unreachable(DeliveryError):
    """A name leads nowhere, or nobody answers."""

    def __init__(self, why: Reason) -> None:
        super().__init__("retryable", why)


class Untrusted(DeliveryError):
    """A certificate is not trusted; its owner may be about to renew it."""

    def __init__(self, host: str, error: ssl.SSLCertVerificationError) -> None:
        super().__init__("retryable", reasons.of("delivery.untrusted", host=host, error=error.verify_message))


def open_socket(host: str, port: int, policy: Policy, deadline: Deadline) -> socket.socket:
    """
    Connect to what *host* leads to, if all of it may be called.

    Raises:
        DeliveryError: permanent: the address is refused.
        Unreachable: the name leads nowhere, or nobody answers.
    """
    addresses = _look_up(host, port)
    if addresses is None:
        raise Unreachable(reasons.of("delivery.name_unknown", host=host))
    _check(addresses, host, policy)
    failure: OSError | None = None
    for family, kind, protocol, _, address in addresses:
        connected = socket.socket(family, kind, protocol)
        try:
            connected.settimeout(min(CONNECT_TIMEOUT_S, deadline.left_s()))
            connected.connect(address)
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            deadline.watch(connected)
        except OSError as error:
            connected.close()
            failure = error
        else:
            return connected
    if isinstance(failure, TimeoutError):
        raise Unreachable(reasons.of("delivery.not_reached", host=host))
    raise Unreachable(reasons.of("delivery.connection_refused", host=host))


def open_way(scheme: str, host: str, port: int, network: Network, deadline: Deadline) -> socket.socket:
    """
    Connect to a web server, through a proxy if one leads there, and over TLS if it is https.

    The proxy looks names up itself. What this machine can find out about an address is checked all the same.

    Raises:
        DeliveryError: as `open_socket`; retryable: a proxy refuses, or TLS fails. Nothing of a request has gone out.
    """
    proxy = network.proxy_for(scheme, host, port)
    if proxy is None:
        connected = open_socket(host, port, network.policy, deadline)
    else:
        _check(_look_up(host, port) or [], host, network.policy)
        connected = _open_proxy(proxy, network, deadline)
    try:
        if proxy is not None and scheme == "https":
            _tunnel(connected, host, port, proxy, deadline)
        return start_tls(connected, host, network.tls(), deadline) if scheme == "https" else connected
    except BaseException:
        connected.close()
        raise


def start_tls(connected: socket.socket, host: str, context: ssl.SSLContext, deadline: Deadline) -> ssl.SSLSocket:
    """
    Speak TLS from here on.

    Raises:
        Untrusted: the server's certificate is not trusted.
        DeliveryError: retryable: TLS fails otherwise.
    """
    connected.settimeout(min(CONNECT_TIMEOUT_S, deadline.left_s()))
    try:
        return context.wrap_socket(connected, server_hostname=host)
    except ssl.SSLCertVerificationError as error:
        raise Untrusted(host, error) from None
    except TimeoutError:
        raise Unreachable(reasons.of("delivery.not_reached", host=host)) from None
    except OSError as error:
        if deadline.is_over:
            raise Unreachable(reasons.of("delivery.not_reached", host=host)) from None
        code = "delivery.tls_failed" if isinstance(error, ssl.SSLError) else "delivery.broke_before"
        raise DeliveryError("retryable", reasons.of(code, host=host)) from None


def _look_up(host: str, port: int) -> list[Any] | None:
    """Return the addresses a name leads to; None if it is not known here."""
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        return None


def _check(addresses: list[Any], host: str, policy: Policy) -> None:
    try:
        for *_, address in addresses:
            policy.check(str(address[0]), host)
    except outbound.Refused as error:
        raise DeliveryError("permanent", reasons.of("delivery.address_refused", answer=error.reason)) from None


def _open_proxy(proxy: Proxy, network: Network, deadline: Deadline) -> socket.socket:
    try:
        return open_socket(proxy.host, proxy.port, network.proxy_policy, deadline)
    except DeliveryError as error:
        # Retryable whatever it is: the proxy is not this message's, and its operator will hear of it.
        why = reasons.of("delivery.proxy_unusable", proxy=proxy.address, because=error.why)
        raise DeliveryError("retryable", why) from None


def _tunnel(connected: socket.socket, host: str, port: int, proxy: Proxy, deadline: Deadline) -> None:
    """Have the proxy connect to the address, and pass on what is sent (CONNECT, RFC 9110, 9.3.6)."""
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    headers = {"Host": target, **proxy.authorization}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    answer = b""
    # A proxy answers when it has reached the other side, or has given that up.
    connected.settimeout(deadline.left_s())
    try:
        connected.sendall(f"CONNECT {target} HTTP/1.1\r\n{head}\r\n".encode("ascii"))
        while b"\r\n\r\n" not in answer and len(answer) < MAX_HEAD_BYTES and (piece := connected.recv(4_096)):
            answer += piece
    except OSError as error:
        if not (deadline.is_over or isinstance(error, TimeoutError)):
            raise Unreachable(reasons.of("delivery.proxy_broke", proxy=proxy.address)) from None
        answer = b""
    if deadline.is_over or not answer:
        raise Unreachable(reasons.of("delivery.proxy_silent", proxy=proxy.address))
    answered, ends, _ = answer.partition(b"\r\n\r\n")
    found = re.fullmatch(rb"HTTP/1\.[01] ([0-9]{3}).*", answered, re.DOTALL)
    status = int(found[1]) if found and ends else 0
    if not 200 <= status < 300:
        raise refusal(proxy, target, status)


def refusal(proxy: Proxy, target: str, status: int) -> DeliveryError:
    """Return the error for a proxy that does not let a request through; 0: it gave no answer that can be read."""
    if status == SIGN_IN_STATUS:
        code = "delivery.proxy_credentials" if proxy.credentials else "delivery.proxy_sign_in"
        why = reasons.of(code, proxy=proxy.address)
    elif status:
        why = reasons.of("delivery.proxy_refused", proxy=proxy.address, target=target, status=status)
    else:
        why = reasons.of("delivery.proxy_unreadable", proxy=proxy.address)
    return DeliveryError("retryable", why)
