"""
Names that people read and tell apart: those of users, API keys and links. Pure.

What cannot be seen, or turns the writing around, makes two names look like one, and a line of the audit say something
else than it does.
"""

import re
import unicodedata

MAX_CHARS = 64
_HIDDEN = ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp")
"""Control, format (bidirectional marks and joiners too), unassigned, private and surrogate characters, and breaks."""
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
"""Letters and marks that leave nothing on the screen: fillers, blank Braille, selectors of a variation."""


def why_not(name: str) -> str:
    """Say why a name cannot be taken; "" if it can."""
    if not 1 <= len(name) <= MAX_CHARS:
        return f"must have 1 to {MAX_CHARS} characters"
    if wrong := hides(name):
        return wrong
    if any(c.isspace() and c != " " for c in name) or name != " ".join(name.split(" ")).strip() or "  " in name:
        return "must not begin or end with a space, nor hold two in a row or any but the usual one"
    if name != unicodedata.normalize("NFC", name):
        return "must be written in composed characters (Unicode NFC)"
    return ""


def hides(text: str) -> str:
    """Say that something in a text cannot be seen, or turns it around; "" if all of it can be."""
    if any(unicodedata.category(c) in _HIDDEN for c in text) or _BLANK.search(text):
        return "must not hold invisible, control or direction characters"
    return ""
