"""Every benchmark, once and tiny, so that none rots. Its figures mean nothing here."""

from importlib import import_module
from pathlib import Path

import pytest

from tests.benchmarks.__main__ import NAMES
from tests.benchmarks.figures import TINY

pytestmark = pytest.mark.slow
NO_BENCHMARKS = {"__init__", "__main__", "figures", "test_tiny"}
"""Modules that others use have a name beginning with `_`."""


def test_every_benchmark_is_listed() -> None:
    found = {path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_")}

    assert found - NO_BENCHMARKS == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_benchmark_yields_figures(name: str) -> None:
    figures = import_module(f"tests.benchmarks.{name}").run(TINY)

    assert figures
    for figure in figures:
        assert figure.median > 0, figure
        assert not figure.floor_rounds or figure.ratio, figure
