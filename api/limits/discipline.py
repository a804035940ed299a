"""
What every request must keep to: size and depth, pace, and being carried out once.

Limits count an identity's requests in Redis, for all API processes together. A POST with an Idempotency-Key is carried
out once a day at most; sent again, it gets the same answer.
"""

import hashlib
import re
import secrets
import time

import msgspec
from flask import Flask, Response, g, request
from msgspec import Struct
from redis import Redis
from redis.exceptions import OutOfMemoryError, ReadOnlyError

from api.limits import bodies
from api.limits.proof_cache import Pace
from api.web import responses
from api.web.services import services
from shared.model.numbers import exact
from shared.redis import keys, scripts

MAX_BODY_BYTES = 1_048_576
BURST_S = 4.0
REPLAY_MS = 86_400_000
RUNNING_MS = 60_000
NOT_KEPT = ("session.", "access.")
"""Blueprints whose answers hold secrets; those are not kept for a replay."""
READING = ("rules.preview_rule", "rules.preview", "silences.preview", "system.recent")
"""Endpoints that change nothing, though they are called by POST: carrying them out again does no harm."""
MAX_REPLAY_BYTES = 65_536
REPLAYS_A_DAY = 50_000
"""POSTs with an Idempotency-Key, of one identity; a tenth of them at once. Each is kept for a day."""
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


class _Replay(Struct, omit_defaults=True):
    digest: str
    status: int = 0
    """0: it is being carried out."""
    content_type: str = ""
    location: str = ""
    body: bytes = b""
    is_too_large: bool = False
    """The answer was not kept."""


def register(app: Flask) -> None:
    """Watch over every request, after its identity is known."""
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    for step in (_keep_pace, bodies.read, _replay):
        app.before_request(step)
    app.after_request(_keep_answer)


def name_request() -> None:
    """Give the request its id: its own, if it came with one fit for logs."""
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)


def take(redis: Redis, what: str, every_ms: float, burst: int) -> int:
    """Take one from a bucket; returns 0, or how many ms to wait."""
    places = Pace(every_ms, burst).places(what)
    return int(scripts.run(redis, scripts.source("take"), places, (every_ms, burst)))


def pace() -> Pace:
    """Return how often each identity may come."""
    a_second = services().settings.api_requests_per_second
    return Pace(1_000 / a_second, max(1, int(a_second * BURST_S)))


def _keep_pace() -> Response | None:
    known = g.get("identity")
    if known is None:
        return None
    # Whoever was let in by a proof has taken from their pace already.
    if (wait_ms := g.pop("wait_ms", None)) is None:
        kept = pace()
        try:
            wait_ms = take(services().redis, f"api:{known.principal}", kept.every_ms, kept.burst)
        except (OutOfMemoryError, ReadOnlyError):
            return None  # Nothing can be counted; and people must see the board just when that is so.
    if not wait_ms:
        return None
    return too_many(
        wait_ms, f"{known.name} may send {exact(services().settings.api_requests_per_second)} requests a second"
    )


def too_many(wait_ms: int, reason: str) -> Response:
    """Answer that somebody must wait."""
    seconds = max(1, -(-wait_ms // 1_000))
    return responses.problem(429, f"{reason}; try again in {seconds} s.", headers={"Retry-After": str(seconds)})


def _replay() -> Response | None:
    if request.method != "POST" or (given := request.headers.get("Idempotency-Key")) is None:
        return None
    known = g.get("identity")
    endpoint = request.endpoint or ""
    if known is None or endpoint.startswith(NOT_KEPT) or endpoint in READING:
        return None
    if not _KEY.fullmatch(given):
        return responses.problem(400, "Idempotency-Key must have 1 to 255 visible ASCII characters.")
    place = keys.replay(_digest(known.principal.encode(), request.path.encode(), given.encode()))
    mine = _digest(request.query_string, request.get_data())
    redis = services().redis
    wait_ms = take(redis, f"replay:{known.principal}", REPLAY_MS / REPLAYS_A_DAY, REPLAYS_A_DAY // 10)
    if wait_ms:
        return too_many(wait_ms, f"{known.name} may send {REPLAYS_A_DAY} requests with an Idempotency-Key a day")
    if redis.set(place, msgspec.msgpack.encode(_Replay(mine)), nx=True, px=RUNNING_MS):
        g.replay = (place, mine)
        return None
    stored = redis.get(place)
    before = msgspec.msgpack.decode(stored, type=_Replay) if stored else None
    if before is not None and before.digest != mine:
        return responses.problem(422, "This Idempotency-Key was used for another body; take a new one.")
    if before is None or not before.status:
        return responses.problem(
            409, "The first request with this Idempotency-Key is still under way.", headers={"Retry-After": "1"}
        )
    if before.is_too_large:
        return responses.problem(
            409, f"This was carried out, and answered with {before.status}; the answer was too large to be kept."
        )
    answer = Response(before.body, before.status, content_type=before.content_type)
    if before.location:
        answer.headers["Location"] = before.location
    answer.headers["Idempotent-Replayed"] = "true"
    return answer


def _keep_answer(response: Response) -> Response:
    response.headers.add("X-Request-Id", g.get("request_id", ""))
    # Pages show ages and ends by this clock, whatever their reader's says; Date would be a proxy's, and to the second.
    response.headers.add("X-Server-Time", str(time.time_ns() // 1_000_000))
    if (kept := g.pop("replay", None)) is None:
        return response
    place, mine = kept
    redis = services().redis
    if response.status_code >= 500 or response.status_code == 429:
        redis.delete(place)
        return response
    content = response.get_data()
    is_too_large = len(content) > MAX_REPLAY_BYTES
    stored = _Replay(
        mine,
        response.status_code,
        response.content_type or "",
        response.headers.get("Location", ""),
        b"" if is_too_large else content,
        is_too_large,
    )
    redis.set(place, msgspec.msgpack.encode(stored), px=REPLAY_MS)
    return response


def _digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()
