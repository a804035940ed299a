"""A message says the value, the threshold, how long, and where to look; in both languages; and runs nothing."""

import pytest
from msgspec import structs

from dispatchers import render
from dispatchers.channel import Item
from tests.unit.dispatchers.test_ledger import an_alert

T = 1_700_000_000_000
ALERT = structs.replace(
    an_alert("firing"),
    value=91.5,
    threshold=80.0,
    started_at_ms=T,
    plugin_id="plugin-1",
    description="설명 <b>{{ 7 * 7 }}</b>",
    runbook_url="https://wiki.example.com/cpu",
    reason="cpu = 91.5 is > 80",
)


def test_message_holds_what_an_operator_needs() -> None:
    message = render.notification("email", [Item("firing", ALERT, "http://x/alerts/a")], T + 65_000)

    assert message.title == "[FIRING 발생] WARNING: CPU 높음 — 플러그인"
    for part in ("91.5", "80", "cpu > 80", "1 min 5 s", "플러그인 (plugin-1)", "http://x/alerts/a", "wiki.example.com"):
        assert part in message.text
        assert part.replace(">", "&gt;") in message.html


def test_text_from_people_is_neither_executed_nor_markup() -> None:
    message = render.notification("email", [Item("firing", ALERT, "http://x")], T)

    assert "{{ 7 * 7 }}" in message.text
    assert "<b>" not in message.html
    assert "&lt;b&gt;{{ 7 * 7 }}&lt;/b&gt;" in message.html


def test_several_alerts_make_one_message_that_counts_them() -> None:
    items = [
        Item("firing", ALERT, "http://x/1"),
        Item("resolved", ALERT, "http://x/2"),
        Item("firing", ALERT, "http://x/3"),
    ]

    message = render.notification("email", items, T)

    assert message.title == "[FIRING 발생 2, RESOLVED 해결됨 1] CPU 높음"
    assert all(item.link in message.text for item in items)


@pytest.mark.parametrize(
    ("ms", "expected"),
    [(0, "0 s"), (999, "0 s"), (59_000, "59 s"), (60_000, "1 min"), (3_661_000, "1 h 1 min"), (90_000_000, "1 d 1 h")],
)
def test_duration_is_told_in_at_most_two_units(ms: int, expected: str) -> None:
    assert expected == render.duration(ms)
