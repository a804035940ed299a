"""A rule belongs to the file it came from, by its whole path: no folder takes another's rules along."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from shared.store import rule_store
from tests.support.cli import Run
from tests.support.factories import a_rule


def write(file: Path, *ids: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    rule = '[[rule]]\nid = "{}"\nname = "n"\nmetric = "m"\noperator = ">"\nthreshold = 1.0\n'
    file.write_text("".join(rule.format(i) for i in ids) or "# none\n")
    return file


def live(redis: Redis) -> set[str]:
    return {rule.id for rule in rule_store.load_all(redis)[1]}


def test_files_of_the_same_name_keep_their_own_rules(run: Run, redis: Redis, tmp_path: Path) -> None:
    a = write(tmp_path / "teamA" / "rules.toml", "a1", "a2")
    b = write(tmp_path / "teamB" / "rules.toml", "b1", "b2")
    for path in (a, b, a.parent, b.parent, tmp_path):
        assert 0 == run("rules", "apply", str(path))[0]
        assert live(redis) >= {"a1", "a2"}
    write(b, "b1")
    run("rules", "apply", str(b))

    assert {"a1", "a2", "b1"} == live(redis)


@pytest.mark.parametrize("how", ["removed", "emptied", "commented"])
def test_rules_of_a_file_that_is_gone_are_gone(run: Run, redis: Redis, tmp_path: Path, how: str) -> None:
    folder = tmp_path / "rules"
    write(folder / "one.toml", "one")
    two = write(folder / "sub" / "two.toml", "two")
    write(tmp_path / "rules-2" / "two.toml", "other")
    run("rules", "apply", str(folder))
    run("rules", "apply", str(tmp_path / "rules-2"))
    rule_store.save(redis, a_rule(id="by-hand"))
    if how == "removed":
        two.unlink()
    else:
        two.write_text("" if how == "emptied" else "# nothing\n")
    applied = run("rules", "apply", str(folder))

    assert 0 == applied[0] and "- two" in applied[1]
    assert {"one", "other", "by-hand"} == live(redis)


def test_file_that_is_a_link_belongs_to_the_folder_of_the_link(run: Run, redis: Redis, tmp_path: Path) -> None:
    shared = write(tmp_path / "shared" / "rules.toml", "common")
    write(tmp_path / "teamA" / "own.toml", "own")
    link = tmp_path / "teamA" / "rules.toml"
    link.symlink_to(shared)
    run("rules", "apply", str(tmp_path / "teamA"))
    applied = live(redis)
    link.unlink()
    run("rules", "apply", str(tmp_path / "teamA"))

    assert ({"common", "own"}, {"own"}) == (applied, live(redis))


def test_version_of_a_mounted_folder_changes_no_rule(run: Run, redis: Redis, tmp_path: Path) -> None:
    """Kubernetes swaps a hidden folder with all files of a ConfigMap, to which the names in sight are links."""
    mounted = tmp_path / "rules"
    for version in ("..2026_1", "..2026_2"):
        write(mounted / version / "rules.toml", "r")
        (mounted / "..data").unlink(missing_ok=True)
        (mounted / "..data").symlink_to(version)
        if version == "..2026_1":
            (mounted / "rules.toml").symlink_to("..data/rules.toml")
        said = run("rules", "apply", str(mounted), "--json")[1]

    assert {"r"} == live(redis)
    assert 1 == rule_store.get(redis, "r").revision, said


@pytest.mark.parametrize("what", ["link that leads nowhere", "folder that cannot be read"])
def test_what_cannot_be_read_is_refused_and_takes_no_rules_along(
    run: Run, redis: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    write(tmp_path / "rules" / "one.toml", "one")
    two = write(tmp_path / "rules" / "sub" / "two.toml", "two")
    run("rules", "apply", str(tmp_path / "rules"))
    scan = os.scandir

    def refused(place: str) -> Any:
        if str(place).endswith("sub"):
            raise PermissionError(errno.EACCES, "Permission denied", str(place))
        return scan(place)

    if what == "folder that cannot be read":
        monkeypatch.setattr(os, "scandir", refused)
    else:
        two.unlink()
        two.symlink_to("nowhere")
    code, _, err = run("rules", "apply", str(tmp_path / "rules"))

    assert (1, {"one", "two"}) == (code, live(redis))
    assert "sub" in err


def test_file_that_begins_with_a_byte_order_mark_is_read(run: Run, redis: Redis, tmp_path: Path) -> None:
    file = write(tmp_path / "rules.toml", "r")
    file.write_text("\ufeff" + file.read_text())

    assert 0 == run("rules", "apply", str(file))[0]
    assert {"r"} == live(redis)


def test_mark_of_an_earlier_release_is_taken_over_and_removes_nothing(run: Run, redis: Redis, tmp_path: Path) -> None:
    rule_store.save_many(redis, [a_rule(id=i, source="file:rules.toml") for i in ("a", "b")])
    file = write(tmp_path / "teamB" / "rules.toml", "b")
    run("rules", "apply", str(file))

    assert {"a", "b"} == live(redis)
    assert (str(file.resolve()), "") == (rule_store.get(redis, "b").origin, rule_store.get(redis, "a").origin)


def test_what_the_list_prints_as_json_apply_reads(run: Run, redis: Redis, tmp_path: Path) -> None:
    rule_store.save(redis, a_rule(id="r", labels={"a": "b"}))
    (tmp_path / "all.json").write_text(run("rules", "list", "--json")[1])
    applied = run("rules", "apply", str(tmp_path / "all.json"))

    assert 0 == applied[0], applied
    assert {"r"} == live(redis)
