"""Files of alerting rules of Prometheus, and of its operator, as rules of ours; what cannot be one is listed."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from api.change import rule_verdict
from api.change.prometheus import expressions, recording, selectors, templates
from api.change.prometheus.selectors import Untranslatable, no
from shared.errors import Invalid
from shared.model import reasons
from shared.model.reasons import Reason
from shared.model.rules import Rule

MAX_BYTES = 2_000_000
MAX_ALERTS = 5_000
_SEVERITIES = {
    "info": ("info", "information", "informational", "none", "low", "debug", "notice", "p5"),
    "warning": ("warning", "warn", "minor", "medium", "p4"),
    "error": ("error", "average", "major", "high", "p3"),
    "critical": ("critical", "crit", "page", "p2", "sev2"),
    "emergency": ("emergency", "disaster", "fatal", "p1", "sev1"),
}
_BY_WORD = {word: severity for severity, words in _SEVERITIES.items() for word in words}
_DURATION = re.compile(r"(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?")
_UNITS_S = (31_536_000, 604_800, 86_400, 3_600, 60, 1, 0.001)


@dataclass(frozen=True, slots=True)
class Alert:
    """An alerting or recording rule of Prometheus, and the line of the file where it begins."""

    line: int
    name: str
    fields: Mapping[str, Any]

    def text(self, name: str) -> str:
        found = self.fields.get(name)
        return found if isinstance(found, str) else ""

    def pairs(self, name: str) -> dict[str, str]:
        found = self.fields.get(name)
        return {k: v for k, v in found.items() if isinstance(v, str)} if isinstance(found, dict) else {}


@dataclass(slots=True)
class Imported:
    """An alerting rule of the file, with the rule it is translated to, or the reason why it cannot be translated."""

    line: int
    name: str
    rule: Rule | None = None
    why_not: Reason | None = None
    notes: list[Reason] = field(default_factory=list)


def translate(text: str, channels: Sequence[str], source: str) -> list[Imported]:
    """
    Translate a file of rules. Alerts that use the results of its recording rules compute these themselves.

    Args:
        channels: Whom the rules notify.
        source: The file's name.

    Raises:
        Invalid: it is no such file.
    """
    outcomes: list[Imported] = []
    ids: set[str] = set()
    found = list(_alerts(text, source))
    recorded = {name: one.text("expr") for one in found if (name := one.text("record")) and not one.name}
    for alert in found:
        if not alert.name and alert.text("record"):
            continue
        outcome = Imported(alert.line, alert.name)
        outcomes.append(outcome)
        try:
            made = _rule(alert, recorded, channels, outcome)
        except Untranslatable as error:
            outcome.why_not = error.reason
        else:
            outcome.rule = made.model_copy(update={"id": _unused(made, ids)})
    return outcomes


def _rule(alert: Alert, recorded: Mapping[str, str], channels: Sequence[str], outcome: Imported) -> Rule:
    if not alert.name:
        raise no("import.no_name_of_alert")
    expression, used = recording.inlined(alert.text("expr"), recorded)
    if used:
        outcome.notes.append(reasons.of("import.note_recorded", names=used))
    found = expressions.translate(expression)
    outcome.notes += _distinct(found.notes)
    fields: dict[str, Any] = {
        "id": _id_of(alert.name),
        "name": alert.name[:200],
        "condition": found.condition,
        **selectors.scope(found.matchers),
        "severity": _severity(alert, outcome),
        "channels": list(channels),
        "for_seconds": _seconds(alert, "for"),
        **_texts(alert, outcome),
    }
    if keeps_s := _seconds(alert, "keep_firing_for"):
        fields["recover"] = {"for_seconds": keeps_s}
    if found.gone_after_s is not None:
        fields["gone_after_seconds"] = found.gone_after_s
    try:
        return rule_verdict.rule_of(fields)
    except Invalid as error:
        raise Untranslatable(error.cited()) from None


def _distinct(notes: Sequence[Reason]) -> list[Reason]:
    return list({str(note): note for note in notes}.values())


def _severity(alert: Alert, outcome: Imported) -> str:
    labels = alert.pairs("labels")
    word = labels.pop("severity", "")
    if labels:
        outcome.notes.append(reasons.of("import.note_labels", labels=sorted(labels)))
    severity = _BY_WORD.get(word.lower())
    if word and severity is None:
        outcome.notes.append(reasons.of("import.note_severity", given=word))
    return severity or "warning"


def _texts(alert: Alert, outcome: Imported) -> dict[str, str]:
    """Return the annotations as texts and templates of a rule."""
    annotations = alert.pairs("annotations")
    found: dict[str, str] = {}
    runbook = annotations.pop("runbook_url", "") or annotations.pop("runbook", "")
    if re.fullmatch(r"https?://\S+", runbook) and not templates.has_actions(runbook):
        found["runbook_url"] = runbook
    elif runbook:
        annotations["runbook_url"] = runbook
    title = annotations.pop("summary", "")
    body = annotations.pop("description", "") or annotations.pop("message", "")
    left_out = sorted(annotations)
    for name, text, annotation in (("title_template", title, "summary"), ("body_template", body, "description")):
        made = templates.translated(text)
        if made is None:
            left_out.append(annotation)
        elif name == "body_template" and not templates.has_actions(text):
            found["description"] = text.strip()[:2_000]
        elif made.strip():
            found[name] = made.strip()
    if left_out:
        outcome.notes.append(reasons.of("import.note_annotations", annotations=left_out))
    return found


def _seconds(alert: Alert, name: str) -> float:
    text = alert.text(name).strip()
    if text in ("", "0"):
        return 0.0
    match = _DURATION.fullmatch(text)
    if match is None:
        raise no("import.duration", field=name, given=text)
    return sum(int(count) * unit for count, unit in zip(match.groups(), _UNITS_S, strict=True) if count)


def _id_of(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-._")[:64] or "alert"


def _unused(made: Rule, ids: set[str]) -> str:
    """Return an id that no rule before has: the alert's name, then with its severity too, then with a number."""
    found, number = made.id, 1
    if found in ids:
        wanted = found = f"{made.id[: 63 - len(made.severity)]}-{made.severity}"
        while found in ids:
            number += 1
            found = f"{wanted[:58]}-{number}"
    ids.add(found)
    return found


# -- the file ---------------------------------------------------------------------------------------------------


def _alerts(text: str, source: str) -> Iterator[Alert]:
    import yaml

    def wrong(code: str, **values: Any) -> Invalid:
        return Invalid({source: reasons.of(code, **values)}, "The file")

    if len(text) > MAX_BYTES:
        raise wrong("file.too_large", megabytes=MAX_BYTES // 1_000_000)
    try:
        documents = list(yaml.compose_all(text, Loader=yaml.SafeLoader))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise wrong("file.unreadable", error=str(error)[:500]) from None
    found = [rule for document in documents for rule in _rules_of(document)]
    if not found:
        raise wrong("import.no_groups")
    if len(found) > MAX_ALERTS:
        raise wrong("import.beyond_limit", limit=MAX_ALERTS)
    for node in found:
        fields = {key: _plain(value) for key, value in _entries(node)}
        name = fields.get("alert")
        yield Alert(node.start_mark.line + 1, name if isinstance(name, str) else "", fields)


def _rules_of(document: Any) -> Iterator[Any]:
    """Yield the rules of all groups of a file, or of a `PrometheusRule` of Kubernetes."""
    entries = dict(_entries(document))
    entries = dict(_entries(entries["spec"])) if "groups" not in entries and "spec" in entries else entries
    for group in _items(entries.get("groups")):
        for rule in _items(dict(_entries(group)).get("rules")):
            if any(True for _ in _entries(rule)):
                yield rule


def _entries(node: Any) -> Iterator[tuple[str, Any]]:
    if node is not None and node.id == "mapping":
        for key, value in node.value:
            if key.id == "scalar":
                yield key.value, value


def _items(node: Any) -> list[Any]:
    return node.value if node is not None and node.id == "sequence" else []


def _plain(node: Any) -> Any:
    """Return a text, or a mapping of texts; anything else is of no use here."""
    if node.id == "scalar":
        return node.value
    return {key: value.value for key, value in _entries(node) if value.id == "scalar"}
