"""Entries are judged one event at a time: a bad one never takes its neighbours with it."""

import json

import pytest

from shared import streams

NOW = 1_700_000_000_000


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "truncated"),
        (b"not json", "JSON"),
        (b'"text"', "Expected `object`"),
        (b"42", "Expected `object`"),
        (b"{}", "plugin_id"),
        (b'{"plugin_id": 7}', "plugin_id"),
        (b'{"plugin_id": ""}', "plugin_id"),
        (b'{"plugin_id": "p", "metrics": {"cpu": NaN}}', "JSON"),
        (b'{"plugin_id": "p", "metrics": {"cpu": Infinity}}', "JSON"),
        (b'{"plugin_id": "p", "metrics": {"cpu": 1e999}}', "out of range"),
        (b'{"plugin_id": "p", "metrics": {"cpu": "80"}}', "metrics"),
        (b'{"plugin_id": "p", "metrics": {"cpu": true}}', "metrics"),
        (b'{"plugin_id": "p", "at_ms": "now"}', "at_ms"),
        (b'{"plugin_id": "p", "at_ms": -1}', "at_ms"),
        (b'{"plugin_id": "\xff"}', ""),
        (b"[" * 100_000, ""),
        (json.dumps({"plugin_id": "x" * 129}).encode(), "length"),
        (json.dumps({"plugin_id": "p", "at_ms": NOW + 300_001}).encode(), "300 s in the future"),
        (b"x" * (streams.MAX_ENTRY_BYTES + 1), "over the limit"),
        (json.dumps([{"plugin_id": "p"}] * 1001).encode(), "1001 events"),
    ],
)
def test_bad_entry_is_refused_with_a_reason(payload: bytes, reason: str) -> None:
    events, bad = streams.decode(payload, NOW)

    assert events == []
    assert len(bad) >= 1
    assert reason.lower() in bad[0].reason.lower()


def test_good_events_between_bad_ones_are_kept_in_order() -> None:
    payload = b' [{"plugin_id":"a"}, {"plugin_id":""}, 5, [1], null, {"plugin_id":"b","metrics":{"x":1}}]'

    events, bad = streams.decode(payload, NOW)

    assert [e.plugin_id for e in events] == ["a", "b"]
    assert len(bad) == 4


def test_unknown_fields_are_tolerated_and_kept_out() -> None:
    events, bad = streams.decode(b'{"plugin_id":"p","colour":"red","metrics":{"x":2}}', NOW)

    assert bad == []
    assert not hasattr(events[0], "colour")


def test_event_without_time_takes_that_of_its_entry() -> None:
    events, _ = streams.decode(b'{"plugin_id":"p"}', NOW)

    assert events[0].at_ms == NOW


def test_event_with_too_many_or_too_long_labels_is_refused_with_the_limit() -> None:
    for labels, words in (
        ({f"label-{i}": "x" for i in range(65)}, "length <= 64"),
        ({"a": "x" * 257}, "length <= 256"),
        ({"a" * 129: "x"}, "length <= 128"),
    ):
        good, bad = streams.decode(json.dumps({"plugin_id": "p", "labels": labels}).encode(), NOW)

        assert ([], 1) == (good, len(bad))
        assert words in bad[0].reason and "labels" in bad[0].reason
