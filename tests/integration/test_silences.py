"""The store of silences: what ends is said once, what ended long ago is forgotten."""

import pytest
from redis import Redis

from shared.model import silences
from shared.model.silences import Silence
from shared.store import silence_store
from shared.store.silence_store import KEEP_ENDED_MS
from tests.support.interleave import interrupted

NOW = 1_700_000_000_000


def stored(redis: Redis, name: str, ends_at_ms: int) -> Silence:
    fields = {"id": name, "matchers": [{"name": "plugin_id", "value": "*"}], "comment": "배포", "author": "kim"}
    made = silences.parse({**fields, "starts_at_ms": ends_at_ms - 1_000, "ends_at_ms": ends_at_ms})
    silence_store.save(redis, made)
    return made


@pytest.mark.parametrize("before", range(3), ids=["watch", "read", "write"])
def test_silence_made_longer_while_it_is_forgotten_or_ended_is_kept(redis: Redis, before: int) -> None:
    """Whoever reads, decides and writes finds out that somebody else has written in between."""
    old, running = stored(redis, "old", NOW - KEEP_ENDED_MS - 1), stored(redis, "running", NOW + 60_000)
    longer = old.model_copy(update={"starts_at_ms": NOW, "ends_at_ms": NOW + 1_000})
    with interrupted(redis, before, lambda: silence_store.save(redis, longer)) as client:
        forgotten = silence_store.prune(client, NOW)
    explained = running.model_copy(update={"comment": "longer"})
    with interrupted(redis, before, lambda: silence_store.save(redis, explained)) as client:
        ended = silence_store.expire(client, "running", NOW)

    assert 0 == forgotten
    assert (NOW, "longer") == (ended.ends_at_ms, ended.comment)
    assert {"old", "running"} == {s.id for s in silence_store.load_all(redis)[1]}
