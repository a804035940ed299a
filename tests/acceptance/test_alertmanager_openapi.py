"""
What Alertmanager's API v2 answers here is what Alertmanager's document says, and what Alertmanager itself answers.

The document is read out of the real program. What it leaves unsaid is added: how Alertmanager's framework refuses what
does not fit the document, and how requests without a good key are refused, which Alertmanager does not ask for.
"""

import base64
import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from redis import Redis

from api.auth import api_keys
from shared.model import names
from tests.support import alertmanagers
from tests.support.clients import ALERTMANAGER, needs
from tests.support.ports import free_port
from tests.support.processes import System, a_system, wait_ready
from tests.support.real_server import RealServer
from tests.support.waiting import PATIENCE_S, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_800), needs(ALERTMANAGER)]
EXAMPLES = 25
"""An operation."""
SEED = os.environ.get("FUZZ_SEED", "1")
"""The same requests in every run; others are tried by setting it."""
FRAMEWORK = {
    "description": "Refused by the framework",
    "schema": {
        "type": "object",
        "required": ["code", "message"],
        "additionalProperties": False,
        "properties": {"code": {"type": "integer"}, "message": {"type": "string"}},
    },
}
REFUSED = {"description": "Refused", "schema": {"anyOf": [{"type": "string"}, FRAMEWORK["schema"]]}}
WORDS = {"description": "Refused", "schema": {"type": "string"}}
UNSAID = {"400": REFUSED, "401": WORDS, "403": WORDS, "405": FRAMEWORK, "413": WORDS, "415": FRAMEWORK}
UNSAID |= {"422": FRAMEWORK, "503": WORDS}
OTHERWISE = (
    # Bodies and switches in the address that the document does not allow are taken as nothing.
    "negative_data_rejection",
    # An answer without a body has no type either.
    "content_type_conformance",
    # A silence that was deleted has ended, and is still shown.
    "use_after_free",
)
"""What Alertmanager does otherwise than schemathesis expects of everybody, and therefore this system."""
SWITCHES = ("active", "silenced", "inhibited", "unprocessed", "muted")
WORDS_OF_SWITCHES = ("", "true", "1", "yes", "ok", "y", "on", "t", "false", "0", "no", "n", "off", "f")


class Site:
    """This system as an Alertmanager with one alert that is silenced and one that is not."""

    def __init__(self, system: System, api: str, key: dict[str, str], folder: Path) -> None:
        self.system = system
        self.api = api
        self.key = key
        self.folder = folder


@pytest.fixture
def site(redis: Redis, server: RealServer, tmp_path: Path) -> Iterator[Site]:
    port = str(free_port())
    with a_system(server.url, tmp_path, INGEST_PORT=port, PUBLISH_MEGABYTES_PER_HOUR="1000") as system:
        for words in (("ingest",), ("evaluator",), ("dispatchers", "router")):
            system.start(*words)
        wait_ready(redis, "ingest", "evaluator", "router")
        key = {"Authorization": f"Bearer {api_keys.create(redis, 'schemathesis', 'admin', 1)[1]}"}
        found = Site(system, f"http://127.0.0.1:{port}/alertmanager/api/v2", key, tmp_path)
        fill(found.api, key)
        yield found


def fill(api: str, headers: dict[str, str]) -> None:
    """Post alerts and a silence, and wait until the API shows them, so that its answers have something to show."""

    def ask(method: str, path: str, body: Any = None) -> Any:
        answer = requests.request(method, api + path, json=body, headers=headers, timeout=PATIENCE_S)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    now = datetime.now(UTC)
    ends = {"endsAt": (now + timedelta(hours=1)).isoformat()}
    for host in ("web-1", "web-2"):
        labels = {"alertname": "Full", "host": host, "severity": "page"}
        ask("POST", "/alerts", [{"labels": labels, "annotations": {"summary": "가득"}, **ends}])
    matchers = [{"name": "host", "value": "web-1", "isRegex": False, "isEqual": True}]
    silence = {"matchers": matchers, "startsAt": now.isoformat(), "comment": "c", "createdBy": "kim", **ends}
    ask("POST", "/silences", silence)
    until(lambda: len(ask("GET", "/alerts?silenced=false")) == 1, "one of two is silenced", every_s=0.2)


def document(folder: Path) -> Path:
    found = alertmanagers.openapi()
    for operations in found["paths"].values():
        for name, operation in operations.items():
            if name != "parameters":
                operation["responses"] |= UNSAID
    file = folder / "alertmanager.json"
    file.write_text(json.dumps(found))
    return file


def schemathesis(site: Site, *options: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("schemathesis"))]
    command += ["--config-file", str(Path(__file__).with_name("schemathesis_alertmanager.toml"))]
    command += ["run", str(document(site.folder)), "--url", site.api, "--max-examples", str(EXAMPLES), "--seed", SEED]
    command += ["--suppress-health-check", "all", "--generation-database", "none", "--continue-on-failure"]
    for name, value in site.key.items():
        command += ["-H", f"{name}: {value}"]
    return subprocess.run(
        [*command, *options], cwd=site.folder, capture_output=True, text=True, timeout=1_700, check=False
    )


def test_no_answer_is_one_that_the_document_does_not_have(site: Site) -> None:
    done = schemathesis(site, "--checks", "all", "--exclude-checks", ",".join(OTHERWISE))
    logs = site.system.logs()

    said = "\n".join(line[:400] for line in (done.stdout + done.stderr).splitlines())
    assert 0 == done.returncode, said[:12_000]
    assert "request.failed" not in logs and "redis.failed" not in logs


class Asked(NamedTuple):
    method: str
    path: str
    content_type: str | None
    body: bytes


class Answered(NamedTuple):
    status: int
    form: str
    """"nothing", "words" as Alertmanager refuses, "framework" as its framework does, or "other"."""


def form_of(body: bytes) -> str:
    if not body:
        return "nothing"
    found = json.loads(body)
    if isinstance(found, str):
        return "words"
    return "framework" if isinstance(found, dict) and found.keys() == {"code", "message"} else "other"


def recorded(file: Path, api: str) -> Iterator[tuple[Asked, Answered]]:
    for entry in json.loads(file.read_text())["log"]["entries"]:
        asked, answered = entry["request"], entry["response"]
        types = [one["value"] for one in asked["headers"] if one["name"] == "Content-Type"]
        body = base64.b64decode(asked.get("postData", {}).get("text", ""))
        form = form_of(base64.b64decode(answered["content"].get("text", "")))
        path = asked["url"].removeprefix(api)
        yield Asked(asked["method"], path, next(iter(types), None), body), Answered(answered["status"], form)


def ask_again(url: str, asked: Asked) -> Answered | None:
    """Return what Alertmanager answers; None if it hangs up, as it does at a null in a list."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=PATIENCE_S)
    headers = {"Content-Type": asked.content_type} if asked.content_type else {}
    try:
        connection.request(asked.method, f"/api/v2{asked.path}", asked.body, headers)
        answer = connection.getresponse()
        return Answered(answer.status, form_of(answer.read()))
    except http.client.RemoteDisconnected:
        return None
    finally:
        connection.close()


def is_as_theirs(asked: Asked, ours: Answered, theirs: Answered | None) -> bool:
    if theirs is None:
        return 400 == ours.status
    given = parse_qs(urlsplit(asked.path).query)
    if any(given[name][-1].lower() not in WORDS_OF_SWITCHES for name in SWITCHES if name in given):
        # A switch that is neither on nor off is off there, and refused here.
        return ours.status in (400, 422)
    if asked.path == "/silences" and 200 == theirs.status and asked.method == "POST":
        # Matchers that hold what a person cannot see are refused here.
        texts = [one[field] for one in json.loads(asked.body)["matchers"] for field in ("name", "value")]
        return (400 if any(names.hides(text) for text in texts) else 200) == ours.status
    if b"null" in asked.body or b'""' in asked.body:
        # Something that is null or empty may be there what is missing, and here what cannot be read.
        return (ours.status < 300) is (theirs.status < 300)
    return ours == theirs


def test_every_request_is_answered_as_alertmanager_answers_it(site: Site) -> None:
    file = site.folder / "requests.har"
    report = (
        "--report",
        "har",
        "--report-har-path",
        str(file),
        "--report-preserve-bytes",
        "--output-sanitize",
        "false",
    )
    # What a request of a sequence is answered depends on the ids that the one before was given.
    done = schemathesis(site, "--checks", "not_a_server_error", "--phases", "coverage,fuzzing", *report)
    assert 0 == done.returncode, done.stdout[-2_000:]
    config = {"route": {"receiver": "web"}, "receivers": [{"name": "web"}]}
    with alertmanagers.running(site.folder, config) as real:
        fill(f"{real.url}/api/v2", {})
        answers = [(asked, ours, ask_again(real.url, asked)) for asked, ours in recorded(file, site.api)]

    assert len(answers) > 300
    assert [] == [answer for answer in answers if not is_as_theirs(*answer)]
