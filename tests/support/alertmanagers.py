"""A real Alertmanager, as Debian packages it, and the OpenAPI document that it answers by."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from tests.support import clients
from tests.support.clients import ALERTMANAGER, Client
from tests.support.ports import free_port
from tests.support.waiting import PATIENCE_S, until

_OPENAPI_MARK = b'"swagger": "2.0"'


class Alertmanager:
    """The program; it can be stopped and started."""

    def __init__(self, url: str, client: Client) -> None:
        self.url = url
        self.client = client

    def is_ready(self) -> bool:
        try:
            return requests.get(f"{self.url}/-/ready", timeout=PATIENCE_S).ok
        except requests.RequestException:
            return False


@contextmanager
def running(folder: Path, config: Mapping[str, Any], *flags: str) -> Iterator[Alertmanager]:
    """Start one with a configuration, alone, and stop it with the block."""
    file = folder / "alertmanager.yml"
    # JSON is YAML.
    file.write_text(json.dumps(config))
    port = free_port()
    command = [*_program(folder), f"--config.file={file}", f"--storage.path={folder / 'alertmanager'}", *flags]
    command += ["--cluster.listen-address=", f"--web.listen-address=127.0.0.1:{port}"]
    with clients.running(command, folder / "alertmanager.log") as client:
        found = Alertmanager(f"http://127.0.0.1:{port}", client)
        until(found.is_ready, "Alertmanager answers", every_s=0.2)
        yield found


def openapi() -> dict[str, Any]:
    """
    Return the document of its API v2. The program contains it and answers by it, and serves it nowhere.

    It is there twice: as it was written, and with its references to parameters and responses resolved, as here.
    """
    program = ALERTMANAGER.read_bytes()
    found: list[dict[str, Any]] = []
    at = program.find(_OPENAPI_MARK)
    while at >= 0:
        begin = program.rfind(b'\n  "consumes"', 0, at) - 1
        text = program[begin : begin + 100_000].decode("utf-8", "ignore")
        found.append(json.JSONDecoder().raw_decode(text)[0])
        at = program.find(_OPENAPI_MARK, at + 1)
    return max(found, key=lambda document: len(json.dumps(document["paths"])))


def _program(folder: Path) -> list[str]:
    """Return how it is started. Debian's reads its templates from a folder of the machine, and it is not installed."""
    installed = b"/usr/share/prometheus/alertmanager"
    unpacked = ALERTMANAGER.parents[1] / "share/prometheus/alertmanager"
    program = folder / "prometheus-alertmanager"
    program.write_bytes(ALERTMANAGER.read_bytes().replace(installed, b"/proc/self/cwd".ljust(len(installed), b"/")))
    program.chmod(0o755)
    return ["/bin/sh", "-c", 'cd "$0" && exec "$@"', str(unpacked), str(program)]
