"""The plugins that were heard of: the newest first, page by page, and one unreadable note costs no other."""

import json

import pytest
from redis import Redis

from api.read import heard
from shared.redis import keys


def note(redis: Redis, plugin_id: str, last_at_ms: int, **more: object) -> None:
    redis.hset(keys.plugins(), plugin_id, json.dumps({"plugin_id": plugin_id, "last_at_ms": last_at_ms, **more}))


@pytest.mark.parametrize(
    "body", [b"", b"\xff", b"[]", b"null", b'{"plugin_id": 1}', b'{"plugin_id": "x"}', b"{" * 5_000]
)
def test_note_that_cannot_be_read_takes_no_other_along(redis: Redis, body: bytes) -> None:
    note(redis, "good", 1)
    redis.hset(keys.plugins(), "bad", body)

    assert ["good"] == [plugin["plugin_id"] for plugin in heard.plugins(redis)]


def test_pages_are_the_newest_first_and_hold_each_plugin_once(redis: Redis) -> None:
    for n in range(7):
        note(redis, f"p{n}", n // 2, late_since_ms=5, late_by_ms=7)
    pages, after, more = [], None, True
    while more:
        some, more, total = heard.page(redis, after, 3)
        pages.append([plugin["plugin_id"] for plugin in some])
        after = some[-1]["last_at_ms"], some[-1]["plugin_id"].encode()

    assert [["p6", "p4", "p5"], ["p2", "p3", "p0"], ["p1"]] == pages
    assert 7 == total and not any(name.startswith("late_") for name in some[0])
