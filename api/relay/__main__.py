"""`python -m api.relay`: the relay, flask-sock under gunicorn with gevent on its own port."""

if __name__ == "__main__":
    # Before anything else is imported: what was imported first would keep its blocking sockets and threads.
    from gevent import monkey

    monkey.patch_all()

import json
import os
import resource
import ssl
import sys
import threading
import time
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Request, Response, request
from flask_sock import Sock
from redis import Redis
from redis.exceptions import RedisError

from api.auth import bearer, identity
from api.relay.hub import (
    ALIVE,
    MOST_OF_ONE,
    NOT_SIGNED_IN,
    NOTHING_TO_SAY,
    PING,
    STALE,
    TRY_LATER,
    Client,
    Hub,
    close_frame,
    frame,
)
from api.relay.standing import Standing, standing_of, void
from api.web.relay_worker import relay_worker
from api.web.serving import Accepting, Server, check_port_is_free, tls_options
from shared import log, variables
from shared.errors import AlertsError
from shared.log import Logger
from shared.model import printable
from shared.process import Heartbeat, Loop, Stop, keep_private, yield_to_deciders
from shared.redis import connection
from shared.settings import Settings, authority

PING_S = 20.0
_JSON = "application/json"
MAX_CLIENTS = 10_000
UNPROVEN_MS = 900_000
HEARD_BYTES, HEARD_BYTES_A_SECOND = 4_096, 64
"""A browser answers a ping each 20 s, in 6 bytes, and says goodbye. Some programs send pings of their own."""


def create_live(settings: Settings, redis: Redis, hub: Hub, logger: Logger) -> Flask:
    """Return the app with its one socket, `/live`."""
    app = Flask("enhanced-alerts-relay", static_folder=None)
    # Browsers only listen here. A message of more than a byte is refused while it is read, any other when it is whole.
    app.config["SOCK_SERVER_OPTIONS"] = {"max_message_size": 1, "receive_bytes": 256}
    sock = Sock(app)

    @app.get("/healthz")
    def healthz() -> Response:
        return Response('{"status":"alive"}', content_type=_JSON)

    @app.get("/readyz")
    def readyz() -> Response:
        trouble = hub.trouble
        if trouble:
            return Response(json.dumps({"status": "not ready", "detail": trouble}), 503, content_type=_JSON)
        return Response('{"status":"ready"}', content_type=_JSON)

    @sock.route("/live")
    def live(ws: Any) -> None:
        outlet = _Outlet(ws)
        try:
            known = _let_in(settings, redis, request)
        except RedisError:
            known = "Redis is away; try again shortly"
        if isinstance(known, str):
            outlet.write(close_frame(NOT_SIGNED_IN, known))
            return
        if not hub.has_room_for(known.identity):
            outlet.write(close_frame(TRY_LATER, f"{known.identity.name} has {MOST_OF_ONE} connections already"))
            return
        client = hub.join(outlet, known)
        try:
            _serve(hub, client, outlet, ws, request.args.get("since", ""))
        except OSError:
            return  # The other side is gone.
        except RedisError as error:
            logger.warning("replay.failed", reason=str(error))
            outlet.write(close_frame(TRY_LATER, "Redis is away; try again shortly"))
        finally:
            hub.leave(client)

    return app


def _let_in(settings: Settings, redis: Redis, asked: Request) -> Standing | str:
    """Return who is let in and what that rests on, or why somebody is not."""
    origin = asked.headers.get("Origin")
    if origin is not None:
        known = {_hostname(f"//{asked.host}"), _hostname(settings.effective_public_url)} - {None}
        if _hostname(origin) not in known:
            return "this page may not listen here; set PUBLIC_URL to its address"
    now_ms = time.time_ns() // 1_000_000
    scheme, _, token = asked.headers.get("Authorization", "").partition(" ")
    held: Standing | None = None
    if scheme.lower() == "bearer":
        proof = bearer.prove(redis, token.strip())
        held = standing_of(proof) if proof else None
    elif claim := identity.redeem_claim(redis, asked.args.get("ticket", "")):
        # The API of an older release says nothing of what a ticket rests on; whoever has it comes again before long.
        ends_at_ms = claim.ends_at_ms or (0 if claim.facts else now_ms + UNPROVEN_MS)
        held = Standing(claim.identity, tuple(claim.facts), ends_at_ms)
    if held is None or not held.identity.may("viewer") or void(redis, [held], now_ms):
        return "the ticket is wrong, used, or older than 30 s; ask the API for a new one"
    return held


def _hostname(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None  # Anything may stand in a header.


def _serve(hub: Hub, client: Client, outlet: "_Outlet", ws: Any, since: str) -> None:
    outlet.write(frame(b'{"type":"hello","id":"%s"}' % (client.joined_at if not since else _plain(since)).encode()))
    if since:
        for piece in hub.replay(since, client.joined_at):
            outlet.write(piece)
    if hub.is_stale:
        outlet.write(STALE)
    while ws.connected:
        client.rest()
        if not client.wake.wait(PING_S):
            if not ws.pong_received:
                return
            ws.pong_received = False
            outlet.write(PING + (STALE if hub.is_stale else ALIVE))
            continue
        outlet.write(client.take())
        if client.closing is not None:
            outlet.write(client.closing)
            return


def _plain(since: str) -> str:
    return "".join(c for c in since[:41] if c in "0123456789-")


class _NothingToSay(list[Any]):
    """Where simple-websocket puts messages, of which none is expected."""

    def __init__(self, outlet: "_Outlet") -> None:
        super().__init__()
        self._outlet = outlet

    def append(self, _message: Any) -> None:
        self._outlet.refuse()


class _Outlet:
    """
    The one way out to a socket.

    simple-websocket answers pings and closes from its own greenlet, through the same socket; whole pieces are written
    under a lock, so that these never land in the middle of a frame.
    """

    def __init__(self, ws: Any) -> None:
        self._ws = ws
        ws.input_buffer = _NothingToSay(self)
        # The parser of the request that became this socket, some kilobytes, is of no more use.
        ws.ws.handshake._h11_connection = None
        self._sock = ws.sock
        self._lock = threading.Lock()
        self._raw = None if isinstance(ws.sock, ssl.SSLSocket) else ws.sock._sock
        """What gevent wraps: it never waits. Encryption may have to, in the middle of a write."""
        self._rest: memoryview | None = None
        """What is left of a piece written in part; it comes before anything else."""
        self._heard, self._heard_s = 0.0, time.monotonic()
        """How much came of late, in bytes."""
        ws.sock = self

    @property
    def is_open(self) -> bool:
        return bool(self._ws.connected)

    def write(self, piece: bytes) -> None:
        with self._lock:
            if self._rest is not None:
                self._sock.sendall(self._rest)
                self._rest = None
            self._sock.sendall(piece)

    def offer(self, piece: bytes) -> int:
        # The lock need not be taken: no other greenlet runs before this one waits, and it does not.
        if self._raw is None or self._rest is not None or self._lock.locked():
            return 0
        try:
            written: int = self._raw.send(piece)
        except OSError:
            # Full, or broken: its own greenlet waits, or finds out.
            return 0
        if 0 < written < len(piece):
            # No copy: hundreds of slow browsers would each have their own.
            self._rest = memoryview(piece)[written:]
        return written

    # -- what simple-websocket expects of a socket --

    def send(self, piece: bytes) -> None:
        self.write(piece)

    def recv(self, size: int) -> bytes:
        received: bytes = self._sock.recv(size)
        now = time.monotonic()
        self._heard = max(0.0, self._heard - (now - self._heard_s) * HEARD_BYTES_A_SECOND) + len(received)
        self._heard_s = now
        if self._heard > HEARD_BYTES:
            self.refuse()
        return received

    def refuse(self) -> None:
        """
        Say that nothing is to be said here, and end the connection.

        Raises:
            ConnectionAbortedError: always; simple-websocket closes then.
        """
        if not self._lock.locked():
            with suppress(OSError):
                self.write(close_frame(NOTHING_TO_SAY, "there is nothing to say here; listen"))
        self.cut()
        raise ConnectionAbortedError("a message came where none is expected")

    def close(self) -> None:
        self._sock.close()

    def cut(self) -> None:
        import socket

        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)


def main() -> int:
    """Serve until told to stop. Returns the exit code."""
    try:
        keep_private()
        settings = Settings.from_environment()
        logger = log.set_up_for("relay", settings)
        variables.warn(logger)
        redis = connection.connect(settings.effective_redis_url)
        connection.check(redis, settings.effective_redis_url)
        if risk := connection.risk(redis):
            logger.warning("redis.risk", reason=risk)
        redis.close()
        check_port_is_free(settings.relay_host, settings.relay_port, "RELAY_PORT")
    except AlertsError as error:
        print(printable.lines(str(error)), file=sys.stderr)
        return 1
    _allow_many_sockets()
    yield_to_deciders()
    Server(
        lambda: _app(settings),
        bind=authority(settings.relay_host, settings.relay_port),
        worker_class=relay_worker(settings),
        workers=1,
        worker_connections=MAX_CLIENTS,
        graceful_timeout=4,
        timeout=60,
        loglevel="warning",
        errorlog=os.devnull if os.environ.get("LOG_TO_FILE") == "1" else "-",
        control_socket_disable=True,
        **tls_options(settings),
        post_worker_init=_watch_for_the_end,
    ).run()
    return 0


_hub: Hub | None = None
_heartbeat: Heartbeat | None = None


def _app(settings: Settings) -> Flask:
    global _hub, _heartbeat
    logger = log.set_up_for("relay", settings)
    heartbeat = _heartbeat = Heartbeat(connection.connect(settings.effective_redis_url), "relay", logger)
    # The reader waits in one connection; tickets and replays use others.
    _hub = Hub(connection.connect(settings.effective_redis_url), logger, heartbeat)
    _hub.start()
    heartbeat.start()
    heartbeat.mark_ready()
    return create_live(settings, connection.connect(settings.effective_redis_url, retries=1), _hub, logger)


def _watch_for_the_end(worker: Any) -> None:
    over = Stop(install_handlers=False)

    def watch() -> None:
        if not worker.alive and not over:
            over.set()
            if _hub is not None:
                _hub.stop()

    loop = Loop("end", watch, Logger("relay"), every_s=0.2)
    loop.start(over)
    if _heartbeat is not None:
        _heartbeat.follow(Accepting(worker))
        _heartbeat.follow(loop)


def _allow_many_sockets() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_CLIENTS + 200
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard) if hard > 0 else wanted, hard))


if __name__ == "__main__":
    sys.exit(main())
