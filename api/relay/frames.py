"""The WebSocket frames that the relay sends (RFC 6455). Pure."""

import struct

GOING_AWAY, NOTHING_TO_SAY, TRY_LATER, NOT_SIGNED_IN, TOO_SLOW = 1001, 1008, 1013, 4401, 4408
"""Codes of close frames; those above 4000 are the relay's own."""


def frame(payload: bytes, opcode: int = 0x1) -> bytes:
    """Return one unmasked, unfragmented frame (RFC 6455, 5.2); opcode 1 is text, 9 a ping, 8 a close."""
    head, length = 0x80 | opcode, len(payload)
    if length < 126:
        return struct.pack("!BB", head, length) + payload
    if length < 65_536:
        return struct.pack("!BBH", head, 126, length) + payload
    return struct.pack("!BBQ", head, 127, length) + payload


PING = frame(b"", 0x9)
STALE = frame(b'{"type":"stale"}')
ALIVE = frame(b'{"type":"alive"}')
"""Sent when there is no news: browsers hide a PING from the page, and the page treats a silent socket as dead."""


def close_frame(code: int, reason: str) -> bytes:
    """Return a close frame with its code and reason."""
    # Cut between characters: if the reason is not UTF-8, a browser fails the socket and its page gets no close code.
    text = reason.encode(errors="replace")[:120].decode(errors="ignore")
    return frame(struct.pack("!H", code) + text.encode(), 0x8)


def entry_frame(entry_id: bytes, fields: dict[bytes, bytes]) -> bytes:
    """Return a feed entry's frame: `{"id", "type", "data"}`, with the data's bytes unchanged from the stream."""
    kind, data = fields.get(b"type", b""), fields.get(b"data", b"null")
    return frame(b'{"id":"%s","type":"%s","data":%s}' % (entry_id, kind, data))
