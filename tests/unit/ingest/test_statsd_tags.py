"""Tags of StatsD name plugins as labels do at the other doors, through the same mapping, and within bounds."""

import pytest

from ingest.formats import statsd
from ingest.formats.statsd import Aggregator
from shared.model import relabeling
from shared.model.events import Event
from shared.model.relabeling import Relabeling


def of_statsd(**fields: object) -> Relabeling:
    return relabeling.parse({"sources": {"statsd": fields}}).of_statsd()


def flushed(sums: Aggregator) -> dict[str, Event]:
    return {event.plugin_id: event for event in sums.flush(10.0)}


@pytest.mark.parametrize(
    ("tags", "fields", "plugin_id", "parent_id", "labels"),
    [
        ("", {}, "statsd", "", {}),
        ("env:prod", {}, "statsd{env=prod}", "statsd", {"env": "prod"}),
        ("host:web-1", {}, "web-1", "", {"host": "web-1"}),
        ("urgent,host:web-1", {}, "web-1{urgent=true}", "web-1", {"host": "web-1", "urgent": "true"}),
        ("plugin:shop,host:a", {}, "shop{host=a}", "shop", {"host": "a", "plugin": "shop"}),
        ("job:api,instance:a,le:x", {}, "api/a{le=x}", "api/a", {"job": "api", "instance": "a", "le": "x"}),
        ("replica:b,host:a", {}, "a{replica=b}", "a", {"host": "a", "replica": "b"}),
        ("pod:p-7,host:a", {"drop_labels": ["pod*"]}, "a", "", {"host": "a"}),
        ("env:x,host:a,of:q", {"id_labels": ["env", "host"]}, "x/a{of=q}", "x/a", {"env": "x", "host": "a", "of": "q"}),
        ("quantile:0.9,le:5,host:a", {}, "a{le=5,quantile=0.9}", "a", {"host": "a", "le": "5", "quantile": "0.9"}),
    ],
)  # fmt: skip
def test_tags_name_the_plugin_as_the_mapping_says(
    tags: str, fields: dict[str, object], plugin_id: str, parent_id: str, labels: dict[str, str]
) -> None:
    sums = Aggregator(of_statsd(**fields) if fields else None)
    sums.add(f"queue:5|g{'|#' if tags else ''}{tags}".encode())

    [event] = sums.flush(10.0)
    assert (plugin_id, parent_id, labels) == (event.plugin_id, event.parent_id, event.labels)
    assert {"queue": 5.0} == event.metrics


def test_lines_are_summed_up_per_set_of_tags_in_any_order() -> None:
    sums = Aggregator()
    for _ in range(2):
        sums.add(b"hits:3|c|#host:a,env:x\nhits:2|c|#env:x,host:a\nhits:1|c|#host:a,env:y\n_sc|db|1|#host:a,env:y")

    events = flushed(sums)
    assert {"a{env=x}": 1.0, "a{env=y}": 0.2} == {one: event.metrics["hits_rate"] for one, event in events.items()}
    assert {"db": "warning"} == events["a{env=y}"].states


def test_changed_mapping_keeps_what_was_summed_up_and_names_each_series_once() -> None:
    sums = Aggregator()
    sums.add(b"queue:5|g|#host:a,pod:1")
    sums.flush(10.0)
    sums.add(b"hits:3|c|#host:a,pod:1\nhits:2|c|#host:a,pod:2\npay:10|ms|#host:a,pod:1\npay:30|ms|#host:a,pod:2")
    sums.add(b"users:kim|s|#host:a,pod:1\nusers:lee|s|#host:a,pod:2")
    sums.follow(of_statsd(drop_labels=["pod"]))
    events = flushed(sums)
    renamed = sums.renamed([Aggregator().relabeling])

    assert ["a"] == list(events)
    values = {"hits_rate": 0.5, "queue": 5.0, "users": 2.0, "pay_avg": 20.0, "pay_p50": 10.0, "pay_rate": 0.2}
    assert values == {name: events["a"].metrics[name] for name in values}
    assert {("a{pod=1}", "a")} == {(before.entity.plugin_id, now.entity.plugin_id) for before, now in renamed}
    assert [] == sums.renamed([Aggregator().relabeling])


def test_tag_with_ever_new_values_is_refused_and_makes_room_when_it_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statsd, "MAX_SERIES", 50)
    sums = Aggregator()
    for number in range(200):
        sums.add(f"took:1|c|#request:{number}".encode())
        sums.add(b"took:1|c|#request:0")
    assert 150 == sums.refused
    for _ in range(statsd.FORGET_WHEN_FULL + 3):
        sums.add(b"took:1|c|#request:0")
        sums.flush(10.0)
    sums.add(b"took:1|c|#request:new")

    assert 150 == sums.refused
    assert {"statsd{request=0}", "statsd{request=new}"} == flushed(sums).keys()
