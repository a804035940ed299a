"""The store of silences: what ends is said once, what ended long ago is forgotten."""

from redis import Redis

from shared import keys, silences
from shared.silences import KEEP_ENDED_MS, Silence

NOW = 1_700_000_000_000


def stored(redis: Redis, name: str, ends_at_ms: int) -> Silence:
    fields = {"id": name, "matchers": [{"name": "plugin_id", "value": "*"}], "comment": "배포", "author": "kim"}
    made = silences.parse({**fields, "starts_at_ms": ends_at_ms - 1_000, "ends_at_ms": ends_at_ms})
    silences.save(redis, made)
    return made


def said(redis: Redis) -> list[bytes]:
    return [fields[b"type"] for _, fields in redis.xrange(keys.feed())]


def test_end_of_a_silence_is_said_once(redis: Redis) -> None:
    stored(redis, "over", NOW)
    answers = [silences.announce_expiry(redis, "over", NOW) for _ in range(2)]

    assert ([True, False], [b"silence.expired"]) == (answers, said(redis))


def test_silence_made_longer_at_the_last_moment_is_not_ended(redis: Redis) -> None:
    stored(redis, "longer", NOW)
    longer = stored(redis, "longer", NOW + 60_000)

    assert not silences.announce_expiry(redis, "longer", NOW)
    assert ([], longer) == (said(redis), silences.get(redis, "longer"))


def test_silence_is_forgotten_a_month_after_its_end(redis: Redis) -> None:
    stored(redis, "old", NOW - KEEP_ENDED_MS - 1)
    stored(redis, "recent", NOW - KEEP_ENDED_MS + 1)

    assert 1 == silences.prune(redis, NOW)
    assert ["recent"] == [s.id for s in silences.load_all(redis)[1]]
