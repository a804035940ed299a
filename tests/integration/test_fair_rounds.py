"""Recipients that take their time, or never answer, keep nobody else from being told."""

import pytest
from redis import Redis

from dispatchers import recipients, render
from dispatchers.channel import DeliveryError, Item, Unfinished
from shared import lifecycle
from tests.integration.test_delivery import a_transition


class Time:
    """A clock that calls move on."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.mark.parametrize("slow_count", [1, 3, 20])
def test_slow_recipients_starve_nobody(redis: Redis, monkeypatch: pytest.MonkeyPatch, slow_count: int) -> None:
    """The slow ones are first by name, and each takes half a round; every round ends early because of them."""
    clock = Time()
    monkeypatch.setattr(recipients, "time", clock)
    alert = lifecycle.apply(None, a_transition("firing"))
    assert alert is not None
    message = render.notification("push", [Item("firing", alert, "http://board/")], 1)
    slow = [f"a{n:02}" for n in range(slow_count)]
    honest = [f"b{n:02}" for n in range(30)]
    told: list[str] = []
    failures = 0
    for _ in range(40):
        round_ = recipients.Round(redis, message, slow + honest)
        for name, part in round_:
            clock.now += recipients.ROUND_S * 0.6 if name in slow else 0.1
            if name in slow:
                round_.refused([name], part, DeliveryError("uncertain", "no answer"))
            else:
                told.append(name)
                round_.had([name], part, "201")
        try:
            round_.outcome()
        except Unfinished:
            continue
        except DeliveryError:
            failures += 1
            if failures == 2:
                break

    assert sorted(told) == honest, "each honest one once, within the first attempts"


def test_one_that_answers_again_is_slow_no_more(redis: Redis) -> None:
    alert = lifecycle.apply(None, a_transition("firing"))
    assert alert is not None
    orders = []
    for number in range(3):
        message = render.notification("push", [Item("firing", alert, "http://board/")], number)
        round_ = recipients.Round(redis, message, ["a", "b"])
        order = []
        for name, part in round_:
            order.append(name)
            if name == "a" and number == 0:
                round_.refused([name], part, DeliveryError("retryable", "busy"))
            elif name == "a":
                round_.had([name], part, "201")
        orders.append(order)

    assert [["a", "b"], ["b", "a"]] == orders[:2]
    assert ["b"] == orders[2]
