"""
A WebSocket client with which the product tests its own relay. Every wait has a deadline.

A message can arrive in one piece with the answer to the handshake, as the relay's `hello` does if this side reads
slowly. This client returns it at once; simple-websocket's client would hold it back until the next piece arrives.
"""

import socket
import ssl
import time
from collections import deque
from urllib.parse import urlsplit

from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    CloseConnection,
    Message,
    Ping,
    RejectConnection,
    Request,
    TextMessage,
)
from wsproto.utilities import ProtocolError

from shared.model import reasons
from shared.model.reasons import Reason

_PIECE_BYTES = 65_536


class Ended(OSError):
    """The other side refused or closed the connection."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(str(reason))
        self.reason = reason


class Listener:
    """An open WebSocket to the relay, from which text messages are read."""

    def __init__(self, address: str, *, timeout_s: float, origin: str = "") -> None:
        """
        Connect to a `ws://` or `wss://` address.

        Raises:
            Ended: the other side refused, or does not speak WebSocket.
            OSError: the address cannot be reached, or did not answer in time.
        """
        self._deadline = time.monotonic() + timeout_s
        parts = urlsplit(address)
        host, secure = parts.hostname or "", parts.scheme == "wss"
        self._socket = socket.create_connection((host, parts.port or (443 if secure else 80)), timeout=timeout_s)
        self._protocol = WSConnection(ConnectionType.CLIENT)
        self._heard: deque[str] = deque()
        self._begun = ""
        self._is_open = False
        self._end: Reason | None = None
        try:
            if secure:
                # This checks only that the relay can be reached; browsers report an untrusted certificate themselves.
                context = ssl.create_default_context()
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
                self._socket = context.wrap_socket(self._socket, server_hostname=host)
            headers = [(b"Origin", origin.encode())] if origin else []
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            asked = Request(host=parts.netloc, target=target, extra_headers=headers)
            self._socket.sendall(self._protocol.send(asked))
            while not self._is_open:
                self._read()
        except BaseException:
            self._socket.close()
            raise

    def hear(self, timeout_s: float) -> str | None:
        """
        Return the next text, or None if none came in time.

        Raises:
            Ended: the other side closed; what it sent before has been returned.
            OSError: the connection is broken.
        """
        self._deadline = time.monotonic() + timeout_s
        while not self._heard:
            try:
                self._read()
            except TimeoutError:
                return None
        return self._heard.popleft()

    def close(self) -> None:
        self._socket.close()

    def _read(self) -> None:
        """Read the next piece of bytes and handle every frame in it."""
        if self._end:
            raise Ended(self._end)
        left_s = self._deadline - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("no answer in time")
        self._socket.settimeout(left_s)
        piece = self._socket.recv(_PIECE_BYTES)
        try:
            self._protocol.receive_data(piece or None)
            for event in self._protocol.events():
                self._take(event)
        except ProtocolError as error:
            raise Ended(_quoted(str(error)) or reasons.of("socket.no_websocket")) from error
        if not piece and not self._end:
            self._end = reasons.of("socket.no_close_frame")
        if self._end and not self._heard:
            raise Ended(self._end)

    def _take(self, event: object) -> None:
        match event:
            case AcceptConnection():
                self._is_open = True
            case RejectConnection():
                self._end = reasons.of("socket.refused_status", status=event.status_code)
            case TextMessage():
                self._begun += event.data
                if event.message_finished:
                    self._heard.append(self._begun)
                    self._begun = ""
            case Message():
                self._end = reasons.of("socket.no_text")
            case Ping():
                self._socket.sendall(self._protocol.send(event.response()))
            case CloseConnection():
                code = int(event.code)
                self._end = _quoted(event.reason) or reasons.of("socket.closed", status=code)


def _quoted(text: str | None) -> Reason | None:
    return reasons.of("socket.failed", error=text) if text else None
