"""Keys for programs: shown once, kept by their digest, good until they are revoked or expire."""

import msgspec
import pytest
from redis import Redis

from api.auth import api_keys
from shared.errors import Invalid, NotFound
from shared.redis import access_keys
from shared.store import audit


def test_key_lets_its_program_in_and_is_kept_by_its_digest(store_redis: Redis) -> None:
    key, text = api_keys.create(store_redis, "ci 서버", "publisher", None, ["web-*"])
    found = api_keys.identify(store_redis, text)

    assert ("ci 서버", "publisher", ("web-*",), f"key:{key.id}") == (
        found.name, found.role, found.plugins, found.principal
    )  # fmt: skip
    assert [True, False] == [found.may_publish_for(plugin) for plugin in ("web-1", "db-1")]
    assert text.rpartition("_")[2].encode() not in store_redis.hget(access_keys.api_keys(), key.id)


def test_key_opens_only_the_doors_that_it_is_for(store_redis: Redis) -> None:
    _, bound = api_keys.create(store_redis, "otel", "publisher", None, doors=["otlp", "otlp"])
    _, free = api_keys.create(store_redis, "all", "publisher", None)
    found = [api_keys.identify(store_redis, text) for text in (bound, free)]

    assert [[True, False], [True, True]] == [[who.may_publish_by(door) for door in ("otlp", "events")] for who in found]
    with pytest.raises(Invalid, match="must be events, remote_write"):
        api_keys.create(store_redis, "x", "publisher", None, doors=["otlp", "window"])


@pytest.mark.parametrize("alter", [lambda t: t + "x", lambda t: t[:-1], lambda t: "", lambda t: "eak__", lambda t: "x"])
def test_text_that_is_no_key_lets_nobody_in(store_redis: Redis, alter: object) -> None:
    text = api_keys.create(store_redis, "ci", "viewer", None)[1]

    assert api_keys.identify(store_redis, alter(text)) is None


def test_secret_of_one_key_does_not_open_another(store_redis: Redis) -> None:
    first, text = api_keys.create(store_redis, "a", "viewer", None)
    second, _ = api_keys.create(store_redis, "b", "admin", None)

    assert api_keys.identify(store_redis, text.replace(first.id, second.id)) is None


def test_key_ends_when_it_expires(store_redis: Redis) -> None:
    key, text = api_keys.create(store_redis, "ci", "viewer", 1)
    lived = api_keys.identify(store_redis, text)
    over = msgspec.structs.replace(key, expires_at_ms=1)
    store_redis.hset(access_keys.api_keys(), key.id, msgspec.json.encode(over))

    assert (True, None) == (lived is not None, api_keys.identify(store_redis, text))


def test_revoked_key_lets_nobody_in_and_leaves_nothing_behind(store_redis: Redis) -> None:
    key, text = api_keys.create(store_redis, "ci", "viewer", None)
    api_keys.identify(store_redis, text)
    used = store_redis.hkeys(access_keys.api_keys_used())
    api_keys.revoke(store_redis, key.id)

    assert ([key.id.encode()], None, []) == (used, api_keys.identify(store_redis, text), api_keys.load_all(store_redis))
    assert 0 == store_redis.exists(access_keys.api_keys(), access_keys.api_keys_used())
    with pytest.raises(NotFound):
        api_keys.revoke(store_redis, key.id)


def test_use_is_noted_and_shown(store_redis: Redis) -> None:
    api_keys.create(store_redis, "unused", "viewer", None)
    key, text = api_keys.create(store_redis, "used", "viewer", None)
    api_keys.identify(store_redis, text)
    shown = {one["name"]: one for one in api_keys.load_all(store_redis)}

    assert shown["unused"]["last_used_at_ms"] is None
    assert key.created_at_ms <= shown["used"]["last_used_at_ms"]
    assert "digest" not in shown["used"]


@pytest.mark.parametrize(
    ("name", "plugins", "field"), [("", [], "name"), ("a\u202e", [], "name"), ("a", ["ok", "b\u200b"], "plugins.1")]
)
def test_name_or_glob_that_hides_something_is_refused(
    store_redis: Redis, name: str, plugins: list[str], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        api_keys.create(store_redis, name, "viewer", None, plugins)

    assert [field] == list(refused.value.problems)
    assert [] == api_keys.load_all(store_redis)


def test_audit_tells_of_making_and_revoking_without_the_digest(store_redis: Redis) -> None:
    key, _ = api_keys.create(store_redis, "ci", "viewer", None)
    api_keys.revoke(store_redis, key.id)
    entries = audit.search(store_redis, target=key.id)

    assert ["api-key.revoke", "api-key.create"] == [entry.action for entry in entries]
    assert not [entry for entry in entries if "digest" in (entry.before or entry.after)]
