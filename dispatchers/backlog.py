"""
What the router has read and not routed yet, and what comes next. Pure.

A storm of one rule must not hold up the other rules, so the rules take turns. What is taken before its turn in the
outbox is noted beside the cursor, so that a router which takes over routes the rest, and nothing twice. The transitions
of a plugin keep their order whatever their rules, for the first may hold back the second.
"""

import re
from collections import deque
from collections.abc import Mapping, Sequence

from shared.model.alerts import Transition

MAX_AHEAD = 2_000
"""Transitions taken before their turn. Beyond that, the first in line come first: each batch writes the note."""
_Noted = dict[str, set[int]]
"""Entry id → the places in its list that are routed."""


class _Entry:
    """An entry of an outbox."""

    __slots__ = ("entry_id", "left", "taken")

    def __init__(self, entry_id: str, taken: set[int], left: int) -> None:
        self.entry_id = entry_id
        self.taken = taken
        """Places in its list."""
        self.left = left


class _Waiting:
    """A transition of an entry."""

    __slots__ = ("entry", "is_taken", "partition", "place", "transition")

    def __init__(self, partition: int, entry: _Entry, place: int, transition: Transition) -> None:
        self.partition = partition
        self.entry = entry
        self.place = place
        self.transition = transition
        self.is_taken = False


class Backlog:
    """The transitions of all partitions."""

    def __init__(self, ahead: Mapping[int, str] | None = None) -> None:
        """
        Args:
            ahead: Partition → the note of what was routed beyond its cursor, as `progress` returned it.
                Unreadable parts of a note are left out.
        """
        self._noted = {partition: _parse(text) for partition, text in (ahead or {}).items()}
        """What an earlier router routed of entries that this router has not read yet."""
        self._entries: dict[int, deque[_Entry]] = {}
        """Partition → entries from the first that is not wholly taken."""
        self._begun: dict[int, dict[str, _Entry]] = {}
        """Partition → id → the entries of which something is taken."""
        self._line: deque[_Waiting] = deque()
        self._of_rule: dict[str, deque[_Waiting]] = {}
        """Rule id → its transitions; the rule whose turn it is comes first."""
        self._of_plugin: dict[str, deque[_Waiting]] = {}
        self._moved: set[int] = set()
        self._count = 0
        self._ahead_count = sum(len(places) for noted in self._noted.values() for places in noted.values())

    def __len__(self) -> int:
        """Return how many transitions wait."""
        return self._count

    @property
    def has_moved(self) -> bool:
        """Whether some partition has moved since `progress` was last called."""
        return bool(self._moved)

    def add(self, partition: int, entry_id: str, transitions: Sequence[Transition | None]) -> None:
        """Add the next entry of a partition's outbox; None stands for an unreadable transition."""
        taken = self._take_noted(partition, entry_id).intersection(range(len(transitions)))
        entry = _Entry(entry_id, taken, len(transitions))
        self._entries.setdefault(partition, deque()).append(entry)
        self._moved.add(partition)
        for place, transition in enumerate(transitions):
            if transition is None or place in taken:
                self._note(partition, entry, place)
                continue
            waiting = _Waiting(partition, entry, place, transition)
            self._line.append(waiting)
            self._of_rule.setdefault(transition.rule_id, deque()).append(waiting)
            self._of_plugin.setdefault(transition.plugin_id, deque()).append(waiting)
            self._count += 1

    def _take_noted(self, partition: int, entry_id: str) -> set[int]:
        """Return the routed places of an entry from the note, and remove it and the entries before it from the note."""
        noted = self._noted.get(partition, {})
        # A stream is read in order, and so is the note: an entry before this one that was not read has been deleted.
        while noted and _order(first := next(iter(noted))) < _order(entry_id):
            self._ahead_count -= len(noted.pop(first))
        taken = noted.pop(entry_id, set())
        self._ahead_count -= len(taken)
        return taken

    def take(self, most: int) -> list[Transition]:
        """Take at most *most* of the waiting transitions, the rules in turn."""
        batch: list[Transition] = []
        while len(batch) < most and self._count:
            before = len(batch)
            if self._ahead_count < MAX_AHEAD:
                share = max(1, (most - before) // len(self._of_rule))
                for rule_id in list(self._of_rule)[: most - before]:
                    self._take_of(rule_id, share, batch)
            else:
                self._take(self._line.popleft(), batch)
            # The first in line never waits for another, so this comes to an end.
        while self._line and self._line[0].is_taken:
            self._line.popleft()
        return batch

    def _take_of(self, rule_id: str, share: int, batch: list[Transition]) -> None:
        queue = self._of_rule.pop(rule_id)
        while queue and share:
            waiting = queue[0]
            if not waiting.is_taken and self._of_plugin[waiting.transition.plugin_id][0] is not waiting:
                # An earlier transition of the same plugin, of another rule, comes first.
                break
            queue.popleft()
            share -= self._take(waiting, batch)
        if queue:
            self._of_rule[rule_id] = queue

    def _take(self, waiting: _Waiting, batch: list[Transition]) -> bool:
        if waiting.is_taken:
            return False
        waiting.is_taken = True
        batch.append(waiting.transition)
        plugin_id = waiting.transition.plugin_id
        others = self._of_plugin[plugin_id]
        others.popleft()
        if not others:
            del self._of_plugin[plugin_id]
        self._note(waiting.partition, waiting.entry, waiting.place)
        self._moved.add(waiting.partition)
        self._count -= 1
        return True

    def _note(self, partition: int, entry: _Entry, place: int) -> None:
        entry.taken.add(place)
        entry.left -= 1
        self._begun.setdefault(partition, {})[entry.entry_id] = entry
        self._ahead_count += 1

    def progress(self) -> dict[int, tuple[str | None, str]]:
        """
        Return, for each partition that moved since the last call: the entry up to which all is taken (None: the same as
        before), and the note of what is taken beyond it, as `__init__` expects it.

        The note keeps what the previous note says of entries that have not been read yet: another router may take over
        before they are.
        """
        moved = {}
        for partition in self._moved:
            entries, begun = self._entries[partition], self._begun.get(partition, {})
            cursor = None
            while entries and not entries[0].left:
                entry = entries.popleft()
                cursor = entry.entry_id
                self._ahead_count -= len(entry.taken)
                begun.pop(cursor, None)
            taken = {entry.entry_id: entry.taken for entry in begun.values()}
            moved[partition] = (cursor, _format(taken | self._noted.get(partition, {})))
        self._moved.clear()
        return moved


def _format(noted: _Noted) -> str:
    return " ".join(f"{entry_id}:{','.join(map(str, sorted(places)))}" for entry_id, places in noted.items())


def _parse(text: str) -> _Noted:
    found: _Noted = {}
    for part in text.split():
        entry_id, _, places = part.partition(":")
        numbers = {int(place) for place in places.split(",") if _PLACE.fullmatch(place)}
        if is_entry_id(entry_id) and numbers:
            found[entry_id] = numbers
    return {entry_id: found[entry_id] for entry_id in sorted(found, key=_order)}


_ENTRY_ID = re.compile(r"[0-9]{1,20}-[0-9]{1,20}")
_PLACE = re.compile(r"[0-9]{1,9}")


def is_entry_id(text: str) -> bool:
    """Tell whether this is an id that an entry of a stream may have."""
    return bool(_ENTRY_ID.fullmatch(text)) and all(int(number) < 2**64 for number in text.split("-"))


def is_beyond(entry_id: str, other: str) -> bool:
    """Tell whether an id comes after another."""
    return _order(entry_id) > _order(other)


def is_partition(name: bytes) -> bool:
    """Tell whether this is the number of a partition."""
    return name.isdigit() and len(name) < 10


def read_cursors(stored: Mapping[bytes, bytes]) -> tuple[dict[int, str], dict[bytes, bytes]]:
    """Return partition → last routed id, and the stored cursors that cannot be read."""
    found, unreadable = {}, {}
    for name, cursor in stored.items():
        plain = cursor.decode("ascii", "replace")
        if is_partition(name) and is_entry_id(plain):
            found[int(name)] = plain
        else:
            unreadable[name] = cursor
    return found, unreadable


def _order(entry_id: str) -> tuple[int, int]:
    ms, _, number = entry_id.partition("-")
    return int(ms), int(number)
