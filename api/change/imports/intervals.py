"""Time intervals of Alertmanager and Grafana, which write them alike, as those of our routes. Pure."""

from typing import Any

from pydantic import ValidationError

from api.change.imports.lined import Lined
from api.change.imports.report import Plan, Section, Taken
from shared.errors import Invalid
from shared.model import reasons
from shared.model.rules import problems
from shared.model.time_intervals import TimeInterval

_LISTS = ("weekdays", "days_of_month", "months", "years")


def named(entries: list[Lined], plan: Plan) -> dict[str, list[dict[str, Any]]]:
    """
    Return time intervals by name. One that cannot be taken over is left out as a whole, since a part of it would mute
    more, or at other times, than the whole.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for entry in entries:
        one = Section(entry, "time interval", plan)
        name = one.text("name")
        one.name = f"time interval {name[:100]}"
        try:
            parts = [_part(part, one.name, plan) for part in one.items("time_intervals")]
        except Invalid as error:
            plan.lose(one.line, one.name, reasons.of("import.interval_lost", because=error.cited()))
            continue
        one.finish()
        if name and parts:
            found[name] = parts
            plan.taken.append(Taken(one.line, one.name, "time_interval", name))
    return found


def _part(node: Lined, name: str, plan: Plan) -> dict[str, Any]:
    part = Section(node, name, plan)
    fields: dict[str, Any] = {
        field: [one.text() or "" for one in part.items(field)] for field in _LISTS if part.has(field)
    }
    if part.has("times"):
        fields["times"] = [
            {field: value.text() or "" for field, value in time.fields().items()} for time in part.items("times")
        ]
    location = part.text("location")
    if location.lower() == "local":
        # The zone of the machine that the other system runs on.
        plan.note(part.line_of("location"), name, "import.local_time")
        location = ""
    if location:
        fields["location"] = location
    part.finish()
    try:
        interval = TimeInterval.model_validate(fields)
    except ValidationError as error:
        raise Invalid(problems(error), "The time interval") from None
    return interval.model_dump(exclude_defaults=True)
