"""The running API keeps to its own OpenAPI document, whatever it is sent."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from redis import Redis

from api.auth import access_tokens, one_time, users
from shared.store import rule_store
from tests.support.api import stored
from tests.support.factories import a_rule
from tests.support.ports import free_port
from tests.support.processes import a_system, wait_ready
from tests.support.real_server import RealServer

EXAMPLES, MORE_EXAMPLES = 5, 15
"""An operation; the coverage and stateful phases, which find most, come to these."""
SEED = os.environ.get("FUZZ_SEED", "1")
"""The same requests in every run, so that a change is judged by what it changes; others are tried by setting it."""


@pytest.mark.slow
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("examples", [EXAMPLES, pytest.param(MORE_EXAMPLES, marks=pytest.mark.long)])
def test_no_request_gets_an_undocumented_answer(
    redis: Redis, server: RealServer, tmp_path: Path, examples: int
) -> None:
    port = str(free_port())
    environment = {"API_PORT": port, "API_REQUESTS_PER_SECOND": "100000", "PUBLIC_URL": f"http://127.0.0.1:{port}"}
    # The archive of whoever works in this folder may be of another release.
    environment["DATA_DIR"] = str(tmp_path)
    with a_system(server.url, tmp_path, **environment) as system:
        system.start("api")
        system.start("dispatchers", "worker")
        wait_ready(redis, "api", "worker-web", "worker-rest")
        rule_store.save(redis, a_rule())
        stored(redis)
        users.create(redis, "lee", "viewer", "a long enough password")
        # A token of no family: nothing the API is asked to revoke ends it.
        token = access_tokens.issue(redis, "schemathesis", "admin")
        one_time.create_sign_in_code(redis)
        done = subprocess.run(
            [
                str(Path(sys.executable).with_name("schemathesis")),
                "--config-file", str(Path(__file__).with_name("schemathesis.toml")),
                "run", f"http://127.0.0.1:{port}/openapi/openapi.json",
                "-H", f"Authorization: Bearer {token}",
                "--checks", "all", "--max-examples", str(examples), "--workers", "2", "--seed", SEED,
                "--suppress-health-check", "all", "--generation-database", "none",
            ],
            cwd=tmp_path, capture_output=True, text=True, timeout=1_700, check=False,
        )  # fmt: skip
        logs = system.logs()

    said = "\n".join(line[:400] for line in (done.stdout + done.stderr).splitlines())
    assert 0 == done.returncode, said[:12_000]
    assert "request.failed" not in logs and "redis.failed" not in logs
