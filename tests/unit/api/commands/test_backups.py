"""`backup`, `restore` and `migrate` at the shell: what is asked first, what is refused, what is done."""

import json
from pathlib import Path

import pytest
from redis import Redis

from shared.model.alerts import SCHEMA
from shared.redis import keys
from shared.store import rule_store, schema
from tests.support.cli import Run
from tests.support.factories import a_rule


def ids(redis: Redis) -> list[str]:
    return [rule.id for rule in rule_store.load_all(redis)[1]]


def test_backup_is_restored_when_confirmed(run: Run, redis: Redis, tmp_path: Path) -> None:
    file = tmp_path / "backup.json.gz"
    rule_store.save(redis, a_rule(id="before"))
    made = run("backup", str(file), "--json")
    rule_store.save(redis, a_rule(id="after"))
    looked, unasked = run("restore", str(file), "--dry-run"), run("restore", str(file))
    untouched = ids(redis)
    restored = run("restore", str(file), "--yes")

    assert (0, 0, 1, 0) == (made[0], looked[0], unasked[0], restored[0])
    assert (["after", "before"], ["before"]) == (untouched, ids(redis))
    assert str(file) == json.loads(made[1])["file"]


@pytest.mark.parametrize("content", [b"", b"junk", b"\x1f\x8b\x08broken"])
def test_file_that_is_no_backup_is_refused_and_changes_nothing(
    run: Run, redis: Redis, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "file").write_bytes(content)
    rule_store.save(redis, a_rule(id="r"))
    code, _, err = run("restore", str(tmp_path / "file"), "--yes")

    assert (1, True, ["r"]) == (code, str(tmp_path / "file") in err, ids(redis))


def test_backup_that_cannot_be_written_is_one_sentence(run: Run, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    code, out, err = run("backup", str(tmp_path / "taken" / "file"))

    assert (1, "", 1, True) == (code, out, len(err.splitlines()), "cannot be written" in err)


def test_backup_that_is_not_there_is_named(run: Run, tmp_path: Path) -> None:
    code, _, err = run("restore", str(tmp_path / "nothing.gz"))

    assert code != 0 and "nothing.gz" in err and "does not exist" in err


def test_migration_is_listed_made_and_then_nothing_is_left(run: Run, redis: Redis) -> None:
    redis.set(keys.partitions(), 8)
    listed = run("migrate", "--dry-run")
    untouched = schema.current(redis)
    made, again = run("migrate"), run("migrate")

    assert [0, 0, 0] == [listed[0], made[0], again[0]]
    assert (schema.FIRST, SCHEMA) == (untouched, schema.current(redis))
    assert SCHEMA - schema.FIRST == len(made[1].splitlines()) == len(listed[1].splitlines())
    assert 1 == len(again[1].splitlines())
