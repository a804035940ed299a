"""The rule store: one hash, one revision that every change raises, an audit entry a change."""

import pytest
from redis import Redis

from shared.errors import Conflict, NotFound, Stale
from shared.redis import keys
from shared.store import audit, rule_store
from shared.store.audit import Author
from tests.support.factories import a_rule

KIM = Author("kim", principal="user:kim")


def test_saved_rule_is_read_back_with_the_revision_of_its_change(store_redis: Redis) -> None:
    first = rule_store.save(store_redis, a_rule(id="a", name="CPU 높음"), author=KIM)
    second = rule_store.save(store_redis, a_rule(id="b"))
    revision, rules, broken = rule_store.load_all(store_redis)

    assert (1, 2) == (first.revision, second.revision)
    assert (2, ["a", "b"], {}) == (revision, [rule.id for rule in rules], broken)
    assert first == rule_store.get(store_redis, "a")


def test_change_of_a_rule_that_somebody_else_changed_is_refused(store_redis: Redis) -> None:
    seen = rule_store.save(store_redis, a_rule(id="a"))
    rule_store.change(store_redis, "a", lambda rule: rule.model_copy(update={"enabled": False}))

    with pytest.raises(Stale):
        rule_store.save(store_redis, a_rule(id="a", threshold=99), expected=seen.revision)
    with pytest.raises(Stale):
        rule_store.delete(store_redis, "a", expected=seen.revision)
    assert (2, False) == (rule_store.get(store_redis, "a").revision, rule_store.get(store_redis, "a").enabled)


def test_unknown_and_taken_ids_are_refused_and_change_nothing(store_redis: Redis) -> None:
    rule_store.save(store_redis, a_rule(id="a"))

    with pytest.raises(Conflict):
        rule_store.save(store_redis, a_rule(id="a", threshold=1), only_new=True)
    for refused in (
        lambda: rule_store.get(store_redis, "b"),
        lambda: rule_store.delete(store_redis, "b"),
        lambda: rule_store.change(store_redis, "b", lambda rule: rule),
    ):
        with pytest.raises(NotFound):
            refused()
    assert (b"1", 80) == (store_redis.get(keys.rules_revision()), rule_store.get(store_redis, "a").threshold)


def test_rules_of_one_transaction_share_a_revision(store_redis: Redis) -> None:
    rule_store.save(store_redis, a_rule(id="old"))
    rule_store.save_many(store_redis, [a_rule(id="a"), a_rule(id="b")], delete=["old"], author=KIM)
    revision, rules, _ = rule_store.load_all(store_redis)

    assert (2, [("a", 2), ("b", 2)]) == (revision, [(rule.id, rule.revision) for rule in rules])
    assert ["rule.delete", "rule.save", "rule.save"] == sorted(
        entry.action for entry in audit.search(store_redis, principal="user:kim")
    )


def test_transaction_that_decides_for_nothing_raises_no_revision(store_redis: Redis) -> None:
    rule_store.save(store_redis, a_rule(id="a"))
    rule_store.change_many(store_redis, lambda _: ([], []))

    assert 1 == rule_store.load_all(store_redis)[0]


def test_more_rules_than_allowed_are_refused_together(store_redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule_store, "MAX_RULES", 2)
    rule_store.save(store_redis, a_rule(id="a"))

    with pytest.raises(Conflict):
        rule_store.save_many(store_redis, [a_rule(id="b"), a_rule(id="c")])
    assert ["a"] == [rule.id for rule in rule_store.load_all(store_redis)[1]]
    rule_store.save_many(store_redis, [a_rule(id="b"), a_rule(id="c")], delete=["a"])
    assert ["b", "c"] == [rule.id for rule in rule_store.load_all(store_redis)[1]]


@pytest.mark.parametrize("junk", [b"", b"\xff", b"null", b"[]", b'{"id":7}'])
def test_rule_that_cannot_be_read_is_named_and_hides_no_other(store_redis: Redis, junk: bytes) -> None:
    rule_store.save(store_redis, a_rule(id="good"))
    store_redis.hset(keys.rules(), b"bad\xff", junk)
    _, rules, broken = rule_store.load_all(store_redis)

    assert (["good"], ["bad�"]) == ([rule.id for rule in rules], list(broken))


@pytest.mark.parametrize("junk", [b"", b"x", b"-1", b"1.5"])
def test_revision_that_is_no_number_counts_as_none(store_redis: Redis, junk: bytes) -> None:
    store_redis.set(keys.rules_revision(), junk)

    assert (0, [], {}) == rule_store.load_all(store_redis)
