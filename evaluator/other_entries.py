"""Entries of a partition's stream that are not one good event: several, some bad, a command, a report. Shell."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import msgspec

from shared.model import external, reasons
from shared.model.encoding import encode
from shared.model.reasons import Reason
from shared.redis import keys, streams

if TYPE_CHECKING:
    from evaluator.partition import Partition

Decide = Callable[["Partition", str, bytes, int, int, list[Exception]], None]
"""Decides the value of one field: partition, entry's id, value, the clock's time, the entry's time, the bugs met."""


def decide(
    partition: "Partition", entry_id: str, fields: list[bytes], now_ms: int, entry_ms: int, failures: list[Exception]
) -> None:
    """Decide one entry; what cannot be used of it becomes dead letters."""
    by_field = _BY_FIELD.get(fields[0]) if len(fields) >= 2 else None
    if by_field is None:
        partition.letters.add(reasons.of("event.nothing_known"), entry_id, b" ".join(fields), now_ms)
    else:
        by_field(partition, entry_id, fields[1], now_ms, entry_ms, failures)


def failed(error: Exception) -> Reason:
    """Return why something that met a bug is a dead letter."""
    return reasons.of("event.deciding_failed", error=f"{type(error).__name__}: {error}")


def _decide_events(
    partition: "Partition", entry_id: str, body: bytes, now_ms: int, entry_ms: int, failures: list[Exception]
) -> None:
    events, bad = streams.decode(body, entry_ms, partition.checked_names)
    apply, changes, is_alone = partition.engine.apply, partition.changes, len(events) == 1
    for i, event in enumerate(events):
        try:
            apply(event, entry_id if is_alone else (entry_id, i), now_ms, changes, entry_ms)
        except Exception as error:
            # The entry's other events have nothing to do with it.
            failures.append(error)
            partition.letters.add(failed(error), entry_id, encode(event), now_ms)
    for bad_event in bad:
        changes.dropped += len(bad_event.dropped) if bad_event.is_kept else 0
        partition.letters.add(bad_event.why, entry_id, bad_event.payload, now_ms)


def _decide_statements(
    partition: "Partition", entry_id: str, body: bytes, now_ms: int, entry_ms: int, failures: list[Exception]
) -> None:
    try:
        statements = streams.decode_statements(body)
    except ValueError as error:
        partition.letters.add(reasons.of("event.no_statements", error=str(error)), entry_id, body, now_ms)
        return
    externals, changes = partition.engine.external, partition.changes
    for i, seen in enumerate(statements):
        try:
            if externals.has_room_for(seen, entry_ms):
                externals.take(seen, (entry_id, i), entry_ms, now_ms, changes)
                continue
            why = reasons.of(
                "event.too_many_external", name=seen.name, limit=partition.engine.plugins.index.external.most
            )
        except Exception as error:
            failures.append(error)
            why = failed(error)
        partition.letters.add(why, entry_id, encode(seen), now_ms)


def _obey(
    partition: "Partition", entry_id: str, body: bytes, now_ms: int, _entry_ms: int, _failures: list[Exception]
) -> None:
    try:
        command = streams.decode_command(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        partition.letters.add(reasons.of("event.no_command", error=str(error)), entry_id, body, now_ms)
        return
    if external.is_external(command.rule_id):
        partition.engine.external.obey(command, partition.changes)
    else:
        partition.engine.obey(command, partition.changes)


def _take_report(
    partition: "Partition", entry_id: str, body: bytes, now_ms: int, entry_ms: int, _failures: list[Exception]
) -> None:
    try:
        report = streams.decode_report(body, entry_ms)
    except ValueError as error:
        partition.letters.add(reasons.of("event.no_report", error=str(error)), entry_id, body, now_ms)
    else:
        partition.engine.fleet.take(report, entry_id, now_ms, partition.changes, entry_ms)


_BY_FIELD: Mapping[bytes, Decide] = {
    keys.EVENT_FIELD: _decide_events,
    keys.COMMAND_FIELD: _obey,
    keys.FLEET_FIELD: _take_report,
    keys.EXTERNAL_FIELD: _decide_statements,
}
