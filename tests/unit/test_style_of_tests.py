"""Tests read alike: what is expected stands on the left, and a module of integration tests opens with its story."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.processes import ROOT

TESTS = sorted((ROOT / "tests").rglob("test_*.py"))
STORIES = [path for path in TESTS if path.parent.name in ("integration", "acceptance", "chaos", "contract", "ui")]


def comparisons(path: Path) -> Iterator[ast.Compare]:
    """Yield each `a == b` that is asserted, alone or joined to others by `and`."""
    for found in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(found, ast.Assert):
            is_joined = isinstance(found.test, ast.BoolOp) and isinstance(found.test.op, ast.And)
            for one in found.test.values if is_joined else [found.test]:
                if isinstance(one, ast.Compare) and [ast.Eq] == [type(op) for op in one.ops]:
                    yield one


def is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError):
        return False
    return True


@pytest.mark.parametrize("path", TESTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_expected_stands_on_the_left(path: Path) -> None:
    """`assert expected == actual`: whoever reads a failure knows which is which."""
    turned = [one.lineno for one in comparisons(path) if is_literal(one.comparators[0]) and not is_literal(one.left)]

    assert [] == turned


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_module_opens_with_its_story(path: Path) -> None:
    assert 5 <= len((ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").split())
