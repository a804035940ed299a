"""
The headers of a mail, written as RFC 5322 and RFC 2047 say. Pure; needs the standard library
alone, so that every Python can be asked whether it reads them back.

Python's own writer decodes what looks like an encoded word and writes the result as it is, line breaks included, in
versions of 2023 (CVE-2024-6923), and doubles or loses spaces where it folds. Here a text is cleaned, written once, and
reads back as it was.
"""

import re
from base64 import b64encode
from collections.abc import Sequence

from shared.model import printable
from shared.model.mail_addresses import ascii_domain

MAX_LINE_CHARS = 76
"""Of a line that holds an encoded word (RFC 2047, 2); others may have 78."""
_FRAME = len("=?utf-8?b??=")
_MAX_WORD_CHARS = 75
_PLAIN = re.compile(r"[\x21-\x7e]+(?: [\x21-\x7e]+)*")


def text(name: str, value: str) -> str:
    """Return the header *name* with any text for a value, folded, without a line break at its end."""
    value = printable.one_line(value)
    if _PLAIN.fullmatch(value) and "=?" not in value:
        folded = _folded(name, value.split(" "))
        if all(len(line) <= 78 for line in folded.split("\r\n")):
            return folded
    return f"{name}: {_encoded(value, len(name) + 2)}" if value else f"{name}:"


def addresses(name: str, given: Sequence[str], display: str = "") -> str:
    """Return the header *name* with addresses `mail_addresses.check` accepts, one a line."""
    if display:
        shown = (
            _encoded(printable.one_line(display), len(name) + 2)
            if not re.fullmatch(r"[A-Za-z0-9 ]+", display)
            else display
        )
        return f"{name}: {shown}\r\n <{ascii_domain(given[0])}>"
    return f"{name}: " + ",\r\n ".join(map(ascii_domain, given))


def _folded(name: str, words: Sequence[str]) -> str:
    """Break between words: the space before a word begins the next line, so that unfolding gives it back."""
    lines = [f"{name}: {words[0]}"]
    for word in words[1:]:
        if len(lines[-1]) + 1 + len(word) > MAX_LINE_CHARS:
            lines.append(f" {word}")
        else:
            lines[-1] += f" {word}"
    return "\r\n".join(lines)


def _encoded(value: str, used: int) -> str:
    """Return encoded words, of which each holds whole characters; what stands between them is not read."""
    words: list[str] = []
    chunk = b""
    for character in value:
        more = character.encode("utf-8")
        room = min(_MAX_WORD_CHARS, MAX_LINE_CHARS - (1 if words else used)) - _FRAME
        if chunk and len(chunk) + len(more) > room // 4 * 3:
            words.append(_word(chunk))
            chunk = b""
        chunk += more
    return "\r\n ".join([*words, _word(chunk)])


def _word(chunk: bytes) -> str:
    return f"=?utf-8?b?{b64encode(chunk).decode('ascii')}?="
