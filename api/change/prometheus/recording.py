"""Results of recording rules in the expression of an alert, replaced by the expressions that compute them. Pure."""

import re
from collections.abc import Mapping

from api.change.prometheus.selectors import no

MAX_DEPTH = 8
MAX_CHARS = 10_000
_PIECE = re.compile(
    r"""(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)|(?P<name>[A-Za-z_:][A-Za-z0-9_:]*)""", re.DOTALL
)
_FURTHER = re.compile(r"\s*(?:[{\[@]|offset\b).*", re.DOTALL)


def inlined(text: str, recorded: Mapping[str, str]) -> tuple[str, list[str]]:
    """
    Return the expression without results of recording rules, and the names of those that it had.

    Args:
        recorded: Name of a recording rule → its expression.

    Raises:
        Untranslatable: a result is filtered, or looked at over a range or at another time, or it depends on itself.
    """
    used: dict[str, None] = {}

    def without(text: str, depth: int) -> str:
        if depth > MAX_DEPTH or len(text) > MAX_CHARS:
            raise no("import.recorded_deep", depth=MAX_DEPTH)

        def replaced(piece: re.Match[str]) -> str:
            name = piece["name"]
            # A name without a colon may also be that of a label or function.
            if name is None or ":" not in name or name not in recorded:
                return piece[0]
            if _FURTHER.fullmatch(text, piece.end()):
                raise no("import.recorded", name=name)
            used[name] = None
            return f"({without(recorded[name], depth + 1)})"

        return _PIECE.sub(replaced, text)

    return without(text, 0), list(used)
