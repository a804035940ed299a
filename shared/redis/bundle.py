"""
The writes of one transaction, gathered before they are sent.

Several commands in a row about one key become one command. (A Lua script that carries them out costs the server twice
as much, most of it for what each call writes to the append-only file.)
"""

from collections.abc import Mapping

from redis.client import Pipeline

from shared.redis import scripts, wire
from shared.redis.wire import Word

MOST_WORDS = 4_000
"""Of one command; so long a one keeps the server for a millisecond, and Lua can unpack 8,000."""


class Bundle:
    """
    Writes of one transaction, in order.

    Its methods are those of a pipeline, so that `alert_store.stage` and its like fill either.
    """

    def __init__(self) -> None:
        self._commands: list[list[Word]] = []
        self._keys: set[str] = set()
        """Keys of all commands so far. The first command about a key may run earlier than it was added."""
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
            # Only the last one counts, after all commands in between.
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
            # By its text, not its hash: a restarted server knows no script, and a MULTI cannot find out.
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
