"""What plugins publish and what operators command, as the streams carry it."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from shared.model.alerts import (
    MAX_ERRORS,
    MAX_LABELS,
    MAX_METRICS,
    MAX_STATES,
    MESSAGE_LENGTH,
    NAME_LENGTH,
    TEXT_LENGTH,
)
from shared.model.histograms import MAX_HISTOGRAMS, Histogram

Name = Annotated[str, Meta(min_length=1, max_length=NAME_LENGTH)]


LATEST_MS = 253_402_300_799_999
"""The last millisecond of the year 9999."""
Text = Annotated[str, Meta(max_length=MESSAGE_LENGTH)]


class ErrorReport(Struct, gc=False):
    """An error a plugin reports; `count` occurrences of it."""

    type: Name
    message: Text = ""
    count: Annotated[int, Meta(ge=1, le=1_000_000_000)] = 1


class Event(Struct, omit_defaults=True, gc=False):
    """
    What a plugin publishes. Metrics, states and errors may all be empty: that is a heartbeat.

    `at_ms` is when it was true; 0 means "the time of its stream entry". Nothing in an event refers back to it, so the
    collector need not follow it.
    """

    plugin_id: Name
    plugin_name: Annotated[str, Meta(max_length=TEXT_LENGTH)] = ""
    at_ms: Annotated[int, Meta(ge=0, le=LATEST_MS)] = 0
    metrics: Annotated[dict[Name, float], Meta(max_length=MAX_METRICS)] = {}
    states: Annotated[dict[Name, Annotated[str, Meta(max_length=TEXT_LENGTH)]], Meta(max_length=MAX_STATES)] = {}
    errors: Annotated[tuple[ErrorReport, ...], Meta(max_length=MAX_ERRORS)] = ()
    labels: Annotated[dict[Name, Annotated[str, Meta(max_length=TEXT_LENGTH)]], Meta(max_length=MAX_LABELS)] = {}
    counters: Annotated[tuple[Name, ...], Meta(max_length=MAX_METRICS)] = ()
    """Those of its metrics that are counters: they only grow, and a fall means that they started again from 0."""
    histograms: Annotated[tuple[Histogram, ...], Meta(max_length=MAX_HISTOGRAMS)] = ()
    """Of which the evaluator makes further metrics."""
    gone: Annotated[tuple[Name, ...], Meta(max_length=MAX_METRICS)] = ()
    """Metrics of which the sender says that they have ended: their rules' `when_gone` decides what that means."""
    replica: Annotated[str, Meta(max_length=NAME_LENGTH)] = ""
    """Which of several senders of the same series it is from; of each plugin, the samples of one of them count."""
    parent_id: Annotated[str, Meta(max_length=NAME_LENGTH)] = ""
    """The plugin that this one is a part of, e.g. the host of a disk. It need not have events of its own."""
    renamed_to: Annotated[str, Meta(max_length=NAME_LENGTH)] = ""
    """The plugin under which its series come from now on, because the mapping changed: this one is over."""
    request_id: Annotated[str, Meta(max_length=64)] = ""
    """The API request it came by; follows it to the job that delivers."""


class Command(Struct, kw_only=True):
    """An operator's act the partition's owner must follow. Acting on another alert than the open one is a no-op."""

    kind: Literal["resolve"]
    rule_id: str
    plugin_id: str
    alert_id: str
    by: str
    at_ms: int
    by_principal: str = ""
    """Kind and id of who acts; empty in commands of releases before 0.2."""
