"""The ways to Redis that are no plain TCP connection: every process goes them, whatever the size of what it says."""

from pathlib import Path

import pytest
import requests

from api import identity
from shared import channels, connection, keys, rules
from shared.bundle import Bundle
from shared.models import Event, encode
from shared.partitions import partition_of
from tests.conftest import RealServer, free_port
from tests.factories import a_rule
from tests.processes import a_system, wait_ready
from tests.servers import http_server, tls_before
from tests.waiting import until

PLUGINS = 1_000
"""With long labels: more than a socket's buffer or a TLS record holds, so that all comes in pieces."""


@pytest.mark.parametrize("way", ["unix", "tls"])
def test_alerts_go_all_the_way_over_unix_sockets_and_tls(tmp_path: Path, way: str) -> None:
    own = RealServer(tmp_path, "--unixsocket", str(tmp_path / "s"))
    own.start()
    api_port, relay_port = free_port(), free_port()
    with tls_before(own.port, tmp_path) as (tls_port, certificate), http_server() as hook:
        urls = {"unix": f"unix://{tmp_path}/s", "tls": f"rediss://localhost:{tls_port}/0?ssl_ca_certs={certificate}"}
        redis = connection.connect(urls[way])
        rules.save(redis, a_rule(channels=["webhook"]))
        channels.save(redis, "webhook", {"url": hook.url})
        with a_system(urls[way], tmp_path, API_PORT=str(api_port), RELAY_PORT=str(relay_port)) as system:
            for process in ("evaluator", "dispatchers router", "dispatchers worker", "api", "api.live"):
                system.start(*process.split())
            wait_ready(redis, "evaluator", "router", "worker-webhook", "api", "relay")
            events = Bundle()
            for n in range(PLUGINS):
                event = Event(f"p{n}", metrics={"cpu": 99}, labels={"of": "x" * 200})
                stream = keys.events(partition_of(event.plugin_id, int(redis.get(keys.partitions()) or 0)))
                events.xadd(stream, {keys.EVENT_FIELD: encode(event)})
            events.send(redis)
            until(lambda: len(hook.told()) == PLUGINS)
            token = identity.issue_token(redis, "kim", "viewer")
            page = requests.get(
                f"http://127.0.0.1:{api_port}/api/enhanced-alerts/alerts/active",
                headers={"Authorization": f"Bearer {token}"},
                timeout=10,
            ).json()
        redis.close()
    own.stop()

    assert set(hook.told()) == {("firing", f"p{n}") for n in range(PLUGINS)}
    assert page["total"] == PLUGINS
