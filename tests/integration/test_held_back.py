"""What the doctor says of an alert that is held back, for each step of suppression, as the real router notes it."""

from collections.abc import Callable

import pytest
from redis import Redis

from api.doctor import unsent_alert
from dispatchers import suppress
from shared.clock import SystemClock
from shared.model import route_tree, silences
from shared.model.alerts import Policy
from shared.redis import keys
from shared.store import alert_store, route_store, silence_store
from tests.support.delivery import a_transition, decided
from tests.support.real_server import RealServer
from tests.support.routing import SETTINGS, RunningRouter, routed
from tests.support.waiting import until


def a_silence(redis: Redis) -> None:
    now_ms = SystemClock().now_ms()
    matcher = {"name": "rule_id", "value": "r"}
    fields = {
        "matchers": [matcher],
        "starts_at_ms": now_ms - 1_000,
        "ends_at_ms": now_ms + 600_000,
        "comment": "deploy",
    }
    silence_store.save(redis, silences.parse(fields))


def silenced(redis: Redis) -> None:
    a_silence(redis)
    decided(redis, a_transition("firing"))


def inhibited(redis: Redis) -> None:
    decided(redis, a_transition("firing", 9, rule_id="stronger", severity="emergency", plugin_id="p", metric="cpu"))
    decided(redis, a_transition("firing", plugin_id="p", metric="cpu", severity="warning"))


def cooldown(redis: Redis) -> None:
    later_ms = SystemClock().now_ms() + 600_000
    decided(redis, a_transition("firing"), a_transition("resolved"), a_transition("reopened", hold_until_ms=later_ms))


def flapping(redis: Redis) -> None:
    policy = Policy(cooldown_ms=600_000)
    for n in range(8):
        decided(redis, a_transition("firing", n, plugin_id="p", policy=policy, rule_id="r"))
        decided(redis, a_transition("resolved", n, plugin_id="p", policy=policy, rule_id="r"))
    decided(redis, a_transition("firing", 100, plugin_id="p", policy=policy, rule_id="r"))


def muted(redis: Redis) -> None:
    always = {"times": [{"start_time": "00:00", "end_time": "24:00"}]}
    night = {"channels": ["webhook"], "matchers": ["rule_id=r"], "mute_times": ["always"]}
    tree = {"route": {"channels": ["web"], "routes": [night]}, "time_intervals": {"always": [always]}}
    route_store.save(redis, route_tree.parse(tree))
    decided(redis, a_transition("firing", channels=[]))


CASES: dict[str, tuple[Callable[[Redis], None], str, str]] = {
    "silenced": (silenced, "alert0", "silences list"),
    "inhibited": (inhibited, "alert0", "stronger alert"),
    "cooldown": (cooldown, "alert0", "cooldown ends"),
    "flapping": (flapping, "alert100", "once a cooldown"),
    "muted": (muted, "alert0", "time interval ends"),
}


def test_doctor_names_the_channel_that_is_muted_while_others_are_notified(redis: Redis, server: RealServer) -> None:
    always = {"times": [{"start_time": "00:00", "end_time": "24:00"}]}
    below = [
        {"channels": ["webhook"], "mute_times": ["always"], "continue": True},
        {"channels": ["web"]},
    ]
    tree = {"route": {"channels": ["web"], "routes": below}, "time_intervals": {"always": [always]}}
    route_store.save(redis, route_tree.parse(tree))
    decided(redis, a_transition("firing", channels=[]))
    with RunningRouter(server.url):
        until(lambda: routed(redis))
    alert = alert_store.get(redis, "alert0")
    findings = [str(found.what) for found in unsent_alert.walk(redis, SETTINGS, "alert0")]

    assert ({}, {"webhook": "always"}, ["webhook", "web"]) == (alert.suppressed, alert.muted, alert.channels)
    assert "webhook is not notified: its routes are muted by the time interval always" in findings


def test_every_step_has_a_case_and_an_advice_of_its_own() -> None:
    steps = {name for name, _ in suppress.STEPS}

    assert steps == set(CASES) == set(unsent_alert.RELEASE)


@pytest.mark.parametrize("step", CASES)
def test_doctor_says_what_holds_back_and_what_ends_it(redis: Redis, server: RealServer, step: str) -> None:
    arrange, alert_id, advice = CASES[step]
    arrange(redis)
    with RunningRouter(server.url):
        until(lambda: routed(redis))
    assert list(alert_store.get(redis, alert_id).suppressed) == [step]
    findings = list(unsent_alert.walk(redis, SETTINGS, alert_id))

    (held,) = [found for found in findings if f"held back from channels ({step})" in str(found.what)]
    assert advice in str(held.advice)
    assert redis.exists(keys.alert(alert_id))
