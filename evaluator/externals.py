"""The external alerts of one partition: a fold of what senders state, in stream order, and of the clock. No I/O."""

import heapq
from collections.abc import Mapping

from msgspec import structs

from evaluator import external
from evaluator.alert_ids import Origin
from evaluator.changes import Changes
from evaluator.external import Decision, Watched
from evaluator.external_terms import Terms
from evaluator.plugins import Plugins
from evaluator.timers import NEVER_MS
from shared.model import principals, reasons
from shared.model.events import Command
from shared.model.external import Statement

Known = Mapping[str, Watched]
"""By fingerprint."""
Volatile = tuple[int, int, int, int]
"""Of an alert, what a checkpoint keeps: when it was heard of last, until when and how long it waits for its sender, and
when it ended."""


class Externals:
    """Of one partition."""

    def __init__(self, plugins: Plugins, known: Known) -> None:
        """
        Args:
            plugins: Of the partition; their index has the terms in force.
            known: What was committed.
        """
        self._plugins = plugins
        self.by_fingerprint = dict(known)
        self._due: list[tuple[int, str]] = []
        """Heap of alerts by when time may change something. It may be too early: a renewal does not move it."""
        self._due_ms: dict[str, int] = {}
        """Which entry of `_due` counts; others of the same alert are stale."""
        self._can_hear = True
        """Whether senders have a process to send to."""
        for fingerprint, watched in known.items():
            self._watch(fingerprint, watched)

    @property
    def due_at_ms(self) -> int:
        """When, at the earliest, time alone may change something; `NEVER_MS` if it does not."""
        return self._due[0][0] if self._due else NEVER_MS

    @property
    def _terms(self) -> Terms:
        return self._plugins.index.external

    def open_alerts(self) -> int:
        """Return how many alerts fire."""
        return sum(watched.phase == "firing" for watched in self.by_fingerprint.values())

    def has_room_for(self, seen: Statement, heard_at_ms: int) -> bool:
        """Tell whether one more alert can be watched; those that are known always can, and an end needs no room."""
        if seen.fingerprint in self.by_fingerprint or len(self.by_fingerprint) < self._terms.most:
            return True
        return 0 < seen.ends_at_ms <= heard_at_ms

    def take(self, seen: Statement, origin: Origin, heard_at_ms: int, now_ms: int, changes: Changes) -> None:
        """Decide one statement; as `external.decide`."""
        changes.statements += 1
        known = self.by_fingerprint.get(seen.fingerprint)
        decision = external.decide(known, seen, heard_at_ms, now_ms, origin, self._terms)
        self._take(seen.fingerprint, known, decision, changes)

    def obey(self, command: Command, changes: Changes) -> None:
        """Apply a person's command to resolve an alert; it is a no-op if another alert is open."""
        reason = reasons.of("resolved.by_person", name=principals.shown(command.by, command.by_principal))
        for fingerprint, known in list(self.by_fingerprint.items()):
            if known.alert_id == command.alert_id:
                decision = external.resolve(known, reason, command.at_ms, self._terms)
                self._take(fingerprint, known, decision, changes)

    def pass_time(self, until_ms: int, now_ms: int, changes: Changes) -> None:
        """
        Do what is due by the clock.

        Args:
            until_ms: All that arrived until this instant was decided.
        """
        while self._due and self._due[0][0] <= until_ms:
            due_ms, fingerprint = heapq.heappop(self._due)
            if self._due_ms.get(fingerprint) != due_ms:
                continue
            del self._due_ms[fingerprint]
            known = self.by_fingerprint[fingerprint]
            if not self._can_hear and known.phase == "firing" and known.until_ms <= until_ms:
                known = self.by_fingerprint[fingerprint] = external.forgiven(known, until_ms)
            if external.due_at_ms(known) > due_ms:
                self._watch(fingerprint, known)
            else:
                self._take(fingerprint, known, external.pass_time(known, until_ms, now_ms, self._terms), changes)

    def _take(self, fingerprint: str, before: Watched | None, decision: Decision, changes: Changes) -> None:
        changes.transitions += decision.transitions
        after = decision.watched
        if after is before:
            return
        if after is None:
            del self.by_fingerprint[fingerprint]
            self._due_ms.pop(fingerprint, None)
        else:
            self.by_fingerprint[fingerprint] = after
        if not decision.is_volatile:
            changes.externals[fingerprint] = after
            if after is not None:
                self._watch(fingerprint, after)

    def _watch(self, fingerprint: str, watched: Watched) -> None:
        due_ms = external.due_at_ms(watched)
        if due_ms < self._due_ms.get(fingerprint, due_ms + 1):
            self._due_ms[fingerprint] = due_ms
            heapq.heappush(self._due, (due_ms, fingerprint))

    # -- at a takeover --------------------------------------------------------------------------------------

    def volatile(self) -> dict[str, Volatile]:
        """Return what a checkpoint keeps."""
        return {
            fingerprint: (known.heard_at_ms, known.until_ms, known.grace_ms, known.ended_at_ms)
            for fingerprint, known in self.by_fingerprint.items()
        }

    def restore(self, saved: Mapping[str, Volatile]) -> None:
        """Take what a checkpoint kept of alerts that were committed; an alert that began since has no part in it."""
        for fingerprint, (heard_at_ms, until_ms, grace_ms, ended_at_ms) in saved.items():
            known = self.by_fingerprint.get(fingerprint)
            if known is not None and known.phase == "firing" and heard_at_ms >= known.heard_at_ms:
                self.by_fingerprint[fingerprint] = structs.replace(
                    known, heard_at_ms=heard_at_ms, until_ms=until_ms, grace_ms=grace_ms
                )
            elif known is not None and known.phase == "ended":
                self.by_fingerprint[fingerprint] = structs.replace(
                    known, ended_at_ms=max(known.ended_at_ms, ended_at_ms)
                )

    def remember(self, seen: Statement, heard_at_ms: int) -> None:
        """Fold a statement that was decided before: only what is volatile can have changed since the commit."""
        known = self.by_fingerprint.get(seen.fingerprint)
        if known is None:
            return
        has_ended = 0 < seen.ends_at_ms <= heard_at_ms
        if known.phase == "ended" and has_ended:
            ended_at_ms = max(known.ended_at_ms, seen.ends_at_ms)
            self.by_fingerprint[seen.fingerprint] = structs.replace(known, ended_at_ms=ended_at_ms)
        elif known.phase == "firing" and not has_ended and heard_at_ms >= known.heard_at_ms:
            self.by_fingerprint[seen.fingerprint] = external.renewed(known, seen, heard_at_ms)

    def note_doors(self, now_ms: int, *, are_open: bool) -> None:
        """Take note whether some process takes what senders state: if none does, no sender is silent."""
        if are_open and not self._can_hear:
            self.forgive(now_ms)
        self._can_hear = are_open

    def forgive(self, now_ms: int) -> None:
        """Have all that fires wait for its sender from now on: nobody listened until now."""
        for fingerprint, known in self.by_fingerprint.items():
            self.by_fingerprint[fingerprint] = external.forgiven(known, now_ms)
