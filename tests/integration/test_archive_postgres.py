"""The archive in PostgreSQL as sites run it: TLS, a password in a file, few connections, several recorders."""

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from redis import Redis

from archive.opening import open_archive
from archive.store import DAY_MS, ArchiveError
from shared.redis import keys
from tests.support.authority import Authority
from tests.support.postgres import PostgresServer
from tests.support.processes import wait_ready
from tests.support.real_server import RealServer
from tests.support.recording import (
    OLD_MS,
    PARTITIONS,
    Load,
    a_recording,
    assert_equal,
    is_compacted,
    is_recorded,
    reports,
)
from tests.support.waiting import until

PASSWORD = "p@ss:word/%"
ENCODED = "p%40ss%3Aword%2F%25"
OURS = "SELECT pid FROM pg_stat_activity WHERE application_name = 'enhanced-alerts'"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def guarded(authority: Authority) -> Iterator[PostgresServer]:
    """A server that takes the user `alerts` with a password over TLS, and no other way."""
    server = PostgresServer()
    use_certificate(server, authority, "localhost")
    server.put("pg_hba.conf", "host all postgres 127.0.0.1/32 trust\nhostssl all alerts 127.0.0.1/32 scram-sha-256\n")
    server.start()
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE alerts LOGIN PASSWORD '{PASSWORD}'".encode())
        connection.execute("CREATE DATABASE alerts OWNER alerts")
    yield server
    server.stop()


def use_certificate(server: PostgresServer, authority: Authority, host: str) -> None:
    certificate, key = (server.put(file.name, file.read_bytes()) for file in authority.certificate(host))
    settings = ("ssl=on", f"ssl_cert_file={certificate}", f"ssl_key_file={key}")
    server.options = (*server.options, *(part for setting in settings for part in ("-c", setting)))


def url_of(server: PostgresServer, authority: Authority, mode: str = "verify-full") -> str:
    options = f"sslmode={mode}&sslrootcert={authority.file}"
    return f"postgresql://alerts:{ENCODED}@localhost:{server.port}/alerts?{options}"


@pytest.mark.slow
def test_a_recorder_checks_the_certificate_and_has_its_password_from_a_file(
    redis: Redis, server: RealServer, tmp_path: Path, guarded: PostgresServer, authority: Authority
) -> None:
    load, place = Load(redis), url_of(guarded, authority)
    load.add(300)
    (tmp_path / "database_url").write_text(f"{place}\n")
    with a_recording(server, tmp_path, tmp_path, DATABASE_URL_FILE=str(tmp_path / "database_url")) as system:
        system.start("archive")
        until(lambda: is_recorded(redis, place), "all is recorded")
        with psycopg.connect(guarded.url) as connection:
            encrypted = connection.execute(f"SELECT ssl FROM pg_stat_ssl WHERE pid IN ({OURS})").fetchall()
        logs = system.logs()
    archive = open_archive(place)

    assert [(True,)] == encrypted
    assert PASSWORD not in logs and ENCODED not in logs
    assert_equal(redis, archive)
    archive.close()


@pytest.mark.slow
def test_without_encryption_or_with_another_authority_nothing_is_sent(
    guarded: PostgresServer, authority: Authority, tmp_path: Path
) -> None:
    other = Authority(tmp_path / "other", "Another CA")
    found = []
    for place in (url_of(guarded, authority, "disable"), url_of(guarded, other)):
        with pytest.raises(ArchiveError) as error:
            open_archive(place)
        found.append(str(error.value))

    assert "no encryption" in found[0]
    assert "certificate verify failed" in found[1]
    assert not any(PASSWORD in said or ENCODED in said for said in found)


@pytest.mark.slow
def test_the_certificate_of_another_host_is_refused(authority: Authority) -> None:
    server = PostgresServer()
    use_certificate(server, authority, "db.example.com")
    server.start()
    try:
        with pytest.raises(ArchiveError) as error:
            open_archive(
                f"{server.url.replace('127.0.0.1', 'localhost')}?sslmode=verify-full&sslrootcert={authority.file}"
            )
    finally:
        server.stop()

    assert "does not match host name" in str(error.value)


@pytest.mark.slow
def test_recorders_that_start_at_once_make_one_schema(
    redis: Redis, server: RealServer, tmp_path: Path, place: Path | str
) -> None:
    load = Load(redis)
    load.add(300)
    with a_recording(server, tmp_path, place) as system:
        for _ in range(3):
            system.start("archive")
        wait_ready(redis, "recorder", count=3)
        until(lambda: is_recorded(redis, place), "all is recorded")
        until(lambda: [1, 1, 1] == [one.counters.get("partitions") for one in reports(redis)], "they share")
        load.add(300)
        until(lambda: is_recorded(redis, place), "all is recorded")
        logs = system.logs()
    archive = open_archive(place)

    assert "archive.unavailable" not in logs
    assert_equal(redis, archive)
    archive.close()


@pytest.mark.slow
def test_a_day_without_its_partition_is_recorded_and_reported(
    redis: Redis, server: RealServer, tmp_path: Path, postgres: PostgresServer
) -> None:
    """The stream's clock is a month ahead of the recorder's, across midnight UTC."""
    place, load = postgres.new_database(), Load(redis)
    midnight_ms = (OLD_MS // DAY_MS + 30) * DAY_MS
    load.add(50)
    for p in range(PARTITIONS):
        for i in range(-5, 5):
            body = {"plugin_id": f"host-{p}", "at_ms": OLD_MS + i, "metrics": {"cpu": i}}
            redis.xadd(keys.events(p), {"e": json.dumps(body)}, id=f"{midnight_ms + i}-0")
    with a_recording(server, tmp_path, place) as system:
        first = system.start("archive")
        until(lambda: is_recorded(redis, place) and is_compacted(place), "all is recorded, and some compacted")
        first.stop()
        system.start("archive")
        said = until(lambda: [r.detail["unplaced_days"] for r in reports(redis) if "unplaced_days" in r.detail])
    archive = open_archive(place)

    assert ["2"] == said
    assert_equal(redis, archive)
    archive.close()


@pytest.mark.slow
def test_a_recorder_holds_one_connection_also_after_it_was_cut_off(
    redis: Redis, server: RealServer, tmp_path: Path, postgres: PostgresServer
) -> None:
    load, place = Load(redis), postgres.new_database()
    load.add(100)

    def connections() -> list[int]:
        with psycopg.connect(place) as connection:
            mine = f"{OURS} AND datname = current_database()"
            return [pid for (pid,) in connection.execute(mine.encode()).fetchall()]

    with a_recording(server, tmp_path, place) as system:
        system.start("archive")
        until(lambda: is_recorded(redis, place), "all is recorded")
        seen = [until(lambda: len(found := connections()) == 1 and found, "one connection")]
        for _ in range(3):
            with psycopg.connect(place, autocommit=True) as connection:
                connection.execute("SELECT pg_terminate_backend(%s)", (seen[-1][0],))
            load.add(100)
            until(lambda: is_recorded(redis, place), "all is recorded")
            seen.append(until(lambda: len(found := connections()) == 1 and found, "one connection"))

    assert 4 == len({pid for (pid,) in seen})
