"""Scrape jobs and targets: what is accepted, which labels a target has, and how files and jobs fit together."""

from typing import Any

import pytest

from shared.errors import Invalid
from shared.model import scrapes
from shared.model.scrapes import FileGroup, Target, TargetFile

JOB = {"name": "node", "targets": ["web-1:9100"]}


def targets(*jobs: dict[str, Any], files: tuple[TargetFile, ...] = ()) -> list[Target]:
    return scrapes.targets_of([scrapes.parse(job) for job in jobs], files)


def a_file(path: str, *addresses: str, **labels: str) -> TargetFile:
    return TargetFile(path, "here", 1, 1, [FileGroup(list(addresses), labels)])


def test_target_has_the_labels_that_prometheus_gives_it() -> None:
    [target] = targets({**JOB, "labels": {"team": "결제"}, "params": {"module": "a b"}, "scheme": "https"})

    assert {"job": "node", "instance": "web-1:9100", "team": "결제"} == target.labels
    assert "https://web-1:9100/metrics?module=a+b" == target.url


def test_label_instance_of_the_configuration_wins_and_job_is_the_jobs_name() -> None:
    [target] = targets({**JOB, "labels": {"instance": "web-1"}})

    assert ("web-1", "node") == (target.labels["instance"], target.labels["job"])


def test_id_depends_on_address_and_labels_alone() -> None:
    [first] = targets(JOB)
    [slower] = targets({**JOB, "interval_seconds": 60})
    [labelled] = targets({**JOB, "labels": {"team": "a"}})

    assert first.id == slower.id != labelled.id


def test_targets_of_a_file_are_scraped_in_the_way_of_their_job() -> None:
    found = targets(
        {"name": "node", "bearer_token": "t", "interval_seconds": 20, "labels": {"team": "a", "dc": "x"}},
        files=(a_file("/etc/node.json", "web-1:9100", team="b"), a_file("/etc/other.yml", "web-2:9100", job="node")),
    )

    assert ["t", "t"] == [target.bearer_token for target in found]
    assert [20_000] * 2 == [target.interval_ms for target in found]
    assert {"job": "node", "instance": "web-1:9100", "team": "b", "dc": "x"} == found[0].labels
    assert ["/etc/node.json", "/etc/other.yml"] == [target.source for target in found]


def test_file_without_a_job_has_usual_values_and_words_of_its_labels_are_heeded() -> None:
    words = {"__scheme__": "https", "__metrics_path__": "/m", "__param_module": "a", "__meta_x": "y"}
    [target] = targets(files=(a_file("/etc/node.json", "web-1:9100", **words),))

    assert "https://web-1:9100/m?module=a" == target.url
    assert {"job": "node", "instance": "web-1:9100"} == target.labels
    assert (30_000, 10_000) == (target.interval_ms, target.timeout_ms)


def test_target_of_two_files_is_scraped_once_and_one_of_a_disabled_job_is_not() -> None:
    same = (a_file("/a/node.json", "web-1:9100"), a_file("/b/node.json", "web-1:9100"))

    assert 1 == len(targets(files=same))
    assert [] == targets({**JOB, "enabled": False}, files=same)


def test_targets_are_bounded() -> None:
    jobs = [{"name": f"j{n}", "targets": [f"h{n}:{port}" for port in range(1, 1_001)]} for n in range(11)]

    assert scrapes.MAX_TARGETS == len(targets(*jobs))


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"targets": ["web-1"]}, "targets"),
        ({"targets": ["http://web-1:9100"]}, "targets"),
        ({"targets": ["web-1:9100/metrics"]}, "targets"),
        ({"targets": ["web-1:0"]}, "targets"),
        ({"targets": ["web-1:65536"]}, "targets"),
        ({"targets": ["kim:secret@web-1:9100"]}, "targets"),
        ({"targets": ["web 1:9100"]}, "targets"),
        ({"targets": [""]}, "targets"),
        ({"targets": ["\ud800:1"]}, "targets"),
        ({"name": "a/b"}, "name"),
        ({"path": "metrics"}, "path"),
        ({"path": "/a b"}, "path"),
        ({"interval_seconds": 0.5}, "interval_seconds"),
        ({"interval_seconds": float("nan")}, "interval_seconds"),
        ({"interval_seconds": 5}, "body"),
        ({"labels": {"": "x"}}, "labels"),
        ({"labels": {"a": "x" * 300}}, "labels"),
        ({"labels": {"a\u200b": "x"}}, "labels"),
        ({"password": "x"}, "body"),
        ({"username": "kim", "bearer_token": "t"}, "body"),
        ({"bearer_token": "a\r\nX: y"}, "bearer_token"),
        ({"ca_certificate": "no certificate"}, "ca_certificate"),
        ({"ca_certificate": "한"}, "ca_certificate"),
        ({"unknown": 1}, "unknown"),
    ],
)
def test_bad_job_is_refused_and_names_the_field(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as error:
        scrapes.parse({**JOB, **fields})

    assert [field] == list(error.value.reasons)
    str(error.value).encode()


@pytest.mark.parametrize("address", ["web-1:9100", "10.0.0.1:80", "[fd00::1]:9100", "서버:9100"])
def test_addresses_of_every_kind_are_accepted(address: str) -> None:
    assert scrapes.address_problem(address) is None
