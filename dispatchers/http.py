"""
The one door out for HTTP: every request of the product to another party's server goes through `request`.

It bounds time and size, follows no redirect, connects only to addresses that were checked (`dispatchers/connect.py`),
judges the answer in one place for all channels, and keeps the secrets of addresses (paths, queries) out of every
message.
"""

import http.client
import re
import threading
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.structures import CaseInsensitiveDict
from urllib3.util import wait_for_read

from dispatchers import connect, masking
from dispatchers.answers import MAX_ANSWER_BYTES, Answer, judge_status
from dispatchers.channel import DeliveryError
from dispatchers.deadline import Deadline
from dispatchers.network import Network
from dispatchers.surroundings import Surroundings
from shared.model import reasons
from shared.model.encoding import encode
from shared.proxies import Proxy

READ_TIMEOUT_S = 10.0
"""For the first byte and between two: providers answer within a second or two, or not at all."""
TOTAL_TIMEOUT_S = 20.0
"""For everything but looking up the name; a server that sends a byte now and then is cut off."""
KEPT_S = 0.5
"""How long a connection waits for its next request: well below what any server allows, for a server that closes it just
as a request goes out leaves that one in doubt."""
OLDEST_S = 30.0
"""After this a new connection is made, to what the name leads to by then."""
Judge = Callable[[str, Answer], DeliveryError | None]
"""A provider's own view of an answer (host, answer)."""


def request(
    method: str,
    url: str,
    around: Surroundings,
    *,
    body: bytes,
    headers: Mapping[str, str],
    judge: Judge = judge_status,
) -> Answer:
    """
    Make one request.

    Returns:
        The answer, if it is a success.

    Raises:
        DeliveryError: as judged; also when the address is refused, unreachable, silent or too slow.
    """
    asked = _prepare(method, url, body, headers, around.network)
    answer = _exchange(asked, around.network)
    answer = replace(answer, body=masking.without(answer.body, _credentials(headers)))
    if asked.proxy is not None and answer.status == connect.SIGN_IN_STATUS:
        raise connect.refusal(asked.proxy, asked.host, answer.status)
    failure = judge(asked.host, answer)
    if failure is not None:
        raise failure
    return answer


def post_json(
    url: str,
    around: Surroundings,
    document: Any,
    *,
    headers: Mapping[str, str] | None = None,
    judge: Judge = judge_status,
) -> Answer:
    """POST a JSON document; else as `request`."""
    kind = {"Content-Type": "application/json; charset=utf-8"}
    return request("POST", url, around, body=encode(document), headers={**kind, **(headers or {})}, judge=judge)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request as it goes out."""

    method: str
    scheme: str
    host: str
    port: int
    target: str
    """Path and query; through a proxy to plain http, the whole address (RFC 9112, 3.2.2)."""
    headers: Mapping[str, str]
    body: bytes
    proxy: Proxy | None


def _prepare(method: str, url: str, body: bytes, headers: Mapping[str, str], network: Network) -> _Asked:
    try:
        made = requests.Request(method, url, {"User-Agent": "enhanced-alerts", **headers}, data=body).prepare()
        parts = urlsplit(made.url or "")
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except (requests.RequestException, UnicodeError, ValueError) as error:
        why = reasons.of("delivery.request_impossible", error=type(error).__name__)
        raise DeliveryError("permanent", why) from None
    if parts.scheme not in ("http", "https") or not host:
        raise DeliveryError("permanent", reasons.of("delivery.no_web_address"))
    proxy = network.proxy_for(parts.scheme, host, port)
    place = parts.netloc.rpartition("@")[2]
    target = made.path_url
    made.headers.setdefault("Host", place)
    if proxy is not None and parts.scheme == "http":
        target = f"http://{place}{made.path_url}"
        made.headers.update(proxy.authorization)
    return _Asked(method, parts.scheme, host, port, target, made.headers, body, proxy)


class _Speaker(http.client.HTTPConnection):
    """Speaks HTTP on a connection it is given, and opens none itself."""

    auto_open = 0


@dataclass(slots=True)
class _Connection:
    """A connection that may serve one request after another."""

    leads_to: tuple[Network, str, str, int]
    speaker: _Speaker
    made_s: float = field(default_factory=time.monotonic)
    waiting: Deadline | None = None
    """Ends it when no other request comes."""

    def close(self) -> None:
        if self.waiting is not None:
            self.waiting.close()
        self.speaker.close()


_kept = threading.local()
"""The connection that a thread used last, for a moment: news often comes in rows, and TLS takes three round trips."""


def _exchange(asked: _Asked, network: Network) -> Answer:
    """Send a request and read its answer; the next request of this thread may use the connection."""
    deadline = Deadline(TOTAL_TIMEOUT_S)
    connection: _Connection | None = None
    is_kept = False
    try:
        connection = _take_kept((network, asked.scheme, asked.host, asked.port))
        if connection is None:
            connection = _open(asked, network, deadline)
        else:
            deadline.watch(connection.speaker.sock)
        try:
            answer = _speak(connection.speaker, asked)
        except (http.client.HTTPException, zlib.error, OSError) as error:
            raise _in_doubt(asked.host, error, deadline) from None
        if deadline.is_over:
            # An answer without a length ends with its connection, and looks whole.
            raise _in_doubt(asked.host, TimeoutError(), deadline)
        is_kept = _keep(connection)
        return answer
    finally:
        deadline.close()
        if connection is not None and not is_kept:
            connection.close()


def _take_kept(leads_to: tuple[Network, str, str, int]) -> _Connection | None:
    connection: _Connection | None = _kept.__dict__.pop("connection", None)
    if connection is None or connection.waiting is None:
        return None
    connection.waiting.close()
    is_good = connection.leads_to == leads_to and not connection.waiting.is_over
    # What can be read before a request was made is the other side's good-bye.
    if is_good and connection.made_s + OLDEST_S > time.monotonic() and not wait_for_read(connection.speaker.sock, 0):
        connection.waiting = None
        return connection
    connection.close()
    return None


def _open(asked: _Asked, network: Network, deadline: Deadline) -> _Connection:
    try:
        connected = connect.open_way(asked.scheme, asked.host, asked.port, network, deadline)
    except OSError as error:
        reason = reasons.of("delivery.not_called", host=asked.host, error=error.strerror or type(error).__name__)
        raise DeliveryError("retryable", reason) from None
    speaker = _Speaker(asked.host, asked.port)
    speaker.sock = connected
    return _Connection((network, asked.scheme, asked.host, asked.port), speaker)


def _speak(speaker: _Speaker, asked: _Asked) -> Answer:
    speaker.sock.settimeout(READ_TIMEOUT_S)
    try:
        speaker.request(asked.method, asked.target, asked.body, asked.headers)
    except (http.client.InvalidURL, UnicodeError, ValueError) as error:
        reason = reasons.of("delivery.request_to_impossible", host=asked.host, error=type(error).__name__)
        raise DeliveryError("permanent", reason) from None
    response = speaker.getresponse()
    raw = bytearray()
    while len(raw) < MAX_ANSWER_BYTES and (piece := response.read(16_384)):
        raw += piece
    if len(raw) < MAX_ANSWER_BYTES and response.length:
        raise http.client.IncompleteRead(b"", response.length)
    if not response.isclosed():
        speaker.close()
    body = bytes(raw[:MAX_ANSWER_BYTES])
    if response.headers.get("Content-Encoding", "identity") not in ("identity", ""):
        # Nothing of the kind was asked for; some servers do it all the same. 32: gzip or zlib, as the body says.
        body = zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(body, MAX_ANSWER_BYTES)
    return Answer(response.status, CaseInsensitiveDict(response.getheaders()), body.decode("utf-8", "replace"))


def _in_doubt(host: str, error: Exception, deadline: Deadline) -> DeliveryError:
    """Judge a request that ended without an answer: it may have gone out, so nobody knows whether it was taken."""
    if deadline.is_over:
        return DeliveryError("uncertain", reasons.of("delivery.too_slow", host=host, limit_s=deadline.total_s))
    if isinstance(error, TimeoutError):
        return DeliveryError("uncertain", reasons.of("delivery.timed_out", host=host))
    return DeliveryError("uncertain", reasons.of("delivery.answer_broke", host=host))


def _keep(connection: _Connection) -> bool:
    """Keep a connection for the next request, which may come soon; tell whether that can be done."""
    if connection.speaker.sock is None:
        return False
    waiting = Deadline(KEPT_S)
    try:
        waiting.watch(connection.speaker.sock)
    except OSError:  # There is no room for another file. The answer stands.
        return False
    connection.waiting = waiting
    _kept.connection = connection
    return True


def _credentials(headers: Mapping[str, str]) -> list[str]:
    """Return the secrets of a request's Authorization header; some providers repeat it in their answers."""
    said = [value for name, value in headers.items() if name.lower() == "authorization"]
    return [part for value in said for part in re.split(r"[\s,]+", value) if len(part) >= 16]
