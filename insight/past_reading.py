"""What the archive has of the past of plugins, for replays. Shell."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from fnmatch import fnmatchcase
from operator import itemgetter
from typing import TYPE_CHECKING

import msgspec

from archive import journal
from archive.store import EVENTS, day_of, is_of_events, stream_of
from insight.past import Part, Past
from insight.replay import Heard
from shared.errors import Invalid
from shared.model import event_time, reasons
from shared.model.partitions import partition_of
from shared.model.rules import Rule
from shared.redis import keys, streams

if TYPE_CHECKING:
    from archive.journal import Entry
    from archive.sql_archive import SqlArchive

MOST_PLUGINS = 2_000
MOST_JOURNAL_ROWS, MOST_JOURNAL_BYTES = 1_000, 16_000_000
MOST_COMMANDS = 10_000


class PastReading:
    """What is read once for all plugins of a backtest; the archive must be in one transaction meanwhile."""

    def __init__(self, archive: "SqlArchive", partitions: int, from_ms: int, until_ms: int) -> None:
        """
        Args:
            from_ms: What happened earlier is not read.
        """
        self._archive = archive
        self._partitions = partitions
        self._from_ms = from_ms
        self._until_ms = until_ms
        self._tails: dict[str, dict[str, list[Heard]]] = {}
        """Stream → plugin → what is not compacted."""
        self._commands: dict[str, dict[str, list[Heard]]] = {}
        self._are_commands_read: set[str] = set()

    def plugins(self, rule: Rule, metrics: Iterable[str]) -> list[str]:
        """
        Return the plugins of which there are events that a rule may be about; labels are not looked at.

        Args:
            metrics: Of the rule; none: it is about something else, and every plugin is meant.

        Raises:
            Invalid: they are too many.
        """
        if rule.plugin_id is not None:
            return [rule.plugin_id]
        days = (day_of(self._from_ms), day_of(self._until_ms))
        wanted = sorted(metrics)
        if wanted:
            marks = ", ".join("?" * len(wanted))
            sql = (
                "SELECT DISTINCT plugins.name FROM rollups JOIN names AS plugins ON plugins.id = plugin"  # noqa: S608
                " JOIN names AS metrics ON metrics.id = metric"
                f" WHERE day >= ? AND day <= ? AND metrics.name IN ({marks})"
            )
        else:
            sql = "SELECT DISTINCT name FROM chunks JOIN names ON id = plugin WHERE day >= ? AND day <= ?"
        found = {name for (name,) in self._archive.execute(sql, (*days, *wanted)).fetchall()}
        for stream in self._archive.cursors():
            if is_of_events(stream):
                found |= self._tail(stream).keys()
        chosen = sorted(name for name in found if rule.plugins is None or fnmatchcase(name, rule.plugins))
        if len(chosen) > MOST_PLUGINS:
            raise Invalid({"plugins": reasons.of("backtest.too_many_plugins", count=MOST_PLUGINS)}, "The backtest")
        return chosen

    def past(self, plugin_id: str, metrics: Iterable[str]) -> Past:
        """Return what arrived of a plugin, with the summaries of some metrics."""
        until_at_ms = self._until_ms + event_time.MAX_FUTURE_MS
        summaries: dict[tuple[int, int], dict[str, object]] = {}
        for metric in metrics:
            for place, _, _, summary in self._archive.summaries(plugin_id, metric, self._from_ms, until_at_ms):
                summaries.setdefault((place.first_ms, place.first_number), {})[metric] = summary
        parts = [
            Part(
                plugin_id,
                one.place.first_ms,
                one.most_at_ms,
                one.body,
                summaries.get((one.place.first_ms, one.place.first_number), {}),  # type: ignore[arg-type]
            )
            for one in self._archive.chunks(plugin_id, self._from_ms, until_at_ms)
        ]
        stream = stream_of(EVENTS, partition_of(plugin_id, self._partitions))
        tail = self._tail(stream).get(plugin_id)
        if tail:
            parts.append(Part(plugin_id, tail[0].entry_ms, 1 << 62, tail=tail))
        return Past(plugin_id, parts, self._commands_of(stream).get(plugin_id, ()))

    def _tail(self, stream: str) -> Mapping[str, Sequence[Heard]]:
        found = self._tails.get(stream)
        if found is None:
            found = self._tails[stream] = {}
            rows = self._archive.journal(stream, MOST_JOURNAL_ROWS, MOST_JOURNAL_BYTES)
            commands = self._commands[stream] = {}
            for entries in journal.readable(row.body for row in rows):
                for entry in entries:
                    if entry[1][0] == keys.EVENT_FIELD:
                        for one in _events(entry):
                            found.setdefault(one.what.plugin_id, []).append(one)
                    _add_command(entry, commands)
        return found

    def _commands_of(self, stream: str) -> Mapping[str, Sequence[Heard]]:
        if stream not in self._are_commands_read:
            self._are_commands_read.add(stream)
            self._tail(stream)
            commands = self._commands[stream]
            for entry in self._archive.newest_others(stream, self._from_ms, self._until_ms, MOST_COMMANDS):
                _add_command(entry, commands)
            for some in commands.values():
                some.sort(key=itemgetter(0, 1))
        return self._commands[stream]


def _events(entry: "Entry") -> Iterator[Heard]:
    stamp, _, number = entry[0].partition(b"-")
    for place, event in enumerate(streams.decode(entry[1][1], int(stamp))[0]):
        yield Heard(int(stamp), int(number), place, event)


def _add_command(entry: "Entry", into: dict[str, list[Heard]]) -> None:
    if entry[1][0] != keys.COMMAND_FIELD:
        return
    with suppress(msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        command = streams.decode_command(entry[1][1])
        stamp, _, number = entry[0].partition(b"-")
        into.setdefault(command.plugin_id, []).append(Heard(int(stamp), int(number), 0, command))
