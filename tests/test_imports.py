"""Who may import whom (docs/architecture.md), and what a pure module may not touch."""

import ast
import re
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("shared", "producers", "ingest", "evaluator", "archive", "insight", "dispatchers", "api")
CATALOGUES = {
    *("ingest.trial", "ingest.entities", "ingest.body_trial", "ingest.formats.webhooks.json_body"),
    "evaluator.condition",
    "evaluator.conditions",
    "evaluator.histograms",
    *("evaluator.compiled_rule", "evaluator.fleet_rule", "evaluator.fleet_partials"),
    *("evaluator.comparison", "evaluator.formulas"),
    *(
        "archive.chunk",
        "archive.columns",
        "archive.journal",
        "archive.opening",
        "archive.readers",
        "archive.reading",
        "archive.store",
    ),
    "dispatchers.channel",
    "dispatchers.channel_config",
    "dispatchers.connect",
    "dispatchers.network",
    "dispatchers.channels",
    "dispatchers.user_templates",
    "dispatchers.render",
    *("dispatchers.choose_channels", "dispatchers.grouping"),
    *("archive.kept_history", "archive.opening", "archive.sql_archive", "archive.store"),
    *("insight.questions", "insight.rule_tests"),
    *("archive.search", "archive.search_query", "archive.search_text"),
}
"""
Descriptions of kinds and of the ways out, and reading the archive: what `api`, and the seed's facade, may import of
other stages.
"""
DOORS = {
    *("api.auth", "api.auth.bearer", "api.auth.identity"),
    *("api.change", "api.change.operations"),
    *("api.limits", "api.limits.publishing"),
    *("api.web", "api.web.http_worker", "api.web.problems", "api.web.serving"),
}
"""
What `ingest` shares with the API: who a key is, its quotas, the form of a refusal, the server under both, and how an
alert is acknowledged.
"""
WAYS_OUT = {"dispatchers.channel", "dispatchers.connect", "dispatchers.deadline", "dispatchers.network"}
"""How `ingest` reaches the targets that it scrapes: through the same checks of addresses as notifications."""
CALLS_OUT = {"dispatchers.channel", "dispatchers.http", "dispatchers.surroundings"}
"""How `ingest` asks SNS for the certificate of a message: through the door of notifications."""
ARCHIVED_PAST = {"evaluator.archived_past", "evaluator.worker"}
"""What fills the windows of rules that look further back than the streams."""
READING = {f"archive.{name}" for name in ("chunk", "columns", "journal", "opening", "store")}
CLIENT_PURE = tuple(f"producers.{name}" for name in ("plain", "event_body", "entries", "names"))
CLIENT = (
    *CLIENT_PURE,
    *(f"producers.{name}" for name in ("publisher", "sender", "streams", "markers", "connection", "complaints")),
)
"""The publisher: what a plugin's process imports, and nothing else of ours."""
PURE = (
    *("ingest.entities", "ingest.format", "ingest.place_cache", "ingest.places", "ingest.trial", "ingest.cardinality"),
    "ingest.body_trial",
    *(f"ingest.formats.{name}" for name in ("collectd", "influx", "openmetrics", "otlp", "remote_write", "statsd")),
    *("ingest.formats.alertmanager", "ingest.alertmanager.matchers", "ingest.alertmanager.shown"),
    *("ingest.alertmanager.silence_shapes", "ingest.alertmanager.config"),
    *("ingest.formats.statsd_repeated", "ingest.formats.otlp_json", "ingest.histograms", "ingest.families"),
    *("ingest.formats.pagerduty", "ingest.formats.opsgenie", "ingest.incoming.fields", "ingest.incoming.notice"),
    "ingest.formats.webhooks",
    "ingest.scrape.outcome",
    *("shared.model", "shared.redis.streams", *CLIENT_PURE),
    *("insight.hours", "insight.season", "insight.days", "insight.regression", "insight.changes", "insight.capacity"),
    *("insight.periods", "insight.trends", "insight.alerting"),
    *("insight.questions", "insight.metric_answer", "insight.alerting_answer"),
    *("insight.report_answer", "insight.report_metrics"),
    *("insight.chain", "insight.evidence", "insight.decided_again", "insight.rehearsal", "insight.rule_tests"),
    *("insight.explain", "insight.explain_decision", "insight.explain_routing", "insight.explain_channels"),
    "insight.explain_routes",
    *("evaluator.condition", "evaluator.conditions", "evaluator.comparison"),
    *("evaluator.plugin_memory", "evaluator.samples", "evaluator.windows", "evaluator.clock_steps"),
    *("evaluator.checkpoint", "evaluator.snapshot", "evaluator.stored"),
    *("evaluator.histograms", "evaluator.assembly", "evaluator.increase", "evaluator.quantiles"),
    *("evaluator.compiled_rule", "evaluator.plan", "evaluator.index", "evaluator.prefilter"),
    *("evaluator.engine", "evaluator.decide", "evaluator.alert_ids", "evaluator.changes"),
    *("evaluator.plugins", "evaluator.timers"),
    *("evaluator.external", "evaluator.externals", "evaluator.external_terms"),
    *("archive.columns", "archive.chunk", "archive.journal", "archive.compaction", "archive.store"),
    *("archive.record_rows", "archive.record_entries"),
    *("archive.search_query", "archive.search_terms", "archive.search_text", "api.read.alert_rows"),
    *(
        "dispatchers.ledger",
        "dispatchers.attempts",
        "dispatchers.suppress",
        "dispatchers.sources",
        "dispatchers.escalation",
        "dispatchers.grouping",
        "dispatchers.choose_channels",
    ),
    "archive.rollup",
    *("dispatchers.route", "dispatchers.user_templates", "dispatchers.render"),
    *("dispatchers.backlog", "dispatchers.flapping", "dispatchers.system_alerts", "dispatchers.health"),
)
"""Pure modules, and packages all of whose modules are pure: values in, values out."""
IMPURE = {
    *("redis", "requests", "time", "random", "logging", "socket", "threading", "os", "subprocess", "secrets"),
}
"""What a pure module may not import, nor any module of ours that it imports, to the end."""
NOT_YET = {
    ("dispatchers.channel", "shared.log"),
    ("dispatchers.masking", "shared.log"),
    ("dispatchers.channel", "dispatchers.surroundings"),
}
"""Imports, importer first, that still make a pure module impure; this list may only become shorter."""
CHANGING = {
    *("append", "extend", "insert", "add", "update", "setdefault", "pop", "popitem", "remove", "discard", "clear"),
    *("sort", "reverse", "appendleft", "popleft"),
}
"""Methods that change what they are called on."""


@cache
def modules() -> list[tuple[str, Path]]:
    found = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "node_modules" not in path.parts:
                found.append((".".join(path.relative_to(ROOT).with_suffix("").parts), path))
    return found


@cache
def imports(path: Path, at_run_time: bool = False) -> set[str]:
    """
    Return what a module imports.

    Args:
        at_run_time: Leave out what is imported for type checkers alone.
    """
    found = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if at_run_time:
        for node in ast.walk(tree):
            if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
                node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return found


def allowed(importer: str, imported: str) -> bool:
    package, target = importer.split(".")[0], imported.split(".")[0]
    if target not in PACKAGES or target == package:
        return True
    if importer in CLIENT:
        return importer.split(".")[0] == target
    if package == "ingest" and any(imported == d or imported.startswith(d + ".") for d in DOORS):
        return True
    if importer == "ingest.scrape.fetch" and (
        imported == "dispatchers" or any(f"{imported}.".startswith(f"{way}.") for way in WAYS_OUT)
    ):
        return True
    if importer == "ingest.incoming.sns" and (
        imported == "dispatchers" or any(f"{imported}.".startswith(f"{way}.") for way in CALLS_OUT)
    ):
        return True
    if importer == "api.commands.archive" and target == "archive":
        return True
    if importer in ARCHIVED_PAST and (
        imported == "archive" or any(f"{imported}.".startswith(f"{name}.") for name in READING)
    ):
        return True
    if package == "shared" or target == "api":
        return False
    if target == "shared":
        return True
    if package == "insight":
        # The pure cores of the others: a backtest decides as they do.
        return target == "archive" or any(f"{imported}.".startswith(f"{p}.") for p in (target, *PURE, *CATALOGUES))
    if package == "api" or importer == "producers.enhanced_alert_system":
        return imported == target or any(imported == c or imported.startswith(c + ".") for c in CATALOGUES)
    return False


@pytest.mark.parametrize(("name", "path"), modules())
def test_module_imports_only_what_its_place_allows(name: str, path: Path) -> None:
    wrong = {i for i in imports(path) if not allowed(name, i)}

    assert set() == wrong


def pure_modules() -> list[str]:
    names = [name for name, _ in modules()]
    found = [n for n in names for pure in PURE if n == pure or (n.startswith(f"{pure}.") and n != f"{pure}.__init__")]
    assert not {pure for pure in PURE if not any(f"{n}.".startswith(f"{pure}.") for n in found)}, "listed and gone"
    return sorted(set(found))


def reached(name: str) -> dict[str, list[str]]:
    """Return what a module imports, also through modules of ours: each with the way there."""
    paths = dict(modules())
    ways: dict[str, list[str]] = {name: [name]}
    waiting = [name]
    while waiting:
        importer = waiting.pop()
        if importer in paths:
            for imported in sorted(imports(paths[importer], at_run_time=True)):
                if imported not in ways and (importer, imported) not in NOT_YET:
                    ways[imported] = [*ways[importer], imported]
                    waiting.append(imported)
    return ways


@pytest.mark.parametrize("name", pure_modules())
def test_pure_module_reaches_neither_clock_nor_network(name: str) -> None:
    impure = {i.split(".")[0]: way for i, way in reached(name).items() if i.split(".")[0] in IMPURE}

    assert [] == [" → ".join(way) for way in impure.values()]


@pytest.mark.parametrize(("importer", "imported"), sorted(NOT_YET))
def test_import_that_is_tolerated_is_still_there(importer: str, imported: str) -> None:
    assert imported in imports(dict(modules())[importer])


@pytest.mark.parametrize("name", pure_modules())
def test_pure_module_keeps_nothing_between_two_calls(name: str) -> None:
    """No module-level list, set or dict that a function of the module fills, and no `global`."""
    tree = ast.parse(dict(modules())[name].read_text(encoding="utf-8"))
    names = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    changed = set()
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            for node in ast.walk(function):
                changed |= _names_changed(node)

    assert set() == changed & names


def _names_changed(node: ast.AST) -> set[str]:
    """Return the names whose value this piece of code replaces or changes in place."""
    if isinstance(node, ast.Global):
        return set(node.names)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGING:
        return _root(node.func.value)
    if isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
        return _root(node.value)
    return set()


def _root(node: ast.AST) -> set[str]:
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return {node.id} if isinstance(node, ast.Name) else set()


DOCUMENTED = {"_replace", "_asdict", "_exit"}
"""Names of the standard library that begin with an underscore and are public."""
STRICT = ("evaluator.", "shared.redis.")
"""Where no object's private name is used but `self`'s; elsewhere a private name must at least be the project's own."""


@cache
def own_private_names() -> set[str]:
    found = set()
    for _, path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                found.add(node.name)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                found.add(node.attr)
    return found


@pytest.mark.parametrize(("name", "path"), [m for m in modules() if not m[0].startswith("ingest.proto.")])
def test_module_uses_no_private_name_of_another(name: str, path: Path) -> None:
    allowed = DOCUMENTED if name.startswith(STRICT) else DOCUMENTED | own_private_names()
    private = {
        ast.unparse(node)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and re.match(r"_[a-z]", node.attr)
        and not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"))
        and node.attr not in allowed
    }
    private |= {i for i in imports(path) if re.search(r"\._[a-z]", i) and not i.startswith(name.split(".")[0])}

    assert set() == private


def test_publisher_needs_only_redis_and_the_standard_library() -> None:
    reached_names = reached("producers.publisher")
    ours = {name for name, _ in modules() if name in reached_names}
    foreign = {name.split(".")[0] for name in reached_names} - set(sys.stdlib_module_names) - {"producers"}

    assert (set(CLIENT), {"redis"}) == (ours, foreign)


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
