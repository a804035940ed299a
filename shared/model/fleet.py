"""
Fleet rules: the plugin that stands for one group of plugins, and what partitions report to each other. Pure.

The protocol is in docs/adr/0012-fleet.md.
"""

import hashlib
from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, Struct

from shared.model import reasons
from shared.model.alerts import MAX_LABELS, NAME_LENGTH, TEXT_LENGTH
from shared.model.reasons import Reason

PREFIX = "fleet:"
"""Plugin ids that begin so are those of groups; no publisher may use them."""
TICK_MS = 5_000
"""At every multiple of it, each partition reports the aggregates of its plugins."""
STALE_MS = 300_000
"""A plugin counts while its metric was reported so recently; `gone_after_seconds` of the rule changes it."""
DIGEST_CHARS = 8
MAX_PARTITIONS = 1_024
_MARKS = ",=~"
"""What names of several labels, and digests, are written with."""


MAX_EXAMPLES = 5
"""Plugins that breach, named in a message."""
MAX_PARTS = 64
"""Numbers whose sum is that of floats: fewer, since each has 53 of the 2,100 binary places that floats reach."""
Name = Annotated[str, Meta(min_length=1, max_length=NAME_LENGTH)]


class Partial(Struct, array_like=True, gc=False):
    """The plugins of one group that lie in one partition."""

    values: Annotated[tuple[Annotated[str, Meta(max_length=TEXT_LENGTH)], ...], Meta(max_length=MAX_LABELS)]
    """Of the labels grouped by."""
    plugins: Annotated[int, Meta(ge=0)]
    total: Annotated[list[float], Meta(max_length=MAX_PARTS)] = []
    """Numbers whose exact sum is that of the plugins' values."""
    least: float = 0.0
    most: float = 0.0
    breaching: Annotated[int, Meta(ge=0)] = 0
    examples: Annotated[list[Name], Meta(max_length=MAX_EXAMPLES)] = []
    """Ids of the first plugins that breach."""


class RuleReport(Struct, omit_defaults=True, gc=False):
    """One rule in a report."""

    definition: str
    """Fingerprint of the rule's fields that decide what is aggregated."""
    groups: dict[Name, Partial] = {}
    """By plugin id. A group that is not named has no plugin in the reporting partition."""
    is_full: bool = False
    """There are more groups than are counted, so that the rule is not decided."""


class Report(Struct, gc=False):
    """What the owner of one partition reports to another partition at one tick; a repetition says the same."""

    source: Annotated[int, Meta(ge=0, lt=MAX_PARTITIONS)]
    tick_ms: Annotated[int, Meta(ge=0, lt=1 << 53)]
    rules: dict[str, RuleReport]
    """By id: every fleet rule that the reporting evaluator knows."""


def is_group(plugin_id: str) -> bool:
    """Tell whether a plugin id is that of a group."""
    return plugin_id.startswith(PREFIX)


def why_reserved(plugin_id: str) -> Reason | None:
    """Return why no publisher may use a plugin id; None if it may."""
    return reasons.of("event.reserved", prefix=PREFIX) if is_group(plugin_id) else None


def rule_of(plugin_id: str) -> str:
    """Return the id of the rule to which a group belongs."""
    return plugin_id.removeprefix(PREFIX).partition("/")[0]


def plugin_of(rule_id: str, by: Sequence[str], values: Sequence[str]) -> str:
    """Return the plugin id of one group; two groups never have the same."""
    start = f"{PREFIX}{rule_id}/"
    name = name_of(by, values)
    room = NAME_LENGTH - len(start)
    if len(name) <= room and not any(mark in value for value in values for mark in _MARKS):
        return start + name
    # Another group could have the same name.
    digest = hashlib.blake2b("\0".join(values).encode(), digest_size=DIGEST_CHARS // 2).hexdigest()
    return f"{start}{name[: room - DIGEST_CHARS - 1]}~{digest}"


def name_of(by: Sequence[str], values: Sequence[str]) -> str:
    """Return what people call a group: the value of its label, or all of its labels."""
    if not by:
        return "all"
    if len(values) == 1 and values[0]:
        return values[0]
    return ",".join(f"{name}={value}" for name, value in zip(by, values, strict=True))
