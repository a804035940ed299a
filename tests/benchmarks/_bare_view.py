"""`python -m tests.benchmarks._bare_view PORT FILE`: a Flask view that returns a file's bytes, served as the API is."""

import sys
from pathlib import Path

from flask import Flask, Response

from api.__main__ import THREADS
from api.web.serving import Server


def create(body: bytes) -> Flask:
    app = Flask("bare")

    @app.get("/alerts")
    def alerts() -> Response:
        return Response(body, content_type="application/json")

    return app


if __name__ == "__main__":
    Server(
        lambda: create(Path(sys.argv[2]).read_bytes()),
        bind=f"127.0.0.1:{sys.argv[1]}",
        worker_class="gthread",
        workers=1,
        threads=THREADS,
        keepalive=15,
        loglevel="warning",
        control_socket_disable=True,
    ).run()
