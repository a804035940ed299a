"""`python -m tests.benchmarks._bare_events PORT REDIS_URL`: a Flask view that decodes events, and adds them."""

import sys

import msgspec
from flask import Flask, Response, request

from api.__main__ import THREADS
from api.web.serving import Server
from shared.model.events import Event
from shared.redis import connection


def create(redis_url: str) -> Flask:
    app = Flask("bare")
    redis = connection.connect(redis_url)
    decode = msgspec.json.Decoder(list[Event]).decode

    @app.post("/events")
    def events() -> Response:
        body = request.get_data()
        taken = len(decode(body))
        redis.xadd("bench:bare", {b"e": body}, maxlen=100, approximate=True)
        return Response(b'{"accepted":%d}' % taken, 202, content_type="application/json")

    return app


if __name__ == "__main__":
    Server(
        lambda: create(sys.argv[2]),
        bind=f"127.0.0.1:{sys.argv[1]}",
        worker_class="gthread",
        workers=1,
        threads=THREADS,
        keepalive=15,
    ).run()
