"""A dead letter keeps code and values of its reason beside the text, whatever stands in the field that holds them."""

import pytest

from shared.model import dead_letter, reasons

TOO_MANY = reasons.of("event.entry_events", events=500, limit=200)


def test_stored_reason_is_read_back_with_its_code_and_values() -> None:
    text, why = dead_letter.fields(TOO_MANY)

    shown = dead_letter.shown({b"reason": text, b"why": why, b"payload": b"[]"})

    assert {
        "reason": "500 events in one entry; the limit is 200",
        "reason_code": "event.entry_events",
        "reason_values": {"events": 500, "limit": 200},
        "payload": "[]",
    } == shown


def test_letter_of_an_earlier_release_shows_its_text_and_no_code() -> None:
    assert {"reason": "too large", "reason_code": "", "reason_values": {}} == dead_letter.shown(
        {b"reason": b"too large"}
    )


@pytest.mark.parametrize("cited", ["x" * 5_000, "\ud800"], ids=["too long", "not UTF-8"])
def test_reason_that_cannot_be_stored_with_its_values_keeps_its_text(cited: str) -> None:
    text, why = dead_letter.fields(reasons.of("event.no_command", error=cited))

    assert text.startswith(b"not a command: ")
    assert b"" == why


@pytest.mark.parametrize(
    "why",
    [
        b"",
        b"no JSON",
        b"[]",
        b'{"code": 1}',
        b"\xff",
        b"[" * 4_000,
        b'{"code": "event.name", "values": []}',
        b"1" * 9_999,
    ],
    ids=["nothing", "no JSON", "a list", "a number", "no UTF-8", "deep", "no values", "too long"],
)
def test_field_that_holds_no_reason_costs_nothing_but_itself(why: bytes) -> None:
    shown = dead_letter.shown({b"reason": b"broken", b"why": why})

    assert ("broken", "", {}) == (shown["reason"], shown["reason_code"], shown["reason_values"])
