"""A module is one idea that a reader can hold: none is over 300 lines or only imports, and no class is over 250."""

import ast
from pathlib import Path

import pytest

from tests.support.processes import ROOT

MAX_LINES, MAX_LINES_OF_CLASS = 300, 250
PAGE = ROOT / "api" / "ui" / "src"
GENERATED = {PAGE / "api" / "schema.d.ts"}
"""Written by a program from the API's description; nobody reads it."""
PACKAGES = ("api", "archive", "dispatchers", "evaluator", "ingest", "insight", "producers", "scripts", "shared")
PYTHON = sorted(
    path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if "node_modules" not in path.parts
)
SCRIPTS = sorted(path for kind in ("*.ts", "*.tsx") for path in PAGE.rglob(kind) if path not in GENERATED)
MODULES = [path for path in (*PYTHON, *SCRIPTS) if ".test." not in path.name]


def lines_of(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


def test_the_walk_finds_the_product() -> None:
    assert len(PYTHON) > 300 and len(SCRIPTS) > 100
    assert ROOT / "evaluator" / "engine.py" in MODULES and PAGE / "pages" / "rules" / "RuleForm.tsx" in MODULES


@pytest.mark.parametrize("package", [*PACKAGES, "page"])
def test_no_module_is_larger_than_a_reader_can_hold(package: str) -> None:
    home = PAGE if package == "page" else ROOT / package
    of_package = [path for path in MODULES if home in path.parents and (package == "page" or PAGE not in path.parents)]
    too_large = {str(path.relative_to(ROOT)): lines_of(path) for path in of_package if lines_of(path) > MAX_LINES}

    assert {} == too_large


def test_no_class_is_larger_than_a_reader_can_hold() -> None:
    too_large = {}
    for path in PYTHON:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef) and node.end_lineno:
                size = node.end_lineno - node.lineno + 1
                if size > MAX_LINES_OF_CLASS:
                    too_large[f"{path.relative_to(ROOT)}:{node.name}"] = size

    assert {} == too_large


def passes_through(tree: ast.Module) -> bool:
    """Return whether a module only imports, and gives other names to what it imported. An empty one marks a package."""
    body = [node for node in tree.body if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))]
    return bool(body) and all(isinstance(node, ast.Import | ast.ImportFrom) or renames(node) for node in body)


def renames(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and all(
        isinstance(part, ast.Name | ast.Attribute | ast.List | ast.Tuple | ast.Constant | ast.expr_context)
        for part in ast.walk(node.value)
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(("", False), ('"""A package."""', False), ("import a\nfrom b import c\n", True)),
        *(("from b import c\n__all__ = ['c']\nd = c.e\n", True), ("import a\nb = a.Encoder().encode\n", False)),
        ("from b import c\ndef d():\n    return c()\n", False),
    ],
)
def test_passing_through_is_importing_alone(text: str, expected: bool) -> None:
    assert expected == passes_through(ast.parse(text))


def test_no_module_only_passes_through() -> None:
    idle = [str(path.relative_to(ROOT)) for path in PYTHON if passes_through(ast.parse(path.read_text("utf-8")))]

    assert [] == idle
