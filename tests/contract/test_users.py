"""The users: a name once, somebody left who can administer, and every change ends what was opened before it."""

import pytest
from redis import Redis

from api.auth import refresh_tokens, sessions, users
from api.auth.identity import Identity
from shared.errors import Conflict, Invalid, NotFound
from shared.redis import access_keys
from shared.store import audit
from shared.store.audit import Author

PASSWORD = "말이 없는 밤 열두 시"
OTHER = "고양이가 창밖을 오래 본다"
SHELL = Author("root", principal="shell:root")

pytestmark = pytest.mark.usefixtures("light_passwords")


def test_created_user_signs_in_with_the_password_and_no_other(store_redis: Redis) -> None:
    made = users.create(store_redis, "김", "admin", PASSWORD)

    assert made == users.get(store_redis, "김") == users.check_password(store_redis, "김", PASSWORD)
    assert users.check_password(store_redis, "김", OTHER) is None
    assert users.check_password(store_redis, "nobody", PASSWORD) is None
    assert PASSWORD.encode() not in store_redis.hget(access_keys.users(), "김")


@pytest.mark.parametrize(
    ("name", "password", "field"),
    [
        ("", PASSWORD, "name"),
        ("a/b", PASSWORD, "name"),
        ("..", PASSWORD, "name"),
        ("a\u202eb", PASSWORD, "name"),
        ("kim", "short", "password"),
        ("kim", "password1234", "password"),
        ("kim", "x" * 300, "password"),
    ],
)
def test_name_or_password_that_cannot_be_used_is_refused(
    store_redis: Redis, name: str, password: str, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        users.create(store_redis, name, "viewer", password)

    assert [field] == list(refused.value.problems)
    assert [] == users.load_all(store_redis)


def test_taken_and_unknown_names_are_refused(store_redis: Redis) -> None:
    users.create(store_redis, "kim", "admin", PASSWORD)

    with pytest.raises(Conflict):
        users.create(store_redis, "kim", "viewer", OTHER)
    for refused in (
        lambda: users.get(store_redis, "lee"),
        lambda: users.change(store_redis, "lee", role="viewer"),
        lambda: users.delete(store_redis, "lee"),
    ):
        with pytest.raises(NotFound):
            refused()


@pytest.mark.parametrize("change", [{"role": "viewer"}, {"enabled": False}])
def test_last_admin_stays_one_unless_the_shell_says_otherwise(store_redis: Redis, change: dict) -> None:
    users.create(store_redis, "kim", "admin", PASSWORD)
    users.create(store_redis, "lee", "viewer", PASSWORD)

    with pytest.raises(Conflict):
        users.change(store_redis, "kim", **change)
    with pytest.raises(Conflict):
        users.delete(store_redis, "kim")
    users.change(store_redis, "kim", **change, author=SHELL)
    users.delete(store_redis, "kim", author=SHELL)
    assert ["lee"] == [user.name for user in users.load_all(store_redis)]


@pytest.mark.parametrize("change", [{"role": "operator"}, {"password": OTHER}, {"enabled": False}, {}])
def test_change_ends_every_session_and_token(store_redis: Redis, change: dict) -> None:
    users.create(store_redis, "boss", "admin", PASSWORD)
    users.create(store_redis, "kim", "viewer", PASSWORD)
    secret = sessions.open_session(store_redis, Identity("kim", "viewer", kind="user"), is_user=True)
    tokens = refresh_tokens.issue(store_redis, "kim", "viewer")
    users.change(store_redis, "kim", **change)

    assert sessions.identify_session(store_redis, secret) is None
    assert refresh_tokens.refresh(store_redis, tokens.refresh_token) is None
    assert 0 == store_redis.exists(access_keys.of_user("kim"))


def test_change_decided_on_an_older_state_is_refused(store_redis: Redis) -> None:
    seen = users.create(store_redis, "kim", "admin", PASSWORD)
    users.change(store_redis, "kim", password=OTHER)

    with pytest.raises(Conflict):
        users.change(store_redis, "kim", was=seen, password=PASSWORD)
    assert users.check_password(store_redis, "kim", OTHER) is not None


def test_disabled_user_is_not_let_in(store_redis: Redis) -> None:
    users.create(store_redis, "boss", "admin", PASSWORD)
    users.create(store_redis, "kim", "viewer", PASSWORD)
    users.change(store_redis, "kim", enabled=False)

    assert users.check_password(store_redis, "kim", PASSWORD) is None


@pytest.mark.parametrize("junk", [b"", b"\xff", b"null", b"[]", b'{"name":7}'])
def test_record_that_cannot_be_read_keeps_nobody_else_out_and_can_be_removed(store_redis: Redis, junk: bytes) -> None:
    store_redis.hset(access_keys.users(), "bad", junk)
    users.create(store_redis, "kim", "admin", PASSWORD)
    users.change(store_redis, "kim", password=OTHER)

    assert (["kim"], None) == (
        [user.name for user in users.load_all(store_redis)],
        users.check_password(store_redis, "bad", PASSWORD),
    )
    with pytest.raises(NotFound):
        users.get(store_redis, "bad")
    users.delete(store_redis, "bad")
    assert [b"kim"] == store_redis.hkeys(access_keys.users())


def test_audit_tells_who_changed_whom_and_never_a_password(store_redis: Redis) -> None:
    users.create(store_redis, "kim", "admin", PASSWORD, author=SHELL)
    users.change(store_redis, "kim", password=OTHER, author=SHELL)
    users.delete(store_redis, "kim", author=SHELL)
    entries = audit.search(store_redis, by="root")

    assert ["user.delete", "user.save", "user.create"] == [entry.action for entry in entries]
    assert not [entry for entry in entries for said in (entry.before, entry.after) if said and "password" in said]
