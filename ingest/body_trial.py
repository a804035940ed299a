"""The dry run of a body mapping: the alerts that would come out of a sample body, and every problem in words. Pure."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from ingest.format import Refused
from ingest.formats.webhooks import json_body
from ingest.formats.webhooks.json_body import Origin, Problem, Stated
from shared.model import external, reasons
from shared.model.alerts import Severity
from shared.model.body_mapping import BodyMapping
from shared.model.events import LATEST_MS

MAX_SHOWN = 100


class TriedAlert(Struct):
    """An alert that a body would begin or end."""

    number: int
    state: str
    """`firing`, `resolved` or `ignored`."""
    identity: str = ""
    """By which the sender knows it; empty: its name and its labels are its identity."""
    name: str = ""
    """Empty, as all that follows but the fingerprint, unless the alert fires."""
    plugin_id: str = ""
    severity: str = ""
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    fingerprint: str = ""
    starts_at_ms: int = 0
    ends_at_ms: int = 0
    """When it ends if nothing more is heard; 0: it waits for its end."""
    url: str = ""


class TriedProblem(Struct):
    """What does not fit; `field` is one of the mapping."""

    number: int
    field: str
    message: str
    code: str
    values: dict[str, Any]
    is_refused: bool


class BodyTrial(Struct):
    """What a body would become. Lists hold at most 100 entries, beside the number of all."""

    alerts: list[TriedAlert]
    alerts_count: int
    problems: list[TriedProblem]
    problems_count: int


def run(text: str, mapping: BodyMapping, origin: Origin) -> BodyTrial:
    """Return what a body would become under a mapping."""
    severities = origin.severities
    try:
        found = json_body.read(json_body.decode(text.encode("utf-8", "surrogatepass")), mapping, origin)
    except Refused as error:
        return BodyTrial([], 0, [shown(json_body.of_whole(error.reason))], 1)
    problems = list(found.problems)
    if (
        not mapping.state.path
        and not mapping.ends_at
        and not mapping.expire_minutes
        and not origin.relabeling.expire_minutes
    ):
        problems.append(Problem(0, "expire_minutes", reasons.of("body.no_end"), is_refused=False))
    alerts = [_alert(one, severities) for one in found.stated[:MAX_SHOWN]]
    return BodyTrial(alerts, len(found.stated), [shown(one) for one in problems[:MAX_SHOWN]], len(problems))


def shown(problem: Problem) -> TriedProblem:
    """Return a problem as answers have it."""
    values = reasons.plain(problem.why.values)
    return TriedProblem(problem.number, problem.field, str(problem.why), problem.why.code, values, problem.is_refused)


def _alert(one: Stated, severities: Mapping[str, Severity]) -> TriedAlert:
    seen = one.statement
    if seen is None or one.state != "firing":
        return TriedAlert(one.number, one.state, one.identity, fingerprint="" if seen is None else seen.fingerprint)
    return TriedAlert(
        one.number,
        one.state,
        one.identity,
        seen.name,
        seen.plugin_id,
        external.severity_of(seen.labels, severities),
        seen.labels,
        seen.annotations,
        seen.fingerprint,
        seen.starts_at_ms,
        0 if seen.ends_at_ms >= LATEST_MS else seen.ends_at_ms,
        seen.generator_url,
    )
