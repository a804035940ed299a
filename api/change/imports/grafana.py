"""Grafana's export of contact points, notification policies and mute timings as channels and routes of ours."""

from collections.abc import Sequence
from functools import partial

from api.change.imports import grafana_kinds, intervals, lined, routes
from api.change.imports.lined import Lined
from api.change.imports.receivers import QUIET, Receivers
from api.change.imports.report import Plan, Section
from shared.errors import Invalid
from shared.model import reasons, route_tree

MAX_FILES = 20
_SKIPPED = ("apiVersion", "orgId", "groups", "deleteContactPoints", "resetPolicies", "deleteMuteTimes", "deleteRules")
"""Fields about Grafana's own database, and its rules, which stay in Grafana and send their alerts here."""


def translate(files: Sequence[tuple[str, str]]) -> Plan:
    """
    Translate an export, which may be in several files: contact points, policies and mute timings.

    Args:
        files: Name and text of each. A finding names the file where there are several.

    Raises:
        Invalid: one is no such file, or there is not exactly one tree of policies.
    """
    plan = Plan()
    wholes: list[Section] = []
    for name, text in files[:MAX_FILES]:
        wholes.append(Section(lined.read(text, name), name if len(files) > 1 else "file", plan))
    points = [(whole, node) for whole in wholes for node in whole.items("contactPoints")]
    policies = [node for whole in wholes for node in whole.items("policies")]
    times = [node for whole in wholes for node in whole.items("muteTimes")]
    source = ", ".join(name for name, _ in files)[:200]
    if not points or not policies:
        raise Invalid({source: reasons.of("import.no_grafana")}, "The file")
    made = Receivers(plan)
    for whole, node in points:
        _contact_point(made, whole, node)
    named = intervals.named([_without(node, "orgId") for node in times], plan)
    for further in policies[1:]:
        plan.lose(further.line, "policies", reasons.of("import.one_policy"))
    tree = {
        "route": routes.root(_without(policies[0], "orgId"), made.channels, named, plan),
        "time_intervals": named,
    }
    plan.tree = route_tree.parse(tree)
    for whole in wholes:
        whole.skip(*_SKIPPED)
        whole.finish()
    return plan


def _contact_point(made: Receivers, whole: Section, node: Lined) -> None:
    one = Section(node, "contact point", made.plan)
    name = one.text("name")
    prefix = "" if whole.name == "file" else f"{whole.name}, "
    one.name = f"{prefix}contact point {name[:100]}"
    channels = [_channel(made, name, Section(receiver, one.name, made.plan)) for receiver in one.items("receivers")]
    one.skip("orgId")
    one.finish()
    if not channels:
        made.plan.note(one.line, one.name, "import.quiet_receiver", channel=QUIET)
    made.channels[name] = list(dict.fromkeys([*made.channels.get(name, []), *channels])) or [QUIET]


def _channel(made: Receivers, point: str, receiver: Section) -> str:
    kind = receiver.text("type")
    receiver.name = f"{receiver.name}, {kind[:50]}"
    receiver.skip("uid", "name")
    if receiver.flag("disableResolveMessage", False):
        made.plan.note(receiver.line_of("disableResolveMessage"), receiver.name, "import.no_end_message")
    settings = receiver.section("settings")
    settings.name = receiver.name
    known = None
    if kind in grafana_kinds.BY_TYPE:
        ours, make = grafana_kinds.BY_TYPE[kind]
        known = ours, partial(make, settings)
    return made.channel(point, kind, known, receiver, settings)


def _without(node: Lined, name: str) -> Lined:
    return Lined(node.line, {field: value for field, value in node.fields().items() if field != name})
