"""The REST API on a real server: every endpoint's good and bad path, and who is let in."""

import io
import json
import re
from dataclasses import replace

import jwt
import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from api.app import create_app
from api.auth import access_tokens, identity, one_time, signing
from shared.clock import SystemClock
from shared.log import Logger
from shared.redis import access_keys, delivery_keys, keys
from shared.settings import Settings
from shared.store import channel_store, due_groups, rule_store
from tests.support.api import BASE, SEED_RULE, stored
from tests.support.factories import a_rule
from tests.support.ports import free_port


def test_rule_of_the_seed_document_is_created_and_read_back_unchanged(client: FlaskClient) -> None:
    made = client.post(f"{BASE}/rules", json=SEED_RULE)
    read = client.get(made.headers["Location"])

    assert 201 == made.status_code
    assert SEED_RULE == {name: read.json[name] for name in SEED_RULE}
    assert {"kind": "threshold", "metric": "cpu_usage", "operator": ">", "threshold": 80.0} == read.json["condition"]
    listed = client.get(f"{BASE}/rules").json
    assert [made.json["id"]] == [r["id"] for r in listed["rules"]]
    assert {"en", "ko"} == set(listed["conditions"][made.json["id"]])


def test_rule_is_replaced_changed_switched_and_deleted(client: FlaskClient) -> None:
    address = f"{BASE}/rules/cpu"
    replaced = client.put(address, json={**SEED_RULE, "id": "other"})
    changed = client.patch(address, json={"threshold": 90})
    windowed = {"kind": "window", "metric": "x", "statistic": "avg", "seconds": 60, "operator": ">", "threshold": 1}
    window = client.patch(address, json={"condition": windowed})
    off = client.post(f"{address}/disable")
    on = client.post(f"{address}/enable")
    deleted = client.delete(address)

    assert "cpu" == replaced.json["id"]
    assert (90, 90) == (changed.json["threshold"], changed.json["condition"]["threshold"])
    assert (windowed, None) == (window.json["condition"], window.json["metric"])
    assert (False, True) == (off.json["enabled"], on.json["enabled"])
    assert (204, 404) == (deleted.status_code, client.get(address).status_code)


def test_threshold_of_a_formula_is_changed_and_the_formula_stays(client: FlaskClient) -> None:
    address = f"{BASE}/rules/disk"
    free = {"kind": "threshold", "formula": "free / size * 100", "operator": "<", "threshold": 10}
    made = client.put(address, json={"name": "Disk", "condition": free}).json
    changed = client.patch(address, json={"threshold": 20, "name": "Disk full"}).json
    of_metric = client.patch(address, json={"metric": "free"}).json
    preview = client.post(f"{BASE}/rule-preview", json={"name": "Disk", "condition": free}).json
    wrong = client.put(address, json={"name": "Disk", "condition": {**free, "formula": "free / (size"}}).json

    assert (free, None, "<", 10) == tuple(made[name] for name in ("condition", "metric", "operator", "threshold"))
    assert ({**free, "threshold": 20}, None, 20, "Disk full") == tuple(
        changed[name] for name in ("condition", "metric", "threshold", "name")
    )
    assert {"kind": "threshold", "metric": "free", "operator": "<", "threshold": 20} == of_metric["condition"]
    assert ("free / size * 100 < 10", ["free", "size"]) == (preview["condition"], preview["metrics"])
    assert ["condition.formula"] == [one["field"] for one in wrong["errors"]]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_empty_rule_is_refused_once_with_everything_that_is_missing(client: FlaskClient, language: str) -> None:
    empty = {"name": "", "condition": {"kind": "window", "operator": ">"}, "channels": ["pigeon"]}
    headers = {"Accept-Language": language}
    preview, saved, put = (
        client.open(f"{BASE}{path}", method=method, json=empty, headers=headers).json["errors"]
        for method, path in (("POST", "/rule-preview"), ("POST", "/rules"), ("PUT", "/rules/empty"))
    )
    of_condition = {f"condition.{name}" for name in ("metric", "statistic", "seconds", "threshold")}

    assert {"name", *of_condition} == {one["field"] for one in saved}
    assert saved == preview == put
    assert all(re.search("[가-힣]", one["message"]) for one in saved) == (language == "ko")
    named = client.post(f"{BASE}/rules", json={**empty, "name": "X", "title_template": "{{ x"}).json["errors"]
    assert {"channels", "title_template", *of_condition} == {one["field"] for one in named}


def test_preview_begins_with_a_plugin_that_has_the_metric_and_names_the_one_meant(
    client: FlaskClient, redis: Redis
) -> None:
    for name, metrics in (("a", {"disk": 1.0}), ("b", {"cpu_usage": 2.0}), ("c", {})):
        redis.hset(keys.plugins(), name, json.dumps({"plugin_id": name, "last_at_ms": 1, "metrics": metrics}))
    known = client.post(f"{BASE}/rule-preview", json=SEED_RULE).json
    korean = {"Accept-Language": "ko"}
    mistyped = client.post(f"{BASE}/rule-preview", json={**SEED_RULE, "metric": "cpu_usge"}, headers=korean).json

    assert (["b", "a", "c"], 1) == (known["covers"], known["with_metrics"])
    assert 0 == mistyped["with_metrics"]
    assert "note.did_you_mean" in [note["reason_code"] for note in mistyped["advice"]]
    assert any("혹시 cpu_usage인가요?" in note["reason"] for note in mistyped["advice"])


@pytest.mark.parametrize(
    ("fields", "bad"),
    [
        ({"operator": "=>"}, ["operator"]),
        ({"severity": "bad", "cooldown_minutes": -1, "name": ""}, ["cooldown_minutes", "name", "severity"]),
        ({"colour": "red"}, ["colour"]),
        ({"channels": ["pigeon"]}, ["channels"]),
        ({"threshold": None}, ["body"]),
        ({"id": "no spaces"}, ["id"]),
        ({"metric": None, "operator": None, "threshold": None, "condition": {"kind": "x"}}, ["condition.kind"]),
    ],
)
def test_bad_rule_is_refused_naming_every_field(client: FlaskClient, fields: dict, bad: list[str]) -> None:
    answer = client.post(f"{BASE}/rules", json={**SEED_RULE, **fields})

    assert (422, "application/problem+json") == (answer.status_code, answer.content_type)
    assert bad == sorted(e["field"] for e in answer.json["errors"])
    assert {"type", "title", "status", "detail", "instance"} <= set(answer.json)


def test_rule_with_a_taken_id_is_a_conflict(client: FlaskClient) -> None:
    client.post(f"{BASE}/rules", json={**SEED_RULE, "id": "cpu"})

    assert 409 == client.post(f"{BASE}/rules", json={**SEED_RULE, "id": "cpu"}).status_code


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{not json", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"name=x", "application/x-www-form-urlencoded", 415),
        (b"[]", "application/json", 422),
        (b'"text"', "application/json", 422),
        (b"", "application/json", 422),
        (b" " * 1_100_000, "application/json", 413),
    ],
)
def test_body_that_is_no_rule_is_a_problem(client: FlaskClient, body: bytes, content_type: str, status: int) -> None:
    answer = client.post(f"{BASE}/rules", data=body, content_type=content_type)

    assert (status, "application/problem+json") == (answer.status_code, answer.content_type)
    assert answer.json["detail"]


@pytest.mark.parametrize("is_announced", [True, False], ids=["with its length", "in chunks"])
@pytest.mark.parametrize(("size", "status"), [(1_048_576, 201), (1_048_577, 413), (3_000_000, 413)])
def test_body_over_a_megabyte_is_refused_and_never_cut(
    client: FlaskClient, size: int, status: int, is_announced: bool
) -> None:
    """Whatever the end of the body holds: were it cut at the limit, this one would still be valid."""
    body = json.dumps(SEED_RULE).encode().ljust(size)
    # As gunicorn passes on a body in chunks: without a length, from a stream that ends by itself.
    chunks = {
        "input_stream": io.BytesIO(body),
        "headers": {"Transfer-Encoding": "chunked"},
        "environ_overrides": {"wsgi.input_terminated": True},
    }
    answer = client.post(
        f"{BASE}/rules", content_type="application/json", **({"data": body} if is_announced else chunks)
    )

    assert status == answer.status_code, answer.text


@pytest.mark.parametrize(
    ("method", "path"), [("get", "/nowhere"), ("get", f"{BASE}/rules/none"), ("delete", f"{BASE}/rules")]
)
def test_missing_and_impossible_are_problems(client: FlaskClient, method: str, path: str) -> None:
    answer = getattr(client, method)(path)

    assert (405 if path.endswith("/rules") else 404) == answer.status_code
    assert "application/problem+json" == answer.content_type


def test_plugins_name_their_parent_and_the_worst_of_their_alerts(client: FlaskClient, redis: Redis) -> None:
    for n, severity in enumerate(("info", "critical", "warning")):
        stored(redis, n, severity=severity, plugin_id="disk")
    for plugin_id, fields in (("disk", {"parent_id": "host"}), ("well", {})):
        redis.hset(keys.plugins(), plugin_id, json.dumps({"plugin_id": plugin_id, "last_at_ms": 1, **fields}))
    found = client.get(f"{BASE}/plugins").json["plugins"]

    assert [("disk", "host", 3, "critical"), ("well", "", 0, None)] == [
        (one["plugin_id"], one["parent_id"], one["active_alerts"], one["severity"]) for one in found
    ]


def test_board_is_worst_first_filtered_and_paged(client: FlaskClient, redis: Redis) -> None:
    now = SystemClock().now_ms()
    for n in range(30):
        severity = ("info", "critical", "warning")[n % 3]
        stored(redis, n, severity=severity, plugin_id=f"p{n % 2}", started_at_ms=now - (0 if n < 20 else 10_000))
    ids, cursor, pages = [], "", 0
    while cursor is not None:
        page = client.get(f"{BASE}/alerts/active?limit=7" + (f"&cursor={cursor}" if cursor else "")).json
        ids += [(a["severity"], a["started_at_ms"], a["id"]) for a in page["alerts"]]
        cursor, pages = page["next_cursor"], pages + 1
    order = ["critical", "warning", "info"]
    few = client.get(f"{BASE}/alerts/active?severity=critical&severity=info&plugin_id=p1&limit=500").json
    old = client.get(f"{BASE}/alerts/active?until={now - 5_000}").json

    assert (30, 30, 5) == (len(ids), len(set(ids)), pages)
    assert sorted(ids, key=lambda i: (order.index(i[0]), i[1], i[2])) == ids
    assert {("critical", "p1"), ("info", "p1")} == {(a["severity"], a["plugin_id"]) for a in few["alerts"]}
    assert 10 == len(old["alerts"])


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=501", "limit=x", "severity=awful", "since=yesterday", "colour=red", "cursor=%21%21"]
)
def test_bad_query_is_named(client: FlaskClient, query: str) -> None:
    answer = client.get(f"{BASE}/alerts/active?{query}")

    assert 422 == answer.status_code
    assert query.partition("=")[0] in [e["field"].partition(".")[0] for e in answer.json["errors"]]


def test_history_is_newest_first_and_ends_after_the_hours_asked_for(client: FlaskClient, redis: Redis) -> None:
    now = SystemClock().now_ms()
    for n in range(5):
        stored(redis, n, updated_at_ms=now - n * 3_600_000, state="resolved" if n % 2 else "firing")
    recent = client.get(f"{BASE}/alerts/history?hours=2.5").json
    paged = client.get(f"{BASE}/alerts/history?hours=24&limit=3").json
    rest = client.get(f"{BASE}/alerts/history?hours=24&limit=3&cursor={paged['next_cursor']}").json

    assert ["a0", "a1", "a2"] == [a["id"] for a in recent["alerts"]]
    assert ["a0", "a1", "a2", "a3", "a4"] == [a["id"] for a in paged["alerts"] + rest["alerts"]]
    assert 2 == len(client.get(f"{BASE}/alerts/history?state=resolved").json["alerts"])


def test_acknowledge_and_resolve_tell_the_story_the_channels_and_the_owner(client: FlaskClient, redis: Redis) -> None:
    stored(redis, channels=["web", "email"])
    seen = client.post(f"{BASE}/alerts/a0/acknowledge", json={"comment": "보고 있습니다"})
    again = client.post(f"{BASE}/alerts/a0/acknowledge")
    closed = client.post(f"{BASE}/alerts/a0/resolve")
    twice = client.post(f"{BASE}/alerts/a0/resolve")
    late = client.post(f"{BASE}/alerts/a0/acknowledge")
    story = client.get(f"{BASE}/alerts/a0").json
    types = [fields[b"type"] for _, fields in redis.xrange(keys.feed())]

    assert ("acknowledged", "김운영", 200) == (seen.json["state"], seen.json["acknowledged_by"], again.status_code)
    assert ("resolved", "김운영") == (closed.json["state"], closed.json["resolved_by"])
    assert (409, 409) == (twice.status_code, late.status_code)
    assert ["firing", "acknowledged", "resolved"] == [e["kind"] for e in story["timeline"]]
    assert "보고 있습니다" == story["timeline"][1]["reason"]
    assert [b"alert.firing", b"alert.acknowledged", b"alert.resolved"] == types
    assert {b"web\0a0", b"email\0a0"} == set(redis.zrange(delivery_keys.due_groups(), 0, -1))
    assert 1 == redis.xlen(keys.commands())
    assert [] == client.get(f"{BASE}/alerts/active").json["alerts"]


def test_acting_on_an_alert_that_is_not_there_says_so(client: FlaskClient) -> None:
    for verb in ("acknowledge", "resolve"):
        assert 404 == client.post(f"{BASE}/alerts/none/{verb}").status_code


def test_channel_configuration_is_checked_masked_and_merged(client: FlaskClient, redis: Redis) -> None:
    fields = {
        "enabled": True,
        "smtp_server": "smtp.gmail.com",
        "smtp_port": 587,
        "username": "your-email@gmail.com",
        "password": "your-app-password",
        "from_email": "alerts@yourcompany.com",
        "to_emails": ["admin@yourcompany.com"],
    }
    first = client.put(f"{BASE}/channels/email/config", json=fields)
    shown = client.get(f"{BASE}/channels/config")
    masked = shown.json["email"]["config"]
    again = client.put(f"{BASE}/channels/email/config", json={**masked, "from_email": "night@yourcompany.com"})

    assert (200, 200) == (first.status_code, again.status_code)
    assert "your-app-password" not in first.text + shown.text + again.text
    assert {**fields, "from_email": "night@yourcompany.com"} == channel_store.load(redis, "email")
    assert (True, "stored") == (shown.json["email"]["configured"], shown.json["email"]["source"])
    assert (False, True) == (shown.json["webhook"]["configured"], shown.json["web"]["configured"])


def test_bad_channel_configuration_names_the_fields_and_no_values(client: FlaskClient) -> None:
    bad = {"smtp_server": "x", "password": ["geheim"], "from_email": "nobody", "to_emails": []}
    answer = client.put(f"{BASE}/channels/email/config", json=bad)

    assert 422 == answer.status_code
    assert {"password", "from_email", "to_emails"} <= {e["field"] for e in answer.json["errors"]}
    assert "geheim" not in answer.text
    assert 404 == client.put(f"{BASE}/channels/pigeon/config", json={}).status_code


def test_test_button_without_a_worker_says_so(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    original = due_groups.request_test
    monkeypatch.setattr(due_groups, "request_test", lambda *a, **k: original(*a, **{**k, "timeout_s": 0.1}))
    answer = client.post(f"{BASE}/test/web")

    assert 503 == answer.status_code
    assert "is one running?" in answer.json["detail"]
    assert 404 == client.post(f"{BASE}/test/pigeon").status_code


def test_statistics_count_by_severity_plugin_rule_and_hour(client: FlaskClient, redis: Redis) -> None:
    for n in range(6):
        stored(redis, n, severity=("warning", "critical")[n % 2], plugin_id=f"플러그인-{n % 3}")
    found = client.get(f"{BASE}/statistics").json

    assert (6, {"warning": 3, "critical": 3}) == (found["fired"], found["by_severity"])
    assert {"플러그인-0": 2, "플러그인-1": 2, "플러그인-2": 2} == found["by_plugin"]
    assert (24, 6) == (len(found["by_hour"]), sum(h["fired"] for h in found["by_hour"]))
    assert 6 == found["active"]["total"]


def test_status_tells_what_is_missing(client: FlaskClient) -> None:
    found = client.get(f"{BASE}/status").json

    assert ("degraded", ["evaluator", "router", "worker", "relay"]) == (found["status"], found["missing"])
    assert 8 == len(found["partitions"])
    assert found["server"].startswith("Valkey ")


def test_pipeline_tells_what_is_not_done_and_since_when(client: FlaskClient, redis: Redis) -> None:
    now_ms = SystemClock().now_ms()

    def report(component: str, at_ms: int, ready: bool = True) -> None:
        body = {"component": component, "pid": 1, "host": "h", "started_at_ms": 1, "at_ms": at_ms, "ready": ready}
        redis.hset(keys.processes(), f"{component}:1@h", json.dumps(body))

    nothing = client.get(f"{BASE}/pipeline").json
    for name in ("evaluator", "router", "worker"):
        report(name, now_ms)
    for p in range(8):
        redis.set(keys.lease(p), "h-1:1")
    redis.set(keys.router_lease(), "h-1:1")
    everything = client.get(f"{BASE}/pipeline").json
    redis.delete(keys.lease(3), keys.router_lease())
    redis.set(keys.alive(3), now_ms - 60_000)
    report("worker", now_ms - 30_000)
    stopped = client.get(f"{BASE}/pipeline").json

    assert [{"ready": False, "since_ms": None}] * 3 == list(nothing.values())
    assert [{"ready": True, "since_ms": None}] * 3 == list(everything.values())
    assert {
        "evaluator": {"ready": False, "since_ms": now_ms - 60_000},
        "router": {"ready": False, "since_ms": now_ms},
        "worker": {"ready": False, "since_ms": now_ms - 30_000},
    } == stopped


def test_dead_letters_are_shown_with_their_reason(client: FlaskClient, redis: Redis) -> None:
    redis.xadd(keys.dead_letters(3), {"reason": "not JSON", "entry": "1-1", "payload": b"\xff" + "깨짐".encode()})
    (letter,) = client.get(f"{BASE}/dead-letters").json["dead_letters"]

    assert (3, "not JSON") == (letter["partition"], letter["reason"])
    assert "깨짐" in letter["payload"]


@pytest.mark.parametrize(
    ("role", "method", "path", "status"),
    [
        ("viewer", "get", "/rules", 200),
        ("viewer", "post", "/alerts/a0/acknowledge", 403),
        ("viewer", "post", "/rules", 403),
        ("operator", "post", "/alerts/a0/acknowledge", 200),
        ("operator", "delete", "/rules/r", 403),
        ("publisher", "get", "/rules", 403),
        ("admin", "delete", "/rules/r", 204),
    ],
)
def test_role_decides_what_is_allowed(
    app: Flask, redis: Redis, role: identity.Role, method: str, path: str, status: int
) -> None:
    stored(redis)
    rule_store.save(redis, a_rule())
    headers = {"Authorization": f"Bearer {access_tokens.issue(redis, 'kim', role)}"}
    with app.test_client() as own:
        assert status == getattr(own, method)(BASE + path, headers=headers).status_code


def test_forged_expired_and_foreign_tokens_are_refused(app: Flask, redis: Redis) -> None:
    ((key_id, key),) = signing.keys(redis).items()
    header = {"kid": key_id}
    good = jwt.decode(access_tokens.issue(redis, "kim", "admin"), options={"verify_signature": False})
    forged = [
        jwt.encode(good, "x" * 64, algorithm="HS256", headers=header),
        jwt.encode(good, "x" * 64, algorithm="HS256", headers={"kid": "another"}),
        jwt.encode(good, key, algorithm="HS256"),
        jwt.encode(good, key, algorithm="HS512", headers=header),
        jwt.encode(good, None, algorithm="none", headers=header),
        jwt.encode({**good, "exp": 1}, key, algorithm="HS256", headers=header),
        jwt.encode({**good, "aud": "another"}, key, algorithm="HS256", headers=header),
        jwt.encode({**good, "iss": "another"}, key, algorithm="HS256", headers=header),
        jwt.encode({**good, "role": "god"}, key, algorithm="HS256", headers=header),
        jwt.encode({k: v for k, v in good.items() if k != "exp"}, key, algorithm="HS256", headers=header),
        "x.y.z",
        "",
    ]
    with app.test_client() as own:
        for token in forged:
            answer = own.get(f"{BASE}/rules", headers={"Authorization": f"Bearer {token}"})
            assert 401 == answer.status_code, token


def test_sign_in_link_works_once_and_only_from_this_site(app: Flask, redis: Redis) -> None:
    code = one_time.create_sign_in_code(redis)
    with app.test_client() as browser:
        before = browser.get("/", headers={"Accept": "text/html"})
        first = browser.get(f"/sign-in?code={code}")
        again = browser.get(f"/sign-in?code={code}")
        page = browser.get(f"{BASE}/me")
        ticket = browser.post(f"{BASE}/live/ticket", headers={"Sec-Fetch-Site": "same-origin"})
        foreign = browser.post(f"{BASE}/live/ticket", headers={"Sec-Fetch-Site": "cross-site"})
        old_foreign = browser.post(f"{BASE}/live/ticket", headers={"Origin": "https://evil.example"})
        no_address = browser.post(f"{BASE}/live/ticket", headers={"Origin": "http://["})
        out = browser.post(f"{BASE}/sign-out", headers={"Sec-Fetch-Site": "same-origin"})
        after = browser.get(f"{BASE}/rules")
        late = browser.get("/", headers={"Accept": "text/html"})
    with app.test_client() as another:
        second = another.get(f"/sign-in?code={code}")
        stranger = another.get("/", headers={"Accept": "text/html"})
    cookie = first.headers["Set-Cookie"]

    assert 401 == before.status_code and "enhanced-alerts token --link" in before.text and "로그인" in before.text
    assert (303, 303, 200, 200) == (first.status_code, again.status_code, page.status_code, ticket.status_code)
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie
    assert (403, 403, 403, 204, 401, 401) == (
        foreign.status_code, old_foreign.status_code, no_address.status_code, out.status_code,
        after.status_code, second.status_code
    )  # fmt: skip
    shown = [re.findall(r'data-reason="(\w+)">', answer.text) for answer in (before, second, stranger, late)]
    assert [[], ["link"], [], []] == shown
    assert identity.Identity("admin", "admin", kind="link") == one_time.redeem_ticket(redis, ticket.json["ticket"])
    assert one_time.redeem_ticket(redis, ticket.json["ticket"]) is None


def test_browser_whose_session_has_ended_is_told_so(app: Flask, redis: Redis) -> None:
    with app.test_client() as browser:
        browser.get(f"/sign-in?code={one_time.create_sign_in_code(redis)}")
        for place in redis.scan_iter(access_keys.session("*")):
            redis.delete(place)
        answer = browser.get("/rules", headers={"Accept": "text/html"})

    assert 401 == answer.status_code
    assert ["ended"] == re.findall(r'data-reason="(\w+)">', answer.text)


def test_answers_carry_the_security_headers(client: FlaskClient) -> None:
    headers = client.get("/").headers

    assert "unsafe-inline" not in headers["Content-Security-Policy"]
    assert "ws://localhost:8765" in headers["Content-Security-Policy"]
    assert ("nosniff", "DENY") == (headers["X-Content-Type-Options"], headers["X-Frame-Options"])
    assert "Access-Control-Allow-Origin" not in headers


def test_openapi_document_lists_every_endpoint(client: FlaskClient, app: Flask) -> None:
    document = client.get("/openapi/openapi.json").json
    documented = {(path, method) for path, item in document["paths"].items() for method in item}
    hidden = ("pages.", "openapi.", "swagger.")
    served = {
        (rule.rule.replace("<", "{").replace(">", "}"), method.lower())
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if not rule.endpoint.startswith(hidden)
    }

    assert served == documented
    assert "3.1.0" == document["openapi"]
    assert json.dumps(document)
    assert 200 == client.get("/openapi/swagger").status_code


def test_without_redis_the_api_says_so_and_health_stays_up() -> None:
    url = f"redis://127.0.0.1:{free_port()}/0"
    app = create_app(replace(Settings(), redis_url=url), Redis.from_url(url), Logger("api"))
    with app.test_client() as own:
        alive, ready = own.get("/healthz"), own.get("/readyz")
        rules_ = own.get(f"{BASE}/rules", headers={"Authorization": "Bearer eak_x_y"})

    assert (200, 503, 503) == (alive.status_code, ready.status_code, rules_.status_code)
    assert "Redis" in ready.json["detail"]
    assert "5" == ready.headers["Retry-After"]


def test_banner_lists_what_the_dashboard_channel_holds_up(client: FlaskClient, redis: Redis) -> None:
    alert = stored(redis)
    redis.hset(keys.banner(), alert.id, redis.get(keys.alert(alert.id)))

    assert ["a0"] == [a["id"] for a in client.get(f"{BASE}/alerts/banner").json["alerts"]]


def test_template_preview_shows_the_message_and_names_errors(client: FlaskClient, redis: Redis) -> None:
    stored(redis)
    good = client.post(f"{BASE}/templates/preview", json={"title_template": "{{ rule }}", "alert_id": "a0"}).json
    fails = client.post(f"{BASE}/templates/preview", json={"body_template": "{{ nothing }}"}).json
    bad = client.post(f"{BASE}/templates/preview", json={"body_template": "{{ unclosed"})
    rule = client.post(f"{BASE}/rules", json={**SEED_RULE, "title_template": "{{ unclosed"})

    assert ("CPU 높음", None) == (good["title"], good["failure"])
    assert "85.5" in fails["text"] and "nothing" in fails["failure"]
    assert (422, 422) == (bad.status_code, rule.status_code)
    assert ["title_template"] == [e["field"] for e in rule.json["errors"]]


def test_edit_of_a_rule_that_came_from_a_file_says_so(client: FlaskClient, redis: Redis) -> None:
    rule_store.save_many(redis, [a_rule(source="file:host.toml")])
    edited = client.patch(f"{BASE}/rules/r", json={"threshold": 90})

    assert "came from file:host.toml" in edited.headers["Warning"]
    assert ("file:host.toml", True) == (edited.json["source"], edited.json["edited"])


def test_file_a_rule_came_from_is_not_for_the_sender_to_say(client: FlaskClient) -> None:
    made = client.post(f"{BASE}/rules", json={**SEED_RULE, "source": "file:host.toml", "edited": True})

    assert (201, "", False) == (made.status_code, made.json["source"], made.json["edited"])
    assert "Warning" not in made.headers


def test_rule_beyond_the_limit_is_refused(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule_store, "MAX_RULES", 1)
    first, second = (client.post(f"{BASE}/rules", json=SEED_RULE) for _ in range(2))

    assert (201, 409) == (first.status_code, second.status_code)
    assert "There may be 1 rules" in second.json["detail"]


def test_template_of_a_channel_that_cannot_be_read_is_refused(client: FlaskClient) -> None:
    fields = {"url": "http://127.0.0.1:9/", "title_template": "{% for a in reason %}{% endfor %}"}
    refused = client.put(f"{BASE}/channels/webhook/config", json=fields)
    taken = client.put(f"{BASE}/channels/webhook/config", json={**fields, "title_template": "{{ rule }}"})

    assert (422, 200) == (refused.status_code, taken.status_code)
    assert ["title_template"] == [e["field"] for e in refused.json["errors"]]


def test_hostile_template_costs_the_preview_nothing(client: FlaskClient) -> None:
    doubled = "{% set a = reason %}" + "{% set a = a ~ a %}" * 60 + "{{ a }}"
    answers = [
        client.post(f"{BASE}/templates/preview", json={"body_template": template})
        for template in (doubled, "{{ " + "(" * 1_900 + "1" + ")" * 1_900 + " }}", "{{ value.center(1000000000) }}")
    ]

    assert [422, 422, 422] == [answer.status_code for answer in answers]


def test_problem_has_a_code_and_values_for_the_whole_and_for_each_field(client: FlaskClient) -> None:
    """What a program compares, and what the page puts into its reader's language."""
    refused = client.post(f"{BASE}/rules", json={"id": "r", "name": "", "condition": {"kind": "nothing"}})
    missing = client.get(f"{BASE}/rules/none")

    assert ("invalid.fields", {}) == (refused.json["code"], refused.json["values"])
    found = {error["field"]: (error["code"], error["values"]) for error in refused.json["errors"]}
    assert ("invalid.string_too_short", {"min_length": 1}) == found["name"]
    assert ("missing.rule", {"rule_id": "none"}) == (missing.json["code"], missing.json["values"])
    assert "There is no rule none." == missing.json["detail"]
