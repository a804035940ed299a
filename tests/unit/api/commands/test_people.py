"""`users`, `token`, `keys` and `secrets`: what an administrator does at the shell."""

import json

import pytest
from redis import Redis

from api.auth import access_tokens, api_keys, signing, users
from shared.model.sentences import SENTENCES
from shared.redis import access_keys, keys
from shared.store import audit, channel_store
from tests.support.cli import Run

PASSWORD = "말이 없는 밤 열두 시"


def answer(run: Run, *arguments: str) -> object:
    code, out, _ = run(*arguments, "--json")
    assert 0 == code, out
    return json.loads(out)


def test_user_is_made_changed_shut_out_let_in_and_removed(run: Run, redis: Redis) -> None:
    assert {"name": "김", "role": "admin"} == answer(
        run, "users", "add", "김", "--role", "admin", "--password", PASSWORD
    )
    answer(run, "users", "role", "김", "operator")
    answer(run, "users", "disable", "김")
    shut_out = users.get(redis, "김")
    answer(run, "users", "enable", "김")
    answer(run, "users", "password", "김", "--password", "고양이가 창밖을 오래 본다")
    changed = users.check_password(redis, "김", "고양이가 창밖을 오래 본다")
    listed = answer(run, "users", "list")
    answer(run, "users", "delete", "김")

    assert (False, "operator", True) == (shut_out.enabled, changed.role, changed.enabled)
    assert [("김", "operator", True)] == [(one["name"], one["role"], one["enabled"]) for one in listed]
    assert ([], 6) == (users.load_all(redis), len(audit.search(redis, target="김")))


@pytest.mark.parametrize(
    "arguments",
    [
        ("users", "add", "kim", "--password", "short"),
        ("users", "add", "a/b", "--password", PASSWORD),
        ("users", "role", "nobody", "admin"),
        ("users", "delete", "nobody"),
        ("users", "disable", "nobody"),
        ("keys", "revoke", "nobody"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_changes_nothing(
    run: Run, redis: Redis, arguments: tuple[str, ...]
) -> None:
    plain, as_json = run(*arguments), run(*arguments, "--json")

    assert (1, "", 1) == (plain[0], plain[1], len(plain[2].splitlines()))
    found = json.loads(as_json[1])
    assert (1, {"error", "code", "values"}) == (as_json[0], set(found) - {"errors"})
    assert found["code"] in SENTENCES
    assert 0 == redis.exists(access_keys.users(), keys.audit())


def test_password_is_asked_for_if_left_out_and_never_shown(run: Run, redis: Redis) -> None:
    code, out, err = run("users", "add", "kim")

    assert 1 == code
    assert "Password" in out + err
    assert [] == users.load_all(redis)


def test_token_lets_its_bearer_in_until_it_is_revoked(run: Run, redis: Redis) -> None:
    made = answer(run, "token", "--name", "ci", "--role", "publisher", "--plugin", "web-*")
    lived = api_keys.identify(redis, made["token"])
    listed = answer(run, "keys", "list")
    answer(run, "keys", "revoke", made["key"]["id"])

    assert ("ci", "publisher", ("web-*",)) == (lived.name, lived.role, lived.plugins)
    assert ["ci"] == [one["name"] for one in listed]
    assert api_keys.identify(redis, made["token"]) is None


def test_new_signing_key_signs_and_the_old_one_verifies_still(run: Run, redis: Redis) -> None:
    before = access_tokens.issue(redis, "kim", "viewer")
    key_id = answer(run, "keys", "rotate")["key_id"]

    assert key_id == next(iter(signing.keys(redis)))
    assert "kim" == access_tokens.identify(redis, before).name


def test_everything_is_sealed_anew(run: Run, redis: Redis) -> None:
    redis.hset(keys.channels(), "webhook", b'{"url":"https://example.com"}')
    done = answer(run, "secrets", "rotate", "--only-seal")

    assert 1 == done["channels"]
    assert b"example" not in redis.hget(keys.channels(), "webhook")
    assert {"url": "https://example.com"} == channel_store.load(redis, "webhook")
