"""Recipients that take their time, or never answer, keep nobody else from being told."""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis

from dispatchers import recipients, render
from dispatchers.channel import DeliveryError, Item, Notification, Receipt, Unfinished
from dispatchers.channels import push
from dispatchers.surroundings import Surroundings
from shared.model import lifecycle
from shared.redis import access_keys, delivery_keys
from shared.store import subscriptions
from shared.store.subscriptions import Subscription
from tests.support import providers
from tests.support.delivery import a_transition
from tests.support.servers import HERE
from tests.support.waiting import PATIENCE_S, until


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


@contextmanager
def a_silent_server() -> Iterator[str]:
    """The kernel takes every connection and every request, and nobody ever answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=256) as silent:
        yield f"http://localhost:{silent.getsockname()[1]}"


class Sending:
    """One notification on its way, in a thread of its own."""

    def __init__(self, redis: Redis) -> None:
        self.receipt: Receipt | None = None
        self.error: Exception | None = None
        self._redis = redis
        self._thread = threading.Thread(target=self._send, daemon=True)
        self._thread.start()

    def _send(self) -> None:
        try:
            self.receipt = push.send(a_message(), push.Config(), Surroundings(self._redis, "http://board", HERE))
        except Exception as error:
            self.error = error

    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def join(self) -> None:
        self._thread.join(timeout=PATIENCE_S)
        assert not self._thread.is_alive()


def a_message() -> Notification:
    alert = lifecycle.apply(None, a_transition("firing"))
    assert alert is not None
    return render.notification("push", [Item("firing", alert, "http://board/")], 1)


def subscribed(redis: Redis, known: Sequence[Subscription]) -> None:
    for one in known:
        subscriptions.save(redis, one)


def beside(honest: Subscription, url: str, count: int, *, before: bool) -> list[Subscription]:
    """Return *count* subscriptions of a server, all called before or after the honest one if they are called by id."""
    found: list[Subscription] = []
    n = 0
    while len(found) < count:
        n += 1
        one = honest.model_copy(update={"endpoint": f"{url}/{n}"})
        if (one.id < honest.id) == before:
            found.append(one)
    return found


def an_honest_one(provider: providers.Push) -> Subscription:
    """Of some that it may have, one with an id in the middle."""
    known = [provider.subscription(0).model_copy(update={"endpoint": f"{provider.url}/push/0/{n}"}) for n in range(64)]
    return sorted(known, key=lambda one: one.id)[32]


@pytest.mark.parametrize("before", [True, False])
def test_browser_is_told_while_fifty_others_do_not_answer(redis: Redis, before: bool) -> None:
    provider = providers.Push()
    with provider.serve():
        honest = an_honest_one(provider)
        with a_silent_server() as silent:
            subscribed(redis, [honest, *beside(honest, silent, 50, before=before)])
            provider.server_key = subscriptions.public_key(redis)
            sending = Sending(redis)
            until(lambda: provider.shown or not sending.is_alive(), "the honest one is told")
            assert sending.is_alive(), "it was told while those that do not answer were still waited for"
        sending.join()

    assert 1 == len(provider.shown)
    assert isinstance(sending.error, DeliveryError)
    assert sending.error.is_reached
    assert {honest.id} == {one.decode() for one in redis.smembers(the_had(redis))}
    assert 50 == redis.scard(delivery_keys.slow_recipients("push"))


def the_had(redis: Redis) -> str:
    (item,) = a_message().items
    return recipients._had("push", item)


def test_recipient_that_meets_a_bug_takes_none_of_the_others(redis: Redis) -> None:
    provider = providers.Push()
    with provider.serve():
        honest = an_honest_one(provider)
        provider.server_key = subscriptions.public_key(redis)
        # No reader foresees that this port is none.
        bad = beside(honest, "http://localhost:99999", 3, before=True)
        subscribed(redis, [*bad, honest])
        receipt = push.send(a_message(), push.Config(), Surroundings(redis, "http://board", HERE))

    assert 1 == len(provider.shown)
    assert "" != receipt.refused


@pytest.mark.parametrize("junk", [b"", b"junk", b"null", b"[]", b'{"role":7}', b"\xff", b"[" * 5_000])
def test_unreadable_owner_or_subscription_takes_none_of_the_others(redis: Redis, junk: bytes) -> None:
    provider = providers.Push()
    with provider.serve():
        honest = an_honest_one(provider)
        provider.server_key = subscriptions.public_key(redis)
        (other,) = beside(honest, "http://localhost:1", 1, before=True)
        subscribed(redis, [honest, other.model_copy(update={"owner": "user:kim", "user": "kim"})])
        redis.hset(access_keys.users(), "kim", junk)
        redis.hset(delivery_keys.push_subscriptions(), b"\xff", junk)
        redis.hset(delivery_keys.push_subscriptions(), b"plain", junk)
        receipt = push.send(a_message(), push.Config(), Surroundings(redis, "http://board", HERE))
        subscriptions.save(redis, other.model_copy(update={"endpoint": "http://localhost:1/again"}))

    assert 1 == len(provider.shown)
    assert "localhost" == str(receipt.answer)


@given(owners=st.lists(st.sampled_from(["", "user:a", "user:b", "key:c", "link:d"]), max_size=40))
def test_each_owner_has_its_turn(owners: list[str]) -> None:
    """However many browsers somebody has, nobody waits for more than one of each owner between two of their own."""
    key = subscriptions.Keys.model_construct(p256dh="", auth="")
    known = [
        Subscription.model_construct(endpoint=f"https://push.example/{n}", keys=key, owner=owner, user="")
        for n, owner in enumerate(owners)
    ]
    whose = {one.id: one.owner or one.id for one in known}
    order = push.in_turns(known)

    assert sorted(order) == sorted(whose)
    for n, name in enumerate(order):
        earlier = [whose[one] for one in order[:n]]
        mine = earlier.count(whose[name])
        assert all(earlier.count(other) <= mine + 1 for other in set(earlier))
