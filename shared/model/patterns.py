"""
Regular expressions of matchers, by RE2: it reads a text once, whatever the pattern, so no pattern holds up a process.
Pure.

They fit whole texts, as Alertmanager's do. A dot fits a line break too, as `*` of a glob does.
"""

from functools import lru_cache

import re2

from shared.model import reasons
from shared.model.reasons import Reason

MAX_CHARS = 1_024
MAX_MEMORY = 1 << 20
"""Bytes that one pattern may take, compiled; a larger one is refused."""
MAX_REMEMBERED = 2_000

_OPTIONS = re2.Options()
_OPTIONS.max_mem = MAX_MEMORY
_OPTIONS.dot_nl = True
_OPTIONS.log_errors = False


def wrong(pattern: str) -> Reason | None:
    """Return why a pattern cannot be used; None if it can."""
    if len(pattern) > MAX_CHARS:
        return reasons.of("invalid.too_many_characters", max_length=MAX_CHARS)
    try:
        _compiled(pattern)
    except (re2.error, UnicodeError) as error:
        return reasons.of("invalid.pattern", pattern=pattern[:100], error=_words_of(error))
    return None


def fits(pattern: str, text: str) -> bool:
    """Tell whether a pattern that is not `wrong` fits the whole of a text."""
    return _compiled(pattern).fullmatch(text) is not None


@lru_cache(maxsize=MAX_REMEMBERED)
def _compiled(pattern: str) -> "re2._Regexp":
    return re2.compile(pattern, _OPTIONS)


def _words_of(error: Exception) -> str:
    """Return RE2's words; they come as bytes."""
    (words, *_) = error.args or (str(error),)
    return (words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words))[:100]
