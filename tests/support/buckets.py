"""
A target that counts observations in classic and in native buckets, and gives both to a Prometheus that asks for them.

Native histograms exist in the protocol-buffer form of a page alone (github.com/prometheus/client_model,
io/prometheus/client/metrics.proto), which `prometheus_client` does not write; the few fields are written here.
"""

import math
import random
import struct
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
SCHEMA = 3
ZERO = 0.001
PROTOBUF = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
_HISTOGRAM = 4


class Observed:
    """All observations so far; each page that is asked for brings some more."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._values: list[float] = []
        self._lock = threading.Lock()

    def page(self) -> bytes:
        with self._lock:
            scale = self._chance.choice((0.03, 0.3, 1.5))
            self._values += [self._chance.expovariate(1 / scale) for _ in range(self._chance.randrange(1, 60))]
            self._values += [0.0] * self._chance.randrange(3)
            return _family("took_classic", _classic(self._values)) + _family("took_native", _native(self._values))


@contextmanager
def target(seed: int) -> Iterator[int]:
    """Serve pages; yields the port."""
    observed = Observed(seed)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = observed.page()
            self.send_response(200)
            self.send_header("Content-Type", PROTOBUF)
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def _classic(values: list[float]) -> bytes:
    buckets = b"".join(
        _nested(3, _number(1, sum(value <= bound for value in values)) + _double(2, bound))
        for bound in (*BOUNDS, math.inf)
    )
    return _number(1, len(values)) + _double(2, sum(values)) + buckets


def _native(values: list[float]) -> bytes:
    found = Counter(math.ceil(math.log2(value) * 2**SCHEMA) for value in values if value > ZERO)
    spans, deltas = _spans(found)
    zero = sum(value <= ZERO for value in values)
    head = _number(1, len(values)) + _double(2, sum(values)) + _number(5, _zigzag(SCHEMA))
    head += _double(6, ZERO) + _number(7, zero)
    head += b"".join(_nested(12, _number(1, _zigzag(offset)) + _number(2, length)) for offset, length in spans)
    return head + b"".join(_number(13, _zigzag(delta)) for delta in deltas)


def _spans(buckets: Mapping[int, int]) -> tuple[list[tuple[int, int]], list[int]]:
    spans: list[tuple[int, int]] = []
    deltas: list[int] = []
    end = before = 0
    for index in sorted(buckets):
        if spans and index == end:
            spans[-1] = (spans[-1][0], spans[-1][1] + 1)
        else:
            spans.append((index - end, 1))
        end = index + 1
        deltas.append(buckets[index] - before)
        before = buckets[index]
    return spans, deltas


def _family(name: str, histogram: bytes) -> bytes:
    family = _nested(1, name.encode()) + _number(3, _HISTOGRAM) + _nested(4, _nested(7, histogram))
    return _varint(len(family)) + family


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _double(field: int, value: float) -> bytes:
    return _varint(field << 3 | 1) + struct.pack("<d", value)


def _nested(field: int, body: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(body)) + body


def _zigzag(value: int) -> int:
    return value << 1 if value >= 0 else (-value << 1) - 1


def _varint(value: int) -> bytes:
    return bytes(_bytes_of(value))


def _bytes_of(value: int) -> Iterable[int]:
    while value > 127:
        yield value & 127 | 128
        value >>= 7
    yield value
