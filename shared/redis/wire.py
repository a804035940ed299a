"""Commands as they go over a connection to Redis, and what a refused transaction says."""

from collections.abc import Callable
from typing import cast

import hiredis
from redis.connection import DefaultParser
from redis.exceptions import ExecAbortError, ResponseError

Word = str | int | float | bytes
pack = cast(Callable[[tuple[Word, ...]], bytes], hiredis.pack_command)
"""Its stub knows tuples of one word only."""
_BECAUSE = "discarded because of: "


def reason(error: ResponseError) -> ResponseError:
    """Return what a transaction was refused for, as the same refusal of a single command; or *error* itself."""
    _, _, cause = str(error).partition(_BECAUSE)
    if not isinstance(error, ExecAbortError) or not cause:
        return error
    return cast(ResponseError, DefaultParser.parse_error(cause))
