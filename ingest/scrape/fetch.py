"""
One GET of a target's page: bounded in time, in size and in redirects, to addresses that were checked alone. Shell.
"""

import base64
import http.client
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from urllib.parse import urljoin, urlsplit

from dispatchers import connect
from dispatchers.channel import DeliveryError
from dispatchers.deadline import Deadline
from dispatchers.network import Network
from ingest.format import MAX_BODY_BYTES
from ingest.formats.openmetrics import ACCEPT
from ingest.scrape.outcome import Failed, Page
from shared.model import reasons
from shared.model.reasons import Reason
from shared.model.scrapes import Target
from shared.proxies import Proxies
from shared.settings import Settings

MAX_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_PIECE_BYTES = 65_536
SMALL_BYTES = 262_144
"""A page of node_exporter has 100 kB. Each scrape under way may hold so much; only `_LARGE` of them hold more."""
_LARGE = threading.BoundedSemaphore(4)
"""Many targets with large pages must not fill the memory together: 4 × 16 MiB."""


@cache
def network(settings: Settings) -> Network:
    """Return the ways out of this process. Targets are near: proxies of the environment do not lead to them."""
    return replace(Network.of(settings), proxies=Proxies())


def fetch(target: Target, network: Network) -> Page:
    """
    Ask a target for its page.

    Raises:
        Failed: there is no page: the target cannot be reached, is too slow, refuses, or sends too much.
    """
    ways = replace(network, ca_certificate=target.ca_certificate) if target.ca_certificate else network
    until_s = time.monotonic() + target.timeout_ms / 1_000
    url = target.url
    for _ in range(MAX_REDIRECTS + 1):
        answer = _tried(url, target, ways, Deadline(max(0.0, until_s - time.monotonic())))
        if isinstance(answer, Page):
            return answer
        url = urljoin(url, answer)
    raise Failed(reasons.of("scrape.redirects", limit=MAX_REDIRECTS))


def _tried(url: str, target: Target, network: Network, deadline: Deadline) -> Page | str:
    too_slow = reasons.of("scrape.too_slow", limit_s=target.timeout_ms / 1_000)
    try:
        answer = _get(url, target, network, deadline)
    except DeliveryError as error:
        why = error.why if isinstance(error.why, Reason) else reasons.of("problem.text", text=error.why)
        raise Failed(too_slow if deadline.is_over else why) from None
    except (http.client.HTTPException, zlib.error, OSError, ValueError) as error:
        if deadline.is_over or isinstance(error, TimeoutError):
            raise Failed(too_slow) from None
        raise Failed(reasons.of("scrape.broke", error=type(error).__name__)) from None
    finally:
        deadline.close()
    if deadline.is_over:
        # A page without a length ends with its connection, and looks whole.
        raise Failed(too_slow)
    return answer


def _get(url: str, target: Target, network: Network, deadline: Deadline) -> Page | str:
    """Return the page at *url*, or the address that it redirects to."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Failed(reasons.of("scrape.redirected_nowhere"))
    port = parts.port or (443 if parts.scheme == "https" else 80)
    connected = connect.open_way(parts.scheme, parts.hostname, port, network, deadline)
    speaker = _Exchange(parts.hostname, port)
    speaker.sock = connected
    try:
        connected.settimeout(deadline.left_s())
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        speaker.request("GET", path, headers=_headers(target, url, parts.netloc.rpartition("@")[2]))
        response = speaker.getresponse()
        if response.status in _REDIRECTS and (place := response.headers.get("Location")):
            return place
        if response.status != 200:
            raise Failed(reasons.of("scrape.status", status=response.status, words=response.reason[:100]))
        with _space() as space:
            body, size_bytes = _body(response, space, deadline)
        return Page(body, response.headers.get("Content-Type", ""), size_bytes)
    finally:
        speaker.close()


class _Exchange(http.client.HTTPConnection):
    """Speaks HTTP on a connection it is given, and opens none itself."""

    auto_open = 0


def _headers(target: Target, url: str, host: str) -> dict[str, str]:
    headers = {
        "Host": host,
        "User-Agent": "enhanced-alerts",
        "Accept": ACCEPT,
        "Accept-Encoding": "gzip",
        "X-Prometheus-Scrape-Timeout-Seconds": f"{target.timeout_ms / 1_000:g}",
        "Connection": "close",
    }
    # Credentials are for the target, not for another place to which it may redirect.
    if urlsplit(url)[:2] == urlsplit(target.url)[:2]:
        if target.bearer_token:
            # The library sends headers as Latin-1; the token's own characters are UTF-8.
            headers["Authorization"] = f"Bearer {target.bearer_token}".encode().decode("latin-1")
        elif target.username:
            plain = f"{target.username}:{target.password}".encode()
            headers["Authorization"] = f"Basic {base64.b64encode(plain).decode()}"
    return headers


def _body(response: http.client.HTTPResponse, space: "_Space", deadline: Deadline) -> tuple[bytes, int]:
    """Return the unpacked page and its size before that; never holds more than allowed."""
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in ("", "identity", "gzip"):
        raise Failed(reasons.of("scrape.encoding", given=encoding[:40]))
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16) if encoding == "gzip" else None
    body, size_bytes = bytearray(), 0
    while piece := response.read(_PIECE_BYTES):
        size_bytes += len(piece)
        while piece:
            if unpacker is None:
                body += piece
                piece = b""
            else:
                body += unpacker.decompress(piece, _PIECE_BYTES * 16)
                piece = unpacker.unconsumed_tail
                if unpacker.unused_data:
                    raise Failed(reasons.of("ingest.not_compressed_so", encoding="gzip"))
            if len(body) > MAX_BODY_BYTES or size_bytes > MAX_BODY_BYTES:
                raise Failed(reasons.of("scrape.page_bytes", limit=MAX_BODY_BYTES))
            if len(body) > SMALL_BYTES:
                space.take(deadline)
    if response.length:
        raise http.client.IncompleteRead(b"", response.length)
    if unpacker is not None and not unpacker.eof:
        raise Failed(reasons.of("ingest.compressed_cut_off"))
    return bytes(body), size_bytes


class _Space:
    """The memory that one scrape takes."""

    def __init__(self) -> None:
        self.is_large = False

    def take(self, deadline: Deadline) -> None:
        """
        Take one of the places for large pages; waits for it, at the cost of this target alone.

        Raises:
            TimeoutError: none became free in time.
        """
        if not self.is_large:
            if not _LARGE.acquire(timeout=max(0.0, deadline.until_s - time.monotonic())):
                raise TimeoutError
            self.is_large = True


@contextmanager
def _space() -> Iterator[_Space]:
    space = _Space()
    try:
        yield space
    finally:
        if space.is_large:
            _LARGE.release()
