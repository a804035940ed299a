"""Being signed in: sessions, tokens good once, tickets and links; what ends one ends all that rests on it."""

import pytest
from redis import Redis

from api.auth import access_tokens, identity, one_time, refresh_tokens, sessions, sign_ins, signing, users
from api.auth.identity import Identity
from api.auth.refresh_tokens import Refused, Tokens
from shared.errors import Invalid, NotFound
from shared.redis import access_keys
from shared.store import audit

PASSWORD = "말이 없는 밤 열두 시"
KIM, LINK = Identity("kim", "viewer", kind="user"), Identity("kim", "viewer", kind="link")


@pytest.fixture(autouse=True)
def _kim(store_redis: Redis, light_passwords: None) -> None:
    users.create(store_redis, "kim", "viewer", PASSWORD)


def test_session_says_who_it_is_and_ends(store_redis: Redis) -> None:
    secret = sessions.open_session(store_redis, KIM, is_user=True)
    found = sessions.identify_session(store_redis, secret)
    sessions.close_session(store_redis, secret)

    assert (KIM, None) == (found, sessions.identify_session(store_redis, secret))
    assert sessions.identify_session(store_redis, "") is None


def test_session_lies_by_its_digest_and_ends_by_itself(store_redis: Redis) -> None:
    secret = sessions.open_session(store_redis, KIM, is_user=True)
    key = access_keys.session(identity.digest(secret))

    assert secret.encode() not in b" ".join(store_redis.scan_iter())
    assert 0 < store_redis.pttl(key) <= sessions.SESSION_MS


def test_session_in_use_is_renewed(store_redis: Redis) -> None:
    secret = sessions.open_session(store_redis, KIM, is_user=True)
    store_redis.pexpire(access_keys.session(identity.digest(secret)), 1_000)
    sessions.identify_session(store_redis, secret)

    assert sessions.RENEW_BELOW_MS < store_redis.pttl(access_keys.session(identity.digest(secret)))


@pytest.mark.parametrize("junk", [b"", b"\xff", b"null", b"[]", b"{}"])
def test_session_that_nobody_can_read_lets_nobody_in(store_redis: Redis, junk: bytes) -> None:
    store_redis.set(access_keys.session(identity.digest("secret")), junk)

    assert sessions.identify_session(store_redis, "secret") is None


def test_sessions_are_listed_and_ended_by_their_owner_alone(store_redis: Redis) -> None:
    mine = sessions.open_session(store_redis, KIM, is_user=True)
    refresh_tokens.issue(store_redis, "kim", "viewer")
    by_link = sessions.open_session(store_redis, LINK, is_user=False)
    listed = sign_ins.sessions_of(store_redis, KIM)

    assert ["browser", "program"] == sorted(one["kind"] for one in listed)
    with pytest.raises(NotFound):
        sign_ins.end(store_redis, KIM, sessions.session_id(by_link))
    sign_ins.end(store_redis, KIM, sessions.session_id(mine))
    assert (None, LINK) == (
        sessions.identify_session(store_redis, mine),
        sessions.identify_session(store_redis, by_link),
    )
    assert ["program"] == [one["kind"] for one in sign_ins.sessions_of(store_redis, KIM)]


def test_sign_in_beyond_the_limit_ends_the_oldest_of_the_same_caller(
    store_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_ins, "MAX_SIGN_INS", 3)
    by_link = sessions.open_session(store_redis, LINK, is_user=False)
    opened = []
    for n in range(4):
        monkeypatch.setattr(sessions.SystemClock, "now_ms", lambda self, n=n: 1_800_000_000_000 + n)
        opened.append(sessions.open_session(store_redis, KIM, is_user=True))
    refresh_tokens.issue(store_redis, "kim", "viewer")
    held = [store_redis.exists(access_keys.session(identity.digest(secret))) for secret in (by_link, *opened)]

    assert [1, 0, 0, 1, 1] == held
    assert 3 == store_redis.scard(access_keys.of_principal(KIM.principal))


def test_refresh_token_is_good_once_and_its_second_use_ends_the_family(store_redis: Redis) -> None:
    first = refresh_tokens.issue(store_redis, "kim", "viewer")
    second = refresh_tokens.exchange(store_redis, first.refresh_token)
    assert isinstance(second, Tokens)
    stolen = refresh_tokens.exchange(store_redis, first.refresh_token)
    after = refresh_tokens.exchange(store_redis, second.refresh_token)

    assert (Refused("replayed", "kim"), Refused("unknown")) == (stolen, after)
    assert access_tokens.identify(store_redis, second.access_token) is None
    assert ["session.replayed"] == [entry.action for entry in audit.search(store_redis, action="session.")]


@pytest.mark.parametrize("text", ["", "x", "ear_", "ear_a", "ear__b", "eak_a_b"])
def test_text_that_is_no_refresh_token_is_malformed(store_redis: Redis, text: str) -> None:
    assert Refused("malformed") == refresh_tokens.exchange(store_redis, text)


def test_revoked_family_ends_its_access_tokens(store_redis: Redis) -> None:
    tokens = refresh_tokens.issue(store_redis, "kim", "viewer")
    lived = access_tokens.identify(store_redis, tokens.access_token)
    refresh_tokens.revoke(store_redis, tokens.refresh_token)

    assert (KIM, None) == (lived, access_tokens.identify(store_redis, tokens.access_token))
    assert refresh_tokens.refresh(store_redis, tokens.refresh_token) is None


def test_old_signing_key_still_verifies_what_it_signed(store_redis: Redis) -> None:
    before = access_tokens.issue(store_redis, "lee", "admin")
    signing.rotate(store_redis)
    after = access_tokens.issue(store_redis, "lee", "admin")

    assert ["lee", "lee"] == [access_tokens.identify(store_redis, token).name for token in (before, after)]
    assert 2 == store_redis.hlen(access_keys.signing_keys())


@pytest.mark.parametrize("alter", [lambda t: "", lambda t: t[:-2], lambda t: "a.b.c", lambda t: f"{t[:-3]}AAA"])
def test_token_that_was_altered_lets_nobody_in(store_redis: Redis, alter: object) -> None:
    assert access_tokens.identify(store_redis, alter(access_tokens.issue(store_redis, "kim", "admin"))) is None


def test_token_that_is_over_lets_nobody_in(store_redis: Redis) -> None:
    long_ago = access_tokens.issue(store_redis, "kim", "admin", -access_tokens.LEEWAY_S - 1)
    just_over = access_tokens.issue(store_redis, "kim", "admin", -1)

    assert (None, "kim") == (
        access_tokens.identify(store_redis, long_ago),
        access_tokens.identify(store_redis, just_over).name,
    )


@pytest.mark.parametrize(
    ("make", "redeem"),
    [
        (lambda redis: one_time.create_sign_in_code(redis, "kim", "viewer"), one_time.redeem_sign_in_code),
        (lambda redis: one_time.issue_ticket(redis, "kim", "viewer"), one_time.redeem_ticket),
    ],
    ids=["sign-in link", "ticket"],
)
def test_code_is_good_once(store_redis: Redis, make: object, redeem: object) -> None:
    code = make(store_redis)
    first, second = redeem(store_redis, code), redeem(store_redis, code)

    assert (("kim", "viewer"), None) == ((first.name, first.role), second)
    assert redeem(store_redis, "") is None


def test_look_at_a_sign_in_code_leaves_it_good(store_redis: Redis) -> None:
    code = one_time.create_sign_in_code(store_redis)

    assert [True, True] == [one_time.is_sign_in_code(store_redis, code) for _ in range(2)]
    assert 0 < store_redis.pttl(access_keys.sign_in_code(identity.digest(code))) <= one_time.SIGN_IN_CODE_MS
    with pytest.raises(Invalid):
        one_time.create_sign_in_code(store_redis, "a\u202e")
