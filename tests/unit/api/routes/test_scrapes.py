"""Scrape jobs by API and command: secrets stay masked, edits are guarded, and targets show how they do."""

import json
from pathlib import Path

from flask.testing import FlaskClient
from redis import Redis

from shared.log import MASK
from shared.model import reasons, scrapes
from shared.model.scrapes import FileGroup, TargetFile, TargetState
from shared.redis import connection
from shared.store import scrape_store
from tests.support.api import BASE
from tests.support.cli import Run

JOBS = f"{BASE}/ingest/jobs"
JOB = {"targets": ["web-1:9100"], "username": "kim", "password": "top-secret"}


def test_job_is_made_shown_changed_and_deleted(client: FlaskClient, redis: Redis) -> None:
    made = client.put(f"{JOBS}/node", json=JOB)
    assert 200 == made.status_code, made.text
    shown = client.get(f"{JOBS}/node").json
    listed = client.get(JOBS).json["jobs"]
    guard = {"If-Match": made.headers["ETag"]}
    changed = client.put(f"{JOBS}/node", json={**shown, "interval_seconds": 60}, headers=guard)
    again = client.put(f"{JOBS}/node", json=shown, headers=guard)
    kept = scrape_store.get(redis, "node")
    deleted = [client.delete(f"{JOBS}/node").status_code for _ in range(2)]

    assert (200, 200, 412) == (made.status_code, changed.status_code, again.status_code)
    assert (MASK, [shown]) == (shown["password"], listed)
    assert ("top-secret", 60) == (kept.password.get_secret_value(), kept.interval_seconds)
    assert [204, 404] == deleted


def test_masked_secret_is_not_sent_to_a_new_address(client: FlaskClient, redis: Redis) -> None:
    client.put(f"{JOBS}/node", json=JOB)
    shown = client.get(f"{JOBS}/node").json
    answer = client.put(f"{JOBS}/node", json={**shown, "targets": ["evil:1"]})
    unknown = client.put(f"{JOBS}/new", json={**JOB, "password": MASK})

    assert (422, ["password"]) == (answer.status_code, [e["field"] for e in answer.json["errors"]])
    assert 422 == unknown.status_code
    assert ["web-1:9100"] == scrape_store.get(redis, "node").targets


def test_bad_fields_are_named_in_the_readers_language(client: FlaskClient) -> None:
    answer = client.put(f"{JOBS}/node", json={"targets": ["web-1"]}, headers={"Accept-Language": "ko"})
    both = client.put(f"{JOBS}/node", json={"targets": ["w:1"], "interval_seconds": 5, "timeout_seconds": 9})

    assert 422 == answer.status_code
    assert "호스트:포트" in answer.json["errors"][0]["message"]
    assert "invalid.timeout_over_interval" == both.json["errors"][0]["code"]


def reported(redis: Redis) -> None:
    now_ms = connection.server_ms(redis)
    scrape_store.save(redis, scrapes.parse({"name": "node", **JOB, "targets": ["web-1:9100", "web-2:9100"]}))
    file = TargetFile(
        "/etc/shop.json", "here", 5, now_ms, [FileGroup(["shop-1:80"])], reasons.of("scrape.file_bytes", limit=1)
    )
    scrape_store.report_file(redis, file)
    _, first, second = sorted(scrapes.targets_of(scrape_store.load_all(redis), [file]), key=lambda target: target.url)
    down = TargetState(at_ms=7, up=False, error=reasons.of("scrape.too_slow", limit_s=10.0))
    scrape_store.report(redis, first.id, TargetState(at_ms=7, up=True, duration_ms=12, samples=500))
    scrape_store.report(redis, second.id, down)


def test_targets_are_listed_with_their_last_scrape_and_without_secrets(
    client: FlaskClient, redis: Redis, run: Run
) -> None:
    reported(redis)
    answer = client.get(f"{BASE}/ingest/targets")
    found = {target["labels"]["instance"]: target for target in answer.json["targets"]}
    _, out, _ = run("ingest", "targets", "list")

    states = {name: target["state"] for name, target in found.items()}
    assert {"web-1:9100": "up", "web-2:9100": "down", "shop-1:80": "waiting"} == states
    assert ("scrape.too_slow", 500) == (found["web-2:9100"]["error_code"], found["web-1:9100"]["samples"])
    assert "/etc/shop.json" == found["shop-1:80"]["source"]
    assert "top-secret" not in answer.text and "password" not in answer.text
    assert (
        all(word in out for word in ("web-1:9100", "up", "500", "waiting", "within 10 s")) and "top-secret" not in out
    )


def test_files_are_listed_with_what_is_wrong(client: FlaskClient, redis: Redis, run: Run) -> None:
    reported(redis)
    [file] = client.get(f"{BASE}/ingest/files").json["files"]
    _, out, _ = run("ingest", "targets", "files")

    assert ("/etc/shop.json", "shop", 1, "scrape.file_bytes") == tuple(
        file[n] for n in ("path", "job", "targets", "error_code")
    )
    assert "/etc/shop.json" in out


def test_commands_create_change_list_and_remove_a_job(redis: Redis, run: Run, tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("top-secret\n")
    given = ("--interval", "15", "--username", "kim", "--password-file", str(secret), "--label", "team=결제")
    made = run("ingest", "targets", "set", "node", "web-1:9100", *given)
    changed = run("ingest", "targets", "set", "node", "--path", "/m", "--param", "a=b")
    job = scrape_store.get(redis, "node")
    _, listed, _ = run("ingest", "targets", "jobs", "--json")
    wrong = run("ingest", "targets", "set", "node", "web-1")
    removed = [run("ingest", "targets", "remove", "node")[0] for _ in range(2)]

    assert (0, 0) == (made[0], changed[0])
    assert ("top-secret", 15.0, "/m", {"a": "b"}) == (
        job.password.get_secret_value(), job.interval_seconds, job.path, job.params
    )  # fmt: skip
    assert ({"team": "결제"}, ["web-1:9100"]) == (job.labels, job.targets)
    assert MASK == json.loads(listed)[0]["password"]
    assert 1 == wrong[0] and "host:port" in wrong[2]
    assert [0, 1] == removed
