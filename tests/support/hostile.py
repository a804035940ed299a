"""Input that somebody might send to hurt: the same for every parser of the product."""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

SURROGATE = "\ud800"
LONG = 100_000
TEXTS: Mapping[str, str] = {
    "nothing": "",
    "a space": " ",
    "a break": "\n",
    "long": "a" * LONG,
    "long number": "9" * LONG,
    "400 digits": "9" * 400,
    "long fraction": "0." + "9" * LONG,
    "long words": "a " * LONG,
    "lists": "[" * LONG,
    "whole lists": "[" * 100_000 + "]" * 100_000,
    "objects": '{"a":' * 60_000 + "1" + "}" * 60_000,
    "brackets": "(" * LONG,
    "braces": "{{" * LONG,
    "tags": "{% if x %}" * 20_000,
    "not": "not " * 50_000,
    "commas": "," * LONG,
    "repeated list": "1," * 100_000,
    "dots": ".".join(["a"] * 90_000),
    "colons": ":" * LONG,
    "slashes": "/" * LONG,
    "equals": "=" * LONG,
    "ranges": "1-2," * 20_000,
    "lone surrogate": SURROGATE,
    "surrogate within": f"a{SURROGATE}b",
    "escaped surrogate": '"\\ud800"',
    "bytes that are no UTF-8": b"\xff\xfe\xed\xa0\x80".decode("utf-8", "surrogateescape"),
    "NUL": "\0",
    "NUL within": "a\0b",
    "NaN": "nan",
    "JSON NaN": "NaN",
    "infinite": "inf",
    "minus infinite": "-Infinity",
    "beyond a double": "1e999",
    "tiny": "1e-999",
    "minus": "-1",
    "underscores": "1_000",
    "other digits": "٣４５",
    "hexadecimal": "0x1F",
    "63 bits": str(2**63),
    "64 bits": str(-(2**64)),
    "catastrophic groups": "(a+)+" * 30 + "$",
    "catastrophic stars": "*a" * 60 + "b",
    "stars": "*" * 128,
    "questions": "?*" * 60,
    "class": "[!]" * 40,
    "class without end": "[" * 120,
    "class the wrong way round": "[z-a]" * 20,
    "action without end": "{{" + " " * 20_000,
    "format": "%s%n%999999999d",
    "formula": "=cmd|'/c calc'!A1",
    "path": "../../../../etc/passwd",
    "turned round": "\u202egnp.exe",
    "hidden": "a\u200b\u2060b",
    "marks": "e" + "\u0301" * 10_000,
    "line ends": "a\r\nb\u2028c\x85d",
    "escape": "\x1b]0;owned\x07\x1b[2J",
    "encoded word": "=?utf-8?q?a=0D=0ABcc:_x=40y.example?=",
    "quotes": "\"'`" * 1_000,
    "TOML": "[[rule]]\n" * 20_000,
    "XML": "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
    "cron without end": "0 0 30 2 *",
    "cron of steps": "*/1,*/2,*/3,*/4,*/5 */1 */1 */1 */1",
    "cron of large numbers": "0-99999999999999999999/1 * * * *",
    "cron of a rare day": "0 0 29 2 *",
    "JWT": "eyJhbGciOiJub25lIn0.e30.",
}
VALUES: Mapping[str, Any] = {
    "null": None,
    "true": True,
    "nothing": {},
    "list": [],
    "number": 7,
    "fraction": 0.5,
    "NaN": float("nan"),
    "infinite": float("inf"),
    "minus infinite": float("-inf"),
    "64 bits": 2**64,
    "400 digits": 10**400,
    "minus 400 digits": -(10**400),
    "list of lists": [[[[]]]],
    "object of objects": {"a": {"a": {"a": {}}}},
    "many": list(range(10_000)),
    "many names": {str(n): n for n in range(10_000)},
    "names that are none": {"": "", "\0": SURROGATE},
    "bytes": b"\xff",
    **TEXTS,
}


def deep(depth: int) -> Any:
    """Return lists within objects, nested *depth* deep."""
    value: Any = 1
    for _ in range(depth // 2):
        value = {"a": [value]}
    return value


ANY_TEXT = st.one_of(
    st.text(st.characters(), max_size=60),
    st.text(st.sampled_from("[]{}()*?!,.:;=-+0123456789eEaLHR#/\\\"'%| \n\0\ud800"), max_size=60),
    st.sampled_from([text for text in TEXTS.values() if len(text) < 1_000]),
)
ANY_VALUE = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        ANY_TEXT,
        st.sampled_from([2**63, -(2**64), 10**30, 10**400]),
    ),
    lambda children: st.one_of(
        st.lists(children, max_size=3), st.dictionaries(st.text(max_size=8), children, max_size=3)
    ),
    max_leaves=5,
)


def places(document: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return every place of a document, the document itself among them."""
    children = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    return [path, *(found for name, child in children for found in places(child, (*path, name)))]


def put(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """Return a copy of a document with *value* at a place."""
    if not path:
        return value
    copied = dict(document) if isinstance(document, dict) else list(document)
    copied[path[0]] = put(copied[path[0]], path[1:], value)
    return copied
