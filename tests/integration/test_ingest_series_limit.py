"""A label with ever new values costs its own new series alone, and the operators hear which label it is."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from dispatchers.watchdog import Watchdog
from shared.log import Logger
from shared.model import relabeling, scrapes
from shared.model.alerts import Alert
from shared.settings import Settings
from shared.store import alert_store, mapping_store, scrape_store
from tests.support.ingest_doors import REMOTE_WRITE, Doors, doors_of, series_body
from tests.support.real_server import RealServer
from tests.support.targets import a_target
from tests.support.waiting import until

LIMIT = 50


@pytest.fixture
def limited(server: RealServer, redis: Redis, tmp_path: Path) -> Iterator[Doors]:
    yield from doors_of(server, redis, tmp_path, INGEST_MAX_SERIES=str(LIMIT))


def requests_of(numbers: range) -> list[dict[str, str]]:
    return [{"__name__": "took", "job": "api", "instance": "web-1", "request_id": str(n)} for n in numbers]


def own_alert(redis: Redis, watchdog: Watchdog, state: str) -> Alert:
    def look() -> Alert | None:
        watchdog.step()
        [found] = alert_store.load(redis, ["own-series"])
        return found if found is not None and found.state == state else None

    return until(look, f"the alert is {state}")


def test_exploding_page_of_a_target_is_told_by_job_metric_and_label(limited: Doors, redis: Redis) -> None:
    watchdog = Watchdog(redis, Settings(), Logger("watch"))
    page = "".join(f'took{{request_id="{n}"}} 1\n' for n in range(200))
    with a_target(page) as target:
        addresses = [target.address, f"localhost:{target.port}"]
        job = {"name": "shop", "targets": addresses, "interval_seconds": 1, "timeout_seconds": 1}
        scrape_store.save(redis, scrapes.parse(job))
        fired = own_alert(redis, watchdog, "firing")
        until(lambda: {f"shop/{address}" for address in addresses} <= limited.metrics().keys(), "both targets are up")
        # A key of the same name has a limit of its own.
        taken = limited.post("/api/v1/write", series_body(requests_of(range(LIMIT))), **REMOTE_WRITE)
        states = scrape_store.states(redis).values()
        mapping_store.save(redis, relabeling.parse({"sources": {"shop": {"drop_labels": ["request_id"]}}}))
        own_alert(redis, watchdog, "resolved")

    assert "the scrape job shop (limit 50): the label request_id of the metric took has " in fired.reason
    assert 204 == taken.status_code
    assert all(state.up and state.refused >= 150 for state in states)
    ours = [plugin for plugin in limited.metrics() if plugin.startswith("shop/") and "request_id" in plugin]
    assert 0 < len(ours) <= LIMIT


def test_exploding_label_is_refused_told_and_over(limited: Doors, redis: Redis) -> None:
    hosts = [{"__name__": "up", "job": "node", "instance": f"web-{n}"} for n in range(20)]
    watchdog = Watchdog(redis, Settings(), Logger("watch"))
    taken = limited.post("/api/v1/write", series_body(hosts), **REMOTE_WRITE)
    exploded = limited.post("/api/v1/write", series_body([*hosts, *requests_of(range(200))], 2.0), **REMOTE_WRITE)
    fired = own_alert(redis, watchdog, "firing")
    again = limited.post("/api/v1/write", series_body(hosts, 3.0), **REMOTE_WRITE)

    assert (204, 400, 204) == (taken.status_code, exploded.status_code, again.status_code)
    assert f"this key has {LIMIT} series already" in exploded.json()["detail"]
    assert [1.0, 2.0, 3.0] == limited.metrics()["node/web-7"]["up"]
    assert LIMIT == len(limited.metrics())
    assert "senders (limit 50): the label request_id of the metric took has 200 or more values" in fired.reason
    mapping_store.save(redis, relabeling.parse({"default": {"drop_labels": ["request_id"]}}))
    own_alert(redis, watchdog, "resolved")
    assert 204 == limited.post("/api/v1/write", series_body(requests_of(range(200, 400))), **REMOTE_WRITE).status_code
