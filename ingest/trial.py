"""The dry run of a mapping: what the series that were seen lately would become under it. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from ingest import entities, places
from shared.model.alerts import Alert
from shared.model.relabeling import IngestMapping, Relabeling
from shared.model.seen import Seen

MAX_SERIES = 10_000
"""That are placed: a second of computing, which the API waits for."""
MAX_SHOWN = 100


class Renamed(Struct):
    """A plugin that gets another name; several, if its series no longer have one plugin."""

    before: str
    after: list[str]


class RenamedAlert(Struct):
    """An open alert that is resolved by the change: of a plugin with a new name, or of a metric that is dropped."""

    alert_id: str
    rule_name: str
    plugin_id: str
    becomes: list[str]
    """The plugins under which its rule judges the series then; empty: the metric is dropped."""


class Trial(Struct):
    """What a mapping would change. Lists hold at most 100 entries, beside the number of all."""

    series: int
    """Label sets that were looked at."""
    one_of: int
    """Of the sender with the most series: the sample stands for so many times as many."""
    series_count: int
    """How many series there are; more than `series`, and about so many, where a sender has too many of them."""
    plugins_before: int
    plugins_after: int
    renamed: list[Renamed]
    renamed_count: int
    dropped_metrics: list[str]
    dropped_metrics_count: int
    added_metrics: list[str]
    """Metrics that the mapping in force drops, and this one does not."""
    alerts: list[RenamedAlert]
    alerts_count: int


def compare(seen: Iterable[Seen], before: IngestMapping, after: IngestMapping, open_alerts: Iterable[Alert]) -> Trial:
    """Compare the mapping in force with another one."""
    ids_before: set[str] = set()
    ids_after: set[str] = set()
    metrics: tuple[set[str], set[str]] = (set(), set())
    becomes: dict[str, set[str]] = {}
    dropped: set[tuple[str, str]] = set()
    count, one_of, series_count = 0, 1, 0
    for one in seen:
        relabelings = _of(before, one), _of(after, one)
        one_of = max(one_of, one.one_of)
        series_count += one.one_of * len(one.series)
        for labels, resource in one.series[: max(0, MAX_SERIES - count)]:
            count += 1
            old, new = (places.of(one.door, labels, resource, relabeling) for relabeling in relabelings)
            for found, ids, names in ((old, ids_before, metrics[0]), (new, ids_after, metrics[1])):
                if found.entity is not None:
                    ids.add(found.entity.plugin_id)
                    names.add(labels.get("__name__", ""))
            if old.entity is not None and new.entity is not None:
                becomes.setdefault(old.entity.plugin_id, set()).add(new.entity.plugin_id)
            elif old.entity is not None:
                dropped.add((old.entity.plugin_id, old.metric))
    renamed = {old: sorted(new) for old, new in sorted(becomes.items()) if old not in ids_after}
    alerts = list(_alerts(open_alerts, ids_before, renamed, dropped, _pairs(before, after)))
    gone, added = sorted(metrics[0] - metrics[1]), sorted(metrics[1] - metrics[0])
    return Trial(
        series=count,
        one_of=one_of,
        series_count=series_count,
        plugins_before=len(ids_before),
        plugins_after=len(ids_after),
        renamed=[Renamed(old, new[:MAX_SHOWN]) for old, new in list(renamed.items())[:MAX_SHOWN]],
        renamed_count=len(renamed),
        dropped_metrics=gone[:MAX_SHOWN],
        dropped_metrics_count=len(gone),
        added_metrics=added[:MAX_SHOWN],
        alerts=alerts[:MAX_SHOWN],
        alerts_count=len(alerts),
    )


def _of(mapping: IngestMapping, seen: Seen) -> Relabeling:
    if seen.door == "statsd":
        return mapping.of_statsd()
    return mapping.of_job(seen.source) if seen.door == "scrape" else mapping.of(seen.source, seen.door)


def _pairs(before: IngestMapping, after: IngestMapping) -> list[tuple[Relabeling, Relabeling]]:
    """Return what holds now and what would hold, for the default and each named source."""
    names = sorted({*before.sources, *after.sources})
    return [(before.default, after.default), *((before.of(name, name), after.of(name, name)) for name in names)]


def _alerts(
    open_alerts: Iterable[Alert],
    ids_before: set[str],
    renamed: Mapping[str, Sequence[str]],
    dropped: set[tuple[str, str]],
    pairs: Sequence[tuple[Relabeling, Relabeling]],
) -> Iterator[RenamedAlert]:
    for alert in open_alerts:
        becomes: Sequence[str] | None = renamed.get(alert.plugin_id)
        if becomes is None and (alert.plugin_id, alert.metric) in dropped:
            becomes = ()
        if becomes is None and alert.plugin_id not in ids_before:
            becomes = _by_labels(alert, pairs)
        if becomes is not None:
            yield RenamedAlert(alert.id, alert.rule_name, alert.plugin_id, list(becomes)[:MAX_SHOWN])


def _by_labels(alert: Alert, pairs: Sequence[tuple[Relabeling, Relabeling]]) -> list[str] | None:
    """Compute the new name of a plugin that is not in the sample from its alert's labels; None if it stays."""
    for old, new in pairs:
        names = [
            entities.entity(
                {label: value for label, value in alert.labels.items() if not entities.is_dropped(label, relabeling)},
                relabeling.id_labels,
            ).plugin_id
            for relabeling in (old, new)
        ]
        if names[0] == alert.plugin_id:
            return None if names[1] == alert.plugin_id else [names[1]]
    return None
