"""Each request has an id for logs, and each answer carries it with the server's time."""

import re
import secrets
import time

from flask import Response, g, request

_FIT_FOR_LOGS = re.compile(r"[A-Za-z0-9._-]{8,64}")


def assign() -> None:
    """Take the request's own id if it can stand in a log, else make one."""
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if _FIT_FOR_LOGS.fullmatch(given) else secrets.token_hex(8)


def stamp(response: Response) -> Response:
    """Add the request's id and the server's time in epoch milliseconds."""
    response.headers.add("X-Request-Id", g.get("request_id", ""))
    # Pages show ages by this clock, not by the reader's. Date would be the proxy's, and only to the second.
    response.headers.add("X-Server-Time", str(time.time_ns() // 1_000_000))
    return response
