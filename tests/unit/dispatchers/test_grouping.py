"""Whose notifications go together."""

import pytest

from dispatchers import grouping
from shared.model.alerts import Policy
from tests.support.factories import an_alert


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
    alert = an_alert(rule_id="cpu_high", plugin_id="웹-1", labels={"region": "kr"}, policy=Policy(group_by=group_by))

    assert expected == grouping.group_of(alert)
