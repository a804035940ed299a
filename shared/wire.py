"""
Commands and answers by the hundred, packed and parsed by hiredis on a connection of redis-py's.

redis-py spends 5 µs on each of them, ten times as long, for what it looks up and guards anew each time. It still
connects, waits, and says what went wrong.
"""

from collections.abc import Callable
from typing import Any, cast

import hiredis
from redis._parsers.hiredis import NOT_ENOUGH_DATA
from redis.exceptions import ConnectionError, ResponseError

Word = str | int | float | bytes
pack = cast(Callable[[tuple[Word, ...]], bytes], hiredis.pack_command)
"""Its stub knows tuples of one word only."""


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
        here = connection._parser._reader.gets
        while len(answers) < count and (answer := here(False)) is not NOT_ENOUGH_DATA:
            if isinstance(answer, ConnectionError):
                # As redis-py has it: a server that is still loading is one that is away.
                connection.disconnect()
                raise answer
            if not isinstance(answer, hiredis.PushNotification):
                answers.append(answer)
    return answers
