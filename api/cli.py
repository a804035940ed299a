"""
`enhanced-alerts`: the command line.

Heavy imports happen inside the commands: `--help` must answer at once.
"""

import json
import os
import sys
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from redis import Redis

    from shared.audit import Author
    from shared.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")


def told(command: F) -> F:
    """Turn every expected error into one sentence on stderr and exit code 1."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        from redis.exceptions import RedisError

        from shared.errors import AlertsError

        try:
            return command(*args, **kwargs)
        except AlertsError as error:
            click.echo(str(error), err=True)
        except RedisError as error:
            click.echo(f"Redis cannot serve this now: {str(error).splitlines()[0]}", err=True)
        sys.exit(1)

    return run  # type: ignore[return-value]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="enhanced-alerts", prog_name="enhanced-alerts")
def main() -> None:
    """Event-driven alerting: plugins publish, rules decide, people are told."""
    from shared import crash_points

    crash_points.arm()


# -- processes ----------------------------------------------------------------------------------------------


@main.command()
def up() -> None:
    """Start everything on this machine, with an embedded server unless REDIS_URL is set."""
    from api.up import up as run
    from shared.errors import AlertsError
    from shared.settings import Settings

    try:
        settings = Settings.from_environment()
    except AlertsError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    sys.exit(run(settings, click.echo))


def _process(name: str, arguments: Sequence[str], sentence: str) -> None:
    @main.command(name, help=sentence, context_settings={"ignore_unknown_options": True})
    @click.argument("rest", nargs=-1, type=click.UNPROCESSED)
    def start(rest: tuple[str, ...]) -> None:
        os.execv(sys.executable, [sys.executable, "-m", *arguments, *rest])


_process("evaluator", ["evaluator"], "Run one evaluator; as many as wanted share the partitions.")
_process("router", ["dispatchers", "router"], "Run a router; one is active, others stand by.")
_process("worker", ["dispatchers", "worker"], "Run a dispatch worker. --channels a,b: only these.")
_process("api", ["api"], "Run the REST API.")
_process("relay", ["api.live"], "Run the WebSocket relay.")
_process("producer", ["producers"], "Publish this machine's own metrics.")


# -- events -------------------------------------------------------------------------------------------------


@main.command()
@click.argument("plugin_id")
@click.argument("metrics", nargs=-1, metavar="[METRIC=VALUE]...")
@click.option("--name", default="", help="Name shown to people.")
@click.option("--state", "states", multiple=True, metavar="NAME=TEXT")
@click.option("--error", "errors", multiple=True, metavar="TYPE[:MESSAGE]")
@click.option("--label", "labels", multiple=True, metavar="NAME=TEXT")
@told
def publish(
    plugin_id: str,
    metrics: tuple[str, ...],
    name: str,
    states: tuple[str, ...],
    errors: tuple[str, ...],
    labels: tuple[str, ...],
) -> None:
    """Publish one event, e.g. `publish my_plugin cpu_usage=95 --label region=kr`."""
    from shared import keys, streams
    from shared.clock import SystemClock
    from shared.errors import Invalid
    from shared.partitions import partition_of

    redis, settings = _connected()
    fields: dict[str, Any] = {"plugin_id": plugin_id, "plugin_name": name, "metrics": {}}
    for metric, text in _pairs("METRIC=VALUE", metrics):
        try:
            fields["metrics"][metric] = float(text)
        except ValueError:
            raise Invalid({metric: f"must be a number, not {text!r}"}, "The event") from None
    fields["states"] = dict(_pairs("--state", states))
    fields["labels"] = dict(_pairs("--label", labels))
    fields["errors"] = [{"type": kind, "message": message} for kind, _, message in (e.partition(":") for e in errors)]
    body = json.dumps(fields, ensure_ascii=False).encode()
    _, bad = streams.decode(body, SystemClock().now_ms())
    if bad:
        raise Invalid({"event": bad[0].reason}, "The event")
    redis.xadd(keys.events(partition_of(plugin_id, settings.partitions)), {keys.EVENT_FIELD: body})
    click.echo(f"Published an event of {plugin_id}.")


# -- rules --------------------------------------------------------------------------------------------------


@main.group()
def rules() -> None:
    """Rules: list, show, add, delete, enable, disable, export, apply."""


@rules.command("list")
@AS_JSON
@told
def rules_list(as_json: bool) -> None:
    """All rules."""
    from shared import rules as store

    redis, _ = _connected()
    _, found, broken = store.load_all(redis)
    if as_json:
        _print_json([rule.model_dump(mode="json") for rule in found])
        return
    rows = [(r.id, "on" if r.enabled else "off", r.severity, r.name, _in_words(r), ",".join(r.channels)) for r in found]
    _print_table(
        ("ID", "", "SEVERITY", "NAME", "CONDITION", "CHANNELS"), rows, "There are no rules; see `rules add -h`."
    )
    for rule_id, why in broken.items():
        click.echo(f"{rule_id} cannot be read: {why}", err=True)


@rules.command("show")
@click.argument("rule_id")
@told
def rules_show(rule_id: str) -> None:
    """One rule, as JSON."""
    from shared import rules as store

    redis, _ = _connected()
    _print_json(store.get(redis, rule_id).model_dump(mode="json", exclude_none=True))


@rules.command("add")
@click.option("--id", "rule_id", help="Made up if not given.")
@click.option("--name", required=True)
@click.option("--description", default="")
@click.option("--metric")
@click.option("--operator", help="> >= < <= == !=")
@click.option("--threshold", type=float)
@click.option("--condition", help="Another kind of condition, as JSON.")
@click.option("--severity", default="warning", help="info, warning, error, critical or emergency")
@click.option("--channels", default="web,dashboard", help="Names separated by commas.")
@click.option("--cooldown-minutes", type=float, default=5)
@click.option("--for-seconds", type=float, default=0)
@click.option("--plugin-id", help="Only this plugin.")
@click.option("--disabled", is_flag=True)
@told
def rules_add(rule_id: str | None, channels: str, condition: str | None, disabled: bool, **fields: Any) -> None:
    """Make a rule, or replace the one with this id."""
    redis, settings = _connected()
    given = {k: v for k, v in fields.items() if v is not None}
    given["channels"] = [name.strip() for name in channels.split(",") if name.strip()]
    given["enabled"] = not disabled
    if rule_id:
        given["id"] = rule_id
    if condition:
        given["condition"] = _parse_json(condition, "--condition")
    rule = _save(redis, settings, given)
    click.echo(f"Rule {rule.id} is live: {_in_words(rule)}")


@rules.command("delete")
@click.argument("rule_id")
@told
def rules_delete(rule_id: str) -> None:
    """Remove a rule; its open alerts are resolved."""
    from shared import rules as store

    redis, _ = _connected()
    store.delete(redis, rule_id, author=_author())
    click.echo(f"Rule {rule_id} is gone.")


@rules.command("enable")
@click.argument("rule_id")
@told
def rules_enable(rule_id: str) -> None:
    """Switch a rule on."""
    _switch(rule_id, True)


@rules.command("disable")
@click.argument("rule_id")
@told
def rules_disable(rule_id: str) -> None:
    """Switch a rule off; its open alerts are resolved."""
    _switch(rule_id, False)


@rules.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
@told
def rules_export(file: Path | None) -> None:
    """Write all rules to FILE (.toml or .json), or as TOML to the terminal."""
    from api import rule_files
    from shared import rules as store

    redis, _ = _connected()
    _, found, _ = store.load_all(redis)
    text = rule_files.write(found, file.suffix if file else ".toml")
    if file is None:
        click.echo(text, nl=False)
    else:
        file.write_text(text, encoding="utf-8")
        click.echo(f"Wrote {len(found)} rules to {file}.")


PATH = click.argument("path", type=click.Path(exists=True, path_type=Path))


@rules.command("diff")
@PATH
@told
def rules_diff(path: Path) -> None:
    """Show what applying PATH (a .toml or .json file, or a folder of them) would change; exit code 1 if anything."""
    sys.exit(0 if _compared(path)[1].is_empty() else 1)


@rules.command("apply")
@PATH
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@told
def rules_apply(path: Path, dry_run: bool) -> None:
    """Make the rules of PATH live; all of them, or none if one is bad. Rules gone from a file are deleted."""
    from api import rule_files

    redis, difference = _compared(path)
    if dry_run:
        click.echo("Nothing was changed (--dry-run).")
        return
    if not difference.is_empty():
        rule_files.apply(redis, difference, author=_author())
    live = len(difference.added) + len(difference.changed) + len(difference.same)
    click.echo(f"{live} rules of {path} are live.")


def _compared(path: Path) -> Any:
    from api import rule_files

    redis, settings = _connected()
    wanted = rule_files.load(path, int(settings.stream_keep_seconds * 1000))
    difference = rule_files.compare(redis, wanted)
    for rule in difference.added:
        click.echo(f"+ {rule.id}: {_in_words(rule)}")
    for before, after in difference.changed:
        old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
        fields = [name for name in new if old[name] != new[name] and name != "revision"]
        click.echo(f"~ {after.id}: " + ", ".join(f"{name} {old[name]!r} → {new[name]!r}" for name in fields))
    for rule in difference.removed:
        click.echo(f"- {rule.id}: no longer in the file")
    return redis, difference


# -- alerts -------------------------------------------------------------------------------------------------


@main.group()
def alerts() -> None:
    """Alerts: list, show, ack, resolve."""


@alerts.command("list")
@click.option("--history", is_flag=True, help="Resolved ones too, newest first.")
@click.option("--limit", default=50, show_default=True)
@AS_JSON
@told
def alerts_list(history: bool, limit: int, as_json: bool) -> None:
    """Active alerts, worst first."""
    from shared import keys, records

    redis, _ = _connected()
    if history:
        ids = [i.decode() for i in redis.zrevrange(keys.alert_history(), 0, limit - 1)]
    else:
        ids = records.active_ids(redis, 0, limit - 1)
    found = [a for a in records.load(redis, ids) if a is not None]
    if as_json:
        _print_json(found)
        return
    rows = [(a.id, a.severity, a.state, a.rule_name, a.plugin_name, a.condition, _ago(a.started_at_ms)) for a in found]
    _print_table(("ID", "SEVERITY", "STATE", "RULE", "PLUGIN", "CONDITION", "SINCE"), rows, "No alert is active.")


@alerts.command("show")
@click.argument("alert_id")
@AS_JSON
@told
def alerts_show(alert_id: str, as_json: bool) -> None:
    """One alert and its story."""
    from shared import records

    redis, _ = _connected()
    alert, story = records.get(redis, alert_id), records.timeline(redis, alert_id)
    if as_json:
        _print_json({"alert": alert, "timeline": story})
        return
    click.echo(f"{alert.severity.upper()} {alert.state}: {alert.rule_name} — {alert.plugin_name}  ({alert.condition})")
    rows = [(_time(e.at_ms), e.kind, e.channel or e.by, e.reason) for e in story]
    _print_table(("AT", "WHAT", "WHO", "REASON"), rows, "Nothing is recorded.")


def _act(alert_id: str, verb: str, comment: str) -> None:
    from getpass import getuser

    from api import operations

    redis, settings = _connected()
    alert = getattr(operations, verb)(redis, settings, alert_id, getuser(), comment)
    click.echo(f"Alert {alert.id} is {alert.state}.")


@alerts.command("ack")
@click.argument("alert_id")
@click.option("--comment", default="")
@told
def alerts_ack(alert_id: str, comment: str) -> None:
    """Say that you have seen it."""
    _act(alert_id, "acknowledge", comment)


@alerts.command("resolve")
@click.argument("alert_id")
@click.option("--comment", default="")
@told
def alerts_resolve(alert_id: str, comment: str) -> None:
    """Close it."""
    _act(alert_id, "resolve", comment)


@alerts.command("comment")
@click.argument("alert_id")
@click.argument("text")
@told
def alerts_comment(alert_id: str, text: str) -> None:
    """Write something into its story."""
    from getpass import getuser

    from api import operations

    redis, settings = _connected()
    operations.comment(redis, settings, alert_id, getuser(), text)
    click.echo(f"Noted on alert {alert_id}.")


@alerts.command("assign")
@click.argument("alert_id")
@click.argument("to", default="")
@told
def alerts_assign(alert_id: str, to: str) -> None:
    """Say whose it is; without a name, nobody's."""
    from getpass import getuser

    from api import operations

    redis, settings = _connected()
    operations.assign(redis, settings, alert_id, getuser(), to)
    click.echo(f"Alert {alert_id} is {to or 'nobody'}'s.")


# -- silences -----------------------------------------------------------------------------------------------


@main.group()
def silences() -> None:
    """Silences: list, add, expire."""


@silences.command("list")
@AS_JSON
@told
def silences_list(as_json: bool) -> None:
    """Active, planned and past ones."""
    from shared import silences as store
    from shared.clock import SystemClock

    redis, _ = _connected()
    now_ms = SystemClock().now_ms()
    found = store.load_all(redis)[1]
    if as_json:
        _print_json([{**s.model_dump(mode="json"), "state": s.state(now_ms)} for s in found])
        return
    rows = []
    for s in found:
        matchers = " ".join(f"{m.name}{'=' if m.is_equal else '!='}{m.value}" for m in s.matchers)
        rows.append((s.id, s.state(now_ms), matchers, _time(s.ends_at_ms), s.author, s.comment))
    _print_table(("ID", "STATE", "MATCHERS", "UNTIL", "AUTHOR", "COMMENT"), rows, "There are no silences.")


@silences.command("add")
@click.argument("matchers", nargs=-1, required=True, metavar="NAME=GLOB...")
@click.option("--hours", type=float, default=1.0, show_default=True)
@click.option("--comment", required=True)
@click.option("--cron", help="Recurring, five fields; with --minutes.")
@click.option("--minutes", type=float, help="How long each time.")
@click.option("--timezone", default="UTC", show_default=True)
@click.option("--dry-run", is_flag=True, help="Only list the active alerts it would hide.")
@told
def silences_add(
    matchers: tuple[str, ...],
    hours: float,
    comment: str,
    cron: str | None,
    minutes: float | None,
    timezone: str,
    dry_run: bool,
) -> None:
    """Tell nobody of matching alerts for a while, e.g. `silences add plugin_id=web-* --hours 2 --comment deploy`."""
    from getpass import getuser

    from shared import records
    from shared import silences as store
    from shared.clock import SystemClock

    redis, _ = _connected()
    now_ms = SystemClock().now_ms()
    silence = store.parse(
        {
            "matchers": [{"name": n, "value": v} for n, v in _pairs("NAME=GLOB", matchers)],
            "starts_at_ms": now_ms,
            "ends_at_ms": now_ms + int(hours * 3_600_000),
            "comment": comment,
            "author": getuser(),
            "created_at_ms": now_ms,
            "cron": cron,
            "duration_minutes": minutes,
            "timezone": timezone,
        }
    )
    hidden = [alert for alert in records.active(redis) if silence.matches(alert)]
    if dry_run:
        rows = [(a.id, a.severity, a.state, a.rule_name, a.plugin_name) for a in hidden]
        _print_table(("ID", "SEVERITY", "STATE", "RULE", "PLUGIN"), rows, "It would hide no alert that is active now.")
        return
    store.save(redis, silence, author=_author())
    click.echo(f"Silence {silence.id} until {_time(silence.ends_at_ms)}; it matches {len(hidden)} active alerts.")


@silences.command("expire")
@click.argument("silence_id")
@told
def silences_expire(silence_id: str) -> None:
    """End one now; what still fires is told then."""
    from shared import silences as store
    from shared.clock import SystemClock

    redis, _ = _connected()
    store.expire(redis, silence_id, SystemClock().now_ms(), author=_author())
    click.echo(f"Silence {silence_id} is over.")


# -- channels -----------------------------------------------------------------------------------------------


@main.group()
def channels() -> None:
    """Channels: list, test."""


@channels.command("list")
@told
def channels_list() -> None:
    """Every channel: whether it is configured, and whether it delivers."""
    from dispatchers import channel as kinds
    from shared import channels as store
    from shared import keys

    redis, _ = _connected()
    stored = store.load_stored(redis)
    rows = []
    for name in sorted({*kinds.catalogue(), *stored}):
        kind = kinds.find(name)
        if kind is None:
            continue
        fields = stored.get(name) or store.from_environment(name)
        state = "ready" if fields or not kind.needs_configuration else "not configured"
        if not fields.get("enabled", True):
            state = "switched off"
        failures = int(redis.get(keys.failures(name)) or 0)
        why = (redis.get(keys.pause(name)) or b"").decode()
        rows.append((name, kind.kind, f"failed {failures} times" if failures else state, why))
    _print_table(("CHANNEL", "KIND", "STATE", ""), rows, "There are no channels.")


@channels.command("test")
@click.argument("name")
@told
def channels_test(name: str) -> None:
    """Send a marked test message through the real path, and say what the provider answered."""
    from getpass import getuser

    from dispatchers import channel as kinds
    from shared import notifying

    redis, _ = _connected()
    kinds.get(name)
    result = notifying.request_test(redis, name, getuser())
    click.echo(f"{'Accepted' if result['accepted'] else 'Not accepted'}: {result['answer']} ({result['took_ms']} ms)")
    if not result["accepted"]:
        sys.exit(1)


@main.group("notifications")
def notifications_group() -> None:
    """Notifications that were given up: dead, retry."""


@notifications_group.command("dead")
@click.option("--channel", help="Only of this channel.")
@AS_JSON
@told
def notifications_dead(channel: str | None, as_json: bool) -> None:
    """List them, newest first, each with the reason."""
    from api import notifications

    redis, _ = _connected()
    found = notifications.dead(redis, channel)
    if as_json:
        _print_json(found)
        return
    rows = [(n["alert_id"], n["channel"], n["news"], _time(n["at_ms"]), str(n["attempts"]), n["reason"]) for n in found]
    _print_table(("ALERT", "CHANNEL", "NEWS", "AT", "ATTEMPTS", "REASON"), rows, "No notification was given up.")


@notifications_group.command("retry")
@click.option("--channel", help="Only of this channel.")
@click.option("--alert", "alert_id", help="Only of this alert; with --channel.")
@told
def notifications_retry(channel: str | None, alert_id: str | None) -> None:
    """Try them again: all, those of a channel, or one."""
    from getpass import getuser

    from api import notifications
    from shared.errors import Invalid

    redis, _ = _connected()
    if alert_id and channel:
        notifications.retry(redis, channel, alert_id, getuser())
        click.echo("1 notification will be tried again.")
        return
    if alert_id:
        raise Invalid({"--channel": "is needed beside --alert"}, "The command")
    click.echo(f"{notifications.retry_all(redis, channel, getuser())} notifications will be tried again.")


# -- access ---------------------------------------------------------------------------------------------


ROLE = click.Choice(["publisher", "viewer", "operator", "admin"])


@main.command()
@click.option("--link", is_flag=True, help="A one-time sign-in link for a browser instead.")
@click.option("--name", default="admin", show_default=True, help="What it is for.")
@click.option("--role", default="admin", show_default=True, type=ROLE)
@click.option("--days", default=30.0, show_default=True, help="How long it is good.")
@click.option("--plugin", "plugins", multiple=True, help="With --role publisher: only plugins matching this glob.")
@told
def token(link: bool, name: str, role: Any, days: float, plugins: tuple[str, ...]) -> None:
    """Make an API key for programs (Authorization: Bearer …), or a sign-in link."""
    from api import api_keys, identity
    from shared.errors import Invalid

    redis, settings = _connected()
    if link:
        click.echo(f"{settings.effective_public_url}/sign-in?code={identity.create_sign_in_code(redis, name, role)}")
        return
    if not 0 < days <= 3_650:
        raise Invalid({"--days": "must be more than 0 and at most 3650"}, "The token")
    click.echo(api_keys.create(redis, name, role, days, list(plugins), author=_author())[1])


@main.group("keys")
def keys_group() -> None:
    """API keys: list, revoke; `token` makes one. Also: rotate the key that signs access tokens."""


@keys_group.command("list")
@AS_JSON
@told
def keys_list(as_json: bool) -> None:
    """All API keys, newest first."""
    from api import api_keys

    redis, _ = _connected()
    found = api_keys.load_all(redis)
    if as_json:
        _print_json(found)
        return
    rows = [
        (
            key["id"],
            key["role"],
            key["name"],
            _time(key["expires_at_ms"]) if key["expires_at_ms"] else "never",
            _time(key["last_used_at_ms"]) if key["last_used_at_ms"] else "never",
        )
        for key in found
    ]
    _print_table(("ID", "ROLE", "NAME", "EXPIRES", "USED"), rows, "There are no API keys.")


@keys_group.command("revoke")
@click.argument("key_id")
@told
def keys_revoke(key_id: str) -> None:
    """End an API key at once."""
    from api import api_keys

    redis, _ = _connected()
    api_keys.revoke(redis, key_id, author=_author())
    click.echo(f"API key {key_id} is no good any more.")


@keys_group.command("rotate")
@told
def keys_rotate() -> None:
    """Sign access tokens with a new key from now on."""
    from api import identity

    redis, _ = _connected()
    key_id = identity.rotate_signing_key(redis)
    click.echo(f"Signing with key {key_id}; older tokens run out within a quarter of an hour.")


@main.group()
def users() -> None:
    """Users: list, add, password, role, disable, enable, delete."""


@users.command("list")
@AS_JSON
@told
def users_list(as_json: bool) -> None:
    """Everybody who can sign in with a password."""
    from api import users as store

    redis, _ = _connected()
    found = [store.shown(user) for user in store.load_all(redis)]
    if as_json:
        _print_json(found)
        return
    rows = [(u["name"], u["role"], "" if u["enabled"] else "disabled", _time(u["created_at_ms"])) for u in found]
    _print_table(("NAME", "ROLE", "", "SINCE"), rows, "There are no users; see `users add -h`.")


PASSWORD = click.option(
    "--password", prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for if left out."
)


@users.command("add")
@click.argument("name")
@click.option("--role", default="viewer", show_default=True, type=ROLE)
@PASSWORD
@told
def users_add(name: str, role: Any, password: str) -> None:
    """Make a user."""
    from api import users as store

    redis, _ = _connected()
    store.create(redis, name, role, password, author=_author())
    click.echo(f"{name} can sign in as {role}.")


@users.command("password")
@click.argument("name")
@PASSWORD
@told
def users_password(name: str, password: str) -> None:
    """Set a user's password; their sessions end."""
    _change_user(name, password=password)
    click.echo(f"{name} has a new password, and must sign in again.")


@users.command("role")
@click.argument("name")
@click.argument("role", type=ROLE)
@told
def users_role(name: str, role: Any) -> None:
    """Change what a user may do; their sessions end."""
    _change_user(name, role=role)
    click.echo(f"{name} is {role} now, and must sign in again.")


@users.command("disable")
@click.argument("name")
@told
def users_disable(name: str) -> None:
    """Shut a user out."""
    _change_user(name, enabled=False)
    click.echo(f"{name} is shut out.")


@users.command("enable")
@click.argument("name")
@told
def users_enable(name: str) -> None:
    """Let a user in again."""
    _change_user(name, enabled=True)
    click.echo(f"{name} can sign in again.")


@users.command("delete")
@click.argument("name")
@told
def users_delete(name: str) -> None:
    """Remove a user."""
    from api import users as store

    redis, _ = _connected()
    store.delete(redis, name, author=_author())
    click.echo(f"{name} is gone.")


def _change_user(name: str, **changes: Any) -> None:
    from api import users as store

    redis, _ = _connected()
    store.change(redis, name, **changes, author=_author())


# -- secrets and backups ------------------------------------------------------------------------------------


@main.group("secrets")
def secrets_group() -> None:
    """The keys that seal stored secrets: key, rotate."""


@secrets_group.command("key")
def secrets_key() -> None:
    """Print a new key for SECRET_KEYS."""
    from cryptography.fernet import Fernet

    click.echo(Fernet.generate_key().decode())


@secrets_group.command("rotate")
@click.option("--only-seal", is_flag=True, help="Make no new key; seal everything with the newest there is.")
@told
def secrets_rotate(only_seal: bool) -> None:
    """Seal everything anew with a new key. The old keys stay, for old backups."""
    from api import identity
    from shared import channels as store
    from shared import subscriptions, vault

    redis, _ = _connected()
    if not only_seal:
        vault.current().add_key()
    count = store.seal_again(redis)
    identity.seal_again(redis)
    subscriptions.seal_again(redis)
    click.echo(f"{count} channels and the system's own keys are sealed with the newest key of {vault.current().place}.")


@main.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--with-alerts", is_flag=True, help="Alerts, history, statistics and audit too.")
@told
def backup(file: Path, with_alerts: bool) -> None:
    """Write rules, channels, silences, users and keys to FILE; secrets stay sealed."""
    from shared import backup as backups

    redis, settings = _connected()
    summary = backups.write(redis, settings.partitions, file, with_alerts=with_alerts)
    click.echo(f"{file}: {summary}.")


@main.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Only check the file, and say what is in it.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@told
def restore(file: Path, dry_run: bool, yes: bool) -> None:
    """Make the system what FILE says, all or nothing; what is not in it is gone."""
    from shared import backup as backups

    redis, settings = _connected()
    document = backups.read(file)
    summary = backups.summary(document)
    click.echo(f"{file} of {_time(summary.created_at_ms)}: {summary}.")
    if dry_run:
        return
    if not yes:
        click.confirm("Replace what the system has now?", abort=True)
    backups.restore(redis, document, settings.partitions, author=_author())
    click.echo("Restored.")


# -- health -------------------------------------------------------------------------------------------------


@main.command()
@AS_JSON
def doctor(as_json: bool) -> None:
    """Look at every link of the chain, and say what to do about the broken one."""
    from api.doctor import examine

    found = []
    marks = {"ok": "ok  ", "warn": "WARN", "fail": "FAIL"}
    for finding in examine():
        found.append(finding)
        if not as_json:
            click.echo(
                f"{marks[finding.verdict]}  {finding.what}" + (f"\n      {finding.advice}" if finding.advice else "")
            )
    if as_json:
        _print_json([finding.as_dict() for finding in found])
    sys.exit(1 if any(finding.verdict == "fail" for finding in found) else 0)


@main.command("self-test")
@AS_JSON
@told
def self_test(as_json: bool) -> None:
    """Send one alert through the running system, from event to resolution; exit code 1 if a step fails."""
    from api.self_test import walk
    from shared.settings import Settings

    steps = []
    for step in walk(Settings.from_environment()):
        steps.append(step)
        if not as_json:
            click.echo(f"{'PASS' if step.passed else 'FAIL'}  {step.name} ({step.took_ms} ms): {step.said}")
    if as_json:
        _print_json([step.as_dict() for step in steps])
    sys.exit(0 if steps and all(step.passed for step in steps) else 1)


@main.command()
@click.option("--seconds", default=2.0, type=click.FloatRange(0.5, 60), help="Between two looks.")
@click.option("--once", is_flag=True, help="Look once and end.")
@click.option("--plugins", is_flag=True, help="The plugins' newest metrics too.")
@AS_JSON
@told
def top(seconds: float, once: bool, plugins: bool, as_json: bool) -> None:
    """Watch the pipeline live: events a second, lag, alerts, queues, deliveries, processes. Ctrl-C ends it."""
    from api import top as view

    redis, settings = _connected()
    if as_json:
        _print_json(view.look(redis, settings, seconds).as_dict())
        return
    view.watch(redis, settings, seconds, once=once, with_plugins=plugins)


# -- shared by the commands ---------------------------------------------------------------------------------


def _connected() -> "tuple[Redis, Settings]":
    from shared import connection
    from shared.settings import Settings

    settings = Settings.from_environment()
    redis = connection.connect(settings.effective_redis_url)
    connection.check(redis, settings.effective_redis_url)
    return redis, settings


def _author() -> "Author":
    from getpass import getuser

    from shared.audit import Author

    return Author(getuser(), address="command line")


def _switch(rule_id: str, enabled: bool) -> None:
    from shared import rules as store

    redis, _ = _connected()
    _store(redis, store.get(redis, rule_id).model_copy(update={"enabled": enabled}))
    click.echo(f"Rule {rule_id} is {'on' if enabled else 'off'}.")


def _save(redis: "Redis", settings: "Settings", fields: dict[str, Any]) -> Any:
    return _store(redis, _checked(settings, fields))


def _checked(settings: "Settings", fields: dict[str, Any]) -> Any:
    from api import rule_files
    from shared import rules as store

    return rule_files.check(store.parse(fields), int(settings.stream_keep_seconds * 1000))


def _store(redis: "Redis", rule: Any) -> Any:
    from shared import rules as store

    saved = store.save(redis, rule, author=_author())
    if warning := store.edit_warning(saved):
        click.echo(f"Note: {warning}.", err=True)
    return saved


def _in_words(rule: Any) -> str:
    from evaluator import condition
    from shared.errors import Invalid

    try:
        return condition.check(rule).describe()
    except Invalid as error:
        return str(error)


def _pairs(what: str, texts: Iterable[str]) -> list[tuple[str, str]]:
    from shared.errors import Invalid

    found = []
    for text in texts:
        name, equals, value = text.partition("=")
        if not (name and equals):
            raise Invalid({what: f"write it as name=value, not {text!r}"}, "The event")
        found.append((name, value))
    return found


def _parse_json(text: str, what: str) -> Any:
    from shared.errors import Invalid

    try:
        return json.loads(text)
    except ValueError as error:
        raise Invalid({what: f"is not valid JSON: {error}"}, "The input") from None


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _print_json(value: Any) -> None:
    import msgspec

    click.echo(_json(msgspec.to_builtins(value)))


def _print_table(heads: Sequence[str], rows: Sequence[Sequence[str]], when_empty: str) -> None:
    if not rows:
        click.echo(when_empty)
        return
    widths = [max(_width(row[i]) for row in (heads, *rows)) for i in range(len(heads))]
    for row in (heads, *rows):
        click.echo("  ".join(cell + " " * (w - _width(cell)) for cell, w in zip(row, widths, strict=True)).rstrip())


def _width(text: str) -> int:
    """Columns on a terminal: Korean letters take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _ago(at_ms: int) -> str:
    import time

    seconds = max(0, int(time.time() - at_ms / 1000))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _time(at_ms: int) -> str:
    from datetime import datetime

    return datetime.fromtimestamp(at_ms / 1000).astimezone().strftime("%Y-%m-%d %H:%M:%S")


if __name__ == "__main__":
    main()
