"""Alertmanager's API v2 as tools see it: our alerts, silences, receivers and status in its shapes, and its errors."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from redis import Redis

from api.auth import api_keys
from shared.model import external, reasons, silences
from shared.model.alerts import Alert, External, TimelineEntry
from shared.store import alert_store, silence_store
from tests.support.factories import an_alert
from tests.support.ingest_doors import Doors, doors_of
from tests.support.ingest_doors import doors as doors
from tests.support.real_server import RealServer
from tests.support.waiting import PATIENCE_S

LABELS = {"alertname": "DiskFull", "instance": "web-1", "severity": "page"}


class Tool:
    """A tool of Alertmanager, with an operator's key."""

    def __init__(self, doors: Doors, role: str = "operator") -> None:
        self.url = f"{doors.url}/alertmanager/api/v2"
        _, key = api_keys.create(doors.redis, f"tool-{role}", role, 1)
        self.headers = {"Authorization": f"Bearer {key}"}

    def ask(self, method: str, path: str, body: Any = None) -> requests.Response:
        return requests.request(method, self.url + path, json=body, headers=self.headers, timeout=PATIENCE_S)

    def get(self, path: str) -> Any:
        answer = self.ask("GET", path)
        assert 200 == answer.status_code, answer.text
        return answer.json()


def put(redis: Redis, *alerts: Alert) -> None:
    for alert in alerts:
        with redis.pipeline() as pipe:
            alert_store.stage(pipe, None, alert, TimelineEntry(at_ms=1, kind="firing"), 60_000)
            pipe.execute()


@pytest.fixture
def tool(doors: Doors) -> Tool:
    of_prometheus = External(
        fingerprint=external.fingerprint(LABELS), annotations={"summary": "가득"}, generator_url="http://prom/g"
    )
    put(
        doors.redis,
        an_alert(id="a", channels=["web", "slack-ops"], labels={"region": "kr"}),
        an_alert(id="b", rule_id="external:DiskFull", rule_name="DiskFull", labels=LABELS, external=of_prometheus),
        an_alert(id="c", rule_name="Held", suppressed_reasons={
            "silenced": reasons.of("suppressed.silence_unsigned", silence_id="silence-1", comment="c"),
        }),
        an_alert("pending", id="d", rule_name="Pending"),
        an_alert("acknowledged", id="e", rule_name="Taken"),
    )  # fmt: skip
    return Tool(doors)


def names(bodies: list[Any]) -> list[str]:
    return sorted(body["labels"]["alertname"] for body in bodies)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["CPU 높음", "DiskFull", "Held", "Taken"]),
        ("?silenced=false&inhibited=false&active=true&unprocessed=false", ["CPU 높음", "DiskFull", "Taken"]),
        ("?active=false", ["Held"]),
        ("?filter=alertname%3D~D.%2A", ["DiskFull"]),
        ("?filter=severity%21%3Dpage&filter=region%3D", ["Held", "Taken"]),
        ("?receiver=slack-.%2A", ["CPU 높음"]),
        ("?receiver_matchers=name%3Dslack-ops", ["CPU 높음"]),
        ("?active=off&silenced=YES", ["Held"]),
        ("?silenced=", ["CPU 높음", "DiskFull", "Held", "Taken"]),
        ("?filter=alertname%21~D.%2A%7CH.%2A", ["CPU 높음", "Taken"]),
    ],
)
def test_alerts_are_those_that_the_filters_let_through(tool: Tool, query: str, expected: list[str]) -> None:
    assert expected == names(tool.get(f"/alerts{query}"))


def test_external_alert_is_shown_as_it_was_sent(tool: Tool) -> None:
    [body] = tool.get("/alerts?filter=alertname%3DDiskFull")

    assert LABELS == body["labels"]
    assert external.fingerprint(LABELS) == body["fingerprint"]
    assert {"summary": "가득"} == body["annotations"]
    assert {"state": "active", "silencedBy": [], "inhibitedBy": [], "mutedBy": []} == body["status"]


def test_groups_receivers_and_status_have_their_shapes(tool: Tool) -> None:
    groups = tool.get("/alerts/groups")

    assert {"CPU 높음", "DiskFull", "Held", "Taken"} == {group["labels"]["alertname"] for group in groups}
    assert {"name", *()} == set(groups[0]["receiver"])
    assert [{"labels": {"name": n}, "name": n} for n in ("dashboard", "web")] == tool.get("/receivers")
    assert ["web"] == [one["name"] for one in tool.get("/receivers?receiver_matchers=name%3D~w.*")]
    status = tool.get("/status")
    assert "- name: web\n" in status["config"]["original"]
    assert "disabled" == status["cluster"]["status"]
    assert "0.28.0" == status["versionInfo"]["version"]


def test_answers_are_not_kept_by_caches(tool: Tool) -> None:
    assert "no-store" == tool.ask("GET", "/alerts").headers["Cache-Control"]


def test_health_and_build_info_need_no_key(doors: Doors) -> None:
    for prefix in ("", "/alertmanager"):
        assert "OK\n" == requests.get(f"{doors.url}{prefix}/-/healthy", timeout=PATIENCE_S).text
        assert "OK\n" == requests.get(f"{doors.url}{prefix}/-/ready", timeout=PATIENCE_S).text
        text = requests.get(f"{doors.url}{prefix}/metrics", timeout=PATIENCE_S).text
        assert 'alertmanager_build_info{branch="",goversion="",revision="enhanced-alerts",version="0.28.0"} 1' in text


@pytest.mark.parametrize(
    ("query", "status"),
    [("?filter=%5B", 400), ("?filter=a%3D~%5B", 400), ("?receiver=%5B", 400), ("?active=perhaps", 422)],
)
def test_bad_queries_are_refused(tool: Tool, query: str, status: int) -> None:
    assert status == tool.ask("GET", f"/alerts{query}").status_code


def test_roles_decide_who_may_read_and_silence(doors: Doors, tool: Tool) -> None:
    viewer, publisher = Tool(doors, "viewer"), Tool(doors, "publisher")

    assert 200 == viewer.ask("GET", "/alerts").status_code
    assert 403 == viewer.ask("POST", "/silences", {}).status_code == publisher.ask("GET", "/alerts").status_code
    assert 401 == requests.get(f"{tool.url}/silences", timeout=PATIENCE_S).status_code


# -- pages of other sites -------------------------------------------------------------------------------------

KARMA = "https://karma.example.com"


@pytest.fixture
def for_karma(server: RealServer, redis: Redis, tmp_path: Path) -> Iterator[Doors]:
    yield from doors_of(server, redis, tmp_path, INGEST_CORS_ORIGINS=f"https://other.example.com, {KARMA}")


def from_page(doors: Doors, method: str, path: str, origin: str, **headers: str) -> requests.Response:
    headers = {"Origin": origin, **headers}
    return requests.request(method, f"{doors.url}/am/api/v2{path}", headers=headers, timeout=PATIENCE_S)


def test_page_of_a_site_that_the_setting_names_may_ask(for_karma: Doors) -> None:
    asks = {"Access-Control-Request-Method": "DELETE", "Access-Control-Request-Headers": "authorization"}
    before = from_page(for_karma, "OPTIONS", "/silence/x", KARMA, **asks)
    answer = from_page(for_karma, "GET", "/status", KARMA, Authorization=f"Bearer {for_karma.key}")

    assert (204, KARMA, "DELETE") == (
        before.status_code,
        before.headers["Access-Control-Allow-Origin"],
        before.headers["Access-Control-Allow-Methods"],
    )
    assert "Authorization" in before.headers["Access-Control-Allow-Headers"]
    # A page can read a refusal, too: the key is a publisher's.
    assert (403, KARMA, "Origin") == (
        answer.status_code,
        answer.headers["Access-Control-Allow-Origin"],
        answer.headers["Vary"],
    )


@pytest.mark.parametrize("origin", ["https://karma.example.com.evil.example", "http://karma.example.com", "null"])
def test_page_of_another_site_may_not_ask(for_karma: Doors, origin: str) -> None:
    asks = {"Access-Control-Request-Method": "GET"}
    answers = [
        from_page(for_karma, "OPTIONS", "/status", origin, **asks),
        from_page(for_karma, "GET", "/status", origin),
        from_page(for_karma, "OPTIONS", "/silence/x", KARMA, **{"Access-Control-Request-Method": "PUT"}),
    ]

    assert [405, 401, 204] == [answer.status_code for answer in answers]
    assert not any("Access-Control-Allow-Origin" in answer.headers for answer in answers[:2])
    assert "Access-Control-Allow-Methods" not in answers[2].headers


def test_no_page_of_another_site_may_ask_unless_a_setting_says_so(doors: Doors) -> None:
    answer = from_page(doors, "GET", "/status", KARMA)

    assert "Access-Control-Allow-Origin" not in answer.headers


# -- silences -------------------------------------------------------------------------------------------------


def a_silence(hours: float = 2, **fields: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    times = {"startsAt": now.isoformat(), "endsAt": (now + timedelta(hours=hours)).isoformat()}
    matchers = [{"name": "alertname", "value": "Disk.*", "isRegex": True, "isEqual": True}]
    return {"comment": "deploy", "createdBy": "kim", "matchers": matchers, **times, **fields}


def test_silence_is_one_of_ours_and_is_shown_changed_and_ended(tool: Tool, doors: Doors) -> None:
    silence_id = tool.ask("POST", "/silences", a_silence()).json()["silenceID"]
    [ours] = silence_store.load_all(doors.redis)[1]
    assert (silence_id, "label:alertname", "Disk*") == (ours.id, ours.matchers[0].name, ours.matchers[0].value)
    assert "tool-operator" in ours.author

    shown = tool.get(f"/silence/{silence_id}")
    assert ("active", "deploy", "tool-operator") == (shown["status"]["state"], shown["comment"], shown["createdBy"])
    assert [{"name": "alertname", "value": "Disk.*", "isRegex": True, "isEqual": True}] == shown["matchers"]

    longer = {**shown, "endsAt": (datetime.now(UTC) + timedelta(hours=5)).isoformat()}
    assert silence_id == tool.ask("POST", "/silences", longer).json()["silenceID"]
    [ours] = silence_store.load_all(doors.redis)[1]
    assert ours.ends_at_ms - ours.starts_at_ms > 4 * 3_600_000

    assert 200 == tool.ask("DELETE", f"/silence/{silence_id}").status_code
    assert "expired" == tool.get("/silences")[0]["status"]["state"]
    assert silence_id != tool.ask("POST", "/silences", {**longer, "id": silence_id}).json()["silenceID"]


def test_silence_of_the_page_is_shown_and_ended_under_an_id_that_tools_take(tool: Tool, doors: Doors) -> None:
    now_ms = int(datetime.now(UTC).timestamp() * 1000)
    fields = {"starts_at_ms": now_ms, "ends_at_ms": now_ms + 3_600_000, "comment": "노트"}
    matcher = {"name": "plugin_id", "value": "web-*"}
    stored = silence_store.save(doors.redis, silences.parse({"matchers": [matcher], **fields}))
    [shown] = tool.get("/silences")

    assert stored.id != shown["id"]
    assert {"name": "plugin", "value": "web-.*", "isRegex": True, "isEqual": True} == shown["matchers"][0]
    assert 200 == tool.ask("DELETE", f"/silence/{shown['id']}").status_code
    assert silence_store.get(doors.redis, stored.id).ends_at_ms < now_ms + 3_600_000


@pytest.mark.parametrize(
    ("fields", "status", "why"),
    [
        ({"matchers": []}, 422, "at least 1 items"),
        ({"matchers": [{"name": "a", "value": "b|(c", "isRegex": True}]}, 400, "regular expression of RE2"),
        ({"matchers": [{"name": "a", "value": ".*", "isRegex": True}]}, 400, ""),
        ({"matchers": [{"name": "", "value": "x", "isRegex": False}]}, 400, "matchers.0.name"),
        ({"matchers": [{"name": "a", "value": "x"}]}, 422, "matchers.0.isRegex in body is required"),
        ({"comment": None}, 422, "comment in body is required"),
        ({"comment": 7}, 400, "Expected `str | null`, got `int`"),
        ({"startsAt": "2199-01-01T00:00:00Z"}, 400, "start time must be before end time"),
        ({"startsAt": "2019-01-01T00:00:00Z", "endsAt": "2020-01-01T00:00:00Z"}, 400, "end time can't be in the past"),
        ({"endsAt": "2199-01-01T00:00:00Z"}, 400, "30 days"),
        ({"endsAt": "soon"}, 400, "RFC3339"),
        ({"id": "not-a-uuid"}, 404, "not-a-uuid"),
    ],
)
def test_what_cannot_be_a_silence_is_refused(tool: Tool, fields: dict[str, Any], status: int, why: str) -> None:
    answer = tool.ask("POST", "/silences", a_silence(**fields))

    assert status == answer.status_code, answer.text
    assert why in answer.text


def test_unknown_silences_are_not_found(tool: Tool) -> None:
    unknown = "01167342-b0fe-41b2-8000-000000000000"

    assert 404 == tool.ask("GET", f"/silence/{unknown}").status_code
    assert 404 == tool.ask("DELETE", f"/silence/{unknown}").status_code
    assert 404 == tool.ask("POST", "/silences", a_silence(id=unknown)).status_code
    assert 422 == tool.ask("GET", "/silence/nothing").status_code
    assert 422 == tool.ask("DELETE", "/silence/%2C%17").status_code


def test_silences_are_found_by_what_they_match_and_by_state(tool: Tool) -> None:
    tool.ask("POST", "/silences", a_silence())
    ended = tool.ask("POST", "/silences", a_silence(comment="ended")).json()["silenceID"]
    tool.ask("DELETE", f"/silence/{ended}")

    assert ["deploy", "ended"] == [one["comment"] for one in tool.get("/silences?filter=alertname%3D~Disk.*")]
    assert [] == tool.get("/silences?filter=alertname%3DDisk.*")
    assert ["ended"] == [one["comment"] for one in tool.get("/silences?active=false&pending=false")]


@pytest.mark.parametrize(
    ("body", "status", "form"),
    [
        (b"", 422, dict),
        (b"{}", 400, dict),
        (b'[{"labels": {"a": 1}}]', 400, dict),
        (b'[{"annotations": {}}]', 422, dict),
        (b'[{"labels": {}}]', 400, str),
    ],
)
def test_refusals_have_the_form_of_alertmanager_or_of_its_framework(
    doors: Doors, body: bytes, status: int, form: type
) -> None:
    answer = doors.post("/api/v2/alerts", body, **{"Content-Type": "application/json"})

    assert (status, form) == (answer.status_code, type(answer.json()))


@pytest.mark.parametrize("body", [b"null", b'[{"labels": {"a": "b"}, "startsAt": "", "endsAt": null}]'])
def test_what_is_null_or_empty_says_nothing(doors: Doors, body: bytes) -> None:
    answer = doors.post("/api/v2/alerts", body, **{"Content-Type": "application/json"})

    assert (200, b"") == (answer.status_code, answer.content)
    assert "Content-Type" not in answer.headers


def test_method_that_an_address_does_not_take_is_named_with_those_it_takes(tool: Tool) -> None:
    answer = tool.ask("PUT", "/silences")

    assert (405, "GET, POST") == (answer.status_code, answer.headers["Allow"])
