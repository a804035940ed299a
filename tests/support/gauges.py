"""A target for real scrapers: one gauge that the test sets."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Gauge:
    """A gauge behind an address of its own."""

    def __init__(self, name: str, value: float) -> None:
        self.value = value
        gauge = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = f"# TYPE {name} gauge\n{name} {gauge.value}\n".encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True

    @property
    def target(self) -> str:
        return f"127.0.0.1:{self.server.server_address[1]}"


@contextmanager
def gauge(name: str, value: float) -> Iterator[Gauge]:
    """Serve a gauge until the block ends."""
    served = Gauge(name, value)
    thread = threading.Thread(target=served.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        served.server.shutdown()
        served.server.server_close()
        thread.join()
