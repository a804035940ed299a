"""Requirements on the labels of the plugins that a rule covers: one of several values, or none of them. Pure."""

import fnmatch
from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict, Field

from shared.model import names, reasons
from shared.model.alerts import NAME_LENGTH, TEXT_LENGTH
from shared.model.reasons import Reason

MAX_MATCHERS = 32
MAX_VALUES = 64


class LabelMatcher(BaseModel):
    """What one label of a plugin must be, or must not be. A plugin without the label has the value ""."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    label: str = Field(min_length=1, max_length=NAME_LENGTH)
    values: tuple[str, ...] = Field(
        min_length=1, max_length=MAX_VALUES, strict=False, description="Globs; one of them must match."
    )
    is_equal: bool = Field(True, description="False: none of them may match.")

    def fits(self, labels: Mapping[str, str]) -> bool:
        value = labels.get(self.label, "")
        return any(fnmatch.fnmatchcase(value, glob) for glob in self.values) is self.is_equal

    def written(self) -> str:
        """Return it as people write it, e.g. `fstype!=tmpfs|overlay`."""
        return f"{self.label}{'=' if self.is_equal else '!='}{'|'.join(self.values)}"


def problems(matchers: Sequence[LabelMatcher]) -> dict[str, Reason]:
    """Return what is wrong with the matchers of a rule that is to be stored: field → why."""
    found: dict[str, Reason] = {}
    for number, matcher in enumerate(matchers):
        if wrong := names.hides(matcher.label):
            found[f"label_matchers.{number}.label"] = wrong
        for place, glob in enumerate(matcher.values):
            field = f"label_matchers.{number}.values.{place}"
            if len(glob) > TEXT_LENGTH:
                found[field] = reasons.of("invalid.too_many_characters", max_length=TEXT_LENGTH)
            elif wrong := names.hides(glob):
                found[field] = wrong
    return found
