"""
Commands and answers by the hundred, encoded and parsed by hiredis on a connection of redis-py's.

redis-py takes 5 µs for each of them, ten times as long, because of what it looks up and guards each time. It still
connects, signs in, waits, and translates errors.

This module alone reaches past redis-py's public names: to the socket of a connection, which a selector waits on, and to
the hiredis reader of its parser (`socket_of`, `_reader_of`). A test keeps it so; redis-py is pinned.
"""

import socket
from collections.abc import Callable
from typing import Any, cast

import hiredis
from redis._parsers.base import BaseParser
from redis._parsers.hiredis import NOT_ENOUGH_DATA
from redis.exceptions import ConnectionError, ExecAbortError, ResponseError

from shared.redis.sentinel import MasterConnection, is_demoted

Word = str | int | float | bytes
pack = cast(Callable[[tuple[Word, ...]], bytes], hiredis.pack_command)
"""Its stub knows tuples of one word only."""


_BECAUSE = "discarded because of: "
PENDING = NOT_ENOUGH_DATA
"""What `take` returns when the answer has not come whole."""


def socket_of(connection: Any) -> socket.socket:
    """Return the socket of a connected connection."""
    sock: socket.socket | None = connection._sock
    if sock is None:
        raise ConnectionError("the connection is closed")
    return sock


def _reader_of(connection: Any) -> Any:
    return connection._parser._reader


def take(connection: Any) -> Any:
    """
    Return the next answer if all of it has arrived, else `PENDING`. It never waits; the caller watches the socket.

    Raises:
        ResponseError: the server refused.
        ConnectionError: the connection was lost, and is closed.
    """
    while True:
        reader = _reader_of(connection)
        if reader is None:
            raise ConnectionError("the connection is closed")
        answer = reader.gets(False)
        if answer is NOT_ENOUGH_DATA:
            try:
                # All there is: what TLS has decrypted already wakes no selector.
                if not connection._parser.read_from_socket(timeout=0, raise_on_timeout=False):
                    return PENDING
            except OSError as error:
                connection.disconnect()
                raise ConnectionError(f"the connection was lost ({error})") from error
            except ConnectionError:
                connection.disconnect()
                raise
        elif isinstance(answer, Exception):
            if loss := lost(connection, answer):
                connection.disconnect()
                raise loss
            raise answer
        elif not isinstance(answer, hiredis.PushNotification):
            return answer


def lost(connection: Any, answer: Exception) -> ConnectionError | None:
    """Return what an answer that is an error says of the connection; None if it speaks of the command alone."""
    if isinstance(answer, ConnectionError):
        # As redis-py has it: a server that is still loading is one that is away.
        return answer
    if isinstance(connection, MasterConnection) and is_demoted(answer):
        return ConnectionError(f"{connection.host}:{connection.port} is no longer the master ({answer})")
    return None


def reason(error: ResponseError) -> ResponseError:
    """Return what a transaction was refused for, as the same refusal of a single command; or *error* itself."""
    _, _, cause = str(error).partition(_BECAUSE)
    if not isinstance(error, ExecAbortError) or not cause:
        return error
    return cast(ResponseError, BaseParser.parse_error(cause))


def read(connection: Any, count: int) -> list[Any]:
    """
    Wait for the answers of *count* commands.

    Returns:
        Each as the server gives it: bytes, int, None, or a list of them; or the `ResponseError` it was refused with.

    Raises:
        ConnectionError, TimeoutError: the connection was lost, and is closed.
    """
    answers: list[Any] = []
    while len(answers) < count:
        try:
            answers.append(connection.read_response(disable_decoding=True))
        except ResponseError as refusal:
            answers.append(refusal)
        # What came with it is here already.
        here = _reader_of(connection).gets
        while len(answers) < count and (answer := here(False)) is not NOT_ENOUGH_DATA:
            if isinstance(answer, Exception) and (loss := lost(connection, answer)):
                connection.disconnect()
                raise loss
            if not isinstance(answer, hiredis.PushNotification):
                answers.append(answer)
    return answers
