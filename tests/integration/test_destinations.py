"""A stored secret goes to the destination it was entered for, by whichever way a channel is changed."""

import gzip
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from flask.testing import FlaskClient
from redis import Redis

from api.change import restore
from dispatchers.channel import catalogue
from producers.enhanced_alert_system import EnhancedAlertSystem
from shared import vault
from shared.errors import AlertsError, Invalid
from shared.log import MASK
from shared.redis import keys
from shared.store import backup, channel_store
from tests.support.api import BASE
from tests.support.destinations import CASES, STORED, moved_to

Door = Callable[[str, dict[str, Any]], bool]
"""Changes a channel by its name; tells whether that was taken."""


@pytest.fixture(params=["api", "api of another name", "facade"])
def door(request: pytest.FixtureRequest, client: FlaskClient, redis: Redis, redis_url: str) -> Door:
    def by_api(name: str, fields: dict[str, Any]) -> bool:
        answer = client.put(f"{BASE}/channels/{name}/config", json=fields)
        assert answer.status_code in (200, 422), answer.text
        return answer.status_code == 200

    def by_facade(name: str, fields: dict[str, Any]) -> bool:
        facade = EnhancedAlertSystem(redis_url)
        try:
            facade.update_channel_config(name, fields)
        except Invalid:
            return False
        finally:
            facade.close()
        return True

    return by_facade if request.param == "facade" else by_api


@pytest.mark.parametrize(("kind", "stored", "name"), CASES, ids=lambda one: one if isinstance(one, str) else "")
def test_masked_secret_follows_to_no_other_destination(
    kind: str, stored: dict[str, Any], name: str, door: Door, redis: Redis
) -> None:
    channel_store.save(redis, kind, stored)
    sent = moved_to(kind, stored, name, "evil.example")
    kept = [field for field, value in sent.items() if value == MASK and field != name]
    taken = door(kind, sent)

    assert taken is not bool(kept)
    if kept:
        assert stored == channel_store.load(redis, kind)
    assert MASK not in str(channel_store.load(redis, kind))


@pytest.mark.parametrize("kind", STORED)
def test_masked_secret_is_taken_from_no_other_channel(kind: str, door: Door, redis: Redis) -> None:
    """`slack-ops` has not what `slack` has: nothing is behind its mask."""
    for stored in STORED[kind]:
        channel_store.save(redis, kind, stored)
        door(f"{kind}-ops", catalogue()[kind].masked(stored))

        assert "old-secret" not in str(channel_store.load_stored(redis).get(f"{kind}-ops", {}))
        assert MASK not in str(channel_store.load_stored(redis).get(f"{kind}-ops", {}))


@pytest.mark.parametrize("kind", STORED)
def test_configuration_that_is_sent_back_as_it_is_shown_changes_nothing(kind: str, door: Door, redis: Redis) -> None:
    for stored in STORED[kind]:
        channel_store.save(redis, kind, stored)

        assert door(kind, catalogue()[kind].masked(stored))
        assert stored == channel_store.load(redis, kind)


def altered(packed: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    """Return a backup as somebody without the keys can make it: changed, without a signature, with a new checksum."""
    head = msgspec.json.decode(gzip.decompress(packed))
    change(head["content"])
    body = msgspec.json.encode(head["content"])
    head |= {"content": msgspec.Raw(body), "sha256": hashlib.sha256(body).hexdigest()}
    head.pop("mac", None)
    return gzip.compress(msgspec.json.encode(head))


@pytest.mark.parametrize("how", ["mask", "unsealed", "swapped"])
def test_restored_channel_has_no_secret_for_another_destination(how: str, redis: Redis, tmp_path: Path) -> None:
    for kind, all_ in STORED.items():
        channel_store.save(redis, kind, all_[0])
    backup.write(redis, 8, tmp_path / "b.gz", with_alerts=False, progress=lambda *_: None)

    def change(content: dict[str, Any]) -> None:
        held = content["channels"]
        fields = moved_to("webhook", STORED["webhook"][0], "url", "evil.example")
        if how == "mask":
            held["webhook"] = vault.current().seal(msgspec.json.encode(fields)).decode()
        elif how == "unsealed":
            held["webhook"] = msgspec.json.encode(fields).decode()
        else:
            held["webhook"], held["teams"] = held["teams"], held["webhook"]

    packed = altered((tmp_path / "b.gz").read_bytes(), change)
    try:
        read = restore.unpacked(packed, "b.gz", unsigned=True)
        restore.restore(redis, read, 8)
    except AlertsError:
        assert "old-secret" in str(channel_store.load(redis, "webhook")) or how != "mask"
    pairs = {(str(f.get("url")), f.get("secret")) for f in channel_store.load_stored(redis).values()}

    assert not {pair for pair in pairs if "evil" in pair[0] and pair[1] not in (None, "", MASK)}
    assert redis.hlen(keys.channels())
