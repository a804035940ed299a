"""
Prometheus evaluates a file of rules, and an evaluator the rules that it is translated into, over the same samples.

The samples come to both by the same requests of remote write. After each change of the values, both must come to the
same alerts; what passes on the way differs, because Prometheus evaluates at an interval and we when a sample arrives.
"""

import shutil
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
import yaml
from redis import Redis

from api.change.prometheus import rules
from shared.model import fleet
from shared.store import rule_store
from tests.support import clients
from tests.support.clients import PROMETHEUS, needs
from tests.support.documents import ROOT
from tests.support.doors import DOORS, Sample
from tests.support.factories import outbox
from tests.support.ports import free_port
from tests.support.real_server import RealServer
from tests.support.receiving import PARTITIONS, Receiving, receiving
from tests.support.waiting import PATIENCE_S, until

FILE = ROOT / "tests" / "data" / "prometheus" / "translated.yml"
REMOTE_WRITE = next(door for door in DOORS if door.name == "remote write 1.0")
JOBS, INSTANCES = ("api", "web", "db"), ("i-0", "i-1", "i-2")
FILE_SYSTEMS = ("ext4", "tmpfs", "fuse.sshfs", "xfs")

Alert = tuple[str, frozenset[tuple[str, str]]]
"""Its name and its labels."""
Values = Mapping[str, float]

pytestmark = [pytest.mark.slow, needs(PROMETHEUS)]


class Sender(threading.Thread):
    """Sends the values of all series once a second, to Prometheus and to `ingest`."""

    def __init__(self, site: Receiving, prometheus: str) -> None:
        super().__init__(name="sender", daemon=True)
        self.values: Values = {}
        """By metric and label values, `load api i-0`; a shorter key is meant for all that begin with it."""
        self.failures: list[str] = []
        self._over = threading.Event()
        self._counted: dict[str, float] = {}
        self._targets = ((prometheus, {}), (site.url, {"Authorization": f"Bearer {site.key}"}))

    def run(self) -> None:
        while not self._over.wait(1.0):
            body = REMOTE_WRITE.body(*self._samples(int(time.time() * 1000)))
            for url, headers in self._targets:
                answer = requests.post(
                    url + REMOTE_WRITE.path, body, headers={**REMOTE_WRITE.headers, **headers}, timeout=PATIENCE_S
                )
                if not answer.ok:
                    self.failures.append(answer.text)

    def stop(self) -> None:
        self._over.set()
        self.join()

    def _samples(self, at_ms: int) -> Iterator[Sample]:
        for job in JOBS:
            for instance in INSTANCES:
                labels = (("job", job), ("instance", instance))
                for metric in ("load", "up", "errors_total"):
                    key = f"{metric} {job} {instance}"
                    value = self._value(key)
                    if metric == "errors_total":
                        value = self._counted[key] = self._counted.get(key, 0.0) + value
                    yield Sample(metric, value, at_ms, labels)
        for fstype in FILE_SYSTEMS:
            labels = (("job", "node"), ("instance", "i-0"), ("fstype", fstype))
            yield Sample("free", self._value(f"free {fstype}"), at_ms, labels)
            yield Sample("size", 200.0, at_ms, labels)

    def _value(self, key: str) -> float:
        fitting = [name for name in self.values if key.startswith(name)]
        return self.values[max(fitting, key=len)]


CALM: Values = {"load": 10.0, "up": 1.0, "errors_total": 1.0, "free": 100.0}
PHASES: list[tuple[Values, set[str]]] = [
    (CALM, set()),
    (
        {**CALM, "load api": 50.0, "load db i-1": 41.0, "free": 4.0, "up api": 0.0, "errors_total web": 20.0},
        {"NoPlaceLeft", "Down", "Held", "Kept", "BusyInAll", "BusyOnAverage", "BusyAnywhere", "Busiest", "ManyDown",
         "MostDown", "Errors", "ErrorsInAll"},
    ),
    (
        {**CALM, "load web i-1": 70.0, "free tmpfs": 4.0, "up db": 0.0, "up web i-0": 0.0, "errors_total db": 20.0},
        {"Held", "Kept", "BusyOnAverage", "Busiest", "ManyDown", "Errors"},
    ),
    (CALM, set()),
]  # fmt: skip
"""What the series do, and the alerts that must fire then, of whatever series."""


@pytest.fixture
def site(server: RealServer, redis: Redis, tmp_path: Path) -> Iterator[Receiving]:
    with receiving(server, redis, tmp_path) as installation:
        yield installation


@contextmanager
def _prometheus(folder: Path) -> Iterator[str]:
    shutil.copy(FILE, folder / FILE.name)
    config = folder / "prometheus.yml"
    config.write_text(yaml.safe_dump({"rule_files": [FILE.name]}))
    port = free_port()
    command = [str(PROMETHEUS), f"--config.file={config}", "--web.enable-remote-write-receiver"]
    command += [f"--web.listen-address=127.0.0.1:{port}", f"--storage.tsdb.path={folder / 'tsdb'}"]
    with clients.running(command, folder / "prometheus.log"):
        url = f"http://127.0.0.1:{port}"
        until(lambda: _is_ready(url), "Prometheus is ready", every_s=0.2)
        yield url


def _is_ready(url: str) -> bool:
    try:
        return requests.get(f"{url}/-/ready", timeout=PATIENCE_S).ok
    except requests.RequestException:
        return False


def _theirs(url: str) -> set[Alert]:
    found = requests.get(f"{url}/api/v1/alerts", timeout=PATIENCE_S).json()["data"]["alerts"]
    firing = [one["labels"] for one in found if one["state"] == "firing"]
    return {(one["alertname"], frozenset((k, v) for k, v in one.items() if k != "alertname")) for one in firing}


def _ours(redis: Redis) -> set[Alert]:
    latest = {(one.rule_id, one.plugin_id): one for one in outbox(redis, PARTITIONS)}
    return {
        (one.rule_name, frozenset(one.labels.items())) for one in latest.values() if one.kind in ("firing", "reopened")
    }


def test_alerts_of_translated_rules_are_those_of_prometheus(site: Receiving, redis: Redis) -> None:
    outcomes = rules.translate(FILE.read_text(), ["web"], FILE.name)
    made = [one.rule.model_copy(update={"cooldown_minutes": 0}) for one in outcomes if one.rule is not None]
    rule_store.save_many(redis, made)
    with _prometheus(site.folder) as url:
        sender = Sender(site, url)
        sender.values = CALM
        sender.start()
        try:
            for values, names in PHASES:
                sender.values = values

                def agree(names: set[str] = names) -> bool:
                    theirs = _theirs(url)
                    return {name for name, _ in theirs} == names and theirs == _ours(redis)

                try:
                    until(agree, every_s=0.5)
                except AssertionError:
                    theirs, ours = _theirs(url), _ours(redis)
                    raise AssertionError(f"Prometheus alone: {theirs - ours}; we alone: {ours - theirs}") from None
        finally:
            sender.stop()

    assert [] == [one.name for one in outcomes if one.rule is None]
    assert [] == sender.failures
    assert any(fleet.is_group(one.plugin_id) for one in outbox(redis, PARTITIONS))
