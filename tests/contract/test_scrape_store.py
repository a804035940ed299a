"""The store of scrape jobs: jobs lie sealed, secrets go nowhere new, and what processes report can be read back."""

import pytest
from redis import Redis

from shared import vault
from shared.errors import Invalid, NotFound, Stale
from shared.log import MASK
from shared.model import reasons, scrapes
from shared.model.scrapes import FileGroup, ScrapeJob, TargetFile, TargetState
from shared.redis import scrape_keys
from shared.store import audit, scrape_store

FIELDS = {"name": "node", "targets": ["web-1:9100"], "username": "kim", "password": "top-secret"}


def saved(redis: Redis, **fields: object) -> ScrapeJob:
    job = scrapes.parse({**FIELDS, **fields})
    scrape_store.save(redis, job)
    return job


def test_job_is_read_back_lies_sealed_and_changes_the_revision(store_redis: Redis) -> None:
    before = scrape_store.look(store_redis, 1).revision
    job = saved(store_redis)
    stored = store_redis.hget(scrape_keys.jobs(), "node")

    assert ([job], job) == (scrape_store.load_all(store_redis), scrape_store.get(store_redis, "node"))
    assert (True, False) == (vault.is_sealed(stored), b"top-secret" in stored)
    assert before != scrape_store.look(store_redis, 1).revision
    assert 1 == scrape_store.seal_again(store_redis)
    assert [job] == scrape_store.load_all(store_redis)


def test_edit_of_a_job_that_another_caller_changed_is_refused(store_redis: Redis) -> None:
    seen = scrape_store.version_of(saved(store_redis))
    job = saved(store_redis, interval_seconds=20)

    with pytest.raises(Stale):
        scrape_store.save(store_redis, job, expected=seen)
    with pytest.raises(Stale):
        scrape_store.delete(store_redis, "node", expected=seen)
    scrape_store.delete(store_redis, "node", expected=scrape_store.version_of(job))
    with pytest.raises(NotFound):
        scrape_store.delete(store_redis, "node")


def test_audit_never_holds_a_secret(store_redis: Redis) -> None:
    saved(store_redis)
    scrape_store.delete(store_redis, "node")
    entries = audit.search(store_redis, action="scrape_job")

    assert ["scrape_job.delete", "scrape_job.save"] == [entry.action for entry in entries]
    assert MASK == entries[0].before["password"] == entries[1].after["password"]


@pytest.mark.parametrize(
    ("change", "moved"),
    [
        ({"targets": ["evil:1"]}, "targets"),
        ({"targets": ["web-1:9100", "evil:1"]}, "targets"),
        ({"ca_certificate": "other"}, "ca_certificate"),
    ],
)
def test_masked_secret_goes_to_no_new_address(store_redis: Redis, change: dict[str, object], moved: str) -> None:
    job = saved(store_redis)
    masked = scrape_store.shown(job)

    assert "top-secret" == scrape_store.merged({**masked, "interval_seconds": 5}, job)["password"]
    assert "top-secret" == scrape_store.merged({**masked, "scheme": "https"}, job)["password"]
    with pytest.raises(Invalid) as error:
        scrape_store.merged({**masked, **change}, job)
    assert [moved] == error.value.reasons["password"].values["fields"]


def test_secret_of_https_is_not_sent_in_clear_without_being_entered_again(store_redis: Redis) -> None:
    job = saved(store_redis, scheme="https")

    with pytest.raises(Invalid):
        scrape_store.merged({**scrape_store.shown(job), "scheme": "http"}, job)
    with pytest.raises(Invalid):
        scrape_store.merged(scrape_store.shown(job), None)


@pytest.mark.parametrize("junk", [b"", b"\xff", b"null", b"[]", b'{"name": 1}'])
def test_job_that_cannot_be_read_is_left_out_and_can_be_replaced(store_redis: Redis, junk: bytes) -> None:
    store_redis.hset(scrape_keys.jobs(), "node", vault.current().seal(junk))

    assert [] == scrape_store.load_all(store_redis)
    assert [saved(store_redis)] == scrape_store.load_all(store_redis)


def test_reports_are_read_back_and_broken_ones_left_out(store_redis: Redis) -> None:
    state = TargetState(at_ms=5, up=False, error=reasons.of("scrape.too_slow", limit_s=1.0), labels={"job": "a"})
    scrape_store.report(store_redis, "abc", state)
    store_redis.hset(scrape_keys.states(), "junk", b"\xff{")
    scrape_store.keep_series(store_redis, "abc", {b'a{b="c"}', "값".encode()})

    assert {"abc": state} == scrape_store.states(store_redis)
    assert {b'a{b="c"}', "값".encode()} == scrape_store.open_series(store_redis, "abc")
    scrape_store.keep_series(store_redis, "abc", set())
    assert set() == scrape_store.open_series(store_redis, "abc")
    store_redis.hset(scrape_keys.series(), "abc", b"junk")
    assert set() == scrape_store.open_series(store_redis, "abc")
    scrape_store.forget_target(store_redis, "abc")
    assert {} == scrape_store.states(store_redis)


def test_file_is_forgotten_when_its_machine_stops_looking_at_it(store_redis: Redis) -> None:
    here = TargetFile("/a.json", "here", 5, 1_000, [FileGroup(["web-1:9100"])])
    there = TargetFile("/a.json", "there", 5, 1_000 + scrape_store.FORGET_FILE_MS)
    for file in (here, there):
        scrape_store.report_file(store_redis, file)

    assert [here, there] == scrape_store.files(store_redis, 1_000)
    assert [there] == scrape_store.files(store_redis, 1_001 + scrape_store.FORGET_FILE_MS)
    assert here == scrape_store.reported_file(store_redis, "/a.json", "here")
    scrape_store.forget_files(store_redis, "there", [], 1_001 + scrape_store.FORGET_FILE_MS)
    assert [] == scrape_store.files(store_redis, 1_000)
