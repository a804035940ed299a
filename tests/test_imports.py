"""Who may import whom (docs/architecture.md), and what a pure module may not touch."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("shared", "producers", "ingest", "evaluator", "dispatchers", "api")
CATALOGUES = {
    "evaluator.condition",
    "evaluator.conditions",
    "dispatchers.channel",
    "dispatchers.channel_config",
    "dispatchers.connect",
    "dispatchers.network",
    "dispatchers.channels",
    "dispatchers.user_templates",
    "dispatchers.render",
}
"""Descriptions of kinds and of the ways out: what `api`, and the seed's facade, may import of other stages."""
DOORS = {
    *("api.auth", "api.auth.bearer", "api.auth.identity"),
    *("api.limits", "api.limits.publishing"),
    *("api.web.http_worker", "api.web.serving"),
}
"""What `ingest` shares with the API: who a key is, its quotas, and the server under both."""
PURE = (
    *("ingest.entities", "ingest.format"),
    *(f"ingest.formats.{name}" for name in ("collectd", "influx", "otlp", "remote_write", "statsd")),
    *(
        "shared.model.lifecycle",
        "shared.model.partitions",
        "shared.model.backoff",
        "shared.model.alerts",
        "shared.model.reasons",
        "shared.model.sentences",
        "shared.redis.streams",
    ),
    *("shared.model.salvage", "shared.model.event_time", "producers.plain"),
    *("evaluator.plugin_memory", "evaluator.decide", "evaluator.index", "evaluator.engine", "evaluator.condition"),
    "evaluator.stored",
    "evaluator.clock_steps",
    *(
        "dispatchers.ledger",
        "dispatchers.suppress",
        "dispatchers.escalation",
        "dispatchers.grouping",
        "dispatchers.route",
        "dispatchers.user_templates",
    ),
)
IMPURE = {"redis", "requests", "time", "random", "logging", "socket", "threading", "os", "subprocess"}


def modules() -> list[tuple[str, Path]]:
    found = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "node_modules" not in path.parts:
                found.append((".".join(path.relative_to(ROOT).with_suffix("").parts), path))
    return found


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return found


def allowed(importer: str, imported: str) -> bool:
    package, target = importer.split(".")[0], imported.split(".")[0]
    if target not in PACKAGES or target == package:
        return True
    if importer == "producers.publisher":
        return False
    if package == "ingest" and any(imported == d or imported.startswith(d + ".") for d in DOORS):
        return True
    if package == "shared" or target == "api":
        return False
    if target == "shared":
        return True
    if package == "api" or importer == "producers.enhanced_alert_system":
        return imported == target or any(imported == c or imported.startswith(c + ".") for c in CATALOGUES)
    return False


@pytest.mark.parametrize(("name", "path"), modules())
def test_module_imports_only_what_its_place_allows(name: str, path: Path) -> None:
    wrong = {i for i in imports(path) if not allowed(name, i)}

    assert wrong == set()


@pytest.mark.parametrize("name", PURE)
def test_pure_module_touches_neither_clock_nor_network(name: str) -> None:
    path = ROOT / (name.replace(".", "/") + ".py")
    assert path.exists(), f"{name} is listed as pure but gone"

    assert {i.split(".")[0] for i in imports(path)} & IMPURE == set()


def test_publisher_needs_only_redis_and_the_standard_library() -> None:
    needed = {"publisher": {"redis", "producers.plain"}, "plain": set()}
    for module, others in needed.items():
        found = imports(ROOT / "producers" / f"{module}.py")
        ours = {i for i in found if i.startswith("producers.") and (ROOT / f"{i.replace('.', '/')}.py").exists()}
        tops = {i.split(".")[0] for i in found} - set(sys.stdlib_module_names)

        assert (ours | tops) - {"producers"} == others


def files_of_tests() -> list[Path]:
    return sorted((ROOT / "tests").rglob("*.py"))


def is_test(module: str) -> bool:
    name = module.rsplit(".", 1)[-1]
    return module.startswith("tests.") and (name.startswith("test_") or name == "conftest")


@pytest.mark.parametrize("path", files_of_tests(), ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_imports_a_test(path: Path) -> None:
    """What tests share is in tests/support; a fixture that several modules use is in one of its plugins."""
    assert set() == {i for i in imports(path) if is_test(i)}


def test_folders_of_unit_tests_are_packages_of_the_product() -> None:
    folders = {path.parent.relative_to(ROOT / "tests/unit") for path in (ROOT / "tests/unit").rglob("test_*.py")}

    assert [] == sorted(str(f) for f in folders if not (ROOT / f / "__init__.py").exists() and f != Path())
