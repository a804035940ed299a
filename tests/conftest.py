"""Fixtures every test may use: a real server on a free port, and a client on an empty database."""

import itertools
import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from redis import Redis

pytest.register_assert_rewrite("tests.support")

from shared.redis import connection  # noqa: E402
from tests.support.real_server import RealServer  # noqa: E402

# What a test compares is English, also on the machine of a Korean developer.
for _variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
    os.environ.pop(_variable, None)
os.environ["LANG"] = "C.UTF-8"

pytest_plugins = [
    "tests.support.skips",
    "tests.support.api",
    "tests.support.cli",
    "tests.support.ingest_doors",
    "tests.support.signals",
    "tests.support.passwords",
    "tests.support.postgres",
    "tests.support.archives",
    "tests.support.kept",
]

_numbers = itertools.count()

# A busy machine is no failure of what a property says. A test with a list of checks of its own would replace this one.
settings.register_profile(
    "unhurried",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("unhurried")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--redis", choices=["fake", "real"], default="fake", help="what the unit tests run on")


def pytest_configure(config: pytest.Config) -> None:
    """
    Read the files of each folder together, in whichever order they are named.

    pytest 9.1 forgets a folder's conftest.py when it comes to that folder a second time: the unit tests named after a
    file of another folder would run on the real server and with the command line as a process.
    """
    config.args.sort()


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name long values by their length: a test's name is in its environment, with which no process begins at 128 kB."""
    return f"{argname} of {len(val)}" if isinstance(val, str | bytes) and len(val) > 100 else None


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    """One real server a test session (and xdist worker)."""
    running = RealServer(tmp_path_factory.mktemp("valkey"), "--appendfsync", "no")
    running.start()
    yield running
    running.stop()


@pytest.fixture
def redis_url(server: RealServer) -> str:
    return server.url


@pytest.fixture
def redis(server: RealServer) -> Iterator[Redis]:
    """A client on an emptied database, connected the way the product connects."""
    client = connection.connect(server.url)
    client.flushall()
    yield client
    client.close()


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    # Made when something is put into it. The usual folder is one for all tests at once, and whoever works here.
    monkeypatch.setenv("DATA_DIR", str(tmp_path_factory.getbasetemp() / f"data-{next(_numbers)}"))
    for name in list(os.environ):
        if name.startswith(("SMTP_", "TWILIO_", "SLACK_", "TELEGRAM_", "WEBHOOK_")) or name in (
            "REDIS_URL",
            "FROM_EMAIL",
            *("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "https_proxy", "http_proxy", "no_proxy"),
            *("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"),
        ):
            monkeypatch.delenv(name)
