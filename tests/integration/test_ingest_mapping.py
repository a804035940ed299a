"""The mapping of foreign labels changes while senders go on: every `ingest` process follows, and it can be undone."""

import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from flask.testing import FlaskClient
from redis import Redis

from ingest.sources import Sources
from ingest.statsd import Listener
from ingest.trial import compare
from shared.log import Logger
from shared.loops import Stop
from shared.model import relabeling, rules
from shared.model.events import Event
from shared.redis import connection, keys
from shared.settings import Settings
from shared.store import alert_store, mapping_store, rule_store, versions
from tests.support.api import BASE, stored
from tests.support.cli import Run
from tests.support.ingest_doors import REMOTE_WRITE, Doors, series_body
from tests.support.ports import free_port
from tests.support.processes import wait_ready
from tests.support.waiting import until

DISK = {"__name__": "disk_free", "job": "node", "instance": "web-1", "mountpoint": "/var"}
DROPS_MOUNTPOINT = {"default": {"drop_labels": ["mountpoint"]}}


def send(doors: Doors, *series: dict[str, str], at_ms: int = 1_700_000_000_000) -> set[str]:
    """Send samples and return the plugins that have had any."""
    assert 204 == doors.post("/api/v1/write", series_body(series, at_ms=at_ms), **REMOTE_WRITE).status_code
    return set(doors.metrics())


def test_process_follows_a_changed_mapping_and_its_undoing(doors: Doors, redis: Redis) -> None:
    before = send(doors, DISK)
    mapping_store.save(redis, relabeling.parse(DROPS_MOUNTPOINT))
    changed = until(lambda: send(doors, DISK) - before, "the process follows the mapping")
    mapping_store.restore(redis, 0)
    redis.delete(*(keys.events(p) for p in range(8)))

    assert ({"node/web-1{mountpoint=/var}"}, {"node/web-1"}) == (before, changed)
    assert until(lambda: before & send(doors, DISK), "the process follows the mapping back")


def test_mapping_that_cannot_be_read_leaves_the_one_before_in_force(doors: Doors, redis: Redis) -> None:
    mapping_store.save(redis, relabeling.parse(DROPS_MOUNTPOINT))
    until(lambda: "node/web-1" in send(doors, DISK), "the process follows the mapping")
    redis.hset(keys.ingest_mapping(), versions.CURRENT, "{")
    until(lambda: "mapping_unreadable" in doors.system.logs(), "the process has tried to read it")
    redis.delete(*(keys.events(p) for p in range(8)))

    assert {"node/web-1"} == send(doors, DISK)


def test_metrics_of_statsd_that_the_mapping_drops_are_left_out(redis: Redis) -> None:
    mapping_store.save(redis, relabeling.parse({"sources": {"statsd": {"drop_metrics": ["que*", "lost"]}}}))
    sources = Sources(redis, Logger("ingest"))
    sources.follow()
    settings = replace(Settings(), statsd_port=free_port())
    listener = Listener(settings, redis, Logger("ingest"), sources.of_statsd)
    listener._sums.add(b"queue:5|g\nload:2|g\nlost:1|g|#plugin:other\n")
    listener.close(Stop(install_handlers=False))

    entries = [fields[b"e"] for p in range(8) for _, fields in redis.xrange(keys.events(p))]
    events = [event for entry in entries for event in msgspec.json.decode(entry, type=list[Event])]
    assert [("statsd", {"load": 2.0})] == [(event.plugin_id, event.metrics) for event in events]


def test_tags_of_statsd_name_other_plugins_under_a_changed_mapping_also_in_a_dry_run(redis: Redis) -> None:
    sources = Sources(redis, Logger("ingest"))
    sources.follow()
    settings = replace(Settings(), statsd_port=free_port())
    listener = Listener(settings, redis, Logger("ingest"), sources.of_statsd, sources.renames.note)
    sources.seen_of_statsd = listener.seen
    listener._sums.add(b"queue:5|g|#host:web-1,pod:p-7\n")
    listener.flush()
    drops_pod = relabeling.parse({"sources": {"statsd": {"drop_labels": ["pod"]}}})
    trial = compare(sources.seen(), relabeling.DEFAULT, drops_pod, [])
    mapping_store.save(redis, drops_pod)
    sources.follow()
    listener._sums.add(b"queue:6|g|#host:web-1,pod:p-8\n")
    listener.close(Stop(install_handlers=False))

    entries = [fields[b"e"] for p in range(8) for _, fields in redis.xrange(keys.events(p))]
    events = [event for entry in entries for event in msgspec.json.decode(entry, type=list[Event])]
    assert [("web-1{pod=p-7}", ["web-1"])] == [(renamed.before, renamed.after) for renamed in trial.renamed]
    assert {("web-1{pod=p-7}", "web-1", 5.0), ("web-1", "", 6.0)} == {
        (event.plugin_id, event.parent_id, event.metrics["queue"]) for event in events
    }
    assert {"web-1{pod=p-7}": "web-1"} == sources.renames.take()[0]


def test_relabeling_of_one_key_leaves_the_others_alone(doors: Doors, redis: Redis) -> None:
    mapping_store.save(redis, relabeling.parse({"sources": {"senders": DROPS_MOUNTPOINT["default"]}}))

    assert until(lambda: "node/web-1" in send(doors, DISK), "the process follows the mapping")
    mapping_store.save(redis, relabeling.parse({"sources": {"others": DROPS_MOUNTPOINT["default"]}}))
    redis.delete(*(keys.events(p) for p in range(8)))
    assert until(lambda: "node/web-1{mountpoint=/var}" in send(doors, DISK), "the process follows the mapping")


def test_key_is_refused_at_the_doors_that_it_is_not_for(doors: Doors, redis: Redis, client: FlaskClient) -> None:
    made = client.post(f"{BASE}/api-keys", json={"name": "prom", "role": "publisher", "doors": ["remote_write"]}).json
    doors.key = made["key"]
    answers = [
        doors.post("/api/v1/write", series_body([DISK]), **REMOTE_WRITE),
        doors.post("/write", b"cpu,host=a idle=1"),
        doors.post("/v1/metrics", b"", **{"Content-Type": "application/x-protobuf"}),
    ]
    event = {"plugin_id": "p", "metrics": {"m": 1}}
    posted = client.post(f"{BASE}/events", json=event, headers={"Authorization": f"Bearer {doors.key}"})

    assert [204, 403, 403] == [answer.status_code for answer in answers]
    assert "may not publish by influx, only by: remote_write" in answers[1].json()["detail"]
    assert (["remote_write"], 422) == (made["doors"], posted.status_code)
    assert {"node/web-1{mountpoint=/var}"} == set(doors.metrics())


def test_api_replaces_and_restores_the_mapping(client: FlaskClient, redis: Redis) -> None:
    read = client.get(f"{BASE}/ingest/mapping")
    body = {"default": {"id_labels": ["host"]}, "sources": {"서울": {"keep_metrics": ["node_*"]}}}
    written = client.put(f"{BASE}/ingest/mapping", json=body, headers={"If-Match": read.headers["ETag"]})
    late = client.put(f"{BASE}/ingest/mapping", json={}, headers={"If-Match": read.headers["ETag"]})
    bad = client.put(f"{BASE}/ingest/mapping", json={"default": {"id_labels": []}})
    undone = client.post(f"{BASE}/ingest/mapping/restore", json={"version": 0})
    gone = client.post(f"{BASE}/ingest/mapping/restore", json={"version": 77})

    assert [200, 200, 412, 422, 200, 404] == [a.status_code for a in (read, written, late, bad, undone, gone)]
    assert (["host"], 1) == (written.json["mapping"]["default"]["id_labels"], written.json["version"])
    assert "default.id_labels" == bad.json["errors"][0]["field"]
    assert [2, 1] == [one["version"] for one in client.get(f"{BASE}/ingest/mapping/history").json["versions"]]
    assert relabeling.DEFAULT == mapping_store.current(redis).mapping


def test_api_and_command_line_change_the_same_mapping(run: Run, redis: Redis, tmp_path: Path) -> None:
    file = tmp_path / "mapping.toml"
    code, shown, _ = run("ingest", "mapping", "show")
    file.write_text(shown.replace('"instance"', '"pod"'))

    assert 0 == code
    assert 0 == run("ingest", "mapping", "set", str(file))[0]
    assert ("job", "pod") == mapping_store.current(redis).mapping.default.id_labels
    assert 0 == run("ingest", "mapping", "undo")[0]
    assert ("job", "instance") == mapping_store.current(redis).mapping.default.id_labels
    code, listed, _ = run("ingest", "mapping", "history")
    assert (0, ["2", "1"]) == (code, [line.split()[0] for line in listed.splitlines()[1:]])


def test_file_with_a_mistake_changes_nothing_and_names_the_field(run: Run, redis: Redis, tmp_path: Path) -> None:
    file = tmp_path / "mapping.toml"
    file.write_text('[sources.seoul]\nid_labels = ["job", "job"]\n')
    code, _, complaint = run("ingest", "mapping", "set", str(file))

    assert (1, True) == (code, "sources.seoul.id_labels: names job twice" in complaint)
    assert 0 == mapping_store.current(redis).version


def test_dry_run_says_what_would_change_and_changes_nothing(
    doors: Doors, redis: Redis, client: FlaskClient, run: Run, tmp_path: Path
) -> None:
    up = {"__name__": "up", "job": "node", "instance": "web-1"}
    send(doors, DISK, up)
    stored(redis, plugin_id="node/web-1{mountpoint=/var}", metric="disk_free", rule_name="Disk")
    body = {"default": {"drop_labels": ["mountpoint"], "drop_metrics": ["up"]}}
    found = until(
        lambda: (tried := client.post(f"{BASE}/ingest/mapping/try", json=body).json)["series"] and tried,
        "the process has shown what it saw",
    )
    file = tmp_path / "mapping.toml"
    file.write_text('[default]\ndrop_labels = ["mountpoint"]\ndrop_metrics = ["up"]\n')
    code, said, _ = run("ingest", "mapping", "try", str(file))

    assert (2, 2, 1, ["up"]) == tuple(
        found[name] for name in ("series", "plugins_before", "plugins_after", "dropped_metrics")
    )
    assert [{"before": "node/web-1{mountpoint=/var}", "after": ["node/web-1"]}] == found["renamed"]
    assert ["node/web-1"] == found["alerts"][0]["becomes"]
    assert (0, True) == (code, "! Disk on node/web-1{mountpoint=/var} is resolved" in said)
    assert 0 == mapping_store.current(redis).version


RULE = {"id": "disk", "name": "Disk", "metric": "disk_free", "operator": "<", "threshold": 10, "channels": ["web"]}


def alerts_of(redis: Redis) -> dict[str, tuple[str, str]]:
    """Return the state and the reason of each plugin's newest alert."""
    ids = [i.decode() for i in redis.zrange(keys.alert_history(), 0, -1)]
    found = sorted((a for a in alert_store.load(redis, ids) if a is not None), key=lambda alert: alert.started_at_ms)
    return {alert.plugin_id: (alert.state, alert.reason) for alert in found}


def states(redis: Redis) -> dict[str, str]:
    return {plugin_id: state for plugin_id, (state, _) in alerts_of(redis).items()}


def begin_with_an_alert(doors: Doors, redis: Redis, mapping: dict[str, Any]) -> str:
    """Have an alert fire under the default mapping, then save another mapping."""
    rule_store.save(redis, rules.parse(RULE))
    doors.system.start("evaluator")
    doors.system.start("dispatchers", "router")
    wait_ready(redis, "evaluator", "router")
    [plugin_id] = send_now(doors)
    until(lambda: "firing" == alerts_of(redis).get(plugin_id, ("",))[0], "the alert fires")
    until(lambda: redis.hexists(keys.plugins(), plugin_id), "the plugin is known")
    mapping_store.save(redis, relabeling.parse(mapping))
    return plugin_id


def begin_with_a_renamed_plugin(doors: Doors, redis: Redis) -> str:
    old = begin_with_an_alert(doors, redis, DROPS_MOUNTPOINT)
    until(lambda: "node/web-1" in send_now(doors), "the process follows the mapping")
    return old


def send_now(doors: Doors) -> set[str]:
    return send(doors, DISK, at_ms=connection.server_ms(doors.redis))


def test_alerts_of_renamed_plugins_are_resolved_and_fire_under_the_new_name(doors: Doors, redis: Redis) -> None:
    old = begin_with_a_renamed_plugin(doors, redis)
    # Two partitions decide on the two names, at their own times.
    until(lambda: {old: "resolved", "node/web-1": "firing"} == states(redis), "resolved here, and firing there")

    reason = "the mapping has changed: its plugin is now called node/web-1"
    assert {old: ("resolved", reason), "node/web-1": ("firing", "disk_free = 1 is < 10")} == alerts_of(redis)
    assert until(lambda: not redis.hexists(keys.plugins(), old), "the plugins page has the new name alone")


@pytest.mark.slow
def test_process_that_dies_before_it_has_told_the_renaming_tells_it_after_its_restart(
    doors: Doors, redis: Redis
) -> None:
    old = begin_with_a_renamed_plugin(doors, redis)
    os.killpg(doors.process.pid, signal.SIGKILL)
    doors.process.wait()
    redis.delete(keys.processes())
    doors.system.start("ingest")
    wait_ready(redis, "ingest")
    send_now(doors)

    expected = {old: "resolved", "node/web-1": "firing"}
    assert until(lambda: expected == states(redis), "the alert under the old name is resolved, and the new one fires")


def test_series_that_a_changed_mapping_drops_end(doors: Doors, redis: Redis) -> None:
    plugin_id = begin_with_an_alert(doors, redis, {"default": {"drop_metrics": ["disk_*"]}})

    def is_resolved() -> bool:
        send_now(doors)
        return "resolved" == alerts_of(redis)[plugin_id][0]

    assert until(is_resolved, "the alert ends with its series", every_s=0.2)
