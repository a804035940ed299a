"""
Rules of inhibition of an imported `alertmanager.yml` hold the same alerts back here as in a real Alertmanager that runs
with the file, whatever begins and ends; amtool shows it.
"""

import json
import random
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from redis import Redis

from api.auth import api_keys
from tests.support import alertmanagers
from tests.support.cli import Run, run
from tests.support.clients import ALERTMANAGER, AMTOOL, needs
from tests.support.ports import free_port
from tests.support.processes import a_system, wait_ready
from tests.support.real_server import RealServer
from tests.support.waiting import PATIENCE_S, until

__all__ = ["run"]
pytestmark = [pytest.mark.slow, needs(ALERTMANAGER, AMTOOL)]
CONFIG = {
    "route": {"receiver": "team", "group_wait": "1s"},
    "receivers": [{"name": "team"}],
    "inhibit_rules": [
        {
            "source_matchers": ["severity=critical"],
            "target_matchers": ['severity=~"warning|info"'],
            "equal": ["alertname", "cluster"],
        },
        {"source_match": {"alertname": "NodeDown"}, "target_match_re": {"alertname": "Pod.*"}, "equal": ["node"]},
        {
            "source_matchers": ['{alertname="Quiet",cluster!=""}'],
            "target_matchers": ["severity=info", "alertname!=Quiet"],
        },
        # Every source fits both sides. Where some do, this Alertmanager asks one source and no other.
        {"source_matchers": ["alertname=DiskFull"], "target_matchers": ['alertname=~"Disk.*"'], "equal": ["node"]},
        # Each is a cause of the other.
        {"source_match_re": {"zone": "a|b"}, "target_match": {"zone": "c"}, "equal": ["cluster"]},
        {"source_match": {"zone": "c"}, "target_match": {"zone": "a"}, "equal": ["cluster"]},
    ],
}
VALUES = {
    "alertname": ["NodeDown", "PodSlow", "PodGone", "Quiet", "DiskFull", "DiskGone"],
    "severity": ["critical", "warning", "info"],
    "cluster": ["eu", "한국"],
    "node": ["n1", "n2"],
    "zone": ["a", "b", "c"],
}
Labels = dict[str, str]
ROUNDS = 8


class Side:
    """One of the two systems."""

    def __init__(self, url: str, key: str = "") -> None:
        self.url = url
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    def state(self, alerts: list[Labels], *, is_firing: bool) -> None:
        now = datetime.now(UTC)
        begins = now if is_firing else now - timedelta(minutes=1)
        times = {"startsAt": begins, "endsAt": begins + timedelta(hours=1) if is_firing else now}
        body = [{"labels": labels, **{name: at.isoformat() for name, at in times.items()}} for labels in alerts]
        requests.post(
            f"{self.url}/api/v2/alerts", json=body, headers=self._headers, timeout=PATIENCE_S
        ).raise_for_status()

    def held(self) -> dict[str, bool]:
        """Return fingerprint → whether the alert is inhibited, of those that fire."""
        answer = requests.get(f"{self.url}/api/v2/alerts", headers=self._headers, timeout=PATIENCE_S)
        return {one["fingerprint"]: bool(one["status"]["inhibitedBy"]) for one in answer.json()}


@pytest.fixture
def sides(run: Run, redis: Redis, server: RealServer, tmp_path: Path) -> Iterator[tuple[Side, Side, list[str]]]:
    """Return ours, the real one, and the beginning of an amtool command on ours."""
    file, port = tmp_path / "imported.yml", free_port()
    file.write_text(json.dumps(CONFIG, ensure_ascii=False, indent=1), encoding="utf-8")
    with a_system(server.url, tmp_path, INGEST_PORT=str(port)) as system:
        for words in (("ingest",), ("evaluator",), ("dispatchers", "router")):
            system.start(*words)
        wait_ready(redis, "ingest", "evaluator", "router")
        code, _, told = run("import", "alertmanager", str(file), "--apply")
        assert (0, True) == (code, "inhibit rules: 6." in told), told
        key = api_keys.create(redis, "kim", "admin", 1)[1]
        settings = tmp_path / "http.yml"
        settings.write_text(json.dumps({"authorization": {"credentials": key}}))
        url = f"http://127.0.0.1:{port}"
        with alertmanagers.running(tmp_path, CONFIG) as real:
            yield (
                Side(url, key),
                Side(real.url),
                [str(AMTOOL), f"--alertmanager.url={url}", f"--http.config.file={settings}"],
            )


def test_same_alerts_are_held_back_whatever_begins_and_ends(sides: tuple[Side, Side, list[str]]) -> None:
    ours, theirs, amtool = sides
    chance = random.Random(7)
    firing: list[Labels] = []
    verdicts: set[bool] = set()
    for _ in range(ROUNDS):
        begin = [a_label_set(chance) for _ in range(12)]
        end = chance.sample(firing, len(firing) // 3)
        firing = [one for one in firing if one not in end]
        firing += [one for one in begin if one not in firing]
        for side in (ours, theirs):
            side.state([one for one in end if one not in begin], is_firing=False)
            # Senders repeat what fires. Alertmanager asks one source of several, and another one once it is repeated.
            side.state(firing, is_firing=True)
        until(lambda: ours.held() == theirs.held(), "both hold the same alerts back", every_s=0.2)
        verdicts |= set(theirs.held().values())
    assert {True, False} == verdicts

    held = sorted(fingerprint for fingerprint, is_held in theirs.held().items() if is_held)
    inhibited = causes(amtool)
    assert held == sorted(one for one, by in inhibited.items() if by)
    # Where one cause ended and another one fires, that is shown soon.
    until(lambda: set().union(*causes(amtool).values()) <= theirs.held().keys(), "causes fire", every_s=0.2)


def causes(amtool: list[str]) -> dict[str, set[str]]:
    """Return fingerprint → fingerprints of what holds the alert back, as amtool shows them."""
    command = [*amtool, "alert", "query", "--inhibited", "-o", "json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=True)
    return {one["fingerprint"]: set(one["status"]["inhibitedBy"]) for one in json.loads(done.stdout)}


def a_label_set(chance: random.Random) -> Labels:
    found = {name: chance.choice(values) for name, values in VALUES.items() if chance.random() < 0.7}
    return found or {"alertname": "Quiet"}
