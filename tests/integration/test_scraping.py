"""Targets are scraped by real `ingest` processes: what their pages hold is decided on, and what they lose ends."""

import base64
import gzip
import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from ingest.formats import openmetrics
from ingest.scrape import shares
from shared.model import scrapes
from shared.model.scrapes import TargetState
from shared.redis import scrape_keys
from shared.store import scrape_store
from shared.vault import current
from tests.support.authority import Authority
from tests.support.ports import free_port
from tests.support.processes import Process, System, a_system, wait_ready
from tests.support.real_server import RealServer
from tests.support.receiving import Receiving, Stream, receiving
from tests.support.targets import ScrapeTarget, a_target
from tests.support.waiting import until

PAGE = "# TYPE load gauge\nload 1\n"


@pytest.fixture(autouse=True)
def _vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every process has the same keys."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    current.cache_clear()


@pytest.fixture
def site(server: RealServer, redis: Redis, tmp_path: Path) -> Iterator[Receiving]:
    with receiving(server, redis, tmp_path, DATA_DIR=str(tmp_path / "data")) as installation:
        yield installation


@pytest.fixture
def target() -> Iterator[ScrapeTarget]:
    with a_target(PAGE) as made:
        yield made


def scrape(redis: Redis, *addresses: str, **fields: Any) -> None:
    usual = {"name": "node", "targets": list(addresses), "interval_seconds": 1, "timeout_seconds": 1}
    scrape_store.save(redis, scrapes.parse(usual | fields))


def states(redis: Redis) -> list[TargetState]:
    return list(scrape_store.states(redis).values())


def wait_up(redis: Redis, count: int = 1) -> None:
    until(lambda: [s.up for s in states(redis)] == [True] * count, "the first scrapes")


def wait_down(redis: Redis, code: str) -> None:
    """Wait until a target is down for this reason; a scrape that this machine is too busy for has failed, too."""
    until(lambda: code in {s.error.code for s in states(redis) if s.error is not None}, f"a scrape fails with {code}")


def test_what_a_target_shows_is_decided_on_and_ends_with_it(
    site: Receiving, redis: Redis, target: ScrapeTarget
) -> None:
    site.add_rule(id="busy", metric="load", operator=">", threshold=5)
    site.add_rule(id="down", metric="up", operator="<", threshold=1)
    scrape(redis, target.address)
    wait_up(redis)
    plugin = f"node/{target.address}"
    target.show("load 9\n")
    site.wait_until("busy", {plugin: "firing"})
    target.status = 500
    site.wait_until("down", {plugin: "firing"})
    site.wait_until("busy", {plugin: "resolved"})
    target.status = 200
    target.show(PAGE)
    site.wait_until("down", {plugin: "resolved"})

    # What a scrape found is written before how it went.
    seen = [(True, 1, len(PAGE))]
    until(lambda: seen == [(s.up, s.samples, s.size_bytes) for s in states(redis)], "the state of the last scrape")
    assert {plugin} == set(site.points("up"))


def test_request_is_that_of_prometheus(site: Receiving, redis: Redis, target: ScrapeTarget) -> None:
    scrape(redis, target.address, path="/probe", params={"module": "http 2xx"}, timeout_seconds=0.9)
    wait_up(redis)

    request = target.requests[0]
    assert "/probe?module=http+2xx" == target.paths[0]
    assert openmetrics.ACCEPT == request["accept"]
    assert ("gzip", "0.9") == (request["accept-encoding"], request["x-prometheus-scrape-timeout-seconds"])
    assert target.address == request["host"]
    assert "authorization" not in request


def test_bearer_basic_and_a_certificate_of_ones_own(site: Receiving, redis: Redis, tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca")
    with a_target(PAGE, authority.certificate()) as secure, a_target(PAGE) as plain:
        tls = {"scheme": "https", "ca_certificate": authority.pem}
        scrape(redis, f"localhost:{secure.port}", name="tls", bearer_token="token-한", **tls)
        scrape(redis, plain.address, name="basic", username="kim", password="비밀")
        wait_up(redis, 2)

        assert "Bearer token-한" == secure.requests[0]["authorization"].encode("latin-1").decode()
        assert f"Basic {base64.b64encode('kim:비밀'.encode()).decode()}" == plain.requests[0]["authorization"]


def test_certificate_that_is_not_trusted_is_named(site: Receiving, redis: Redis, tmp_path: Path) -> None:
    with a_target(PAGE, Authority(tmp_path / "ca").certificate()) as secure:
        scrape(redis, f"localhost:{secure.port}", scheme="https")

        wait_down(redis, "delivery.untrusted")
    assert [] == secure.requests


def _too_large(target: ScrapeTarget) -> None:
    target.body = gzip.compress(b"# " + b"x" * 200_000_000 + b"\n")
    target.headers["Content-Encoding"] = "gzip"


def _cut_off(target: ScrapeTarget) -> None:
    target.stated_length = 1_000


def _gzip_cut_off(target: ScrapeTarget) -> None:
    target.body = gzip.compress(b"load 1\n")[:-9]
    target.headers["Content-Encoding"] = "gzip"


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda target: setattr(target, "status", 503), "scrape.status"),
        (_too_large, "scrape.page_bytes"),
        (_cut_off, "scrape.broke"),
        (_gzip_cut_off, "ingest.compressed_cut_off"),
        (lambda target: target.headers.update({"Content-Encoding": "br"}), "scrape.encoding"),
        (lambda target: target.headers.update({"Content-Type": "text/html"}), "ingest.page_type"),
        (lambda target: target.show("load 1\nbroken"), "ingest.page_cut_off"),
        (lambda target: target.show("load one\n"), "ingest.of_line"),
        (lambda target: target.is_open.clear(), "scrape.too_slow"),
    ],
    ids=["503", "bomb", "cut off", "gzip cut off", "brotli", "html", "half a line", "no number", "silent"],
)
def test_failed_scrape_says_why_and_ends_series_count(
    site: Receiving, redis: Redis, target: ScrapeTarget, spoil: Callable[[ScrapeTarget], None], code: str
) -> None:
    scrape(redis, target.address)
    wait_up(redis)
    spoil(target)
    wait_down(redis, code)

    until(lambda: [e for e in site.events() if "load" in e.gone], "the series ends")
    downs = [at_ms for at_ms, value in site.points("up")[f"node/{target.address}"].items() if value == 0]
    assert [] == [e for e in site.events() if "load" in e.metrics and e.at_ms in downs]


def test_slow_target_delays_no_other(site: Receiving, redis: Redis, target: ScrapeTarget) -> None:
    with a_target(PAGE) as slow:
        slow.is_open.clear()
        scrape(redis, target.address)
        scrape(redis, slow.address, name="slow", timeout_seconds=60, interval_seconds=60)
        until(lambda: slow.requests, "the slow target was asked")
        before = len(target.requests)
        until(lambda: len(target.requests) >= before + 3, "the other target is scraped")

        assert {f"node/{target.address}"} == set(site.points("up"))


def test_series_that_is_no_longer_on_the_page_ends(site: Receiving, redis: Redis, target: ScrapeTarget) -> None:
    site.add_rule(id="disk", metric="used", operator=">", threshold=80)
    target.show('used{disk="a"} 90\nused{disk="b"} 90\n')
    scrape(redis, target.address)
    plugins = [f"node/{target.address}{{disk={disk}}}" for disk in "ab"]
    site.wait_until("disk", dict.fromkeys(plugins, "firing"))
    target.show('used{disk="b"} 90\n')
    site.wait_until("disk", dict(zip(plugins, ("resolved", "firing"), strict=True)))

    assert (plugins[0], ("used",)) in {(e.plugin_id, e.gone) for e in site.events()}


def test_removed_target_ends_with_all_its_series(site: Receiving, redis: Redis, target: ScrapeTarget) -> None:
    site.add_rule(id="busy", metric="load", operator=">", threshold=0)
    site.add_rule(id="seen", metric="up", operator=">", threshold=0)
    scrape(redis, target.address)
    plugin = f"node/{target.address}"
    site.wait_until("busy", {plugin: "firing"})
    scrape_store.delete(redis, "node")
    site.wait_until("busy", {plugin: "resolved"})
    site.wait_until("seen", {plugin: "resolved"})

    until(lambda: states(redis) == [], "its state is forgotten")
    assert 0 == redis.hlen(scrape_keys.series())


def test_redirects_are_followed_without_credentials_for_other_places(
    site: Receiving, redis: Redis, target: ScrapeTarget
) -> None:
    with a_target() as first:
        first.status = 302
        first.headers["Location"] = f"http://{target.address}/elsewhere"
        scrape(redis, first.address, bearer_token="secret")
        wait_up(redis)
        first.headers["Location"] = "/again"
        wait_down(redis, "scrape.redirects")

    assert "Bearer secret" == first.requests[0]["authorization"]
    assert "authorization" not in target.requests[0]


@pytest.mark.parametrize("address", ["169.254.169.254:80", "[fd00:ec2::254]:80"])
def test_metadata_service_is_never_called(site: Receiving, redis: Redis, address: str) -> None:
    scrape(redis, address)
    wait_down(redis, "delivery.address_refused")


@contextmanager
def two_processes(server: RealServer, redis: Redis, folder: Path) -> Iterator[tuple[System, list[Process]]]:
    settings = {"DATA_DIR": str(folder / "data"), "LEASE_SECONDS": "2"}
    with a_system(server.url, folder, **settings) as system:
        started = [system.start("ingest", INGEST_PORT=str(free_port())) for _ in range(2)]
        wait_ready(redis, "ingest", count=2)
        yield system, started


def _owners(redis: Redis) -> set[bytes]:
    leases = [redis.get(scrape_keys.scrape_lease(shard)) for shard in range(shares.SHARDS)]
    return {value.rpartition(b":")[0] for value in leases if value}


def test_targets_of_a_killed_process_move_and_what_they_lost_meanwhile_ends(
    server: RealServer, redis: Redis, tmp_path: Path
) -> None:
    with ExitStack() as stack, two_processes(server, redis, tmp_path) as (_, started):
        targets = [stack.enter_context(a_target('load{part="a"} 1\nload{part="b"} 1\n')) for _ in range(8)]
        scrape(redis, *(one.address for one in targets))
        wait_up(redis, len(targets))
        until(lambda: len(_owners(redis)) == 2, "both processes scrape")
        os.killpg(started[0].pid, signal.SIGKILL)
        started[0].process.wait()
        for one in targets:
            one.show('load{part="b"} 1\n')
        until(lambda: len(_owners(redis)) == 1, "one process has all targets")
        site = Stream(redis)
        plugins = {f"node/{one.address}{{part=a}}" for one in targets}
        # A scrape that this machine is too busy for fails, and ends series that come back: there may be more.
        until(lambda: {e.plugin_id for e in site.events() if e.gone} >= plugins, "the series end that are gone")
        before = [len(one.requests) for one in targets]
        until(lambda: all(len(t.requests) > n for t, n in zip(targets, before, strict=True)), "all are scraped")

        # A target that two processes scraped has one sample a time all the same: events() compares the values.
        assert {1.0} == {value for points in site.points("up").values() for value in points.values()}


def test_targets_are_shared_evenly_and_handed_over_at_once_by_a_process_that_ends(
    server: RealServer, redis: Redis, tmp_path: Path
) -> None:
    with ExitStack() as stack, two_processes(server, redis, tmp_path) as (_, started):
        targets = [stack.enter_context(a_target(PAGE)) for _ in range(8)]
        scrape(redis, *(one.address for one in targets), interval_seconds=5, timeout_seconds=5)
        wait_up(redis, len(targets))
        until(lambda: len(_owners(redis)) == 2, "both processes scrape")
        started[1].stop()

        assert len(_owners(redis)) <= 1
        until(lambda: redis.zcard(scrape_keys.workers()) == 1, "the process is gone from the list")
        before = [len(one.requests) for one in targets]
        until(lambda: all(len(t.requests) > n for t, n in zip(targets, before, strict=True)), "all are scraped")
        assert [] == [e for e in Stream(redis).events() if e.gone]


def test_files_are_read_again_and_a_broken_one_keeps_its_content(
    server: RealServer, redis: Redis, tmp_path: Path, target: ScrapeTarget
) -> None:
    folder = tmp_path / "targets"
    folder.mkdir()
    file = folder / "노드.json"
    groups = [{"targets": [target.address], "labels": {"job": "node", "팀": "결제"}}]
    file.write_text(json.dumps(groups), encoding="utf-8")
    files = f"{folder}/*.json,{folder}/*.yml"
    scrape(redis, name="node", bearer_token="t")
    with receiving(server, redis, tmp_path, DATA_DIR=str(tmp_path / "data"), SCRAPE_FILES=files) as site:
        wait_up(redis)
        assert "Bearer t" == target.requests[0]["authorization"]
        assert {f"node/{target.address}{{팀=결제}}"} == set(site.points("up"))

        file.write_text("[{", encoding="utf-8")
        until(lambda: [f.error for f in scrape_store.files(redis, 1)] != [None], "the file is refused")
        before = len(target.requests)
        until(lambda: len(target.requests) >= before + 2, "the target is scraped on")

        (folder / "더.yml").write_text(f"- targets: ['{target.address}']\n  labels: {{job: more}}\n", encoding="utf-8")
        file.unlink()
        until(lambda: {s.labels["job"] for s in states(redis)} == {"more"}, "the files changed")
