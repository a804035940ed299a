"""Who is let in, as whom, and what is written of it: on a real server, with the attacks that are known."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import msgspec
import pytest
from flask import Flask
from flask.testing import FlaskClient
from msgspec import structs
from redis import Redis

from api.app import create_app
from api.auth import api_keys, refresh_tokens, users
from api.limits import rate_limit
from shared.log import Logger
from shared.redis import access_keys
from shared.settings import Settings
from shared.store import rule_store
from tests.support.api import BASE
from tests.support.factories import a_rule

PASSWORD = "말이 없는 밤 열두 시"


@pytest.fixture
def kim(redis: Redis) -> users.User:
    return users.create(redis, "김철수", "operator", PASSWORD)


# -- roles --------------------------------------------------------------------------------------------------


# -- passwords and tokens -----------------------------------------------------------------------------------


def test_forty_sign_ins_at_once_are_answered_and_take_no_more_than_two_hashes(app: Flask, redis: Redis) -> None:
    names = [f"user{n}" for n in range(40)]
    known = users.create(redis, names[0], "viewer", PASSWORD)
    for name in names:
        redis.hset(access_keys.users(), name, msgspec.json.encode(structs.replace(known, name=name)))
    statuses: list[int] = []
    begin = threading.Barrier(len(names))

    def sign_in(n: int) -> tuple[int, str | None]:
        begin.wait(60)
        with app.test_client() as one:
            body = {"name": names[n], "password": PASSWORD}
            answer = one.post(f"{BASE}/sign-in", json=body, environ_base={"REMOTE_ADDR": f"10.0.0.{n}"})
        return answer.status_code, answer.headers.get("Retry-After")

    with ThreadPoolExecutor(len(names)) as pool:
        answers = list(pool.map(sign_in, range(len(names))))
    statuses = [status for status, _ in answers]

    assert {200, 429} == set(statuses)
    assert {"1"} == {after for status, after in answers if status == 429}


def test_of_two_refreshes_at_once_one_is_served_and_none_is_doubled(redis: Redis, kim: users.User) -> None:
    for _ in range(20):
        token = refresh_tokens.issue(redis, "김철수", "operator").refresh_token
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda t: refresh_tokens.refresh(redis, t), [token] * 4))

        assert 1 >= sum(answer is not None for answer in found)


# -- API keys -----------------------------------------------------------------------------------------------


# -- events by HTTP -----------------------------------------------------------------------------------------


# -- rate limits -------------------------------------------------------------------------------------------


def test_two_patches_of_different_fields_both_stay(client: FlaskClient, app: Flask, redis: Redis) -> None:
    rule_store.save(redis, a_rule())
    key = api_keys.create(redis, "x", "admin", 1)[1]

    def patch(n: int) -> None:
        with app.test_client() as own:
            field = {"name": f"n{n}"} if n % 2 else {"description": f"d{n}"}
            own.patch(f"{BASE}/rules/r", json=field, headers={"Authorization": f"Bearer {key}"})

    together = [threading.Thread(target=patch, args=(n,)) for n in (1, 2)]
    for one in together:
        one.start()
    for one in together:
        one.join()
    rule = rule_store.get(redis, "r")

    assert ("n1", "d2") == (rule.name, rule.description)


def test_too_many_requests_of_one_identity_are_slowed_and_not_anothers(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four at once, and the next after a hundred seconds, however slow this machine is."""
    monkeypatch.setattr(rate_limit, "BURST_S", 400.0)
    app = create_app(replace(Settings(), api_requests_per_second=0.01), redis, Logger("api"))
    one, two = (api_keys.create(redis, name, "viewer", 1)[1] for name in ("one", "two"))
    with app.test_client() as visitor:
        get = lambda key: visitor.get(f"{BASE}/me", headers={"Authorization": f"Bearer {key}"})  # noqa: E731
        mine = [get(one) for _ in range(6)]
        others = get(two)

    assert [200] * 4 + [429] * 2 == [answer.status_code for answer in mine]
    assert 1 <= int(mine[-1].headers["Retry-After"]) <= 100
    assert 200 == others.status_code


# -- audit --------------------------------------------------------------------------------------------------


# -- metrics and the command line ---------------------------------------------------------------------------
