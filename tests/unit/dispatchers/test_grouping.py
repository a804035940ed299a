"""Whose notifications go together."""

import pytest
from msgspec import structs

from dispatchers import grouping
from shared.models import Alert, Policy


@pytest.mark.parametrize(
    ("group_by", "expected"),
    [
        ("rule", "rule:cpu_high"),
        ("plugin", "plugin:웹-1"),
        ("severity", "severity:warning"),
        ("label:region", "label:region:kr"),
        ("label:rack", "label:rack:"),
        ("none", "a"),
    ],
)
def test_group_follows_the_rules_group_by(group_by: str, expected: str) -> None:
    alert = Alert(
        id="a",
        rule_id="cpu_high",
        rule_name="CPU 높음",
        plugin_id="웹-1",
        plugin_name="웹 1",
        severity="warning",
        state="firing",
        channels=["web"],
        condition="cpu > 80",
        started_at_ms=1,
        labels={"region": "kr"},
    )

    assert expected == grouping.group_of(structs.replace(alert, policy=Policy(group_by=group_by)))
