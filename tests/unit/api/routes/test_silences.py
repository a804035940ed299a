"""The store of silences: what ends is said once, what ended long ago is forgotten."""

import shlex

import pytest
from flask.testing import FlaskClient
from redis import Redis

from shared.clock import SystemClock
from shared.errors import Conflict, NotFound
from shared.model import silences
from shared.model.silences import Silence
from shared.redis import keys
from shared.store import silence_store
from shared.store.silence_store import KEEP_ENDED_MS
from tests.support.api import BASE
from tests.support.cli import Run

NOW = 1_700_000_000_000


def stored(redis: Redis, name: str, ends_at_ms: int) -> Silence:
    fields = {"id": name, "matchers": [{"name": "plugin_id", "value": "*"}], "comment": "배포", "author": "kim"}
    made = silences.parse({**fields, "starts_at_ms": ends_at_ms - 1_000, "ends_at_ms": ends_at_ms})
    silence_store.save(redis, made)
    return made


def said(redis: Redis) -> list[bytes]:
    return [fields[b"type"] for _, fields in redis.xrange(keys.feed())]


def test_end_of_a_silence_is_said_once(redis: Redis) -> None:
    stored(redis, "over", NOW)
    answers = [silence_store.announce_expiry(redis, "over", NOW) for _ in range(2)]

    assert ([True, False], [b"silence.expired"]) == (answers, said(redis))


def test_silence_made_longer_at_the_last_moment_is_not_ended(redis: Redis) -> None:
    stored(redis, "longer", NOW)
    longer = stored(redis, "longer", NOW + 60_000)

    assert not silence_store.announce_expiry(redis, "longer", NOW)
    assert ([], longer) == (said(redis), silence_store.get(redis, "longer"))


def test_silence_is_forgotten_a_month_after_its_end(redis: Redis) -> None:
    stored(redis, "old", NOW - KEEP_ENDED_MS - 1)
    stored(redis, "recent", NOW - KEEP_ENDED_MS + 1)

    assert 1 == silence_store.prune(redis, NOW)
    assert ["recent"] == [s.id for s in silence_store.load_all(redis)[1]]


def test_id_that_is_taken_is_refused_and_one_that_is_not_cannot_be_replaced(redis: Redis) -> None:
    first = stored(redis, "one", NOW)
    with pytest.raises(Conflict, match="already a silence one"):
        silence_store.save(redis, first.model_copy(update={"comment": "another"}), only_new=True)
    with pytest.raises(NotFound):
        silence_store.save(redis, first.model_copy(update={"id": "none"}), only_known=True)

    assert [first] == silence_store.load_all(redis)[1]


def test_silence_begins_now_by_the_servers_clock_and_lasts_as_long_as_asked(client: FlaskClient) -> None:
    asked = {"matchers": [{"name": "plugin_id", "value": "web-*"}], "comment": "배포", "length_ms": 60_000}
    before = SystemClock().now_ms()
    made = client.post(f"{BASE}/silences", json=asked).json
    after = SystemClock().now_ms()

    assert before <= made["starts_at_ms"] <= after and "active" == made["state"]
    assert 60_000 == made["ends_at_ms"] - made["starts_at_ms"]


def test_silence_needs_one_end_and_a_confirmation_where_it_hides_everything(client: FlaskClient) -> None:
    asked = {"matchers": [{"name": "plugin_id", "value": "web-*"}], "comment": "배포"}
    everything = {"matchers": [{"name": "label:typo", "value": "?*", "is_equal": False}], "comment": "배포"}
    answers = [
        client.post(f"{BASE}/silences", json=asked),
        client.post(f"{BASE}/silences", json={**asked, "length_ms": 1_000, "ends_at_ms": NOW * 2}),
        client.post(f"{BASE}/silences", json={**asked, "length_ms": -1}),
        client.post(f"{BASE}/silences", json={**everything, "length_ms": 1_000}),
    ]
    confirmed = client.post(f"{BASE}/silences", json={**everything, "length_ms": 1_000, "everything": True})

    assert [422] * 4 == [answer.status_code for answer in answers]
    fields = [answer.json["errors"][0]["field"] for answer in answers]
    assert ["ends_at_ms", "ends_at_ms", "length_ms", "everything"] == fields
    assert 201 == confirmed.status_code


def test_silence_is_replaced_at_its_own_address_only(client: FlaskClient) -> None:
    asked = {
        "id": "mine",
        "matchers": [{"name": "plugin_id", "value": "web-*"}],
        "comment": "배포",
        "length_ms": 60_000,
    }
    made = client.post(f"{BASE}/silences", json=asked)
    again = client.post(f"{BASE}/silences", json={**asked, "comment": "another's"})
    longer = client.put(f"{BASE}/silences/mine", json={**asked, "length_ms": 120_000})
    unknown = client.put(f"{BASE}/silences/none", json=asked)

    assert [201, 409, 200, 404] == [answer.status_code for answer in (made, again, longer, unknown)]
    assert made.json["created_at_ms"] == longer.json["created_at_ms"]
    assert "배포" == client.get(f"{BASE}/silences/mine").json["comment"]


def test_what_the_list_prints_add_reads(run: Run, redis: Redis) -> None:
    texts = ["plugin_id=web 1 *", "label:team!=a'b", 'label:"a=b"=c', "severity!=info"]
    first = run("silences", "add", *texts, "--comment", "one")
    listed = run("silences", "list")[1].splitlines()[1]
    printed = [word for word in shlex.split(listed) if "=" in word]
    again = run("silences", "add", *printed, "--comment", "two")
    refused = run("silences", "add", "label:typo=*", "--comment", "x")
    unconfirmed = run("silences", "add", "plugin_id=*", "--comment", "x")
    endless = run("silences", "add", "plugin_id=a", "--hours", "nan", "--comment", "x")

    assert texts == printed
    assert 0 == first[0] == again[0], (first, again)
    found = silence_store.load_all(redis)[1]
    assert 2 == len(found) and found[0].matchers == found[1].matchers
    assert 1 == refused[0] and "?*" in refused[2]
    assert 1 == unconfirmed[0] and "--everything" in unconfirmed[2]
    assert 1 == endless[0] and "--hours" in endless[2]
