"""How many requests an identity may send: a token bucket each in Redis, for all API processes together."""

from flask import Response, g
from redis import Redis
from redis.exceptions import OutOfMemoryError, ReadOnlyError

from api.limits.proof_cache import Pace
from api.web import responses
from api.web.services import services
from shared.model import reasons
from shared.model.reasons import Reason
from shared.redis import scripts

BURST_S = 4.0
"""A bucket holds what may be sent in this time: a page that opens asks for some things at once."""


def check() -> Response | None:
    """Take one request from the identity's bucket. Returns a refusal if the bucket is empty."""
    identity = g.get("identity")
    if identity is None:
        return None
    # A caller with a cached proof was counted in the round trip that authenticated it.
    if (wait_ms := g.pop("wait_ms", None)) is None:
        pace = request_pace()
        try:
            wait_ms = take(services().redis, f"api:{identity.principal}", pace.every_ms, pace.burst)
        except (OutOfMemoryError, ReadOnlyError):
            return None  # Nothing can be counted, and people need the board most when Redis is in trouble.
    if not wait_ms:
        return None
    rate = services().settings.api_requests_per_second
    return too_many(wait_ms, reasons.of("limit.requests_per_second", name=identity.name, limit=rate))


def request_pace() -> Pace:
    """Return how many requests each identity may send."""
    requests_per_s = services().settings.api_requests_per_second
    return Pace(1_000 / requests_per_s, max(1, int(requests_per_s * BURST_S)))


def take(redis: Redis, bucket: str, every_ms: float, burst: int) -> int:
    """
    Take one token from a bucket that gains one each *every_ms* and holds *burst*.

    Returns:
        0, or how many ms to wait for the next token.
    """
    places = Pace(every_ms, burst).places(bucket)
    return int(scripts.run(redis, scripts.source("take"), places, (every_ms, burst)))


def too_many(wait_ms: int, because: Reason) -> Response:
    """Answer 429, with the time to wait."""
    wait_s = max(1, -(-wait_ms // 1_000))
    detail = reasons.of("limit.try_again", because=because, wait_s=wait_s)
    return responses.problem(429, detail, headers={"Retry-After": str(wait_s)})
