"""API and relay speak HTTPS themselves, if they are given a certificate."""

import ssl
from pathlib import Path

import requests
import websocket
from redis import Redis

from api.auth import api_keys
from tests.support.ports import free_port
from tests.support.processes import a_system, wait_ready
from tests.support.real_server import RealServer
from tests.support.servers import certificate
from tests.support.waiting import PATIENCE_S, until


def test_board_and_relay_over_https(redis: Redis, server: RealServer, tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    api, relay = str(free_port()), str(free_port())
    environment = {"API_PORT": api, "RELAY_PORT": relay, "TLS_CERTIFICATE": str(cert), "TLS_KEY": str(key)}
    token = api_keys.create(redis, "kim", "viewer", 1)[1]
    with a_system(server.url, tmp_path, **environment) as system:
        system.start("api")
        system.start("api.relay")
        wait_ready(redis, "api", "relay")
        headers = {"Authorization": f"Bearer {token}"}
        base = f"https://localhost:{api}/api/enhanced-alerts"
        answer = until(lambda: requests.get(f"{base}/me", headers=headers, verify=str(cert), timeout=PATIENCE_S))
        asked = requests.post(f"{base}/live/ticket", headers=headers, verify=str(cert), timeout=PATIENCE_S)
        ticket = asked.json()["ticket"]
        feed = websocket.create_connection(
            f"wss://localhost:{relay}/live?ticket={ticket}",
            sslopt={"ca_certs": str(cert), "cert_reqs": ssl.CERT_REQUIRED},
            timeout=PATIENCE_S,
            suppress_origin=True,
        )
        hello = feed.recv()
        feed.close()

    assert 200 == answer.status_code
    assert "max-age=31536000; includeSubDomains" == answer.headers["Strict-Transport-Security"]
    assert '"type":"hello"' in hello
