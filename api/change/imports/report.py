"""The plan of an import: channels, routes, and a finding for each line that is lost or has another meaning here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from api.change.imports import lined
from api.change.imports.lined import Lined
from dispatchers import channel as channels
from shared.model import reasons, route_tree
from shared.model.reasons import Language, Reason
from shared.model.route_tree import RouteTree
from shared.store.import_store import Difference


class Finding(NamedTuple):
    """A part of the file that is lost, or that has another meaning here."""

    line: int
    name: str
    """What it is about, e.g. `receiver ops`."""
    is_lost: bool
    """False: it was taken over, and differs."""
    because: Reason


class Taken(NamedTuple):
    """A part of the file that was taken over."""

    line: int
    name: str
    kind: Literal["channel", "route", "time_interval", "inhibit_rule"]
    result: str
    """The name of the channel or route that it became."""


@dataclass(slots=True)
class Plan:
    """What would be put in force."""

    tree: RouteTree | None = None
    channels: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False)
    """Name → fields, secrets in the clear: never printed."""
    findings: list[Finding] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)

    def note(self, line: int, name: str, code: str, **values: Any) -> None:
        """Add a finding about what differs."""
        self.findings.append(Finding(line, name, False, reasons.of(code, **values)))

    def lose(self, line: int, name: str, because: Reason) -> None:
        """Add a finding about what is lost."""
        self.findings.append(Finding(line, name, True, because))


def summary(plan: Plan) -> Reason:
    """Return how much was taken over."""
    lost = sum(finding.is_lost for finding in plan.findings)
    routes = sum(1 for _ in route_tree.walk(plan.tree)) if plan.tree is not None else 0
    different = len(plan.findings) - lost
    inhibit_rules = len(plan.tree.inhibit_rules) if plan.tree is not None else 0
    return reasons.of(
        "import.plan",
        channels=len(plan.channels),
        routes=routes,
        inhibit_rules=inhibit_rules,
        lost=lost,
        different=different,
    )


def masked(channel: str, fields: Mapping[str, Any]) -> Any:
    """Return the fields of a channel as people, the audit and the archive may see them."""
    return channels.get(channel).masked(fields)


def replaces(difference: Difference) -> Reason:
    """Return what an import replaces here."""
    values = {
        "added": difference.added or ["-"],
        "replaced": difference.replaced or ["-"],
        "version": difference.routes_version,
        "routes": difference.routes_before,
    }
    return reasons.of("import.replaces" if difference.replaces_routes else "import.replaces_channels", **values)


def document(plan: Plan, language: Language = "en") -> dict[str, Any]:
    """
    Return a plan for programs.

    Args:
        language: Of the texts `because` and `summary`.
    """
    return {
        "summary": reasons.text(summary(plan), language),
        "taken": [taken._asdict() for taken in sorted(plan.taken, key=lambda one: one.line)],
        "routes": None if plan.tree is None else route_tree.document(plan.tree),
        "channels": {name: masked(name, fields) for name, fields in plan.channels.items()},
        "findings": [
            {
                "line": finding.line,
                "name": finding.name,
                "lost": finding.is_lost,
                "because": reasons.text(finding.because, language),
                "reason": reasons.coded(finding.because),
            }
            for finding in plan.findings
        ],
    }


class Section:
    """A mapping of the file. What nobody asked for is reported at the end, so that no field is left out in silence."""

    def __init__(self, node: Lined, name: str, plan: Plan) -> None:
        self.line = node.line
        self.name = name
        self.plan = plan
        self._fields: Mapping[str, Lined] = node.fields()
        self._read: set[str] = set()

    def has(self, name: str) -> bool:
        """Tell whether a field says something."""
        return name in self._fields and self._fields[name].value is not None

    def get(self, name: str) -> Lined:
        """Return a field; one that is missing holds nothing."""
        self._read.add(name)
        return self._fields.get(name, Lined(self.line, None))

    def line_of(self, name: str) -> int:
        """Return the line of a field, or of the mapping if it is missing."""
        return self._fields.get(name, Lined(self.line, None)).line

    def text(self, name: str, default: str = "") -> str:
        """Return a text, or the default if the field is missing; what is no text is reported."""
        found = self.get(name)
        if found.value is None:
            return default
        if isinstance(found.value, str):
            return found.value.strip()
        self.plan.lose(found.line, self.name, reasons.of("import.not_text", field=name))
        return default

    def flag(self, name: str, default: bool) -> bool:
        """Return whether a flag is set."""
        return lined.is_true(self.text(name, str(default)))

    def items(self, name: str) -> list[Lined]:
        """Return the elements of a list; what is no list is reported."""
        found = self.get(name)
        if isinstance(found.value, dict):
            self.plan.lose(found.line, self.name, reasons.of("import.not_list", field=name))
        return found.items()

    def section(self, name: str) -> "Section":
        """Return the mapping that a field holds; an empty one if it is missing."""
        return Section(self.get(name), f"{self.name}, {name}", self.plan)

    def names(self) -> list[str]:
        """Return the names of the fields."""
        return list(self._fields)

    def skip(self, *names: str) -> None:
        """Leave fields out of the report: they make no difference here."""
        self._read.update(names)

    def finish(self) -> None:
        """Report each field that was not read."""
        for name in self._fields:
            if name not in self._read:
                self.plan.note(self._fields[name].line, self.name, "import.field_left_out", field=name[:100])
