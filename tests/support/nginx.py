"""A real nginx with a configuration of `deploy/`, its addresses and files replaced by those of a test."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.ports import free_port
from tests.support.processes import ROOT
from tests.support.servers import certificate
from tests.support.skips import IN_CI
from tests.support.waiting import PATIENCE_S

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
needs_nginx = pytest.mark.skipif(
    NGINX is None and not IN_CI, reason="no nginx on this machine: apt-get install nginx-light"
)


class Front:
    """Where nginx listens, and the certificate that it shows."""

    def __init__(self, folder: Path) -> None:
        self.cert, self.key = certificate(folder)
        self.port = free_port()
        self.url = f"https://localhost:{self.port}"
        self.settings = {
            "PUBLIC_URL": self.url,
            "RELAY_PUBLIC_URL": f"wss://localhost:{self.port}/live",
        }
        """What the configuration's first lines tell the operator to set, but TRUSTED_PROXIES."""


@contextmanager
def nginx(conf: str, front: Front, folder: Path, *, api_port: int, relay_port: int) -> Iterator[None]:
    """Run nginx with deploy/*conf* in front of API and relay."""
    assert NGINX, "CI needs nginx: apt-get install nginx-light"
    text = (ROOT / "deploy" / conf).read_text("utf-8")
    for old, new in {
        "api:5000": f"127.0.0.1:{api_port}",
        "relay:8765": f"127.0.0.1:{relay_port}",
        "127.0.0.1:5000": f"127.0.0.1:{api_port}",
        "127.0.0.1:8765": f"127.0.0.1:{relay_port}",
        "listen 8443": f"listen 127.0.0.1:{front.port}",
        "listen 443": f"listen 127.0.0.1:{front.port}",
        "listen 8080": f"listen 127.0.0.1:{free_port()}",
        "/run/secrets/tls_certificate": str(front.cert),
        "/run/secrets/tls_key": str(front.key),
        "/etc/ssl/alerts.example.com.pem": str(front.cert),
        "/etc/ssl/alerts.example.com.key": str(front.key),
    }.items():
        text = text.replace(old, new)
    temporary = "".join(
        f"{what}_temp_path {folder}/{what};" for what in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = folder / "nginx.conf"
    # As Debian has it: 768 connections, and the file within `http`.
    whole.write_text(
        f"daemon off; pid {folder}/pid; error_log stderr; events {{ worker_connections 768; }}\n"
        f"http {{ access_log off; {temporary}\n{text}\n}}"
    )
    with (folder / "nginx.log").open("wb") as log:
        running = subprocess.Popen([NGINX, "-c", str(whole), "-e", "stderr"], stderr=log)
    try:
        yield
    finally:
        running.terminate()
        running.wait(timeout=PATIENCE_S)
