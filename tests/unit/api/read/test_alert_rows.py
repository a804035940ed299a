"""Alerts as CSV."""

import csv
import io

import pytest

from api.read import alert_rows
from tests.support.factories import an_alert


def rows(*alerts: object) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("".join(alert_rows.lines(alerts)))))  # type: ignore[arg-type]


def test_a_row_has_what_a_person_needs() -> None:
    (row,) = rows(
        an_alert(
            "resolved", value=95.5, labels={"team": "웹"}, started_at_ms=1_000, resolved_at_ms=61_500, reason='a "b"'
        )
    )

    assert ("a", "resolved", "CPU 높음", "95.5") == tuple(row[name] for name in ("id", "state", "rule_name", "value"))
    assert ("1970-01-01T00:00:01.000Z", "60.500", "") == (row["started_at"], row["duration_s"], row["fired_at"])
    assert ('{"team":"웹"}', 'a "b"') == (row["labels"], row["reason"])


def test_an_open_alert_has_no_end() -> None:
    (row,) = rows(an_alert("firing", started_at_ms=1 << 62))

    assert ("", "", "") == (row["started_at"], row["resolved_at"], row["duration_s"])


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])
def test_no_cell_is_a_formula(start: str) -> None:
    text = f"{start}HYPERLINK(1)"
    names = (
        "rule_name",
        "plugin_id",
        "plugin_name",
        "condition",
        "acknowledged_by",
        "resolved_by",
        "assignee",
        "reason",
    )
    buffer = "".join(alert_rows.lines([an_alert("resolved", description=text, **dict.fromkeys(names, text))]))
    (row,) = csv.DictReader(io.StringIO(buffer, newline=""))

    assert {f"'{text}"} == {row[name] for name in names}
