"""Whoever was let in before is let in again in one round trip, and by that never a request longer than before."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from redis import Redis
from redis.exceptions import ConnectionError, TimeoutError

from api.app import create_app
from api.auth import access_tokens, api_keys, users
from api.limits import rate_limit
from api.limits.proof_cache import Credential
from shared.log import Logger
from shared.redis import access_keys, connection
from shared.settings import Settings
from tests.support.api import stored
from tests.support.real_server import RealServer
from tests.support.visitors import NAME, PASSWORD, Visitor, by_cookie, by_key, by_sign_in, by_token
from tests.support.waiting import until

ALL = [by_token, by_sign_in, by_cookie, by_key]


@pytest.fixture
def visitor(app: Flask, redis: Redis, request: pytest.FixtureRequest) -> Visitor:
    users.create(redis, NAME, "operator", PASSWORD)
    return Visitor(app, redis, request.param(redis))


def test_token_is_good_until_it_expires_and_not_longer(app: Flask, redis: Redis) -> None:
    lifetime_s = 6 - access_tokens.LEEWAY_S
    visitor = Visitor(app, redis, Credential(access_tokens.issue(redis, NAME, "viewer", lifetime_s), by_cookie=False))
    before = [visitor.get(), visitor.get()]

    assert [200, 200] == before
    until(lambda: visitor.get() == 401, "the token has expired")


@pytest.mark.parametrize("visitor", ALL, indirect=True)
def test_known_caller_is_asked_about_in_one_round_trip_with_what_they_read(visitor: Visitor, redis: Redis) -> None:
    stored(redis)
    visitor.get()
    visitor.get()
    sent = commands_sent(redis, visitor.get)

    assert ["EVALSHA"] == sent


def test_refusals_come_in_their_order_for_strangers_and_for_known_callers(
    redis: Redis, server: RealServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limit, "BURST_S", 200.0)
    app = create_app(replace(Settings(), redis_url=server.url, api_requests_per_second=0.01), redis, Logger("api"))
    publisher = Visitor(app, redis, Credential(api_keys.create(redis, "p", "publisher", 1)[1], by_cookie=False))
    viewer = Visitor(app, redis, Credential(api_keys.create(redis, "v", "viewer", 1)[1], by_cookie=False))
    stranger = Visitor(app, redis, Credential("eak_x_y", by_cookie=False))
    bad, none = "/alerts/active?limit=0", "/alerts/nothing"

    for visitor, expected in ((stranger, [401] * 4), (publisher, [403] * 4), (viewer, [422, 404, 429, 429])):
        assert expected == [visitor.get(path) for path in (bad, none, bad, none)]
    # Nothing was taken from whoever was turned away.
    assert 1 == len(redis.keys(access_keys.rate("api:*"))), "only the viewer's"


def test_server_that_does_not_answer_is_given_up(redis: Redis, server: RealServer) -> None:
    client = connection.connect(server.url, timeout_s=1.0)
    client.ping()
    # It holds up the end of the pause, too: that comes with its time, within the five seconds that a client waits.
    redis.execute_command("CLIENT", "PAUSE", 3_000, "ALL")
    try:
        with pytest.raises((TimeoutError, ConnectionError)):
            client.ping()
    finally:
        redis.execute_command("CLIENT", "UNPAUSE")

    assert client.ping()
    client.close()


def commands_sent(redis: Redis, act: Callable[[], object]) -> list[str]:
    """Return what the server is sent by others than this test while *act* runs; what scripts do is not sent."""
    with redis.monitor() as monitor:
        redis.echo("begin")
        act()
        redis.echo("end")
        lines = []
        while not lines or lines[-1]["command"] != "ECHO end":
            lines.append(monitor.next_command())
    begun = [line["command"] for line in lines].index("ECHO begin")
    return [line["command"].split()[0] for line in lines[begun + 1 : -1] if line["client_type"] != "lua"]
