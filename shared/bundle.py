"""
Many small commands to the control plane, sent as one.

In a pipeline each command costs the client ten times what it costs the server: to be written, answered and its answer
read. A storm's transaction has ten thousand of them. Gathered here they are one word of one command, and the server
takes it apart (`lua/each.lua`); what is said of one key by several in a row is said once.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from redis import Redis
from redis.client import Pipeline

from shared import scripts

Word = str | int | float | msgspec.Raw
MOST_WORDS = 4_000
"""Of one command; Lua can unpack 8,000."""


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

    def set(self, key: str, value: Word | bytes, *, px: int | None = None, nx: bool = False) -> None:
        # It ends whatever expiry the key had.
        self._expiries.pop(key, None)
        value = _word(value)
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

    def rpush(self, key: str, value: Word | bytes) -> None:
        self._join("RPUSH", key, _word(value))

    def lpush(self, key: str, value: Word | bytes) -> None:
        self._join("LPUSH", key, _word(value))

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

    def hset(self, key: str, field: str, value: Word | bytes) -> None:
        self._join("HSET", key, field, _word(value))

    def hdel(self, key: str, field: str) -> None:
        self._join("HDEL", key, field)

    def hincrby(self, key: str, field: str, amount: int) -> None:
        command, places = self._counts.get(key, ([], {}))
        if field in places:
            command[places[field]] += amount  # type: ignore[operator]
            return
        if not command or len(command) >= MOST_WORDS:
            self._add("COUNT", key)
            command, places = self._counts[key] = self._commands[-1], {}
        command += (field, amount)
        places[field] = len(command) - 1

    def xadd(
        self, key: str, fields: Mapping[str, Word | bytes], *, maxlen: int | None = None, approximate: bool = True
    ) -> None:
        limit = () if maxlen is None else ("MAXLEN", "~" if approximate else "=", maxlen)
        self._add("XADD", key, *limit, "*")
        command = self._commands[-1]
        for name, value in fields.items():
            command += (name, _word(value))

    def adopt(self, pipe: Pipeline) -> None:
        """Take over the writes that another library queued on a pipeline, which is not to be executed."""
        for (verb, key, *words), _ in pipe.command_stack:
            self._add(verb, key, *map(_word, words))
        pipe.reset()

    def send(self, client: Redis | Pipeline, *, only_if: Mapping[str, bytes | None] | None = None) -> bool:
        """
        Send them; within a MULTI, as a part of it.

        Args:
            only_if: Keys, and what each must hold (None: it must not be there); else nothing is done.

        Returns:
            Whether they were carried out; what that is worth in a MULTI, its EXEC tells.
        """
        return ask(client, filter(None, self._commands), only_if=only_if) is not None

    def _add(self, verb: str, key: str, *words: Word) -> None:
        self._newest.pop(key, None)
        self._keys.add(key)
        self._commands.append([verb, key, *words])

    def _join(self, verb: str, key: str, *words: Word, options: tuple[str, ...] = ()) -> None:
        newest = self._newest.get(key)
        if newest is not None and newest[0] == verb and newest[1] == options and len(newest[2]) < MOST_WORDS:
            newest[2].extend(words)
            return
        command = [verb, key, *options, *words]
        self._newest[key] = verb, options, command
        self._keys.add(key)
        self._commands.append(command)


def ask(
    client: Redis | Pipeline, commands: Iterable[Sequence[Word]], *, only_if: Mapping[str, bytes | None] | None = None
) -> list[Any]:
    """
    Send *commands* as one.

    Returns:
        The answer of each, as the server gives it: bytes, int, None, or a list of them; None instead of all of them if
        *only_if* is not so. In a MULTI, nothing yet.
    """
    held = [False if content is None else _word(content) for content in (only_if or {}).values()]
    words = [msgspec.msgpack.encode(part) for part in (held, list(commands))]
    # By its text, not its hash: a server that was started anew knows no script, and within a MULTI nobody can tell it.
    return client.execute_command("EVAL", scripts.source("each"), len(held), *(only_if or ()), *words)


def _word(value: Word | bytes) -> Word:
    # As msgpack's text, whatever it holds: the server knows no other kind of bytes.
    return msgspec.Raw(b"\xdb" + len(value).to_bytes(4, "big") + value) if isinstance(value, bytes) else value
