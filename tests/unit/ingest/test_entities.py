"""A foreign label set becomes one plugin: the same one each time, and never the plugin of another label set."""

import random

from hypothesis import given
from hypothesis import strategies as st

from ingest.entities import is_dropped, place
from shared.model import names
from shared.model.relabeling import Relabeling

TEXT = st.text(alphabet=st.one_of(st.sampled_from('/\\,={}~"* '), st.characters(codec="utf-8")), max_size=12)


def test_labels_of_a_scrape_are_job_instance_and_the_rest() -> None:
    labels = {"__name__": "node_filesystem_avail_bytes", "job": "node", "instance": "web-1:9100", "mountpoint": "/var"}

    found = place(labels, Relabeling())

    assert "node_filesystem_avail_bytes" == found.metric
    assert found.entity is not None
    assert "node/web-1:9100{mountpoint=/var}" == found.entity.plugin_id
    assert "web-1:9100 /var" == found.entity.plugin_name
    assert "node/web-1:9100" == found.entity.parent_id
    assert {"job": "node", "instance": "web-1:9100", "mountpoint": "/var"} == found.entity.labels


def test_labels_of_a_histogram_belong_to_the_metric() -> None:
    found = place({"__name__": "took_bucket", "job": "a", "instance": "b", "le": "0.5"}, Relabeling())

    assert "took_bucket{le=0.5}" == found.metric
    assert found.entity is not None
    assert "a/b" == found.entity.plugin_id
    assert "" == found.entity.parent_id


def test_dropped_labels_name_no_plugin_and_dropped_metrics_leave_no_trace() -> None:
    relabeling = Relabeling(drop_labels=("replica*", "pod"), keep_metrics=("node_*",), drop_metrics=("node_scrape_*",))

    labels = {"__name__": "node_load1", "job": "n", "instance": "i"}
    pair = [place({**labels, "pod": name}, relabeling) for name in "ab"]
    replicas = [place({**labels, "replica": name}, relabeling).entity for name in "ab"]

    assert pair[0] == pair[1] == place(labels, relabeling)
    assert [("n/i", "a"), ("n/i", "b")] == [(one.plugin_id, one.replica) for one in replicas if one]
    named = place({**labels, "replica": "a"}, Relabeling(drop_labels=())).entity
    assert named is not None and ("n/i{replica=a}", "") == (named.plugin_id, named.replica)
    assert place({"__name__": "node_scrape_time", "job": "n"}, relabeling).entity is None
    assert place({"__name__": "up", "job": "n"}, relabeling).entity is None


def test_long_label_sets_are_cut_to_ids_that_differ() -> None:
    labels = {"__name__": "up", "job": "a" * 100, "instance": "b" * 100}

    first = place({**labels, "x": "1"}, Relabeling()).entity
    second = place({**labels, "x": "2"}, Relabeling()).entity

    assert first is not None
    assert second is not None
    assert len(first.plugin_id) == len(second.plugin_id) == 128
    assert first.plugin_id != second.plugin_id


@given(st.dictionaries(TEXT.filter(bool), TEXT.filter(bool), max_size=6))
def test_plugin_is_stable_whatever_the_order_of_labels(labels: dict[str, str]) -> None:
    named = labels | {"__name__": "m"}
    shuffled = dict(sorted(named.items(), key=lambda _: random.random()))

    assert place(named, Relabeling()) == place(shuffled, Relabeling())


STRANGE = st.text(
    st.sampled_from(["a", "\\", "u", "{", "}", "2", "0", "b", ",", "=", "\u200b", "\u202e", "\n"]), max_size=8
)


@given(STRANGE.filter(bool), STRANGE.filter(bool), STRANGE.filter(bool), STRANGE.filter(bool))
def test_what_cannot_be_seen_is_written_out_and_no_two_become_one(a: str, b: str, x: str, y: str) -> None:
    places = [
        place({"__name__": x, "job": a, y: b}, Relabeling()),
        place({"__name__": y, "job": b, x: a}, Relabeling()),
    ]
    for found in places:
        assert found.entity is not None
        written = [found.metric, found.entity.plugin_id, found.entity.parent_id, *found.entity.labels]
        assert [None] * len(written) == [names.hides(text) for text in written]
    assert (x == y) == (places[0].metric == places[1].metric)
    assert (names.escaped(a) == names.escaped(b)) == (a == b)


def test_hundred_thousand_label_sets_give_as_many_plugins() -> None:
    """Labels drawn from few characters, those of the id's own structure among them, so that a collision would show."""
    dice = random.Random(7)
    label_names, parts = (
        ["job", "instance", "a", "a=b", "b,"],
        ["", "x", "y", "/", "\\", ",", "=", "{", "}", "x/y", "a=x"],
    )
    found: dict[str, dict[str, str]] = {}
    for _ in range(100_000):
        labels = {
            name: "".join(dice.choices(parts, k=dice.randint(1, 3)))
            for name in dice.sample(label_names, dice.randint(1, 5))
        }
        labels = {name: value for name, value in labels.items() if value}
        entity = place({**labels, "__name__": "m"}, Relabeling(drop_labels=())).entity
        assert entity is not None

        assert found.setdefault(entity.plugin_id, labels) == labels
    assert len(found) > 40_000


def test_hundred_thousand_label_sets_under_random_mappings_are_stable_and_collide_nowhere() -> None:
    """Each mapping has labels of its own for the id, and drops others; what it drops is what two plugins may share."""
    dice = random.Random(11)
    label_names = ["job", "instance", "host", "a", "a=b", "b,", "{", "/", "replica", "pod-1", "pod-2"]
    parts = ["", "x", "y", "/", "\\", ",", "=", "{", "}", "x/y", "a=x", "\u200b", "한"]
    plugins = 0
    for _ in range(400):
        id_labels = dice.sample(label_names, dice.randint(1, 4))
        others = [name for name in label_names if name not in id_labels]
        dropped = dice.sample(others, dice.randint(0, 2))
        if not any(name.startswith("pod-") for name in id_labels):
            dropped.append("pod-*")
        relabeling = Relabeling(id_labels=tuple(id_labels), drop_labels=tuple(dropped))
        again = Relabeling.model_validate_json(relabeling.model_dump_json())
        found: dict[str, dict[str, str]] = {}
        for number in range(250):
            labels = {
                name: "".join(dice.choices(parts, k=dice.randint(1, 3)))
                for name in dice.sample(label_names, dice.randint(1, 6))
            }
            entity = place({**labels, "__name__": "m"}, relabeling).entity
            assert entity is not None
            if not number % 5:
                shuffled = dict(dice.sample(list(labels.items()), len(labels)))
                assert entity == place({"__name__": "m", **shuffled}, again).entity
            kept = {name: text for name, text in labels.items() if text and not is_dropped(name, relabeling)}

            assert found.setdefault(entity.plugin_id, kept) == kept
            assert entity.parent_id != entity.plugin_id
        plugins += len(found)
    assert plugins > 80_000
