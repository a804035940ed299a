"""
Every command and snippet of the documents, run as a reader would who follows them: in order, in a folder like a fresh
clone, against the whole system. Korean documents hold the same blocks, so a run of one is a run of both.
"""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import requests
from redis import Redis

from api.auth import access_tokens
from api.change import rule_files
from dispatchers import channel as channels
from evaluator import condition
from shared import process
from shared.clock import SystemClock
from shared.model import rules
from shared.redis import access_keys, connection, delivery_keys, keys, streams
from shared.store import alert_store, rule_store
from tests.support import documents
from tests.support.documents import ROOT, RUN, Block
from tests.support.ports import free_port
from tests.support.waiting import PATIENCE_S, until

PORTS = ("5000", "5001", "8765", "6390", "9000")
"""What the documents say for the API, ingest, the relay, the embedded server and a receiver of the reader's own."""
KINDS = ("dispatchers/channels/", "evaluator/conditions/")
MAKE_RUN = dict(re.findall(r"(\w+)=\$\$\{\1:-(\w+)\}", (ROOT / "Makefile").read_text(encoding="utf-8")))
"""Settings that `make run` gives unless the reader does."""
COPIED = ("api", "deploy", "dispatchers", "docs", "evaluator", "ingest", "producers", "scripts", "shared")
NOT_COPIED = shutil.ignore_patterns("node_modules", "dist", "dist-lib", "__pycache__")

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("documents")]


class Clone:
    """A copy of the repository with the whole system running in it, as `make run` starts it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "enhanced-alerts"
        for name in COPIED:
            shutil.copytree(ROOT / name, self.folder / name, ignore=NOT_COPIED)
        self.ports = {port: str(free_port()) for port in PORTS}
        self.environment = {
            **{name: value for name, value in os.environ.items() if name not in ("REDIS_URL", "API_HOST")},
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            # Before the installed sources: what a document adds to the clone must count.
            "PYTHONPATH": str(self.folder),
            "API_PORT": self.ports["5000"],
            "INGEST_PORT": self.ports["5001"],
            "RELAY_PORT": self.ports["8765"],
            "EMBEDDED_REDIS_PORT": self.ports["6390"],
            "LEASE_SECONDS": "2",
            "GROUP_SECONDS": "1",
            # A busy machine is late; what the system then says of itself would stand on a reader's board.
            "WATCH_LATE_SECONDS": "600",
        }
        self._output = folder / "up"
        self._state = folder / "state"
        self._place = folder / "place"
        self._groups: list[int] = []
        self._running: subprocess.Popen[bytes] | None = None
        self._started_with: dict[str, str] = {}
        self._is_stale = False

    # -- the system ---------------------------------------------------------------------------------------

    def make_run(self, settings: dict[str, str]) -> None:
        """What `make run` does once everything is installed; again only if that would make a difference."""
        settings = {**MAKE_RUN, **settings}
        if self._running is not None and settings == self._started_with and not self._is_stale:
            return
        self.stop()
        with self._output.open("wb") as output:
            self._running = subprocess.Popen(
                [sys.executable, "-m", "api.cli", "up"],
                cwd=self.folder,
                env={**self.environment, **settings},
                stdout=output,
                stderr=output,
            )
        self._started_with, self._is_stale = settings, False
        until(self._is_up, "the system starts")

    def _is_up(self) -> bool:
        assert self._running is not None
        assert self._running.poll() is None, self._output.read_text()
        return "Sign in once" in self._output.read_text()

    def stop(self) -> None:
        if self._running is not None and self._running.poll() is None:
            self._running.send_signal(signal.SIGINT)
            self._running.wait(timeout=PATIENCE_S)

    def open_anew(self) -> None:
        """Forget what the document before has set up."""
        if self._running is not None:
            with self.redis() as redis:
                rule_store.save_many(redis, [], delete=[rule.id for rule in rule_store.load_all(redis)[1]])
                redis.delete(keys.silences(), access_keys.users())
                redis.incr(keys.silences_revision())
                until(lambda: self._is_quiet(redis), "all is over, and told", every_s=0.1)
                redis.delete(keys.channels(), keys.routes(), keys.imports())
        for group in self._groups:
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        self._groups.clear()
        self._state.write_text("")
        self._place.write_text(str(self.folder))

    def _is_quiet(self, redis: Redis) -> bool:
        opened = [alert.rule_id for alert in alert_store.active(redis) if not alert.rule_id.startswith("own-")]
        return not opened and not redis.zcard(delivery_keys.due_groups())

    def redis(self) -> Redis:
        return connection.connect(f"redis://127.0.0.1:{self.ports['6390']}/0")

    def wait_for_rules(self, redis: Redis) -> None:
        """Wait until the evaluator has taken up the rules: a second to a reader, who types more slowly than this."""
        revision = int(redis.get(keys.rules_revision()) or 0)

        def known() -> bool:
            found = [r for r in process.reports(redis, SystemClock().now_ms()) if r.component == "evaluator"]
            return bool(found) and all(r.counters.get("rules_revision", 0) >= revision for r in found)

        until(known, "the rules are taken up", every_s=0.1)

    # -- blocks -------------------------------------------------------------------------------------------

    def adapted(self, text: str) -> str:
        """Return a text of a document with the ports of this system."""
        return re.sub(rf"(?<!\d)({'|'.join(PORTS)})(?!\d)", lambda found: self.ports[found[1]], text)

    def run(self, block: Block) -> str:
        """Run a block and return what it printed; it must end well."""
        if path := block.options.get("file"):
            assert not path.startswith(("/", "..")), f"{block} writes outside of the clone"
            place = Path(self._place.read_text().strip()) / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(self.adapted(block.text), encoding="utf-8")
            self._is_stale |= path.startswith(KINDS)
        if path := block.options.get("from"):
            source = (ROOT / path).read_text(encoding="utf-8")
            assert block.text.strip() in source, f"{block} is not what {path} says"
        return getattr(self, f"_run_{block.language}", lambda _: "")(block)

    def _run_sh(self, block: Block) -> str:
        if started := re.fullmatch(r"((?:\w+=\S+ )*)make run( *#.*)?\n", block.text):
            self.make_run(dict(word.split("=", 1) for word in started[1].split()))
            return ""
        script = (
            "set -euo pipefail\nset -a\n"
            f'source {shlex.quote(str(self._state))}\ncd "$(cat {shlex.quote(str(self._place))})"\n'
            f"{self.adapted(block.text)}\n"
            f"export -p > {shlex.quote(str(self._state))}\npwd > {shlex.quote(str(self._place))}\n"
        )
        return self._command(block, ["bash", "-c", script])

    def _run_python(self, block: Block) -> str:
        if "file" in block.options or "from" in block.options:
            compile(block.text, str(block), "exec")
            return ""
        return self._command(block, [sys.executable, "-c", self.adapted(block.text)])

    def _run_toml(self, block: Block) -> str:
        tomllib.loads(block.text)
        if "[[rule]]" in block.text:
            rule_files.parse(block.text, "toml")
        return ""

    def _run_json(self, block: Block) -> str:
        document = json.loads(block.text)
        if name := block.options.get("channel"):
            channels.get(name).check(document)
        elif "condition" in block.options:
            condition.check(rules.parse({"name": "x", "condition": document}))
        elif "rule" in block.options:
            rule_files.check(rules.parse(document), 3_600_000)
        elif "event" in block.options:
            assert not streams.decode(block.text.encode(), SystemClock().now_ms())[1]
        else:
            assert {"file", "from"} & block.options.keys(), f"{block} does not say what it is"
        return ""

    def _run_http(self, block: Block) -> str:
        head, _, body = self.adapted(block.text).partition("\n\n")
        (method, path), *lines = (line.split(None, 1) for line in head.splitlines())
        headers = {name.rstrip(":"): value for name, value in lines}
        if "Authorization" not in headers:
            with self.redis() as redis:
                headers["Authorization"] = f"Bearer {access_tokens.issue(redis, 'reader', 'admin')}"
        url = f"http://127.0.0.1:{self.ports['5000']}{path}"
        answer = requests.request(method, url, headers=headers, data=body.encode() or None, timeout=PATIENCE_S)
        wanted = int(block.options.get("status", "0"))
        assert answer.status_code == wanted or (not wanted and answer.ok), f"{block}: {answer.text}"
        return answer.text

    def _command(self, block: Block, command: list[str]) -> str:
        place = Path(self._place.read_text().strip())
        output = self._output.with_name("output")
        with output.open("wb") as file:
            # A file, not a pipe: what a block leaves running in the background would hold the pipe open.
            running = subprocess.Popen(
                command, cwd=place, env=self.environment, stdout=file, stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
            self._groups.append(running.pid)
            code = running.wait(timeout=PATIENCE_S)
        said = output.read_text(errors="replace")
        assert 0 == code, f"{block} ended with {code}:\n{block.text}\n{said}"
        return said


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    made = Clone(tmp_path_factory.mktemp("documents"))
    yield made
    try:
        made.open_anew()
    finally:
        made.stop()


@pytest.mark.parametrize("name", documents.english())
def test_document_does_what_it_says(name: str, clone: Clone) -> None:
    clone.open_anew()
    blocks = documents.read(name).blocks
    if any(b.language in ("sh", "python", "http") and not b.not_run and not b.options for b in blocks):
        clone.make_run({})
    for block, following in zip(blocks, [*blocks[1:], None], strict=False):
        is_run = block.language in RUN or "file" in block.options
        if not is_run or block.not_run or _is_answer(block, blocks):
            continue
        shown = following if following is not None and _is_answer(following, blocks) else None
        deadline = time.monotonic() + PATIENCE_S
        while True:
            said = clone.run(block)
            if shown is None or _shows(clone, shown, said):
                break
            # News travels for a moment; a reader looks twice, too.
            assert time.monotonic() < deadline, f"{block} prints\n{said}\nand not\n{shown.text}"
            time.sleep(0.2)
        if block.language in ("sh", "http", "python") and not block.options.get("file"):
            with clone.redis() as redis:
                clone.wait_for_rules(redis)


def _is_answer(block: Block, blocks: list[Block]) -> bool:
    """Tell whether a block is what the one before it prints."""
    before = next((b for b in reversed(blocks[: blocks.index(block)])), None)
    if before is None or before.not_run:
        return False
    return block.language == "text" or (
        block.language == "json" and not block.options and before.language in ("http", "sh")
    )


def _shows(clone: Clone, shown: Block, said: str) -> bool:
    if shown.language == "text":
        return bool(documents.as_pattern(clone.adapted(shown.text)).search(documents.plain(said)))
    return _holds(json.loads(said), json.loads(clone.adapted(shown.text)))


def _holds(found: Any, shown: Any) -> bool:
    """Tell whether an answer has everything that is shown; `…` is anything."""
    if shown == "…":
        return True
    if isinstance(shown, dict):
        return isinstance(found, dict) and all(k in found and _holds(found[k], v) for k, v in shown.items())
    if isinstance(shown, list):
        return isinstance(found, list) and all(any(_holds(one, v) for one in found) for v in shown)
    return bool(found == shown)
