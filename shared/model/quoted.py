"""Texts within quotes, as matchers of Alertmanager write them. Pure."""

import json
import re

_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*+)"', re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", '"': '"', "\\": "\\"}


def unquoted(text: str) -> str | None:
    """
    Return what a text in quotes holds; None if it is none.

    As Alertmanager does, it is read with the escapes of Go first, which are nearly those of JSON; where it has others,
    as in `"web\\.example"`, with those of its older parser.
    """
    found = _QUOTED.fullmatch(text)
    if found is None:
        return None
    try:
        read = str(json.loads(text))
        read.encode()  # Half a surrogate pair is no text.
        return read
    except ValueError:
        return unescaped(found[1])


def unescaped(text: str) -> str:
    """Replace the escapes that Alertmanager knows; any other backslash stays one, as regular expressions need it."""
    return _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[0]), text)
