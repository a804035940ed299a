"""Lua scripts, one file each beside this module; loaded once a process and called by their hash."""

import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha1
from pathlib import Path
from typing import Any, Protocol

from redis import Redis
from redis.commands.core import Script
from redis.exceptions import NoScriptError

from shared.redis import hiredis_connection, wire
from shared.redis.hiredis_connection import HiredisConnection

Call = tuple[Sequence[str], Sequence[Any]]
"""KEYS and ARGV."""
_FOLDER = Path(__file__).parent / "lua"


@dataclass(frozen=True, slots=True)
class Reading:
    """A script that only reads, and what it is asked."""

    script: str
    keys: tuple[str, ...]
    args: tuple[str | int, ...]

    def ask(self, redis: Redis) -> Any:
        return run(redis, source(self.script), self.keys, self.args)


@cache
def source(name: str) -> str:
    """Return the text of `lua/<name>.lua`."""
    return (_FOLDER / f"{name}.lua").read_text(encoding="utf-8")


def script(redis: Redis, name: str) -> Script:
    """Return a callable `(keys=…, args=…)` that runs by EVALSHA and loads the script again after a server restart."""
    return redis.register_script(source(name))


@cache
def composed(name: str, **parts: str | None) -> str:
    """Return a script's text after those it calls: its name for each → the script's; None stands for nil."""
    functions = [
        f"local function {called}(KEYS, ARGV)\n{source(part)}\nend\n" if part else f"local {called}\n"
        for called, part in parts.items()
    ]
    return "".join(functions) + source(name)


class Server(Protocol):
    """What carries out a command: a client, or one connection."""

    def execute_command(self, *words: Any) -> Any: ...


def run(server: Server, text: str, places: Sequence[str], words: Sequence[Any]) -> Any:
    """Run a script of which the server most often knows the text: one round trip, two after a restart."""
    try:
        return server.execute_command("EVALSHA", _digest(text), len(places), *places, *words)
    except NoScriptError:
        return server.execute_command("EVAL", text, len(places), *places, *words)


def run_all(redis: Redis, name: str, calls: Sequence[Call]) -> list[Any]:
    """
    Run a script several times in one round trip (three after a restart of the server).

    Returns:
        The answer to each call, or the error it met.
    """
    text, connection = source(name), hiredis_connection.borrow(redis)
    try:
        _send(connection, text, calls)
        return _answers(connection, text, calls)
    except BaseException:
        # The next user of the connection must not read an answer that belongs to this call.
        connection.disconnect()
        raise
    finally:
        hiredis_connection.give_back(redis, connection)


def _send(connection: HiredisConnection, text: str, calls: Iterable[Call]) -> None:
    packed = [wire.pack(("EVALSHA", _digest(text), len(places), *places, *words)) for places, words in calls]
    connection.send(b"".join(packed))


def _answers(connection: HiredisConnection, text: str, calls: Sequence[Call]) -> list[Any]:
    """Wait for the answers to what was sent; calls that met a server without the script are made again."""
    answers = connection.read(len(calls))
    unknown = [n for n, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
    if unknown:
        again = [calls[n] for n in unknown]
        connection.ask("SCRIPT", "LOAD", text)
        _send(connection, text, again)
        for n, answer in zip(unknown, connection.read(len(again)), strict=True):
            answers[n] = answer
    return answers


class Caller:
    """One script and a connection of its own, on which it is called ahead: the server works while the caller does."""

    def __init__(self, redis: Redis, name: str) -> None:
        self._text = source(name)
        self._connection = HiredisConnection(redis)
        self._begun: Sequence[Call] = ()

    @property
    def is_connected(self) -> bool:
        return self._connection.is_connected

    @property
    def is_busy(self) -> bool:
        """Whether calls were begun of which the answers were not taken."""
        return bool(self._begun)

    def connect(self) -> socket.socket:
        """Open the connection; returns the socket that can be read once the server has answered, or hung up."""
        self._connection.connect()
        return self._connection.open_socket()

    def begin(self, calls: Sequence[Call]) -> None:
        """Send *calls*; `finish` must come before the next."""
        _send(self._connection, self._text, calls)
        self._begun = calls

    def finish(self) -> list[Any]:
        """
        Wait for what was begun.

        Returns:
            The answer to each call, or the error it met. One that meets a server without the script is made again.
        """
        calls, self._begun = self._begun, ()
        return _answers(self._connection, self._text, calls)

    def disconnect(self) -> None:
        self._begun = ()
        self._connection.disconnect()


@cache
def _digest(text: str) -> str:
    return sha1(text.encode(), usedforsecurity=False).hexdigest()
