"""Scrapes without a network: files of targets, when a target is due, and what becomes of series that are missing."""

import pytest

from ingest.entities import Entity
from ingest.place_cache import Bound, PlaceCache
from ingest.scrape import scraper, shares, target_files
from ingest.scrape.outcome import Memory, Outcome
from ingest.scrape.target_files import FileError
from shared.model import scrapes
from shared.model.relabeling import DEFAULT
from shared.model.scrapes import Target

AT_MS = 1_700_000_000_000


def a_memory(*series: bytes) -> Memory:
    return Memory({"job": "node", "instance": "web-1"}, PlaceCache(DEFAULT.of_job("node")), set(series))


def gone(outcome: Outcome) -> set[tuple[str, str]]:
    return {(event.plugin_id, metric) for event in outcome.events for metric in event.gone}


def values(outcome: Outcome) -> dict[str, float]:
    return {metric: value for event in outcome.events for metric, value in event.metrics.items()}


def a_target(address: str = "web-1:9100", **fields: object) -> Target:
    [target] = scrapes.targets_of([scrapes.parse({"name": "node", "targets": [address], **fields})], [])
    return target


def test_scrape_is_described_in_the_event_of_the_target_itself() -> None:
    outcome = a_memory().taken(b"load 1\n", "text", AT_MS, 0.25)

    [event] = outcome.events
    described = {"load": 1.0, "up": 1.0, "scrape_duration_seconds": 0.25, "scrape_samples_scraped": 1.0}
    assert ("node/web-1", AT_MS, described) == (event.plugin_id, event.at_ms, event.metrics)
    assert (1, {b"load"}) == (outcome.samples, outcome.series)


def test_missing_series_ends_also_for_an_owner_that_never_saw_it() -> None:
    outcome = a_memory(b'used{disk="a"}', b'used{disk="b"}').taken(b'used{disk="b"} 1\n', "text", AT_MS, 0.1)

    assert {("node/web-1{disk=a}", "used")} == gone(outcome)


def test_series_that_is_only_written_in_another_way_goes_on() -> None:
    outcome = a_memory(b'used{a="1",b="2"}').taken(b'used{b="2", a="1",} 1\n', "text", AT_MS, 0.1)

    assert set() == gone(outcome)


def test_failed_scrape_ends_series_count_but_its_own() -> None:
    outcome = a_memory(b"load", b'used{disk="a"}').failed(AT_MS, 1.0)

    assert {("node/web-1", "load"), ("node/web-1{disk=a}", "used")} == gone(outcome)
    assert {"up": 0.0, "scrape_duration_seconds": 1.0, "scrape_samples_scraped": 0.0} == values(outcome)
    assert set() == outcome.series


def test_removed_target_ends_with_its_own_series_too() -> None:
    outcome = a_memory(b"load").removed(AT_MS)

    assert {"load", "up", "scrape_duration_seconds", "scrape_samples_scraped"} == {
        metric for _, metric in gone(outcome)
    }
    assert {} == values(outcome)


def test_series_of_another_release_that_cannot_be_read_ends_nothing() -> None:
    assert set() == gone(a_memory(b"{{{").failed(AT_MS, 1.0))


def test_replica_on_a_page_is_a_label_like_others() -> None:
    """Two servers that send the same series are told apart by it; on a page it tells two series apart."""
    outcome = a_memory().taken(b'load{replica="a"} 1\nload{replica="b"} 2\n', "text", AT_MS, 0.1)

    assert {"node/web-1{replica=a}", "node/web-1{replica=b}"} <= {event.plugin_id for event in outcome.events}
    assert {""} == {event.replica for event in outcome.events}


def test_memory_of_a_target_whose_labels_keep_changing_is_bounded() -> None:
    cache = PlaceCache(DEFAULT.of_job("node"))
    memory = Memory({"job": "node", "instance": "web-1"}, cache, set())
    for turn in range(40):
        page = "".join(f'load{{id="{turn}-{n}"}} 1\n' for n in range(200))
        outcome = memory.taken(page.encode(), "text", AT_MS + turn, 0.1)
        memory.series = outcome.series

    assert len(cache) < 2_000


def test_large_target_whose_labels_keep_changing_loses_no_series() -> None:
    cache = PlaceCache(DEFAULT.of_job("node"), Bound(limit=1_000))
    memory = Memory({"job": "node", "instance": "web-1"}, cache, set())
    for turn in range(20):
        page = "".join(f'load{{id="{n}"}} 1\n' for n in range(turn * 50, turn * 50 + 800))
        outcome = memory.taken(page.encode(), "text", AT_MS + turn, 0.1)
        memory.series = outcome.series

    assert (0, 800) == (outcome.refused, outcome.samples)


def test_targets_of_a_job_share_its_bound_and_each_still_says_that_it_is_up() -> None:
    """One target fills the job with labels that change at each scrape; the series of the other keep their places."""
    bound = Bound(limit=1_000)
    first, second, late = (
        Memory({"job": "node", "instance": name}, PlaceCache(DEFAULT.of_job("node"), bound), set())
        for name in ("web-1", "web-2", "web-3")
    )
    steady = "".join(f'load{{id="{n}"}} 1\n' for n in range(300)).encode()
    refused = []
    for turn in range(6):
        exploding = "".join(f'took{{id="{turn}-{n}"}} 1\n' for n in range(2_000)).encode()
        refused.append((second.taken(steady, "text", AT_MS + turn, 0.1).refused, 0))
        refused.append((0, first.taken(exploding, "text", AT_MS + turn, 0.1).refused))
    new = late.taken(b"load 1\n", "text", AT_MS, 0.1)

    assert [0] * 6 == [steadily for steadily, _ in refused[::2]]
    assert all(beyond >= 1_000 for _, beyond in refused[1::2])
    assert bound.count <= bound.limit + 9
    assert 1.0 == values(new)["up"]


def test_every_process_finds_the_same_moment_within_the_interval() -> None:
    target = a_target(interval_seconds=15)
    due_ms = scraper.due_after(target, AT_MS)

    assert AT_MS < due_ms <= AT_MS + 15_000
    assert {due_ms} == {scraper.due_after(target, now_ms) for now_ms in (due_ms - 15_000, due_ms - 1)}
    assert due_ms + 15_000 == scraper.due_after(target, due_ms)


def test_targets_are_spread_over_the_interval_and_over_the_shards() -> None:
    found = [a_target(f"web-{n}:9100", interval_seconds=10) for n in range(1_000)]
    tenths = [scraper.due_after(target, AT_MS) % 10_000 // 1_000 for target in found]
    of_shards = [shares.shard_of(target.id) for target in found]

    assert all(60 < tenths.count(tenth) < 140 for tenth in range(10))
    assert shares.SHARDS == len(set(of_shards))


def test_files_are_read_as_prometheus_reads_them() -> None:
    as_json = b'[{"targets": ["web-1:9100"], "labels": {"team": "\xea\xb2\xb0\xec\xa0\x9c"}}, {"targets": []}]'
    as_yaml = "- targets: [web-1:9100]\n  labels:\n    team: 결제\n- targets: []\n".encode()

    assert target_files.parse(as_json, "a.json") == target_files.parse(as_yaml, "a.yml")


@pytest.mark.parametrize(
    ("content", "path"),
    [
        (b"[{", "a.json"),
        (b'{"targets": []}', "a.json"),
        (b'[{"targets": "web-1:9100"}]', "a.json"),
        (b'[{"targets": ["web-1"]}]', "a.json"),
        (b'[{"targets": [1]}]', "a.json"),
        (b'[{"targets": [], "labels": {"a": 1}}]', "a.json"),
        (b'[{"targets": [], "labels": {"__scheme__": "file"}}]', "a.json"),
        (b'[{"targets": [], "labels": {"__metrics_path__": "x"}}]', "a.json"),
        (b"\xff\xfe", "a.json"),
        (b"[" * 100_000, "a.json"),
        (b"", "a.yml"),
        (b"- targets: [", "a.yml"),
        (b"!!python/object/apply:os.system ['true']", "a.yml"),
        (b"\x00", "a.yaml"),
        (b"- " * 5_000, "a.yml"),
        (b"&a [&b [*a, *b]]", "a.yml"),
        (b'[{"targets": [' + b",".join(b'"h:%d"' % n for n in range(1, 10_002)) + b"]}]", "a.json"),
    ],
)
def test_file_with_anything_else_is_refused(content: bytes, path: str) -> None:
    with pytest.raises(FileError):
        target_files.parse(content, path)


def test_entity_of_a_target_is_the_parent_of_its_disks() -> None:
    outcome = a_memory().taken(b'used{disk="a"} 1\n', "text", AT_MS, 0.1)
    entities = {event.plugin_id: event.parent_id for event in outcome.events}

    assert {"node/web-1": "", "node/web-1{disk=a}": "node/web-1"} == entities
    assert "parent_id" in Entity.__struct_fields__
