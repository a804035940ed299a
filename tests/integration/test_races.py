"""Two things happen at once to users, keys and whatever lets in: in every order, on a real server."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import msgspec
import pytest
from redis import Redis

from api.auth import access_tokens, api_keys, one_time, refresh_tokens, sessions, signing, users
from api.auth.identity import Identity, User
from shared.errors import Conflict, NotFound
from shared.redis import access_keys, keys
from shared.store import audit
from tests.support.interleave import interrupted

OLD, NEW, OTHER = "말이 없는 밤 열두 시", "correct horse battery", "a sentence that is long"
PLACES = range(9)
"""More than any of these operations has words for the server."""


@pytest.fixture
def kim(redis: Redis) -> User:
    users.create(redis, "boss", "admin", OLD)
    return users.create(redis, "kim", "operator", OLD)


def put_back(redis: Redis, user: User) -> None:
    redis.hset(access_keys.users(), user.name, msgspec.json.encode(user))


def read(redis: Redis, name: str) -> User:
    """As with the password that was checked; the work of hashing is of no interest here."""
    return users.get(redis, name)


def by_refresh(redis: Redis, token: str) -> list[str]:
    found = refresh_tokens.refresh(redis, token)
    return [found.refresh_token, found.access_token] if found else []


def by_session(redis: Redis, _: str) -> list[str]:
    user = read(redis, "kim")
    return [sessions.open_session(redis, Identity(user.name, user.role), is_user=True, stamp=user.stamp)]


def by_tokens(redis: Redis, _: str) -> list[str]:
    user = read(redis, "kim")
    found = refresh_tokens.issue(redis, user.name, user.role, stamp=user.stamp)
    return [found.refresh_token, found.access_token]


def lets_in(redis: Redis, text: str) -> bool:
    if text.startswith("ear_"):
        found = refresh_tokens.refresh(redis, text)
        return found is not None and lets_in(redis, found.access_token)
    return bool(sessions.identify_session(redis, text) or access_tokens.identify(redis, text))


def again(redis: Redis) -> None:
    users.delete(redis, "kim")
    users.create(redis, "kim", "viewer", NEW)


CHANGES: dict[str, Callable[[Redis], object]] = {
    "password": lambda redis: users.change(redis, "kim", password=NEW),
    "role": lambda redis: users.change(redis, "kim", role="viewer"),
    "disabled": lambda redis: users.change(redis, "kim", enabled=False),
    "deleted": lambda redis: users.delete(redis, "kim"),
    "made again": again,
}


@pytest.mark.parametrize("act", [by_refresh, by_session, by_tokens])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_nothing_opened_before_a_user_changed_lets_in_afterwards(
    redis: Redis, kim: User, change: Callable[[Redis], object], act: Callable[[Redis, str], list[str]]
) -> None:
    left, opened = [], 0
    for place in PLACES:
        put_back(redis, kim)
        family = refresh_tokens.issue(redis, "kim", "operator").refresh_token
        before = users.get(redis, "kim").stamp
        with interrupted(redis, place, lambda: change(redis)) as client:
            try:
                texts = act(client, family)
            except NotFound:
                texts = []  # There was no user any more.
        opened += len(texts)
        stamp = users.get(redis, "kim").stamp if change not in (CHANGES["deleted"],) else ""
        # Whoever signed in after the change is in by right.
        texts = [] if stamp != before and place == 0 and act is not by_refresh else texts
        left += [(place, text) for text in [family, *texts] if lets_in(redis, text)]

    assert [] == left
    assert opened


def test_each_use_of_a_refresh_token_after_the_first_ends_its_family(redis: Redis, kim: User) -> None:
    for place in PLACES:
        first = refresh_tokens.issue(redis, "kim", "operator")
        found: list[refresh_tokens.Tokens | None] = []

        def use(client: Redis, token: str = first.refresh_token, into: list = found) -> None:
            into.append(refresh_tokens.refresh(client, token))

        with interrupted(redis, place, lambda act=use: act(redis)) as client:
            use(client)

        assert 1 == sum(one is not None for one in found)
        texts = [text for one in [first, *found] if one for text in (one.refresh_token, one.access_token)]
        assert [] == [text for text in texts if lets_in(redis, text)]


def test_family_survives_no_four_uses_of_one_token_at_once(redis: Redis, kim: User) -> None:
    with ThreadPoolExecutor(4) as pool:
        for _ in range(60):
            first = refresh_tokens.issue(redis, "kim", "operator")
            found = list(pool.map(lambda token: refresh_tokens.refresh(redis, token), [first.refresh_token] * 4))

            assert 1 == sum(one is not None for one in found)
            assert [] == redis.keys(access_keys.refresh_family("*"))
    assert {"session.replayed"} == {entry.action for entry in audit.search(redis, action="session")}


def test_threads_that_refresh_while_the_user_changes_keep_nothing(redis: Redis, kim: User) -> None:
    def refresh_on(token: str) -> list[str]:
        texts = []
        while (found := refresh_tokens.refresh(redis, token)) is not None:
            token = found.refresh_token
            texts += [found.refresh_token, found.access_token]
        return texts

    with ThreadPoolExecutor(4) as pool:
        for n in range(10):
            put_back(redis, kim)
            tokens = [refresh_tokens.issue(redis, "kim", "operator").refresh_token for _ in range(4)]
            running = [pool.submit(refresh_on, token) for token in tokens]
            users.change(redis, "kim", role="viewer" if n % 2 else "operator")
            texts = [text for one in running for text in one.result(timeout=60)]

            assert [] == [text for text in [*tokens, *texts] if lets_in(redis, text)]


@pytest.mark.parametrize("other", [{"role": "viewer"}, {"enabled": False}], ids=str)
def test_two_admins_who_demote_each_other_leave_one(redis: Redis, other: dict) -> None:
    one, two = (users.create(redis, name, "admin", OLD) for name in ("kim", "lee"))
    for place in PLACES:
        put_back(redis, one), put_back(redis, two)
        refused: list[str] = []

        def demote(client: Redis, name: str, into: list = refused) -> None:
            try:
                users.change(client, name, **other)
            except Conflict:
                into.append(name)

        with interrupted(redis, place, lambda act=demote: act(redis, "kim")) as client:
            demote(client, "lee")

        assert 1 == sum(user.enabled and user.role == "admin" for user in users.load_all(redis))
        assert 1 == len(refused)


def test_last_admin_among_others_is_kept(redis: Redis, kim: User) -> None:
    for act in (
        lambda: users.change(redis, "boss", role="operator"),
        lambda: users.change(redis, "boss", enabled=False),
        lambda: users.delete(redis, "boss"),
    ):
        with pytest.raises(Conflict, match="make another user an admin first"):
            act()
    users.delete(redis, "kim")
    users.delete(redis, "boss")

    assert [] == users.load_all(redis)


def test_users_of_one_name_made_at_once_are_one(redis: Redis) -> None:
    for place in PLACES:
        redis.delete(access_keys.users())
        made: list[str] = []

        def make(client: Redis, password: str, into: list = made) -> None:
            with suppress(Conflict):
                users.create(client, "kim", "viewer", password)
                into.append(password)

        with interrupted(redis, place, lambda act=make: act(redis, NEW)) as client:
            make(client, OTHER)

        assert 1 == len(made)
        assert users.check_password(redis, "kim", made[0])


def test_password_set_by_an_admin_is_not_overtaken_by_who_knew_the_old_one(redis: Redis, kim: User) -> None:
    for place in PLACES:
        put_back(redis, kim)
        with interrupted(redis, place, lambda: users.change(redis, "kim", password=NEW)) as client:
            was = read(client, "kim")
            with suppress(Conflict):
                users.change(client, "kim", was=was, password=OTHER)

        # At the first place the admin's change came before the old password was looked at.
        assert place == 0 or users.check_password(redis, "kim", NEW)


def test_key_that_is_revoked_while_it_is_used_leaves_nothing(redis: Redis) -> None:
    for place in PLACES:
        key, text = api_keys.create(redis, "edge", "viewer", 1)
        with interrupted(redis, place, lambda i=key.id: api_keys.revoke(redis, i)) as client:
            api_keys.identify(client, text)

        assert api_keys.identify(redis, text) is None
        assert {} == redis.hgetall(access_keys.api_keys_used())


def test_key_revoked_twice_at_once_is_revoked_once_in_the_audit(redis: Redis) -> None:
    for place in PLACES:
        redis.delete(keys.audit())
        key, _ = api_keys.create(redis, "edge", "viewer", 1)
        refused: list[str] = []

        def revoke(client: Redis, key_id: str = key.id, into: list = refused) -> None:
            try:
                api_keys.revoke(client, key_id)
            except NotFound:
                into.append(key_id)

        with interrupted(redis, place, lambda act=revoke: act(redis)) as client:
            revoke(client)

        assert [key.id] == refused
        assert 1 == len(audit.search(redis, action="api-key.revoke"))


@pytest.mark.parametrize("other", [signing.rotate, signing.seal_again])
def test_signing_key_made_while_others_are_replaced_or_sealed_again_stays(
    redis: Redis, other: Callable[[Redis], object]
) -> None:
    for place in PLACES:
        with interrupted(redis, place, lambda: other(redis)) as client:
            name = signing.rotate(client)

        assert name in signing.keys(redis)
        assert access_tokens.identify(redis, access_tokens.issue(redis, "kim", "viewer"))


@pytest.mark.parametrize("redeem", [one_time.redeem_sign_in_code, one_time.redeem_ticket])
def test_what_is_good_once_is_good_for_one_of_many(redis: Redis, redeem: Callable[[Redis, str], object]) -> None:
    make = one_time.create_sign_in_code if redeem is one_time.redeem_sign_in_code else one_time.issue_ticket
    with ThreadPoolExecutor(4) as pool:
        for _ in range(20):
            text = make(redis, "kim", "viewer")
            found = list(pool.map(lambda one: redeem(redis, one), [text] * 4))

            assert 1 == sum(one is not None for one in found)
