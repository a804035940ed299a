"""What a rule of inhibition says, as it stands beside the routes: which alerts hold back which others. Pure."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

from shared.model import names, route_matchers
from shared.model.alerts import NAME_LENGTH

MAX_INHIBIT_RULES = 500
MAX_EQUAL = 32
_MAX_MATCHERS = 20
_Label = Annotated[str, Field(min_length=1, max_length=NAME_LENGTH)]


class InhibitRule(BaseModel):
    """
    While an alert fires that fits `source_matchers`, alerts that fit `target_matchers` and have the same values of the
    labels `equal` notify no channel. As in Alertmanager, a label that both lack is equal.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    name: str = Field("", max_length=100, description="For people; stands in the reason of alerts held back.")
    source_matchers: list[str] = Field(
        default_factory=list, max_length=_MAX_MATCHERS, description="All must fit the alert that holds others back."
    )
    target_matchers: list[str] = Field(
        default_factory=list, max_length=_MAX_MATCHERS, description="All must fit an alert that is held back."
    )
    equal: list[_Label] = Field(
        default_factory=list,
        max_length=MAX_EQUAL,
        description="Names of labels whose values both alerts must share; none: every source holds every target back.",
    )

    _can_be_read = field_validator("source_matchers", "target_matchers")(route_matchers.readable)
    _is_written = field_validator("name")(names.visible)
