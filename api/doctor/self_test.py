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
from dataclasses import dataclass
from typing import Any

import requests
from redis import Redis

from api.auth import access_tokens
from api.doctor.listener import Ended, Listener
from shared.addresses import authority
from shared.errors import AlertsError, Coded, Unavailable
from shared.model import reasons
from shared.model.encoding import encode
from shared.model.events import Event
from shared.model.partitions import partition_of
from shared.model.reasons import Language, Reason
from shared.redis import connection, keys
from shared.settings import Settings

STEP_S = 20.0
"""A step that takes longer has failed; each takes well below a second in a system that is well."""
_BASE = "/api/enhanced-alerts"
_PLUGIN_ID, _METRIC = "self-test", "self_test"


@dataclass(frozen=True, slots=True)
class Step:
    """What became of one step; `said` is what was seen, or what to do."""

    name: Reason
    passed: bool
    said: Reason
    took_ms: int

    def as_dict(self, language: Language) -> dict[str, Any]:
        """Return it for programs: its texts in one language, and their codes and values."""
        return {
            "name": reasons.text(self.name, language),
            "name_code": self.name.code,
            "passed": self.passed,
            **reasons.fields(self.said, "said", language),
            "took_ms": self.took_ms,
        }


class _Failed(Coded):
    """A step did not come to its end; says what to do."""


def walk(settings: Settings) -> Iterator[Step]:
    """Take the steps in order; after one that failed, nothing is left but cleaning up."""
    test = _Test(settings)
    try:
        for name, step in test.steps():
            begun = time.monotonic()
            try:
                said, passed = step(), True
            except AlertsError as error:
                said, passed = error.cited(), False
            except (requests.RequestException, OSError) as error:
                said, passed = reasons.of("test.failed", error=f"{type(error).__name__}: {error}"), False
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

    def steps(self) -> Iterator[tuple[Reason, Callable[[], Reason]]]:
        yield reasons.of("step.redis"), self._ask_redis
        yield reasons.of("step.api"), self._ask_api
        yield reasons.of("step.relay"), self._listen
        yield reasons.of("step.rule"), self._make_rule
        yield reasons.of("step.fires"), self._fire
        yield reasons.of("step.relay_sends"), self._hear
        yield reasons.of("step.told"), lambda: self._told("firing")
        yield reasons.of("step.acknowledged"), self._acknowledge
        yield reasons.of("step.resolves"), self._recover
        yield reasons.of("step.told_end"), lambda: self._told("resolved")

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

    def _ask_redis(self) -> Reason:
        server = connection.check(self._redis, self._settings.effective_redis_url)
        return reasons.of("doctor.redis_answers", server=server)

    def _ask_api(self) -> Reason:
        token = access_tokens.issue(self._redis, "self-test", "admin")
        self._session.headers["Authorization"] = f"Bearer {token}"
        try:
            status = self._json("GET", "/status")
        except requests.ConnectionError as error:
            raise Unavailable(reasons.of("system.api_silent", address=self._address)) from error
        if status["missing"]:
            raise _Failed(reasons.of("test.missing", processes=status["missing"]))
        counts = {"processes": len(status["processes"]), "rules": status["rules"]["enabled"]}
        return reasons.of("test.counts", **counts)

    def _listen(self) -> Reason:
        ticket = self._json("POST", "/live/ticket")
        scheme = "wss" if self._settings.tls_certificate else "ws"
        where = authority(self._settings.relay_host, self._settings.relay_port)
        address = f"{scheme}://{where}/live?ticket={ticket['ticket']}"
        try:
            self._socket = Listener(address, timeout_s=STEP_S)
            hello = self._next_word(STEP_S)
        except Ended as error:
            raise _Failed(reasons.of("test.relay_refuses", error=error.reason)) from error
        except OSError as error:
            raise Unavailable(reasons.of("system.relay_silent", address=where)) from error
        if hello is None or hello.get("type") != "hello":
            raise _Failed(reasons.of("test.no_hello", answer=str(hello)[:300]))
        return reasons.of("test.listening", entry_id=str(hello["id"]))

    def _make_rule(self) -> Reason:
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
        self._until(lambda: wanted <= self._taken_up(), reasons.of("test.not_taken_up"))
        return reasons.of("test.text", text=self._rule_id)

    def _taken_up(self) -> int:
        """Return the revision of the rules that every evaluator goes by."""
        found = [r for r in self._json("GET", "/status")["processes"] if r["component"] == "evaluator"]
        return min((int(r["counters"].get("rules_revision", 0)) for r in found), default=0)

    def _fire(self) -> Reason:
        self._publish(95)
        alert = self._until(self._find_alert, reasons.of("test.no_alert"))
        self._alert_id = alert["id"]
        return reasons.of("test.alert", condition=alert["condition"], alert_id=self._alert_id)

    def _find_alert(self) -> Any:
        query = f"/alerts/active?rule_id={self._rule_id}&state=firing"
        return next(iter(self._json("GET", query)["alerts"]), None)

    def _hear(self) -> Reason:
        deadline = time.monotonic() + STEP_S
        while time.monotonic() < deadline:
            word = self._next_word(deadline - time.monotonic())
            if word and word.get("type") == "alert.firing" and word["data"]["id"] == self._alert_id:
                return reasons.of("test.entry", entry_id=str(word["id"]))
        raise _Failed(reasons.of("test.not_sent"))

    def _told(self, news: str) -> Reason:
        def told() -> bool:
            return bool(self._story()["channels"].get("web", {}).get("told") == news)

        self._until(told, reasons.of("test.no_worker"))
        return reasons.of("test.told", news=news)

    def _acknowledge(self) -> Reason:
        alert = self._json("POST", f"/alerts/{self._alert_id}/acknowledge", {"comment": "self-test"})
        return reasons.of("test.acknowledged", state=alert["state"], name=alert["acknowledged_by"])

    def _recover(self) -> Reason:
        self._publish(20)
        self._until(lambda: self._story()["alert"]["state"] == "resolved", reasons.of("test.not_resolved"))
        alert = self._story()["alert"]
        return Reason(alert["reason_code"], alert["reason_values"])

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
            raise _Failed(
                reasons.of(
                    "test.answered", request=f"{method} {path}", status=answer.status_code, answer=answer.text[:300]
                )
            )
        return answer.json()

    @staticmethod
    def _until(true: Callable[[], Any], otherwise: Reason) -> Any:
        deadline = time.monotonic() + STEP_S
        while not (found := true()):
            if time.monotonic() > deadline:
                raise _Failed(reasons.of("test.waited", wait_s=STEP_S, because=otherwise))
            time.sleep(0.05)
        return found
