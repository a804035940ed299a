"""A rule belongs to the file it came from, by its whole path: no folder takes another's rules along."""

import threading
import time
from pathlib import Path

import pytest
from redis import Redis

from api.change import rule_files
from shared.errors import Stale
from shared.model.rules import Rule
from shared.store import rule_store
from tests.support.factories import a_rule
from tests.support.interleave import interrupted
from tests.support.waiting import PATIENCE_S


def live(redis: Redis) -> set[str]:
    return {rule.id for rule in rule_store.load_all(redis)[1]}


PLACES = range(8)
"""More than `apply` sends to the server."""


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("is_sent", [False, True])
def test_edit_while_files_are_applied_is_kept_or_said_to_be_replaced(redis: Redis, place: int, is_sent: bool) -> None:
    rule_store.save_many(redis, [a_rule(id="r", source="file:a.toml", origin="/x/a.toml")])
    wanted = [a_rule(id="r", threshold=90, source="file:a.toml", origin="/x/a.toml")]

    def edit() -> None:
        rule_store.save(redis, a_rule(id="r", name="edited"))

    with interrupted(redis, place, edit) as client:
        made = apply_as(is_sent, client, wanted)
    replaced = [before.name for before, _ in made.changed]

    assert "edited" == rule_store.get(redis, "r").name or ["edited"] == replaced


@pytest.mark.parametrize("place", PLACES)
def test_rule_made_while_files_are_applied_is_said_to_be_replaced(redis: Redis, place: int) -> None:
    with interrupted(redis, place, lambda: rule_store.save(redis, a_rule(id="r", name="by hand"))) as client:
        made = apply_as(True, client, [a_rule(id="r", threshold=90)])

    assert "by hand" == rule_store.get(redis, "r").name or ["by hand"] == [before.name for before, _ in made.changed]


@pytest.mark.parametrize("place", PLACES)
def test_rule_that_another_folder_takes_over_meanwhile_is_not_removed(redis: Redis, place: int) -> None:
    rule_store.save_many(redis, [a_rule(id="r", source="file:a.toml", origin="/x/a.toml")])
    moved = a_rule(id="r", source="file:b.toml", origin="/y/b.toml")
    with interrupted(redis, place, lambda: rule_files.apply(redis, [moved], Path("/y"))) as client:
        made = rule_files.apply(client, [], Path("/x"))

    assert {"r"} == live(redis)
    assert [] == made.removed or "/x/a.toml" == made.removed[0].origin


def test_no_edit_is_lost_unseen_while_files_are_applied_over_and_over(redis: Redis) -> None:
    """Threads: each edit that was taken is what an apply says it replaced, or is there in the end."""
    rule_store.save_many(redis, [a_rule(id="r", source="file:a.toml", origin="/x/a.toml")])
    edits: list[int] = []
    over = threading.Event()

    def edit() -> None:
        for n in range(60):
            # Only what a file said is replaced, so that no edit replaces another.
            while not over.is_set():
                before = rule_store.get(redis, "r")
                if before.edited:
                    continue
                try:
                    saved = rule_store.save(redis, a_rule(id="r", name=f"edit {n}"), expected=before.revision)
                except Stale:
                    continue
                edits.append(saved.revision)
                break
        over.set()

    editor = threading.Thread(target=edit)
    editor.start()
    replaced: list[int] = []
    until = time.monotonic() + PATIENCE_S
    while not over.is_set():
        if time.monotonic() > until:
            over.set()
        made = rule_files.apply(redis, [a_rule(id="r", source="file:a.toml", origin="/x/a.toml")], Path("/x"))
        replaced += [before.revision for before, _ in made.changed]
    editor.join()
    left = rule_store.get(redis, "r")

    assert 60 == len(edits)
    assert set(edits) == set(replaced) | ({left.revision} if left.edited else set())


@pytest.mark.parametrize("place", PLACES)
def test_switching_a_rule_off_keeps_what_is_edited_meanwhile(redis: Redis, place: int) -> None:
    rule_store.save(redis, a_rule(id="r"))
    with interrupted(redis, place, lambda: rule_store.save(redis, a_rule(id="r", name="edited"))) as client:
        rule_store.change(client, "r", lambda rule: rule.model_copy(update={"enabled": False}))

    assert "edited" == rule_store.get(redis, "r").name


def apply_as(is_sent: bool, redis: Redis, wanted: list[Rule]) -> rule_files.Difference:
    return rule_files.apply_sent(redis, wanted) if is_sent else rule_files.apply(redis, wanted, Path("/x"))
