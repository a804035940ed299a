"""Every benchmark, once and tiny, so that none rots. Its figures mean nothing here."""

from importlib import import_module
from pathlib import Path

import pytest

from tests.benchmarks.__main__ import NAMES
from tests.benchmarks.figures import TINY
from tests.support.clients import PROMETHEUS, needs

pytestmark = pytest.mark.slow
NO_BENCHMARKS = {"__init__", "__main__", "figures", "test_tiny"}
"""Modules that others use have a name beginning with `_`."""


def test_every_benchmark_is_listed() -> None:
    found = {path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_")}

    assert found - NO_BENCHMARKS == set(NAMES)


FLOORS = {"remote_write": [needs(PROMETHEUS)]}
"""Programs that a floor needs."""


@pytest.mark.parametrize("name", [pytest.param(name, marks=FLOORS.get(name, [])) for name in NAMES])
def test_benchmark_yields_figures(name: str) -> None:
    figures = import_module(f"tests.benchmarks.{name}").run(TINY)

    assert figures
    for figure in figures:
        assert figure.median > 0, figure
        assert not figure.floor_rounds or figure.ratio, figure
