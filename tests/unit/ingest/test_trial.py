"""The dry run of a mapping says what becomes of plugins, metrics and open alerts, before anything is changed."""

from typing import Any

import msgspec

from ingest import places, trial
from ingest.trial import RenamedAlert, Trial
from shared.model import relabeling
from shared.model.alerts import Alert
from shared.model.relabeling import DEFAULT
from shared.model.seen import Seen
from tests.support.factories import an_alert

DISK = {"job": "node", "instance": "web-1", "mountpoint": "/var"}
SERIES: list[tuple[dict[str, str], dict[str, str]]] = [
    ({**DISK, "__name__": "disk_free"}, {}),
    ({**DISK, "__name__": "disk_size"}, {}),
    ({"job": "node", "instance": "web-1", "__name__": "up"}, {}),
]


def alert_of(plugin_id: str, **fields: Any) -> Alert:
    changes = {"id": plugin_id, "plugin_id": plugin_id, "rule_name": "Disk", "metric": "disk_free", **fields}
    return msgspec.structs.replace(an_alert("firing"), **changes)


def tried(fields: dict[str, Any], *alerts: Alert, seen: list[Seen] | None = None) -> Trial:
    default = [Seen("prometheus", "remote_write", 1, SERIES)]
    return trial.compare(default if seen is None else seen, DEFAULT, relabeling.parse(fields), alerts)


def test_plugins_that_get_other_names_and_their_alerts_are_listed() -> None:
    old = "node/web-1{mountpoint=/var}"
    found = tried({"default": {"drop_labels": ["mountpoint"]}}, alert_of(old), alert_of("node/web-1"), alert_of("x"))

    assert (3, 2, 1, 1) == (found.series, found.plugins_before, found.plugins_after, found.renamed_count)
    assert [(old, ["node/web-1"])] == [(one.before, one.after) for one in found.renamed]
    assert [RenamedAlert(old, "Disk", old, ["node/web-1"])] == found.alerts
    assert ([], []) == (found.dropped_metrics, found.added_metrics)


def test_mapping_in_force_changes_nothing() -> None:
    found = tried({}, alert_of("node/web-1"))

    assert (2, 2, [], [], []) == (
        found.plugins_before,
        found.plugins_after,
        found.renamed,
        found.dropped_metrics,
        found.alerts,
    )


def test_dropped_metric_and_the_alert_on_it_are_listed() -> None:
    plugin = "node/web-1{mountpoint=/var}"
    found = tried({"default": {"drop_metrics": ["*_free"]}}, alert_of(plugin), alert_of(plugin, metric="disk_size"))

    assert (["disk_free"], []) == (found.dropped_metrics, found.renamed)
    assert [RenamedAlert(plugin, "Disk", plugin, [])] == found.alerts


def test_only_the_named_source_is_changed() -> None:
    seen = [Seen(name, "remote_write", 1, SERIES) for name in ("seoul", "busan")]
    seen += [Seen("seoul", "scrape", 1, [({"job": "j", "instance": "i", "x": "1", "__name__": "m"}, {})])]
    found = tried({"sources": {"seoul": {"id_labels": ["instance"], "drop_labels": ["job", "x"]}}}, seen=seen)

    # What Busan sends keeps its names, and so they are still in use.
    assert [("j/i{x=1}", ["i"])] == [(one.before, one.after) for one in found.renamed]


def test_alert_of_a_plugin_outside_the_sample_is_found_by_its_labels() -> None:
    plugin = "node/db-7{mountpoint=/var}"
    labels = {"job": "node", "instance": "db-7", "mountpoint": "/var"}
    found = tried({"default": {"drop_labels": ["mountpoint"]}}, alert_of(plugin, labels=labels), alert_of("cpu"))

    assert [RenamedAlert(plugin, "Disk", plugin, ["node/db-7"])] == found.alerts


def test_each_protocol_is_placed_as_its_door_places_it() -> None:
    resource = {"service.name": "shop", "service.instance.id": "s-1", "cloud": "x"}
    seen = [
        Seen("k", "otlp", 1, [({"__name__": "orders", "country": "kr"}, resource)]),
        Seen("k", "influx", 1, [({"__name__": "cpu.idle", "host": "web-1"}, {})]),
        Seen("k", "collectd", 1, [({"__name__": "load", "host": "web-1"}, {})]),
    ]
    names = {places.of(one.door, *one.series[0], DEFAULT.default).entity.plugin_id for one in seen}  # type: ignore[union-attr]

    assert {"shop/s-1{country=kr}", "web-1"} == names
    assert [("shop/s-1{country=kr}", ["shop/s-1"])] == [
        (one.before, one.after) for one in tried({"default": {"drop_labels": ["country"]}}, seen=seen).renamed
    ]


def test_what_is_looked_at_and_shown_is_bounded() -> None:
    series = [({"__name__": "m", "job": "j", "instance": str(n)}, {}) for n in range(trial.MAX_SERIES + 500)]
    found = tried({"default": {"id_labels": ["instance"]}}, seen=[Seen("k", "remote_write", 4, series)])

    assert (trial.MAX_SERIES, 4, trial.MAX_SERIES) == (found.series, found.one_of, found.renamed_count)
    assert 4 * (trial.MAX_SERIES + 500) == found.series_count
    assert trial.MAX_SHOWN == len(found.renamed)
