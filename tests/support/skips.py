"""A plugin of pytest: what is missing on a machine skips a test on a laptop, and fails it in CI."""

import os
from collections.abc import Generator

import pytest

IN_CI = os.environ.get("CI", "").lower() not in ("", "0", "false")


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if not (IN_CI and report.skipped):
        return
    said = report.longrepr
    where, why = (said[0], said[2]) if isinstance(said, tuple) else ("", said)
    report.outcome = "failed"
    report.longrepr = f"{where}: nothing is skipped in CI: {why}"
    # pytest counts no failure that was expected.
    vars(report).pop("wasxfail", None)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Make a skipped test in CI a failure, an expected failure too."""
    report = yield
    _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Make a module that skips itself in CI a failure."""
    report = yield
    _refuse_skip(report)
    return report
