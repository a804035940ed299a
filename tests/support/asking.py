"""A viewer who asks the analyses of a running API."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import requests
from redis import Redis

from api.auth import access_tokens
from tests.support.ports import free_port
from tests.support.processes import System
from tests.support.waiting import until

Place = Path | str


class Asker:
    """A viewer of a running API, who asks what is below one path of it."""

    def __init__(
        self, redis: Redis, system: System, folder: Path, place: Place, group: str = "trends", **environment: str
    ) -> None:
        self.redis = redis
        port = free_port()
        url = {"DATABASE_URL": place} if isinstance(place, str) else {}
        self.api = system.start("api", API_PORT=str(port), DATA_DIR=str(folder), **url, **environment)
        until(lambda: _answers(f"http://127.0.0.1:{port}/readyz"), "the API answers")
        self._address = f"http://127.0.0.1:{port}/api/enhanced-alerts/{group}"
        token = access_tokens.issue(redis, "kim", "viewer")
        self._headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str, **query: Any) -> requests.Response:
        return requests.get(f"{self._address}/{path}".rstrip("/"), params=query, headers=self._headers, timeout=120)

    def post(self, path: str, body: dict[str, Any]) -> requests.Response:
        return requests.post(f"{self._address}/{path}".rstrip("/"), json=body, headers=self._headers, timeout=120)

    def delete(self, path: str) -> requests.Response:
        return requests.delete(f"{self._address}/{path}".rstrip("/"), headers=self._headers, timeout=120)


def _answers(address: str) -> bool:
    with suppress(requests.ConnectionError):
        return requests.get(address, timeout=10).ok
    return False
