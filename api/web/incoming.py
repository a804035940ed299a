"""A request that arrives in pieces: tells when all of it has come, so that a thread never waits for the rest. Pure."""

MAX_HEAD_BYTES = 128 * 1_024
MAX_FRAMING = 8
"""A body in chunks may need so many times its bytes with what frames them: a chunk of one byte needs six."""
_MAX_SIZE_LINE_BYTES = 256
_READ_AHEAD_BYTES = 4_096
"""The app reads one byte more than a body may have, and gunicorn a kilobyte more than it is asked for."""
_HEAD_END, _LINE_END = b"\r\n\r\n", b"\r\n"


class IncomingRequest:
    """The bytes of one request so far, and what follows it on the connection."""

    def __init__(self, max_body_bytes: int) -> None:
        """
        Args:
            max_body_bytes: The app refuses a larger body.
        """
        self._max_body_bytes = max_body_bytes
        self.received = bytearray()
        self.has_head = False
        self._searched_bytes = 0
        self._whole_bytes: int | None = None
        """Length of head and body; None: the body comes in chunks."""
        self._chunk_at = 0
        """Where the next chunk begins."""
        self._body_bytes = 0
        """Of the chunks before that."""

    def add(self, piece: bytes) -> None:
        self.received += piece

    def is_complete(self) -> bool:
        """Whether a thread can take it. A request that gunicorn or the app refuses anyway counts as complete."""
        if not self.has_head:
            end = self.received.find(_HEAD_END, max(0, self._searched_bytes - len(_HEAD_END) + 1))
            self._searched_bytes = len(self.received)
            if end < 0:
                return len(self.received) > MAX_HEAD_BYTES
            self.has_head = True
            self._read_head(end)
        if self._whole_bytes is not None:
            return len(self.received) >= self._whole_bytes
        return self._has_last_chunk()

    def take_expectation(self) -> bool:
        """
        Return whether the sender waits for `100 Continue`.

        The header is taken out of the head, so that gunicorn does not answer it a second time.
        """
        end = self.received.find(_HEAD_END)
        lines = bytes(self.received[:end]).split(_LINE_END)
        kept = [line for line in lines if not line.lower().startswith(b"expect:")]
        if len(kept) == len(lines) or b"100-continue" not in bytes(self.received[:end]).lower():
            return False
        head = _LINE_END.join(kept)
        removed = end - len(head)
        self.received[:end] = head
        self._chunk_at -= removed
        self._whole_bytes = None if self._whole_bytes is None else self._whole_bytes - removed
        return True

    def _read_head(self, end: int) -> None:
        self._chunk_at = self._whole_bytes = end + len(_HEAD_END)
        for line in bytes(self.received[:end]).split(_LINE_END)[1:]:
            name, _, value = line.partition(b":")
            match name.strip().lower():
                case b"content-length" if value.strip().isdigit() and len(value) < 20:
                    length = int(value)
                    # The app refuses a body that is too long by its length alone.
                    self._whole_bytes = self._chunk_at + (length if length <= self._max_body_bytes else 0)
                case b"transfer-encoding":
                    self._whole_bytes = None
                    return

    def _has_last_chunk(self) -> bool:
        while True:
            end = self.received.find(_LINE_END, self._chunk_at, self._chunk_at + _MAX_SIZE_LINE_BYTES)
            if end < 0:
                return len(self.received) - self._chunk_at >= _MAX_SIZE_LINE_BYTES
            try:
                size = int(bytes(self.received[self._chunk_at : end]).partition(b";")[0], 16)
            except ValueError:
                return True
            if size <= 0:
                return size < 0 or self._has_trailers(end)
            begin = end + len(_LINE_END)
            here = min(size, len(self.received) - begin)
            # The app refuses it, having read so much.
            if self._body_bytes + here > self._max_body_bytes + _READ_AHEAD_BYTES:
                return True
            if len(self.received) > MAX_FRAMING * self._max_body_bytes:
                return True
            if begin + size + len(_LINE_END) > len(self.received):
                return False
            self._chunk_at = begin + size + len(_LINE_END)
            self._body_bytes += size

    def _has_trailers(self, end: int) -> bool:
        """Whether the empty line is here that ends the last chunk, with or without trailers before it."""
        return self.received.find(_HEAD_END, end) >= 0 or len(self.received) - end > MAX_HEAD_BYTES
