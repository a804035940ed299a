"""Alerts of PagerDuty's and Opsgenie's senders: what is read of a body, and what is refused by name."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.format import Refused
from ingest.formats import opsgenie, pagerduty
from ingest.incoming import fields, notice
from ingest.incoming.notice import Notice
from shared.model import external
from shared.model.encoding import encode
from shared.model.external import Statement
from shared.model.relabeling import DEFAULT, Relabeling
from shared.redis import streams

TRIGGER = {
    "routing_key": "KEY",
    "event_action": "trigger",
    "dedup_key": "disk-1",
    "client": "Monitor",
    "client_url": "https://monitor.example.com/1",
    "links": [{"href": "https://runbooks.example.com/disk", "text": "디스크"}],
    "payload": {
        "summary": "디스크 가득",
        "source": "web-1",
        "severity": "critical",
        "component": "disk",
        "group": "prod",
        "class": "DiskFull",
        "custom_details": {"free": 3, "mount": "/var", "nothing": None},
    },
}
ALERT = {
    "message": "디스크 가득",
    "alias": "disk-1",
    "description": "3 % free",
    "entity": "web-1",
    "source": "Monitor",
    "priority": "P1",
    "tags": ["prod", "disk"],
    "details": {"mount": "/var"},
}


def of_event(relabeling: Relabeling = DEFAULT.default, **changed: Any) -> Statement:
    found = pagerduty.read({**TRIGGER, **changed}, "monitor", "new").notice
    assert found is not None
    return notice.firing(found, "pagerduty", "monitor", relabeling)


def of_alert(relabeling: Relabeling = DEFAULT.default, **changed: Any) -> Statement:
    document = {**ALERT, **changed}
    return notice.firing(opsgenie.read(document, "monitor", "disk-1"), "opsgenie", "monitor", relabeling)


def test_event_of_pagerduty_is_taken_whole() -> None:
    seen = of_event()

    assert ("DiskFull", "web-1{component=disk}", "web-1") == (seen.name, seen.plugin_id, seen.parent_id)
    assert {
        "alertname": "DiskFull", "severity": "critical", "source": "web-1", "component": "disk", "group": "prod",
        "class": "DiskFull",
    } == seen.labels  # fmt: skip
    assert {
        "summary": "디스크 가득", "client": "Monitor", "link": "https://runbooks.example.com/disk",
        "free": "3", "mount": "/var",
    } == seen.annotations  # fmt: skip
    assert "https://monitor.example.com/1" == seen.generator_url
    assert notice.UNTIL_TOLD_MS == seen.ends_at_ms


def test_dedup_key_is_the_identity_within_the_name_of_the_key() -> None:
    other_words = {**TRIGGER["payload"], "summary": "still", "class": "Other", "severity": "info"}  # type: ignore[dict-item]

    assert of_event().fingerprint == of_event(payload=other_words).fingerprint
    assert of_event().fingerprint != of_event(dedup_key="disk-2").fingerprint
    assert of_event().fingerprint == notice.ended("pagerduty", "monitor", "disk-1", 1).fingerprint
    assert of_event().fingerprint != notice.ended("pagerduty", "other", "disk-1", 1).fingerprint
    assert of_event().fingerprint != notice.ended("opsgenie", "monitor", "disk-1", 1).fingerprint


def test_event_without_dedup_key_or_class_has_a_new_key_and_the_name_of_its_sender() -> None:
    payload = {"summary": "x", "source": "web-1"}
    event = pagerduty.read({"event_action": "trigger", "payload": payload}, "monitor", "new")

    assert "new" == event.dedup_key
    assert event.notice is not None and "monitor" == event.notice.name


@pytest.mark.parametrize("action", ["acknowledge", "resolve"])
def test_acknowledge_and_resolve_need_their_key_alone(action: str) -> None:
    assert (action, "a", None) == pagerduty.read({"event_action": action, "dedup_key": "a"}, "m", "new")


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"event_action": "explode"}, ["'event_action' is invalid (must be one of: trigger, acknowledge, resolve)"]),
        ({"event_action": "resolve", "dedup_key": ""}, ["'dedup_key' is missing or blank"]),
        ({"dedup_key": "x" * 256}, ["'dedup_key' must be a text of at most 255 characters"]),
        ({"dedup_key": 7}, ["'dedup_key' must be a text of at most 255 characters"]),
        ({"payload": {}}, ["'payload.summary' is missing or blank", "'payload.source' is missing or blank"]),
        ({"payload": [1]}, ["'payload.summary' is missing or blank", "'payload.source' is missing or blank"]),
    ],
)
def test_every_wrong_field_of_an_event_is_named(changed: dict[str, Any], wrong: list[str]) -> None:
    with pytest.raises(pagerduty.WrongFields) as caught:
        pagerduty.read({**TRIGGER, **changed}, "monitor", "new")

    assert wrong == [str(reason) for reason in caught.value.reasons]


def test_change_event_is_a_state_of_its_plugin() -> None:
    event = pagerduty.read_change({"payload": {"summary": "배포 v2", "source": "web-1"}})

    assert ("web-1", {"change": "배포 v2"}) == (event.plugin_id, event.states)


def test_alert_of_opsgenie_is_taken_whole() -> None:
    seen = of_alert()

    assert ("monitor", "web-1", "opsgenie") == (seen.name, seen.plugin_id, "opsgenie")
    assert {
        "alertname": "monitor", "severity": "p1", "entity": "web-1", "source": "Monitor", "tags": "prod,disk",
        "mount": "/var",
    } == seen.labels  # fmt: skip
    assert {"summary": "디스크 가득", "description": "3 % free"} == seen.annotations
    assert "critical" == external.severity_of(seen.labels)


def test_labels_of_the_mapping_name_the_plugin_before_those_of_the_sender() -> None:
    details = {"alertname": "DiskFull", "job": "node", "instance": "web-1:9100"}

    assert ("DiskFull", "node/web-1:9100") == (of_alert(details=details).name, of_alert(details=details).plugin_id)


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"message": ""}, "message"), ({"message": None}, "message"), ({"priority": "P9"}, "priority")],
)
def test_wrong_field_of_an_alert_is_named(changed: dict[str, Any], field: str) -> None:
    with pytest.raises(opsgenie.BadField) as caught:
        of_alert(**changed)

    assert (422, field) == (caught.value.status, caught.value.field)


@pytest.mark.parametrize("alias", ["x" * 513, 7, ["a"]])
def test_alias_must_be_a_short_text(alias: Any) -> None:
    with pytest.raises(opsgenie.BadField):
        opsgenie.alias_of({"alias": alias})


def test_alert_about_nothing_is_about_a_plugin_of_its_name() -> None:
    seen = notice.firing(Notice("Down", {}, ("source",)), "pagerduty", "monitor", DEFAULT.default)

    assert ("Down", "Down") == (seen.name, seen.plugin_id)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff", b'{"a":' * 100_000])
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(Refused) as caught:
        fields.document_of(body)

    assert 400 == caught.value.status


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=300)
    | st.just("긴" * 9_000),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=300), inner, max_size=40),
    max_leaves=8,
)


@given(st.data())
def test_whatever_is_taken_is_what_an_evaluator_takes(data: st.DataObject) -> None:
    payload = {
        name: data.draw(values) for name in ("summary", "source", "component", "severity", "class", "custom_details")
    }
    event = json.loads(json.dumps({**TRIGGER, "payload": payload, "client_url": data.draw(values)}))
    alert = json.loads(json.dumps({name: data.draw(values) for name in (*ALERT, "note") if name != "priority"}))
    taken: list[Statement] = []
    for make in (
        lambda: pagerduty.read(event, "m", "new").notice,
        lambda: opsgenie.read(alert, "m", opsgenie.alias_of(alert) or "new"),
    ):
        try:
            found = make()
        except Refused:
            continue
        assert found is not None
        taken.append(notice.firing(found, "door", "m", DEFAULT.default))

    assert taken == streams.decode_statements(encode(taken))
