"""The plugins that were heard of: the newest first, page by page, and one unreadable note costs no other."""

import json

import pytest
from redis import Redis

from api.read import heard
from evaluator import checkpoint, last_seen
from evaluator.plugin_memory import PluginMemory, remember
from shared.model.events import Event
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


def test_parent_that_an_evaluator_reports_is_on_the_page(redis: Redis) -> None:
    memory = PluginMemory("disk")
    for at_ms, parent_id in ((1, "host"), (2, "")):
        remember(memory, Event("disk", at_ms=at_ms, parent_id=parent_id), at_ms)
    restored = checkpoint.restore(checkpoint.save(memory))
    redis.hset(keys.plugins(), "disk", last_seen.body(restored))
    note(redis, "of an older release", 1)

    parents = {plugin["plugin_id"]: plugin["parent_id"] for plugin in heard.page(redis, None, 9)[0]}

    assert {"disk": "host", "of an older release": ""} == parents


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
