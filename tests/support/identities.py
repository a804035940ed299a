"""
Callers of every kind who may bear one name, what each of them does at every route, and where the product keeps who it
was. Key functions and routes are listed here by name; tests hold the lists against the code.
"""

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal

import click
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from werkzeug.test import TestResponse

from api.auth import access_tokens, api_keys, guard, one_time, refresh_tokens, sessions
from api.auth.identity import Identity
from shared.model import principals
from shared.redis import access_keys, analysis_keys, delivery_keys, keys, report_keys, scrape_keys, webhook_keys
from shared.store import channel_store, due_groups, rule_store
from tests.support.api import BASE, stored
from tests.support.factories import a_rule
from tests.support.subscriptions import body_of

PASSWORD = "말이 없는 밤 열두 시"
CORE = "zyqx7w"
"""Part of every name, so that a name is found wherever it is stored."""
MODULES: tuple[ModuleType, ...] = (
    keys,
    access_keys,
    delivery_keys,
    scrape_keys,
    analysis_keys,
    report_keys,
    webhook_keys,
)

Holds = Literal["nobody", "own", "signed", "themselves"]
"""
What a store holds of callers:

- nobody: no caller, neither by name nor by the digest of a name.
- own: what belongs to one caller, at a key that no other caller's requests write to.
- signed: records of all; one that names who acted has the principal too.
- themselves: the users and API keys, each at its id.
"""
STORES: dict[str, Holds] = {
    # keys
    "events": "nobody", "outbox": "nobody", "dead_letters": "nobody", "lease": "nobody", "fence": "nobody",
    "alive": "nobody", "clock": "nobody", "snapshots": "nobody", "checkpoint": "nobody", "cooldown": "nobody",
    "recorded": "nobody", "recorder_lease": "nobody", "recorder_fence": "nobody",
    "partitions": "nobody",
    "schema": "nobody", "rules": "nobody", "rules_revision": "nobody", "channels": "nobody", "alert": "signed",
    "timeline": "signed", "ledger": "nobody", "active_alerts": "nobody", "alert_history": "nobody",
    "unproven_alerts": "nobody", "silences": "signed", "silences_revision": "nobody", "flaps_day": "nobody",
    "banner": "nobody", "statistics_hour": "nobody", "feed": "signed", "router_lease": "nobody",
    "router_fence": "nobody", "router_cursors": "nobody", "router_ahead": "nobody", "commands": "signed",
    "evaluators": "nobody", "processes": "nobody", "plugins": "nobody", "audit": "signed", "watch_lease": "nobody",
    "watch_fence": "nobody", "dead_producers": "nobody", "set_aside": "nobody", "last_backup": "nobody",
    "records": "signed", "records_recorded": "nobody",
    "ingest_mapping": "signed", "body_mappings": "signed",
    # Keys of ours are named in kept bodies as senders, which act upon nothing.
    "last_body": "nobody", "unfit_bodies": "nobody",
    "routes": "signed",
    "imports": "signed",
    "channels_wanted": "nobody",
    "ingest_seen": "nobody",
    # access_keys
    "published": "own", "first_signing_key": "nobody", "signing_keys": "nobody", "users": "themselves",
    "api_keys": "themselves", "api_keys_used": "nobody", "refresh_family": "own", "session": "own", "of_user": "own",
    "of_principal": "own", "rate": "own", "replay": "own", "sign_in_code": "own", "live_ticket": "own",
    "saved_searches": "signed",
    # delivery_keys
    "group_window": "nobody", "deliveries_hour": "nobody", "due": "nobody", "in_hand": "nobody", "due_groups": "nobody",
    "job_waiting": "nobody", "group_claim": "nobody", "recipients": "nobody", "refused": "nobody",
    "slow_recipients": "nobody", "bucket": "nobody", "pause": "nobody", "failures": "nobody",
    "push_subscriptions": "signed", "push_key": "nobody", "sms_receipt": "nobody", "dead_notifications": "nobody",
    # scrape_keys
    "jobs": "nobody", "revision": "nobody", "files": "nobody", "states": "nobody", "series": "nobody",
    "workers": "nobody", "scrape_lease": "nobody", "scrape_fence": "nobody",
    # analysis_keys
    "questions": "signed", "waiting": "nobody", "running": "nobody", "answer": "nobody", "analysis_lease": "nobody",
    "analysis_fence": "nobody", "progress": "nobody",
    # report_keys
    "report_schedule": "signed", "report_mails": "nobody", "report_claim": "nobody",
}  # fmt: skip
COMMON = (access_keys.published("", "all").removeprefix(access_keys.published("", "")), "sign-in:address:")
"""Parts of keys of one's own that are everybody's: what all publish together, and tries from one address."""
RUN_OUT = ("rate", "published", "live_ticket")
"""Stores of what runs out by itself, which is nobody's act: buckets that are full again, and tickets."""


def key_functions() -> dict[str, Callable[..., str]]:
    """Return every function that makes a key, by name."""
    return {
        name: function
        for module in MODULES
        for name, function in vars(module).items()
        if inspect.isfunction(function) and function.__module__ == module.__name__ and not name.startswith("_")
    }


def store_of(key: str) -> str:
    """Return which key function made a key; "" if none did."""
    found = [(len(pattern.pattern), name) for name, pattern in _patterns() if pattern.fullmatch(key)]
    return max(found)[1] if found else ""


def _patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    for name, function in key_functions().items():
        parameters = inspect.signature(function).parameters.values()
        marks = ["7077" if one.annotation is int else f"mark{n}" for n, one in enumerate(parameters)]
        made = re.escape(function(*(int(mark) if mark.isdigit() else mark for mark in marks)))
        for mark in marks:
            made = made.replace(mark, r"\d+" if mark.isdigit() else r".+")
        yield name, re.compile(made, re.DOTALL)


@dataclass
class Caller:
    """Somebody who is signed in, and everything that this one may do something to."""

    client: FlaskClient
    kind: str
    name: str
    id: str
    number: int
    """Told apart by it: `a1`, `r1`, … are what caller 1 changes."""
    again: FlaskClient
    """The same caller with another credential, where there can be one; it may be signed out."""
    code: str = ""
    """A one-time link that the caller has not followed yet."""

    @property
    def principal(self) -> str:
        return principals.principal(self.kind, self.id)  # type: ignore[arg-type]

    @property
    def identity(self) -> Identity:
        return Identity(self.name, "admin", kind=self.kind, id=self.id)  # type: ignore[arg-type]

    @property
    def marks(self) -> tuple[str, str]:
        """What stands in a record that this caller signed."""
        return self.principal, principals.signed(self.name, self.principal)


def by_cookie(app: Flask, secret: str) -> FlaskClient:
    client = app.test_client()
    client.set_cookie(guard.COOKIE, secret)
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    return client


def by_bearer(app: Flask, token: str) -> FlaskClient:
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return client


def _user(app: Flask, redis: Redis, name: str, number: int) -> Caller:
    first, second = (by_cookie(app, sessions.open_session(redis, Identity(name, "admin"), is_user=True)) for _ in "12")
    return Caller(first, "user", name, name, number, second)


def _program(app: Flask, redis: Redis, name: str, number: int) -> Caller:
    first, second = (by_bearer(app, refresh_tokens.issue(redis, name, "admin").access_token) for _ in "12")
    return Caller(first, "user", name, name, number, second)


def _key(app: Flask, redis: Redis, name: str, number: int) -> Caller:
    key, text = api_keys.create(redis, name, "admin", 1)
    return Caller(by_bearer(app, text), "key", name, key.id, number, by_bearer(app, text))


def _link(app: Flask, redis: Redis, name: str, number: int) -> Caller:
    def opened() -> FlaskClient:
        found = one_time.redeem_sign_in_code(redis, one_time.create_sign_in_code(redis, name))
        return by_cookie(app, sessions.open_session(redis, found, is_user=False))

    code = one_time.create_sign_in_code(redis, name)
    return Caller(opened(), "link", name, name, number, opened(), code)


def _token(app: Flask, redis: Redis, name: str, number: int) -> Caller:
    made = by_bearer(app, access_tokens.issue(redis, name, "admin"))
    return Caller(made, "token", name, name, number, made)


WAYS: dict[str, Callable[[Flask, Redis, str, int], Caller]] = {
    "user": _user,
    "program": _program,
    "key": _key,
    "link": _link,
    "token": _token,
}


def prepare(redis: Redis, caller: Caller) -> None:
    """Store what the requests of a caller change."""
    n = caller.number
    for name in ("put", "patch", "delete", "enable", "disable"):
        rule_store.save(redis, a_rule(id=f"{name}{n}"))
    for name in ("ack", "res", "acks", "ress", "say", "give", "retry"):
        stored(redis, n, id=f"{name}{n}", channels=["webhook"])
    redis.zadd(delivery_keys.dead_notifications(), {f"webhook{due_groups.SEPARATOR}retry{n}": 1})
    mail = {"smtp_server": "localhost", "from_email": "a@example.com", "to_emails": ["b@example.com"]}
    channel_store.save(redis, f"email-r{n}", mail)
    redis.hset(keys.ledger(f"retry{n}"), "webhook", '{"status":"dead"}')


Act = Callable[[Caller], TestResponse | None]
SILENCE = {"matchers": [{"name": "plugin_id", "value": "web"}], "comment": "x", "length_ms": 60_000}
IMPORTED = {"files": [{"name": "f.yml", "text": "route: {receiver: a, group_by: [g{n}]}\nreceivers: [{name: a}]"}]}
_RULE = {"name": "r", "metric": "m", "operator": ">", "threshold": 1}


def _sends(method: str, path: str, body: Any = None, *, is_again: bool = False, **headers: str) -> Act:
    """Return an act that sends a request; `{n}` in path and texts of the body is the caller's number."""

    def act(caller: Caller) -> TestResponse:
        client = caller.again if is_again else caller.client
        address, sent = _filled(path, caller.number), _filled(body, caller.number)
        return client.open(BASE + address, method=method, json=sent, headers=headers)

    return act


def _filled(value: Any, number: int) -> Any:
    if isinstance(value, str):
        return value.replace("{n}", str(number))
    if isinstance(value, dict):
        return {name: _filled(inner, number) for name, inner in value.items()}
    return [_filled(inner, number) for inner in value] if isinstance(value, list) else value


def _of_user(path: str) -> Act:
    """Return an act at a door where users give their password; for others it is not theirs to give."""

    def act(caller: Caller) -> TestResponse | None:
        body = {"name": caller.name, "password": PASSWORD}
        return caller.client.application.test_client().post(BASE + path, json=body) if caller.kind == "user" else None

    return act


def _with_refresh_token(path: str) -> Act:
    def act(caller: Caller) -> TestResponse | None:
        if caller.kind != "user":
            return None
        client = caller.client.application.test_client()
        body = {"name": caller.name, "password": PASSWORD}
        token = client.post(f"{BASE}/auth/tokens", json=body).json["refresh_token"]
        return client.post(BASE + path, json={"refresh_token": token})

    return act


def _follows_link(caller: Caller) -> TestResponse | None:
    return (
        caller.client.application.test_client().get("/sign-in", query_string={"code": caller.code})
        if caller.code
        else None
    )


def _subscribes(caller: Caller) -> TestResponse:
    return caller.client.post(f"{BASE}/push/subscriptions", json=body_of(caller.number))


def _unsubscribes(caller: Caller) -> TestResponse:
    made = caller.client.post(f"{BASE}/push/subscriptions", json=body_of(100 + caller.number)).json["id"]
    return caller.client.delete(f"{BASE}/push/subscriptions/{made}")


SAVED = {"name": "disks", "query": {"q": "disk"}}


def _replaces_search(caller: Caller) -> TestResponse:
    made = caller.client.post(f"{BASE}/alerts/searches", json=SAVED).json["id"]
    return caller.client.put(f"{BASE}/alerts/searches/{made}", json={**SAVED, "is_shared": True})


def _removes_search(caller: Caller) -> TestResponse:
    made = caller.client.post(f"{BASE}/alerts/searches", json=SAVED).json["id"]
    return caller.client.delete(f"{BASE}/alerts/searches/{made}")


def _replaces_silence(caller: Caller) -> TestResponse:
    made = caller.client.post(f"{BASE}/silences", json=SILENCE).json["id"]
    return caller.client.put(f"{BASE}/silences/{made}", json=SILENCE)


def _expires_silence(caller: Caller) -> TestResponse:
    made = caller.client.post(f"{BASE}/silences", json=SILENCE).json["id"]
    return caller.client.post(f"{BASE}/silences/{made}/expire")


def _undoes_import(caller: Caller) -> TestResponse:
    caller.client.post(f"{BASE}/imports/alertmanager", json=_filled(IMPORTED, caller.number))
    return caller.client.post(f"{BASE}/imports/alertmanager/undo")


def _removes_job(caller: Caller) -> TestResponse:
    caller.client.put(f"{BASE}/ingest/jobs/spare", json={"targets": ["web-1:9100"]})
    return caller.client.delete(f"{BASE}/ingest/jobs/spare")


def _revokes_key(caller: Caller) -> TestResponse:
    made = caller.client.post(f"{BASE}/api-keys", json={"name": "spare", "days": 1}).json["id"]
    return caller.client.delete(f"{BASE}/api-keys/{made}")


def _ends_session(caller: Caller) -> TestResponse | None:
    found = caller.client.get(f"{BASE}/me/sessions").json["sessions"]
    spare = [one["id"] for one in found if not one["current"]]
    # A program does not know which of its sign-ins is this one, so it ends none.
    return caller.client.delete(f"{BASE}/me/sessions/{spare[-1]}") if caller.client.get_cookie(guard.COOKIE) else None


def _changes_password(caller: Caller) -> TestResponse:
    """Try the password of the user of this name; the user gives a wrong one, so that all sessions go on."""
    old = "no password of mine" if caller.kind == "user" else PASSWORD
    return caller.client.put(f"{BASE}/me/password", json={"old": old, "new": "correct horse battery"})


READS = "reads"
"""Changes nothing."""
WAITS = "waits"
"""Waits for a worker: tests/integration/test_channels.py asks it of a real one."""
ACTS: dict[str, Act | Literal["reads", "waits"]] = {
    f"POST {BASE}/alerts/<alert_id>/acknowledge": _sends("POST", "/alerts/ack{n}/acknowledge", {"comment": "x"}),
    f"POST {BASE}/alerts/<alert_id>/resolve": _sends("POST", "/alerts/res{n}/resolve"),
    f"POST {BASE}/alerts/bulk/acknowledge": _sends("POST", "/alerts/bulk/acknowledge", {"alert_ids": ["acks{n}"]}),
    f"POST {BASE}/alerts/bulk/resolve": _sends("POST", "/alerts/bulk/resolve", {"alert_ids": ["ress{n}"]}),
    f"POST {BASE}/alerts/<alert_id>/comments": _sends("POST", "/alerts/say{n}/comments", {"comment": "x"}),
    f"POST {BASE}/alerts/searches": _sends("POST", "/alerts/searches", SAVED),
    f"PUT {BASE}/alerts/searches/<search_id>": _replaces_search,
    f"DELETE {BASE}/alerts/searches/<search_id>": _removes_search,
    f"PUT {BASE}/alerts/<alert_id>/assignee": _sends("PUT", "/alerts/give{n}/assignee", {"assignee": "lee"}),
    f"POST {BASE}/rules": _sends("POST", "/rules", _RULE, **{"Idempotency-Key": "k"}),
    f"PUT {BASE}/rules/<rule_id>": _sends("PUT", "/rules/put{n}", _RULE),
    f"PATCH {BASE}/rules/<rule_id>": _sends("PATCH", "/rules/patch{n}", {"threshold": 2}),
    f"DELETE {BASE}/rules/<rule_id>": _sends("DELETE", "/rules/delete{n}"),
    f"POST {BASE}/rules/<rule_id>/enable": _sends("POST", "/rules/enable{n}/enable"),
    f"POST {BASE}/rules/<rule_id>/disable": _sends("POST", "/rules/disable{n}/disable"),
    f"POST {BASE}/rule-preview": READS,
    f"POST {BASE}/rule-backtests": READS,
    f"DELETE {BASE}/rule-backtests/<backtest_id>": READS,
    f"POST {BASE}/rules-file": _sends(
        "POST",
        "/rules-file",
        {
            "text": '[[rule]]\nid = "file{n}"\nname = "f"\nmetric = "m"\noperator = ">"\nthreshold = 1\n',
            "format": "toml",
        },
    ),
    f"POST {BASE}/templates/preview": READS,
    f"PUT {BASE}/channels/<channel_name>/config": _sends(
        "PUT", "/channels/webhook-c{n}/config", {"url": "https://example.com/x"}
    ),
    f"DELETE {BASE}/channels/<channel_name>/config": _sends("DELETE", "/channels/webhook-d{n}/config"),
    f"POST {BASE}/test/<channel_name>": WAITS,
    f"POST {BASE}/notifications/retry": _sends(
        "POST", "/notifications/retry", {"channel": "webhook", "alert_id": "retry{n}"}
    ),
    f"POST {BASE}/push/subscriptions": _subscribes,
    f"DELETE {BASE}/push/subscriptions/<subscription_id>": _unsubscribes,
    # Twilio is no caller of ours: its signature says that it is Twilio, and it signs nothing that is kept.
    f"POST {BASE}/callbacks/twilio/<channel_name>": READS,
    f"POST {BASE}/silences": _sends("POST", "/silences", SILENCE),
    f"PUT {BASE}/silences/<silence_id>": _replaces_silence,
    f"POST {BASE}/silence-preview": READS,
    f"POST {BASE}/silences/<silence_id>/expire": _expires_silence,
    f"POST {BASE}/events": _sends("POST", "/events", {"plugin_id": "p{n}", "metrics": {"m{n}": 1}}),
    f"PUT {BASE}/ingest/mapping": _sends("PUT", "/ingest/mapping", {"default": {"id_labels": ["host"]}}),
    f"POST {BASE}/ingest/mapping/try": READS,
    f"POST {BASE}/ingest/mapping/restore": _sends("POST", "/ingest/mapping/restore", {"version": 0}),
    f"PUT {BASE}/routes": _sends("PUT", "/routes", {"route": {"channels": ["web"], "name": "r{n}"}}),
    f"POST {BASE}/imports/<system>/dry-run": READS,
    f"POST {BASE}/imports/<system>": _sends("POST", "/imports/alertmanager", IMPORTED),
    f"POST {BASE}/imports/<system>/undo": _undoes_import,
    f"PUT {BASE}/reports/schedule": _sends("PUT", "/reports/schedule", {"channel": "email-r{n}"}),
    f"POST {BASE}/reports/schedule/send": _sends("POST", "/reports/schedule/send", {}),
    f"DELETE {BASE}/reports/schedule": _sends("DELETE", "/reports/schedule"),
    f"POST {BASE}/routes/test": READS,
    f"POST {BASE}/routes/restore": _sends("POST", "/routes/restore", {"version": 0}),
    f"PUT {BASE}/ingest/webhooks": _sends(
        "PUT", "/ingest/webhooks", {"webhooks": {"x": {"name": {"default": "x{n}"}}}}
    ),
    f"POST {BASE}/ingest/webhooks/try": READS,
    f"POST {BASE}/ingest/webhooks/restore": _sends("POST", "/ingest/webhooks/restore", {"version": 0}),
    f"PUT {BASE}/ingest/jobs/<job_name>": _sends("PUT", "/ingest/jobs/job{n}", {"targets": ["web-1:9100"]}),
    f"DELETE {BASE}/ingest/jobs/<job_name>": _removes_job,
    f"POST {BASE}/users": _sends("POST", "/users", {"name": "user{n}", "password": PASSWORD}),
    f"PATCH {BASE}/users/<name>": _sends("PATCH", "/users/user{n}", {"role": "operator"}),
    f"DELETE {BASE}/users/<name>": _sends("DELETE", "/users/user{n}"),
    f"POST {BASE}/api-keys": _sends("POST", "/api-keys", {"name": "spare", "days": 1}),
    f"DELETE {BASE}/api-keys/<key_id>": _revokes_key,
    f"GET {BASE}/backup": _sends("GET", "/backup"),
    "GET /sign-in": _follows_link,
    f"POST {BASE}/sign-in": _of_user("/sign-in"),
    f"POST {BASE}/sign-out": _sends("POST", "/sign-out", is_again=True),
    f"POST {BASE}/auth/tokens": _of_user("/auth/tokens"),
    f"POST {BASE}/auth/refresh": _with_refresh_token("/auth/refresh"),
    f"POST {BASE}/auth/revoke": _with_refresh_token("/auth/revoke"),
    f"DELETE {BASE}/me/sessions/<session_id>": _ends_session,
    f"PUT {BASE}/me/password": _changes_password,
    f"POST {BASE}/live/ticket": _sends("POST", "/live/ticket"),
    f"POST {BASE}/series/query": READS,
}
"""What a caller does at each route that may change something, in an order in which each of them succeeds."""

COMMANDS: dict[str, tuple[str, ...] | Literal["reads"]] = {
    **dict.fromkeys(
        [
            *(
                "alerts list",
                "alerts search",
                "alerts searches",
                "alerts show",
                "channels list",
                "completion",
                "doctor",
                "keys list",
                "notifications dead",
            ),
            *("ready", "rules diff", "rules export", "rules list", "rules show", "secrets key", "silences list", "top"),
            *(
                "users list",
                "redis-acl",
                "ingest mapping show",
                "ingest relabel",
                "routes show",
                "routes test",
                "routes history",
                "ingest mapping try",
                "ingest mapping history",
                "ingest webhooks show",
                "ingest webhooks try",
                "ingest webhooks history",
                "ingest webhooks bodies",
                "ingest targets list",
                "ingest targets jobs",
                "ingest targets files",
                "backup",
                "archive copy",
                "archive export",
                "archive status",
                "report show",
                "report mails",
                "rules backtest",
                "trends metric",
                "explain",
                "rules test",
                "trends alerting",
                "self-test",
                "publish",
            ),
            # Processes; what they do is nobody's act.
            *("api", "evaluator", "producer", "recorder", "relay", "router", "up", "worker"),
        ],
        READS,
    ),
    "archive prune": ("archive", "prune", "--before", "2020-01-01", "--yes"),
    # The whole of the stored data, which is nobody's; tests/integration/test_backup.py.
    "restore": READS,
    "migrate": READS,
    "channels test": READS,
    "alerts ack": ("alerts", "ack", "ack0"),
    "alerts resolve": ("alerts", "resolve", "res0"),
    "alerts comment": ("alerts", "comment", "say0", "x"),
    "alerts assign": ("alerts", "assign", "give0", "lee"),
    "notifications retry": ("notifications", "retry", "--channel", "webhook", "--alert", "retry0"),
    "rules add": ("rules", "add", "--id", "a", "--name", "a", "--metric", "m", "--operator", ">", "--threshold", "1"),
    "rules apply": ("rules", "apply", "{folder}"),
    "import prometheus-rules": ("import", "prometheus-rules", "{alerting}", "--apply"),
    "import grafana": ("import", "grafana", "{grafana}", "--apply"),
    "import alertmanager": ("import", "alertmanager", "{alertmanager}", "--apply"),
    "rules delete": ("rules", "delete", "delete0"),
    "rules disable": ("rules", "disable", "disable0"),
    "rules enable": ("rules", "enable", "disable0"),
    "silences add": ("silences", "add", "plugin_id=web", "--comment", "x"),
    "silences expire": ("silences", "expire", "{silence}"),
    "ingest mapping set": ("ingest", "mapping", "set", "{mapping}"),
    "ingest mapping undo": ("ingest", "mapping", "undo"),
    "ingest webhooks set": ("ingest", "webhooks", "set", "{webhooks}"),
    "ingest webhooks undo": ("ingest", "webhooks", "undo"),
    "routes apply": ("routes", "apply", "{routes}"),
    "routes undo": ("routes", "undo"),
    "report schedule": ("report", "schedule", "email-r0"),
    "report send": ("report", "send"),
    "report unschedule": ("report", "unschedule"),
    "ingest targets set": ("ingest", "targets", "set", "job0", "web-1:9100"),
    "ingest targets remove": ("ingest", "targets", "remove", "job0"),
    "users add": ("users", "add", "user0", "--password", PASSWORD),
    "users role": ("users", "role", "user0", "operator"),
    "users disable": ("users", "disable", "user0"),
    "users enable": ("users", "enable", "user0"),
    "users password": ("users", "password", "user0", "--password", "고양이가 창밖을 오래 본다"),
    "users delete": ("users", "delete", "user0"),
    "token": ("token", "--name", "spare", "--days", "1"),
    "keys revoke": ("keys", "revoke", "{key}"),
    "keys rotate": ("keys", "rotate"),
    "secrets rotate": READS,
}
"""What somebody does at the shell with each command that changes something."""


def commands(group: click.Group, path: str = "") -> Iterator[str]:
    """Yield the full name of every command."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, f"{path}{name} ")
        else:
            yield f"{path}{name}"
