"""
Which names cannot be seen: the rule of `shared.model.names.hides`, for the client that plugins install.

Imports the standard library only; a test compares the two.
"""

import re
import unicodedata

_HIDDEN = ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp")
"""Unicode categories: control, format (direction marks, joiners), unassigned, private use, surrogates, separators."""
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
"""Letters and marks that are drawn as nothing: fillers, blank Braille, variation selectors."""


def is_hidden(name: str) -> bool:
    """Tell whether a name holds a character that cannot be seen, or that turns the text around it."""
    if name.isprintable() and (name.isascii() or not _BLANK.search(name)):
        return False
    return any(unicodedata.category(c) in _HIDDEN for c in name) or _BLANK.search(name) is not None
