"""An installation that foreign clients are pointed at: Redis, `ingest` and an evaluator, and what came of the data."""

import os
import signal
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import requests
from redis import Redis

from api.auth import api_keys
from shared.model import rules
from shared.model.alerts import Transition
from shared.model.events import Event
from shared.redis import keys
from shared.store import rule_store
from tests.support.factories import outbox
from tests.support.ports import free_port
from tests.support.processes import Process, System, a_system, wait_ready
from tests.support.real_server import RealServer
from tests.support.waiting import until

Points = dict[int, float]
"""Values by their times, epoch milliseconds."""
PARTITIONS = 8


class Stream:
    """What the doors and the scraper have written."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis

    def events(self) -> list[Event]:
        entries = [
            fields[keys.EVENT_FIELD]
            for partition in range(PARTITIONS)
            for _, fields in self.redis.xrange(keys.events(partition))
            if keys.EVENT_FIELD in fields
        ]
        return [event for entry in entries for event in msgspec.json.decode(entry, type=list[Event])]

    def points(self, metric: str) -> dict[str, Points]:
        """
        Return all values of a metric in the streams, by plugin.

        A sender that had no answer sends a sample again; the value of one time is the same each time.
        """
        found: dict[str, Points] = defaultdict(dict)
        for event in self.events():
            if metric in event.metrics:
                value = event.metrics[metric]
                assert value == found[event.plugin_id].setdefault(event.at_ms, value), (event.at_ms, metric)
        return dict(found)


class Receiving(Stream):
    """The installation; its parts can be taken away and brought back."""

    def __init__(self, server: RealServer, redis: Redis, system: System, folder: Path) -> None:
        super().__init__(redis)
        self.folder = folder
        self._server = server
        self._system = system
        self._port = int(system.environment["INGEST_PORT"])
        self.url = f"http://127.0.0.1:{self._port}"
        self._key_file = folder / "enhanced-alerts.key"
        self.key = api_keys.create(redis, "clients", "publisher", 1)[1]
        self._key_file.write_text(self.key)
        self._ingest: Process | None = None
        self._evaluator: Process | None = None

    def filled(self, text: str) -> str:
        """Return what a document says, with this installation's address and key."""
        places = {
            "localhost:5001": f"127.0.0.1:{self._port}",
            "/etc/enhanced-alerts.key": str(self._key_file),
            '"KEY"': f'"{self.key}"',
        }
        for place, own in places.items():
            text = text.replace(place, own)
        return text

    def start_ingest(self) -> None:
        self._ingest = self._system.start("ingest")
        until(self._is_ready, "ingest answers")

    def stop_ingest(self) -> None:
        assert self._ingest is not None
        self._ingest.stop()

    def kill_ingest(self) -> None:
        """`kill -9` of the process and its worker."""
        assert self._ingest is not None and self._ingest.process is not None
        os.killpg(self._ingest.pid, signal.SIGKILL)
        self._ingest.process.wait()

    def ingest_log(self) -> str:
        """Return what the running `ingest` has logged."""
        assert self._ingest is not None
        return self._ingest.log()

    def start_evaluator(self) -> None:
        self._evaluator = self._system.start("evaluator")

    def kill_evaluator(self) -> None:
        assert self._evaluator is not None
        self._evaluator.kill()

    def stop_redis(self) -> None:
        self._server.stop()

    def start_redis(self) -> None:
        self._server.start()

    def _is_ready(self) -> bool:
        assert self._ingest is not None and self._ingest.process is not None
        assert self._ingest.process.poll() is None, self._ingest.log()
        try:
            return requests.get(f"{self.url}/-/ready", timeout=5).ok
        except requests.RequestException:
            return False

    def add_rule(self, **fields: object) -> None:
        usual = {"name": str(fields["id"]), "cooldown_minutes": 0, "channels": ["web"]}
        rule_store.save(self.redis, rules.parse({**usual, **fields}))

    def kinds(self, rule_id: str) -> list[str]:
        """Return what was decided for a rule, in order."""
        return [transition.kind for transition in self.decided(rule_id)]

    def decided(self, rule_id: str) -> list[Transition]:
        return [transition for transition in outbox(self.redis, PARTITIONS) if transition.rule_id == rule_id]

    def wait_for(self, rule_id: str, *kinds: str) -> None:
        until(lambda: self.kinds(rule_id) == list(kinds), f"{rule_id} is {kinds}", every_s=0.1)

    def wait_until(self, rule_id: str, latest: dict[str, str]) -> None:
        """Wait until the latest decisions about each plugin are these, whatever came before."""

        def found() -> dict[str, str]:
            return {transition.plugin_id: transition.kind for transition in self.decided(rule_id)}

        until(lambda: found() == latest, f"{rule_id} is {latest}", every_s=0.1)

    def decided_count(self, metric: str, plugin_id: str) -> tuple[int, int]:
        """
        Return up to which time, and how many samples of a series an evaluator has counted, by the window in its memory.

        `watch_count` must have been called before the first sample came, and another one must still come.
        """
        self._count_rule(metric, plugin_id, above=0)
        found = until(lambda: self.decided(f"count-{metric}"), "the count is known")
        assert found[-1].value is not None
        return found[-1].at_ms, int(found[-1].value)

    def watch_count(self, metric: str, plugin_id: str) -> None:
        self._count_rule(metric, plugin_id, above=1e9)

    def _count_rule(self, metric: str, plugin_id: str, above: float) -> None:
        counting = {"kind": "window", "metric": metric, "statistic": "count", "seconds": 3_600}
        self.add_rule(
            id=f"count-{metric}", plugin_id=plugin_id, condition={**counting, "operator": ">", "threshold": above}
        )


@contextmanager
def receiving(server: RealServer, redis: Redis, folder: Path, **settings: str) -> Iterator[Receiving]:
    """Start the installation, and stop it with the block."""
    with a_system(server.url, folder, INGEST_PORT=str(free_port()), **settings) as system:
        site = Receiving(server, redis, system, folder)
        site.start_evaluator()
        site.start_ingest()
        wait_ready(redis, "evaluator", "ingest")
        yield site
