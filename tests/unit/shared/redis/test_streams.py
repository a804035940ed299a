"""Entries are judged one event at a time: a bad one never takes its neighbours with it."""

import json
import math
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict

from shared.model import names
from shared.model.alerts import MAX_METRICS
from shared.model.encoding import encode
from shared.model.events import Event
from shared.redis import streams

NOW = 1_700_000_000_000


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "truncated"),
        (b"not json", "JSON"),
        (b'"text"', "must be an object"),
        (b"42", "must be an object"),
        (b"{}", "plugin_id"),
        (b'{"plugin_id": 7}', "plugin_id"),
        (b'{"plugin_id": ""}', "plugin_id is empty"),
        (b'{"plugin_id": "p", "at_ms": true}', "at_ms"),
        (b'{"plugin_id": "p", "at_ms": NaN}', "at_ms"),
        (b'{"plugin_id": "p", "at_ms": "now"}', "at_ms"),
        (b'{"plugin_id": "p", "at_ms": -1}', "at_ms"),
        (b'{"plugin_id": "\xff"}', ""),
        (b"[" * 100_000, ""),
        (json.dumps({"plugin_id": "x" * 129}).encode(), "plugin_id is 129 characters long; at most 128 are allowed"),
        (json.dumps({"plugin_id": "p", "at_ms": NOW + 300_001}).encode(), "300 s in the future"),
        (b"x" * (streams.MAX_ENTRY_BYTES + 1), "over the limit"),
        (json.dumps([{"plugin_id": "p"}] * 1001).encode(), "1001 events"),
    ],
)
def test_bad_entry_is_refused_with_a_reason(payload: bytes, reason: str) -> None:
    events, bad = streams.decode(payload, NOW)

    assert [] == events
    assert len(bad) >= 1
    assert reason.lower() in bad[0].reason.lower()


def test_good_events_between_bad_ones_are_kept_in_order() -> None:
    payload = b' [{"plugin_id":"a"}, {"plugin_id":""}, 5, [1], null, {"plugin_id":"b","metrics":{"x":1}}]'

    events, bad = streams.decode(payload, NOW)

    assert ["a", "b"] == [e.plugin_id for e in events]
    assert 4 == len(bad)


@given(st.integers(300, 312), st.integers(1, 10**9), st.sampled_from(["", "-"]))
def test_time_with_more_digits_than_any_number_costs_no_neighbour(digits: int, first: int, sign: str) -> None:
    """Some whole numbers are just beyond what a float holds: they are compared with one, and never turned into one."""
    at_ms = f"{sign}{first}".ljust(digits, "0")
    events, bad = streams.decode(f'[{{"plugin_id":"a","at_ms":{at_ms}}},{{"plugin_id":"b"}}]'.encode(), NOW)

    assert ["b"] == [event.plugin_id for event in events]
    assert 1 == len(bad) and "at_ms" in bad[0].reason


def test_unknown_fields_are_tolerated_and_kept_out() -> None:
    events, bad = streams.decode(b'{"plugin_id":"p","colour":"red","metrics":{"x":2}}', NOW)

    assert [] == bad
    assert not hasattr(events[0], "colour")


def test_names_checked_once_change_nothing_but_speed() -> None:
    checked: set[str] = set()
    for metrics in ({"x": 1}, {"x": 2}, {"x": 3, "y": 4}, {"": 5, "x": 6}, {"x": 7, "n" * 200: 8}, {"x": 9}):
        body = encode({"plugin_id": "p", "metrics": metrics})
        events, bad = streams.decode(body, NOW, checked)
        alone = streams.decode_one([b"e", body], NOW, checked)

        assert streams.decode(body, NOW)[0] == [Event(**asdict(event)) for event in events]
        assert [b.reason for b in streams.decode(body, NOW)[1]] == [b.reason for b in bad]
        assert bad or alone is not None
    assert {"x", "y"} == checked


HIDDEN = ["\u202e", "\u200b", "\u2066", "\u3164", "\ufe0f", "\n", "\x7f", "\0"]


@pytest.mark.parametrize("mark", HIDDEN)
@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("is_listed", [True, False])
def test_name_that_cannot_be_seen_is_dropped_alone(mark: str, ascii_only: bool, is_listed: bool) -> None:
    hidden = f"we{mark}b"
    seen = {"plugin_id": "서버", "plugin_name": f"a{mark}b", "metrics": {"m": 1.0}, "labels": {"팀": f"x{mark}y"}}
    event = {
        **seen,
        "metrics": {"m": 1.0, hidden: 2.0},
        "states": {hidden: "up"},
        "labels": {**seen["labels"], hidden: "z"},  # type: ignore[dict-item]
        "errors": [{"type": hidden}, {"type": "E"}],
    }
    checked = {"m", "서버", "팀"}

    def body(one: dict) -> bytes:
        return json.dumps([one] if is_listed else one, ensure_ascii=ascii_only).encode()

    for known in (None, set(), checked):
        events, bad = streams.decode(body(event), NOW, known)

        assert [("서버", ["m"], [], ["팀"], ["E"])] == [
            (e.plugin_id, list(e.metrics), list(e.states), list(e.labels), [r.type for r in e.errors]) for e in events
        ]
        assert (f"a{mark}b", f"x{mark}y") == (events[0].plugin_name, events[0].labels["팀"])
        assert 4 == len(bad[0].dropped)
        assert "an invisible character" in bad[0].reason
        assert mark not in bad[0].reason
    assert streams.decode_one([b"e", body(event)], NOW, checked) is None
    for known in (None, set(), checked):
        events, bad = streams.decode(body({**seen, "plugin_id": hidden}), NOW, known)

        assert [] == events
        assert "plugin_id holds an invisible character" in bad[0].reason
    if not is_listed:
        assert streams.decode_one([b"e", body({**seen, "plugin_id": hidden})], NOW, checked) is None
        assert streams.decode_one([b"e", body(seen)], NOW, checked) is not None


def test_event_without_time_takes_that_of_its_entry() -> None:
    events, _ = streams.decode(b'{"plugin_id":"p"}', NOW)

    assert events[0].at_ms == NOW


def assert_is_whole(event: Event) -> None:
    """What was kept of an event is good when it is read again."""
    again, bad = streams.decode(encode(event), NOW)
    assert ([asdict(event)], []) == ([asdict(one) for one in again], bad)


NUMBERS = (
    "NaN",
    "nan",
    "-nan",
    "Infinity",
    "-inf",
    "1e999",
    "null",
    "true",
    '"n/a"',
    '"80"',
    "0x1F",
    "[1]",
    '{"a": [1]}',
)


@pytest.mark.parametrize("value", [*NUMBERS, "1" + "0" * 400, "9" * 9_000, "-" + "9" * 5_000, "[" * 900 + "]" * 900])
def test_metric_that_is_no_number_is_dropped_alone(value: str) -> None:
    one = f'{{"plugin_id": "p", "metrics": {{"cpu": 99, "gpu_temp": {value}, "fan": -1}}, "states": {{"s": "on"}}}}'
    for payload in (one, f'[{{"plugin_id": "a"}}, {one}, {{"plugin_id": "b"}}]'):
        events, bad = streams.decode(payload.encode(), NOW)

        assert [{"cpu": 99.0, "fan": -1.0}] == [e.metrics for e in events if e.plugin_id == "p"]
        assert [{"s": "on"}] == [e.states for e in events if e.plugin_id == "p"]
        assert ["a", "b"] == [e.plugin_id for e in events if e.plugin_id != "p"] or payload == one
        (dropped,) = bad
        assert dropped.is_kept and ["metrics.gpu_temp"] == [field for field, _ in dropped.dropped]
        assert "plugin p" in dropped.reason and "metrics.gpu_temp" in dropped.reason


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ('"plugin_name": 5', "plugin_name"),
        ('"plugin_name": "\\ud800"', "plugin_name"),
        ('"states": {"good": "x", "bad": 5}', "states.bad"),
        ('"states": {"good": "x", "bad": "\\udfff"}', "states.bad"),
        ('"states": [1]', "states"),
        ('"labels": {"good": "x", "bad": null}', "labels.bad"),
        ('"labels": {"good": "x", "": "y"}', "labels."),
        ('"labels": "x"', "labels"),
        ('"metrics": 5', "metrics"),
        ('"metrics": {"\\ud800": 1}', "metrics."),
        ('"errors": {"type": "x"}', "errors"),
        ('"errors": [{"type": "good"}, 5]', "errors.1"),
        ('"errors": [{"type": "good"}, {"message": "x"}]', "errors.1.type"),
        ('"errors": [{"type": "good"}, {"type": "x", "count": 0}]', "errors.1.count"),
        ('"errors": [{"type": "good"}, {"type": "x", "count": "many"}]', "errors.1.count"),
        ('"errors": [{"type": "good", "message": 7}]', "errors.0.message"),
    ],
)
def test_one_bad_part_takes_nothing_else_along(fields: str, place: str) -> None:
    events, bad = streams.decode(f'{{"plugin_id": "p", "metrics": {{"cpu": 1}}, {fields}}}'.encode(), NOW)
    (event,) = events

    assert [True] == [one.is_kept for one in bad]
    assert any(field.startswith(place) for field, _ in bad[0].dropped)
    assert event.labels in ({}, {"good": "x"}) and event.states in ({}, {"good": "x"})
    assert all("good" == report.type for report in event.errors)
    assert "metrics" in place or {"cpu": 1.0} == event.metrics
    assert_is_whole(event)


def test_text_that_is_no_unicode_is_dropped_alone() -> None:
    events, bad = streams.decode(b'{"plugin_id": "p", "metrics": {"cpu": 1}, "labels": {"a": "\xff", "b": "c"}}', NOW)

    assert ({"cpu": 1.0}, {"b": "c"}) == (events[0].metrics, events[0].labels)
    assert [True] == [one.is_kept for one in bad]


def test_what_is_beyond_a_limit_is_dropped_and_the_limit_is_named() -> None:
    for field, value, words in (
        ("labels", {f"label-{i}": "x" for i in range(65)}, "at most 64"),
        ("labels", {"a": "x" * 257}, "at most 256"),
        ("labels", {"a" * 129: "x"}, "at most 128"),
        ("states", {"a": "x" * 257}, "at most 256"),
        ("metrics", {f"m{i}": i for i in range(50_000)}, "at most 1000"),
        ("states", {f"m{i}": "x" for i in range(1_001)}, "at most 1000"),
        ("errors", [{"type": "x"}] * 1_001, "at most 1000"),
        ("errors", [{"type": "x", "message": "y" * 4_097}], "the first 4096"),
    ):
        good, bad = streams.decode(json.dumps({"plugin_id": "p", field: value}).encode(), NOW)

        assert (1, 1) == (len(good), len(bad))
        assert words in bad[0].reason and field in bad[0].reason and len(bad[0].reason) < 1_000


@pytest.mark.parametrize(
    ("at_ms", "words"),
    [
        (NOW // 1000, "looks like seconds"),
        (NOW / 1000 + 0.5, "looks like seconds"),
        (NOW * 1000, "looks like microseconds"),
        (NOW * 1_000_000, "looks like nanoseconds"),
        (946_684_799_999, "before the year 2000"),
        (-NOW, "before the year 2000"),
        (1, "before the year 2000"),
        (NOW + 300_001, "300 s in the future"),
        (10**400, "at_ms"),
    ],
)
def test_time_that_cannot_be_is_refused_and_its_unit_named(at_ms: float, words: str) -> None:
    event = {"plugin_id": "p", "at_ms": at_ms, "metrics": {"x": 1}}
    for body in (event, [{"plugin_id": "a"}, event]):
        good, bad = streams.decode(json.dumps(body).encode(), NOW)

        assert "p" not in [e.plugin_id for e in good]
        assert (1, False) == (len(bad), bad[0].is_kept)
        assert words in bad[0].reason
    assert streams.decode_one([b"e", json.dumps(event).encode()], NOW, {"x"}) is None


@pytest.mark.parametrize("at_ms", [946_684_800_000, NOW - 10 * 365 * 86_400_000, NOW + 300_000, NOW + 0.25, None, 0])
def test_old_but_plausible_time_is_accepted(at_ms: float | None) -> None:
    body = json.dumps({"plugin_id": "p", "at_ms": at_ms}).encode()

    assert [int(at_ms or NOW)] == [e.at_ms for e in streams.decode(body, NOW)[0]]


WHOLE: dict[str, Any] = {
    "plugin_id": "p",
    "plugin_name": "P",
    "at_ms": NOW - 1,
    "metrics": {"cpu": 1.0},
    "states": {"door": "open"},
    "errors": [{"type": "E", "message": "m", "count": 2}],
    "labels": {"region": "kr"},
    "counters": ["cpu"],
    "histograms": [{"name": "took", "count": 2.0, "sum": 1.5, "bounds": [0.5], "counts": [1.0]}],
    "replica": "a",
    "gone": ["disk", "net"],
    "parent_id": "host",
    "renamed_to": "q",
    "request_id": "r1",
}


def test_every_field_of_an_event_stays_when_one_value_of_it_is_dropped() -> None:
    assert set(Event.__struct_fields__) == WHOLE.keys()
    spoiled = {**WHOLE, "metrics": {"cpu": 1.0, "gpu": None}}
    ((event,), (bad,)) = streams.decode(json.dumps(spoiled).encode(), NOW)

    assert WHOLE == json.loads(msgspec.json.encode(event))
    assert ["metrics.gpu"] == [one.field for one in bad.dropped]


@pytest.mark.parametrize(
    ("gone", "kept", "dropped"),
    [
        (["a", "", "b"], ["a", "b"], ["gone.1"]),
        (["a", 7, "b\u200b", "x" * 129], ["a"], ["gone.1", "gone.2", "gone.3"]),
        ("a", [], ["gone"]),
        ([f"m{n}" for n in range(MAX_METRICS + 2)], [f"m{n}" for n in range(MAX_METRICS)], ["gone"]),
        (None, [], []),
    ],
)
def test_ended_metric_that_has_no_name_is_dropped_alone(gone: object, kept: list[str], dropped: list[str]) -> None:
    ((event,), bad) = streams.decode(json.dumps({"plugin_id": "p", "gone": gone, "labels": None}).encode(), NOW)

    assert kept == list(event.gone)
    assert dropped == [one.field for entry in bad for one in entry.dropped]


@pytest.mark.parametrize(
    ("parent_id", "kept", "dropped"),
    [
        ("host", "host", []),
        ("", "", []),
        (None, "", []),
        ("x" * 129, "", ["parent_id"]),
        ("h\u200bost", "", ["parent_id"]),
        (7, "", ["parent_id"]),
    ],
)
def test_parent_that_has_no_name_is_dropped_alone(parent_id: object, kept: str, dropped: list[str]) -> None:
    checked = {"n", "p"}
    body = json.dumps({"plugin_id": "p", "metrics": {"n": 1}, "parent_id": parent_id}, ensure_ascii=False).encode()
    one = streams.decode_one([b"e", body], NOW, checked)
    ((event,), bad) = streams.decode(body, NOW, checked)

    assert one is None or kept == one.parent_id
    assert (kept, {"n": 1.0}) == (event.parent_id, event.metrics)
    assert dropped == [one.field for entry in bad for one in entry.dropped]


# -- properties ---------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["", "\ud800"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
NAME = st.text(min_size=1, max_size=8).filter(lambda name: names.hides(name) is None)
GOOD = st.dictionaries(NAME, st.floats(allow_nan=False, allow_infinity=False), max_size=4)


@given(
    metrics=GOOD, noise=st.dictionaries(NAME, JSON, max_size=4), place=st.sampled_from(["metrics", "states", "labels"])
)
def test_property_good_values_survive_any_neighbour(metrics: dict, noise: dict, place: str) -> None:
    good = metrics if place == "metrics" else dict.fromkeys(metrics, "text")
    bad = {name: value for name, value in noise.items() if name not in good}
    payload = json.dumps([{"plugin_id": "p", place: {**bad, **good}}, {"plugin_id": "q"}]).encode()
    events, refused = streams.decode(payload, NOW)
    kept = getattr(events[0], place)

    assert ["p", "q"] == [e.plugin_id for e in events]
    assert good == {name: kept[name] for name in good}
    told = {field.partition(".")[2] for one in refused for field, _ in one.dropped}
    assert set(bad) == {name for name in bad if name in kept or name in told}
    for value in kept.values():
        assert isinstance(value, str) if place != "metrics" else math.isfinite(value)
    for event in events:
        assert_is_whole(event)


@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys(("plugin_id", "at_ms", "metrics", "states", "errors"), JSON)), JSON
)
def test_property_any_document_is_judged_without_an_exception(event: dict, other: object) -> None:
    for document in (event, [event, {"plugin_id": "q"}], other, [other, {"plugin_id": "q"}]):
        events, bad = streams.decode(json.dumps(document).encode(), NOW)

        assert all(one.reason for one in bad)
        assert isinstance(document, dict) or document is other or "q" == events[-1].plugin_id


@given(st.binary(max_size=200))
def test_property_any_bytes_are_judged_without_an_exception(payload: bytes) -> None:
    for wrapped in (payload, b'{"plugin_id": "p", "metrics": {"x": ' + payload + b"}}"):
        events, bad = streams.decode(wrapped, NOW)
        assert events or bad or wrapped.strip() == b"[]"


@pytest.mark.parametrize("change", [{"name": "to\u200bok"}, {"counts": [-1.0]}, {"bounds": ["x"]}, {"name": "x" * 128}])
def test_bad_histogram_is_dropped_alone(change: dict[str, Any]) -> None:
    good = {"name": "took", "count": 2.0, "bounds": [0.5], "counts": [1.0]}
    document = {"plugin_id": "p", "metrics": {"x": 1.0}, "histograms": [{**good, **change}, good]}
    body = json.dumps(document, ensure_ascii=False).encode()

    assert streams.decode_one([b"e", body], NOW, {"x"}) is None
    ((event,), (bad,)) = streams.decode(body, NOW)
    assert (["took"], {"x": 1.0}) == ([one.name for one in event.histograms], event.metrics)
    assert ["histograms.0"] == [one.field for one in bad.dropped]
