"""
Due notifications: the only way in which a stage asks for a delivery.

For each channel and group a due set names the alerts with unsent news; `due_groups` says when a worker must look.
Both are written in the transaction of the change itself, so no news is lost; the delivery works out the content.
"""

import time
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from redis import Redis
from redis.client import Pipeline
from rq import Queue
from rq.job import JobStatus
from rq.serializers import JSONSerializer

from shared.errors import Unavailable
from shared.model import reasons
from shared.model.alerts import UNREADABLE, Alert
from shared.model.encoding import encode
from shared.model.reasons import Reason
from shared.redis import delivery_keys, transaction
from shared.redis.bundle import Bundle

SEPARATOR = "\0"
SEND_TEST = "dispatchers.jobs.send_test"
"""The name of the test button's function in RQ's jobs."""
TEST_RESULT_S = 60
TEST_LIMIT_S = 60
"""RQ's limit of a test, as that of a delivery."""
RECEIPT_MS = 2 * 86_400_000


_OF_A_WINDOW = (("PTTL", delivery_keys.group_window), ("EXISTS", delivery_keys.job_waiting))
Windows = dict[tuple[str, str], tuple[int, bool]]
"""(Channel, group) → how many ms its window is still open (0 or less: it is not), whether a job waits to begin."""


def ask_windows(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the commands whose answers are for `read_windows`."""
    return [(verb, key(*pair)) for pair in pairs for verb, key in _OF_A_WINDOW]


def read_windows(pairs: Iterable[tuple[str, str]], answers: Sequence[int]) -> Windows:
    """Return how things stand with *pairs*."""
    return {pair: (answers[2 * n], bool(answers[2 * n + 1])) for n, pair in enumerate(pairs)}


def windows(redis: Redis, pairs: Iterable[tuple[str, str]]) -> Windows:
    """Ask how things stand with *pairs*."""
    asked = list(pairs)
    return read_windows(asked, transaction.ask(redis, ask_windows(asked))) if asked else {}


def group_of(alert: Alert) -> str:
    """Return the group whose notifications an alert joins."""
    return alert.group or alert.id


def stage_due(pipe: Pipeline | Bundle, alert: Alert, channels: Iterable[str], look_at_ms: int) -> list[tuple[str, str]]:
    """
    Queue on *pipe* that *channels* have news of *alert*.

    Args:
        look_at_ms: When the sweeper shall see to it; now, unless the caller enqueues a job itself.

    Returns:
        The (channel, group) pairs concerned.
    """
    group = group_of(alert)
    pairs = [(channel, group) for channel in channels]
    for channel, _ in pairs:
        stage_group_due(pipe, channel, group, [alert.id], look_at_ms)
    return pairs


def stage_group_due(
    pipe: Pipeline | Bundle, channel: str, group: str, alert_ids: Sequence[str], look_at_ms: int
) -> None:
    """Queue on *pipe* that a channel has news of alerts of one group; as `stage_due`."""
    pipe.sadd(delivery_keys.due(channel, group), *alert_ids)
    # Never later than planned already: an attempt's own time is kept in the ledger.
    pipe.zadd(delivery_keys.due_groups(), {f"{channel}{SEPARATOR}{group}": look_at_ms}, lt=True)


class ExpectedReceipt(Struct):
    """A message whose provider will say later whether it was delivered."""

    channel: str
    told: list[tuple[str, str]]
    """(alert id, news) it spoke of."""


def expect_receipt(redis: Redis, message_id: str, expected: ExpectedReceipt) -> None:
    """Remember what a message was about."""
    redis.set(delivery_keys.sms_receipt(message_id), encode(expected), px=RECEIPT_MS)


def expected_receipt(redis: Redis, message_id: str) -> ExpectedReceipt | None:
    """Return what a message was about; None if it is unknown or too old, or nobody can read it."""
    body = redis.get(delivery_keys.sms_receipt(message_id))
    try:
        return msgspec.json.decode(body, type=ExpectedReceipt) if body else None
    except UNREADABLE:
        return None


def reopen(redis: Redis, channel: str, now_ms: int) -> None:
    """Have a parked channel tried at once, because a person has repaired it."""
    redis.delete(delivery_keys.pause(channel))
    wake(redis, channel, now_ms)


def wake(redis: Redis, channel: str, now_ms: int) -> None:
    """Have the sweeper look now at all unsent news of a channel whose configuration or health has changed."""
    waiting = [
        m for m in redis.zrange(delivery_keys.due_groups(), 0, -1) if m.startswith(f"{channel}{SEPARATOR}".encode())
    ]
    if waiting:
        redis.zadd(delivery_keys.due_groups(), dict.fromkeys(waiting, now_ms), xx=True)


def queue_name(channel: str) -> str:
    """Return the name of a channel's RQ queue."""
    return f"channel-{channel}"


def queue_of(redis: Redis, channel: str) -> Queue:
    """Return the RQ queue of one channel; a channel's jobs wait for no other's."""
    return Queue(queue_name(channel), connection=redis, serializer=JSONSerializer)


def request_test(redis: Redis, channel: str, by: str, timeout_s: float = 15.0) -> dict[str, Any]:
    """
    Have the channel's worker send a test message through the real path, and wait for what came of it.

    Args:
        timeout_s: How long a worker may take to begin; once it has, the channel's own limits hold.

    Returns:
        `{"accepted": bool, "answer": str, "took_ms": int}`; `answer` is the provider's, or why it was not accepted.

    Raises:
        Unavailable: no worker took it up in time.
    """
    queue = queue_of(redis, channel)
    job = queue.enqueue(
        SEND_TEST,
        channel,
        by,
        result_ttl=TEST_RESULT_S,
        failure_ttl=TEST_RESULT_S,
        job_timeout=TEST_LIMIT_S,
        at_front=True,
    )
    begun = time.monotonic()
    while True:
        status = job.get_status(refresh=True)
        if status in (JobStatus.FINISHED, JobStatus.FAILED):
            result = job.latest_result()
            if result is not None and isinstance(result.return_value, dict):
                return result.return_value
            return _not_tested(reasons.of("delivery.test_failed"), 0)
        waited_s = time.monotonic() - begun
        if status != JobStatus.STARTED and waited_s > timeout_s:
            break
        if waited_s > timeout_s + TEST_LIMIT_S:
            # Its worker died, else RQ would have ended the job.
            return _not_tested(reasons.of("delivery.test_lost"), int(waited_s * 1000))
        time.sleep(0.02)
    job.cancel()
    raise Unavailable(reasons.of("delivery.no_worker", channel=channel, limit_s=timeout_s))


def _not_tested(why: Reason, took_ms: int) -> dict[str, Any]:
    return {"accepted": False, **reasons.fields(why, "answer"), "took_ms": took_ms}
