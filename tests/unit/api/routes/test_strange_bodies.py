"""Whatever is sent to whichever route of the API's own description: the answer blames the sender, never the server."""

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from redis import Redis

from api.describe import roles
from shared.redis import access_keys
from shared.store import rule_store
from tests.support.api import BASE, SEED_RULE, stored
from tests.support.factories import a_rule
from tests.support.hostile import SURROGATE, places, put

RAW: dict[str, bytes] = {
    "nothing": b"",
    "null": b"null",
    "list": b"[]",
    "list of lists": b"[[[]]]",
    "number": b"7",
    "string": b'"x"',
    "true": b"true",
    "NaN": b"NaN",
    "Infinity": b'{"threshold": Infinity, "name": -Infinity}',
    "beyond a double": b'{"threshold": 1e999, "limit": -1e999}',
    "many digits": b'{"threshold": ' + b"9" * 5_000 + b"}",
    "400 digits": b'{"threshold": ' + b"9" * 400 + b', "starts_at_ms": ' + b"9" * 400 + b"}",
    "twice": b'{"name": "a", "name": {"x": 1}, "name": null}',
    "deep list": b"[" * 100_000 + b"]" * 100_000,
    "deep object": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "unclosed": b"[" * 100_000,
    "not UTF-8": b'{"name": "\xff\xfe"}',
    "surrogate in CESU-8": b'{"name": "\xed\xa0\x80"}',
    "UTF-16": '{"name": "x"}'.encode("utf-16"),
    "UTF-16 without mark": '{"name": "\ud83d\ude00"}'.encode("utf-16-le", "surrogatepass"),
    "UTF-32": '{"name": "x"}'.encode("utf-32"),
    "with a mark": b'\xef\xbb\xbf{"name": "x"}',
    "zero byte": b'{"name": "a\0b"}',
    "escaped zero": b'{"name": "a\\u0000b"}',
    "not JSON": b"name=x&role=admin",
    "half": b'{"name": "x',
    "surrogate": b'{"name": "\\ud800"}',
    "surrogate as a name": b'{"\\udfff": 1, "x": {"\\ud800": ["\\udc00"]}}',
    "two halves the wrong way round": b'{"name": "\\ude00\\ud83d"}',
}
CONTENT_TYPES = (
    "application/json",
    "application/json; charset=utf-16",
    "application/json; charset=nonsense",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "multipart/form-data; boundary=\xff",
    "text/plain",
    "",
)
SILENCE = {
    "matchers": [{"name": "plugin_id", "value": "x"}, {"name": "label:team", "value": "a*"}],
    "starts_at_ms": 1_700_000_000_000,
    "ends_at_ms": 1_700_000_001_000,
    "comment": "deploy",
    "cron": "0 2 * * 6",
    "duration_minutes": 5,
    "timezone": "Asia/Seoul",
}
RULE = {
    **SEED_RULE,
    "id": "strange",
    "labels": {"team": "a"},
    "label_matchers": [{"label": "env", "values": ["a*"], "is_equal": False}],
    "plugins": "web-*",
    "group_by": "rule",
    "inhibited_by": ["cause"],
    "title_template": "{{ rule }}",
    "runbook_url": "https://example.com/x",
    "escalation": [{"after_minutes": 5, "channels": ["web"]}],
    "recover": {"threshold": 1.0, "for_seconds": 0},
}
COMPOUND = {
    "name": "both",
    "condition": {
        "kind": "compound",
        "join": "all",
        "conditions": [{"kind": "state", "name": "s", "values": ["a"]}, {"kind": "absence", "seconds": 60}],
    },
}
GOOD: dict[str, list[dict[str, Any]]] = {
    f"POST {BASE}/rules": [RULE, COMPOUND],
    f"PUT {BASE}/rules/<rule_id>": [RULE, COMPOUND],
    f"PATCH {BASE}/rules/<rule_id>": [{"threshold": 3.0, "name": "n", "condition": RULE.get("condition")}],
    f"POST {BASE}/rule-preview": [RULE, COMPOUND],
    f"POST {BASE}/rules-file": [{"text": '[[rule]]\nid = "x"\n', "format": "toml", "dry_run": True}],
    f"POST {BASE}/templates/preview": [{"title_template": "{{ rule }}", "body_template": "x", "alert_id": "a0"}],
    f"PUT {BASE}/channels/<channel_name>/config": [
        {"url": "https://example.com/x", "secret": "s", "headers": {"X-A": "b"}, "enabled": True, "max_per_minute": 5}
    ],
    f"POST {BASE}/silences": [SILENCE],
    f"POST {BASE}/silence-preview": [SILENCE],
    f"POST {BASE}/users": [{"name": "lee", "role": "viewer", "password": "a long enough sentence"}],
    f"PATCH {BASE}/users/<name>": [{"role": "viewer", "password": "a long enough sentence", "enabled": True}],
    f"POST {BASE}/api-keys": [{"name": "k", "role": "publisher", "days": 3.0, "plugins": ["web-*"]}],
    f"POST {BASE}/alerts/<alert_id>/acknowledge": [{"comment": "seen"}],
    f"POST {BASE}/alerts/<alert_id>/resolve": [{"comment": "done"}],
    f"POST {BASE}/alerts/<alert_id>/comments": [{"comment": "hm"}],
    f"PUT {BASE}/alerts/<alert_id>/assignee": [{"assignee": "kim"}],
    f"POST {BASE}/alerts/bulk/acknowledge": [{"alert_ids": ["a0", "a1"], "comment": "x"}],
    f"POST {BASE}/alerts/bulk/resolve": [{"alert_ids": ["a1"], "comment": "x"}],
    f"POST {BASE}/events": [
        {"plugin_id": "p", "metrics": {"cpu": 1.0}, "states": {"s": "a"}, "errors": [{"code": "E", "message": "m"}]}
    ],
    f"POST {BASE}/notifications/retry": [{"channel": "webhook", "alert_id": "a0"}],
    f"POST {BASE}/push/subscriptions": [
        {"endpoint": "https://push.example.com/x", "keys": {"p256dh": "x" * 87, "auth": "y" * 22}}
    ],
    f"POST {BASE}/series/query": [{"series": [{"plugin_id": "p", "metric": "cpu"}], "since_ms": 1}],
    f"POST {BASE}/sign-in": [{"name": "lee", "password": "x"}],
    f"POST {BASE}/auth/tokens": [{"name": "lee", "password": "x"}],
    f"POST {BASE}/auth/refresh": [{"refresh_token": "x"}],
    f"POST {BASE}/auth/revoke": [{"refresh_token": "x"}],
    f"PUT {BASE}/me/password": [{"old": "x", "new": "a long enough sentence"}],
}
"""Bodies that get past the first look, so that what is put into them reaches the code behind."""
SLOW = f"POST {BASE}/test/<channel_name>"
"""Waits for a worker; it reads no body."""


def routes(made: Flask) -> list[str]:
    found = [f"{one.method} {one.path}" for one in roles.endpoints(made) if one.method in ("POST", "PUT", "PATCH")]
    assert len(found) >= 30 and GOOD.keys() <= set(found)
    return [route for route in found if route != SLOW]


def sent(client: FlaskClient, redis: Redis, route: str, body: bytes, content_type: str = "application/json") -> Any:
    method, _, path = route.partition(" ")
    for name, value in (
        ("alert_id", "a0"), ("rule_id", "r"), ("silence_id", "s"), ("channel_name", "webhook"), ("name", "lee"),
    ):  # fmt: skip
        path = path.replace(f"<{name}>", value)
    for pace in redis.scan_iter(access_keys.rate("*")):
        redis.delete(pace)
    answer = client.open(path, method=method, data=body, content_type=content_type)
    assert answer.status_code < 500, (route, body[:200], content_type, answer.status_code, answer.text[:500])
    return answer


@pytest.fixture
def system(app: Flask, client: FlaskClient, redis: Redis) -> FlaskClient:
    rule_store.save(redis, a_rule(id="r"))
    stored(redis, 0)
    stored(redis, 1)
    return client


@pytest.mark.parametrize("body", RAW)
def test_no_body_breaks_a_route(body: str, system: FlaskClient, app: Flask, redis: Redis) -> None:
    for route in routes(app):
        sent(system, redis, route, RAW[body])


@pytest.mark.parametrize("content_type", CONTENT_TYPES)
def test_no_content_type_breaks_a_route(content_type: str, system: FlaskClient, app: Flask, redis: Redis) -> None:
    for route in routes(app):
        for body in (b'{"name": "x"}', b"\xff\xfe", b"--\xff\r\n\r\nx"):
            sent(system, redis, route, body, content_type)


@pytest.mark.parametrize("route", [route for route in GOOD if not route.endswith("/events")])
def test_lone_surrogate_anywhere_is_refused_by_the_name_of_its_field(
    route: str, system: FlaskClient, redis: Redis
) -> None:
    for good in GOOD[route]:
        for path in places(good)[1:]:
            answer = sent(system, redis, route, json.dumps(put(good, path, f"a{SURROGATE}b")).encode())

            assert 422 == answer.status_code, (path, answer.text)
            named = [one["field"] for one in answer.json["errors"]]
            assert ".".join(str(part) for part in path) in named, answer.text
        answer = sent(system, redis, route, json.dumps({**good, f"x{SURROGATE}": 1}).encode())
        assert 422 == answer.status_code, answer.text


ODD = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.sampled_from([2**63, -(2**64), 10**30, 10**400]),
        st.floats(),
        st.text(st.characters(), max_size=20),
        st.sampled_from(["", "\0", SURROGATE, "\u202e", "\u200b", "é" * 10_000, "*", "[", "{{ x }}", "1" * 500]),
    ),
    lambda children: st.one_of(
        st.lists(children, max_size=3), st.dictionaries(st.text(max_size=8), children, max_size=3)
    ),
    max_leaves=5,
)


@pytest.mark.slow
@pytest.mark.parametrize("route", GOOD)
def test_anything_anywhere_in_a_good_body_is_the_senders_fault(route: str, system: FlaskClient, redis: Redis) -> None:
    @settings(max_examples=60, derandomize=True)
    @given(st.sampled_from(GOOD[route]), st.data(), ODD)
    def try_it(good: dict[str, Any], data: st.DataObject, odd: Any) -> None:
        document = put(good, data.draw(st.sampled_from(places(good))), odd)
        sent(system, redis, route, json.dumps(document).encode())

    try_it()
