"""Whose browsers are told by Web Push: theirs who subscribed them, for as long as they may read here."""

import pytest
from redis import Redis

from dispatchers.channel import DeliveryError
from dispatchers.network import Network
from shared.errors import Conflict
from shared.outbound import Policy
from shared.redis import delivery_keys
from shared.store import subscriptions
from tests.support import providers
from tests.support.channels import firing, send
from tests.support.interleave import interrupted
from tests.support.providers import serving
from tests.support.subscriptions import a_subscription


@pytest.mark.parametrize("place", range(4))
def test_two_who_subscribe_one_browser_at_once_do_not_both_have_it(redis: Redis, place: int) -> None:
    refused = []

    def save(client: Redis, owner: str) -> None:
        try:
            subscriptions.save(client, a_subscription(1, owner))
        except Conflict:
            refused.append(owner)

    with interrupted(redis, place, lambda: save(redis, "user:lee")) as client:
        save(client, "user:kim")
    (left,) = subscriptions.load_all(redis)

    assert {"user:kim", "user:lee"} == {left.owner, *refused} and 1 == len(refused)


def test_address_that_leads_inside_is_not_called_though_channels_may_call_inside(redis: Redis) -> None:
    with serving(providers.Push()) as provider:
        provider.prepare(redis)
        send(provider, redis, firing())
        called = len(provider.requests)
        for stored in subscriptions.load_all(redis):
            owned = stored.model_copy(update={"owner": "link:admin", "user": "admin"})
            redis.hset(delivery_keys.push_subscriptions(), owned.id, owned.model_dump_json())
        # Allowed by its network, not by its name.
        inside = Network(policy=Policy(allow=("loopback", "private", "127.0.0.0/8", "::1/128")))
        with pytest.raises(DeliveryError) as refused:
            send(provider, redis, firing(), network=inside)

    assert called and called == len(provider.requests)
    assert "private" in str(refused.value.reason)
