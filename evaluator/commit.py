"""What one commit holds, and the call of the script `lua/commit.lua` that writes it. Pure."""

from dataclasses import dataclass
from typing import Any

import msgspec

from evaluator.changes import Changes
from evaluator.letters import Refusals
from shared.model import dead_letter
from shared.model.encoding import encode
from shared.redis import keys, scripts

COMMIT = "commit"
TRANSITIONS_PER_ENTRY = 50
"""In the outbox: one entry more costs the server several times what one transition does."""

_pack = msgspec.msgpack.Encoder().encode


@dataclass(slots=True)
class Batch:
    """What was decided of one partition since the commit before."""

    number: int
    lease: str
    """Its value; the server refuses the commit of another owner."""
    position: str
    """Id of the last entry decided."""
    entries_read: int
    changes: Changes
    dead: Refusals
    judged_until_ms: int = 0
    """How far the clock was judged, so that the next owner neither repeats nor leaves out what ended by it."""


def call_of(batch: Batch, lease_ms: int, now_ms: int) -> scripts.Call:
    """Return the call that writes *batch*, all of it or nothing."""
    n, changes = batch.number, batch.changes
    saved = [(f"{r}\0{p}", _pack(s)) for (r, p), s in changes.snapshots.items() if s is not None]
    idle = [f"{r}\0{p}" for (r, p), s in changes.snapshots.items() if s is None]
    saved += [(f"\0{f}", _pack(w)) for f, w in changes.externals.items() if w is not None]
    idle += [f"\0{f}" for f, w in changes.externals.items() if w is None]
    cooling = [
        (keys.cooldown(n, r, p), s.alert_id, s.cooldown_until_ms - now_ms)
        for (r, p), s in changes.snapshots.items()
        if s is not None and s.cooldown_until_ms > now_ms
    ]
    transitions = changes.transitions
    outbox = [transitions[i : i + TRANSITIONS_PER_ENTRY] for i in range(0, len(transitions), TRANSITIONS_PER_ENTRY)]
    names = [keys.lease(n), keys.events(n), keys.snapshots(n), keys.outbox(n), keys.dead_letters(n), keys.clock(n)]
    arguments: list[Any] = [batch.lease, lease_ms, keys.GROUP, batch.position, batch.entries_read]
    arguments += [batch.judged_until_ms]
    arguments += [len(saved), *(part for pair in saved for part in pair)]
    arguments += [len(idle), *idle]
    arguments += [len(outbox), *map(encode, outbox)]
    letters = batch.dead.letters
    arguments += [len(letters), *(part for why, *rest in letters for part in (*dead_letter.fields(why), *rest))]
    arguments += [len(cooling), *(part for _, alert_id, left_ms in cooling for part in (alert_id, left_ms))]
    return [*names, *(key for key, _, _ in cooling)], arguments
