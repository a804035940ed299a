"""
`enhanced-alerts self-test`: one alert's whole life through a running system, a step at a time.

It makes a rule of its own for a plugin of its own, publishes a value that breaches it, and follows the alert through
API, relay and ledger until it has resolved; then it removes the rule. Only open pages show the alert.
"""

import json
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

import requests
from redis import Redis

from api.auth import access_tokens
from api.doctor.listener import Ended, Listener
from shared.addresses import authority
from shared.errors import AlertsError, Unavailable
from shared.model import reasons
from shared.model.encoding import encode
from shared.model.events import Event
from shared.model.numbers import exact
from shared.model.partitions import partition_of
from shared.redis import connection, keys
from shared.settings import Settings

STEP_S = 20.0
"""A step that takes longer has failed; each takes well below a second in a system that is well."""
_BASE = "/api/enhanced-alerts"
_PLUGIN_ID, _METRIC = "self-test", "self_test"


@dataclass(frozen=True, slots=True)
class Step:
    """What became of one step; `said` is what was seen, or what to do."""

    name: str
    passed: bool
    said: str
    took_ms: int

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class _Failed(Exception):
    """A step did not come to its end; says what to do."""


def walk(settings: Settings) -> Iterator[Step]:
    """Take the steps in order; after one that failed, nothing is left but cleaning up."""
    test = _Test(settings)
    try:
        for name, step in test.steps():
            begun = time.monotonic()
            try:
                said, passed = step(), True
            except (_Failed, AlertsError) as error:
                said, passed = str(error), False
            except (requests.RequestException, OSError) as error:
                said, passed = f"{type(error).__name__}: {error}", False
            yield Step(name, passed, said, int((time.monotonic() - begun) * 1000))
            if not passed:
                return
    finally:
        test.clean_up()


class _Test:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._rule_id = f"self-test-{secrets.token_hex(3)}"
        self._redis: Redis = connection.connect(settings.effective_redis_url)
        self._session = requests.Session()
        # A proxy for other hosts does not lead here.
        self._session.trust_env = False
        # The certificate may be of the team's own authority; what is tested here is whether alerts get through.
        self._session.verify = not settings.tls_certificate
        self._socket: Listener | None = None
        self._alert_id = ""

    def steps(self) -> Iterator[tuple[str, Callable[[], str]]]:
        yield "Redis answers", self._ask_redis
        yield "API answers", self._ask_api
        yield "relay accepts a connection", self._listen
        yield "rule is made", self._make_rule
        yield "event is published, and the alert fires", self._fire
        yield "relay sends the alert", self._hear
        yield "open pages are notified", lambda: self._told("firing")
        yield "alert is acknowledged", self._acknowledge
        yield "alert resolves with the next event", self._recover
        yield "open pages are notified of the end", lambda: self._told("resolved")

    def clean_up(self) -> None:
        with suppress(requests.RequestException):
            self._session.delete(f"{self._address}/rules/{self._rule_id}", timeout=10)
        if self._socket is not None:
            with suppress(Exception):
                self._socket.close()
        self._session.close()
        self._redis.close()

    @property
    def _address(self) -> str:
        scheme = "https" if self._settings.tls_certificate else "http"
        return f"{scheme}://{authority(self._settings.api_host, self._settings.api_port)}{_BASE}"

    def _ask_redis(self) -> str:
        return connection.check(self._redis, self._settings.effective_redis_url)

    def _ask_api(self) -> str:
        token = access_tokens.issue(self._redis, "self-test", "admin")
        self._session.headers["Authorization"] = f"Bearer {token}"
        try:
            status = self._json("GET", "/status")
        except requests.ConnectionError as error:
            raise Unavailable(reasons.of("system.api_silent", address=self._address)) from error
        if status["missing"]:
            raise _Failed(
                f"no {', '.join(status['missing'])} is running; `enhanced-alerts doctor` says how to start it"
            )
        return f"{len(status['processes'])} processes, {status['rules']['enabled']} rules on"

    def _listen(self) -> str:
        ticket = self._json("POST", "/live/ticket")
        scheme = "wss" if self._settings.tls_certificate else "ws"
        where = authority(self._settings.relay_host, self._settings.relay_port)
        address = f"{scheme}://{where}/live?ticket={ticket['ticket']}"
        try:
            self._socket = Listener(address, timeout_s=STEP_S)
            hello = self._next_word(STEP_S)
        except Ended as error:
            raise _Failed(f"the relay lets nobody listen: {error}") from error
        except OSError as error:
            raise Unavailable(reasons.of("system.relay_silent", address=where)) from error
        if hello is None or hello.get("type") != "hello":
            raise _Failed(f"the relay answered {hello} instead of a hello")
        return f"from {hello['id']} on"

    def _make_rule(self) -> str:
        rule = {
            "id": self._rule_id,
            "name": "Self-test 자체 테스트",
            "metric": _METRIC,
            "operator": ">",
            "threshold": 80,
            "severity": "info",
            "channels": ["web"],
            "cooldown_minutes": 0,
            "plugin_id": _PLUGIN_ID,
        }
        self._json("POST", "/rules", rule)
        # Evaluators take it up within a second; an event that came before would find no rule.
        wanted = int(self._redis.get(keys.rules_revision()) or 0)
        self._until(lambda: wanted <= self._taken_up(), "no evaluator took the rule up; see its log")
        return self._rule_id

    def _taken_up(self) -> int:
        """Return the revision of the rules that every evaluator goes by."""
        found = [r for r in self._json("GET", "/status")["processes"] if r["component"] == "evaluator"]
        return min((int(r["counters"].get("rules_revision", 0)) for r in found), default=0)

    def _fire(self) -> str:
        self._publish(95)
        alert = self._until(self._find_alert, "no alert appeared; `enhanced-alerts doctor` tells which link is broken")
        self._alert_id = alert["id"]
        return f"{alert['condition']}, alert {self._alert_id}"

    def _find_alert(self) -> Any:
        query = f"/alerts/active?rule_id={self._rule_id}&state=firing"
        return next(iter(self._json("GET", query)["alerts"]), None)

    def _hear(self) -> str:
        deadline = time.monotonic() + STEP_S
        while time.monotonic() < deadline:
            word = self._next_word(deadline - time.monotonic())
            if word and word.get("type") == "alert.firing" and word["data"]["id"] == self._alert_id:
                return f"entry {word['id']}"
        raise _Failed("the alert is on the board, but the relay did not send it; see logs/alert_websocket.log")

    def _told(self, news: str) -> str:
        def told() -> bool:
            return bool(self._story()["channels"].get("web", {}).get("told") == news)

        self._until(told, "no dispatch worker delivered it; is one running for the channel web?")
        return f"web was notified of {news!r}"

    def _acknowledge(self) -> str:
        alert = self._json("POST", f"/alerts/{self._alert_id}/acknowledge", {"comment": "self-test"})
        return f"{alert['state']} by {alert['acknowledged_by']}"

    def _recover(self) -> str:
        self._publish(20)
        self._until(
            lambda: self._story()["alert"]["state"] == "resolved", "it did not resolve; see the evaluator's log"
        )
        return str(self._story()["alert"]["reason"])

    def _story(self) -> dict[str, Any]:
        return self._json("GET", f"/alerts/{self._alert_id}")

    def _publish(self, value: float) -> None:
        event = Event(_PLUGIN_ID, "Self-test 자체 테스트", metrics={_METRIC: value})
        partition = partition_of(_PLUGIN_ID, self._settings.partitions)
        self._redis.xadd(keys.events(partition), {keys.EVENT_FIELD: encode(event)})

    def _next_word(self, timeout_s: float) -> dict[str, Any] | None:
        assert self._socket is not None
        said = self._socket.hear(timeout_s)
        return json.loads(said) if said else None

    def _json(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._session.request(method, f"{self._address}{path}", json=body, timeout=30)
        if answer.status_code >= 400:
            raise _Failed(f"{method} {path} answered {answer.status_code}: {answer.text[:300]}")
        return answer.json()

    @staticmethod
    def _until(true: Callable[[], Any], otherwise: str) -> Any:
        deadline = time.monotonic() + STEP_S
        while not (found := true()):
            if time.monotonic() > deadline:
                raise _Failed(f"waited {exact(STEP_S)} s in vain: {otherwise}")
            time.sleep(0.05)
        return found
