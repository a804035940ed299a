"""
Read a document that is nearly JSON, as plugins write it by mistake. Pure.

The standard library's parser is slower than msgspec and accepts NaN, Infinity, numbers of any length and texts that
are no UTF-8.
"""

import json
import math
import re
from typing import Any

DEEP_BYTES = 65_536
"""A longer entry that nests too deeply is refused as a whole: cutting it apart would cost its partition time."""
MAX_DEPTH = 32
_BARE_VALUE = re.compile(r'"(?:[^"\\]|\\.)*+["\\]?|(?<=:)(\s*)([^\s\[\]{},:"]+)', re.DOTALL)
_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*+["\\]?|[\[\]{}]', re.DOTALL)


def read(payload: bytes) -> Any:
    """
    Return the JSON document in *payload*, reading more than JSON allows.

    Raises:
        ValueError: the text has no such structure. RecursionError: it nests too deeply.
    """
    text = payload.decode("utf-8", "surrogateescape")
    try:
        return _parse(text)
    except ValueError:
        # A word that is no JSON value, such as `nan` or `0x1F`, becomes a text and is judged as one.
        return _parse(_BARE_VALUE.sub(_as_text, text))
    except RecursionError:
        if len(payload) > DEEP_BYTES:
            raise
        return _parse(_without_depth(text))


def _parse(text: str) -> Any:
    # 310 digits are more than any finite number has; Python refuses to read some thousands.
    return json.loads(text, strict=False, parse_int=lambda digits: int(digits) if len(digits) <= 310 else math.inf)


def _as_text(match: re.Match[str]) -> str:
    word = match[2]
    if word is None:
        return match[0]
    try:
        json.loads(word)
    except ValueError:
        return match[1] + json.dumps(word)
    return match[0]


def _without_depth(text: str) -> str:
    kept: list[str] = []
    depth = place = 0
    for match in _BRACKET.finditer(text):
        bracket = match[0]
        if bracket in ("[", "{"):
            depth += 1
            if depth == MAX_DEPTH + 1:
                kept.append(text[place : match.start()])
        elif bracket in ("]", "}"):
            depth -= 1
            if depth == MAX_DEPTH:
                kept.append('"nested too deeply"')
                place = match.end()
    if depth <= MAX_DEPTH:
        kept.append(text[place:])
    return "".join(kept)
