"""Whoever is called as somebody else is, or nearly so: in every store and at every route, they are two."""

import hashlib
import json
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import example, given, settings
from hypothesis import strategies as st
from redis import Redis

from api.auth import api_keys, one_time, sign_ins, users
from api.cli import main
from api.commands import terminal
from api.describe import roles
from archive import opening
from shared.errors import Invalid
from shared.model import names, principals
from shared.redis import access_keys
from shared.store import audit, subscriptions
from tests.support import identities
from tests.support.api import BASE
from tests.support.cli import Run
from tests.support.identities import ACTS, COMMANDS, CORE, STORES, WAYS, Caller
from tests.support.subscriptions import body_of

READ = ("/alerts/active", "/alerts/history?hours=1", "/alerts/ack0", "/silences", "/api-keys", "/audit", "/rules")
Contents = dict[str, set[bytes]]
FEW = settings(max_examples=12, derandomize=True)
PARTS = st.lists(
    st.sampled_from(
        ["a", "A", "а", "é", "ß", "ı", "가", "K", ":", "%", "%3A", "*", "[a]", "?", "\\", "|", "'", "{0}", " b"]
        + [f"{kind}:" for kind in principals.KINDS]
    ),
    max_size=4,
)  # fmt: skip


@st.composite
def namesakes(draw: st.DrawFn) -> tuple[str, str, str, str]:
    """Return two ways to sign in and two names: the same one, or two that can be taken for each other."""
    first, second = draw(st.sampled_from(sorted(WAYS))), draw(st.sampled_from(sorted(WAYS)))
    name = CORE + "".join(draw(PARTS)).rstrip()
    likes = [
        name,
        name.swapcase(),
        unicodedata.normalize("NFKC", name),
        unicodedata.normalize("NFD", name),
        name.casefold(),
        name.replace("a", "а"),
        name.replace("%", "%25").replace(":", "%3A"),
        f"{name}:pause",
        f"user:{name}",
        f"key:{name}",
        f"{name} (key)",
        f"{name[:-1]}*",
    ]
    other = draw(st.sampled_from(likes))
    while any(map(_is_refused, ((first, name), (second, other)))):
        name, other = CORE, draw(st.sampled_from([CORE, CORE.upper(), f"user:{CORE}"]))
    if principals.principal("user", name) == principals.principal("user", other) and first != "key":
        ways = [way for way in sorted(WAYS) if _kind(way) != _kind(first)]
        second = second if _kind(second) != _kind(first) else draw(st.sampled_from(ways))
    return first, second, name, other


def _kind(way: str) -> str:
    return "user" if way == "program" else way


def _is_refused(one: tuple[str, str]) -> bool:
    way, name = one
    may_be_a_user = not set(name) & set("/?#") and set(name) != {"."}
    return names.why_not(name) is not None or (_kind(way) == "user" and not may_be_a_user)


def contents(redis: Redis) -> Contents:
    """Return everything that Redis holds: each key with its items. What runs out meanwhile is not there."""
    found: Contents = {}
    for key in redis.scan_iter():
        kind = redis.type(key)
        if kind == b"string":
            items = {redis.get(key)}
        elif kind == b"hash":
            items = {field + b"=" + value for field, value in redis.hgetall(key).items()}
        elif kind == b"set":
            items = set(redis.smembers(key))
        elif kind == b"zset":
            items = {member + b"=%d" % score for member, score in redis.zrange(key, 0, -1, withscores=True)}
        elif kind == b"list":
            items = set(redis.lrange(key, 0, -1))
        elif kind == b"none":
            continue
        else:
            assert b"stream" == kind
            items = {i + b"=" + b"".join(fields.values()) for i, fields in redis.xrange(key)}
        if items - {None}:
            found[key.decode()] = items
    return found


def changed(before: Contents, after: Contents) -> Contents:
    """Return the keys whose items are others now, with the new items."""
    return {
        key: after.get(key, set()) - before.get(key, set())
        for key in before.keys() | after.keys()
        if before.get(key) != after.get(key)
        and not (key not in after and identities.store_of(key) in identities.RUN_OUT)
    }


def does_everything(caller: Caller, redis: Redis) -> dict[str, Any]:
    """Have a caller make every request; returns what was answered."""
    answers: dict[str, Any] = {}
    for route, act in ACTS.items():
        if callable(act) and (answer := act(caller)) is not None:
            is_refused = route.endswith("/me/password")
            assert (409,) == (answer.status_code,) if is_refused else answer.status_code < 400, (route, answer.text)
            answers[route] = answer.get_json(silent=True)
    return answers


def unsigned(document: Any, name: str, marks: set[str], path: str = "") -> Iterator[str]:
    """Yield the places of a document where a name stands, and nothing beside it says which bearer of the name it is."""
    if isinstance(document, list):
        for one in document:
            yield from unsigned(one, name, marks, path)
    if not isinstance(document, dict):
        return
    texts = {value for value in document.values() if isinstance(value, str)}
    about = {"name"} if "role" in document else set()
    if str(document.get("action")).startswith(("user.", "sign-in-link.")):
        about = {"target"}
    for field, value in document.items():
        place = f"{path}.{field}"
        if isinstance(value, str) and name in value and not texts & marks and field not in about:
            yield place
        yield from unsigned(value, name, marks, place)


def test_every_key_function_says_what_it_holds_of_callers() -> None:
    assert identities.key_functions().keys() == STORES.keys()


def test_every_route_that_changes_something_is_tried(app: Flask) -> None:
    every = {f"{one.method} {one.path}" for one in roles.endpoints(app)}
    changing = {route for route in every if not route.startswith("GET ")}

    assert changing == {route for route in ACTS if not route.startswith("GET ")}
    assert ACTS.keys() <= every


@FEW
@example(("user", "key", CORE, CORE))
@example(("key", "user", CORE, CORE))
@example(("key", "key", CORE, CORE))
@example(("link", "program", CORE, CORE))
@example(("token", "user", CORE, CORE))
@example(("user", "user", CORE, CORE.upper()))
@example(("user", "user", CORE, f"{CORE}:pause"))
@example(("link", "user", f"user:{CORE}", CORE))
@given(namesakes())
def test_none_acts_on_or_as_another(
    app: Flask, redis: Redis, light_passwords: None, asked: tuple[str, str, str, str]
) -> None:
    first, second, *called = asked
    redis.flushall()
    app.extensions["enhanced_alerts"].proofs.__init__()
    for name in sorted(set(called)):
        if not _is_refused(("user", name)):
            users.create(redis, name, "admin", identities.PASSWORD)
    users.create(redis, "lee", "admin", identities.PASSWORD)
    pair = [WAYS[way](app, redis, name, n) for n, (way, name) in enumerate(zip((first, second), called, strict=True))]
    for caller in pair:
        identities.prepare(redis, caller)
    seen, answers = [contents(redis)], []
    for caller in pair:
        answers.append(does_everything(caller, redis))
        seen.append(contents(redis))
    wrote = [changed(seen[0], seen[1]), changed(seen[1], seen[2])]

    _each_store_keeps_them_apart(pair, wrote)
    _answers_are_their_own(pair, answers)
    _none_reaches_what_is_anothers(pair, redis)
    _end_of_one_is_not_that_of_the_other(app, pair, redis)


def _each_store_keeps_them_apart(pair: list[Caller], wrote: list[Contents]) -> None:
    shared = {key for key in wrote[0].keys() & wrote[1].keys() if STORES.get(identities.store_of(key)) == "own"}
    assert not {key for key in shared if not any(part in key for part in identities.COMMON)}
    for caller, written in zip(pair, wrote, strict=True):
        _is_apart(caller, written)


def _is_apart(caller: Caller, written: Contents) -> None:
    """Check that everything a caller wrote says who it was, or does not even name the caller."""
    digests = [hashlib.sha256(text.encode()).hexdigest()[:16].encode() for text in (caller.name, caller.principal)]
    for key, items in written.items():
        holds = STORES.get(identities.store_of(key), "nobody")
        for item in items:
            line = key.encode() + b" " + item
            if holds == "nobody":
                assert CORE.encode() not in line.lower() and not any(one in line for one in digests), line
            if holds == "signed" and CORE.encode() in item.lower():
                assert any(json.dumps(mark, ensure_ascii=False).encode() in item for mark in caller.marks), line


def _answers_are_their_own(pair: list[Caller], answers: list[dict[str, Any]]) -> None:
    made = [one[f"POST {BASE}/rules"]["id"] for one in answers]
    assert made[0] != made[1]
    for caller, given_back in zip(pair, answers, strict=True):
        assert not list(unsigned(list(given_back.values()), caller.name, set(caller.marks)))
        rule = {"name": "r", "metric": "m", "operator": ">", "threshold": 1}
        again = caller.client.post(f"{BASE}/rules", json=rule, headers={"Idempotency-Key": "k"})
        assert given_back[f"POST {BASE}/rules"]["id"] == again.json["id"]


def _none_reaches_what_is_anothers(pair: list[Caller], redis: Redis) -> None:
    marks = {mark for caller in pair for mark in caller.marks}
    owned = {one.id: one.owner for one in subscriptions.load_good(redis)}
    assert {caller.principal for caller in pair} == set(owned.values())
    for caller, other in (pair, pair[::-1]):
        theirs = {one["id"] for one in sign_ins.sessions_of(redis, other.identity)}
        for session in sorted(theirs):
            assert 404 == caller.client.delete(f"{BASE}/me/sessions/{session}").status_code
        assert not theirs & {one["id"] for one in caller.client.get(f"{BASE}/me/sessions").json["sessions"]}
        for i in (i for i, owner in owned.items() if owner == other.principal):
            assert 204 == caller.client.delete(f"{BASE}/push/subscriptions/{i}").status_code
        assert 409 == caller.client.post(f"{BASE}/push/subscriptions", json=body_of(other.number)).status_code
        by = caller.client.get(f"{BASE}/audit", query_string={"principal": other.principal}).json["entries"]
        assert by and {other.principal} == {one["principal"] for one in by}
        ticket = caller.client.post(f"{BASE}/live/ticket").json["ticket"]
        assert caller.principal == one_time.redeem_ticket(redis, ticket).principal
        for path in READ:
            shown = caller.client.get(BASE + path)
            assert 200 == shown.status_code, path
            assert not list(unsigned(shown.json, caller.name, marks)), path
    assert owned == {one.id: one.owner for one in subscriptions.load_good(redis)}


def _end_of_one_is_not_that_of_the_other(app: Flask, pair: list[Caller], redis: Redis) -> None:
    gone, left = pair
    if gone.kind == "user":
        users.delete(redis, gone.name)
    elif gone.kind == "key":
        api_keys.revoke(redis, gone.id)
    else:
        return
    answers = [one.client.get(f"{BASE}/me").status_code for one in pair]

    assert [401, 200] == answers
    assert {left.principal} == {one.owner for one in subscriptions.load_all(redis)}


def test_every_command_that_changes_something_is_tried() -> None:
    assert set(identities.commands(main)) == COMMANDS.keys()


def test_who_works_at_the_shell_is_no_user_of_that_name(
    app: Flask, redis: Redis, run: Run, light_passwords: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    users.create(redis, CORE, "admin", identities.PASSWORD)
    user = WAYS["user"](app, redis, CORE, 0)
    identities.prepare(redis, user)
    (tmp_path / "rules.toml").write_text(
        '[[rule]]\nid = "f"\nname = "f"\nmetric = "m"\noperator = ">"\nthreshold = 1\n'
    )
    (tmp_path / "webhooks.conf").write_text("[webhooks.x]\n")
    (tmp_path / "mapping.conf").write_text('[default]\nid_labels = ["host"]\n')
    (tmp_path / "routes.yml").write_text("route: {channels: [web]}\n")
    alerting = tmp_path / "alerting.yml"
    alerting.write_text("groups: [{name: g, rules: [{alert: Up, expr: up == 0}]}]\n")
    (tmp_path / "alertmanager.yml").write_text(
        "route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: 'https://example.com/'}]}]\n"
    )
    spare = WAYS["key"](app, redis, "spare", 1)
    silence = spare.client.post(f"{BASE}/silences", json=identities.SILENCE).json["id"]
    words = {
        "folder": str(tmp_path),
        "mapping": str(tmp_path / "mapping.conf"),
        "webhooks": str(tmp_path / "webhooks.conf"),
        "alerting": str(alerting),
    }
    words |= {"silence": silence, "key": spare.id, "routes": str(tmp_path / "routes.yml")}
    (tmp_path / "grafana.yml").write_text(
        "contactPoints: [{name: a, receivers: [{type: webhook, settings: {url: 'https://example.com/b'}}]}]\n"
        "policies: [{receiver: a}]\n"
    )
    words["grafana"] = str(tmp_path / "grafana.yml")
    words["alertmanager"] = str(tmp_path / "alertmanager.yml")
    monkeypatch.setattr(terminal, "user", lambda: CORE)
    monkeypatch.setattr("archive.opening.place_of", lambda _settings: tmp_path / "archive.db")
    opening.open_archive(tmp_path / "archive.db").close()
    shell = Caller(user.client, "shell", CORE, CORE, 0, user.client)
    before = contents(redis)
    for name, arguments in COMMANDS.items():
        if isinstance(arguments, tuple):
            code, out, err = run(*(one.format_map(words) for one in arguments))
            assert 0 == code, (name, out, err)
    wrote = changed(before, contents(redis))

    _is_apart(shell, wrote)
    assert {shell.principal} == {one.principal for one in audit.search(redis, by=CORE)} - {user.principal}
    assert 200 == user.client.get(f"{BASE}/me").status_code


@pytest.mark.parametrize("form", ["NFD", "NFKD"])
def test_names_that_are_written_in_two_ways_are_written_in_one(redis: Redis, light_passwords: None, form: Any) -> None:
    name = unicodedata.normalize(form, "김é")
    for make in (
        lambda: users.create(redis, name, "viewer", identities.PASSWORD),
        lambda: api_keys.create(redis, name, "viewer", 1),
        lambda: one_time.create_sign_in_code(redis, name),
    ):
        with pytest.raises(Invalid):
            make()

    assert not redis.exists(access_keys.users(), access_keys.api_keys())
