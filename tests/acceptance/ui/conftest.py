"""
The dashboard in real Chromium, against real processes.

`site` is a running system, one a test module, with nothing on its board when a test begins; `site.open(browser, …)` is
a page signed in to it. A page complains in `problems(page)`; `violations(page)` is what axe finds.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from shared.redis import connection
from tests.support.ports import free_port
from tests.support.processes import a_system, wait_ready
from tests.support.real_server import RealServer
from tests.support.site import CHROMIUM, FLAGS, PATIENCE_MS, Site
from tests.support.skips import IN_CI

CHANNELS = ("web", "dashboard", "push", "webhook")
"""Which have a worker."""

expect.set_options(timeout=PATIENCE_MS)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in this folder: slow; one module, one xdist worker; a missing browser is a failure in CI alone."""
    no_browser = CHROMIUM is None and not IN_CI
    for item in items:
        if Path(__file__).parent not in item.path.parents:
            continue
        item.add_marker(pytest.mark.slow)
        item.add_marker(pytest.mark.xdist_group(item.path.stem))
        if no_browser:
            item.add_marker(pytest.mark.skip(reason="no Chromium on this machine: apt-get install chromium"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    assert CHROMIUM, "CI needs Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def running(server: RealServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One system a module: starting it takes seconds."""
    redis = connection.connect(server.url)
    redis.flushall()
    ports = {"API_PORT": str(free_port()), "RELAY_PORT": str(free_port())}
    folder = tmp_path_factory.mktemp("system")
    with a_system(server.url, folder, DATA_DIR=str(folder), **ports) as system:
        evaluator = system.start("evaluator")
        system.start("dispatchers", "router")
        system.start("dispatchers", "worker", "--channels", ",".join(CHANNELS))
        system.start("api")
        relay = system.start("api.relay")
        wait_ready(redis, "evaluator", "router", *(f"worker-{c}" for c in CHANNELS), "api", "relay")
        yield Site(redis, f"http://127.0.0.1:{ports['API_PORT']}", evaluator, relay, folder)
    redis.close()


@pytest.fixture
def site(running: Site) -> Iterator[Site]:
    """The system, with no rule, no silence and no active alert."""
    yield running
    running.clear()
