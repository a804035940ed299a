"""
Who of a channel's several recipients has had which news.

A mail list, some phone numbers, the browsers subscribed to push: one channel, many calls. Each success is noted at
once, so that a retry, also after a crash, tells only those who have not heard.
"""

from collections import defaultdict
from collections.abc import Sequence

from redis import Redis

from dispatchers import ledger
from dispatchers.channel import DeliveryError, Item, Notification, Receipt
from shared import keys

KEEP_MS = 86_400_000
"""Longer than any retrying lasts."""


def waiting(redis: Redis, notification: Notification, everybody: Sequence[str]) -> list[tuple[list[str], Notification]]:
    """
    Return who has not had which part of the notification.

    Returns:
        Groups of recipients with what they still lack; one group with the whole notification if nobody had any of it.
    """
    with redis.pipeline(transaction=False) as pipe:
        for item in notification.items:
            pipe.smembers(_key(notification.channel, item))
        had = [{name.decode() for name in names} for names in pipe.execute()]
    lacking: dict[tuple[int, ...], list[str]] = defaultdict(list)
    for recipient in dict.fromkeys(everybody):
        lacking[tuple(n for n, names in enumerate(had) if recipient not in names)].append(recipient)
    everything = tuple(range(len(notification.items)))
    return [
        (names, notification if part == everything else notification.write([notification.items[n] for n in part]))
        for part, names in lacking.items()
        if part
    ]


def note(redis: Redis, notification: Notification, recipients: Sequence[str]) -> None:
    """Remember that *recipients* have had all of *notification*."""
    with redis.pipeline() as pipe:
        for item in notification.items:
            pipe.sadd(_key(notification.channel, item), *recipients)
            pipe.pexpire(_key(notification.channel, item), KEEP_MS)
        pipe.execute()


def outcome(answers: Sequence[str], failures: Sequence[DeliveryError]) -> Receipt:
    """
    Make one outcome of many calls.

    Raises:
        DeliveryError: there is somebody to be tried again, or nobody was reached.
    """
    again = [error for error in failures if error.verdict != "permanent"]
    if again:
        uncertain = [error for error in again if error.verdict == "uncertain"]
        raise (uncertain or again)[0]
    refused = "; ".join(dict.fromkeys(error.reason for error in failures))
    if failures and not answers:
        raise DeliveryError("permanent", refused, cause=failures[0].cause)
    said = "; ".join(answers) or "everybody had it already"
    return Receipt(answer=(f"{said}; refused: {refused}" if refused else said)[:500])


def _key(channel: str, item: Item) -> str:
    return keys.recipients(channel, item.alert.id, ledger.attempted(item.alert, item.news))
