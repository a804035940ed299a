"""
JSON bodies of any sender, read as a body mapping says: each alert by itself, with every problem beside its field. Pure.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec
from msgspec import Struct, field, structs

from ingest.format import Refused
from ingest.formats.webhooks.instants import instant_ms
from ingest.incoming import fields, notice
from ingest.incoming.notice import Notice
from shared.model import body_paths, external, reasons
from shared.model.alerts import MESSAGE_LENGTH, NAME_LENGTH, TEXT_LENGTH, Severity
from shared.model.body_mapping import BodyMapping, FoundText
from shared.model.events import LATEST_MS
from shared.model.external import Statement
from shared.model.reasons import Reason
from shared.model.relabeling import Relabeling

MAX_ALERTS = 1_000
"""Of one body: a body of this size is read in less than a second."""
PLUGIN_LABEL = "plugin"


class Origin(Struct, frozen=True):
    """
    Where a body comes from, and what holds for it.

    Attributes:
        door: Space of the identities, `webhook/json/NAME`.
        sender: Name of the API key.
        severities: What the sender's words for severities mean.
        now_ms: By the clock of the streams.
    """

    door: str
    sender: str
    relabeling: Relabeling
    severities: Mapping[str, Severity]
    now_ms: int


class Problem(Struct):
    """What does not fit the mapping."""

    number: int
    """Of the alert, from 1; 0: the body as a whole."""
    field: str
    """Of the mapping, e.g. `name`, `labels.team`."""
    why: Reason
    is_refused: bool = True
    """Whether the alert is not taken because of it."""

    def in_words(self) -> Reason:
        """Return the problem as a sentence of an answer."""
        because = reasons.of("body.field", field=self.field, because=self.why) if self.field else self.why
        return reasons.of("ingest.alert", number=self.number, because=because) if self.number else because


def of_whole(why: Reason) -> Problem:
    """Return why a whole body is refused as a problem, with its field if it names one."""
    if why.code == "body.field":
        return Problem(0, why.values["field"], why.values["because"])
    return Problem(0, "", why)


class Stated(Struct):
    """One alert of a body."""

    number: int
    state: Literal["firing", "resolved", "ignored"]
    identity: str = ""
    """By which the sender knows it; "" if its name and its labels without the severity are its identity."""
    statement: Statement | None = None
    """None: it changes nothing. An end names no plugin: every partition is asked."""


class Read(Struct):
    """What a body holds."""

    stated: list[Stated] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def refused(self) -> list[Problem]:
        """Return why alerts are not taken."""
        return [problem for problem in self.problems if problem.is_refused]

    def statements(self, state: Literal["firing", "resolved"]) -> list[Statement]:
        """Return the beginnings or the ends; where a body states one alert several times, the last counts."""
        last = {one.statement.fingerprint: one for one in self.stated if one.statement is not None}
        return [one.statement for one in last.values() if one.statement is not None and one.state == state]


class _Wrong(Exception):
    def __init__(self, name: str, why: Reason) -> None:
        super().__init__(name)
        self.field, self.why = name, why


def decode(body: bytes) -> Any:
    """
    Return what a body says.

    Raises:
        Refused: it is no JSON.
    """
    try:
        return msgspec.json.decode(body)
    except fields.UNREADABLE as error:
        raise Refused(400, reasons.of("body.no_json", error=str(error)[:200])) from None


def read(document: Any, mapping: BodyMapping, origin: Origin) -> Read:
    """
    Return the alerts of a body; one that does not fit costs itself alone.

    Raises:
        Refused: the list of alerts is not where the mapping says, or too long.
    """
    found = Read()
    for number, alert in enumerate(_alerts(document, mapping), 1):
        one = _Alert(alert, document, mapping, origin, number, found.problems)
        try:
            found.stated.append(one.stated())
        except _Wrong as wrong:
            found.problems.append(Problem(number, wrong.field, wrong.why))
    return found


def _alerts(document: Any, mapping: BodyMapping) -> list[Any]:
    found = body_paths.pick(mapping.alerts, document, document)
    if not isinstance(found, list | dict):
        kind = "nothing" if found is None else fields.shown(found, 40)
        why = reasons.of("body.no_list", path=mapping.alerts or "@", given=kind)
        raise Refused(400, reasons.of("body.field", field="alerts", because=why))
    alerts = found if isinstance(found, list) else [found]
    if len(alerts) > MAX_ALERTS:
        raise Refused(413, reasons.of("body.alerts", limit=MAX_ALERTS))
    return alerts


class _Alert:
    """One alert of a body."""

    def __init__(
        self, alert: Any, body: Any, mapping: BodyMapping, origin: Origin, number: int, problems: list[Problem]
    ) -> None:
        self._alert = alert
        self._body = body
        self._mapping = mapping
        self._origin = origin
        self._number = number
        self._problems = problems

    def stated(self) -> Stated:
        if not isinstance(self._alert, dict):
            raise _Wrong("alerts", reasons.of("body.no_object", given=fields.shown(self._alert, 40)))
        ends_at_ms = self._instant("ends_at")
        state = self._state(ends_at_ms)
        if state == "ignored":
            return Stated(self._number, state)
        identity = self._identity()
        if state == "resolved":
            ended_at_ms = min(ends_at_ms or self._origin.now_ms, self._origin.now_ms)
            dedup = identity or self._by_labels(self._notice())
            end = notice.ended(self._origin.door, self._origin.sender, dedup, ended_at_ms)
            return Stated(self._number, state, identity, end)
        found = self._notice()
        found.dedup = identity or self._by_labels(found)
        return Stated(self._number, state, identity, self._firing(found, self._until_ms(ends_at_ms)))

    def _notice(self) -> Notice:
        plugin = self._text("plugin", self._mapping.plugin)
        labels = self._all("labels", self._mapping.labels, self._mapping.all_labels, TEXT_LENGTH)
        labels.pop(external.ALERT_NAME, "")
        if plugin:
            labels[PLUGIN_LABEL] = plugin
        words = self._all("annotations", self._mapping.annotations, self._mapping.all_annotations, MESSAGE_LENGTH)
        return Notice(
            self._text("name", self._mapping.name, is_needed=True),
            labels,
            (PLUGIN_LABEL,),
            severity=self._severity() or labels.pop(external.SEVERITY_LABEL, ""),
            annotations=words,
            starts_at_ms=self._instant("starts_at"),
            url=fields.shown(self._pick(self._mapping.url)),
        )

    def _firing(self, found: Notice, until_ms: int) -> Statement:
        origin = self._origin
        made = notice.firing(found, origin.door, origin.sender, origin.relabeling, until_ms)
        plugin = found.labels.get(PLUGIN_LABEL, "")
        if not self._mapping.plugin.path and not self._mapping.plugin.default:
            return made
        # What was drawn as the plugin is the plugin, whatever labels the mapping of series would look at.
        plugin_id = fields.identifier(plugin, NAME_LENGTH) or made.plugin_id
        return structs.replace(made, plugin_id=plugin_id, plugin_name=plugin or made.plugin_name, parent_id="")

    @staticmethod
    def _by_labels(found: Notice) -> str:
        """Return the identity of an alert without one of its sender's: its severity is often another at its end."""
        labels = {name: text for name, text in found.labels.items() if name != external.SEVERITY_LABEL}
        return msgspec.json.encode([found.name, labels], order="sorted").decode()

    def _state(self, ends_at_ms: int) -> Literal["firing", "resolved", "ignored"]:
        state = self._mapping.state
        if not state.path:
            return "resolved" if 0 < ends_at_ms <= self._origin.now_ms else "firing"
        found = self._pick(state.path)
        word = fields.shown(found, TEXT_LENGTH).lower()
        if word in _words(state.resolved):
            return "resolved"
        if word in _words(state.ignored):
            return "ignored"
        if word and (not state.firing or word in _words(state.firing)):
            return "firing"
        if not word:
            raise _Wrong("state", reasons.of("body.nothing", path=state.path))
        words = [*state.firing, *state.resolved, *state.ignored]
        raise _Wrong("state", reasons.of("body.state", given=word[:40], wanted=words))

    def _until_ms(self, ends_at_ms: int) -> int:
        now_ms, minutes = self._origin.now_ms, self._mapping.expire_minutes
        if ends_at_ms > now_ms:
            return ends_at_ms
        return min(LATEST_MS, now_ms + minutes * 60_000) if minutes else self._origin.relabeling.until_ms(now_ms)

    def _identity(self) -> str:
        parts = []
        for path in self._mapping.identity:
            text = fields.shown(self._pick(path), 512)
            if not text:
                raise _Wrong("identity", reasons.of("body.nothing", path=path))
            parts.append(text)
        return parts[0] if len(parts) == 1 else msgspec.json.encode(parts).decode() if parts else ""

    def _severity(self) -> str:
        word = self._text("severity", self._mapping.severity)
        meant = {given.strip().lower(): severity for given, severity in self._mapping.severity.values.items()}
        if (known := meant.get(word.lower())) is not None:
            return known
        if word and word.lower() not in self._origin.severities:
            self._note("severity", reasons.of("body.severity", given=word[:40]))
        return word

    def _instant(self, name: Literal["starts_at", "ends_at"]) -> int:
        path = getattr(self._mapping, name)
        found = self._pick(path) if path else None
        if found in (None, "", 0):
            return 0
        at_ms = instant_ms(found)
        if at_ms is None:
            self._note(name, reasons.of("body.instant", given=fields.shown(found, 40)))
        return at_ms or 0

    def _text(self, name: str, given: FoundText, *, is_needed: bool = False) -> str:
        text = fields.shown(self._pick(given.path), TEXT_LENGTH) if given.path else ""
        text = text or given.default.strip()
        if not text and is_needed:
            raise _Wrong(name, reasons.of("body.nothing", path=given.path))
        if not text and given.path:
            self._note(name, reasons.of("body.nothing", path=given.path))
        return text

    def _all(self, name: str, paths: Mapping[str, str], of_object: str, limit: int) -> dict[str, str]:
        found: dict[str, str] = {}
        if of_object:
            given = self._pick(of_object)
            if isinstance(given, dict):
                found = {key: fields.shown(value, limit) for key, value in list(given.items())[: fields.MAX_DETAILS]}
            else:
                shown = fields.shown(given, 40) or "nothing"
                self._note(f"all_{name}", reasons.of("body.no_object", given=shown))
        for key, path in paths.items():
            found[key] = fields.shown(self._pick(path), limit)
            if not found[key]:
                self._note(f"{name}.{key}", reasons.of("body.nothing", path=path))
        return {key: text for key, text in found.items() if key and text}

    def _pick(self, path: str) -> Any:
        return body_paths.pick(path, self._alert, self._body) if path else None

    def _note(self, name: str, why: Reason) -> None:
        self._problems.append(Problem(self._number, name, why, is_refused=False))


def _words(given: tuple[str, ...]) -> Iterator[str]:
    return (word.strip().lower() for word in given)
