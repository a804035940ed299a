"""
The one door out: every request a channel makes goes through `request`.

It bounds time and size, follows no redirect, checks the address it really connects to, judges the answer in one place
for all channels, and keeps addresses' secrets (paths, queries) out of every message.
"""

import email.utils
import math
import os
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import msgspec
import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NameResolutionError, NewConnectionError

from dispatchers.channel import DeliveryError
from dispatchers.masking import without
from dispatchers.surroundings import Surroundings
from shared import outbound
from shared.log import Logger
from shared.model.encoding import encode
from shared.model.numbers import exact
from shared.process import Loop

CONNECT_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 10.0
"""For the first byte and between two: providers answer within a second or two, or not at all."""
TOTAL_TIMEOUT_S = 20.0
"""For everything but looking up the name; a side that sends a byte now and then is cut off."""
LEAST_S = 0.001
NAP_S = 5.0
KEPT_S = 0.5
"""How long a connection waits for its next request: well below what any server allows, for one that closes it just as a
request goes out leaves that one in doubt."""
OLDEST_S = 30.0
"""After this a new one is made, to what the name leads to by then."""
MAX_WAIT_MS = 24 * 3_600_000
"""The longest Retry-After believed; who says more is mistaken, or means never."""
MAX_ANSWER_BYTES = 65_536
SHOWN_ANSWER_CHARS = 300
_HEADERS = {**requests.utils.default_headers(), "User-Agent": "enhanced-alerts"}
_UNFIT = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidHeader,
)
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
    line = Line(TOTAL_TIMEOUT_S)
    door = _door(around.policy)
    try:
        asked = requests.Request(method, url, {**_HEADERS, **headers}, data=body).prepare()
        with (
            door.open(line) as adapter,
            adapter.send(asked, stream=True, timeout=(CONNECT_TIMEOUT_S, READ_TIMEOUT_S)) as response,
        ):
            said = without(_read(response), _credentials(headers))
            answer = Answer(response.status_code, response.headers, said)
        if line.is_cut:
            # An answer without a length ends with its connection, and looks whole.
            raise TimeoutError
    except outbound.Refused as error:
        raise DeliveryError("permanent", str(error)) from None
    except (*_UNFIT, UnicodeError) as error:
        raise DeliveryError("permanent", f"the request to {host} cannot be made: {type(error).__name__}") from None
    except (requests.exceptions.RequestException, HTTPError, OSError) as error:
        raise _broken(host, error, line) from None
    finally:
        line.close()
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


def refused(host: str, reason: str, retry_after_s: object = None) -> DeliveryError:
    """Return the error for a provider that wants fewer requests, and says, or does not, for how many seconds."""
    return DeliveryError("retryable", f"{host} wants fewer messages: {reason}", bounded_ms(retry_after_s), "pace")


def seconds(header: str | None) -> float | None:
    """Return what a header that counts seconds says; None if it says nothing of the kind."""
    wait_ms = retry_after_ms(header, time.time())
    return None if wait_ms is None else wait_ms / 1000


def retry_after_ms(header: str | None, now_s: float) -> int | None:
    """Return what a Retry-After header asks for, in milliseconds: seconds or an HTTP date (RFC 9110, 10.2.3)."""
    if not header:
        return None
    try:
        return bounded_ms(float(header))
    except ValueError:
        pass
    try:
        return bounded_ms(email.utils.parsedate_to_datetime(header).timestamp() - now_s)
    except (TypeError, ValueError, OverflowError):
        return None


def bounded_ms(wait_s: object) -> int | None:
    """Return what somebody else gave as seconds, in milliseconds from 0 to `MAX_WAIT_MS`; None if it is no number."""
    if not isinstance(wait_s, int | float) or isinstance(wait_s, bool):
        return None
    if isinstance(wait_s, float) and math.isnan(wait_s):
        return None
    return int(1000 * min(max(wait_s, 0), MAX_WAIT_MS / 1000))


class Line:
    """A connection whose time is limited as a whole: what reads or writes it is broken off when that is over."""

    def __init__(self, total_s: float) -> None:
        self.total_s = total_s
        self.until_s = time.monotonic() + total_s
        self._handle: socket.socket | None = None
        self.is_ready = False
        """Whether the request may have gone out."""
        self.is_cut = False

    def left_s(self) -> float:
        """Return how much time is left, at least a moment."""
        return max(LEAST_S, self.until_s - time.monotonic())

    def watch(self, connected: socket.socket) -> None:
        """Cut *connected* when the time is over, whatever is built upon it by then (TLS)."""
        # Of the file beneath: a TLS socket has no copies.
        self._handle = socket.socket(fileno=os.dup(connected.fileno()))
        _cutter.add(self)

    def close(self) -> None:
        """Watch no longer."""
        if self._handle is not None:
            _cutter.remove(self)
            self._handle.close()

    def cut(self) -> None:
        """Break it off."""
        self.is_cut = True
        with suppress(OSError):
            if self._handle is not None:
                self._handle.shutdown(socket.SHUT_RDWR)


class _Cutter:
    """Cuts the lines whose time is over, in one thread for all: most requests end sooner than one could be begun."""

    def __init__(self) -> None:
        self._lines: set[Line] = set()
        self._changed = threading.Condition()
        self._wakes_s = math.inf
        self._loop: Loop | None = None

    def add(self, line: Line) -> None:
        with self._changed:
            self._lines.add(line)
            if self._loop is None:
                self._loop = Loop("lines", self._cut, Logger("lines"))
                self._loop.start()
            elif line.until_s < self._wakes_s:
                self._changed.notify()

    def remove(self, line: Line) -> None:
        with self._changed:
            # The thread is left asleep; it finds nothing to do when it wakes.
            self._lines.discard(line)

    def _cut(self) -> None:
        with self._changed:
            for line in [one for one in self._lines if one.left_s() <= LEAST_S]:
                # First of all: one that cannot be cut must not come back and keep the others waiting.
                self._lines.remove(line)
                line.cut()
            self._wakes_s = min((line.until_s for line in self._lines), default=math.inf)
            self._changed.wait(min(NAP_S, max(0.0, self._wakes_s - time.monotonic())))


_cutter = _Cutter()


def _read(response: requests.Response) -> str:
    kept = bytearray()
    for chunk in response.iter_content(4096):
        kept += chunk
        if len(kept) >= MAX_ANSWER_BYTES:
            break
    return kept[:MAX_ANSWER_BYTES].decode("utf-8", "replace")


def _credentials(headers: Mapping[str, str]) -> list[str]:
    """Return what a request said of itself in its header: some providers echo it, and Basic hides its secret."""
    said = [value for name, value in headers.items() if name.lower() == "authorization"]
    return [part for value in said for part in re.split(r"[\s,]+", value) if len(part) >= 16]


def _broken(host: str, error: Exception, line: Line) -> DeliveryError:
    """Judge a request that ended without an answer: once it may have gone out, nobody knows whether it was taken."""
    causes = list(_causes(error))
    if line.is_ready:
        if line.is_cut:
            return DeliveryError("uncertain", f"{host} answered too slowly (over {exact(line.total_s)} s)")
        if any(isinstance(one, TimeoutError | requests.exceptions.Timeout) for one in causes):
            return DeliveryError("uncertain", f"{host} took the request but sent no answer in time")
        return DeliveryError("uncertain", f"the connection to {host} broke before the whole answer came")
    if any(isinstance(one, NameResolutionError) for one in causes):
        return DeliveryError("retryable", f"the name {host} could not be resolved")
    if any(isinstance(one, ssl.SSLCertVerificationError) for one in causes):
        return DeliveryError("retryable", f"the TLS certificate of {host} could not be verified")
    if any(isinstance(one, NewConnectionError) for one in causes):
        return DeliveryError("retryable", f"{host} refused the connection")
    if line.is_cut or any(isinstance(one, ConnectTimeoutError | TimeoutError) for one in causes):
        return DeliveryError("retryable", f"{host} could not be reached in time")
    if any(isinstance(one, ssl.SSLError) for one in causes):
        return DeliveryError("retryable", f"{host} and we could not agree on TLS")
    return DeliveryError("retryable", f"the connection to {host} broke before the request was made")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and all it came of; libraries wrap each other's as cause, context, argument or reason."""
    seen: set[int] = set()
    left = [error]
    while left:
        one = left.pop()
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            yield one
            left += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]


def _connect(connection: Any) -> socket.socket:
    """Resolve once, check, and connect to exactly what was checked; a second look-up could answer differently."""
    host, line = connection._dns_host, connection.line
    try:
        found = socket.getaddrinfo(host, connection.port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise NameResolutionError(host, connection, socket.gaierror(str(error))) from error
    for *_, address in found:
        connection.policy.check(str(address[0]), host)
    failure: OSError | None = None
    for family, kind, protocol, _, address in found:
        connected = socket.socket(family, kind, protocol)
        try:
            connected.settimeout(min(connection.timeout, line.left_s()))
            connected.connect(address)
            connected.settimeout(connection.timeout)
        except OSError as error:
            connected.close()
            failure = error
        else:
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            line.watch(connected)
            return connected
    if isinstance(failure, TimeoutError):
        raise ConnectTimeoutError(connection, f"{host} did not answer")
    raise NewConnectionError(connection, f"refused: {failure}")


class _Door:
    """
    What one thread's requests share, so that it is not made anew with each; of connections the last one, for a moment.

    That leads where it was checked to lead, and goes to nobody but the same host.
    """

    def __init__(self, policy: outbound.Policy) -> None:
        self.policy = policy
        self.line: Line | None = None
        """That of the request under way."""
        self._connection: Any = None
        self._idle: Line | None = None
        self._adapter = _Guarded(self)

    @contextmanager
    def open(self, line: Line) -> Iterator[HTTPAdapter]:
        """Give what makes one request."""
        self._stop_waiting()
        self.line = line
        try:
            yield self._adapter
        except BaseException:
            self._drop()
            raise
        finally:
            self.line = None
        self._wait(line)

    def use(self, connection: Any) -> None:
        """Note which connection the request under way is made on."""
        if connection is not self._connection:
            self._drop()
            self._connection = connection

    def _wait(self, line: Line) -> None:
        """Keep the connection for the next request, which may come soon."""
        if self._connection is None or self._connection.sock is None or line.is_cut:
            self._drop()
            return
        self._idle = Line(KEPT_S)
        try:
            self._idle.watch(self._connection.sock)
        except OSError:  # No room for another file. What was answered stands.
            self._drop()

    def _stop_waiting(self) -> None:
        if self._idle is not None:
            self._idle.close()
            if self._idle.is_cut or self._connection.made_s + OLDEST_S < time.monotonic():
                self._drop()
            self._idle = None

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


_doors = threading.local()


def _door(policy: outbound.Policy) -> _Door:
    doors: dict[outbound.Policy, _Door] = _doors.__dict__.setdefault("by_policy", {})
    if policy not in doors:
        doors[policy] = _Door(policy)
    return doors[policy]


class _Checked:
    """What both kinds of connection do in their own way."""

    door: "_Door"
    policy: outbound.Policy
    made_s: float
    sock: socket.socket | None

    @property
    def line(self) -> Line:
        assert self.door.line is not None, "a connection is used outside a request"
        return self.door.line

    def _new_conn(self) -> socket.socket:
        return _connect(self)

    def connect(self) -> None:
        self.door.use(self)
        super().connect()  # type: ignore[misc]
        self.made_s = time.monotonic()
        self.line.is_ready = True

    def request(self, *what: Any, **how: Any) -> None:
        if self.sock is not None and not self.line.is_ready:
            # It is one that was kept.
            self.door.use(self)
            self.line.watch(self.sock)
            self.line.is_ready = True
        super().request(*what, **how)  # type: ignore[misc]


class _Plain(_Checked, HTTPConnection):
    pass


class _Secure(_Checked, HTTPSConnection):
    pass


class _Owned:
    """What both kinds of pool do: their connections know whose they are."""

    door: "_Door"

    def _new_conn(self) -> Any:
        connection = super()._new_conn()  # type: ignore[misc]
        connection.door, connection.policy = self.door, self.door.policy
        return connection


class _PlainPool(_Owned, HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(_Owned, HTTPSConnectionPool):
    ConnectionCls = _Secure


class _Pools(PoolManager):
    def __init__(self, door: "_Door", **options: Any) -> None:
        super().__init__(**options)
        self._door = door
        self.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}

    def _new_pool(self, *where: Any, **options: Any) -> Any:
        pool: Any = super()._new_pool(*where, **options)
        pool.door = self._door
        return pool


class _Guarded(HTTPAdapter):
    def __init__(self, door: "_Door") -> None:
        self._door = door
        super().__init__(max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: Any) -> None:
        self.poolmanager = _Pools(self._door, num_pools=connections, maxsize=maxsize, block=block, **kwargs)
