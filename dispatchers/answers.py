"""What web servers answer, and what that means for a delivery: taken, to be tried again, or refused for good."""

import email.utils
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from dispatchers.channel import DeliveryError
from shared.model import reasons
from shared.model.reasons import Reason

MAX_WAIT_MS = 24 * 3_600_000
"""The longest Retry-After believed; who says more is mistaken, or means never."""
MAX_ANSWER_BYTES = 65_536
SHOWN_ANSWER_CHARS = 300
RETRY_STATUSES = (408, 425, 429)
MESSAGE_STATUSES = (400, 413, 422)
"""Permanent, and about this message; the next one may well be accepted."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said, cut to `MAX_ANSWER_BYTES`."""

    status: int
    headers: Mapping[str, str]
    body: str

    def json(self) -> dict[str, Any]:
        """Return the body as a JSON object; {} if it is none."""
        try:
            found = msgspec.json.decode(self.body)
        except msgspec.MsgspecError:
            return {}
        return found if isinstance(found, dict) else {}

    def said(self) -> str:
        """Return the body fit for a line of a timeline."""
        return " ".join(self.body.split())[:SHOWN_ANSWER_CHARS]


def judge_status(host: str, answer: Answer) -> DeliveryError | None:
    """
    Judge a status: 2xx accepted; 408, 425, 429 and 5xx may be tried again, when Retry-After says if it does; the rest
    (redirects too: a webhook that moved must be reconfigured by a person) is permanent.
    """
    if 200 <= answer.status < 300:
        return None
    said = answer.said()
    reason = (
        reasons.of("delivery.refused", host=host, status=answer.status, answer=said)
        if said
        else reasons.of("delivery.status", host=host, status=answer.status)
    )
    if answer.status in RETRY_STATUSES or answer.status >= 500:
        wait_ms = retry_after_ms(answer.headers.get("Retry-After"), time.time())
        return DeliveryError("retryable", reason, wait_ms, "pace" if answer.status == 429 else "destination")
    return DeliveryError("permanent", reason, cause="message" if answer.status in MESSAGE_STATUSES else "destination")


def refused(host: str, answer: Reason | str, retry_after_s: object = None) -> DeliveryError:
    """Return the error for a provider that wants fewer requests, and says, or does not, for how many seconds."""
    why = reasons.of("delivery.rate_limited", host=host, answer=answer)
    return DeliveryError("retryable", why, bounded_ms(retry_after_s), "pace")


def seconds(header: str | None) -> float | None:
    """Return what a header that counts seconds says; None if it says nothing of the kind."""
    wait_ms = retry_after_ms(header, time.time())
    return None if wait_ms is None else wait_ms / 1000


def retry_after_ms(header: str | None, now_s: float) -> int | None:
    """Return what a Retry-After header asks for, in milliseconds: seconds or an HTTP date (RFC 9110, 10.2.3)."""
    if not header:
        return None
    try:
        return bounded_ms(float(header))
    except ValueError:
        pass
    try:
        return bounded_ms(email.utils.parsedate_to_datetime(header).timestamp() - now_s)
    except (TypeError, ValueError, OverflowError):
        return None


def bounded_ms(wait_s: object) -> int | None:
    """Return a provider's wait in seconds as milliseconds, from 0 to `MAX_WAIT_MS`; None if it is no number."""
    if not isinstance(wait_s, int | float) or isinstance(wait_s, bool):
        return None
    if isinstance(wait_s, float) and math.isnan(wait_s):
        return None
    return int(1000 * min(max(wait_s, 0), MAX_WAIT_MS / 1000))
