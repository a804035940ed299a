"""Bodies that are posted to Alertmanager's API: what becomes of each alert, and that a bad one costs itself alone."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.format import Refused
from ingest.formats import alertmanager
from ingest.formats.alertmanager import MAX_ANNOTATION_CHARS, Posted
from shared.model import external
from shared.model.encoding import encode
from shared.model.relabeling import DEFAULT, Relabeling
from shared.redis import streams

HEARTBEATS = ("Watchdog",)
NOW_MS = 1_796_000_000_000


def decoded(*alerts: Any, relabeling: Relabeling = DEFAULT.default) -> Posted:
    return alertmanager.decode(json.dumps(alerts).encode(), relabeling, "prometheus", HEARTBEATS, NOW_MS)


def hot(**labels: str) -> dict[str, Any]:
    return {"labels": {"alertname": "Hot", "job": "node", "instance": "web-1:9100", **labels}}


def test_alert_of_prometheus_is_taken_whole() -> None:
    body = (
        b'[{"annotations":{"summary":"\xea\xb0\x80\xeb\x93\x9d"},"endsAt":"2026-11-28T17:02:15.593Z",'
        b'"startsAt":"2026-11-28T16:58:15.593Z","generatorURL":"http://vm:19090/graph?g0.expr=up\\u0026g0.tab=1",'
        b'"labels":{"alertname":"Hot","instance":"web-1:9100","job":"node","severity":"page"}}]'
    )
    [seen] = alertmanager.decode(body, DEFAULT.default, "prometheus", HEARTBEATS, NOW_MS).statements

    assert ("Hot", "node/web-1:9100", "", "prometheus") == (seen.name, seen.plugin_id, seen.parent_id, seen.sender)
    assert {"summary": "가득"} == seen.annotations
    assert 240_000 == seen.ends_at_ms - seen.starts_at_ms
    assert "http://vm:19090/graph?g0.expr=up&g0.tab=1" == seen.generator_url
    assert external.fingerprint(seen.labels) == seen.fingerprint


def test_year_one_means_that_nothing_is_stated() -> None:
    zero = {"startsAt": "0001-01-01T00:00:00.000Z", "endsAt": "0001-01-01T00:00:00Z"}
    [seen] = decoded({**hot(), **zero}).statements

    assert (0, 0) == (seen.starts_at_ms, seen.ends_at_ms)


def test_nanoseconds_of_vmalert_and_offsets_are_read() -> None:
    [seen] = decoded({**hot(), "startsAt": "2026-11-28T17:02:15.593123456+09:00"}).statements

    assert 1_795_852_935_593 == seen.starts_at_ms


def test_further_labels_name_a_plugin_below_that_of_job_and_instance() -> None:
    [seen] = decoded(hot(mountpoint="/var")).statements

    assert ("node/web-1:9100{mountpoint=/var}", "node/web-1:9100") == (seen.plugin_id, seen.parent_id)


def test_alert_without_other_labels_is_about_a_plugin_of_its_name() -> None:
    [seen] = decoded({"labels": {"alertname": "디스크 가득", "severity": "page"}}).statements

    assert ("디스크 가득", "디스크 가득") == (seen.name, seen.plugin_id)


def test_replicas_are_one_sender_and_empty_labels_are_none() -> None:
    posted = decoded(hot(replica="a"), hot(replica="b"), hot(empty=""), hot())

    assert 1 == len({seen.fingerprint for seen in posted.statements})
    assert [hot()["labels"]] * 4 == [seen.labels for seen in posted.statements]


def test_watchdog_is_a_sign_of_life_of_a_plugin() -> None:
    posted = decoded(
        {"labels": {"alertname": "Watchdog", "severity": "none"}, "endsAt": "2026-12-01T00:00:00Z"},
        {"labels": {"alertname": "Watchdog", "prometheus": "k8s"}},
        {"labels": {"alertname": "Mine", "heartbeat": "true"}, "endsAt": "2020-01-01T00:00:00Z"},
    )

    assert ["Watchdog", "Watchdog/{prometheus=k8s}"] == [event.plugin_id for event in posted.heartbeats]
    assert [] == posted.statements


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ({"labels": {}}, "at least one label pair required"),
        ({"labels": {"a": ""}}, "at least one label pair required"),
        ({"labels": {"": "x"}}, "a label has no name"),
        ({"labels": {"a": 1}}, "Expected `str`"),
        ({"annotations": {}}, "labels in body is required"),
        ({**hot(), "startsAt": "yesterday"}, "Invalid isoformat string: 'yesterday'"),
        (
            {**hot(), "startsAt": "2026-11-28T17:02:15Z", "endsAt": "2026-11-28T17:02:14Z"},
            "start time must be before end time",
        ),
        (None, "Expected `object`"),
        ([], "Expected `object`"),
    ],
)
def test_bad_alert_costs_itself_alone(bad: Any, why: str) -> None:
    posted = decoded(hot(), bad, hot(x="1"))

    assert 2 == len(posted.statements)
    assert 1 == posted.refused
    assert str(posted.refusals[0]).startswith("alert 2: ") and why in str(posted.refusals[0])


@pytest.mark.parametrize("body", [b"", b"{}", b"nul", b"[", b"\xff", b"[" * 100_000])
def test_what_is_no_list_is_refused(body: bytes) -> None:
    with pytest.raises(Refused) as caught:
        alertmanager.decode(body, DEFAULT.default, "p", (), NOW_MS)

    assert 400 == caught.value.status


@pytest.mark.parametrize(
    ("written", "starts_at_ms"),
    [
        ("", 0),
        (None, 0),
        ("0001-01-01T00:00:00Z", 0),
        ("1969-01-01T00:00:00Z", 1),
        ("2026-11-28", 1_795_824_000_000),
        ("2026-11-28T00:00:00", 1_795_824_000_000),
        ("2026-11-28T09:00:00+09:00", 1_795_824_000_000),
    ],
)
def test_instants_are_read_as_alertmanager_reads_them(written: str | None, starts_at_ms: int) -> None:
    [seen] = decoded({**hot(), "startsAt": written, "endsAt": None}).statements

    assert starts_at_ms == seen.starts_at_ms


def test_list_that_a_sender_has_not_filled_is_empty() -> None:
    assert 0 == alertmanager.decode(b" null\n", DEFAULT.default, "p", (), NOW_MS).refused


def test_more_alerts_than_a_body_may_hold_are_refused() -> None:
    with pytest.raises(Refused) as caught:
        alertmanager.decode(b"[" + b'{"labels":{"a":"b"}},' * 10_000 + b"1]", DEFAULT.default, "p", (), NOW_MS)

    assert 413 == caught.value.status


def test_what_is_long_is_cut_and_tells_alerts_apart_still() -> None:
    long = {f"name{n:03}" + "x" * 500: "v" * 5_000 for n in range(100)}
    one, other = decoded(hot(**long, zz="1"), hot(**long, zz="2")).statements

    assert one.fingerprint != other.fingerprint and one.plugin_id != other.plugin_id
    assert 64 == len(one.labels)


texts = st.text(max_size=300) | st.sampled_from(["", "alertname", "severity", "job", "instance", "\u200b", "a" * 5_000])
alerts = st.fixed_dictionaries(
    {"labels": st.dictionaries(texts, texts, max_size=70)},
    optional={
        "annotations": st.dictionaries(texts, texts | st.just("\0" * 5_000), max_size=40),
        "startsAt": st.datetimes().map(lambda at: f"{at:%Y-%m-%dT%H:%M:%S}Z".rjust(20, "0")),
        "generatorURL": texts,
    },
)


@given(st.lists(alerts, max_size=4))
def test_whatever_is_taken_is_what_an_evaluator_takes(given_alerts: list[Any]) -> None:
    posted = decoded(*given_alerts)
    for seen in posted.statements:
        body = encode([seen])

        assert [seen] == list(streams.decode_statements(body))
        assert len(body) < streams.MAX_ENTRY_BYTES
        assert sum(map(len, seen.annotations.values())) <= MAX_ANNOTATION_CHARS
    assert len(given_alerts) == len(posted.statements) + len(posted.heartbeats) + posted.refused
