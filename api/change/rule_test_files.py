"""Tests of rules in files: `*.test.toml` and `*.test.json`, beside the rules or in a folder of their own."""

import json
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from api.change import routes_file, rule_files
from insight import rule_tests
from insight.rule_tests import Outcome
from shared.errors import Invalid
from shared.model import reasons
from shared.model.rules import Rule


def run(path: Path) -> Iterator[tuple[Path, Outcome]]:
    """
    Play the tests of a file, or of all such files of a folder and the folders in it.

    Raises:
        Invalid: a file cannot be read, or something in it is wrong; names file and test.
    """
    files = [path] if path.is_file() else [one for one in sorted(path.rglob("*")) if rule_files.is_of_tests(one.name)]
    if not files:
        raise Invalid({str(path): reasons.of("ruletest.no_file")}, "The folder")
    for file in files:
        with _naming(str(file)):
            tests = rule_tests.parse(_document(file))
        places = [tests.rules] if isinstance(tests.rules, str) else tests.rules
        rules = [rule for place in places for rule in _rules(file.parent / place)]
        tree = routes_file.load(file.parent / tests.routes) if tests.routes else None
        for one in tests.test:
            with _naming(f"{file}, {one.name}"):
                outcome = rule_tests.run(one, rules, tree)
            yield file, outcome


def _rules(place: Path) -> list[Rule]:
    if not place.exists():
        raise Invalid({str(place): reasons.of("file.unreadable", error="No such file or directory")}, "The file")
    return rule_files.load(place)


def _document(file: Path) -> Any:
    text = rule_files.read_text(file)
    try:
        if file.suffix == ".json":
            return json.loads(text)
        rule_files.check_keys(text, str(file))
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise Invalid({str(file): reasons.of("file.unreadable", error=str(error))}, "The file") from None


@contextmanager
def _naming(place: str) -> Iterator[None]:
    """Name the place in what is wrong with it."""
    try:
        yield
    except Invalid as error:
        raise Invalid({f"{place}: {field}": why for field, why in error.reasons.items()}, "The file") from None
