"""
Which of a channel's several recipients have had which news.

A mail list, some phone numbers, the browsers subscribed to push: one channel, many calls. Each success is noted at
once, and so is each final refusal, so that a retry, also after a crash, calls only the recipients that still need it.
Recipients that failed lately come last. Where each recipient has a server of its own, many are called at once, so that
slow recipients hold up no others.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

from redis import Redis

from dispatchers import ledger
from dispatchers.channel import DeliveryError, Item, Notification, Receipt, Unfinished
from shared.model import reasons
from shared.model.reasons import Reason
from shared.redis import delivery_keys

KEEP_MS = 7 * 86_400_000
"""As long as a notification that was given up can be retried, by default."""
ROUND_S = 20.0
"""A round ends after this, and another round goes on. RQ's limit is far longer; it would cut a call off in doubt."""
SLOW_MS = 3_600_000
"""How long a recipient that failed comes after the others."""
SHOWN_CHARS = 500
EVERYBODY_HAD_IT = reasons.of("delivery.everybody_had_it")
AT_ONCE = 64
"""Calls under way at the same time; as many recipients may never answer without delaying another."""
_T = TypeVar("_T")

_threads = ThreadPoolExecutor(AT_ONCE, "recipients")
"""Begun with the first calls, and kept for the next: each keeps its connection for a moment."""


class Round:
    """One attempt to reach all recipients that have not had all of a notification."""

    def __init__(self, redis: Redis, notification: Notification, everybody: Sequence[str]) -> None:
        self._redis = redis
        self._channel = notification.channel
        self._until = time.monotonic() + ROUND_S
        self._answers: list[Reason | str] = []
        self._failures: list[DeliveryError] = []
        self._stopped_by: DeliveryError | None = None
        self._is_cut_short = False
        self._is_somebody_untried = False
        """Whether the round ended before a recipient was called that has not failed lately."""
        with redis.pipeline(transaction=False) as pipe:
            for item in notification.items:
                pipe.smembers(_had(self._channel, item))
                pipe.hgetall(_refused(self._channel, item))
            pipe.smembers(delivery_keys.slow_recipients(self._channel))
            *found, slow = pipe.execute()
        self._slow = set(map(_text, slow))
        had = [set(map(_text, names)) for names in found[::2]]
        refused = [{_text(name): _text(why) for name, why in whys.items()} for whys in found[1::2]]
        self._reached_before = any(had)
        self._refusals = [reasons.of("delivery.answer", answer=why) for whys in refused for why in whys.values()]
        lacking: dict[tuple[int, ...], list[str]] = defaultdict(list)
        for name in sorted(dict.fromkeys(everybody), key=self._slow.__contains__):
            settled = [name in names or name in whys for names, whys in zip(had, refused, strict=True)]
            lacking[tuple(n for n, is_settled in enumerate(settled) if not is_settled)].append(name)
        whole = tuple(range(len(notification.items)))
        self.groups: list[tuple[list[str], Notification]] = [
            (names, notification if part == whole else notification.write([notification.items[n] for n in part]))
            for part, names in lacking.items()
            if part
        ]
        """Recipients with the part that they lack; a single group with the whole if no recipient had any of it."""

    def __iter__(self) -> Iterator[tuple[str, Notification]]:
        """Yield each recipient with what it lacks, until the round is stopped or its time is over."""
        # Of all groups, those that failed lately come after all others.
        pairs = [(name, part) for names, part in self.groups for name in names]
        for name, part in sorted(pairs, key=lambda pair: pair[0] in self._slow):
            if self._stopped_by is not None:
                if self._stopped_by.verdict != "permanent":
                    return
                self.refused([name], part, self._stopped_by)
                continue
            is_begun = bool(self._answers or self._failures)
            if is_begun and time.monotonic() > self._until:
                self._is_cut_short = True
                self._is_somebody_untried = name not in self._slow
                return
            yield name, part

    def called(self, call: Callable[[str, Notification], _T]) -> Iterator[tuple[str, Notification, _T | Exception]]:
        """
        Call the recipients, many at once, and yield each with what came of it as its call ends.

        What the caller notes about a recipient counts for the recipients that are called after it.

        Args:
            call: It runs in a thread of its own; what it raises is yielded, and ends no other call.
        """
        pairs = iter(self)
        under_way: dict[Future[_T], tuple[str, Notification]] = {}
        is_over = False
        try:
            while True:
                while not is_over and len(under_way) < AT_ONCE:
                    pair = next(pairs, None)
                    if pair is None:
                        is_over = True
                    else:
                        under_way[_threads.submit(call, *pair)] = pair
                if not under_way:
                    return
                for ended in wait(under_way, return_when=FIRST_COMPLETED).done:
                    name, part = under_way.pop(ended)
                    error = ended.exception()
                    if error is None:
                        yield name, part, ended.result()
                    elif isinstance(error, Exception):
                        yield name, part, error
                    else:
                        raise error
        finally:
            # Nothing waits for these calls any more; a call that has not begun shall not begin.
            for future in under_way:
                future.cancel()

    def had(self, names: Sequence[str], part: Notification, answer: Reason | str) -> None:
        """Note that these have had all of *part*; a text is quoted as the provider's answer."""
        with self._redis.pipeline() as pipe:
            for item in part.items:
                pipe.sadd(_had(self._channel, item), *names)
                pipe.pexpire(_had(self._channel, item), KEEP_MS)
            if not self._slow.isdisjoint(names):
                pipe.srem(delivery_keys.slow_recipients(self._channel), *names)
            pipe.execute()
        self._answers.append(answer)

    def refused(self, names: Sequence[str], part: Notification, error: DeliveryError) -> None:
        """Note that these could not be reached; for good, if the error is permanent."""
        self._failures.append(error)
        if error.verdict != "permanent":
            with self._redis.pipeline() as pipe:
                pipe.sadd(delivery_keys.slow_recipients(self._channel), *names)
                pipe.pexpire(delivery_keys.slow_recipients(self._channel), SLOW_MS)
                pipe.execute()
            return
        with self._redis.pipeline() as pipe:
            for item in part.items:
                pipe.hset(_refused(self._channel, item), mapping=dict.fromkeys(names, error.reason[:SHOWN_CHARS]))
                pipe.pexpire(_refused(self._channel, item), KEEP_MS)
            pipe.execute()
        self._refusals.append(error.why)

    def stop(self, names: Sequence[str], part: Notification, error: DeliveryError) -> None:
        """As `refused`, by what would refuse everybody else as well."""
        self.refused(names, part, error)
        self._stopped_by = error

    def outcome(self, nobody: Reason = EVERYBODY_HAD_IT) -> Receipt:
        """
        Sum up all calls of the round in one outcome.

        Args:
            nobody: The answer if no recipient had to be called.

        Raises:
            DeliveryError: some recipients must be tried again, or none was reached.
            Unfinished: all went well so far.
        """
        refusals = _together(self._refusals)
        if self._is_cut_short and (self._answers or self._is_somebody_untried):
            # Those that failed come after the others in the next round: nobody is given up before a call.
            raise Unfinished
        again = [error for error in self._failures if error.verdict != "permanent"]
        is_reached = bool(self._answers) or self._reached_before
        if again:
            first = next((error for error in again if error.verdict == "uncertain"), again[0])
            waits = [error.retry_after_ms for error in again if error.retry_after_ms is not None]
            why = _together([*(error.why for error in again), *self._refusals])
            # Some recipient was reached, so the channel as such works, and other messages need not wait.
            cause = "message" if is_reached and first.cause != "pace" else first.cause
            raise DeliveryError(first.verdict, why, max(waits, default=None), cause, is_reached=is_reached)
        if self._is_cut_short:
            raise Unfinished
        if self._refusals and not is_reached:
            cause = "gone" if self._failures and self._failures[0].cause == "gone" else "destination"
            raise DeliveryError("permanent", refusals, cause=cause)
        answered = _together([Receipt(answer).why for answer in self._answers])
        return Receipt(answer=answered if self._answers else nobody, refused=refusals)


def _together(causes: Sequence[Reason]) -> Reason:
    """Return these as a single reason, each once; what is too long to be shown is cut, and is a text only."""
    parts = list({str(cause): cause for cause in causes}.values())
    if not parts:
        return reasons.NONE
    why = parts[0] if len(parts) == 1 else reasons.of("delivery.several", parts=parts)
    words = str(why)
    return why if len(words) <= SHOWN_CHARS else reasons.of("delivery.answer", answer=words[:SHOWN_CHARS])


def _text(stored: bytes) -> str:
    return stored.decode("utf-8", "replace")


def _had(channel: str, item: Item) -> str:
    return delivery_keys.recipients(channel, item.alert.id, ledger.attempted(item.alert, item.news))


def _refused(channel: str, item: Item) -> str:
    return delivery_keys.refused(channel, item.alert.id, ledger.attempted(item.alert, item.news))
