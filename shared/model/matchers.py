"""What a silence matches: one property of an alert each, how people write it, and whether it needs anything at all."""

import fnmatch
import json
import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from shared.errors import Invalid
from shared.model import alert_labels, names, reasons
from shared.model.alerts import SEVERITIES, Alert
from shared.model.reasons import Reason

_LABEL = "label:"
_PLAIN_LABEL = re.compile(r'[^"=!\s\\]+')


class Matcher(BaseModel):
    """One property an alert must have, or must not."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(pattern=r"^(rule_id|plugin_id|severity|metric|label:.{1,128})$")
    value: str = Field(max_length=256, description="A glob.")
    is_equal: bool = Field(True, description="False: everything but this.")

    def fits(self, alert: Alert) -> bool:
        if self.name.startswith(_LABEL):
            return self._takes(alert_labels.value_of(alert, self.name.removeprefix(_LABEL)))
        return self._takes(getattr(alert, self.name))

    def _takes(self, found: str) -> bool:
        return fnmatch.fnmatchcase(found, self.value) is self.is_equal

    def is_idle(self) -> bool:
        """Tell whether it takes whatever there is, or nothing at all: the same alerts match without it, or none do."""
        return bool(self.value) and not self.value.strip("*")

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
    """Return a matcher as people write it, e.g. `plugin_id=web-*` or `label:team!=a`; `read` reads it again."""
    name = matcher.name
    if name.startswith(_LABEL) and not _PLAIN_LABEL.fullmatch(label := name.removeprefix(_LABEL)):
        name = _LABEL + json.dumps(label, ensure_ascii=False)
    return f"{name}{'=' if matcher.is_equal else '!='}{matcher.value}"


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
        is_equal = not rest.startswith("!")
        equals, value = rest.removeprefix("!")[:1], rest.removeprefix("!")[1:]
    else:
        name, equals, value = text.partition("=")
        is_equal = not name.endswith("!")
        name = name.removesuffix("!")
    if equals != "=" or not name:
        raise _unread(text)
    return {"name": name, "value": value, "is_equal": is_equal}


def _unread(text: str) -> Invalid:
    return Invalid({"NAME=GLOB": reasons.of("invalid.matcher_form", given=repr(text))}, "The silence")
