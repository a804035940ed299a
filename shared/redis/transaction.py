"""
Many small commands to the control plane, sent as one transaction.

A pipeline of redis-py costs the client ten times what its commands cost the server: each is packed, answered and its
answer interpreted in Python. A storm's transaction has hundreds. Here hiredis packs them, answers are taken as they
are, and what is said of one key by several in a row is said once. (A Lua script that carries them out costs the server
twice as much, most of it for what each call writes to the append-only file.)
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from redis import Redis
from redis.client import Pipeline
from redis.exceptions import ConnectionError, ResponseError

from shared.redis import scripts, wire
from shared.redis.wire import Word

Words = Sequence[Word]
"""A command: its verb and what follows."""
MOST_WORDS = 4_000
"""Of one command; so long a one keeps the server for a millisecond, and Lua can unpack 8,000."""


class Session:
    """
    One connection of the control plane, held between a look and the transaction that rests on it.

    It must be used in one thread, and left.
    """

    def __init__(self, redis: Redis) -> None:
        self._pool = redis.connection_pool
        self._to_watch: tuple[str, ...] = ()
        self._is_watching = False
        self._is_lost = False
        """Whether the connection was lost, and with it what it watched, after the last look that watched."""
        self._unread: tuple[int, int] = (0, 0)
        """Of how many commands the answers have still to come: of a transaction, and of the look after it."""

    def __enter__(self) -> Self:
        self._connection = self._pool.get_connection()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_watching or any(self._unread) or kind is not None:
            # Whoever has the connection next must neither inherit what is watched nor an answer that was not read.
            self._connection.disconnect()
        self._pool.release(self._connection)

    @property
    def is_watching(self) -> bool:
        """Whether a look was taken that the next `send` rests on, and nothing has come between."""
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
        look = self._look(commands)
        self._write(look)
        return self._seen(self._read(len(look)))

    def execute_command(self, *words: Word) -> Any:
        """Send one command; what a client's method of this name does."""
        return self.ask([words])[0]

    def send(self, writes: "Bundle") -> bool:
        """
        Carry out all of *writes*, or none.

        Returns:
            False, and nothing is done, if a key has changed since it was watched.

        Raises:
            ConnectionError, ResponseError: as `begin` and `finish`.
        """
        self.begin(writes)
        return self.finish()[0]

    def begin(self, writes: "Bundle", commands: Iterable[Words] = ()) -> None:
        """
        Have all of *writes* carried out, or none, and then a look taken, all in one round trip; `finish` tells.

        Raises:
            ConnectionError: the connection was lost, or had been lost since the look, and what it watched with it.
        """
        if self._is_lost:
            raise ConnectionError("the connection was lost after the look that this rests on")
        transaction, look = [_MULTI, *writes.packed(), _EXEC], self._look(commands)
        self._write(transaction + look)
        self._unread = len(transaction), len(look)

    def finish(self) -> tuple[bool, list[Any]]:
        """
        Wait for what was begun.

        Returns:
            False, and nothing was done, if a key had changed since it was watched; and the answers to the look.

        Raises:
            ConnectionError: the connection was lost.
            ResponseError: one was refused: before all if the server is full or read-only, else as redis-py has it.
        """
        transaction, look = self._unread
        answers = self._read(transaction + look)
        self._unread = 0, 0
        self._is_watching = False
        *queued, done = answers[:transaction]
        if isinstance(done, ResponseError):
            # Nothing was done. Why, the first refused command tells; or EXEC itself, before which the server filled up
            # or became a replica, and all had been queued.
            _raise_any(queued)
            raise wire.reason(done)
        _raise_any(done or ())
        return done is not None, self._seen(answers[transaction:])

    def _look(self, commands: Iterable[Words]) -> list[bytes]:
        watch = [wire.pack(("WATCH", *self._to_watch))] if self._to_watch else []
        return watch + [wire.pack(tuple(one)) for one in commands]

    def _seen(self, answers: list[Any]) -> list[Any]:
        watched = len(self._to_watch) > 0
        if watched:
            self._to_watch = ()
            self._is_watching = True
            self._is_lost = False
        _raise_any(answers)
        return answers[watched:]

    def _write(self, packed: Sequence[bytes]) -> None:
        with self._noticing_loss():
            self._connection.send_packed_command([b"".join(packed)])

    def _read(self, count: int) -> list[Any]:
        with self._noticing_loss():
            return wire.read(self._connection, count)

    @contextmanager
    def _noticing_loss(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self._is_lost = self._is_lost or self._is_watching
            self._is_watching = False
            self._unread = 0, 0
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


class Bundle:
    """
    Writes of one transaction, in order.

    Its methods are those of a pipeline, so that `records.stage` and its like fill either.
    """

    def __init__(self) -> None:
        self._commands: list[list[Word]] = []
        self._keys: set[str] = set()
        """All that was spoken of. What is said first of a key may be said earlier."""
        self._newest: dict[str, tuple[str, tuple[str, ...], list[Word]]] = {}
        """Key → verb and options of the last command about it, and all of it: another with the same joins it."""
        self._sets: list[Word] = []
        self._counts: dict[str, tuple[list[Word], dict[str, int]]] = {}
        """Key → the command that counts, field → its place there; the order of additions is of no matter."""
        self._expiries: dict[str, list[Word]] = {}

    def set(self, key: str, value: Word, *, px: int | None = None, nx: bool = False) -> None:
        # It ends whatever expiry the key had.
        self._expiries.pop(key, None)
        if px is not None or nx or key in self._keys:
            self._add("SET", key, value, *(("PX", px) if px is not None else ()), *(("NX",) if nx else ()))
            return
        if not self._sets or len(self._sets) >= MOST_WORDS:
            self._sets = ["MSET"]
            self._commands.append(self._sets)
        self._sets += (key, value)
        self._keys.add(key)

    def pexpire(self, key: str, ms: int) -> None:
        if key in self._expiries:
            # Only the last one counts, after whatever was said in between.
            self._expiries[key].clear()
        newest = self._newest.get(key)
        self._add("PEXPIRE", key, ms)
        self._expiries[key] = self._commands[-1]
        if newest is not None:
            # What is added to a key leaves its expiry alone.
            self._newest[key] = newest

    def persist(self, key: str) -> None:
        self._expiries.pop(key, None)
        self._add("PERSIST", key)

    def rpush(self, key: str, value: Word) -> None:
        self._join("RPUSH", key, value)

    def lpush(self, key: str, value: Word) -> None:
        self._join("LPUSH", key, value)

    def ltrim(self, key: str, start: int, stop: int) -> None:
        self._add("LTRIM", key, start, stop)

    def sadd(self, key: str, *members: Word) -> None:
        self._join("SADD", key, *members)

    def srem(self, key: str, member: Word) -> None:
        self._join("SREM", key, member)

    def zadd(self, key: str, scores: Mapping[str, int | float], *, lt: bool = False) -> None:
        options = ("LT",) if lt else ()
        for member, score in scores.items():
            self._join("ZADD", key, score, member, options=options)

    def zrem(self, key: str, member: Word) -> None:
        self._join("ZREM", key, member)

    def hset(self, key: str, field: str, value: Word) -> None:
        self._join("HSET", key, field, value)

    def hdel(self, key: str, field: str) -> None:
        self._join("HDEL", key, field)

    def hincrby(self, key: str, field: str, amount: int) -> None:
        command, places = self._counts.get(key, ([], {}))
        if field in places:
            command[places[field]] += amount  # type: ignore[operator]
            return
        if not command or len(command) >= MOST_WORDS:
            # By its text, not its hash: a server that was started anew knows no script, and a MULTI cannot tell.
            command, places = self._counts[key] = ["EVAL", scripts.source("count"), 1, key], {}
            self._append(command, key)
        command += (field, amount)
        places[field] = len(command) - 1

    def xadd(
        self, key: str, fields: Mapping[str, Word], *, maxlen: int | None = None, approximate: bool = True
    ) -> None:
        limit = () if maxlen is None else ("MAXLEN", "~" if approximate else "=", maxlen)
        self._add("XADD", key, *limit, "*")
        command = self._commands[-1]
        for name, value in fields.items():
            command += (name, value)

    def adopt(self, pipe: Pipeline) -> None:
        """Take over the writes that another library queued on a pipeline, which is not to be executed."""
        for (verb, key, *words), _ in pipe.command_stack:
            self._add(verb, key, *words)
        pipe.reset()

    def packed(self) -> list[bytes]:
        """Return each command as it goes over the wire."""
        return [wire.pack(tuple(command)) for command in self._commands if command]

    def send(self, redis: Redis) -> None:
        """Carry them all out, or none; as `Session.send`."""
        with Session(redis) as session:
            session.send(self)

    def _add(self, verb: str, key: str, *words: Word) -> None:
        self._append([verb, key, *words], key)

    def _append(self, command: list[Word], key: str) -> None:
        self._newest.pop(key, None)
        self._keys.add(key)
        self._commands.append(command)

    def _join(self, verb: str, key: str, *words: Word, options: tuple[str, ...] = ()) -> None:
        newest = self._newest.get(key)
        if newest is not None and newest[0] == verb and newest[1] == options and len(newest[2]) < MOST_WORDS:
            newest[2].extend(words)
            return
        command = [verb, key, *options, *words]
        self._newest[key] = verb, options, command
        self._keys.add(key)
        self._commands.append(command)


_MULTI, _EXEC = (wire.pack((word,)) for word in ("MULTI", "EXEC"))
