"""
Which plugin and which metric a foreign series is: its label set names the plugin, its name the metric. Pure.

Two different label sets never give the same plugin id, whatever their labels hold.
"""

import hashlib
from collections.abc import Mapping
from fnmatch import translate
from functools import lru_cache
from re import Pattern
from re import compile as compile_pattern
from typing import Literal

from msgspec import Struct, structs

from shared.model import names
from shared.model.alerts import MAX_LABELS, NAME_LENGTH, TEXT_LENGTH
from shared.model.relabeling import REPLICA_LABELS, Relabeling

DIGEST_CHARS = 16
"""64 bits: among a million plugins two are cut to the same id once in 37 million installations (birthday bound)."""
METRIC_LABELS = ("le", "quantile")
"""Labels that tell the parts of one histogram or summary apart; they belong to the metric's name."""
_ESCAPES = str.maketrans({"\\": "\\\\", ",": "\\,", "=": "\\=", "{": "\\{", "}": "\\}"})


class Entity(Struct, frozen=True):
    """
    The plugin a label set stands for.

    Attributes:
        plugin_id: At most 128 characters; a longer one is cut and ends in "~" and a digest of all of it.
        plugin_name: What a person would call it, for instance `web-1:9100 /var`.
        labels: All labels but those of the metric; at most 64, the first ones by name.
        parent_id: The plugin of `id_labels` alone, under which lists fold this one; "" if it is that plugin itself.
        replica: Which of several servers that send the same series it is; "" if its sender does not say.
    """

    plugin_id: str
    plugin_name: str
    labels: dict[str, str]
    parent_id: str
    replica: str = ""


class Part(Struct, frozen=True):
    """What a series says of its family."""

    family: str
    what: Literal["bucket", "sum", "count", "quantile"]
    at: float = 0.0
    """The bucket's upper bound, or the quantile."""
    is_metric: bool = True
    """Whether the mapping keeps the series itself as a metric."""


class Place(Struct, frozen=True):
    """Where the samples of one series go; `entity` is None when the configuration drops the metric."""

    entity: Entity | None
    metric: str
    is_counter: bool = False
    is_refused: bool = False
    """Its source has as many series as it may have; `entity` is None."""
    part: Part | None = None


BEYOND_LIMIT = Place(None, "", is_refused=True)


def place(labels: Mapping[str, str], relabeling: Relabeling) -> Place:
    """
    Return the plugin and the metric of one series.

    Args:
        labels: All labels, the metric's name as `__name__`. Names and values may hold any text.
    """
    name = labels.get("__name__", "")
    if not name or not is_kept(name, relabeling):
        return Place(None, name)
    left_out = {"__name__", *METRIC_LABELS}
    own = {
        label: value
        for label, value in labels.items()
        if value and label not in left_out and not is_dropped(label, relabeling)
    }
    found = entity(own, relabeling.id_labels)
    if replica := replica_of(labels, relabeling):
        found = structs.replace(found, replica=replica)
    return Place(found, metric_name(labels))


def replica_of(labels: Mapping[str, str], relabeling: Relabeling) -> str:
    """Return the name of the replica that sends a series; "" if no label names one."""
    for label in REPLICA_LABELS:
        if labels.get(label) and is_dropped(label, relabeling):
            return shortened(labels[label], NAME_LENGTH)
    return ""


def metric_name(labels: Mapping[str, str]) -> str:
    """Return `__name__`, with the labels that belong to a metric; at most 128 characters."""
    inner = [(label, labels[label]) for label in METRIC_LABELS if label in labels]
    metric = names.escaped(labels["__name__"]) + ("{" + _pairs(inner) + "}" if inner else "")
    return shortened(metric, NAME_LENGTH)


def entity(labels: Mapping[str, str], id_labels: tuple[str, ...]) -> Entity:
    """Return the plugin of a label set that holds no label of a metric."""
    head = _head(labels, id_labels)
    in_head = id_labels[: _leading(labels, id_labels)]
    rest = [(label, value) for label, value in sorted(labels.items()) if label not in in_head]
    tail = "{" + _pairs(rest) + "}" if rest else ""
    plugin_id = (head + tail) or "{}"
    shown = [labels[id_labels[-1]]] if id_labels[-1] in labels else []
    shown += [value for label, value in rest if label not in id_labels]
    return Entity(
        plugin_id=shortened(plugin_id, NAME_LENGTH),
        plugin_name=" ".join(shown)[:TEXT_LENGTH],
        labels=bounded_labels(labels),
        parent_id=shortened(head, NAME_LENGTH) if head and tail else "",
    )


def bounded_labels(labels: Mapping[str, str]) -> dict[str, str]:
    """Return the first 64 labels by name, each as long as an event may carry it."""
    kept = sorted(labels.items())[:MAX_LABELS]
    return {shortened(names.escaped(label), NAME_LENGTH): value[:TEXT_LENGTH] for label, value in kept}


def shortened(text: str, limit: int) -> str:
    """Return *text*, or its beginning and a digest of all of it where it is longer than *limit* characters."""
    if len(text) <= limit:
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:DIGEST_CHARS]
    return f"{text[: limit - DIGEST_CHARS - 1]}~{digest}"


def is_kept(metric: str, relabeling: Relabeling) -> bool:
    """Tell whether the configuration takes a metric of this name."""
    return keeps(metric, relabeling) and not drops(metric, relabeling)


def keeps(metric: str, relabeling: Relabeling) -> bool:
    """Tell whether the configuration names a metric among those that it keeps, or keeps all."""
    kept = _any_of(relabeling.keep_metrics)
    return kept is None or kept.match(metric) is not None


def drops(metric: str, relabeling: Relabeling) -> bool:
    """Tell whether the configuration names a metric among those that it drops."""
    dropped = _any_of(relabeling.drop_metrics)
    return dropped is not None and dropped.match(metric) is not None


def is_dropped(label: str, relabeling: Relabeling) -> bool:
    """Tell whether the configuration ignores a label."""
    dropped = _any_of(relabeling.drop_labels)
    return dropped is not None and dropped.match(label) is not None


def _head(labels: Mapping[str, str], id_labels: tuple[str, ...]) -> str:
    """
    Return the values of the leading *id_labels* that are there, joined by "/"; "" if the first is missing.

    A "/" inside a value is escaped, so that the parts can be told apart again. Only the first value keeps its own, and
    only when all are there: the last bare ones then separate (`namespace/service/instance`).
    """
    values = [_escaped(labels[label]) for label in id_labels[: _leading(labels, id_labels)]]
    if not values:
        return ""
    first, *others = values
    if len(values) < len(id_labels):
        first = first.replace("/", "\\/")
    return "/".join([first, *(other.replace("/", "\\/") for other in others)])


def _leading(labels: Mapping[str, str], id_labels: tuple[str, ...]) -> int:
    """Return how many of *id_labels*, from the first on, have a value."""
    for count, label in enumerate(id_labels):
        if not labels.get(label):
            return count
    return len(id_labels)


def _pairs(pairs: list[tuple[str, str]]) -> str:
    return ",".join(f"{_escaped(label)}={_escaped(value)}" for label, value in pairs)


def _escaped(text: str) -> str:
    # The first step leaves no `\\u{` behind that the second could take for one of its own.
    return names.escaped(text.translate(_ESCAPES))


@lru_cache(maxsize=256)
def _any_of(globs: tuple[str, ...]) -> Pattern[str] | None:
    """Return one pattern for all globs; None if there is none."""
    return compile_pattern("|".join(translate(glob) for glob in globs)) if globs else None
