"""
Many small commands to the control plane, sent as one transaction.

A pipeline of redis-py costs the client ten times what its commands cost the server: each is packed, answered and its
answer interpreted in Python. A storm's transaction has hundreds. Here hiredis packs them, and their answers stay as
hiredis reads them.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from redis import Redis
from redis.exceptions import ConnectionError, ResponseError

from shared.redis import hiredis_connection, wire
from shared.redis.bundle import Bundle
from shared.redis.wire import Word

Words = Sequence[Word]
"""A command: its verb and what follows."""


class Session:
    """
    One connection of the control plane, held between a look and the transaction that rests on it.

    It must be used in one thread, and left.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._to_watch: tuple[str, ...] = ()
        self._is_watching = False
        self._is_lost = False
        """Whether the connection was lost, and with it what it watched, after the last look that watched."""

    def __enter__(self) -> Self:
        self._connection = hiredis_connection.borrow(self._redis)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_watching or kind is not None:
            # The next user of the connection must inherit neither watched keys nor an answer of this one.
            self._connection.disconnect()
        hiredis_connection.give_back(self._redis, self._connection)

    @property
    def is_watching(self) -> bool:
        """Whether keys are watched for the next `send`."""
        return self._is_watching

    def watch(self, *keys: str) -> None:
        """From the next look on, these must not change before the next `send`."""
        self._to_watch += keys

    def ask(self, commands: Iterable[Words]) -> list[Any]:
        """
        Send *commands* in one round trip, though not as a transaction.

        Returns:
            The answer of each, as the server gives it: bytes, int, None, or a list of them.

        Raises:
            ResponseError: one was refused; the others were carried out.
        """
        watch = [wire.pack(("WATCH", *self._to_watch))] if self._to_watch else []
        look = watch + [wire.pack(tuple(one)) for one in commands]
        self._write(look)
        answers = self._read(len(look))
        if watch:
            self._to_watch = ()
            self._is_watching = True
            self._is_lost = False
        _raise_any(answers)
        return answers[len(watch) :]

    def execute_command(self, *words: Word) -> Any:
        """Send one command; what a client's method of this name does."""
        return self.ask([words])[0]

    def send(self, writes: Bundle) -> bool:
        """
        Carry out all of *writes*, or none.

        Returns:
            False, and nothing is done, if a key has changed since it was watched.

        Raises:
            ConnectionError: the connection was lost, or had been lost since the look, and what it watched with it.
            ResponseError: one was refused: before all if the server is full or read-only, else as redis-py has it.
        """
        if self._is_lost:
            raise ConnectionError("the connection was lost after the look that this rests on")
        transaction = [_MULTI, *writes.packed(), _EXEC]
        self._write(transaction)
        *queued, done = self._read(len(transaction))
        self._is_watching = False
        if isinstance(done, ResponseError):
            # Nothing was done. Why, the first refused command tells; or EXEC itself, before which the server filled up
            # or became a replica, and all had been queued.
            _raise_any(queued)
            raise wire.reason(done)
        _raise_any(done or ())
        return done is not None

    def _write(self, packed: Sequence[bytes]) -> None:
        with self._noticing_loss():
            self._connection.send(b"".join(packed))

    def _read(self, count: int) -> list[Any]:
        with self._noticing_loss():
            return self._connection.read(count)

    @contextmanager
    def _noticing_loss(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self._is_lost = self._is_lost or self._is_watching
            self._is_watching = False
            # It may have broken off in the middle of an answer.
            self._connection.disconnect()
            raise


def _raise_any(answers: Iterable[Any]) -> None:
    for answer in answers:
        if isinstance(answer, ResponseError):
            raise answer


def ask(redis: Redis, commands: Iterable[Words]) -> list[Any]:
    """Send *commands* in one round trip, as `Session.ask`."""
    with Session(redis) as session:
        return session.ask(commands)


_MULTI, _EXEC = (wire.pack((word,)) for word in ("MULTI", "EXEC"))
