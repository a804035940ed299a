"""The relay's app: one WebSocket at `/live`, and whether the relay works."""

import json
import time
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Request, Response, request
from flask_sock import Sock
from redis import Redis
from redis.exceptions import RedisError

from api.auth import bearer, one_time
from api.relay.client import Client
from api.relay.frames import ALIVE, NOT_SIGNED_IN, PING, STALE, TRY_LATER, close_frame, frame
from api.relay.hub import BEAT_S, MOST_OF_ONE, Hub
from api.relay.outlet import SocketOutlet
from api.relay.standing import Standing, standing_of, void
from shared.log import Logger
from shared.settings import Settings

PING_S = 20.0
UNPROVEN_MS = 900_000
_JSON = "application/json"


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
        outlet = SocketOutlet(ws)
        try:
            standing = _admit(settings, redis, request)
        except RedisError:
            standing = "Redis is away; try again shortly"
        if isinstance(standing, str):
            outlet.write(close_frame(NOT_SIGNED_IN, standing))
            return
        if not hub.has_room_for(standing.identity):
            outlet.write(close_frame(TRY_LATER, f"{standing.identity.name} has {MOST_OF_ONE} connections already"))
            return
        client = hub.join(outlet, standing)
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


def _admit(settings: Settings, redis: Redis, asked: Request) -> Standing | str:
    """Return who listens and what the right to it rests on, or why the socket is refused."""
    origin = asked.headers.get("Origin")
    if origin is not None:
        ours = {_hostname(f"//{asked.host}"), _hostname(settings.effective_public_url)} - {None}
        if _hostname(origin) not in ours:
            return "this page may not listen here; set PUBLIC_URL to its address"
    now_ms = time.time_ns() // 1_000_000
    scheme, _, token = asked.headers.get("Authorization", "").partition(" ")
    held: Standing | None = None
    if scheme.lower() == "bearer":
        proof = bearer.prove(redis, token.strip())
        held = standing_of(proof) if proof else None
    elif claim := one_time.redeem_claim(redis, asked.args.get("ticket", "")):
        # The API of an older release stores no facts with a ticket; such a client must get a new ticket soon.
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


def _serve(hub: Hub, client: Client, outlet: SocketOutlet, ws: Any, since: str) -> None:
    position = client.joined_at if not since else _plain(since)
    outlet.write(frame(b'{"type":"hello","id":"%s","beat_s":%d}' % (position.encode(), BEAT_S)))
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
