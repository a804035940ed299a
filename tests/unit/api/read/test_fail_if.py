"""Conditions on the figures of a backtest: what they mean, and what they refuse."""

import pytest

from api.read import fail_if
from shared.errors import Invalid

FIGURES = {
    "firings": 5,
    "firing": 0,
    "notifications": 21,
    "at_night": 3,
    "missed": 0,
    "added": 2,
    "missed_acknowledged": 0,
}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("notifications > 20", True),
        ("notifications>21", False),
        ("at_night >= 3", True),
        ("missed != 0", False),
        ("firings == 5 and missed > 0", False),
        ("firings < 6 and missed <= 0.5", True),
        # `and` binds closer than `or`.
        ("firings == 5 or missed > 0 and added > 9", True),
        ("missed > 0 and firings == 5 or added == 2", True),
    ],
)
def test_condition_holds(text: str, holds: bool) -> None:
    assert holds == fail_if.parse(text).holds(FIGURES)


@pytest.mark.parametrize(
    "text",
    [
        *("", "and", "notifications", "notifications >", "notifications > many", "20 < notifications", "firings = 5"),
        *("notifications > 20 or", "(firings > 1)", "rules > 1", "firings > 1 andmissed > 0", "firings > -1"),
        *("firings > 1" + " or firings > 1" * 40, "__class__ > 1", "firings > ١"),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        fail_if.parse(text)
