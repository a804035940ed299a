"""
Text of strangers made fit to be shown: a name must not move a cursor, ring a bell or turn its neighbours round. Pure.

What stands here needs the standard library alone.
"""

import re

_UNSEEN = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff"
"""
Control characters (C0 but tab and line feed, DEL, C1), other line ends, marks and overrides of direction, and spaces
without a width. Joiners stay: Persian words and composed emoji need them.
"""
_CONTROL = re.compile(f"[{_UNSEEN}]")
_LONE = re.compile("[\ud800-\udfff]")
_IN_JSON = re.compile("[\x7f-\x9f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


def lines(text: str) -> str:
    """Return *text* with its line feeds and tabs, each other control character a space."""
    if text.isascii() and text.isprintable():
        return text
    return _LONE.sub("\ufffd", _CONTROL.sub(" ", text.replace("\r\n", "\n")))


def one_line(text: str) -> str:
    """As `lines`, with a space for what ends or divides lines too, and none at the ends or twice."""
    if text.isascii() and text.isprintable() and "  " not in text and text[:1] != " " != text[-1:]:
        return text
    return " ".join(lines(text).split())


def in_json(document: str) -> str:
    """Return a JSON document with what a terminal would obey written as escapes; it means the same."""
    return _IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", document)
