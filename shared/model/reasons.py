"""
Reasons: why something happened or cannot be accepted, as a code with values. Pure.

A decision carries the code and the values; they are put into words where somebody reads them, in the reader's
language: here for messages, commands and stored texts, in the page for its readers. The sentences are in `sentences`.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
from msgspec import Struct

from shared.model.numbers import exact, number
from shared.model.sentences import SENTENCES

Language = Literal["en", "ko"]
_COLUMN: dict[Language, int] = {"en": 0, "ko": 1}
_YEAR_9999_MS = 253_370_764_800_000
_NUMBERS = (int, float)
_MEASURED = ("value", "silent_s", "waited_s")
"""Values that were measured: rounded, with as many digits as tell them apart from the limits beside them."""


class Reason(Struct, frozen=True):
    """
    Why, for programs to compare and for people to read in their language.

    A value is a text, a number, a list of texts, another reason, or a list of reasons. Names carry the unit: `..._s`
    seconds, `..._ms` an instant in UTC epoch milliseconds.
    """

    code: str
    """Dotted, e.g. `comparison.holds`; one of `sentences.SENTENCES`."""
    values: dict[str, Any] = {}

    def __str__(self) -> str:
        return text(self)


NONE = Reason("")
_GAP = "…"
"""Stands where a value is missing, e.g. because JSON holds no infinite number."""


def of(code: str, **values: Any) -> Reason:
    """Return the reason with this code and these values."""
    return Reason(code, values)


def fields(reason: "Reason | str", name: str = "reason", language: Language = "en") -> dict[str, Any]:
    """Return a reason as records and answers hold it: its text as *name*, its code and values; a text has no code."""
    if isinstance(reason, str):
        return {name: reason, f"{name}_code": "", f"{name}_values": {}}
    return {name: text(reason, language), f"{name}_code": reason.code, f"{name}_values": plain(reason.values)}


def coded(reason: Reason) -> dict[str, Any]:
    """Return code and values, for programs and for readers in another language."""
    return {"code": reason.code, "values": plain(reason.values)}


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return *values* as they are read back from JSON: reasons within them as objects with `code` and `values`."""
    found: dict[str, Any] = msgspec.to_builtins(values)
    return found


def text(reason: Reason, language: Language = "en") -> str:
    """Put *reason* into words; a code without a sentence, e.g. of a newer release, is shown as it is."""
    return _sentence(reason.code, reason.values, language)


def _sentence(code: str, values: Mapping[str, Any], language: Language) -> str:
    sentences = SENTENCES.get(code)
    if sentences is None:
        return code
    shown = _Shown(values)
    for name, value in values.items():
        # Most values are texts, which stand as they are; a storm puts tens of thousands of reasons into words.
        if type(value) is not str or name == "severity":
            shown[name] = _shown(name, value, values, language)
    return sentences[_COLUMN[language]].format_map(shown)


class _Shown(dict[str, Any]):
    """Values in words; a missing one, of another release, shows as a gap."""

    def __missing__(self, _name: str) -> str:
        return _GAP


def _shown(name: str, value: Any, values: Mapping[str, Any], language: Language) -> str:
    if value is None:
        return _GAP
    if isinstance(value, str):
        return SENTENCES.get(f"severity.{value}", (value, value))[_COLUMN[language]] if name == "severity" else value
    if isinstance(value, _NUMBERS):
        if name in _MEASURED:
            return number(value, *(v for n, v in values.items() if isinstance(v, _NUMBERS) and n not in _MEASURED))
        if name.endswith("_ms") and 0 <= value < _YEAR_9999_MS:
            return datetime.fromtimestamp(value / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        return exact(value)
    if isinstance(value, Reason):
        return text(value, language)
    if isinstance(value, Mapping):
        inner = value.get("values")
        return _sentence(str(value.get("code")), inner if isinstance(inner, Mapping) else {}, language)
    if isinstance(value, Sequence):
        parts = [_shown(name, part, values, language) for part in value]
        return ("; " if any(not isinstance(part, str) for part in value) else ", ").join(parts)
    return str(value)
