"""Operators' commands on their way to the evaluators: from one stream to that of each partition."""

from collections.abc import Iterable

import msgspec
from redis import Redis

from shared import crash_points
from shared.model import reasons
from shared.model.alerts import UNREADABLE
from shared.model.events import Command
from shared.model.partitions import partition_of
from shared.redis import keys
from shared.redis.tail import Entry
from shared.store.parking import Parking

_decode = msgspec.json.Decoder(Command).decode


def forward(redis: Redis, entries: Iterable[Entry], partitions: int, parking: Parking) -> None:
    """Pass commands on to their partitions, at least once: obeying a command twice changes nothing."""
    for entry_id, fields in entries:
        body = fields[1] if len(fields) > 1 else b""
        try:
            command = _decode(body)
        except UNREADABLE as error:
            where = f"{keys.commands()} {entry_id.decode()}"
            parking.park(where, body, reasons.of("letter.command", error=str(error)))
        else:
            partition = partition_of(command.plugin_id, partitions)
            redis.xadd(keys.events(partition), {keys.COMMAND_FIELD: body})
            crash_points.reach("router.after_forward")
        redis.xdel(keys.commands(), entry_id)
