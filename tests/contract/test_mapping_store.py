"""The mapping's store: one version holds, earlier ones can be restored, and somebody else's change is noticed."""

import pytest
from redis import Redis

from shared.errors import ConfigurationError, Invalid, NotFound, Stale
from shared.model import relabeling
from shared.model.relabeling import IngestMapping
from shared.redis import keys
from shared.store import audit, mapping_store, versions


def a_mapping(*id_labels: str) -> IngestMapping:
    return relabeling.parse({"default": {"id_labels": list(id_labels)}})


def test_default_holds_until_a_mapping_is_saved(store_redis: Redis) -> None:
    assert (0, relabeling.DEFAULT) == (
        mapping_store.current(store_redis).version,
        mapping_store.current(store_redis).mapping,
    )
    saved = mapping_store.save(store_redis, a_mapping("host"))

    assert saved == mapping_store.current(store_redis)
    assert (1, ("host",)) == (saved.version, saved.mapping.default.id_labels)
    assert saved == mapping_store.save(store_redis, a_mapping("host"))


def test_earlier_version_is_restored_as_a_new_one_and_the_change_is_in_the_audit(store_redis: Redis) -> None:
    for label in "abc":
        mapping_store.save(store_redis, a_mapping(label))
    restored = mapping_store.restore(store_redis, 1)

    assert (4, 1, a_mapping("a")) == (restored.version, restored.restored, restored.mapping)
    assert [4, 3, 2, 1] == [one.version for one in mapping_store.history(store_redis)]
    assert relabeling.DEFAULT == mapping_store.restore(store_redis, 0).mapping
    [newest, *_] = audit.search(store_redis, action="mapping")
    assert ("version 5", ["a"], ["job", "instance"]) == (
        newest.target,
        newest.before["default"]["id_labels"],
        newest.after["default"]["id_labels"],
    )


def test_history_is_bounded(store_redis: Redis) -> None:
    for number in range(versions.MAX_EARLIER + 5):
        mapping_store.save(store_redis, a_mapping(f"l{number}"))

    assert versions.MAX_EARLIER + 1 == len(mapping_store.history(store_redis))
    with pytest.raises(NotFound):
        mapping_store.restore(store_redis, 1)


def test_change_of_a_mapping_that_somebody_else_changed_is_refused(store_redis: Redis) -> None:
    mapping_store.save(store_redis, a_mapping("a"), expected=0)

    with pytest.raises(Stale):
        mapping_store.save(store_redis, a_mapping("b"), expected=0)
    with pytest.raises(Stale):
        mapping_store.restore(store_redis, 0, expected=0)
    assert a_mapping("a") == mapping_store.current(store_redis).mapping


@pytest.mark.parametrize("junk", [b"", b"\xff", b"null", b"[]", b'{"version": 3, "mapping": {"default": 7}}'])
def test_version_that_nobody_can_read_is_no_mapping_and_can_be_replaced(store_redis: Redis, junk: bytes) -> None:
    mapping_store.save(store_redis, a_mapping("a"))
    mapping_store.save(store_redis, a_mapping("b"))
    store_redis.hset(keys.ingest_mapping(), versions.CURRENT, junk)

    with pytest.raises(ConfigurationError, match="an administrator must save a valid one"):
        mapping_store.current(store_redis)
    store_redis.hset(keys.ingest_mapping(), "2", junk)
    with pytest.raises(NotFound):
        mapping_store.restore(store_redis, 2)
    assert [1] == [one.version for one in mapping_store.history(store_redis)]
    assert 3 == mapping_store.restore(store_redis, 1).version
    assert a_mapping("a") == mapping_store.current(store_redis).mapping


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"default": {"id_labels": []}}, "default.id_labels"),
        ({"default": {"id_labels": ["a", "a"]}}, "default.id_labels"),
        ({"default": {"id_labels": ["le"]}}, "default.id_labels"),
        ({"default": {"id_labels": ["job"], "drop_labels": ["j*"]}}, "default"),
        ({"default": {"drop_metrics": ["a\u200bb"]}}, "default.drop_metrics"),
        ({"default": {"expire_minutes": -1}}, "default.expire_minutes"),
        ({"sources": {"hooks": {"expire_minutes": 525_601}}}, "sources.hooks.expire_minutes"),
        ({"default": {"expire_minutes": True}}, "default.expire_minutes"),
        ({"default": {"keep_metrics": ["m"] * 300}}, "default.keep_metrics"),
        ({"default": {"keep_metrics": "m"}}, "default.keep_metrics"),
        ({"default": {"drop": []}}, "default.drop"),
        ({"sources": {f"s{i}": {} for i in range(99)}}, "sources"),
        ({"sources": {" x": {}}}, "body"),
        ([], "body"),
    ],
)
def test_bad_fields_are_named(fields: object, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        relabeling.parse(fields)

    assert [field] == list(caught.value.problems)
    assert "valid tuple" not in str(caught.value)


def test_relabeling_of_a_key_goes_before_that_of_a_door() -> None:
    sources = {"otlp": {"id_labels": ["door"]}, "seoul": {"id_labels": ["key"]}}
    mapping = relabeling.parse({"default": {"id_labels": ["all"]}, "sources": sources})

    found = [mapping.of(*place).id_labels for place in (("seoul", "otlp"), ("busan", "otlp"), ("busan", "influx"))]
    assert [("key",), ("door",), ("all",)] == found
