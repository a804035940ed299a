"""
Body mappings: where in the JSON body of a webhook its alerts are, and where in an alert its fields are. Pure.

`ingest.formats.webhooks.json_body` applies one; `shared.store.body_mapping_store` stores them.
"""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict, ValidationError, model_validator

from shared.errors import Invalid
from shared.model import body_paths, names, reasons
from shared.model.alerts import NAME_LENGTH, TEXT_LENGTH, Severity
from shared.model.body_paths import NoPath
from shared.model.relabeling import MAX_EXPIRE_MINUTES
from shared.model.rules import problems

MAX_MAPPINGS = 50
MAX_NAMED = 30
"""Labels, and annotations, of one mapping."""
MAX_WORDS = 50
MAX_IDENTITY = 4
NAME_PATTERN = r"^[a-z0-9][a-z0-9_-]{0,31}$"
_WHAT = "The body mappings"


def _checked(path: str) -> str:
    try:
        body_paths.check(path)
    except NoPath as error:
        raise ValueError(error.reason) from None
    return path


_Path = Annotated[str, Field(max_length=body_paths.MAX_CHARS), AfterValidator(_checked)]
_Text = Annotated[str, Field(max_length=TEXT_LENGTH), AfterValidator(names.visible)]
_Name = Annotated[str, Field(min_length=1, max_length=NAME_LENGTH), AfterValidator(names.visible)]
_Words = Annotated[tuple[_Text, ...], Strict(False), Field(max_length=MAX_WORDS)]
_Named = Annotated[dict[_Name, _Path], Field(max_length=MAX_NAMED)]
_STRICT = ConfigDict(
    extra="forbid",
    strict=True,
    frozen=True,
    # Answers have every field.
    json_schema_serialization_defaults_required=True,
)


class FoundText(BaseModel):
    """A text of an alert."""

    model_config = _STRICT

    path: _Path = Field("", description="Where it is in the alert; `$.` begins at the whole body.")
    default: _Text = Field("", description="Taken where the path finds nothing.")


class FoundSeverity(FoundText):
    """The severity of an alert."""

    values: Annotated[dict[_Name, Severity], Field(max_length=MAX_WORDS)] = Field(
        default_factory=dict,
        description="The sender's word, in any case → severity; other words mean what EXTERNAL_SEVERITIES says.",
    )


class FoundState(BaseModel):
    """Whether an alert fires or has ended. Words are compared in any case."""

    model_config = _STRICT

    path: _Path = Field("", description="Where it is; empty: alerts fire, unless `ends_at` has passed.")
    firing: _Words = Field((), description="Words for an alert that fires; empty: all that are in no other list.")
    resolved: _Words = Field((), description="Words for an alert that has ended.")
    ignored: _Words = Field((), description="Words that change nothing.")

    @model_validator(mode="after")
    def _has_words(self) -> "FoundState":
        words = [word.strip().lower() for word in (*self.firing, *self.resolved, *self.ignored)]
        if self.path and not words:
            raise ValueError(reasons.of("invalid.body_state_words"))
        if len(set(words)) < len(words):
            raise ValueError(reasons.of("invalid.mapping_twice", text=next(w for w in words if words.count(w) > 1)))
        return self


class BodyMapping(BaseModel):
    """How the JSON body of one webhook becomes alerts. Paths are those of `shared.model.body_paths`."""

    model_config = _STRICT

    alerts: _Path = Field("", description="Where the list of alerts is; empty: the body is the list, or one alert.")
    name: FoundText = Field(
        default_factory=lambda: FoundText.model_validate({"default": "Webhook"}), description="The alert's name."
    )
    plugin: FoundText = Field(
        default_factory=lambda: FoundText.model_validate({}),
        description="What the alert is about; empty: its name. It becomes the label `plugin`, too.",
    )
    severity: FoundSeverity = Field(default_factory=lambda: FoundSeverity.model_validate({}))
    state: FoundState = Field(default_factory=lambda: FoundState.model_validate({}))
    identity: Annotated[tuple[_Path, ...], Strict(False)] = Field(
        (),
        max_length=MAX_IDENTITY,
        description="What the sender knows the alert by, the same at its end; empty: all labels are its identity.",
    )
    labels: _Named = Field(default_factory=dict, description="Label → path.")
    all_labels: _Path = Field("", description="An object all of whose values become labels.")
    annotations: _Named = Field(default_factory=dict, description="Annotation, such as summary → path.")
    all_annotations: _Path = Field("", description="An object all of whose values become annotations.")
    url: _Path = Field("", description="The sender's page about the alert.")
    starts_at: _Path = Field("", description="ISO 8601, or a number since 1970 in s, ms, µs or ns.")
    ends_at: _Path = Field("", description="As `starts_at`.")
    expire_minutes: int = Field(
        0,
        ge=0,
        le=MAX_EXPIRE_MINUTES,
        description="Minutes after which an alert ends of which nothing more is heard; 0: what the label mapping says. "
        "Less than 5 count as 5.",
    )

    @model_validator(mode="after")
    def _has_a_name(self) -> "BodyMapping":
        if not self.name.path and not self.name.default.strip():
            raise ValueError(reasons.of("invalid.body_name"))
        if any(not path.strip() for path in self.identity):
            raise ValueError(reasons.of("invalid.body_identity"))
        return self


class BodyMappings(BaseModel):
    """All body mappings: `/webhook/json/NAME` is the address of each."""

    model_config = _STRICT

    webhooks: dict[Annotated[str, Field(pattern=NAME_PATTERN)], BodyMapping] = Field(
        default_factory=dict, max_length=MAX_MAPPINGS, description="The last part of the address → its mapping."
    )


NONE = BodyMappings.model_validate({})


def parse(fields: Any) -> BodyMappings:
    """
    Make body mappings from a request's or a file's fields.

    Raises:
        Invalid: naming every bad field.
    """
    try:
        return BodyMappings.model_validate(fields)
    except ValidationError as error:
        raise Invalid(problems(error), _WHAT) from None


def document(mappings: BodyMappings) -> dict[str, Any]:
    """Return body mappings as their file and the API have them: with all fields."""
    return mappings.model_dump(mode="json")
