"""Whatever is sent to whichever parser: it is taken, or refused with an error of ours, at a bounded cost."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redis import Redis

from tests.support import hostile, parsers
from tests.support.processes import ROOT
from tests.support.real_server import RealServer

CALLS = {
    "json.loads", "tomllib.loads", "json.JSONDecoder", "msgspec.json.decode", "msgspec.msgpack.decode",
    "msgspec.json.Decoder", "msgspec.msgpack.Decoder", "croniter", "ZoneInfo", "fnmatch.fnmatchcase", "fnmatchcase",
    "Parser().parse",
    "jwt.decode", "jwt.get_unverified_header", "gzip.GzipFile", "zlib.decompressobj", "base64.b64decode",
    "base64.urlsafe_b64decode", "urlsplit", "parse_qsl", "csv.reader", "yaml.safe_load",
    "pickle.loads", "ElementTree.fromstring",
    "email.message_from_bytes", "ast.literal_eval", "datetime.fromisoformat",
}  # fmt: skip
"""What makes a structure of a text. A module that begins to call one belongs into the table, or below."""
READS = {
    "api/auth/api_keys.py": "API key",
    "api/auth/access_tokens.py": "access token",
    "api/auth/guard.py": "header Origin",
    "api/auth/identity.py": "access token",
    "api/auth/one_time.py": "ticket",
    "api/auth/sign_ins.py": "session",
    "api/auth/signing.py": "access token",
    "api/change/backup_parts.py": "backup's content",
    "api/change/restore.py": "backup",
    "api/change/mapping_file.py": "mapping file",
    "api/change/imports/inhibition.py": "document of Alertmanager",
    "api/change/imports/intervals.py": "configuration of Alertmanager",
    "api/change/imports/routes.py": "configuration of Alertmanager",
    "api/change/rule_files.py": "rule file, TOML",
    "api/change/rule_test_files.py": "rule tests file, TOML",
    "api/commands/explain.py": "instant of explain",
    "api/commands/rules.py": "command rules add",
    "api/limits/idempotency.py": "header Idempotency-Key",
    "api/read/alert_search.py": "cursor of a search",
    "api/read/pages.py": "cursor of a list",
    "api/read/queries.py": "cursor of alerts",
    "api/routes/alerts.py": "GET /api/enhanced-alerts/alerts/active",
    "dispatchers/channel.py": "configuration of webhook",
    "dispatchers/user_templates.py": "template",
    "dispatchers/product_jobs.py": "job of the queue",
    "evaluator/condition.py": "condition state",
    "evaluator/conditions/compound.py": "condition compound",
    "evaluator/conditions/error.py": "glob of errors",
    "evaluator/external.py": "sender of an external alert",
    "evaluator/stored.py": "checkpoint",
    "shared/model/dead_letter.py": "dead letter",
    "shared/model/quoted.py": "matcher of Alertmanager",
    "shared/model/time_zones.py": "time zone",
    "ingest/alertmanager/silence_shapes.py": "silence of Alertmanager",
    "ingest/formats/alertmanager.py": "alerts of Prometheus",
    "ingest/formats/webhooks/cloudwatch.py": "alarms of CloudWatch",
    "ingest/formats/webhooks/json_body.py": "bodies of JSON webhooks",
    "ingest/formats/webhooks/instants.py": "bodies of JSON webhooks",
    "ingest/incoming/fields.py": "events of PagerDuty",
    "ingest/formats/collectd.py": "collectd",
    "ingest/formats/otlp.py": "OpenTelemetry, JSON",
    "ingest/formats/otlp_json.py": "OpenTelemetry, JSON",
    "ingest/formats/remote_write.py": "remote write 1",
    "ingest/format.py": "OpenTelemetry, gzip",
    "ingest/scrape/target_files.py": "target file, JSON",
    "shared/model/scrapes.py": "scrape job",
    "shared/model/body_mapping.py": "body mappings",
    "shared/model/body_paths.py": "path into a body",
    "shared/model/matchers.py": "matcher",
    "shared/model/relabeling.py": "mapping",
    "shared/model/route_matchers.py": "matcher of a route",
    "shared/model/route_tree.py": "routes",
    "shared/model/time_intervals.py": "routes",
    "shared/model/rules.py": "glob of plugins",
    "shared/model/loose_json.py": "event",
    "shared/model/silences.py": "cron",
    "shared/redis/connection.py": "address of Redis",
    "shared/redis/local_server.py": "address of Redis",
    "shared/redis/streams.py": "event",
    "shared/addresses.py": "setting",
    "shared/store/subscriptions.py": "browser's push address",
    "shared/vault.py": "settings' secret keys",
}
"""Module that parses what people and programs send → the row that examines it."""
OTHERWISE = {
    "api/commands/backtests.py": "the body of a stored answer, which shared/store/analyses.py has read as JSON",
    "api/commands/trends.py": "the body of a stored answer, which shared/store/analyses.py has read as JSON",
    "api/routes/explanations.py": "the body of a stored answer, which shared/store/analyses.py has read as JSON",
    "api/describe/": "reads what the product itself describes",
    "api/doctor/": "reads answers of the product's own processes and of servers an administrator named",
    "api/read/alert_history.py": "reads pages that the product itself made",
    "api/read/heard.py": "stored: tests/integration/test_unreadable_for_readers.py",
    "api/relay/": "headers: tests/integration/test_relay.py; stored: test_unreadable_for_readers.py",
    "api/web/": "HTTP itself: tests/integration/test_slow_clients.py",
    "dispatchers/": "stored, or a provider's answer: tests/integration/test_unreadable.py, test_http_door.py",
    "evaluator/last_seen.py": "stored: tests/integration/test_unreadable_for_evaluators.py",
    "shared/model/alerts.py": "stored: tests/integration/test_unreadable.py",
    "shared/model/records.py": "stored: tests/unit/shared/model/test_records.py",
    "shared/model/label_matchers.py": "a field of rules: tests/unit/shared/model/test_label_matchers.py",
    "shared/process.py": "stored: tests/integration/test_unreadable_for_readers.py",
    "shared/store/": "stored: tests/integration/test_unreadable*.py",
    "shared/outbound.py": "addresses that channels may call",
    "scripts/": "reads what the product itself prints",
    "shared/proxies.py": "addresses of proxies in the environment: tests/unit/shared/test_proxies.py",
    "ingest/scrape/fetch.py": "HTTP itself: tests/integration/test_scraping.py",
    "ingest/incoming/sns.py": "a certificate of SNS, and a signature: tests/integration/test_sns.py",
    "ingest/answers.py": "HTTP itself: tests/integration/test_ingest.py",
    "producers/": "reads nothing that others send",
}
TIMEOUT_S = 580


@pytest.fixture(scope="module")
def system(server: RealServer) -> parsers.System:
    return parsers.System(server.url)


@pytest.mark.slow
@pytest.mark.timeout(TIMEOUT_S + 10)
def test_no_hostile_input_breaks_a_parser(redis: Redis, server: RealServer) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.parsers", server.url],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )

    assert 0 == done.returncode, done.stderr[-3_000:]
    assert {} == json.loads(done.stdout)


GENERATED = [
    "rule file, TOML", "rule file, JSON", "rule", "silence", "matcher", "cron", "time zone", "glob of plugins", "event",
    "document of an event", "template", "cursor of alerts", "access token", "header of a token", "backup's content",
    "address of Redis", "sentinels", "addresses that channels may call", "configuration of webhook",
    "configuration of email", "configuration of apprise", "condition compound", "condition state", "job of the queue",
    "mapping file", "mapping", "body mappings file", "body mappings", "path into a body",
    "routes file", "routes", "matcher of a route",
    "command publish", "command silences add", "command rules add",
]  # fmt: skip


@pytest.mark.parametrize("name", GENERATED)
def test_nothing_generated_breaks_a_parser(name: str, redis: Redis, system: parsers.System) -> None:
    row = parsers.table(system)[name]
    example = parsers.EXAMPLES.get(name)

    @settings(max_examples=25, derandomize=True)
    @given(st.data())
    def try_it(data: st.DataObject) -> None:
        value = data.draw(hostile.ANY_TEXT if row.takes == "text" else hostile.ANY_VALUE)
        if example is not None:
            value = hostile.put(example, data.draw(st.sampled_from(hostile.places(example))), value)
        assert "" == parsers.examined(row, value)

    try_it()


def test_every_module_that_parses_stands_in_the_table(redis: Redis, system: parsers.System) -> None:
    rows = parsers.table(system).keys()
    parsing = modules_that_parse()

    assert set() == {name for name in READS.values() if name not in rows}
    assert set() == READS.keys() - parsing, "these parse nothing any more; take them out"
    unknown = {file for file in parsing - READS.keys() if not file.startswith(tuple(OTHERWISE))}
    assert set() == unknown, "give these a row in tests/support/parsers.py, or say in OTHERWISE what examines them"


def modules_that_parse() -> set[str]:
    found = set()
    for package in ("api", "dispatchers", "evaluator", "ingest", "producers", "scripts", "shared"):
        for file in (ROOT / package).rglob("*.py"):
            if "node_modules" in file.parts:
                continue
            tree = ast.parse(file.read_text(encoding="utf-8"))
            if any(
                called(node) in CALLS or parses_a_model(node) for node in ast.walk(tree) if isinstance(node, ast.Call)
            ):
                found.add(str(Path(file).relative_to(ROOT)))
    return found


def called(call: ast.Call) -> str:
    return ast.unparse(call.func)


def parses_a_model(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr in (
        "FromString",
        "ParseFromString",
        "from_string",
        "model_validate",
        "model_validate_json",
        "validate_json",
        "validate_python",
    )
