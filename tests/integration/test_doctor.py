"""The doctor's walks against real processes and servers: each names the link that is broken, and no other."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from redis import Redis

from api.cli import main
from shared import vault
from shared.clock import SystemClock
from shared.model import alerts, encoding, rules
from shared.redis import delivery_keys, keys
from shared.store import alert_store, channel_store, rule_store
from tests.support.api import stored
from tests.support.ports import free_port
from tests.support.processes import a_system, wait_ready
from tests.support.real_server import RealServer
from tests.support.recording import report_recorder
from tests.support.servers import smtp_server


@pytest.fixture(autouse=True)
def _here(redis: Redis, server: RealServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("REDIS_URL", server.url)
    vault.current.cache_clear()
    yield
    vault.current.cache_clear()


def findings(*arguments: str) -> list[tuple[str, str, str]]:
    done = CliRunner().invoke(main, ["doctor", *arguments, "--json"], catch_exceptions=False)
    found = [(f["verdict"], f["what"], f["advice"]) for f in json.loads(done.stdout)]
    assert (1 if any(verdict == "fail" for verdict, _, _ in found) else 0) == done.exit_code
    return found


def broken(found: list[tuple[str, str, str]]) -> list[str]:
    return [what for verdict, what, _ in found if verdict != "ok"]


# -- the archive ---------------------------------------------------------------------------------------------


def test_an_archive_that_is_switched_off_is_explained_and_nothing_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIVE", "off")
    found = findings()

    (said,) = [(verdict, what) for verdict, what, _ in found if "ARCHIVE is off" in what]
    assert ("ok", True) == (said[0], "gone after STREAM_KEEP_SECONDS" in said[1])
    assert [] == [what for what in broken(found) if "recorder" in what]


def test_days_without_a_partition_are_named_with_what_to_check(redis: Redis) -> None:
    now_ms = SystemClock().now_ms()
    report_recorder(redis, now_ms, unplaced_days="2")
    advice = {what: advice for _, what, advice in findings()}

    assert "may create tables" in advice["events of 2 days are in the archive's default partition"]


def test_an_archive_that_has_reached_its_size_is_named_with_what_to_change(redis: Redis) -> None:
    now_ms = SystemClock().now_ms()
    report_recorder(redis, now_ms, dropped_to_ms=str(now_ms - 36 * 3_600_000))
    advice = {what: advice for _, what, advice in findings()}

    assert "Raise ARCHIVE_MAX_MEGABYTES" in advice["the archive holds events of the last 36 hours instead of 14 days"]


# -- an alert was not sent ----------------------------------------------------------------------------------


def note_told(redis: Redis, alert_id: str, channel: str, entry: alerts.LedgerEntry) -> None:
    redis.hset(keys.ledger(alert_id), channel, encoding.encode(entry))


def alert_to(redis: Redis, *names: str, **fields: object) -> str:
    stored(redis)
    alert = alert_store.get(redis, "a0")
    for name, value in {"channels": list(names), "announced_episode": alert.episode, **fields}.items():
        setattr(alert, name, value)
    redis.set(keys.alert("a0"), encoding.encode(alert))
    return alert.id


def test_alert_that_there_is_not_is_said() -> None:
    assert ["There is no alert none; it may have been removed from the history."] == broken(findings("--alert", "none"))


def test_channel_without_configuration_is_the_broken_link(redis: Redis) -> None:
    found = broken(findings("--alert", alert_to(redis, "slack")))

    assert "channel slack is not configured" in found


def test_channel_that_was_told_is_well_though_another_was_given_up(redis: Redis) -> None:
    alert_id = alert_to(redis, "web", "slack")
    channel_store.save(redis, "slack", {"webhook_url": "https://hooks.slack.com/services/x", "enabled": True})
    note_told(redis, alert_id, "web", alerts.LedgerEntry(told="firing", told_episode=1, status="settled"))
    note_told(redis, alert_id, "slack", alerts.LedgerEntry(status="dead", attempts=5, reason="slack: 404 no_service"))
    found = findings("--alert", alert_id)

    assert ("ok", "web was notified of 'firing'") in [(verdict, what) for verdict, what, _ in found]
    (advice,) = [advice for _, what, advice in found if what == "slack was given up: slack: 404 no_service"]
    assert f"enhanced-alerts notifications retry --channel slack --alert {alert_id}" in advice


def test_what_holds_an_alert_back_is_said_with_its_end(redis: Redis) -> None:
    alert_id = alert_to(redis, "web", suppressed={"silenced": "silenced by kim until 03:00: deploy"})
    found = findings("--alert", alert_id)

    (advice,) = [a for _, what, a in found if what.startswith("held back from channels (silenced): silenced by kim")]
    assert "silences expire" in advice


def test_switched_off_paused_and_unserved_channels_are_told_apart(redis: Redis) -> None:
    alert_id = alert_to(redis, "slack")
    fields = {"webhook_url": "https://hooks.slack.com/services/x", "enabled": True}
    channel_store.save(redis, "slack", fields)
    redis.set(delivery_keys.pause("slack"), "hooks.slack.com: 503", px=60_000)
    redis.set(delivery_keys.failures("slack"), 5)
    paused = broken(findings("--alert", alert_id))
    redis.delete(delivery_keys.pause("slack"), delivery_keys.failures("slack"))
    channel_store.save(redis, "slack", {**fields, "enabled": False})
    off = broken(findings("--alert", alert_id))

    assert [what for what in paused if what.startswith("channel slack makes no call for ") and "503" in what]
    assert "channel slack is switched off" in off
    assert "no worker is running for channel slack" in paused and "no worker is running for channel slack" in off


# -- a rule does not fire -----------------------------------------------------------------------------------


def test_rule_on_an_unheard_metric_names_the_one_meant_and_the_rule_that_is_off_is_said(redis: Redis) -> None:
    plugin = {"plugin_id": "web-1", "plugin_name": "Web", "last_at_ms": 1, "metrics": {"cpu_usage": 20.0}}
    redis.hset(keys.plugins(), "web-1", json.dumps(plugin))
    fields = {"id": "cpu", "name": "CPU", "metric": "cpu_usge", "operator": ">", "threshold": 80, "enabled": False}
    rule_store.save(redis, rules.parse(fields))
    found = broken(findings("--rule", "cpu"))

    assert "the rule is off" in found
    assert "no plugin has published the metric cpu_usge yet; did you mean cpu_usage?" in found
    assert [what for what in found if what.startswith("web-1 has been silent for ")]
    assert [what for what in found if what.startswith("nobody evaluates partition ")]
    assert ["There is no rule none."] == broken(findings("--rule", "none"))


def test_rule_of_thousands_of_plugins_is_explained_in_few_lines(redis: Redis) -> None:
    rule_store.save(redis, rules.parse({"id": "cpu", "name": "CPU", "metric": "cpu", "operator": ">", "threshold": 80}))
    bodies = {f"web-{n:04}": {"plugin_id": f"web-{n:04}", "last_at_ms": 1, "metrics": {"cpu": n}} for n in range(3_000)}
    redis.hset(keys.plugins(), mapping={name: json.dumps(body) for name, body in bodies.items()})
    found = findings("--rule", "cpu")

    assert len(found) < 80
    assert [what for _, what, _ in found if what.startswith("web-0000: newest cpu = 0")]
    assert [what for _, what, _ in found if "and 2989 more findings of this kind" in what and "newest" in what]
    assert [what for what in broken(found) if "has been silent" in what and "2989 more" in what]


# -- the page is not live -----------------------------------------------------------------------------------


def test_websocket_is_walked_from_the_process_to_the_address_of_browsers(
    redis: Redis, server: RealServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    monkeypatch.setenv("RELAY_PORT", str(port))
    without = broken(findings("--websocket"))
    with a_system(server.url, tmp_path, RELAY_PORT=str(port)) as system:
        system.start("api.relay")
        wait_ready(redis, "relay")
        well = findings("--websocket")
        monkeypatch.setenv("PUBLIC_URL", "https://alerts.example.com")
        mixed = findings("--websocket")
        monkeypatch.setenv("RELAY_PUBLIC_URL", f"ws://127.0.0.1:{port}/live")
        insecure = broken(findings("--websocket"))
        monkeypatch.setenv("PUBLIC_URL", f"http://127.0.0.1:{port}")
        through = findings("--websocket")
        monkeypatch.setenv("RELAY_PUBLIC_URL", f"ws://127.0.0.1:{free_port()}/live")
        nowhere = findings("--websocket")
        monkeypatch.setenv("RELAY_PORT", str(free_port()))
        elsewhere = broken(findings("--websocket"))

    assert ["no relay is running"] == without
    assert [] == broken(well)
    assert ["pages come from https://alerts.example.com, and browsers refuse ws:// from there"] == broken(mixed)
    assert "RELAY_PUBLIC_URL=wss://" in mixed[-1][2]
    assert ["pages come by https, and browsers refuse ws:// from there"] == insecure
    assert ("ok", f"ws://127.0.0.1:{port}/live leads to the relay") == through[-1][:2]
    assert "does not lead to the relay" in nowhere[-1][1] and "deploy/nginx.conf" in nowhere[-1][2]
    assert elsewhere[0].startswith("nothing answers at 127.0.0.1:")


# -- mail does not arrive -----------------------------------------------------------------------------------


def test_mail_is_walked_to_the_recipients_and_none_is_sent(
    redis: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTBOUND_ALLOW", "loopback")
    unconfigured = broken(findings("--email"))
    with smtp_server(tmp_path, "ops", "right") as (mailbox, port):
        fields = {
            "smtp_server": "127.0.0.1",
            "smtp_port": port,
            "security": "starttls",
            "verify_certificate": False,
            "username": "ops",
            "password": "right",
            "from_email": "alerts@example.com",
            "to_emails": ["kim@example.com"],
            "enabled": True,
        }
        found = {}
        for what, change in {
            "well": {},
            "port": {"smtp_port": free_port()},
            "name": {"smtp_server": "nowhere.invalid"},
            "password": {"password": "wrong"},
            "certificate": {"verify_certificate": True},
            "security": {"security": "tls"},
        }.items():
            channel_store.save(redis, "email", {**fields, **change})
            found[what] = findings("--email")
        sent = list(mailbox.messages)
    last = {what: walk[-1] for what, walk in found.items()}

    assert ["no e-mail channel is configured"] == unconfigured
    # Nobody delivers in this test; that is said, and the walk goes on to the server.
    assert ["no worker is running for channel email"] == broken(found["well"])
    assert [f"email: 127.0.0.1:{port} takes connections", "email: encrypted", "email: it knows ops"] == [
        what for verdict, what, _ in found["well"] if verdict == "ok"
    ][2:5]
    assert "takes no connection" in last["port"][1] and "587" in last["port"][2]
    assert "there is no server nowhere.invalid" in last["name"][1]
    assert "refuses the user name or password (535)" in last["password"][1] and "app password" in last["password"][2]
    assert "the TLS certificate of 127.0.0.1 could not be verified" in last["certificate"][1]
    assert "fail" == last["security"][0] and "Do port and `security` belong together?" == last["security"][2]
    assert [] == sent
