"""Take over a partition: load what is committed, and rebuild what is remembered up to the committed position. Shell."""

from collections.abc import Callable

import msgspec
from redis import Redis
from redis.exceptions import ResponseError

from evaluator import mending, stored
from evaluator.archived_past import ArchivedPast
from evaluator.budget import Budget
from evaluator.engine import Engine
from evaluator.external import Watched
from evaluator.fleet import Start
from evaluator.index import Index
from evaluator.partition import Partition
from evaluator.past import Past
from evaluator.snapshot import Place, Snapshot
from shared.errors import LeaseLost
from shared.model.events import Event
from shared.model.external import Statement
from shared.model.partitions import DEFAULT_PARTITIONS, partition_of
from shared.redis import connection, entry_ids, keys
from shared.redis.leases import Leases


def take_over(
    redis: Redis,
    number: int,
    lease: str,
    leases: Leases,
    index: Index,
    partitions: int = DEFAULT_PARTITIONS,
    moving: Callable[[], None] = lambda: None,
    budget: Budget | None = None,
    archived: ArchivedPast | None = None,
) -> Partition:
    """
    Load a partition whose lease this worker has just acquired.

    Args:
        lease: The lease's value, `worker:token`.
        partitions: How many there are.
        moving: Called now and then while loading, which may take long.
        budget: Of the partition; without bounds if not given.
        archived: What arrived before the stream begins.

    Raises:
        LeaseLost: another worker acquired it meanwhile.
    """

    def keep_lease() -> None:
        moving()
        # Not `renew_all`: it notes that an evaluator listens, and an outage must be forgiven before that is noted.
        if not leases.renew(keys.lease(number), lease):
            raise LeaseLost(f"the lease of partition {number} ran out")

    unreadable = mending.mend(redis, number)
    past = Past(redis, number, keep_lease, unreadable, archived)
    position, entries_read, lost = _committed_position(redis, number, unreadable)
    heard_until_ms = _instant(redis, keys.alive(number), "when an evaluator listened last", unreadable)
    judged_until_ms = _instant(redis, keys.clock(number), "how far the clock was judged", unreadable) or 0
    checkpoint = stored.read_checkpoint(redis.hgetall(keys.checkpoint(number)))
    unreadable += checkpoint.unreadable
    snapshots, externals = _load_snapshots(redis, number, unreadable)
    engine = Engine(
        index,
        [memory for _, memory in checkpoint.plugins],
        snapshots,
        owns=lambda plugin_id: partition_of(plugin_id, partitions) == number,
        revision=index.revision,
        budget=budget,
        # A clock that was set back since must not keep silence unjudged until it has caught up.
        judged_until_ms=min(judged_until_ms, connection.server_ms(redis)),
        start=Start(number, partitions, int(position.partition("-")[0]), checkpoint.ticks),
        externals=externals,
    )
    _remember(engine, checkpoint, past, position)
    partition = Partition(redis, number, lease, engine, position, entries_read, past, unreadable, lost)
    # Also after a short pause: for a statement that comes while nobody owns the partition, time must not run out.
    engine.external.forgive(connection.server_ms(redis))
    _forgive_outage(partition, heard_until_ms, connection.server_ms(redis), leases.length_ms)
    return partition


def _committed_position(redis: Redis, number: int, unreadable: list[str]) -> tuple[str, int, int]:
    """Return the id of the last entry committed, how many entries were, and how many after it were cut unread."""
    stream = keys.events(number)
    try:
        redis.xgroup_create(stream, keys.GROUP, id="0-0", mkstream=True, entries_read=0)
    except ResponseError as error:
        if "BUSYGROUP" not in str(error):
            raise
    for group in redis.xinfo_groups(stream):
        if group["name"] == keys.GROUP.encode():
            position = group["last-delivered-id"].decode()
            about = redis.xinfo_stream(stream)
            end = about["last-generated-id"].decode()
            if entry_ids.order_of(position) > entry_ids.order_of(end):
                # Nothing would ever be read there.
                unreadable.append(f"the committed position {position}: the log ends at {end}")
                return end, int(group["entries-read"] or 0), 0
            if group["entries-read"] is None:
                # Set by hand: how many entries came before is not known.
                return position, 0, 0
            entries_read = int(group["entries-read"])
            return position, entries_read, max(0, about["entries-added"] - about["length"] - entries_read)
    raise LeaseLost(f"the group of partition {number} vanished")


def _instant(redis: Redis, key: str, what: str, unreadable: list[str]) -> int | None:
    """Return the instant that a key holds; None if it holds none, or nobody can read it."""
    body = redis.get(key)
    if body is None or (body.isdigit() and len(body) < 17):
        return int(body) if body else None
    unreadable.append(f"{what}: {body[:40]!r} is no instant")
    return None


def _load_snapshots(
    redis: Redis, number: int, unreadable: list[str]
) -> tuple[dict[Place, Snapshot], dict[str, Watched]]:
    saved = redis.hgetall(keys.snapshots(number))
    snapshots, left_out = stored.read_snapshots(saved)
    externals, others_left_out = stored.read_externals(saved)
    unreadable += [*left_out, *others_left_out]
    # A cooldown lasts as long as its key: one that expired, or was deleted by hand, is over.
    cooling = [place for place, snapshot in snapshots.items() if snapshot.phase == "cooling"]
    if cooling:
        values = redis.mget([keys.cooldown(number, *place) for place in cooling])
        for place, value in zip(cooling, values, strict=True):
            if value is None:
                snapshots[place] = msgspec.structs.replace(snapshots[place], cooldown_until_ms=1)
    return snapshots, externals


def _remember(engine: Engine, checkpoint: stored.Checkpoint, past: Past, position: str) -> None:
    """Have *engine*, which has what the checkpoint holds, remember the log from there to *position*."""
    engine.external.restore(checkpoint.external)
    engine.plugins.is_complete = engine.plugins.are_covered_by(saved for saved, _ in checkpoint.plugins)
    if checkpoint.unreadable and checkpoint.position:
        # The stream still has what the checkpoint had of those that were left out, if they were heard of lately.
        restored = {saved.plugin_id for saved, _ in checkpoint.plugins}
        for entry_ms, event in past.entries("-", checkpoint.position):
            if isinstance(event, Event):
                if event.plugin_id not in restored:
                    engine.plugins.remember(event, entry_ms)
            elif isinstance(event, Statement):
                engine.external.remember(event, entry_ms)
            elif checkpoint.ticks is None:
                engine.fleet.remember(event, entry_ms, but_of=restored)
    for entry_ms, event in past.entries(f"({checkpoint.position}" if checkpoint.position else "-", position):
        if isinstance(event, Event):
            engine.plugins.remember(event, entry_ms)
        elif isinstance(event, Statement):
            engine.external.remember(event, entry_ms)
        else:
            engine.fleet.remember(event, entry_ms)


def _forgive_outage(partition: Partition, heard_until_ms: int | None, now_ms: int, lease_ms: int) -> None:
    """Do not count it as silence of the plugins when no evaluator listened."""
    deaf_ms = now_ms - heard_until_ms if heard_until_ms is not None else 0
    # A handing-over takes up to a lease; only what is longer was an outage.
    if deaf_ms > 2 * lease_ms:
        partition.forgiven_ms = deaf_ms
        partition.engine.forgive(deaf_ms, now_ms)
        # Saved before it is noted that an evaluator listens again; and whole, for this owner may die before the next.
        if not partition.engine.plugins.is_complete:
            partition.complete_windows(0)
        partition.checkpoint(0, force=True)
