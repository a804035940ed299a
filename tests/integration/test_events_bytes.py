"""Events by HTTP: what is taken, what is refused and why, and how much one key may bring."""

from redis import Redis

from shared.redis import keys
from tests.support.publishing import a_client, send


def test_one_key_brings_no_more_bytes_than_its_share(redis: Redis) -> None:
    client = a_client(redis, publish_megabytes_per_hour=8.0)
    body = [{"plugin_id": "p", "states": {"s": "x" * 250}} for _ in range(1_000)]
    answers = [send(client, body) for _ in range(30)]
    taken = [answer for answer in answers if answer.status_code == 202]
    refused = next(answer for answer in answers if answer.status_code == 429)
    size = sum(redis.memory_usage(keys.events(p), samples=0) or 0 for p in range(8))

    assert 0 < len(taken) < 12
    assert "8 MB an hour" in refused.json["detail"] and int(refused.headers["Retry-After"]) >= 1
    assert 202 == send(a_client(redis, name="other"), {"plugin_id": "p"}).status_code
    assert size < 8 * 2**20


def test_all_keys_together_bring_no_more_bytes_than_fit(redis: Redis) -> None:
    limits = {"publish_total_megabytes_per_hour": 8.0}
    body = [{"plugin_id": "p", "states": {"s": "x" * 250}} for _ in range(1_000)]
    answers = [send(a_client(redis, name=f"key-{n}", **limits), body) for n in range(12)]

    assert 429 == answers[-1].status_code
    assert "All API keys" in answers[-1].json["detail"]
