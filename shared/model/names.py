"""
Checks of the names that people choose and read: users, API keys, links, and texts of rules. Pure.

Invisible characters and marks that change the direction of writing make two names look alike, and can disguise a line
of the audit.
"""

import re
import unicodedata

from shared.model import reasons
from shared.model.reasons import Reason

MAX_CHARS = 64
_HIDDEN = ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp")
"""Unicode categories: control, format (direction marks, joiners), unassigned, private use, surrogates, separators."""
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
"""Letters and marks that are drawn as nothing: fillers, blank Braille, variation selectors."""


def why_not(name: str) -> Reason | None:
    """Return why a name is refused (its length, characters, spaces or Unicode form); None if it is accepted."""
    if not 1 <= len(name) <= MAX_CHARS:
        return reasons.of("invalid.name_length", max_length=MAX_CHARS)
    if wrong := hides(name):
        return wrong
    if any(c.isspace() and c != " " for c in name) or name != " ".join(name.split(" ")).strip() or "  " in name:
        return reasons.of("invalid.name_spaces")
    if name != unicodedata.normalize("NFC", name):
        return reasons.of("invalid.name_composed")
    return None


def escaped(text: str) -> str:
    """
    Return a text with everything that cannot be seen written out, U+200B as `\\u{200b}`. Two texts never become one.
    """
    if hides(text) is None:
        return text if "\\u{" not in text else text.replace("\\u{", "\\u{5c}u{")
    return "".join(
        f"\\u{{{ord(c):x}}}" if unicodedata.category(c) in _HIDDEN or _BLANK.search(c) else c
        for c in text.replace("\\u{", "\\u{5c}u{")
    )


def visible(text: str) -> str:
    """
    Return a text as it is; a validator of fields.

    Raises:
        ValueError: with the reason, if it has invisible or direction-changing characters.
    """
    if wrong := hides(text):
        raise ValueError(wrong)
    return text


def hides(text: str) -> Reason | None:
    """Return a reason if a text has invisible or direction-changing characters; None if it has none."""
    # Nearly all names pass this cheaper check.
    if text.isprintable() and (text.isascii() or not _BLANK.search(text)):
        return None
    if any(unicodedata.category(c) in _HIDDEN for c in text) or _BLANK.search(text):
        return reasons.of("invalid.name_hidden")
    return None
