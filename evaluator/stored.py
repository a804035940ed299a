"""
What a new owner finds stored of its predecessor, taken one thing at a time: what cannot be read is left out and named.
Pure.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from evaluator.checkpoint import END_MS, SavedPlugin, restore
from evaluator.external import Watched
from evaluator.externals import Volatile
from evaluator.fleet_ticks import Ticks
from evaluator.plugin_memory import PluginMemory
from evaluator.snapshot import Snapshot

_POSITION = re.compile(rb"\d{1,20}-\d{1,20}")

_EXTERNAL = b"\0"
"""How the fields of external alerts begin: no rule has an empty id."""

_unpack_snapshot = msgspec.msgpack.Decoder(Snapshot).decode
_unpack_ticks = msgspec.msgpack.Decoder(tuple[str, Ticks]).decode
_unpack_watched = msgspec.msgpack.Decoder(Watched).decode
_unpack_volatile = msgspec.msgpack.Decoder(tuple[str, dict[str, Volatile]]).decode
_unpack_plugins = msgspec.msgpack.Decoder(list[msgspec.Raw]).decode
_unpack_plugin = msgspec.msgpack.Decoder(SavedPlugin).decode


@dataclass(slots=True)
class Checkpoint:
    """As far as it can be read."""

    position: str = ""
    """Of the log, up to which it remembers; empty: nothing of it can be used."""
    plugins: list[tuple[SavedPlugin, PluginMemory]] = field(default_factory=list)
    ticks: Ticks | None = None
    """Of fleet rules, those that are not decided yet."""
    external: dict[str, Volatile] = field(default_factory=dict)
    """By fingerprint."""
    unreadable: list[str] = field(default_factory=list)
    """What was left out, and why."""


def read_checkpoint(saved: Mapping[bytes, bytes]) -> Checkpoint:
    """Return what a stored checkpoint holds; without a position, nothing of it can be placed in the log."""
    if not saved:
        return Checkpoint()
    position = saved.get(b"id", b"")
    if not _POSITION.fullmatch(position) or max(map(int, position.split(b"-"))) >= 1 << 64:
        return Checkpoint(unreadable=[f"the checkpoint: {position[:40]!r} is no position in the log"])
    found = Checkpoint(position.decode())
    try:
        found.ticks = _read_ticks(saved.get(b"fleet", b""), found.position)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        found.unreadable.append(f"the checkpoint's ticks of fleet rules: {error}")
    try:
        found.external = _read_volatile(saved.get(b"external", b""), found.position)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        found.unreadable.append(f"the checkpoint's external alerts: {error}")
    try:
        bodies = _unpack_plugins(saved.get(b"memory", b""))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        found.unreadable.append(f"the checkpoint's memory: {error}")
        return found
    for n, body in enumerate(bodies):
        try:
            plugin = _unpack_plugin(body)
            found.plugins.append((plugin, restore(plugin)))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError) as error:
            found.unreadable.append(f"plugin {n + 1} of {len(bodies)} in the checkpoint: {error}")
    return found


def _read_ticks(body: bytes, position: str) -> Ticks | None:
    if not body:
        return None
    of_position, ticks = _unpack_ticks(body)
    # An older release writes a checkpoint without ticks, and leaves those of an earlier one.
    return ticks if of_position == position else None


def _read_volatile(body: bytes, position: str) -> dict[str, Volatile]:
    of_position, found = _unpack_volatile(body) if body else ("", {})
    # As for ticks.
    is_whole = of_position == position
    return {name: one for name, one in found.items() if is_whole and all(0 <= number < END_MS for number in one)}


def read_externals(stored: Mapping[bytes, bytes]) -> tuple[dict[str, Watched], list[str]]:
    """Return the committed external alerts by fingerprint, and what was left out, and why."""
    found: dict[str, Watched] = {}
    unreadable: list[str] = []
    for place, body in stored.items():
        if not place.startswith(_EXTERNAL):
            continue
        try:
            watched = _unpack_watched(body)
            instants = [watched.since_ms, watched.heard_at_ms, watched.until_ms, watched.grace_ms]
            instants += [watched.cooldown_until_ms, watched.ended_at_ms, watched.forget_at_ms]
            if not watched.alert_id or not all(0 <= at_ms < END_MS for at_ms in instants):
                raise ValueError("it names no alert, or an instant that cannot be")
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError) as error:
            name = place[1:101].decode("utf-8", "replace")
            unreadable.append(f"the external alert {name}: {error}; if it is open, it must be resolved by hand")
        else:
            found[watched.statement.fingerprint] = watched
    return found, unreadable


def read_snapshots(stored: Mapping[bytes, bytes]) -> tuple[dict[tuple[str, str], Snapshot], list[str]]:
    """Return the snapshots by rule id and plugin id, and what was left out, and why."""
    found: dict[tuple[str, str], Snapshot] = {}
    unreadable: list[str] = []
    for place, body in stored.items():
        if place.startswith(_EXTERNAL):
            continue
        try:
            rule_id, separator, plugin_id = place.decode().partition("\0")
            snapshot = _unpack_snapshot(body)
            if not separator:
                raise ValueError("its field names no plugin")
            instants = (snapshot.since_ms, snapshot.cooldown_until_ms, snapshot.recovering_since_ms)
            if not snapshot.alert_id or not all(0 <= at_ms < END_MS for at_ms in instants):
                raise ValueError("it names no alert, or an instant that cannot be")
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError) as error:
            name = place[:200].decode("utf-8", "replace").replace("\0", " for ")
            unreadable.append(f"the state of rule {name}: {error}; an alert it may have open must be resolved by hand")
        else:
            found[rule_id, plugin_id] = snapshot
    return found, unreadable
