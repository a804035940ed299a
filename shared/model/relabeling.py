"""
The mapping: which labels of foreign series name the plugin, and which metrics are kept. Pure.

`ingest.entities` applies it; `shared.store.mapping_store` stores it.
"""

from fnmatch import fnmatchcase
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, Strict, ValidationError, field_validator, model_validator

from shared.errors import Invalid
from shared.model import names, reasons
from shared.model.alerts import MAX_LABELS, NAME_LENGTH
from shared.model.events import LATEST_MS
from shared.model.rules import problems

REPLICA_LABELS = ("__replica__", "prometheus_replica", "replica")
"""Labels by which servers that send the same series differ, e.g. with Mimir and Prometheus Operator."""
MAX_ID_LABELS = 4
MAX_GLOBS = 200
MAX_SOURCES = 50
MAX_EXPIRE_MINUTES = 525_600
"""A year."""
DOORS = (
    *("remote_write", "otlp", "collectd", "influx", "alertmanager", "statsd", "scrape"),
    *("pagerduty", "opsgenie", "webhook"),
)
"""What a key may be limited to, beside `events`; a source that no key is named after is one of these."""
_WHAT = "The mapping"

_Label = Annotated[str, Field(min_length=1, max_length=NAME_LENGTH)]
_Glob = Annotated[str, Field(min_length=1, max_length=NAME_LENGTH)]


class Relabeling(BaseModel):
    """
    How label sets become plugins. The defaults serve Prometheus and OpenTelemetry without any configuration.

    `expire_minutes` is about alerts, of senders that state a beginning and an end once (webhooks, PagerDuty, Opsgenie).
    Where a label of `drop_labels` is one of `REPLICA_LABELS`, its value names the replica.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    id_labels: Annotated[tuple[_Label, ...], Strict(False)] = Field(
        ("job", "instance"),
        min_length=1,
        max_length=MAX_ID_LABELS,
        description="Labels whose values, joined by /, begin the plugin's id.",
    )
    drop_labels: Annotated[tuple[_Glob, ...], Strict(False)] = Field(
        REPLICA_LABELS, max_length=MAX_LABELS, description="Globs of labels that name no plugin."
    )
    keep_metrics: Annotated[tuple[_Glob, ...], Strict(False)] = Field(
        (), max_length=MAX_GLOBS, description="Globs of the metrics that are kept; empty: all."
    )
    drop_metrics: Annotated[tuple[_Glob, ...], Strict(False)] = Field(
        (), max_length=MAX_GLOBS, description="Globs of metrics that are dropped, also if `keep_metrics` names them."
    )

    expire_minutes: int = Field(
        0,
        ge=0,
        le=MAX_EXPIRE_MINUTES,
        description="Minutes after which an alert ends whose sender repeats nothing and said nothing more of it; "
        "0: it waits for the end. Less than 5 count as 5.",
    )

    @field_validator("id_labels", "drop_labels", "keep_metrics", "drop_metrics")
    @classmethod
    def _are_written(cls, texts: tuple[str, ...]) -> tuple[str, ...]:
        for text in texts:
            if wrong := names.hides(text):
                raise ValueError(wrong)
        if len(set(texts)) < len(texts):
            twice = next(text for text in texts if texts.count(text) > 1)
            raise ValueError(reasons.of("invalid.mapping_twice", text=twice))
        return texts

    def until_ms(self, now_ms: int) -> int:
        """Return when an alert ends of which nothing more is heard; `LATEST_MS` if it waits without a limit."""
        return min(LATEST_MS, now_ms + self.expire_minutes * 60_000) if self.expire_minutes else LATEST_MS

    @field_validator("id_labels")
    @classmethod
    def _name_no_metric(cls, labels: tuple[str, ...]) -> tuple[str, ...]:
        if taken := [label for label in labels if label in ("__name__", "le", "quantile")]:
            raise ValueError(reasons.of("invalid.mapping_metric_label", label=taken[0]))
        return labels

    @model_validator(mode="after")
    def _drops_no_id_label(self) -> "Relabeling":
        for label in self.id_labels:
            if globs := [glob for glob in self.drop_labels if fnmatchcase(label, glob)]:
                raise ValueError(reasons.of("invalid.mapping_id_dropped", label=label, glob=globs[0]))
        return self


class IngestMapping(BaseModel):
    """A relabeling for all sources, and others for single sources."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    default: Relabeling = Field(default_factory=lambda: Relabeling.model_validate({}))
    sources: dict[str, Relabeling] = Field(
        default_factory=dict,
        max_length=MAX_SOURCES,
        description="API key, job or door (remote_write, otlp, collectd, influx, alertmanager, pagerduty, opsgenie, "
        "webhook, statsd, scrape) → its relabeling.",
    )

    @model_validator(mode="after")
    def _has_named_sources(self) -> "IngestMapping":
        for name in self.sources:
            if wrong := names.why_not(name):
                raise ValueError(reasons.of("invalid.mapping_source", source=name[: names.MAX_CHARS], because=wrong))
        return self

    def of(self, key_name: str, door: str) -> Relabeling:
        """Return the relabeling of a source: that of its key, else that of its door, else the default."""
        return self.sources.get(key_name) or self.sources.get(door) or self.default

    def of_job(self, name: str) -> Relabeling:
        """Return the relabeling of a scrape job. On pages, replicas are not told apart by the default's labels."""
        return self._without_replicas(self.of(name, "scrape"))

    def of_statsd(self) -> Relabeling:
        """Return the relabeling of StatsD. Its senders each count their own part: none is another's replica."""
        return self._without_replicas(self.of("", "statsd"))

    def _without_replicas(self, found: Relabeling) -> Relabeling:
        if found is not self.default:
            return found
        kept = tuple(glob for glob in found.drop_labels if glob not in REPLICA_LABELS)
        return found.model_copy(update={"drop_labels": kept})


DEFAULT = IngestMapping.model_validate({})


def parse(fields: Any) -> IngestMapping:
    """
    Make a mapping from a request's or a file's fields.

    Raises:
        Invalid: naming every bad field.
    """
    try:
        return IngestMapping.model_validate(fields)
    except ValidationError as error:
        raise Invalid(problems(error), _WHAT) from None


def document(mapping: IngestMapping) -> dict[str, Any]:
    """Return a mapping as its file and the API have it: with all fields, so that a reader sees what holds."""
    return mapping.model_dump(mode="json")
