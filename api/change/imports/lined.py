"""A configuration of another system, as YAML or JSON: every value with the line that it stands on. Bounded. Pure."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from shared.errors import Invalid
from shared.model import reasons

MAX_CHARS = 1_000_000
MAX_DEPTH = 40
MAX_ALIASES = 1_000
MAX_VALUES = 100_000
"""The most values that a file may hold, counted after each alias is replaced by the value it names."""
_NULLS = ("", "~", "null", "Null", "NULL")
_TRUE = ("true", "yes", "on")
_MERGE = "<<"


@dataclass(frozen=True, slots=True)
class Lined:
    """A value: a text, a list, a mapping, or None for nothing. Numbers and flags are texts, as they are written."""

    line: int
    value: str | list["Lined"] | dict[str, "Lined"] | None

    def text(self) -> str | None:
        """Return the text; None if it is something else."""
        return self.value if isinstance(self.value, str) else None

    def items(self) -> list["Lined"]:
        """Return the elements of a list; a text alone is a list of one."""
        if isinstance(self.value, list):
            return self.value
        return [self] if isinstance(self.value, str) else []

    def fields(self) -> dict[str, "Lined"]:
        """Return the fields of a mapping; none if it is something else."""
        return self.value if isinstance(self.value, dict) else {}


def is_true(text: str) -> bool:
    """Tell whether YAML means yes."""
    return text.lower() in _TRUE


def read(text: str, source: str, joined: Collection[str] = ()) -> Lined:
    """
    Read a file's text.

    Args:
        source: The file's name, for the error.
        joined: Fields that a merge (`<<`) adds to, where others replace what is merged.

    Raises:
        Invalid: it is no YAML, or is beyond a bound; says where.
    """
    import yaml

    def wrong(code: str, **values: Any) -> Invalid:
        return Invalid({source: reasons.of(code, **values)}, "The file")

    if len(text) > MAX_CHARS:
        raise wrong("file.too_large", megabytes=MAX_CHARS // 1_000_000)
    # JSON may be indented by tabs, and YAML may not; neither can hold one within a text of JSON.
    text = text.replace("\t", " ") if text.lstrip()[:1] in ("{", "[") else text
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        _check_shape(yaml.parse(text, Loader=loader), wrong)
        document = yaml.compose(text, Loader=loader)
        return _Reader(wrong, joined).read(document) if document is not None else Lined(1, None)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise wrong("file.unreadable", error=_said(error)) from None


def _said(error: Exception) -> str:
    """Return what is wrong and where. The library's own text may quote a line of the file, and with it a secret."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None)
    if mark is None or not problem:
        return type(error).__name__
    return f"line {mark.line + 1}: {problem}"[:300]


def _check_shape(events: Iterator[Any], wrong: Any) -> None:
    """Look at the depth and at the number of aliases before a tree is made, which recurses."""
    import yaml

    depth = aliases = 0
    for event in events:
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        aliases += isinstance(event, yaml.AliasEvent)
        if depth > MAX_DEPTH:
            raise wrong("import.file_deep", depth=MAX_DEPTH)
        if aliases > MAX_ALIASES:
            raise wrong("import.file_aliases", limit=MAX_ALIASES)


class _Reader:
    """Makes values of YAML's nodes, and counts them."""

    def __init__(self, wrong: Any, joined: Collection[str]) -> None:
        self._wrong = wrong
        self._joined = joined
        self._left = MAX_VALUES

    def read(self, node: Any, depth: int = 0) -> Lined:
        self._left -= 1
        if self._left < 0:
            raise self._wrong("import.file_values", limit=MAX_VALUES)
        # Deeper than the file itself: an alias stands within what it stands for.
        if depth > MAX_DEPTH * 2:
            raise self._wrong("import.file_deep", depth=MAX_DEPTH)
        line = node.start_mark.line + 1
        if node.id == "sequence":
            return Lined(line, [self.read(one, depth + 1) for one in node.value])
        if node.id == "mapping":
            return Lined(line, self._fields(node, depth))
        is_nothing = node.style is None and node.value in _NULLS
        return Lined(line, None if is_nothing else node.value)

    def _fields(self, node: Any, depth: int) -> dict[str, Lined]:
        merged: dict[str, Lined] = {}
        found: dict[str, Lined] = {}
        for key, value in node.value:
            if key.id != "scalar":
                continue
            made = self.read(value, depth + 1)
            if key.value == _MERGE:
                for one in [made] if isinstance(made.value, dict) else made.items():
                    merged = {**one.fields(), **merged}
                continue
            if key.value in found:
                raise self._wrong("import.field_twice", field=key.value[:100], line=key.start_mark.line + 1)
            # The line of the name: what it holds may begin on the next one.
            found[key.value] = Lined(key.start_mark.line + 1, made.value)
        for name in self._joined:
            if name in merged and name in found:
                found[name] = _joined(merged[name], found[name])
        return {**merged, **found}


def _joined(first: Lined, second: Lined) -> Lined:
    if isinstance(first.value, dict) and isinstance(second.value, dict):
        return Lined(second.line, {**first.value, **second.value})
    return Lined(second.line, [*first.items(), *second.items()])
