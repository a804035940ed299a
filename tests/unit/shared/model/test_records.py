"""The records of the control plane as the stream holds them."""

import pytest
from msgspec import Raw

from shared.model import records
from shared.model.encoding import encode
from shared.model.records import (
    Actor,
    AlertChanged,
    Attempted,
    ChannelChanged,
    LineAdded,
    Restored,
    RuleChanged,
    Unreadable,
)

EACH: list[records.Record] = [
    AlertChanged(alert=Raw(b'{"id":"a"}'), line=Raw(b'{"kind":"firing"}'), is_first=True),
    LineAdded(alert_id="a", line=Raw(b'{"kind":"suppressed"}')),
    Attempted(alert_id="a", channel="web", outcome="unfinished", news="firing", episode=1, ledger=Raw(b"{}")),
    records.SilenceChanged(change="ended", at_ms=1, actor=Actor("김", "user:kim"), document=Raw(b'{"id":"s"}')),
    RuleChanged(rule_id="r", revision=3, at_ms=2, actor=Actor("root", "shell:root")),
    ChannelChanged(channel="slack", at_ms=3, actor=Actor(), document=Raw(b'{"enabled":true}')),
    Restored(),
]


def entries(*new: records.Record, most_bytes: int = 10_000) -> list[dict[bytes, bytes]]:
    return [{records.RECORDS_FIELD: body} for body in records.packed(new, most_bytes)]


def test_each_kind_is_read_as_it_was_written() -> None:
    (entry,) = entries(*EACH)

    assert [encode(one) for one in EACH] == [encode(one) for one in records.read(entry)]


def test_documents_are_written_as_they_were_stored() -> None:
    body = '{"id":"알림", "n":1.0}'.encode()
    (entry,) = entries(AlertChanged(alert=Raw(body), line=Raw(b"{}")))
    (found,) = records.read(entry)

    assert isinstance(found, AlertChanged)
    assert body == bytes(found.alert)


def test_many_records_are_divided_and_keep_their_order() -> None:
    rules = [RuleChanged(rule_id=f"r{n}", revision=1, at_ms=1, actor=Actor()) for n in range(50)]
    parts = entries(*rules, most_bytes=1_000)
    found = [one for entry in parts for one in records.read(entry)]

    assert len(parts) > 1 and all(len(entry[records.RECORDS_FIELD]) < 1_100 for entry in parts)
    assert [f"r{n}" for n in range(50)] == [one.rule_id for one in found if isinstance(one, RuleChanged)]
    assert [] == entries()


def test_a_record_larger_than_an_entry_has_one_of_its_own() -> None:
    large = LineAdded(alert_id="a", line=Raw(b'"%s"' % (b"x" * 500)))

    assert 3 == len(entries(large, large, large, most_bytes=100))


def test_a_record_of_a_newer_release_hides_no_other() -> None:
    body = b'[{"is":"prophecy"},%s,{"is":"rule"},[]]' % encode(Restored())
    kinds = [type(one) for one in records.read({records.RECORDS_FIELD: body})]

    assert [Unreadable, Restored, Unreadable, Unreadable] == kinds


@pytest.mark.parametrize("body", [b"", b"{}", b"[", b"\xff", b'[{"is":"restored"}'])
def test_what_is_no_list_of_records_is_one_that_nobody_can_read(body: bytes) -> None:
    assert [Unreadable()] == records.read({records.RECORDS_FIELD: body})


def test_entries_of_what_was_there_before() -> None:
    alert = {b"alert": b"{}", b"lines": b'{"a":1}\n\n{"b":2}', b"first": b"17"}

    assert [records.ExistingAlert(b"{}", [b'{"a":1}', b'{"b":2}'], 17)] == records.read(alert)
    assert [records.ExistingAlert(b"{}", [], None)] == records.read({b"alert": b"{}", b"first": b"1e3"})
    assert [records.ExistingDocument("rule", b"{}")] == records.read({b"rule": b"{}"})
    assert [records.ExistingDocument("silence", b"{}")] == records.read({b"silence": b"{}"})
    assert [records.Backfilled()] == records.read({b"backfilled": b""})
    assert [Unreadable()] == records.read({b"other": b""})
