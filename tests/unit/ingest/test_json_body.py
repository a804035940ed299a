"""JSON bodies under a body mapping: what is read of them, and what does not fit, beside its field."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import body_trial
from ingest.format import Refused
from ingest.formats.webhooks import instants, json_body
from ingest.formats.webhooks.json_body import Origin, Read
from ingest.incoming import notice
from shared.model import body_mapping, external, relabeling
from shared.model.body_mapping import BodyMapping
from shared.model.encoding import encode
from shared.model.external import Statement
from shared.redis import streams

NOW_MS = 1_780_000_000_000
ORIGIN = Origin("webhook/json/zabbix", "hooks", relabeling.DEFAULT.default, external.SEVERITIES, NOW_MS)
MAPPING: dict[str, Any] = {
    "alerts": "events",
    "name": {"path": "trigger.name"},
    "plugin": {"path": "host.name || host.id", "default": "somewhere"},
    "severity": {"path": "level", "default": "warning", "values": {"Disaster": "emergency", "4": "error"}},
    "state": {"path": "status", "firing": ["PROBLEM"], "resolved": ["OK"], "ignored": ["ack"]},
    "identity": ["id"],
    "labels": {"env": "tags[?key=='env'].value | [0]", "site": "$.site"},
    "all_labels": "labels",
    "annotations": {"summary": "message"},
    "url": "link",
    "starts_at": "since",
}
EVENT: dict[str, Any] = {
    "id": 7,
    "status": "problem",
    "trigger": {"name": "디스크 가득"},
    "host": {"name": "web-1"},
    "level": "disaster",
    "tags": [{"key": "team", "value": "db"}, {"key": "env", "value": "prod"}],
    "labels": {"team": "db", "alertname": "other", "instance": "x"},
    "message": "3 % free",
    "link": "https://zabbix.example.com/7",
    "since": 1_779_999_000,
}


def mapping(**changed: Any) -> BodyMapping:
    return body_mapping.parse({"webhooks": {"x": {**MAPPING, **changed}}}).webhooks["x"]


def read(*events: Any, used: BodyMapping | None = None, **more: Any) -> Read:
    return json_body.read({"site": "seoul", "events": [*events], **more}, used or mapping(), ORIGIN)


def problems(found: Read) -> list[tuple[int, str, str, bool]]:
    return [(one.number, one.field, str(one.why), one.is_refused) for one in found.problems]


def firing(found: Read) -> Statement:
    [one] = found.statements("firing")
    return one


def test_every_field_is_read_from_where_the_mapping_says() -> None:
    found = read(EVENT)
    seen = firing(found)

    assert [] == found.problems
    assert ("디스크 가득", "web-1", "web-1", "") == (seen.name, seen.plugin_id, seen.plugin_name, seen.parent_id)
    assert {
        "alertname": "디스크 가득", "severity": "emergency", "plugin": "web-1", "env": "prod", "site": "seoul",
        "team": "db", "instance": "x",
    } == seen.labels  # fmt: skip
    assert ({"summary": "3 % free"}, "https://zabbix.example.com/7") == (seen.annotations, seen.generator_url)
    assert (1_779_999_000_000, notice.UNTIL_TOLD_MS) == (seen.starts_at_ms, seen.ends_at_ms)


def test_end_has_the_identity_of_its_beginning_and_needs_nothing_else() -> None:
    begun, ended = read(EVENT), read({"id": 7, "status": "ok"})
    [end] = ended.statements("resolved")

    assert (firing(begun).fingerprint, NOW_MS) == (end.fingerprint, end.ends_at_ms)
    assert [] == ended.problems
    assert firing(begun).fingerprint != firing(read({**EVENT, "id": 8})).fingerprint


def test_without_an_identity_the_labels_are_it_and_the_severity_is_not_among_them() -> None:
    used = mapping(identity=[])
    [end] = read({**EVENT, "status": "OK", "level": "4"}, used=used).statements("resolved")
    other = firing(read({**EVENT, "host": {"name": "web-2"}}, used=used))

    assert firing(read(EVENT, used=used)).fingerprint == end.fingerprint != other.fingerprint


def test_two_paths_of_an_identity_cannot_be_mistaken_for_each_other() -> None:
    used = mapping(identity=["id", "message"])
    found = [firing(read({**EVENT, "id": a, "message": b}, used=used)) for a, b in (("a", "b c"), ("a b", "c"))]

    assert 2 == len({one.fingerprint for one in found})


def test_alert_that_does_not_fit_costs_itself_alone_and_its_field_is_named() -> None:
    nameless, odd, lost = {**EVENT, "trigger": {}}, {**EVENT, "status": "weird"}, {**EVENT, "id": ""}
    found = read(nameless, EVENT, odd, "text", lost, {**EVENT, "id": 9, "status": None})

    assert 1 == len(found.statements("firing"))
    assert [
        (1, "name", "nothing was found at trigger.name", True),
        (3, "state", "the word 'weird' is in none of the lists: PROBLEM, OK, ack", True),
        (4, "alerts", "must be an object, and there is: text", True),
        (5, "identity", "nothing was found at id", True),
        (6, "state", "nothing was found at status", True),
    ] == problems(found)
    assert "alert 3: state: the word 'weird' is in none of the lists: PROBLEM, OK, ack" == str(
        found.problems[1].in_words()
    )


def test_field_that_is_not_needed_costs_nothing_and_is_told() -> None:
    found = read({**EVENT, "level": "purple", "tags": 5, "since": "soon", "labels": None, "host": None})

    assert ("somewhere", "purple") == (firing(found).plugin_id, firing(found).labels["severity"])
    assert {
        (1, "all_labels", "must be an object, and there is: nothing", False),
        (1, "labels.env", "nothing was found at tags[?key=='env'].value | [0]", False),
        (1, "severity", "the word 'purple' means no severity; the alert is a warning", False),
        (1, "starts_at", "'soon' is no instant; send ISO 8601, or a number since 1970 in s, ms, µs or ns", False),
    } == set(problems(found))


def test_words_that_are_ignored_change_nothing() -> None:
    found = read({**EVENT, "status": "ACK"})

    assert ([], [], ["ignored"]) == (found.problems, found.statements("firing"), [one.state for one in found.stated])


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"path": "up", "resolved": ["true"]}, {"true": "resolved", "false": "firing"}),
        ({"path": "up", "resolved": ["1"]}, {"1": "resolved", "0": "firing", '"x"': "firing"}),
    ],
)
def test_without_words_for_firing_every_other_word_fires(state: dict[str, Any], words: dict[str, str]) -> None:
    found = {word: read({**EVENT, "up": json.loads(word)}, used=mapping(state=state)).stated[0].state for word in words}

    assert words == found


def test_of_one_alert_what_the_body_states_last_counts() -> None:
    over = {**EVENT, "status": "OK"}

    assert (1, 0) == tuple(len(read(over, EVENT).statements(s)) for s in ("firing", "resolved"))
    assert (0, 1) == tuple(len(read(EVENT, over).statements(s)) for s in ("firing", "resolved"))


@pytest.mark.parametrize("path", ["events", "", "$.events", "groups[].events[]"])
def test_list_is_where_the_path_leads(path: str) -> None:
    body: Any = [EVENT] if not path else {"events": [EVENT], "groups": [{"events": [EVENT]}], "site": "seoul"}
    found = json_body.read(body, mapping(alerts=path, labels={}), ORIGIN)

    assert ["web-1"] == [one.plugin_id for one in found.statements("firing")]


def test_one_object_is_a_list_of_one() -> None:
    assert 1 == len(json_body.read(EVENT, mapping(alerts="", labels={}), ORIGIN).statements("firing"))


@pytest.mark.parametrize("body", [{}, {"events": None}, {"events": 5}, {"events": "x"}, [], 5, None])
def test_body_without_its_list_is_refused_with_the_path(body: Any) -> None:
    with pytest.raises(Refused, match=r"^alerts: at events must be an object or a list of alerts, and there is: "):
        json_body.read(body, mapping(), ORIGIN)


def test_too_many_alerts_are_refused_as_a_whole() -> None:
    with pytest.raises(Refused) as caught:
        read(*[{}] * (json_body.MAX_ALERTS + 1))

    assert 413 == caught.value.status


def test_stated_end_ends_and_expiry_holds_where_none_is_stated() -> None:
    used = mapping(state={}, ends_at="until", expire_minutes=30)
    [end] = read({**EVENT, "until": "2026-05-01T00:00:00"}, used=used).statements("resolved")
    later = firing(read({**EVENT, "until": NOW_MS + 60_000}, used=used))

    assert instants.instant_ms("2026-05-01T00:00:00Z") == end.ends_at_ms
    assert (NOW_MS + 60_000, NOW_MS + 1_800_000) == (later.ends_at_ms, firing(read(EVENT, used=used)).ends_at_ms)


@pytest.mark.parametrize(
    ("given_", "at_ms"),
    [
        *(
            (1_780_000_000, NOW_MS),
            (1_780_000_000_000, NOW_MS),
            ("1780000000", NOW_MS),
            (1_780_000_000.5, NOW_MS + 500),
        ),
        *((1_780_000_000_000_000, NOW_MS), (1_780_000_000_000_000_000, NOW_MS), ("1970-01-01", 0)),
        *(("1970-01-01T09:00:00+09:00", 0), ("0001-01-01T00:00:00Z", 0), ("soon", None), (True, None), ({}, None)),
        *((-5, None), (float("inf"), None), ("9" * 30, None), ("9999-12-31T23:59:59.999999", 253_402_300_799_999)),
    ],
)
def test_instants_are_read_in_the_units_that_senders_use(given_: Any, at_ms: int | None) -> None:
    assert at_ms == instants.instant_ms(given_)


def test_trial_names_a_source_that_never_states_an_end() -> None:
    text = json.dumps({"events": [EVENT]})
    endless = body_trial.run(text, mapping(state={}), ORIGIN)
    expiring = body_trial.run(text, mapping(state={}, expire_minutes=60), ORIGIN)

    assert ["expire_minutes"] == [one.field for one in endless.problems if not one.number]
    assert [] == [one.field for one in expiring.problems if not one.number]
    assert [("firing", "7", "emergency", 0)] == [
        (one.state, one.identity, one.severity, one.ends_at_ms) for one in endless.alerts
    ]


@pytest.mark.parametrize(("text", "field"), [("{", ""), ("{}", "alerts"), ('"\ud800"', "")])
def test_trial_of_a_body_that_cannot_be_read_says_so(text: str, field: str) -> None:
    found = body_trial.run(text, mapping(), ORIGIN)

    assert ([], [(0, field, True)]) == (found.alerts, [(p.number, p.field, p.is_refused) for p in found.problems])


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from([*EVENT]), VALUES), st.booleans())
def test_whatever_a_sender_states_becomes_a_statement_that_evaluators_read_or_a_problem(
    event: dict[str, Any], has_identity: bool
) -> None:
    found = read(event, used=mapping(identity=["id"] if has_identity else []))
    statements = [*found.statements("firing"), *found.statements("resolved")]

    assert statements or found.refused or [one.state for one in found.stated] == ["ignored"]
    assert statements == streams.decode_statements(encode(statements))
