"""Reaching Redis by other ways than plain TCP, whatever the size of what is said; and reaching it again and again."""

from dataclasses import replace
from pathlib import Path

import pytest
import requests
from redis import Redis

from api.auth import access_tokens
from shared.model.encoding import encode
from shared.model.events import Event
from shared.model.partitions import partition_of
from shared.redis import connection, keys, scripts
from shared.redis.bundle import Bundle
from shared.redis.tail import Tail
from shared.settings import Settings
from shared.store import channel_store, rule_store
from tests.support.factories import RunningWorker, a_rule, an_event, outbox, publish
from tests.support.ports import free_port
from tests.support.processes import a_system, wait_ready
from tests.support.real_server import RealServer
from tests.support.servers import http_server, tls_before
from tests.support.waiting import PATIENCE_S, until
from tests.support.writes import carry_out

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
        rule_store.save(redis, a_rule(channels=["webhook"]))
        channel_store.save(redis, "webhook", {"url": hook.url})
        with a_system(urls[way], tmp_path, API_PORT=str(api_port), RELAY_PORT=str(relay_port)) as system:
            for process in ("evaluator", "dispatchers router", "dispatchers worker", "api", "api.relay"):
                system.start(*process.split())
            wait_ready(redis, "evaluator", "router", "worker-webhook", "api", "relay")
            events = Bundle()
            for n in range(PLUGINS):
                event = Event(f"p{n}", metrics={"cpu": 99}, labels={"of": "x" * 200})
                stream = keys.events(partition_of(event.plugin_id, int(redis.get(keys.partitions()) or 0)))
                events.xadd(stream, {keys.EVENT_FIELD: encode(event)})
            carry_out(redis, events)
            until(lambda: len(hook.told()) == PLUGINS)
            token = access_tokens.issue(redis, "kim", "viewer")
            page = requests.get(
                f"http://127.0.0.1:{api_port}/api/enhanced-alerts/alerts/active",
                headers={"Authorization": f"Bearer {token}"},
                timeout=PATIENCE_S,
            ).json()
        redis.close()
    own.stop()

    assert set(hook.told()) == {("firing", f"p{n}") for n in range(PLUGINS)}
    assert page["total"] == PLUGINS


def test_connections_that_are_kept_may_be_opened_anew_as_often_as_they_are_lost(redis: Redis) -> None:
    for _ in range(150):
        for kept in (Tail(redis, "stream", "0-0"), scripts.Caller(redis, "commit")):
            kept.connect()
            kept.disconnect()

    assert redis.ping()


def test_evaluator_that_loses_redis_again_and_again_holds_its_partitions_in_the_end(
    redis: Redis, server: RealServer
) -> None:
    rule_store.save(redis, a_rule())
    settings = replace(Settings(), partitions=16, lease_seconds=1)
    with RunningWorker(server.url, "w1", settings) as worker:
        for _ in range(8):
            until(lambda: worker.heartbeat.counters["partitions"] == 16)
            worker.heartbeat.counters["partitions"] = 0
            redis.client_kill_filter(_type="normal", skipme=True)
        until(lambda: worker.heartbeat.counters["partitions"] == 16)
        publish(redis, 16, an_event(1_700_000_000_000, cpu=99))
        told = until(lambda: outbox(redis, 16))

    assert ["firing"] == [one.kind for one in told]


def test_api_and_relay_serve_on_an_ipv6_address(redis: Redis, server: RealServer, tmp_path: Path) -> None:
    api_port, relay_port = free_port(), free_port()
    hosts = {"API_HOST": "::1", "RELAY_HOST": "::1"}
    ports = {"API_PORT": str(api_port), "RELAY_PORT": str(relay_port)}
    with a_system(server.url, tmp_path, **hosts, **ports) as system:
        system.start("api")
        system.start("api.relay")
        wait_ready(redis, "api", "relay")
        answers = [
            requests.get(f"http://[::1]:{port}/readyz", timeout=PATIENCE_S).status_code
            for port in (api_port, relay_port)
        ]
    settings = Settings.from_environment({**hosts, **ports})

    assert [200, 200] == answers
    assert f"http://[::1]:{api_port}" == settings.effective_public_url
