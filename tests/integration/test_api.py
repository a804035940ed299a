"""The REST API on a real server: every endpoint's good and bad path, and who is let in."""

import threading

from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from api.auth import access_tokens
from shared.redis import keys
from tests.support.api import BASE, stored
from tests.support.waiting import until


def test_concurrent_acts_on_one_alert_are_each_applied_or_refused(app: Flask, redis: Redis) -> None:
    stored(redis)
    headers = {"Authorization": f"Bearer {access_tokens.issue(redis, 'kim', 'operator')}"}
    statuses: list[int] = []

    def act() -> None:
        with app.test_client() as own:
            statuses.append(own.post(f"{BASE}/alerts/a0/resolve", headers=headers).status_code)

    threads = [threading.Thread(target=act) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [200] + [409] * 7 == sorted(statuses)
    assert 1 == redis.xlen(keys.commands())


def test_acknowledged_alert_reaches_the_feed_at_once(client: FlaskClient, redis: Redis) -> None:
    stored(redis)
    client.post(f"{BASE}/alerts/a0/acknowledge")
    found = until(lambda: redis.xrevrange(keys.feed(), count=1))

    assert b"alert.acknowledged" == found[0][1][b"type"]
