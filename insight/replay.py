"""
Events that came before, decided again: what rules would have done of one plugin. Pure.

The engine is that of production, and it is fed as a live evaluator feeds it: in the order of arrival, each event at the
instant of its arrival, and what the clock brings about at the instant at which it is due.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from msgspec import structs

from evaluator.changes import Changes
from evaluator.condition import check
from evaluator.engine import Engine
from evaluator.index import Index
from shared.model.alerts import Transition
from shared.model.events import Command, Event
from shared.model.rules import Rule


class Heard(NamedTuple):
    """An event or an operator's command, in the order of a stream."""

    entry_ms: int
    """When it arrived."""
    entry_number: int
    place: int
    """Among the events of its entry."""
    what: Event | Command


class Edit(NamedTuple):
    """The rules as they are from an instant on."""

    at_ms: int
    rules: Sequence[Rule]


class Replay:
    """The decisions about some plugins of one partition; feed it in order."""

    def __init__(self, rules: Sequence[Rule], from_ms: int, owns: Iterable[str] = ()) -> None:
        """
        Args:
            from_ms: When the first event may come. A plugin that a rule names and that is silent counts as heard then.
            owns: The plugins that are fed; others are not missed.
        """
        index = Index(rules)
        owned = frozenset(owns)
        self.engine = Engine(index, owns=lambda plugin_id: plugin_id in owned, judged_until_ms=from_ms)
        self.changes = Changes()
        self._heard: list[tuple[int, Event]] = []
        """For the windows of rules that look further back than those before."""
        self._passed_ms = from_ms
        self._is_timed = _is_timed(rules)
        self.engine.replace_rules(index, from_ms, self.changes)

    @property
    def transitions(self) -> list[Transition]:
        """What was decided so far, in order."""
        return self.changes.transitions

    def feed(self, heard: Iterable[Heard], keeps: bool = False) -> None:
        """
        Decide what arrived.

        Args:
            keeps: Keep the events for `edit`.
        """
        engine, apply, changes, timers = self.engine, self.engine.apply, self.changes, self.engine.timers
        # A live evaluator looks at the clock all the time. That matters to rules which time alone can change.
        is_timed = self._is_timed
        for entry_ms, number, place, what in heard:
            if is_timed or timers.due_at_ms < entry_ms:
                self.pass_until(entry_ms - 1)
            if isinstance(what, Event):
                origin = f"{entry_ms}-{number}"
                apply(what, (origin, place) if place else origin, entry_ms, changes, entry_ms)
                if keeps:
                    self._heard.append((entry_ms, what))
            else:
                engine.obey(self._of_open_alert(what), changes)

    def pass_until(self, until_ms: int) -> None:
        """Let the clock do what is due until an instant, each step when it is due."""
        timers = self.engine.timers
        while (due_ms := timers.due_at_ms) <= until_ms:
            self._passed_ms = max(due_ms, self._passed_ms)
            self.engine.pass_time(self._passed_ms, self.changes, self._passed_ms)
        self._passed_ms = max(until_ms, self._passed_ms)
        if self._is_timed:
            self.engine.pass_time(self._passed_ms, self.changes, self._passed_ms)

    def edit(self, edit: Edit) -> None:
        """Use changed rules from now on."""
        # The new rules may be such that time alone can change, and the clock was looked at before them, too.
        self._is_timed = self._is_timed or _is_timed(edit.rules)
        self.pass_until(edit.at_ms)
        plugins = self.engine.plugins
        if self.engine.replace_rules(Index(edit.rules), edit.at_ms, self.changes):
            plugins.forget_windows()
            for entry_ms, event in self._heard:
                plugins.recall(event, entry_ms)
            plugins.windows_complete()

    def _of_open_alert(self, command: Command) -> Command:
        """
        Return a command as one about the alert that is open here.

        The alert that the person resolved may have begun at another event, and so have another id.
        """
        plugin = self.engine.plugins.by_id.get(command.plugin_id)
        snapshot = plugin.snapshots.get(command.rule_id) if plugin else None
        if snapshot is None or any(one.alert_id == command.alert_id for one in self.changes.transitions):
            return command
        return structs.replace(command, alert_id=snapshot.alert_id)


def _is_timed(rules: Sequence[Rule]) -> bool:
    """Tell whether time alone can change a verdict of some rule."""
    return any(rule.gone_after_seconds is not None or check(rule).needs().clock for rule in rules)
