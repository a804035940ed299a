"""The archive after a chaos run: every event once and in its order, whatever was done to the recorder."""

import time
from contextlib import closing
from pathlib import Path

from redis import Redis

from archive.opening import open_archive
from archive.store import Archive
from shared.redis import keys
from tests.chaos.verdict import Verdict
from tests.support.archives import events_in, events_of

SETTLE_S = 60.0
"""How long the recorder may need for the rest."""


def judge_archive(redis: Redis, place: Path, partitions: int, verdict: Verdict, settle_s: float = SETTLE_S) -> None:
    """Compare the archive with the streams, which a run is too short to trim."""
    with closing(open_archive(place)) as archive:
        _settle(redis, archive, partitions, verdict, settle_s)
        count = 0
        for p in range(partitions):
            want = events_of(_entries(redis, keys.events(p)))
            found = events_in(archive, f"events:{p}", {event.plugin_id for _, event in want})
            count += len(found)
            if want != found:
                lost = sum(one not in found for one in want)
                verdict.problems.append(
                    f"archive, partition {p}: {len(found)} events and not {len(want)}; {lost} lost, or not as published"
                )
            read = archive.cursors().get(f"outbox:{p}")
            transitions = redis.xinfo_stream(keys.outbox(p))["entries-added"] if redis.exists(keys.outbox(p)) else 0
            if transitions and (read is None or read.read != transitions):
                verdict.problems.append(f"archive, outbox {p}: {read} entries and not {transitions}")
        verdict.problems += [f"archive: {gap}" for gap in archive.gaps()]
        verdict.counts["archived"] = count


def _settle(redis: Redis, archive: Archive, partitions: int, verdict: Verdict, settle_s: float) -> None:
    """Wait until the archive's cursors are at the ends of the streams."""
    end = time.monotonic() + settle_s
    while True:
        cursors = archive.cursors()
        behind = [
            stream
            for p in range(partitions)
            for stream, key in ((f"events:{p}", keys.events(p)), (f"outbox:{p}", keys.outbox(p)))
            if redis.exists(key)
            and redis.xinfo_stream(key)["last-generated-id"].decode() not in ("0-0", _position(cursors, stream))
        ]
        if not behind:
            return
        if time.monotonic() > end:
            verdict.problems.append(f"the archive is behind after {settle_s:g} s: {behind}")
            return
        time.sleep(0.2)


def _position(cursors: dict, stream: str) -> str:
    return cursors[stream].position if stream in cursors else ""


def _entries(redis: Redis, key: str) -> list[tuple[bytes, list[bytes]]]:
    return [(entry_id, [part for pair in fields.items() for part in pair]) for entry_id, fields in redis.xrange(key)]
