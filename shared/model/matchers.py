"""What a silence matches: one property of an alert each, how people write it, and whether it needs anything at all."""

import fnmatch
import json
import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shared.errors import Invalid
from shared.model import alert_labels, names, patterns, reasons
from shared.model.alerts import SEVERITIES, Alert
from shared.model.reasons import Reason

_LABEL = "label:"
_NAME_END = re.compile(r"!?=|!~")
_OPERATORS = ("=~", "!~", "!=", "=")
_PLAIN_LABEL = re.compile(r'[^"=!\s\\]+')


class Matcher(BaseModel):
    """One property an alert must have, or must not."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(pattern=r"^(rule_id|plugin_id|severity|metric|label:.{1,128})$")
    value: str = Field(max_length=256, description="A glob, or with `is_regex` a regular expression of RE2.")
    is_equal: bool = Field(True, description="False: everything but this.")
    is_regex: bool = Field(False, description="The value is a regular expression that must fit the whole property.")

    @model_validator(mode="after")
    def _can_be_compared(self) -> "Matcher":
        if self.is_regex and (wrong := patterns.wrong(self.value)):
            raise ValueError(wrong)
        return self

    def fits(self, alert: Alert) -> bool:
        if self.name.startswith(_LABEL):
            return self._takes(alert_labels.value_of(alert, self.name.removeprefix(_LABEL)))
        return self._takes(getattr(alert, self.name))

    def _takes(self, found: str) -> bool:
        if self.is_regex:
            return patterns.fits(self.value, found) is self.is_equal
        return fnmatch.fnmatchcase(found, self.value) is self.is_equal

    def is_idle(self) -> bool:
        """Tell whether it takes whatever there is, or nothing at all: the same alerts match without it, or none do."""
        return self.value == ".*" if self.is_regex else bool(self.value) and not self.value.strip("*")

    def takes_the_unknown(self) -> bool:
        """Tell whether it takes alerts nobody has thought of: without labels, of rules and plugins with other names."""
        if self.name.startswith(_LABEL):
            return self._takes("")
        if self.name == "severity":
            return all(self._takes(severity) for severity in SEVERITIES)
        return self._takes("\uffff a name nobody gave")


def problems(matchers: Sequence[Matcher], *, everything: bool) -> dict[str, Reason]:
    """
    Return what is wrong with the matchers of a new silence (field → why). Those of stored ones hold as they are.

    Args:
        everything: A person has said that it shall hide all there is.
    """
    found: dict[str, Reason] = {}
    for number, matcher in enumerate(matchers):
        for field, text in (("name", matcher.name), ("value", matcher.value)):
            if wrong := names.hides(text):
                found[f"matchers.{number}.{field}"] = wrong
        if matcher.is_idle() and not matcher.is_equal:
            found[f"matchers.{number}.value"] = reasons.of(
                "invalid.matcher_never", name=matcher.name, value=matcher.value
            )
        elif matcher.is_idle() and matcher.name.startswith(_LABEL):
            found[f"matchers.{number}.value"] = reasons.of("invalid.matcher_idle", value=matcher.value)
    if not found and not everything and all(matcher.takes_the_unknown() for matcher in matchers):
        found["everything"] = reasons.of("invalid.matchers_hide_all")
    return found


def written(matcher: Matcher) -> str:
    """Return a matcher as people write it, e.g. `plugin_id=web-*`, `label:team!=a` or `label:team=~a|b`."""
    name = matcher.name
    if name.startswith(_LABEL) and not _PLAIN_LABEL.fullmatch(label := name.removeprefix(_LABEL)):
        name = _LABEL + json.dumps(label, ensure_ascii=False)
    equals = "=" if matcher.is_equal else "!="
    if matcher.is_regex:
        return f"{name}{equals.rstrip('=') or '='}~{matcher.value}"
    return f"{name}{equals}{_written_glob(matcher.value)}"


def read(text: str) -> dict[str, Any]:
    """
    Return the fields of what `written` wrote.

    Raises:
        Invalid: it is no matcher.
    """
    if text.startswith(f'{_LABEL}"'):
        try:
            label, end = json.JSONDecoder().raw_decode(text, len(_LABEL))
        except ValueError:
            raise _unread(text) from None
        name, rest = f"{_LABEL}{label}", text[end:]
    else:
        name = _NAME_END.split(text, maxsplit=1)[0]
        rest = text[len(name) :]
    operator = next((one for one in _OPERATORS if rest.startswith(one)), "")
    if not operator or not name:
        raise _unread(text)
    value, is_equal = rest.removeprefix(operator), not operator.startswith("!")
    if operator.endswith("~"):
        return {"name": name, "value": value, "is_equal": is_equal, "is_regex": True}
    return {"name": name, "value": _read_glob(value), "is_equal": is_equal}


def _written_glob(glob: str) -> str:
    """
    Return a glob as it stands behind `=`: one that begins with `~` would be read as a regular expression, so it is
    written with `[~~]`, which fits the same texts. Sets of two and more `~` get one more, so each is read as it was.
    """
    if glob.startswith("~"):
        return f"[~~]{glob[1:]}"
    tildes, rest = _set_of_tildes(glob)
    return f"[~{tildes}]{rest}" if len(tildes) > 1 else glob


def _read_glob(text: str) -> str:
    """Return the glob that `_written_glob` wrote."""
    tildes, rest = _set_of_tildes(text)
    return f"~{rest}" if tildes == "~~" else f"[{tildes[1:]}]{rest}" if len(tildes) > 2 else text


def _set_of_tildes(glob: str) -> tuple[str, str]:
    """Return what is in the set that a glob begins with, if it holds `~` alone, and what follows the set."""
    inside, end, rest = glob[1:].partition("]")
    return (inside, rest) if glob.startswith("[") and end and not inside.strip("~") else ("", "")


def _unread(text: str) -> Invalid:
    return Invalid({"NAME=GLOB": reasons.of("invalid.matcher_form", given=repr(text))}, "The silence")
