"""Whoever was, or may have been, told that an alert fires is told that it is over, whatever happens meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs
from redis import Redis
from redis.exceptions import ConnectionError

from dispatchers import channel as kinds
from dispatchers import jobs, render
from shared.log import Logger
from shared.model import lifecycle
from shared.model.alerts import Alert, LedgerEntry, TimelineEntry
from shared.model.encoding import encode
from shared.process import Heartbeat
from shared.redis import delivery_keys, keys
from shared.redis.transaction import Session
from shared.settings import Settings
from shared.store import alert_store, channel_store, due_groups
from tests.support.delivery import a_transition, ledger_of
from tests.support.servers import Hook, answer, http_server

NOW = 1_700_000_000_000


class Told:
    """One alert, told to one webhook by the real job in this process; and what the reader has heard."""

    def __init__(self, redis: Redis, hook: Hook) -> None:
        self.redis, self.hook = redis, hook
        self.heard: list[str] = []
        """News that were accepted, or may have been."""
        self.will = "accept"
        hook.answer = self._answer
        alert = lifecycle.apply(None, a_transition("firing"))
        assert alert is not None
        self.alert = structs.replace(alert, group="rule:r")
        self._before: Alert | None = None
        self.heartbeat = Heartbeat(redis, "worker")
        jobs.set_up(redis, Settings(group_seconds=0), Logger("test"), self.heartbeat)
        self.configure("on")
        self.change()

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        news = msgspec.json.decode(self.hook.requests[-1][1])["alerts"][0]["news"]
        if self.will in ("accept", "fall silent"):
            self.heard.append(news)
        if self.will == "fall silent":
            handler.connection.close()
            handler.close_connection = True
        else:
            answer(handler, {"accept": 200, "refuse": 400, "be busy": 503}[self.will])

    def configure(self, how: str) -> None:
        fields = {"url": self.hook.url, "max_per_minute": 6_000}
        if how == "deleted":
            channel_store.delete(self.redis, "webhook")
        elif how == "unreadable":
            self.redis.hset(keys.channels(), "webhook", b"\xffjunk")
        else:
            more: dict[str, dict[str, Any]] = {
                **{"on": {}, "off": {"enabled": False}, "unusable": {"colour": "red"}},
                "strange": {"max_per_minute": 1e-300},
            }
            channel_store.save(self.redis, "webhook", {**fields, **more[how]})

    def change(self, **changes: Any) -> None:
        self.alert = structs.replace(self.alert, version=self.alert.version + 1, **changes)
        with self.redis.pipeline() as pipe:
            alert_store.stage(pipe, self._before, self.alert, TimelineEntry(at_ms=NOW, kind=self.alert.state), 10**8)
            pipe.execute()
        self._before = self.alert

    def act(self, what: str) -> None:
        if what == "acknowledge" and self.alert.state == "firing":
            self.change(state="acknowledged", acknowledged_by="kim")
        elif what == "resolve" and self.alert.state != "resolved":
            self.change(state="resolved", resolved_by="rule", resolved_at_ms=NOW)
        elif what == "remind" and self.alert.state == "firing":
            self.change(reminders=self.alert.reminders + 1)
        elif what == "silence" and self.alert.state != "resolved":
            self.change(suppressed={} if self.alert.suppressed else {"silenced": "by a test"})
        elif what.startswith("reopen") and self.alert.state == "resolved":
            episode = self.alert.episode + 1
            announced = episode if what == "reopen" else self.alert.announced_episode
            self.change(state="firing", episode=episode, announced_episode=announced, reminders=0)

    def deliver(self) -> None:
        """As if the next attempt's time had come, and no rate limit or pause held it up."""
        self.redis.delete(
            delivery_keys.pause("webhook"), delivery_keys.failures("webhook"), delivery_keys.bucket("webhook")
        )
        entry = self.ledger
        if entry.not_before_ms:
            self.redis.hset(keys.ledger(self.alert.id), "webhook", encode(structs.replace(entry, not_before_ms=0)))
        with self.redis.pipeline() as pipe:
            due_groups.stage_due(pipe, self.alert, ["webhook"], 0)
            pipe.execute()
        jobs.deliver("webhook", "rule:r")

    @property
    def ledger(self) -> LedgerEntry:
        return ledger_of(self.redis, self.alert.id, "webhook")


@pytest.fixture
def hook() -> Iterator[Hook]:
    with http_server() as running:
        yield running


a_step = st.tuples(
    st.sampled_from(["nothing", "acknowledge", "resolve", "remind", "silence", "reopen", "reopen in cooldown"]),
    st.sampled_from(["on", "on", "on", "off", "unusable", "unreadable", "deleted", "strange"]),
    st.sampled_from(["accept", "fall silent", "refuse", "be busy"]),
)


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(a_step, min_size=1, max_size=10))
def test_whoever_may_know_of_the_firing_hears_of_the_end(redis: Redis, hook: Hook, steps: list) -> None:
    redis.flushall()
    told = Told(redis, hook)
    for action, configuration, will in steps:
        told.act(action)
        told.configure(configuration)
        told.will = will
        told.deliver()
    told.configure("on")
    told.will = "accept"
    told.act("resolve")
    told.deliver()

    assert not told.heard or "resolved" == told.heard[-1], told.heard
    assert told.ledger.told in ("", "resolved") and not told.ledger.maybe_told


@pytest.mark.parametrize("how", ["off", "unusable", "unreadable", "deleted"])
def test_send_in_doubt_is_remembered_while_the_configuration_is_bad(redis: Redis, hook: Hook, how: str) -> None:
    told = Told(redis, hook)
    told.will = "fall silent"
    told.deliver()
    told.configure(how)
    told.deliver()
    meanwhile = told.ledger
    told.will = "accept"
    told.configure("on")
    told.act("resolve")
    told.deliver()

    assert meanwhile.maybe_told and meanwhile.in_doubt
    assert ["firing", "resolved"] == told.heard


# -- duplicates are counted as they are ---------------------------------------------------------------------


@contextmanager
def disturbed(monkeypatch: pytest.MonkeyPatch, disturb: Any) -> Iterator[None]:
    """Call *disturb* before each transaction of the record; it may let the transaction go on, or raise."""
    real = Session.send

    def send(self: Session, writes: Any) -> bool:
        return disturb(lambda: real(self, writes))

    with monkeypatch.context() as patch:
        patch.setattr(Session, "send", send)
        yield


@pytest.mark.parametrize("conflicts", [0, 1, 3])
@pytest.mark.parametrize("lost_answers", [0, 1, 2])
def test_duplicate_is_counted_once_however_often_it_is_written(
    redis: Redis, hook: Hook, monkeypatch: pytest.MonkeyPatch, conflicts: int, lost_answers: int
) -> None:
    """The claim passes to another while this job sends, and its record meets conflicts and lost answers."""
    told = Told(redis, hook)
    left = {"conflicts": conflicts, "lost": lost_answers}

    def steal() -> None:
        redis.set(delivery_keys.group_claim("webhook", "rule:r"), "another")

    def disturb(go_on: Any) -> bool:
        if left["conflicts"]:
            left["conflicts"] -= 1
            redis.hset(keys.ledger(told.alert.id), "pigeon", "x")
        elif left["lost"]:
            left["lost"] -= 1
            go_on()
            raise ConnectionError("the answer was lost")
        return go_on()

    real = hook.answer
    hook.answer = lambda handler: (steal(), real(handler))[1]
    with disturbed(monkeypatch, disturb):
        told.deliver()

    assert (1, "firing") == (told.ledger.possible_duplicates, told.ledger.told)
    assert 1 == told.heartbeat.counters["possible_duplicates"]


# -- one bad thing of a channel takes no other along ---------------------------------------------------------


def firing_with(redis: Redis, n: int, **fields: Any) -> Alert:
    alert = lifecycle.apply(None, a_transition("firing", n))
    assert alert is not None
    alert = structs.replace(alert, group="rule:r", **fields)
    with redis.pipeline() as pipe:
        alert_store.stage(pipe, None, alert, TimelineEntry(at_ms=NOW, kind="firing"), 10**8)
        due_groups.stage_due(pipe, alert, ["webhook"], 0)
        pipe.execute()
    return alert


def bring_up_to_date(redis: Redis, rounds: int = 12) -> None:
    for _ in range(rounds):
        redis.delete(delivery_keys.pause("webhook"), delivery_keys.bucket("webhook"))
        jobs.deliver("webhook", "rule:r")


@pytest.mark.parametrize("bad", [0, 3, 7])
@pytest.mark.parametrize("where", ["worded", "sent"])
def test_alert_that_breaks_its_channel_takes_no_other_of_its_group_along(
    redis: Redis, hook: Hook, monkeypatch: pytest.MonkeyPatch, where: str, bad: int
) -> None:
    Told(redis, hook)
    redis.delete(delivery_keys.due("webhook", "rule:r"))
    for n in range(1, 9):
        firing_with(redis, n)
    name = f"alert{bad + 1}"

    def broken(real: Any, at: int) -> Any:
        def call(*args: Any, **options: Any) -> Any:
            items = args[at] if at else args[0].items
            if any(item.alert.id == name for item in items):
                raise ArithmeticError("a bug")
            return real(*args, **options)

        return call

    if where == "worded":
        monkeypatch.setattr(render, "notification", broken(render.notification, 1))
    else:
        kind = kinds.get("webhook")
        monkeypatch.setattr(kind, "_send", broken(kind._send, 0))
    bring_up_to_date(redis, 3)

    told = {n: ledger_of(redis, f"alert{n}", "webhook") for n in range(1, 9)}
    assert {n for n in told if n != bad + 1} == {n for n, entry in told.items() if entry.told == "firing"}
    assert "ArithmeticError" in told[bad + 1].reason
    assert not redis.exists(delivery_keys.failures("webhook")), "a bug met with one alert parked the channel"


JUNK = [b"\xff", b"not json", b"null", b"[]", b'{"told":7}', b"7"]


@pytest.mark.parametrize("junk", JUNK, ids=range(len(JUNK)))
def test_ledger_line_that_cannot_be_read_means_that_the_channel_may_know(redis: Redis, hook: Hook, junk: bytes) -> None:
    told = Told(redis, hook)
    told.act("resolve")
    redis.hset(keys.ledger(told.alert.id), "webhook", junk)
    with redis.pipeline() as pipe:
        due_groups.stage_due(pipe, told.alert, ["webhook"], 0)
        pipe.execute()
    jobs.deliver("webhook", "rule:r")

    assert ["resolved"] == told.heard
    assert "resolved" == told.ledger.told


@pytest.mark.parametrize("junk", JUNK, ids=range(len(JUNK)))
def test_junk_in_a_group_holds_up_none_of_its_alerts(redis: Redis, hook: Hook, junk: bytes) -> None:
    told = Told(redis, hook)
    redis.set(keys.alert("bad"), junk)
    redis.sadd(delivery_keys.due("webhook", "rule:r"), "bad", "gone", b"\xff\xfe", "")
    for key in (
        delivery_keys.failures("webhook"),
        delivery_keys.bucket("webhook"),
        delivery_keys.group_window("webhook", "rule:r"),
    ):
        redis.set(key, junk)
    redis.set(delivery_keys.group_claim("webhook", "rule:r"), junk)
    with redis.pipeline() as pipe:
        due_groups.stage_due(pipe, told.alert, ["webhook"], 0)
        pipe.execute()
    jobs.deliver("webhook", "rule:r")

    assert ["firing"] == told.heard
    assert not redis.exists(delivery_keys.due("webhook", "rule:r"), delivery_keys.in_hand("webhook", "rule:r"))


def test_what_a_provider_changes_of_a_configuration_undoes_no_edit(
    redis: Redis, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Told(redis, hook)
    kind = kinds.get("webhook")
    monkeypatch.setattr(kind, "_send", lambda *_: kinds.Receipt("ok", changes={"max_per_minute": 60}))
    real, edits = channel_store.load, [{"url": hook.url, "title_template": "edited"}]

    def load(redis: Redis, name: str) -> dict[str, Any]:
        found = real(redis, name)
        if edits:
            channel_store.save(redis, name, edits.pop())
        return found

    monkeypatch.setattr(channel_store, "load", load)
    told.deliver()

    assert {"url": hook.url, "title_template": "edited", "max_per_minute": 60} == real(redis, "webhook")
