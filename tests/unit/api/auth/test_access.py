"""Who is let in, as whom, and what is written of it: on a real server, with the attacks that are known."""

import base64
import hmac
import json
import time
from collections.abc import Callable

import pytest
from argon2 import PasswordHasher, extract_parameters
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from api.app import create_app
from api.auth import (
    access_tokens,
    api_keys,
    bearer,
    guard,
    one_time,
    passwords,
    refresh_tokens,
    sessions,
    sign_ins,
    signing,
    users,
)
from api.auth.identity import ROLES, Role
from api.describe import roles
from api.describe.roles import Endpoint
from api.routes import pages
from shared.errors import Invalid
from shared.log import Logger
from shared.model import silences
from shared.model.events import Event
from shared.model.partitions import partition_of
from shared.redis import access_keys, delivery_keys, keys
from shared.settings import Settings
from shared.store import audit, channel_store, rule_store, silence_store
from tests.support.api import BASE, stored
from tests.support.cli import Run
from tests.support.factories import a_rule
from tests.support.passwords import LIGHT
from tests.support.processes import ROOT
from tests.support.waiting import until

PASSWORD = "말이 없는 밤 열두 시"
OTHER = "correct horse battery"


@pytest.fixture
def kim(redis: Redis) -> users.User:
    return users.create(redis, "김철수", "operator", PASSWORD)


@pytest.fixture
def stranger(app: Flask) -> FlaskClient:
    return app.test_client()


def tokens(stranger: FlaskClient, name: str = "김철수", password: str = PASSWORD) -> dict[str, str]:
    answer = stranger.post(f"{BASE}/auth/tokens", json={"name": name, "password": password})
    assert 200 == answer.status_code, answer.text
    return answer.json


def me(stranger: FlaskClient, token: str) -> int:
    return stranger.get(f"{BASE}/me", headers={"Authorization": f"Bearer {token}"}).status_code


# -- roles --------------------------------------------------------------------------------------------------


def walk() -> list[Endpoint]:
    return roles.endpoints(create_app(Settings(), Redis(), Logger("test")))


@pytest.mark.parametrize("name", [".", ".."])
def test_user_whose_name_no_address_can_hold_is_refused(redis: Redis, name: str) -> None:
    with pytest.raises(Invalid, match="name"):
        users.create(redis, name, "viewer", "말이 없는 밤 열두 시")


@pytest.mark.parametrize("role", [*ROLES, None])
def test_every_endpoint_lets_in_whom_its_role_says_and_nobody_else(app: Flask, redis: Redis, role: Role | None) -> None:
    headers = {}
    if role:
        # A key each walk; what an admin may do includes ending sessions and removing things.
        headers = {"Authorization": f"Bearer {api_keys.create(redis, 'walker', role, 1)[1]}"}
    wrong = []
    for one in walk():
        path = one.path.replace("/pages/<path:name>", "/pages/pages.css")
        for part in (
            "alert_id",
            "rule_id",
            "silence_id",
            "subscription_id",
            "key_id",
            "name",
            "filename",
            "channel_name",
        ):
            path = path.replace(f"<{part}>", "nothing").replace(f"<path:{part}>", "nothing")
        if "/test/" in path or "sign-in" in path:
            path = path.replace("/test/nothing", "/test/nothing-there")
        with app.test_client() as visitor:
            status = visitor.open(path, method=one.method, headers=headers).status_code
        refused = 401 if role is None else 403
        is_in = status not in (401, 403)
        if one.lets_in(role) is not is_in and not (one.role == guard.OPEN and status in (401, 403)):
            wrong.append(f"{one.method} {path}: {status}")
        if not one.lets_in(role) and status != refused:
            wrong.append(f"{one.method} {path}: {status}, not {refused}")
        redis.delete(*(redis.keys(access_keys.rate("api:*")) or ["none"]))

    assert [] == wrong


def test_no_endpoint_was_forgotten_and_these_are_open() -> None:
    every = walk()

    assert [] == [one for one in every if one.role == "nobody"]
    assert {
        *("/healthz", "/readyz", "/sign-in", "/pages/<path:name>", "/assets/<path:name>"),
        *(f"/{name}" for name in pages.ROOT_FILES),
        *(f"{BASE}/sign-in", f"{BASE}/auth/tokens", f"{BASE}/auth/refresh", f"{BASE}/auth/revoke"),
        # Twilio's receipts carry a signature instead.
        f"{BASE}/callbacks/twilio/<channel_name>",
    } == {one.path for one in every if one.role == guard.OPEN}


def test_table_of_roles_in_the_docs_is_that_of_the_code() -> None:
    written = (ROOT / "docs" / "roles.md").read_text()

    assert roles.document(create_app(Settings(), Redis(), Logger("test"))) == written, (
        "run: python -m api.describe.roles"
    )


# -- passwords and tokens -----------------------------------------------------------------------------------


def test_user_signs_in_on_the_page_and_out_again(stranger: FlaskClient, kim: users.User) -> None:
    refused = stranger.post(f"{BASE}/sign-in", json={"name": "김철수", "password": OTHER})
    signed_in = stranger.post(f"{BASE}/sign-in", json={"name": "김철수", "password": PASSWORD})
    known = stranger.get(f"{BASE}/me").json
    foreign = stranger.post(
        f"{BASE}/sign-in", json={"name": "김철수", "password": PASSWORD}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    out = stranger.post(f"{BASE}/sign-out", headers={"Sec-Fetch-Site": "same-origin"})

    assert (401, 200, 403, 204) == (refused.status_code, signed_in.status_code, foreign.status_code, out.status_code)
    assert {"name": "김철수", "role": "operator", "kind": "user"} == known
    assert "HttpOnly" in signed_in.headers["Set-Cookie"] and "SameSite=Lax" in signed_in.headers["Set-Cookie"]
    assert 401 == stranger.get(f"{BASE}/me").status_code


def test_stolen_cookie_is_no_good_after_sign_out(app: Flask, stranger: FlaskClient, kim: users.User) -> None:
    stranger.post(f"{BASE}/sign-in", json={"name": "김철수", "password": PASSWORD})
    cookie = stranger.get_cookie(guard.COOKIE)
    assert cookie is not None
    stranger.post(f"{BASE}/sign-out", headers={"Sec-Fetch-Site": "same-origin"})
    with app.test_client() as thief:
        thief.set_cookie(guard.COOKIE, cookie.value)

        assert 401 == thief.get(f"{BASE}/me").status_code


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_cookie_belongs_to_this_host_alone_over_https(stranger: FlaskClient, kim: users.User, scheme: str) -> None:
    address = f"{scheme}://localhost"
    signed_in = stranger.post(f"{BASE}/sign-in", json={"name": "김철수", "password": PASSWORD}, base_url=address)
    name, _, rest = signed_in.headers["Set-Cookie"].partition("=")
    secret, _, attributes = rest.partition(";")
    assert 200 == stranger.get(f"{BASE}/me", base_url=address).status_code
    for other in (guard.COOKIE, guard.SECURE_COOKIE):
        with stranger.application.test_client() as planted:
            planted.set_cookie(other, secret, domain="localhost", secure=scheme == "https")

            assert (200 if other == name else 401) == planted.get(f"{BASE}/me", base_url=address).status_code

    assert name == (guard.SECURE_COOKIE if scheme == "https" else guard.COOKIE)
    wanted = {"HttpOnly", "Path=/", "SameSite=Lax", *(["Secure"] if scheme == "https" else [])}
    assert wanted <= {part.strip() for part in attributes.split(";")} and "Domain" not in attributes


def test_session_ends_a_week_after_the_sign_in_however_much_it_is_used(
    app: Flask, stranger: FlaskClient, redis: Redis, kim: users.User, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger.post(f"{BASE}/sign-in", json={"name": "김철수", "password": PASSWORD})
    (place,) = redis.keys(access_keys.session("*"))
    ends_at_ms = stranger.get(f"{BASE}/me/sessions").json["sessions"][0]["ends_at_ms"]
    body = json.loads(redis.get(place))
    ages = {sign_ins.LONGEST_MS - 60_000: 200, sign_ins.LONGEST_MS + 1_000: 401}
    found = {}
    for age_ms in ages:
        opened = {**body, "opened_at_ms": time.time_ns() // 1_000_000 - age_ms}
        redis.set(place, json.dumps(opened), px=sessions.SESSION_MS // 2)
        found[age_ms] = [stranger.get(f"{BASE}/me").status_code for _ in range(2)]

    assert {age_ms: [status] * 2 for age_ms, status in ages.items()} == found
    assert ends_at_ms <= body["opened_at_ms"] + sign_ins.LONGEST_MS
    # What the first release stored has no beginning; it is not renewed.
    redis.set(place, json.dumps({"name": "김철수", "role": "operator", "is_user": True}), px=60_000)
    assert 200 == stranger.get(f"{BASE}/me").status_code
    assert redis.pttl(place) <= 60_000


def test_looking_at_a_sign_in_link_does_not_use_it_up(stranger: FlaskClient, redis: Redis) -> None:
    code = one_time.create_sign_in_code(redis)
    looked = [stranger.head(f"/sign-in?code={code}"), stranger.options(f"/sign-in?code={code}")]
    wrong = stranger.head("/sign-in?code=wrong")
    followed = stranger.get(f"/sign-in?code={code}")

    assert [303, 200, 401, 303] == [answer.status_code for answer in (*looked, wrong, followed)]
    assert [False, False, True] == ["Set-Cookie" in answer.headers for answer in (*looked, followed)]
    assert 401 == stranger.head(f"/sign-in?code={code}").status_code


def test_refresh_token_is_good_once_and_a_replay_ends_its_family(stranger: FlaskClient, kim: users.User) -> None:
    first = tokens(stranger)
    second = stranger.post(f"{BASE}/auth/refresh", json={"refresh_token": first["refresh_token"]}).json
    good = me(stranger, second["access_token"])
    replayed = stranger.post(f"{BASE}/auth/refresh", json={"refresh_token": first["refresh_token"]})
    newest = stranger.post(f"{BASE}/auth/refresh", json={"refresh_token": second["refresh_token"]})

    assert 200 == good
    assert (401, 401) == (replayed.status_code, newest.status_code)
    assert (401, 401) == (me(stranger, first["access_token"]), me(stranger, second["access_token"]))


@pytest.mark.parametrize("bad", ["", "x", "ear_", "ear_x", "ear_x_y", "eak_x_y", "ear_" + "0" * 24 + "_x"])
def test_what_is_no_refresh_token_is_refused(stranger: FlaskClient, bad: str) -> None:
    assert stranger.post(f"{BASE}/auth/refresh", json={"refresh_token": bad}).status_code in (401, 422)


@pytest.mark.parametrize(
    "change",
    [
        lambda redis: users.change(redis, "김철수", password=OTHER),
        lambda redis: users.change(redis, "김철수", role="viewer"),
        lambda redis: users.change(redis, "김철수", enabled=False),
        lambda redis: users.delete(redis, "김철수"),
    ],
)
def test_change_of_a_user_ends_sessions_and_tokens_at_once(
    stranger: FlaskClient, redis: Redis, kim: users.User, change: Callable[[Redis], object]
) -> None:
    given = tokens(stranger)
    stranger.post(f"{BASE}/sign-in", json={"name": "김철수", "password": PASSWORD})
    before = stranger.get(f"{BASE}/me").status_code, me(stranger, given["access_token"])
    change(redis)

    assert (200, 200) == before
    assert 401 == stranger.get(f"{BASE}/me").status_code
    assert 401 == me(stranger, given["access_token"])
    assert 401 == stranger.post(f"{BASE}/auth/refresh", json={"refresh_token": given["refresh_token"]}).status_code


def test_revoked_family_is_no_good(stranger: FlaskClient, kim: users.User) -> None:
    given = tokens(stranger)
    revoked = stranger.post(f"{BASE}/auth/revoke", json={"refresh_token": given["refresh_token"]})

    assert 204 == revoked.status_code
    assert 401 == me(stranger, given["access_token"])


def test_signing_key_is_replaced_and_what_the_old_one_signed_runs_out(redis: Redis, kim: users.User) -> None:
    old = access_tokens.issue(redis, "kim", "viewer")
    signing.rotate(redis)
    new = access_tokens.issue(redis, "kim", "viewer")

    assert access_tokens.identify(redis, old) and access_tokens.identify(redis, new)
    assert 2 == len(signing.keys(redis))
    redis.hdel(access_keys.signing_keys(), "first")
    assert access_tokens.identify(redis, old) is None


@pytest.mark.parametrize("ahead_s", [1, 5, 25, -1, -25])
def test_token_of_a_machine_whose_clock_is_off_is_taken(
    redis: Redis, monkeypatch: pytest.MonkeyPatch, ahead_s: int
) -> None:
    real = time.time
    with monkeypatch.context() as there:
        there.setattr("api.auth.access_tokens.time.time", lambda: real() + ahead_s)
        # One that is about to end, by the clock of whoever made it.
        token = access_tokens.issue(redis, "kim", "viewer", lifetime_s=3)

    assert access_tokens.identify(redis, token)


def test_token_from_a_time_that_no_clock_is_off_by_is_refused(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    real = time.time
    with monkeypatch.context() as there:
        there.setattr("api.auth.access_tokens.time.time", lambda: real() + 120)
        ahead = access_tokens.issue(redis, "kim", "viewer")
    old = access_tokens.issue(redis, "kim", "viewer", lifetime_s=-120)

    assert (None, None) == (access_tokens.identify(redis, ahead), access_tokens.identify(redis, old))


def test_user_who_was_just_changed_signs_in_on_a_machine_whose_clock_is_behind(
    redis: Redis, kim: users.User, monkeypatch: pytest.MonkeyPatch
) -> None:
    users.change(redis, "김철수", role="viewer")
    real = time.time
    with monkeypatch.context() as there:
        there.setattr("api.auth.access_tokens.time.time", lambda: real() - 20)
        token = refresh_tokens.issue(redis, "김철수", "viewer").access_token

    assert access_tokens.identify(redis, token)


@pytest.mark.parametrize("kid", ["nothing", "", None, "environment", "first\n", "\ud800", 7, ["first"]])
def test_token_of_an_unknown_key_is_refused_whatever_it_is_signed_with(redis: Redis, kid: object) -> None:
    signing.keys(redis)
    now = int(time.time())
    claims = {
        "iss": access_tokens.ISSUER,
        "aud": access_tokens.AUDIENCE,
        "sub": "kim",
        "role": "admin",
        "iat": now,
        "exp": now + 60,
    }
    for key in (b"", b"\0" * 32):
        head, body = (b64(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT", "kid": kid}, claims))
        signature = b64(hmac.digest(key, head + b"." + body, "sha256"))

        assert access_tokens.identify(redis, b".".join((head, body, signature)).decode()) is None
    assert signing.verifying_key(redis, "nothing") is None


def b64(plain: bytes) -> bytes:
    return base64.urlsafe_b64encode(plain).rstrip(b"=")


def test_sign_in_is_slowed_down_by_account_whatever_the_name(stranger: FlaskClient, kim: users.User) -> None:
    for name in ("김철수", "nobody"):
        answers = [
            stranger.post(f"{BASE}/auth/tokens", json={"name": name, "password": "wrong password"}) for _ in range(6)
        ]

        assert [401] * 5 + [429] == [answer.status_code for answer in answers]
        assert 1 <= int(answers[-1].headers["Retry-After"]) <= 30
    # The right password does not help now either, or it would tell that it is right.
    assert 429 == stranger.post(f"{BASE}/auth/tokens", json={"name": "김철수", "password": PASSWORD}).status_code


def test_sign_in_is_slowed_down_by_address(stranger: FlaskClient, redis: Redis) -> None:
    statuses = [
        stranger.post(f"{BASE}/auth/refresh", json={"refresh_token": f"ear_{n}_x"}).status_code for n in range(31)
    ]

    assert [401] * 30 + [429] == statuses


def test_unknown_user_costs_the_work_of_a_wrong_password(
    redis: Redis, kim: users.User, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashes: list[str] = []
    real = PasswordHasher()

    class Watched(PasswordHasher):
        def verify(self, hash: str, password: str) -> bool:
            hashes.append(hash)
            return real.verify(hash, password)

    monkeypatch.setattr(passwords, "_hasher", Watched(**LIGHT))
    users.change(redis, kim.name, enabled=False)
    tries = [(kim.name, "wrong password"), ("nobody", "x"), (kim.name, PASSWORD), ("nobody", "x" * 300)]
    known = [users.check_password(redis, name, password) for name, password in tries]

    assert [None] * 4 == known
    # Each try is one verification, and all have the same memory, time and lanes to go through.
    assert 4 == len(hashes)
    assert all(extract_parameters(one) == extract_parameters(hashes[0]) for one in hashes)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "a", "password": "short"}, "password"),
        ({"name": "a/b", "password": PASSWORD}, "name"),
        ({"name": "", "password": PASSWORD}, "name"),
        ({"name": "a", "password": PASSWORD, "role": "god"}, "role"),
        ({"name": "a"}, "password"),
    ],
)
def test_bad_user_is_refused_by_field(client: FlaskClient, body: dict, field: str) -> None:
    answer = client.post(f"{BASE}/users", json=body)

    assert 422 == answer.status_code
    assert any(field in error["field"] for error in answer.json["errors"])


def test_users_are_administered_and_nobody_locks_himself_out(client: FlaskClient, redis: Redis) -> None:
    made = client.post(f"{BASE}/users", json={"name": "lee", "role": "viewer", "password": OTHER})
    again = client.post(f"{BASE}/users", json={"name": "lee", "role": "viewer", "password": OTHER})
    changed = client.patch(f"{BASE}/users/lee", json={"role": "admin"})
    listed = client.get(f"{BASE}/users")
    own = client.delete(f"{BASE}/users/김운영")
    gone = client.delete(f"{BASE}/users/lee")

    assert (201, 409, 200, 409, 204) == tuple(a.status_code for a in (made, again, changed, own, gone))
    assert ["lee"] == [user["name"] for user in listed.json["users"]]
    assert "argon2" not in listed.text + made.text
    assert 404 == client.patch(f"{BASE}/users/lee", json={"role": "admin"}).status_code


def test_own_password_is_changed_with_the_old_one(stranger: FlaskClient, kim: users.User) -> None:
    stranger.post(f"{BASE}/sign-in", json={"name": "김철수", "password": PASSWORD})
    wrong = stranger.put(f"{BASE}/me/password", json={"old": "x", "new": OTHER})
    right = stranger.put(f"{BASE}/me/password", json={"old": PASSWORD, "new": OTHER})

    assert (409, 204) == (wrong.status_code, right.status_code)
    assert 401 == stranger.get(f"{BASE}/me").status_code
    assert tokens(stranger, password=OTHER)


# -- API keys -----------------------------------------------------------------------------------------------


def test_api_key_is_shown_once_used_and_revoked(client: FlaskClient, stranger: FlaskClient, redis: Redis) -> None:
    made = client.post(f"{BASE}/api-keys", json={"name": "grafana", "role": "viewer", "days": 1}).json
    used = me(stranger, made["key"])
    (listed,) = client.get(f"{BASE}/api-keys").json["api_keys"]
    revoked = client.delete(f"{BASE}/api-keys/{made['id']}")

    assert 200 == used
    assert ("grafana", "viewer", "김운영") == (listed["name"], listed["role"], listed["created_by"])
    assert listed["last_used_at_ms"] and "key" not in listed
    assert made["key"].split("_", 2)[2] not in str(redis.hgetall(access_keys.api_keys()))
    assert (204, 401) == (revoked.status_code, me(stranger, made["key"]))
    assert 404 == client.delete(f"{BASE}/api-keys/{made['id']}").status_code


def test_expired_altered_and_unknown_keys_are_refused(redis: Redis, stranger: FlaskClient) -> None:
    key, text = api_keys.create(redis, "x", "admin", 1e-9)
    _, good = api_keys.create(redis, "y", "admin", None)

    until(lambda: me(stranger, text) == 401, "the key has expired")
    assert 200 == me(stranger, good)
    assert bearer.identify(redis, good[:-1] + ("A" if good[-1] != "A" else "B")) is None
    assert bearer.identify(redis, f"eak_{key.id}_") is None
    assert bearer.identify(redis, "eak__") is None


# -- events by HTTP -----------------------------------------------------------------------------------------


def published(redis: Redis, plugin_id: str) -> list[bytes]:
    return [f[b"e"] for _, f in redis.xrange(keys.events(partition_of(plugin_id, 8))) if b"e" in f]


def test_events_are_taken_by_http_and_the_bad_ones_named(stranger: FlaskClient, redis: Redis) -> None:
    _, key = api_keys.create(redis, "edge", "publisher", 1, ["서울-*"])
    send = lambda body: stranger.post(  # noqa: E731
        f"{BASE}/events", json=body, headers={"Authorization": f"Bearer {key}", "X-Request-Id": "req-12345678"}
    )
    one = send({"plugin_id": "서울-1", "metrics": {"cpu": 85.5}})
    many = send(
        [
            {"plugin_id": "서울-1", "metrics": {"cpu": 1}},
            {"plugin_id": "부산-1", "metrics": {"cpu": 1}},
            {"metrics": {"cpu": 1}},
            {"plugin_id": "서울-1", "metrics": {"cpu": "x"}},
            {"plugin_id": "서울-1", "at_ms": 253_402_300_799_999},
            7,
            [],
        ]
    )
    none = send([{"plugin_id": "부산-1"}])
    empty = send([])

    assert (202, 202, 422, 422) == tuple(a.status_code for a in (one, many, none, empty))
    assert {"accepted": 1, "rejected": [], "dropped": [], "dropped_values": 0} == one.json
    assert 2 == many.json["accepted"]
    assert [(3, "metrics.cpu")] == [(dropped["index"], dropped["field"]) for dropped in many.json["dropped"]]
    assert [1, 2, 4, 5, 6] == [rejected["index"] for rejected in many.json["rejected"]]
    assert "may not publish for the plugin 부산-1" in many.json["rejected"][0]["reason"]
    bodies = published(redis, "서울-1")
    assert [1, 2] == [body.count(b"req-12345678") for body in bodies]
    assert [] == published(redis, "부산-1") or partition_of("부산-1", 8) == partition_of("서울-1", 8)
    assert "req-12345678" == one.headers["X-Request-Id"]


def test_publisher_key_reads_nothing(stranger: FlaskClient, redis: Redis) -> None:
    _, key = api_keys.create(redis, "edge", "publisher", 1)

    assert 403 == stranger.get(f"{BASE}/alerts/active", headers={"Authorization": f"Bearer {key}"}).status_code


def test_request_id_follows_its_event_into_the_alert(redis: Redis) -> None:
    from evaluator.changes import Changes
    from evaluator.engine import Engine
    from evaluator.index import Index
    from shared.model import lifecycle

    changes = Changes()
    engine = Engine(Index([a_rule()]))
    engine.apply(Event("p", at_ms=1, metrics={"cpu": 90.0}, request_id="req-1"), "1-0", 1, changes)
    alert = lifecycle.apply(None, changes.transitions[0])

    assert alert is not None and "req-1" == alert.request_id


# -- rate limits -------------------------------------------------------------------------------------------


def test_second_editor_is_told_instead_of_overwriting(client: FlaskClient, redis: Redis) -> None:
    rule_store.save(redis, a_rule())
    etag = client.get(f"{BASE}/rules/r").headers["ETag"]
    first = client.patch(f"{BASE}/rules/r", json={"threshold": 70}, headers={"If-Match": etag})
    second = client.patch(f"{BASE}/rules/r", json={"threshold": 60}, headers={"If-Match": etag})
    deleted = client.delete(f"{BASE}/rules/r", headers={"If-Match": etag})
    weird = client.put(f"{BASE}/rules/r", json={"name": "x"}, headers={"If-Match": '"x"'})
    anyhow = client.patch(f"{BASE}/rules/r", json={"threshold": 50})

    assert (200, 412, 412, 200) == tuple(a.status_code for a in (first, second, deleted, anyhow))
    assert weird.status_code in (412, 422)
    assert "read it again" in second.json["detail"]
    assert 50 == rule_store.get(redis, "r").threshold


def test_channel_changed_in_between_is_not_overwritten(client: FlaskClient, redis: Redis) -> None:
    client.put(f"{BASE}/channels/webhook/config", json={"url": "https://a.example/1", "secret": "one"})
    version = client.get(f"{BASE}/channels/config").json["webhook"]["version"]
    client.put(f"{BASE}/channels/webhook/config", json={"url": "https://a.example/2", "secret": "two"})
    late = client.put(
        f"{BASE}/channels/webhook/config", json={"url": "https://a.example/3"}, headers={"If-Match": f'"{version}"'}
    )

    assert 412 == late.status_code
    assert "https://a.example/2" == channel_store.load(redis, "webhook")["url"]


def test_post_with_an_idempotency_key_is_carried_out_once(client: FlaskClient, redis: Redis) -> None:
    body = {"name": "r", "metric": "m", "operator": ">", "threshold": 1}
    headers = {"Idempotency-Key": "once"}
    first = client.post(f"{BASE}/rules", json=body, headers=headers)
    again = client.post(f"{BASE}/rules", json=body, headers=headers)
    other = client.post(f"{BASE}/rules", json={**body, "threshold": 2}, headers=headers)
    bad = client.post(f"{BASE}/rules", json=body, headers={"Idempotency-Key": "not visible"})

    assert (201, 201, 422, 400) == tuple(a.status_code for a in (first, again, other, bad))
    assert (first.json, first.headers["Location"]) == (again.json, again.headers["Location"])
    assert "true" == again.headers["Idempotent-Replayed"]
    assert 1 == redis.hlen(keys.rules())


def test_secrets_are_not_kept_for_a_replay(client: FlaskClient, redis: Redis) -> None:
    made = client.post(f"{BASE}/api-keys", json={"name": "x"}, headers={"Idempotency-Key": "k"}).json

    assert [] == list(redis.scan_iter("ea:replay:*"))
    assert made["key"]


def test_body_nested_too_deep_is_refused(client: FlaskClient) -> None:
    deep: object = 1
    for _ in range(40):
        deep = [deep]
    answer = client.post(f"{BASE}/rules", json={"name": deep})
    deeper = client.post(f"{BASE}/rules", data="[" * 100_000, content_type="application/json")

    assert (400, 400) == (answer.status_code, deeper.status_code)
    assert "32 deep" in answer.json["detail"]


def test_secure_requests_are_told_to_stay_so_behind_a_trusted_proxy(redis: Redis) -> None:
    for hops, expected in ((0, None), (1, "max-age=31536000; includeSubDomains")):
        app = create_app(Settings(trusted_proxies=hops), redis, Logger("api"))
        with app.test_client() as visitor:
            answer = visitor.get("/healthz", headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": "9.9.9.9"})

        assert expected == answer.headers.get("Strict-Transport-Security")


# -- audit --------------------------------------------------------------------------------------------------


def test_every_change_is_in_the_audit_with_before_and_after_and_no_secret(client: FlaskClient, redis: Redis) -> None:
    alert = stored(redis)
    rule = {"id": "r", "name": "r", "metric": "m", "operator": ">", "threshold": 1}
    client.post(f"{BASE}/rules", json=rule)
    client.patch(f"{BASE}/rules/r", json={"threshold": 2}, headers={"X-Request-Id": "req-12345678"})
    client.delete(f"{BASE}/rules/r")
    client.put(f"{BASE}/channels/webhook/config", json={"url": "https://a.example/top-secret", "secret": "top-secret"})
    client.delete(f"{BASE}/channels/webhook/config")
    client.post(f"{BASE}/users", json={"name": "lee", "password": "top-secret-password"})
    client.patch(f"{BASE}/users/lee", json={"password": "top-secret-password-2"})
    client.delete(f"{BASE}/users/lee")
    made = client.post(f"{BASE}/api-keys", json={"name": "k"}).json
    client.delete(f"{BASE}/api-keys/{made['id']}")
    client.post(f"{BASE}/alerts/{alert.id}/acknowledge", json={"comment": "봅니다"})
    client.post(f"{BASE}/alerts/{alert.id}/comments", json={"comment": "음"})
    client.post(f"{BASE}/alerts/{alert.id}/resolve")
    found = client.get(f"{BASE}/audit?limit=1000")
    entries = found.json["entries"]
    patched = next(e for e in entries if e.get("request_id") == "req-12345678")

    assert [
        "rule.save", "rule.save", "rule.delete", "channel.save", "channel.delete",
        "user.create", "user.save", "user.delete", "api-key.create", "api-key.revoke",
        "alert.acknowledge", "alert.comment", "alert.resolve",
    ] == [e["action"] for e in reversed(entries)]  # fmt: skip
    assert {"김운영"} == {e["by"] for e in entries}
    assert (1.0, 2.0) == (patched["before"]["threshold"], patched["after"]["threshold"])
    assert "top-secret" not in found.text and made["key"] not in found.text


def test_audit_is_searched_and_paged(client: FlaskClient, redis: Redis) -> None:
    for n in range(5):
        rule_store.save(redis, a_rule(id=f"r{n}"), author=audit.Author("lee"))
    silence_store.save(
        redis,
        silences.parse(
            {"matchers": [{"name": "plugin_id", "value": "x"}], "starts_at_ms": 1, "ends_at_ms": 2, "comment": "c"}
        ),
    )
    get = lambda query: client.get(f"{BASE}/audit?{query}").json  # noqa: E731
    page = get("by=lee&limit=3")
    rest = get(f"by=lee&limit=3&cursor={page['next_cursor']}")

    assert ["r4", "r3", "r2"] == [e["target"] for e in page["entries"]]
    assert ["r1", "r0"] == [e["target"] for e in rest["entries"]] and rest["next_cursor"] is None
    assert ["silence.save"] == [e["action"] for e in get("action=silence")["entries"]]
    assert ["r2"] == [e["target"] for e in get("target=r2")["entries"]]
    assert [] == get("until_ms=1000")["entries"]


# -- metrics and the command line ---------------------------------------------------------------------------


def test_metrics_are_what_prometheus_reads(client: FlaskClient, redis: Redis) -> None:
    from prometheus_client.parser import text_string_to_metric_families

    from shared.process import Heartbeat

    beat = Heartbeat(redis, "evaluator")
    beat.counters.update(events=41, partitions=8)
    beat.mark_ready()
    stored(redis)
    channel_store.save(redis, "slack-ops", {"webhook_url": "https://hooks.slack.com/x"})
    redis.set(delivery_keys.failures("slack-ops"), 3)
    answer = client.get("/metrics")
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    counted = {labels["what"]: value for labels, value in found["enhanced_alerts_work_total"]}

    read_now = {labels["what"]: value for labels, value in found["enhanced_alerts_reading"]}

    assert ({"events": 41}, {"partitions": 8}) == (counted, read_now)
    assert ({"severity": "warning"}, 1) in found["enhanced_alerts_active_by_severity"]
    assert ({"channel": "slack-ops"}, 3) in found["enhanced_alerts_channel_failures"]
    assert 8 == len(found["enhanced_alerts_partition_lag"])


def test_users_and_keys_are_administered_from_the_command_line(run: Run, redis: Redis) -> None:
    short = run("users", "add", "kim", "--password", "short")
    added = run("users", "add", "kim", "--role", "operator", "--password", PASSWORD)
    run("users", "role", "kim", "admin")
    disabled = run("users", "disable", "kim")
    listed = run("users", "list")[1]
    run("users", "enable", "kim")
    changed = run("users", "password", "kim", "--password", OTHER)
    token = run("token", "--name", "edge", "--role", "publisher", "--plugin", "a-*")[1].strip()
    key = run("keys", "list")[1]
    revoked = run("keys", "revoke", token.split("_")[1])
    rotated = run("keys", "rotate")
    gone = run("users", "delete", "kim")

    assert 1 == short[0] and "12 to 256 characters" in short[2]
    assert (0, 0, 0, 0, 0, 0) == tuple(r[0] for r in (added, disabled, changed, revoked, rotated, gone))
    assert "kim" in listed and "admin" in listed and "disabled" in listed
    assert "edge" in key and "publisher" in key
    assert bearer.identify(redis, token) is None
    assert [] == users.load_all(redis)
    assert {
        *("user.create", "user.save", "user.delete"),
        *("api-key.create", "api-key.revoke", "signing-key.rotate"),
    } == {entry.action for entry in audit.search(redis)}
