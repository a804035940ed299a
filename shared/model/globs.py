"""Regular expressions of label matchers as globs, where they are no more than that. Pure."""

MAX_GLOBS = 64
"""One expression may become so many globs: a matcher of a rule takes no more."""
MAX_DEPTH = 16
_SPECIAL = frozenset("*+?{}^$|()[].\\")


def literal(text: str) -> str:
    """Return the glob that only *text* itself fits."""
    return "".join(f"[{char}]" if char in "*?[" else char for char in text)


def of_regex(regex: str) -> list[str] | None:
    """
    Return globs of which one fits exactly where the anchored *regex* does; None if there are none, or too many.

    `web-.*|db-[12]` are the globs `web-*` and `db-[12]`.
    """
    reader = _Regex(_unanchored(regex))
    found = reader.alternatives()
    return found if found is not None and reader.is_at_end() else None


def _unanchored(regex: str) -> str:
    """Return a regular expression without "^" and "$" at its ends: matchers are anchored anyway."""
    inner = regex.removesuffix("$")
    is_escaped = (len(inner) - len(inner.rstrip("\\"))) % 2 == 1
    return (regex if is_escaped else inner).removeprefix("^")


class _Regex:
    def __init__(self, regex: str) -> None:
        self._regex = regex
        self._at = 0

    def is_at_end(self) -> bool:
        return self._at == len(self._regex)

    def alternatives(self, depth: int = 0) -> list[str] | None:
        """Read up to a closing bracket or the end."""
        found: list[str] = []
        while True:
            branch = self._branch(depth)
            if branch is None:
                return None
            found += branch
            if len(found) > MAX_GLOBS:
                return None
            if self._peek() != "|":
                return list(dict.fromkeys(found))
            self._at += 1

    def _branch(self, depth: int) -> list[str] | None:
        globs = [""]
        while (char := self._peek()) not in ("", "|", ")"):
            part = self._group(depth) if char == "(" else self._atom()
            if part is None or len(globs) * len(part) > MAX_GLOBS:
                return None
            globs = [before + after for before in globs for after in part]
        return globs

    def _group(self, depth: int) -> list[str] | None:
        self._at += 1
        if self._regex.startswith("?:", self._at):
            self._at += 2
        found = self.alternatives(depth + 1) if depth < MAX_DEPTH else None
        if found is None or self._peek() != ")":
            return None
        self._at += 1
        return self._perhaps(found)

    def _atom(self) -> list[str] | None:
        char = self._take()
        if char == ".":
            follows = self._peek()
            if follows in ("*", "+"):
                self._at += 1
                return None if self._is_repeated() else ["*" if follows == "*" else "?*"]
            return None if self._is_repeated() else ["?"]
        if char == "[":
            glob = self._class()
        elif char == "\\":
            escaped = self._take()
            # `\d` and its kind are classes, not characters.
            glob = literal(escaped) if escaped and not escaped.isalnum() else None
        else:
            glob = literal(char) if char not in _SPECIAL else None
        return None if glob is None else self._perhaps([glob])

    def _perhaps(self, globs: list[str]) -> list[str] | None:
        """Return the globs of an atom or group that was read, with "" if a "?" follows; None if it is repeated."""
        if self._peek() != "?":
            return None if self._is_repeated() else globs
        self._at += 1
        return None if self._is_repeated() else [*globs, ""]

    def _class(self) -> str | None:
        end = self._regex.find("]", self._at + 1)
        inside = self._regex[self._at : end]
        if end < 0 or "\\" in inside or "[" in inside or "!" in inside:
            return None
        self._at = end + 1
        return f"[!{inside[1:]}]" if inside.startswith("^") else f"[{inside}]"

    def _is_repeated(self) -> bool:
        return self._peek() in ("*", "+", "?", "{")

    def _peek(self) -> str:
        return self._regex[self._at] if self._at < len(self._regex) else ""

    def _take(self) -> str:
        char = self._peek()
        self._at += 1
        return char
