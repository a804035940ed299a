"""A rule file that is large or nested without end is refused before it costs anything."""

import tracemalloc

import pytest

from api.change import rule_files
from shared.errors import Invalid

DEEP = 90_000
PARTS = {
    "toml keys": ("toml", ".".join(["a"] * DEEP) + " = 1"),
    "toml spaced keys": ("toml", " . ".join(["a"] * DEEP) + " = 1"),
    "toml quoted keys": ("toml", ".".join(['"a b"'] * DEEP) + " = 1"),
    "toml table": ("toml", "[" + ".".join(["a"] * DEEP) + "]"),
    "toml tables": ("toml", "[[" + ".".join(["a"] * DEEP) + "]]"),
    "toml inline": ("toml", "x = {y = 1, " + ".".join(["a"] * DEEP) + " = 1}"),
    "toml arrays": ("toml", "x = " + "[" * DEEP),
    "toml inline tables": ("toml", "x = " + "{a = " * DEEP),
    "json lists": ("json", "[" * DEEP),
    "json objects": ("json", '{"a":' * DEEP),
    "json digits": ("json", '[{"threshold": ' + "9" * DEEP + "}]"),
}


@pytest.mark.parametrize("shape", PARTS)
def test_deep_file_is_refused_at_little_cost(shape: str) -> None:
    kind, text = PARTS[shape]
    tracemalloc.start()
    try:
        with pytest.raises(Invalid):
            rule_files.parse(text, kind)  # type: ignore[arg-type]
        assert tracemalloc.get_traced_memory()[1] < 200_000_000
    finally:
        tracemalloc.stop()


def test_ordinary_dots_are_no_depth() -> None:
    text = (
        '[[rule]]\nid = "a"\nname = "n"\nmetric = "m"\noperator = ">"\nthreshold = 1.5\n'
        'description = "One. Two... ' + "and so on.... " * 20 + '"\n'
    )

    assert ["a"] == [rule.id for rule in rule_files.parse(text, "toml")]
