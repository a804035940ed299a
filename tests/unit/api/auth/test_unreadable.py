"""Users, sessions and signing keys that nobody can read: each lets nobody in, and is in nobody else's way."""

from contextlib import suppress

import pytest
from redis import Redis

from api.auth import access_tokens, identity, refresh_tokens, sessions, sign_ins, signing, users
from api.auth.identity import Identity
from shared.errors import NotFound
from shared.redis import access_keys
from tests.support.unreadable import JUNK

PASSWORD = "말이 없는 밤 열두 시"
BROKEN = [*JUNK, b'{"name":"kim"}', b'{"name":7,"role":"admin","password":"x"}']


@pytest.mark.parametrize("junk", BROKEN)
def test_user_record_that_cannot_be_read_is_in_nobody_elses_way(redis: Redis, junk: bytes) -> None:
    users.create(redis, "boss", "admin", PASSWORD)
    users.create(redis, "kim", "operator", PASSWORD)
    session = sessions.open_session(redis, Identity("kim", "operator"), is_user=True)
    program = refresh_tokens.issue(redis, "kim", "operator")
    redis.hset(access_keys.users(), "kim", junk)
    redis.hset(access_keys.users(), b"\xff", junk)

    assert ["boss"] == [user.name for user in users.load_all(redis)]
    assert users.check_password(redis, "kim", PASSWORD) is None
    assert sessions.identify_session(redis, session) is None
    assert access_tokens.identify(redis, program.access_token) is None
    assert refresh_tokens.refresh(redis, program.refresh_token) is None
    with pytest.raises(NotFound):
        users.get(redis, "kim")
    assert "lee" == users.create(redis, "lee", "viewer", PASSWORD).name
    assert not users.change(redis, "lee", enabled=False).enabled
    users.delete(redis, "lee")
    users.delete(redis, "kim")
    assert not redis.hexists(access_keys.users(), "kim")


@pytest.mark.parametrize("junk", BROKEN)
def test_session_that_cannot_be_read_hides_and_keeps_none_of_the_others(redis: Redis, junk: bytes) -> None:
    users.create(redis, "kim", "operator", PASSWORD)
    kim = Identity("kim", "operator", kind="user")
    good, bad = (sessions.open_session(redis, kim, is_user=True) for _ in range(2))
    broken = refresh_tokens.issue(redis, "kim", "operator").refresh_token
    redis.set(access_keys.session(identity.digest(bad)), junk)
    redis.set(access_keys.refresh_family(broken.split("_")[1]), junk)
    redis.sadd(access_keys.of_principal(kim.principal), b"\xff")
    listed = sign_ins.sessions_of(redis, kim)

    assert [sessions.session_id(good)] == [one["id"] for one in listed]
    assert sessions.identify_session(redis, bad) is None
    assert refresh_tokens.refresh(redis, broken) is None
    with suppress(NotFound):
        sign_ins.end(redis, kim, sessions.session_id(bad))
    sign_ins.end(redis, kim, sessions.session_id(good))
    assert sessions.identify_session(redis, good) is None


@pytest.mark.parametrize("junk", [b"", b"\xff", b"not sealed", b"{}"])
def test_signing_key_that_cannot_be_read_voids_only_what_it_signed(redis: Redis, junk: bytes) -> None:
    before = access_tokens.issue(redis, "kim", "viewer")
    redis.hset(access_keys.signing_keys(), "broken", junk)
    after = access_tokens.issue(redis, "kim", "viewer")
    signing.rotate(redis)
    signing.seal_again(redis)
    rotated = access_tokens.issue(redis, "kim", "viewer")

    assert all(access_tokens.identify(redis, token) for token in (before, after, rotated))
