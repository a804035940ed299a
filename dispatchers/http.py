"""
The one door out: every request a channel makes goes through `request`.

It bounds time and size, follows no redirect, checks the address it really connects to, judges the answer in one place
for all channels, and keeps addresses' secrets (paths, queries) out of every message.
"""

import email.utils
import ipaddress
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import msgspec
import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NameResolutionError, NewConnectionError

from dispatchers.channel import DeliveryError, Surroundings
from shared.models import encode

CONNECT_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 10.0
"""For the first byte and between two: providers answer within a second or two, or not at all."""
TOTAL_TIMEOUT_S = 20.0
MAX_ANSWER_BYTES = 65_536
SHOWN_ANSWER_CHARS = 300
RETRY_STATUSES = (408, 425, 429)
MESSAGE_STATUSES = (400, 413, 422)
"""Permanent, and about this message; the next one may well be accepted."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said, cut to `MAX_ANSWER_BYTES`."""

    status: int
    headers: Mapping[str, str]
    body: str

    def json(self) -> dict[str, Any]:
        """Return the body as a JSON object; {} if it is none."""
        try:
            found = msgspec.json.decode(self.body)
        except msgspec.MsgspecError:
            return {}
        return found if isinstance(found, dict) else {}

    def said(self) -> str:
        """Return the body fit for a line of a timeline."""
        return " ".join(self.body.split())[:SHOWN_ANSWER_CHARS]


def request(
    method: str,
    url: str,
    around: Surroundings,
    *,
    body: bytes,
    headers: Mapping[str, str],
    judge: Callable[[str, "Answer"], DeliveryError | None] | None = None,
) -> Answer:
    """
    Make one request.

    Args:
        judge: The provider's own view of an answer (host, answer); by default that of `judge_status`.

    Returns:
        The answer, if it is a success.

    Raises:
        DeliveryError: as judged; also when the address is refused, unreachable, silent or too slow.
    """
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        raise DeliveryError("permanent", "the address is not one") from None
    deadline = time.monotonic() + TOTAL_TIMEOUT_S
    with requests.Session() as session:
        session.trust_env = False
        adapter = _Guarded(around.allow_private_addresses)
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        try:
            with session.request(
                method,
                url,
                data=body,
                headers={"User-Agent": "enhanced-alerts", **headers},
                timeout=(CONNECT_TIMEOUT_S, READ_TIMEOUT_S),
                allow_redirects=False,
                stream=True,
            ) as response:
                answer = Answer(response.status_code, response.headers, _read(response, deadline, host))
        except _AddressRefused as error:
            raise DeliveryError("permanent", str(error)) from None
        except requests.exceptions.ConnectTimeout:
            raise DeliveryError("retryable", f"{host} did not answer within {CONNECT_TIMEOUT_S:g} s") from None
        except requests.exceptions.SSLError:
            raise DeliveryError("retryable", f"the TLS certificate of {host} could not be verified") from None
        except requests.exceptions.ReadTimeout:
            raise DeliveryError("uncertain", f"{host} took the request but sent no answer in time") from None
        except requests.exceptions.ConnectionError as error:
            raise _connection_error(host, error) from None
        except (requests.exceptions.RequestException, HTTPError, UnicodeError) as error:
            raise DeliveryError("permanent", f"the request to {host} cannot be made: {type(error).__name__}") from None
    failure = (judge or judge_status)(host, answer)
    if failure is not None:
        raise failure
    return answer


def post_json(
    url: str,
    around: Surroundings,
    document: Any,
    *,
    headers: Mapping[str, str] | None = None,
    judge: Callable[[str, "Answer"], DeliveryError | None] | None = None,
) -> Answer:
    """POST a JSON document; else as `request`."""
    kind = {"Content-Type": "application/json; charset=utf-8"}
    return request("POST", url, around, body=encode(document), headers={**kind, **(headers or {})}, judge=judge)


def judge_status(host: str, answer: Answer) -> DeliveryError | None:
    """
    Judge a status: 2xx accepted; 408, 425, 429 and 5xx may be tried again, when Retry-After says if it does; the rest
    (redirects too: a webhook that moved must be reconfigured by a person) is permanent.
    """
    if 200 <= answer.status < 300:
        return None
    said = answer.said()
    reason = f"{host} answered {answer.status}" + (f": {said}" if said else "")
    if answer.status in RETRY_STATUSES or answer.status >= 500:
        wait_ms = retry_after_ms(answer.headers.get("Retry-After"), time.time())
        return DeliveryError("retryable", reason, wait_ms, "pace" if answer.status == 429 else "destination")
    return DeliveryError("permanent", reason, cause="message" if answer.status in MESSAGE_STATUSES else "destination")


def refused(host: str, reason: str, retry_after_s: float | None = None) -> DeliveryError:
    """Return the error for a provider that wants fewer requests."""
    wait_ms = None if retry_after_s is None else int(retry_after_s * 1000)
    return DeliveryError("retryable", f"{host} wants fewer messages: {reason}", wait_ms, "pace")


def seconds(header: str | None) -> float | None:
    """Return what a header that counts seconds says; None if it says nothing of the kind."""
    wait_ms = retry_after_ms(header, time.time())
    return None if wait_ms is None else wait_ms / 1000


def retry_after_ms(header: str | None, now_s: float) -> int | None:
    """Return what a Retry-After header asks for, in milliseconds: seconds or an HTTP date (RFC 9110, 10.2.3)."""
    if not header:
        return None
    try:
        return max(0, int(float(header) * 1000))
    except (ValueError, OverflowError):
        pass
    try:
        return max(0, int((email.utils.parsedate_to_datetime(header).timestamp() - now_s) * 1000))
    except (TypeError, ValueError):
        return None


def _read(response: requests.Response, deadline: float, host: str) -> str:
    kept = bytearray()
    for chunk in response.iter_content(4096):
        kept += chunk
        if len(kept) >= MAX_ANSWER_BYTES:
            break
        if time.monotonic() > deadline:
            raise DeliveryError("uncertain", f"{host} answered too slowly (over {TOTAL_TIMEOUT_S:g} s)")
    return kept[:MAX_ANSWER_BYTES].decode("utf-8", "replace")


def _connection_error(host: str, error: requests.exceptions.ConnectionError) -> DeliveryError:
    cause: Any = error.args[0] if error.args else None
    reason = getattr(cause, "reason", cause)
    if isinstance(reason, NameResolutionError):
        return DeliveryError("retryable", f"the name {host} could not be resolved")
    if isinstance(reason, NewConnectionError):
        return DeliveryError("retryable", f"{host} refused the connection")
    # Broken after the request went out: it may have been taken.
    return DeliveryError("uncertain", f"the connection to {host} broke before an answer came")


class _AddressRefused(Exception):
    pass


def _check_address(address: str, host: str, allow_private: bool) -> None:
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None)
    ip = mapped or ip
    # Link-local holds the clouds' metadata services, which hand out credentials.
    if ip.is_link_local or ip.is_multicast or ip.is_unspecified or (ip.is_reserved and not ip.is_loopback):
        raise _AddressRefused(f"{host} leads to {ip}, which channels never call")
    if not allow_private and not ip.is_global:
        raise _AddressRefused(f"{host} leads to {ip}, a private address; ALLOW_PRIVATE_ADDRESSES=true permits it")


def _connect(connection: Any) -> socket.socket:
    """Resolve once, check, and connect to exactly what was checked; a second look-up could answer differently."""
    host, allow_private = connection._dns_host, connection.allow_private
    try:
        found = socket.getaddrinfo(host, connection.port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise NameResolutionError(host, connection, socket.gaierror(str(error))) from error
    failure: OSError | None = None
    for family, kind, protocol, _, address in found:
        _check_address(str(address[0]), host, allow_private)
        connected = socket.socket(family, kind, protocol)
        try:
            connected.settimeout(connection.timeout)
            connected.connect(address)
        except OSError as error:
            connected.close()
            failure = error
        else:
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return connected
    if isinstance(failure, TimeoutError):
        raise ConnectTimeoutError(connection, f"{host} did not answer")
    raise NewConnectionError(connection, f"refused: {failure}")


class _Guarded(HTTPAdapter):
    def __init__(self, allow_private: bool) -> None:
        self._allow_private = allow_private
        super().__init__(max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: Any) -> None:
        allowed = self._allow_private

        class Plain(HTTPConnection):
            allow_private = allowed

            def _new_conn(self) -> socket.socket:
                return _connect(self)

        class Secure(HTTPSConnection):
            allow_private = allowed

            def _new_conn(self) -> socket.socket:
                return _connect(self)

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class SecurePool(HTTPSConnectionPool):
            ConnectionCls = Secure

        self.poolmanager = PoolManager(num_pools=connections, maxsize=maxsize, block=block, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}
