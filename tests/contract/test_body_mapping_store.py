"""The store of body mappings, and the bodies that are kept: versions, bounds, and what nobody can read."""

import pytest
from redis import Redis

from shared.errors import ConfigurationError, NotFound, Stale
from shared.model import body_mapping
from shared.model.body_mapping import BodyMappings
from shared.redis import webhook_keys
from shared.store import audit, body_mapping_store, kept_bodies, versions
from shared.store.kept_bodies import MAX_UNFIT, MAX_UNKNOWN, KeptBody


def mappings(*names: str) -> BodyMappings:
    return body_mapping.parse({"webhooks": {name: {"name": {"path": "n"}} for name in names}})


def a_body(text: str, at_ms: int = 1, outcome: str = "refused", name: str = "zabbix") -> KeptBody:
    return KeptBody(name, at_ms, "hooks", outcome, [{"field": "name"}], len(text), text)  # type: ignore[arg-type]


def test_no_mapping_holds_until_one_is_saved_and_earlier_versions_come_back(store_redis: Redis) -> None:
    assert (0, {}) == (
        body_mapping_store.current(store_redis).version,
        body_mapping_store.current(store_redis).mappings.webhooks,
    )
    assert 0 == body_mapping_store.save(store_redis, mappings()).version
    body_mapping_store.save(store_redis, mappings("a"), expected=0)
    saved = body_mapping_store.save(store_redis, mappings("a", "b"), expected=1)
    with pytest.raises(Stale):
        body_mapping_store.save(store_redis, mappings("c"), expected=1)
    restored = body_mapping_store.restore(store_redis, 1, expected=2)

    assert (2, ["a", "b"]) == (saved.version, [*saved.mappings.webhooks])
    assert (3, 1, ["a"]) == (restored.version, restored.restored, [*restored.mappings.webhooks])
    assert [3, 2, 1] == [one.version for one in body_mapping_store.history(store_redis)]
    assert {} == body_mapping_store.restore(store_redis, 0).mappings.webhooks
    with pytest.raises(NotFound):
        body_mapping_store.restore(store_redis, 9)
    [newest, *_] = audit.search(store_redis, action="webhooks")
    assert ("version 4", ["a"], []) == (newest.target, [*newest.before["webhooks"]], [*newest.after["webhooks"]])


@pytest.mark.parametrize("junk", [b"", b"\xff", b"null", b'{"version": 3, "mappings": {"webhooks": 7}}'])
def test_version_that_nobody_can_read_is_told_and_can_be_replaced(store_redis: Redis, junk: bytes) -> None:
    body_mapping_store.save(store_redis, mappings("a"))
    store_redis.hset(webhook_keys.body_mappings(), versions.CURRENT, junk)

    with pytest.raises(ConfigurationError, match="an administrator must save valid ones"):
        body_mapping_store.current(store_redis)
    assert 2 == body_mapping_store.save(store_redis, mappings("b")).version


def test_last_body_and_those_that_did_not_fit_are_kept_newest_first_and_bounded(store_redis: Redis) -> None:
    for number in range(MAX_UNFIT + 3):
        kept_bodies.keep(store_redis, a_body(f"bad {number}", number + 1), has_mapping=True)
    kept_bodies.keep(store_redis, a_body("good", 100, "taken"), has_mapping=True)
    found = kept_bodies.read(store_redis, ["zabbix", "other"])

    assert ["good", *(f"bad {n}" for n in range(MAX_UNFIT + 2, 2, -1))] == [one.text for one in found]
    assert 0 < store_redis.pttl(webhook_keys.last_body("zabbix")) <= kept_bodies.KEEP_MS
    assert 0 < store_redis.pttl(webhook_keys.unfit_bodies("zabbix")) <= kept_bodies.KEEP_MS


def test_last_body_that_did_not_fit_is_shown_once(store_redis: Redis) -> None:
    kept_bodies.keep(store_redis, a_body("bad"), has_mapping=True)

    assert [a_body("bad")] == kept_bodies.read(store_redis, ["zabbix"])


def test_bodies_of_addresses_without_a_mapping_share_one_bounded_place(store_redis: Redis) -> None:
    for number in range(MAX_UNKNOWN + 5):
        kept_bodies.keep(store_redis, a_body("x", number + 1, name=f"w{number}"), has_mapping=False)
    found = kept_bodies.read(store_redis, [])

    assert [f"w{n}" for n in range(MAX_UNKNOWN + 4, 4, -1)] == [one.name for one in found]
    assert [webhook_keys.unfit_bodies("").encode()] == store_redis.keys("*")


def test_kept_body_that_nobody_can_read_is_left_out(store_redis: Redis) -> None:
    kept_bodies.keep(store_redis, a_body("bad"), has_mapping=True)
    store_redis.set(webhook_keys.last_body("zabbix"), b"\x00junk")

    assert ["bad"] == [one.text for one in kept_bodies.read(store_redis, ["zabbix"])]
