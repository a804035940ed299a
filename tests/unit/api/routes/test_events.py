"""Events by HTTP: what is taken, what is refused and why, and how much one key may bring."""

import json
import time
from typing import Any

import msgspec
import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from redis import Redis

from api.limits import idempotency, publishing
from shared.model.events import Event
from shared.model.partitions import partition_of
from shared.redis import keys
from tests.support.api import BASE
from tests.support.publishing import a_client, send


@pytest.fixture
def client(redis: Redis) -> FlaskClient:
    return a_client(redis)


def stored(redis: Redis) -> list[Event]:
    return [
        event
        for p in range(8)
        for _, fields in redis.xrange(keys.events(p))
        if b"e" in fields
        for event in msgspec.json.decode(fields[b"e"], type=list[Event])
    ]


@pytest.mark.parametrize(
    "value", ["NaN", "nan", "null", "true", '"n/a"', "1" + "0" * 400, "9" * 5_000, "[[1]]", "1e999"]
)
def test_unusable_metric_is_dropped_and_named_and_the_rest_taken(client: FlaskClient, redis: Redis, value: str) -> None:
    answer = send(
        client, f'[{{"plugin_id": "p", "metrics": {{"cpu": 99, "gpu_temp": {value}}}}}, {{"plugin_id": "q"}}]'
    )

    assert (202, 2, [], 1) == (
        answer.status_code, answer.json["accepted"], answer.json["rejected"], answer.json["dropped_values"],
    )  # fmt: skip
    (dropped,) = answer.json["dropped"]
    assert (0, "metrics.gpu_temp", "p") == (dropped["index"], dropped["field"], dropped["plugin_id"])
    assert "number" in dropped["reason"] or "deep" in dropped["reason"]
    assert [{"cpu": 99.0}] == [event.metrics for event in stored(redis) if event.plugin_id == "p"]


@pytest.mark.parametrize("mark", ["\u202e", "\u200b", "\u3164", "\n"])
def test_name_that_cannot_be_seen_is_refused_with_a_reason(client: FlaskClient, redis: Redis, mark: str) -> None:
    hidden = f"we{mark}b"
    answer = send(client, [{"plugin_id": hidden}, {"plugin_id": "웹", "metrics": {hidden: 1, "m": 2}}])

    assert (202, 1, 1) == (answer.status_code, answer.json["accepted"], answer.json["dropped_values"])
    reasons = [answer.json["rejected"][0]["reason"], answer.json["dropped"][0]["reason"]]
    assert all("an invisible character" in reason and mark not in reason for reason in reasons)
    assert mark not in answer.json["dropped"][0]["field"]
    assert [("웹", {"m": 2.0})] == [(event.plugin_id, event.metrics) for event in stored(redis)]


def test_event_without_a_time_leaves_it_to_the_stream(client: FlaskClient, redis: Redis) -> None:
    send(
        client, [{"plugin_id": "p"}, {"plugin_id": "p", "at_ms": None}, {"plugin_id": "p", "at_ms": 1_000_000_000_000}]
    )

    assert [0, 0, 1_000_000_000_000] == [event.at_ms for event in stored(redis)]


@pytest.mark.parametrize(
    ("at_ms", "words"),
    [
        (1_790_000_000.5, "looks like seconds"),
        (1_790_000_000_000_000, "looks like microseconds"),
        (1_790_000_000_000_000_000, "looks like nanoseconds"),
        (1, "before the year 2000"),
        (4_000_000_000_000, "in the future"),
        ("now", "whole number"),
    ],
)
def test_time_that_cannot_be_is_refused_naming_field_and_unit(
    client: FlaskClient, redis: Redis, at_ms: Any, words: str
) -> None:
    alone = send(client, {"plugin_id": "p", "at_ms": at_ms})
    beside = send(client, [{"plugin_id": "q"}, {"plugin_id": "p", "at_ms": at_ms}])

    assert 422 == alone.status_code
    assert ["0.at_ms"] == [error["field"] for error in alone.json["errors"]]
    assert words in alone.json["errors"][0]["message"]
    assert (202, 1, "at_ms") == (beside.status_code, beside.json["accepted"], beside.json["rejected"][0]["field"])
    assert ["q"] == [event.plugin_id for event in stored(redis)]


@pytest.mark.parametrize("body", ["", "{", "[1,", "nonsense", "[" * 100_000, b"\xff", "5", "[]", "{}", "null"])
def test_body_without_events_is_refused(client: FlaskClient, body: Any) -> None:
    assert send(client, body).status_code in (400, 422)


def test_one_key_invents_no_more_plugins_than_its_share(redis: Redis) -> None:
    one = a_client(redis, publish_plugins=10, publish_total_plugins=15)
    other = a_client(redis, name="other", publish_plugins=10, publish_total_plugins=15)
    first = send(one, [{"plugin_id": f"p{n}"} for n in range(40)])
    again = send(one, [{"plugin_id": "new"}])
    known = send(one, [{"plugin_id": "p3"}, {"plugin_id": "new"}])
    others = send(other, [{"plugin_id": f"q{n}"} for n in range(40)])

    assert (10, 30) == (first.json["accepted"], len(first.json["rejected"]))
    assert "PUBLISH_PLUGINS" in first.json["rejected"][0]["reason"]
    assert (429, "3600") == (again.status_code, again.headers["Retry-After"])
    assert (202, 1) == (known.status_code, known.json["accepted"])
    assert 5 == others.json["accepted"]
    assert 15 == len({event.plugin_id for event in stored(redis)})


def test_one_key_invents_no_more_metric_names_than_its_share(redis: Redis) -> None:
    one = a_client(redis, publish_names=20, publish_total_names=30)
    answer = send(one, [{"plugin_id": "p", "metrics": {f"m{n}": n for n in range(50)}}])
    again = send(one, [{"plugin_id": "p", "metrics": {"m3": 1, "other": 2}}])
    others = send(a_client(redis, name="other", publish_names=20, publish_total_names=30),
                  [{"plugin_id": "p", "metrics": {f"n{n}": n for n in range(50)}}])  # fmt: skip

    assert (202, 1, 30, 30) == (
        answer.status_code, answer.json["accepted"], len(answer.json["dropped"]), answer.json["dropped_values"],
    )  # fmt: skip
    assert "PUBLISH_NAMES" in answer.json["dropped"][0]["reason"]
    assert ["metrics.other"] == [one["field"] for one in again.json["dropped"]]
    assert 40 == others.json["dropped_values"]
    assert 30 == len({name for event in stored(redis) for name in event.metrics})


def test_event_has_no_more_metrics_than_an_event_may(client: FlaskClient, redis: Redis) -> None:
    answer = send(client, {"plugin_id": "p", "metrics": {f"m{n}": n for n in range(5_000)}})
    wide = send(client, [{"plugin_id": "p", "metrics": {f"m{k}-{n}": n for n in range(900)}} for k in range(6)])

    assert (202, 1) == (answer.status_code, answer.json["accepted"])
    assert "1000" in answer.json["dropped"][0]["reason"]
    assert (422, True) == (wide.status_code, str(publishing.MAX_NAMES) in wide.json["errors"][0]["message"])
    assert [1_000] == [len(event.metrics) for event in stored(redis)]


def test_plugins_are_listed_by_pages_and_an_unreadable_one_takes_no_other_along(redis: Redis) -> None:
    client = a_client(redis, "viewer")
    redis.hset(keys.plugins(), mapping={
        f"p{n}": json.dumps({"plugin_id": f"p{n}", "plugin_name": "", "last_at_ms": 1_000 + n // 3, "labels": {},
                             "metrics": {"cpu": 1}, "states": {}}) for n in range(25)})  # fmt: skip
    redis.hset(keys.plugins(), mapping={"ghost": b"not json", "half": b'{"plugin_id": "half"}', "odd": b"\xff"})
    seen, cursor, pages = [], None, 0
    while True:
        page = client.get(f"{BASE}/plugins", query_string={"limit": 10, **({"cursor": cursor} if cursor else {})}).json
        seen += [one["plugin_id"] for one in page["plugins"]]
        cursor, pages = page["next_cursor"], pages + 1
        if cursor is None:
            break

    assert (25, 25, 3, 25) == (len(seen), len(set(seen)), pages, page["total"])
    assert {"p24"} == set(seen[:1]) and {"p0", "p1", "p2"} == set(seen[-3:])
    assert 422 == client.get(f"{BASE}/plugins", query_string={"cursor": "x"}).status_code
    assert 422 == client.get(f"{BASE}/plugins", query_string={"limit": 100_000}).status_code
    preview = {"name": "x", "metric": "cpu", "operator": ">", "threshold": 1}
    assert 200 == a_client(redis, "admin", "a").post(f"{BASE}/rule-preview", json=preview).status_code


def test_replays_are_kept_of_changes_alone_and_of_bounded_size_and_number(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = a_client(redis, "admin")
    rule = {"name": "x", "metric": "cpu", "operator": ">", "threshold": 1}
    reads = [
        ("rule-preview", rule),
        ("silence-preview", {"matchers": ["plugin_id=x"], "ends_at_ms": int(time.time() * 1000) + 10**6}),
        ("templates/preview", {"title_template": "x"}),
        ("series/query", {"series": [{"plugin_id": "p", "metric": "m"}]}),
    ]
    for n, (path, body) in enumerate(reads):
        assert client.post(f"{BASE}/{path}", json=body, headers={"Idempotency-Key": f"r{n}"}).status_code < 500
    assert [] == list(redis.scan_iter("ea:replay:*"))

    monkeypatch.setattr(idempotency, "MAX_REPLAY_BYTES", 10)
    first = client.post(f"{BASE}/rules", json=rule, headers={"Idempotency-Key": "big"})
    again = client.post(f"{BASE}/rules", json=rule, headers={"Idempotency-Key": "big"})
    assert (201, 409, True) == (first.status_code, again.status_code, "201" in again.json["detail"])
    (place,) = redis.scan_iter("ea:replay:*")
    assert redis.strlen(place) < 300 and 1 == redis.hlen(keys.rules())

    monkeypatch.setattr(idempotency, "REPLAYS_A_DAY", 30)
    answers = [send_once(client, n) for n in range(10)]
    assert 429 in answers and len(list(redis.scan_iter("ea:replay:*"))) < 10


def send_once(client: FlaskClient, n: int) -> int:
    headers = {"Idempotency-Key": f"k{n}"}
    return client.post(f"{BASE}/events", json={"plugin_id": "p"}, headers=headers).status_code


# -- properties ---------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ("plugin_id", "plugin_name", "at_ms", "metrics", "states", "errors", "labels", "request_id")
EVENT = st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, JSON)) | JSON


@settings(deadline=None, max_examples=60)
@given(events=st.lists(EVENT, max_size=4))
def test_property_good_event_is_taken_whatever_stands_beside_it(
    client: FlaskClient, redis: Redis, events: list[Any]
) -> None:
    redis.delete(*(keys.events(p) for p in range(8)))
    answer = send(client, [*events, {"plugin_id": "good", "metrics": {"x": 1}}])

    assert 202 == answer.status_code
    assert len(events) + 1 == answer.json["accepted"] + len(answer.json["rejected"])
    assert answer.json["accepted"] == len(stored(redis))
    assert "good" in [event.plugin_id for event in stored(redis)]
    assert redis.xlen(keys.events(partition_of("good", 8)))
