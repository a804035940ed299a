"""Which metric, and which of its labels, has too many values. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from shared.model.alerts import NAME_LENGTH


class Explosion(Struct):
    """What fills the limit of one source."""

    source: str
    """Name of the API key, or of the scrape job."""
    limit: int
    metric: str
    label: str
    different_values: int
    """Of the label, among the label sets that were looked at: a lower bound."""


def explosion(
    source: str, limit: int, refused: Sequence[Mapping[str, str]], accepted: Iterable[Mapping[str, str]]
) -> Explosion:
    """
    Name the metric that most of the refused series are of, and its label with the most values.

    Args:
        refused: Label sets of refused series; at least one.
        accepted: Label sets of some series that are accepted.
    """
    [(metric, _)] = Counter(labels.get("__name__", "") for labels in refused).most_common(1)
    values: dict[str, set[str]] = {}
    for labels in (*refused, *accepted):
        if labels.get("__name__", "") == metric:
            for label, value in labels.items():
                values.setdefault(label, set()).add(value)
    values.pop("__name__", None)
    label = max(values, key=lambda one: (len(values[one]), one), default="")
    count = len(values.get(label, ()))
    return Explosion(source, limit, metric[:NAME_LENGTH], label[:NAME_LENGTH], count)
