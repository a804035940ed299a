"""
Tests of rules as people write them: events in, alerts and notifications expected. Pure.

A line of `given` is what happens at a time after the begin: an event (`60s app-1 cpu=99 state:status=failed`), or an
act (`5m ack app-1`, `5m resolve app-1`, `0s silence night 1h plugin_id=app-*`, `2m disable|enable|delete my-rule`).
"""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from insight import explain
from insight.rehearsal import Happening, Rehearsal
from shared.errors import Invalid
from shared.model import matchers, reasons, silences, spans
from shared.model.events import ErrorReport, Event
from shared.model.reasons import Reason
from shared.model.route_tree import RouteTree
from shared.model.rules import Rule, problems

BEGIN_MS = int(datetime(2026, 1, 5, 9, tzinfo=UTC).timestamp() * 1000)
"""When tests begin unless they say otherwise: a Monday at nine, UTC."""
LONGEST_MS = 31 * 86_400_000
MOST_TESTS, MOST_GIVEN, MOST_EVENTS = 1_000, 1_000, 100_000
BY = "test"
"""Who acts."""


class Samples(BaseModel):
    """One event, or the same every so often, in place of a line."""

    model_config = ConfigDict(extra="forbid")

    at: str
    every: str | None = None
    until: str | None = None
    plugin: str = Field(min_length=1, max_length=128)
    metrics: dict[str, float] = Field(default_factory=dict)
    states: dict[str, str] = Field(default_factory=dict)
    labels: dict[str, str] = Field(default_factory=dict)
    errors: list[str] = Field(default_factory=list)
    counters: list[str] = Field(default_factory=list)


class RuleTest(BaseModel):
    """One test."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=300)
    start: datetime | None = None
    given: list[str | Samples] = Field(min_length=1, max_length=MOST_GIVEN)
    until: str | None = None
    alerts: list[str] | None = None
    """Each transition, in order: `6m firing app-1`, with the rule's id at the end where it matters."""
    notifications: list[str] | None = None
    """Each notification, in order: `6m web firing app-1`."""


class RuleTests(BaseModel):
    """A file of tests."""

    model_config = ConfigDict(extra="forbid")

    rules: str | list[str]
    """Files or folders of rules, as seen from the file's folder."""
    routes: str | None = None
    """A file of routes, likewise."""
    test: list[RuleTest] = Field(min_length=1, max_length=MOST_TESTS)


@dataclass(slots=True)
class Outcome:
    """What came of one test."""

    name: str
    differences: dict[str, list[str]] = field(default_factory=dict)
    """`alerts`, `notifications` → lines: `-` expected and missing, `+` not expected, else as expected."""
    why: list[Reason] = field(default_factory=list)
    """Why an alert that was expected did not fire."""

    @property
    def passed(self) -> bool:
        return not self.differences


def parse(document: Any) -> RuleTests:
    """
    Read a file of tests.

    Raises:
        Invalid: naming every bad field.
    """
    try:
        found = RuleTests.model_validate(document)
    except ValidationError as error:
        raise Invalid(problems(error), "The file") from None
    for number, one in enumerate(found.test):
        if one.alerts is None and one.notifications is None:
            raise Invalid({f"test.{number}": reasons.of("ruletest.nothing_expected")}, "The file")
    return found


def run(test: RuleTest, rules: Sequence[Rule], tree: RouteTree | None) -> Outcome:
    """
    Play one test.

    Raises:
        Invalid: a line of it cannot be read.
    """
    begin_ms = BEGIN_MS
    if test.start is not None:
        start = test.start if test.start.tzinfo else test.start.replace(tzinfo=UTC)
        begin_ms = int(start.timestamp() * 1000)
    rehearsal = Rehearsal(rules, tree, begin_ms)
    for at_ms, what in sorted(_steps(test), key=lambda step: step[0]):
        rehearsal.advance(at_ms)
        _do(rehearsal, what)
        rehearsal.settle()
    if test.until is not None:
        rehearsal.advance(span_ms(test.until))
    outcome = Outcome(test.name)
    for name, expected, is_notified in (("alerts", test.alerts, False), ("notifications", test.notifications, True)):
        if expected is not None:
            happened = [one for one in rehearsal.happened if (one.kind == "notified") is is_notified]
            lines = _compared(expected, happened, begin_ms)
            if lines:
                outcome.differences[name] = lines
    if "alerts" in outcome.differences:
        outcome.why = list(_why(rehearsal, outcome.differences["alerts"]))
    return outcome


def span_ms(text: str) -> int:
    """
    Return a length of time such as `90s`, `5m`, `2h`.

    Raises:
        Invalid: it is none, or longer than a month.
    """
    length_ms = spans.length_ms(text, "smhd")
    if length_ms is None or length_ms > LONGEST_MS:
        raise Invalid({"time": reasons.of("ruletest.no_time", given=text)}, "The test")
    return length_ms


def shown(at_ms: int) -> str:
    """Return a time after the begin as people write it."""
    for unit in ("h", "m"):
        if at_ms and at_ms % spans.MS[unit] == 0:
            return f"{at_ms // spans.MS[unit]}{unit}"
    return f"{at_ms // 1_000}s"


_Act = tuple[str, list[str]]


def _steps(test: RuleTest) -> Iterator[tuple[int, Event | _Act]]:
    count = 0
    for given in test.given:
        if isinstance(given, str):
            when, *words = given.split()
            yield span_ms(when), _read(given, words)
            continue
        at_ms, last_ms = span_ms(given.at), span_ms(given.until or given.at)
        every_ms = span_ms(given.every) if given.every else 0
        while at_ms <= last_ms and count < MOST_EVENTS:
            count += 1
            yield at_ms, _event(given)
            if not every_ms:
                break
            at_ms += every_ms


def _event(given: Samples) -> Event:
    return Event(
        given.plugin,
        given.plugin,
        0,
        dict(given.metrics),
        dict(given.states),
        tuple(ErrorReport(error) for error in given.errors),
        dict(given.labels),
        tuple(given.counters),
    )


_ACTS = ("ack", "resolve", "silence", "disable", "enable", "delete")


def _read(line: str, words: list[str]) -> Event | _Act:
    if not words:
        raise _unread(line)
    if words[0] in _ACTS:
        return words[0], words[1:]
    try:
        return event_of(words)
    except ValueError:
        raise _unread(line) from None


def event_of(words: Sequence[str]) -> Event:
    """
    Return the event that words state: the plugin, then `metric=1`, `state:name=x`, `label:name=x`, `error:Type`,
    `counter:name=1` or `gone:metric`.

    Raises:
        ValueError: a value is no number, or a word is none of these.
    """
    event = Event(words[0], words[0])
    for word in words[1:]:
        name, equals, value = word.partition("=")
        if name.startswith("state:"):
            event.states[name[6:]] = value
        elif name.startswith("label:"):
            event.labels[name[6:]] = value
        elif word.startswith("error:"):
            event.errors += (ErrorReport(word[6:]),)
        elif name.startswith("counter:"):
            event.counters += (name[8:],)
            event.metrics[name[8:]] = float(value)
        elif word.startswith("gone:"):
            event.gone += (word[5:],)
        elif equals:
            event.metrics[name] = float(value)
        else:
            raise ValueError(word)
    return event


def _do(rehearsal: Rehearsal, what: Event | _Act) -> None:
    if isinstance(what, Event):
        what.at_ms = rehearsal.now_ms
        rehearsal.publish(what)
        return
    act, words = what
    match act, words:
        case "ack", [plugin_id]:
            rehearsal.acknowledge(plugin_id, BY)
        case "resolve", [plugin_id]:
            rehearsal.resolve(plugin_id, BY)
        case "silence", [name, length, *texts] if texts:
            times = {"starts_at_ms": rehearsal.now_ms, "ends_at_ms": rehearsal.now_ms + span_ms(length)}
            fields = {"id": name, "comment": name, "author": f"user:{BY}", "matchers": list(map(matchers.read, texts))}
            rehearsal.silence(silences.parse({**fields, **times}))
        case "delete", [rule_id] if rule_id in rehearsal.rules:
            rehearsal.change_rules({rule_id: None})
        case (("disable" | "enable"), [rule_id]) if rule_id in rehearsal.rules:
            enabled = rehearsal.rules[rule_id].model_copy(update={"enabled": act == "enable"})
            rehearsal.change_rules({rule_id: enabled})
        case _:
            raise _unread(" ".join([act, *words]))


def _unread(line: str) -> Invalid:
    return Invalid({"given": reasons.of("ruletest.no_line", given=line)}, "The test")


def _compared(expected: Sequence[str], happened: Sequence[Happening], begin_ms: int) -> list[str]:
    """Return the lines of a comparison; none if all is as expected."""
    wanted = [" ".join(line.split()) for line in expected]
    # A line names the rule where its writer cares.
    length = 4 if happened and happened[0].kind == "notified" else 3
    names_rules = any(len(line.split()) > length for line in wanted)
    found = [_line(one, begin_ms, names_rules=names_rules) for one in happened]
    wanted = [_normal(line) for line in wanted]
    if wanted == found:
        return []
    return [line.rstrip() for line in difflib.ndiff(wanted, found) if not line.startswith("?")]


def _normal(line: str) -> str:
    when, *words = line.split() or [""]
    return " ".join([shown(span_ms(when)), *words])


def _line(one: Happening, begin_ms: int, *, names_rules: bool) -> str:
    words = [one.channel, one.news] if one.kind == "notified" else [one.kind]
    return " ".join([shown(one.at_ms - begin_ms), *words, one.plugin_id, *([one.rule_id] if names_rules else [])])


def _why(rehearsal: Rehearsal, lines: Sequence[str]) -> Iterator[Reason]:
    """Yield why what was expected to fire did not."""
    for line in lines:
        words = line.split()
        if words[0] != "-" or len(words) < 4 or words[2] != "firing":
            continue
        at_ms, plugin_id = rehearsal.begin_ms + span_ms(words[1]), words[3]
        for rule_id in [words[4]] if len(words) > 4 else list(rehearsal.rules):
            chain = explain.place(rehearsal.evidence(plugin_id), rule_id, plugin_id, at_ms)
            yield reasons.of("ruletest.why", rule_id=rule_id, at=words[1], because=chain.conclusion.why)
