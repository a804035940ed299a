"""
Every parser of what people and programs send, in one table; `python -m tests.support.parsers` examines it.

A row takes a text, or a document, and either accepts it or refuses with an error of ours. The examination runs in a
process of its own, with a bound on its memory and on the processor's time that one input may take.
"""

import base64
import contextlib
import gzip
import io
import json
import os
import resource
import signal
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import click
import cramjam
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from api.app import create_app
from api.auth import access_tokens, api_keys, bearer, guard, identity, one_time, passwords, sessions
from api.change import body_mapping_file, mapping_file, restore, routes_file, rule_files, rule_test_files, rule_verdict
from api.change.imports import alertmanager as alertmanager_file
from api.change.imports import grafana as grafana_export
from api.change.imports import matchers as file_matchers
from api.change.imports import templates as file_templates
from api.change.prometheus import expressions, selectors
from api.change.prometheus import rules as prometheus_rules
from api.change.prometheus.selectors import Untranslatable
from api.cli import main
from api.commands import explain
from api.describe import openapi, roles
from api.read import alert_search, pages, queries
from dispatchers import channel as channels
from dispatchers import masking, product_jobs, user_templates
from evaluator import condition, external, stored
from ingest import body_trial, entities
from ingest.alertmanager import matchers as alert_matchers
from ingest.alertmanager import silence_shapes
from ingest.format import Decoding, PlaceCache, Refused
from ingest.formats import (
    alertmanager,
    collectd,
    influx,
    openmetrics,
    opsgenie,
    otlp,
    pagerduty,
    remote_write,
    statsd,
)
from ingest.formats.webhooks import json_body
from ingest.formats.webhooks.heard import Heard, Moment
from ingest.formats.webhooks.json_body import Origin
from ingest.incoming import fields, notice, webhooks
from ingest.incoming.notice import Notice
from ingest.scrape import target_files
from shared import outbound, vault
from shared.errors import AlertsError, Invalid
from shared.log import Logger
from shared.model import (
    body_mapping,
    body_paths,
    dead_letter,
    matchers,
    names,
    printable,
    relabeling,
    resolving,
    route_matchers,
    route_tree,
    rules,
    scrapes,
    silences,
)
from shared.model import external as external_alerts
from shared.model.alert_filter import Wanted
from shared.model.alerts import Alert
from shared.model.body_mapping import BodyMapping
from shared.model.external import Statement
from shared.model.relabeling import Relabeling
from shared.model.scrapes import TargetFile
from shared.redis import connection, streams
from shared.settings import Settings
from shared.store import backup, scrape_store, subscriptions
from tests.support.hostile import TEXTS, VALUES, deep, places, put

MEMORY_BYTES = 700_000_000
"""What one examination may take beside what the imported modules need."""
SECONDS = 20
"""Of the processor, an input; what is honest takes a thousandth of that."""
NOW_MS = 1_700_000_000_000
ALERT = Alert(
    id="a",
    rule_id="r" * 64,
    rule_name="n",
    plugin_id="a" * 128,
    plugin_name="p",
    severity="warning",
    state="firing",
    channels=[],
    condition="c",
    metric="m",
    labels={"team": "a" * 256},
    started_at_ms=1,
)
RULE: dict[str, Any] = {
    "id": "r",
    "description": "d",
    "name": "n",
    "metric": "m",
    "operator": ">",
    "threshold": 1.0,
    "labels": {"team": "a"},
    "label_matchers": [{"label": "env", "values": ["a*"], "is_equal": False}],
    "plugins": "web-*",
    "group_by": "label:team",
    "inhibited_by": ["cause*"],
    "title_template": "{{ rule }}",
    "body_template": "{{ rule }}",
    "runbook_url": "https://example.com/x",
    "escalation": [{"after_minutes": 5, "channels": ["web"]}],
    "recover": {"threshold": 1.0, "for_seconds": 0},
    "overrides": "x",
    "repeat_minutes": 5,
    "for_seconds": 5,
    "cooldown_minutes": 5,
    "severity": "warning",
    "channels": ["web"],
}
BODY_MAPPING: dict[str, Any] = {
    "alerts": "alerts || events[]",
    "name": {"path": "name", "default": "Webhook"},
    "plugin": {"path": "host.name || $.host", "default": "x"},
    "severity": {"path": "severity", "default": "warning", "values": {"high": "error"}},
    "state": {"path": "status", "firing": ["up"], "resolved": ["down", "true"], "ignored": ["ack"]},
    "identity": ["id", "host.id"],
    "labels": {"env": "tags[?key=='env'].value | [0]"},
    "all_labels": "labels",
    "annotations": {"summary": "message"},
    "all_annotations": "annotations",
    "url": "url",
    "starts_at": "since",
    "ends_at": "until",
    "expire_minutes": 5,
}
SILENCE: dict[str, Any] = {
    "matchers": [{"name": "plugin_id", "value": "x*"}, {"name": "label:team", "value": "a", "is_equal": False}],
    "starts_at_ms": NOW_MS,
    "ends_at_ms": NOW_MS + 3_600_000,
    "comment": "deploy",
    "cron": "0 2 * * 6",
    "duration_minutes": 5,
    "timezone": "Asia/Seoul",
}
CONDITIONS: Mapping[str, dict[str, Any]] = {
    "threshold": {"metric": "m", "operator": ">", "threshold": 1},
    "window": {"metric": "m", "statistic": "p95", "seconds": 60, "operator": ">", "threshold": 1},
    "rate": {"metric": "m", "unit": "percent", "seconds": 60, "operator": ">", "threshold": 1},
    "state": {"state": "s", "is_in": ["a"]},
    "error": {"type": "T*", "contains": "x", "count": 2, "seconds": 60},
    "absence": {"seconds": 60, "metric": "m"},
    "compound": {"join": "all", "conditions": [{"kind": "state", "state": "s", "is_in": ["a"]}]},
}
Parser = Callable[[Any], object]


@dataclass(frozen=True)
class Row:
    """One parser, and what it is called with."""

    parse: Parser
    takes: str = "text"
    """`text`, or `document`: a value of JSON or TOML."""


class System:
    """What parsers behind the API and the command line need: a server, and the app."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.redis: Redis = connection.connect(url)
        os.environ["REDIS_URL"] = url
        self.app: Flask = create_app(
            Settings(redis_url=url, api_requests_per_second=100_000), self.redis, Logger("api")
        )
        self._token = access_tokens.issue(self.redis, "kim", "admin")

    def client(self, **headers: str) -> FlaskClient:
        made = self.app.test_client()
        made.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {self._token}"
        made.environ_base.update(headers)
        return made


def table(system: System) -> dict[str, Row]:
    """Return every parser by what it reads."""
    redis = system.redis
    rows: dict[str, Row] = {
        "rule file, TOML": Row(lambda text: rule_files.parse(text, "toml")),
        "mapping file": Row(lambda text: mapping_file.parse(text, "mapping.toml")),
        "mapping": Row(_a_mapping, "document"),
        "body mappings file": Row(lambda text: body_mapping_file.parse(text, "webhooks.toml")),
        "body mappings": Row(_body_mappings, "document"),
        "path into a body": Row(_a_path),
        "routes file": Row(lambda text: routes_file.parse(text, "routes.yml")),
        "routes": Row(_routes, "document"),
        "matcher of a route": Row(_a_route_matcher),
        "rule file, JSON": Row(lambda text: rule_files.parse(text, "json")),
        "rule file on disk": Row(lambda text: _from_disk("rules.toml", _bytes(text))),
        "rule file on disk, JSON": Row(lambda text: _from_disk("rules.json", _bytes(text))),
        "rule tests file, TOML": Row(lambda text: _rule_tests("one.test.toml", _bytes(text))),
        "rule tests file, JSON": Row(lambda text: _rule_tests("one.test.json", _bytes(text))),
        "instant of explain": Row(lambda text: explain.instant_ms(text, 1_700_000_000_000)),
        "rule": Row(_a_rule, "document"),
        "formula": Row(
            lambda text: _condition({"kind": "threshold", "operator": ">", "threshold": 1, "formula": text})
        ),
        "expression of Prometheus": Row(_expression),
        "configuration of Alertmanager": Row(lambda text: alertmanager_file.translate(text, "alertmanager.yml")),
        "document of Alertmanager": Row(
            lambda value: alertmanager_file.translate(_json(value).decode(), "alertmanager.json"), "document"
        ),
        "export of Grafana": Row(lambda text: grafana_export.translate([("export.yml", text)])),
        "document of Grafana": Row(
            lambda value: grafana_export.translate([("export.json", _json(value).decode())]), "document"
        ),
        "matchers of a file of Alertmanager": Row(
            lambda text: _refuses(ValueError, lambda: file_matchers.listed(text))
        ),
        "template of Alertmanager": Row(
            lambda text: file_templates.translated(text, file_templates.defined(f'{{{{ define "a" }}}}{text}'))
        ),
        "rules of Prometheus": Row(lambda text: prometheus_rules.translate(text, ["web"], "rules.yml")),
        "matcher": Row(lambda text: _a_silence({**SILENCE, "matchers": [matchers.read(text)]})),
        "silence": Row(_a_silence, "document"),
        "cron": Row(lambda text: _a_silence({**SILENCE, "cron": text})),
        "time zone": Row(lambda text: _a_silence({**SILENCE, "timezone": text})),
        "glob of plugins": Row(lambda text: _a_rule({**RULE, "plugins": text}).covers("a" * 128, {})),
        "glob of a label": Row(
            lambda text: _a_rule({**RULE, "plugins": None, "labels": {"team": text}}).covers("a", {"team": "a" * 256})
        ),
        "glob of an API key": Row(lambda text: _key_may(redis, text)),
        "glob of errors": Row(lambda text: _condition({"kind": "error", **CONDITIONS["error"], "type": text})),
        "template": Row(_template),
        "event": Row(lambda text: streams.decode(_bytes(text), NOW_MS)),
        "document of an event": Row(lambda value: streams.decode(_json(value), NOW_MS), "document"),
        "event in a stream, Redis's form": Row(lambda text: streams.decode_one([b"e", _bytes(text)], NOW_MS, set())),
        "report of a partition": Row(
            lambda text: _refuses(ValueError, lambda: streams.decode_report(_bytes(text), NOW_MS))
        ),
        "document of a report": Row(
            lambda value: _refuses(ValueError, lambda: streams.decode_report(_json(value), NOW_MS)), "document"
        ),
        "statements about external alerts": Row(
            lambda text: _refuses(ValueError, lambda: streams.decode_statements(_bytes(text)))
        ),
        "sender of an external alert": Row(_sender),
        "matcher of Alertmanager": Row(lambda text: alert_matchers.parse(text).fits({"a": "b" * 256})),
        "pattern of Alertmanager": Row(lambda text: alert_matchers.parse(f"a=~{text}").fits({"a": "b" * 256})),
        "pattern that becomes a glob": Row(silence_shapes.glob_of),
        "silence of Alertmanager": Row(lambda text: silence_shapes.parse(_bytes(text))),
        "command of an operator": Row(lambda text: _ours(lambda: streams.decode_command(_bytes(text)))),
        "checkpoint": Row(lambda text: _checkpoint(_bytes(text))),
        "backup": Row(lambda text: _from_backup(_bytes(text))),
        "backup's content": Row(lambda value: _from_backup(_packed(value)), "document"),
        "cursor of alerts": Row(lambda text: queries.active_page(redis, Wanted(), text, 5)),
        "words of a search": Row(lambda text: alert_search.Typed(q=text).search()),
        "person of a search": Row(lambda text: alert_search.Typed(person=[text]).search()),
        "label of a search": Row(lambda text: alert_search.Typed(label=[text]).search()),
        "cursor of a search": Row(alert_search.place_of),
        "cursor of a list": Row(lambda text: pages.page([("a", 1)], lambda item: item, text, 5)),
        "access token": Row(lambda text: bearer.prove(redis, text)),
        "header of a token": Row(lambda text: bearer.prove(redis, f"{_unpadded(_bytes(text))}.e30.AAAA")),
        "claims of a token": Row(lambda text: bearer.prove(redis, _unsigned(_bytes(text)))),
        "API key": Row(lambda text: bearer.prove(redis, f"{api_keys.PREFIX}_{text}")),
        "session": Row(lambda text: sessions.prove_session(redis, text)),
        "ticket": Row(lambda text: one_time.redeem_claim(redis, text)),
        "name of a person": Row(names.why_not),
        "password": Row(lambda text: passwords.why_not(text, "kim")),
        "settings' secret keys": Row(_vault),
        "setting": Row(_settings),
        "addresses that channels may call": Row(lambda text: _refuses(ValueError, lambda: outbound.parse(text))),
        "address of Redis": Row(_connect),
        "sentinels": Row(lambda text: connection.sentinel_parts(f"sentinel://{text}")),
        "target file, JSON": Row(lambda text: _target_file(text, "a.json")),
        "target file, YAML": Row(lambda text: _target_file(text, "a.yml")),
        "scrape job": Row(_a_scrape_job, "document"),
        "dead letter": Row(lambda text: dead_letter.shown(dict.fromkeys((b"why", b"reason"), _bytes(text)))),
        "job of the queue": Row(lambda text: _job(_bytes(text))),
        "job of the queue, packed": Row(lambda text: _job(zlib.compress(_bytes(text)))),
        "browser's push address": Row(lambda text: subscriptions.why_not_outside(text) if text.isprintable() else None),
        "what a terminal shows": Row(lambda text: (printable.lines(text), printable.one_line(text))),
    }
    for name, decode in WIRE.items():
        for packing, pack in PACKINGS.items():
            rows[f"{name}{packing}"] = Row(lambda text, d=decode, p=pack: _refuses(Refused, lambda: d(p(_bytes(text)))))
    for kind, condition_fields in CONDITIONS.items():
        rows[f"condition {kind}"] = Row(lambda value, kind=kind: _condition(_with_kind(kind, value)), "document")
        assert _condition({"kind": kind, **condition_fields}) is not None
    for name in channels.catalogue():
        rows[f"configuration of {name}"] = Row(lambda value, name=name: _configuration(name, value), "document")
    for endpoint in roles.endpoints(system.app):
        if endpoint.method == "GET" and not endpoint.path.startswith("/openapi"):
            rows[f"GET {endpoint.path}"] = Row(lambda text, e=endpoint: _asked(system, e.path, text))
    for header in HEADERS:
        rows[f"header {header}"] = Row(lambda text, h=header: _with_header(system, h, text))
    for words, command in commands(main):
        rows[f"command {' '.join(words)}"] = Row(lambda text, w=words, c=command: _commanded(system, w, c, text))
    return rows


HEADERS = (
    "Authorization",
    "Cookie",
    "If-Match",
    "Idempotency-Key",
    "X-Request-Id",
    "Accept",
    "Accept-Language",
    "Origin",
    "Host",
    "Content-Type",
    "X-Forwarded-For",
    "Sec-Fetch-Site",
    "X-Twilio-Signature",
)
NEVER_RUN = {
    ("up",), ("collect",), ("evaluator",), ("router",), ("worker",), ("api",), ("relay",), ("recorder",), ("watchdog",),
    ("self-test",), ("top",), ("ready",), ("secrets", "rotate"), ("restore",), ("channels", "test"),
    ("archive", "copy"),
}  # fmt: skip
"""Commands that run until they are ended, or wait for others; their arguments are examined as the others' are."""
EXAMPLES: Mapping[str, Any] = {
    **{f"condition {kind}": fields for kind, fields in CONDITIONS.items()},
    "rule": RULE,
    "silence": SILENCE,
    "scrape job": {"name": "a", "targets": ["a:1"], "labels": {"a": "b"}, "params": {"a": "b"}, "ca_certificate": "a"},
    "routes": {
        "route": {"channels": ["web"], "routes": [{"matchers": ["a=~b"], "mute_times": ["n"], "group_by": ["a"]}]},
        "time_intervals": {"n": [{"times": [{"start_time": "01:00", "end_time": "02:00"}], "days_of_month": ["-1"]}]},
    },
    "document of Grafana": {
        "contactPoints": [
            {"name": "a", "receivers": [{"type": "slack", "settings": {"url": "https://example.com", "title": "x"}}]}
        ],
        "policies": [{"receiver": "a", "routes": [{"object_matchers": [["a", "=", "b"]], "group_wait": "1s"}]}],
        "muteTimes": [{"name": "n", "time_intervals": [{"weekdays": ["monday"]}]}],
    },
    "document of Alertmanager": {
        "global": {"smtp_smarthost": "m:25", "smtp_from": "a@example.com"},
        "route": {
            "receiver": "a",
            "routes": [{"matchers": ["a=b"], "match": {"c": "d"}, "mute_time_intervals": ["n"], "group_wait": "1s"}],
        },
        "receivers": [
            {"name": "a", "email_configs": [{"to": "b@example.com", "headers": {"Subject": "{{ .Status }}"}}]},
            {"name": "b", "slack_configs": [{"api_url": "https://example.com", "http_config": {"tls_config": {}}}]},
        ],
        "inhibit_rules": [
            {"name": "i", "source_matchers": ["a=b"], "target_match_re": {"c": "d.*"}, "equal": ["instance"]}
        ],
        "time_intervals": [{"name": "n", "time_intervals": [{"weekdays": ["monday"], "location": "Asia/Seoul"}]}],
        "templates": ["x"],
    },
    "body mappings": {"webhooks": {"x": BODY_MAPPING}},
    "mapping": {"default": {"id_labels": ["a"], "drop_labels": ["b*"], "keep_metrics": ["c*"]}, "sources": {"s": {}}},
}
"""Documents that get past the first look; what is put into them reaches the code behind."""


def _places() -> PlaceCache:
    return PlaceCache(Relabeling())


WIRE: Mapping[str, Callable[[bytes], object]] = {
    "OpenTelemetry, protobuf": lambda body: otlp.decode(body, otlp.PROTOBUF, "", _places()),
    "OpenTelemetry, JSON": lambda body: otlp.decode(body, otlp.JSON, "", _places()),
    "OpenTelemetry, gzip": lambda body: otlp.decode(body, otlp.JSON, "gzip", _places()),
    "remote write 1": lambda body: remote_write.decode(body, 1, _places()),
    "remote write 2": lambda body: remote_write.decode(body, 2, _places()),
    "line protocol": lambda body: influx.decode(body, "ns", _places()),
    "collectd": lambda body: collectd.decode(body, _places()),
    "events of PagerDuty": lambda body: _fires(pagerduty.read(fields.document_of(body), "k", "new").notice),
    "changes of PagerDuty": lambda body: pagerduty.read_change(fields.document_of(body)),
    "alerts of Opsgenie": lambda body: _opsgenie(fields.document_of(body)),
    "webhooks of Alertmanager": lambda body: _heard(webhooks.alertmanager.read, body),
    "webhooks of Uptime Kuma": lambda body: _heard(webhooks.uptime_kuma.read, body),
    "webhooks of Healthchecks": lambda body: _heard(webhooks.healthchecks.read, body),
    "workflows of GitHub": lambda body: _heard(webhooks.github.read, body, "workflow_run"),
    "Dependabot of GitHub": lambda body: _heard(webhooks.github.read, body, "dependabot_alert"),
    "code scanning of GitHub": lambda body: _heard(webhooks.github.read, body, "code_scanning_alert"),
    "secret scanning of GitHub": lambda body: _heard(webhooks.github.read, body, "secret_scanning_alert"),
    "alarms of CloudWatch": lambda body: _heard(webhooks.cloudwatch.read, body),
    "messages of SNS": lambda body: _of_sns(fields.document_of(body)),
    "issue alerts of Sentry": lambda body: _heard(webhooks.sentry.read, body, "event_alert"),
    "metric alerts of Sentry": lambda body: _heard(webhooks.sentry.read, body, "metric_alert"),
    "bodies of JSON webhooks": lambda body: json_body.read(json_body.decode(body), _body_mapping(), _ORIGIN),
    "sample of a JSON webhook": lambda body: body_trial.run(body.decode("utf-8", "replace"), _body_mapping(), _ORIGIN),
    "alerts of Prometheus": lambda body: alertmanager.decode(body, Relabeling(), "k", ("Watchdog",), NOW_MS),
    "page, text": lambda body: _page(body, "text"),
    "page, OpenMetrics": lambda body: _page(body + b"\n# EOF\n", "openmetrics"),
    "StatsD": lambda body: statsd.Aggregator().add(body),
}


def _fires(found: Notice | None) -> object:
    return None if found is None else notice.firing(found, "door", "k", Relabeling())


def _heard(read: Callable[[dict[str, Any], Moment], Heard], body: bytes, event: str = "") -> object:
    heard = read(fields.document_of(body), Moment(NOW_MS, NOW_MS, "k", event))
    alerts = alertmanager.decode(json.dumps(heard.alerts).encode(), Relabeling(), "k", (), NOW_MS)
    return alerts, [_fires(found) for found in heard.fires]


def _of_sns(document: dict[str, Any]) -> object:
    return webhooks.cloudwatch.signed_text(document), webhooks.cloudwatch.certificate_url(document)


def _opsgenie(document: dict[str, Any]) -> object:
    return _fires(opsgenie.read(document, "k", opsgenie.alias_of(document) or "new"))


def _page(body: bytes, kind: openmetrics.Kind) -> object:
    labelling = openmetrics.Labelling({"job": "j", "instance": "i"}, _places())
    decoding = Decoding(_places())
    openmetrics.read(body if kind == "openmetrics" else body + b"\n", kind, labelling, NOW_MS, decoding)
    return decoding.finish()


PACKINGS: Mapping[str, Callable[[bytes], bytes]] = {
    "": lambda body: body,
    ", gzip within": gzip.compress,
    ", snappy within": lambda body: bytes(cramjam.snappy.compress_raw(body)),
}


def _a_rule(value: Any) -> rules.Rule:
    return rule_verdict.check(rules.parse(value))


def _body_mappings(value: Any) -> object:
    mappings = body_mapping.parse(value)
    body = {"alerts": [{"name": "a" * 256, "tags": [{"key": "env", "value": "b" * 256}] * 50}] * 50}
    return [json_body.read(body, mapping, _ORIGIN) for mapping in mappings.webhooks.values()]


def _a_path(text: str) -> object:
    try:
        return body_paths.pick(text, VALUES, VALUES)
    except body_paths.NoPath as error:
        raise Invalid({"path": error.reason}) from None


@cache
def _body_mapping() -> BodyMapping:
    return body_mapping.parse({"webhooks": {"x": BODY_MAPPING}}).webhooks["x"]


_ORIGIN = Origin("webhook/json/x", "k", Relabeling(), external_alerts.SEVERITIES, NOW_MS)


def _a_mapping(value: Any) -> object:
    made = relabeling.parse(value)
    return entities.place({"__name__": "a" * 128, "job": "j", "a" * 128: "v"}, made.of("k", "otlp"))


def _routes(value: Any) -> object:
    tree = route_tree.parse(value)
    return resolving.intervals_at(tree, NOW_MS), resolving.explain(resolving.prepared(tree), {"a": "b" * 256})


def _a_route_matcher(text: str) -> object:
    def read() -> object:
        return route_matchers.read(text).fits({"a": "b" * 256}), route_matchers.read(text).written()

    return _refuses(ValueError, read)


def _a_scrape_job(value: Any) -> object:
    made = scrapes.parse(value if isinstance(value, dict) else {"name": value})
    return scrapes.targets_of([made], []), scrape_store.shown(made)


def _target_file(text: str, name: str) -> object:
    def read() -> object:
        file = TargetFile(name, "here", 1, 1, target_files.parse(_bytes(text), name))
        return scrapes.targets_of([], [file])

    return _refuses(target_files.FileError, read)


def _a_silence(value: Any) -> bool:
    made = silences.parse(value)
    matchers.problems(made.matchers, everything=False)
    for at_ms in (NOW_MS + 1, made.starts_at_ms, made.ends_at_ms - 1):
        made.is_active(at_ms)
    return made.matches(ALERT)


def _key_may(redis: Redis, text: str) -> bool:
    made, _ = api_keys.create(redis, "k", "publisher", 1, [text])
    api_keys.revoke(redis, made.id)
    return identity.Identity("k", "publisher", (text,)).may_publish_for("a" * 128)


def _expression(text: str) -> object:
    with contextlib.suppress(Untranslatable):
        return selectors.scope(expressions.translate(text).matchers)


def _condition(fields: Any) -> object:
    made = condition.check(rule_verdict.check(rules.parse({"id": "r", "name": "n", "condition": fields})))
    return made.describe("en"), made.describe("ko")


def _with_kind(kind: str, value: Any) -> Any:
    return {**value, "kind": kind} if isinstance(value, dict) else value


def _template(text: str) -> object:
    user_templates.check(text, "title_template")
    words = {"rule": "a" * 200, "labels": {"team": "a"}, "value": 1.5}
    with contextlib.suppress(*_template_errors()):
        return user_templates.render(text, words)


def _template_errors() -> tuple[type[Exception], ...]:
    from jinja2 import TemplateError

    return (TemplateError, AlertsError)


def _configuration(name: str, value: Any) -> object:
    if not isinstance(value, dict):
        return None  # The API takes objects alone, and says so.
    kind = channels.get(name)
    kind.merged(value, {})
    made = kind.check_new(value)
    masking.secrets_of(made)
    return kind.masked(value)


def _from_disk(name: str, content: bytes) -> object:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / name
        file.write_bytes(content)
        return rule_files.load(file)


def _rule_tests(name: str, content: bytes) -> object:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / name
        file.write_bytes(content)
        return list(rule_test_files.run(file))


def _from_backup(content: bytes) -> object:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "backup.gz"
        file.write_bytes(content)
        return restore.read(file, unsigned=True)


def _packed(value: Any) -> bytes:
    head = {"format": backup.FORMAT, "version": backup.VERSION, "created_at_ms": 1}
    return gzip.compress(_json({**head, "content": value}))


def _vault(text: str) -> None:
    if "\0" in text:
        return  # No environment can hold it.
    vault.Vault(Settings.from_environment({"SECRET_KEYS": text})).check()


def _settings(text: str) -> None:
    from dataclasses import fields

    refused = None
    for field in fields(Settings):
        try:
            Settings.from_environment({field.name.upper(): text})
        except AlertsError as error:
            refused = error
    if refused is not None:
        raise refused


def _connect(text: str) -> object:
    refused = None
    for scheme in ("redis", "rediss", "unix", "sentinel"):
        url = f"{scheme}://{text}"
        Settings.from_environment({"REDIS_URL": url})
        connection.shown(url)
        try:
            connection.connect(url)
        except AlertsError as error:
            refused = error
    if refused is not None:
        raise refused
    return None


def _sender(text: str) -> object:
    return external.sender_of(Statement("0" * 16, "a", "p", generator_url=text))


def _checkpoint(body: bytes) -> None:
    stored.read_checkpoint({b"id": body, b"memory": body, b"revision": body, b"external": body})
    stored.read_snapshots({body: body})
    stored.read_externals({b"\0" + body: body})


def _job(data: bytes) -> object:
    return _refuses(product_jobs.Foreign, lambda: product_jobs.judge({b"data": data}))


def _ours(parse: Callable[[], object]) -> object:
    from shared.model.alerts import UNREADABLE

    return _refuses(UNREADABLE, parse)


def _refuses(errors: Any, parse: Callable[[], object]) -> object:
    """Call a parser whose contract names an error that its caller handles."""
    with contextlib.suppress(errors):
        return parse()
    return None


def _unsigned(claims: bytes) -> str:
    return f"{_unpadded(json.dumps({'alg': 'HS256', 'kid': 'x'}).encode())}.{_unpadded(claims)}.AAAA"


def _unpadded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _json(value: Any) -> bytes:
    try:
        return json.dumps(value, default=str).encode("utf-8", "surrogatepass")
    except RecursionError:  # Deeper than the library writes.
        return b'{"a":[' * 10_000 + b"1" + b"]}" * 10_000


@cache
def _parameters(path: str) -> list[str]:
    document = json.loads(openapi.document())
    by_path = {name.replace("{", "<").replace("}", ">"): ways for name, ways in document["paths"].items()}
    return [one["name"] for one in by_path.get(path, {}).get("get", {}).get("parameters", ()) if one["in"] == "query"]


def _asked(system: System, path: str, text: str) -> None:
    import re
    from urllib.parse import quote

    client = system.client()
    word = quote(_bytes(text[:8_000]), safe="")
    filled = re.sub(r"<[^>]+>", word or "x", path)
    _answered(client.get(filled), path)
    for name in [*_parameters(path), "unknown"]:
        _answered(client.get(f"{re.sub(r'<[^>]+>', 'x', path)}?{name}={word}"), f"{path}?{name}")


def _with_header(system: System, header: str, text: str) -> None:
    # A server's own limit is below; only what Latin-1 holds can stand in one.
    value = text[:8_000].encode("utf-8", "surrogatepass").decode("latin-1").replace("\r", "").replace("\n", "")
    place = "CONTENT_TYPE" if header == "Content-Type" else f"HTTP_{header.upper().replace('-', '_')}"
    names_of_cookie = f"{guard.COOKIE}={value}" if header == "Cookie" else value
    values = [names_of_cookie, f"Bearer {value}"] if header == "Authorization" else [names_of_cookie]
    for one in values:
        client = system.client(**{place: one})
        if header == "Cookie":
            del client.environ_base["HTTP_AUTHORIZATION"]
        _answered(client.get("/api/enhanced-alerts/rules"), header)
        _answered(client.post("/api/enhanced-alerts/rule-preview", data=b"{}"), header)
        _answered(client.put("/api/enhanced-alerts/rules/none", data=b'{"name":"x"}'), header)


def _answered(answer: Any, what: str) -> None:
    # Without a worker, Redis that is full and so on are not examined here: nothing may be the server's fault.
    assert answer.status_code < 500 or (answer.status_code == 503 and "readyz" in what), (
        what,
        answer.status_code,
        answer.text[:300],
    )


def commands(group: click.Command, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield every command with the words that call it."""
    if isinstance(group, click.Group):
        for name, command in group.commands.items():
            yield from commands(command, (*words, name))
    else:
        yield words, group


def _commanded(system: System, words: tuple[str, ...], command: click.Command, text: str) -> None:
    text = text[:100_000]
    required = [p for p in command.params if isinstance(p, click.Argument) and p.required]
    usual = ["a=b" if p.nargs != 1 else "x" for p in required]
    options = [p for p in command.params if isinstance(p, click.Option) and not p.is_flag and p.name != "help"]
    must = [part for p in options if p.required for part in (p.opts[0], "x")]
    calls = [[*words, *must, *[text] * max(1, len(required))]] if required else []
    calls += [[*words, *usual, *must, option.opts[0], text] for option in options]
    if words in NEVER_RUN:
        return
    for call in calls:
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            done = CliRunner().invoke(main, call, catch_exceptions=True, standalone_mode=True)
        fault = done.exception
        assert fault is None or isinstance(fault, SystemExit), (call[:2], [w[:60] for w in call[2:]], repr(fault)[:300])
        assert done.exit_code in (0, 1, 2), call


class TooSlow(BaseException):
    """One input took more of the processor than it may."""


def examined(row: Row, value: Any) -> str:
    """Return what is wrong with how a parser takes an input; "" if nothing is."""

    def stop(*_: object) -> None:
        raise TooSlow

    signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        row.parse(value)
    except AlertsError as error:
        str(error).encode()  # What is said must be text itself.
        if len(str(error)) > 100_000:
            return f"its error has {len(str(error))} characters"
    except TooSlow:
        return f"takes more than {SECONDS} s"
    except MemoryError:
        return "takes too much memory"
    except (Exception, RecursionError) as error:
        return f"{type(error).__name__}: {str(error)[:300]!r}"
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return ""


def inputs_of(name: str, row: Row) -> Iterator[tuple[str, Any]]:
    """Yield everything a row is examined with, each with its name."""
    if row.takes == "text":
        yield from TEXTS.items()
        return
    yield from VALUES.items()
    for depth in (30, 900, 20_000):
        yield f"{depth} deep", deep(depth)
    example = EXAMPLES.get(name)
    if example is None:
        return
    for path in places(example)[1:]:
        for called, value in VALUES.items():
            yield f"{called} at {'.'.join(map(str, path))}", put(example, path, value)
        yield f"deep at {'.'.join(map(str, path))}", put(example, path, deep(900))


def main_examination(url: str, only: str) -> dict[str, list[str]]:
    """Examine every parser whose name holds *only*; return what is wrong, by parser."""
    rows = table(System(url))
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + MEMORY_BYTES, hard))
    found: dict[str, list[str]] = {}
    for name, row in rows.items():
        if only not in name:
            continue
        for called, value in inputs_of(name, row):
            if wrong := examined(row, value):
                found.setdefault(name, []).append(f"{called}: {wrong}")
    return found


if __name__ == "__main__":
    with contextlib.redirect_stdout(io.StringIO()):
        wrong_ones = main_examination(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "")
    json.dump(wrong_ones, sys.stdout)
