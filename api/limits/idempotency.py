"""POSTs with an Idempotency-Key: carried out once a day at most; sent again, they get the same answer."""

import hashlib
import re

import msgspec
from flask import Response, g, request
from msgspec import Struct

from api.limits import rate_limit
from api.web import responses
from api.web.services import services
from shared.model import reasons
from shared.redis import access_keys

REPLAY_MS = 86_400_000
RUNNING_MS = 60_000
"""How long a request counts as under way if its process dies."""
NOT_KEPT = ("session.", "access.")
"""Blueprints whose answers hold secrets; their answers are not kept."""
READING = ("rules.preview_rule", "templates.preview", "silences.preview", "system.recent")
"""Endpoints that change nothing, though they are called by POST: carrying them out again does no harm."""
MAX_REPLAY_BYTES = 65_536
REPLAYS_A_DAY = 50_000
"""POSTs with an Idempotency-Key, of one identity; a tenth of them at once. Each is kept for a day."""
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


def replay() -> Response | None:
    """Return the kept answer if this request was carried out before, or a refusal; None: carry it out."""
    if request.method != "POST" or (key := request.headers.get("Idempotency-Key")) is None:
        return None
    identity = g.get("identity")
    endpoint = request.endpoint or ""
    if identity is None or endpoint.startswith(NOT_KEPT) or endpoint in READING:
        return None
    if not _KEY.fullmatch(key):
        return responses.problem(400, reasons.of("idempotency.bad_key", max_length=255))
    place = access_keys.replay(_digest(identity.principal.encode(), request.path.encode(), key.encode()))
    digest = _digest(request.query_string, request.get_data())
    redis = services().redis
    wait_ms = rate_limit.take(redis, f"replay:{identity.principal}", REPLAY_MS / REPLAYS_A_DAY, REPLAYS_A_DAY // 10)
    if wait_ms:
        limited = reasons.of("limit.replays_per_day", name=identity.name, limit=REPLAYS_A_DAY)
        return rate_limit.too_many(wait_ms, limited)
    if redis.set(place, msgspec.msgpack.encode(_Replay(digest)), nx=True, px=RUNNING_MS):
        g.replay = (place, digest)
        return None
    stored = redis.get(place)
    before = msgspec.msgpack.decode(stored, type=_Replay) if stored else None
    return _answer_again(before, digest)


def keep_answer(response: Response) -> Response:
    """Keep the answer to a request that `replay` let through, unless carrying it out again may succeed."""
    if (begun := g.pop("replay", None)) is None:
        return response
    place, digest = begun
    redis = services().redis
    if response.status_code >= 500 or response.status_code == 429:
        redis.delete(place)
        return response
    content = response.get_data()
    is_too_large = len(content) > MAX_REPLAY_BYTES
    kept = _Replay(
        digest,
        response.status_code,
        response.content_type or "",
        response.headers.get("Location", ""),
        b"" if is_too_large else content,
        is_too_large,
    )
    redis.set(place, msgspec.msgpack.encode(kept), px=REPLAY_MS)
    return response


def _answer_again(before: _Replay | None, digest: str) -> Response:
    if before is not None and before.digest != digest:
        return responses.problem(422, reasons.of("idempotency.other_body"))
    if before is None or not before.status:
        return responses.problem(409, reasons.of("idempotency.under_way"), headers={"Retry-After": "1"})
    if before.is_too_large:
        return responses.problem(409, reasons.of("idempotency.answer_not_kept", status=before.status))
    answer = Response(before.body, before.status, content_type=before.content_type)
    if before.location:
        answer.headers["Location"] = before.location
    answer.headers["Idempotent-Replayed"] = "true"
    return answer


def _digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()
