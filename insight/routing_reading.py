"""What surrounded a rule's alerts, as the archive has it: silences, routes, other alerts, acknowledgements. Shell."""

from collections.abc import Collection, Iterator
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec
from pydantic import ValidationError

from archive.columns import Damaged
from archive.record_rows import unpacked
from archive.sql_lists import marks, parts
from dispatchers import channel as channels
from insight.circumstances import Acknowledgement, ChannelKind, Circumstances, Other, ValidSilence
from shared.model import route_tree
from shared.model.alerts import SEVERITIES, UNREADABLE, Alert
from shared.model.route_tree import Route, RouteTree
from shared.model.rules import Rule
from shared.model.silences import Silence

if TYPE_CHECKING:
    from archive.sql_archive import SqlArchive

MOST_OTHERS = 20_000
"""Other rules' alerts that are read; the newest ones."""
FOREVER_MS = 1 << 62
_ENDS = ("ended", "expired")
_FIRES = ("firing", "reopened")
_decode_alert = msgspec.json.Decoder(Alert).decode


def read(
    archive: "SqlArchive", rule: Rule, plugins: Collection[str], from_ms: int, until_ms: int, gather_ms: int
) -> Circumstances:
    """
    Read what surrounded the alerts of a rule in [from, until).

    Args:
        plugins: Those that are replayed.
        gather_ms: For how long further news of a group is gathered.
    """
    routes = list(_routes(archive, until_ms))
    return Circumstances(
        _kinds(rule, [tree for _, tree in routes]),
        list(_silences(archive, from_ms, until_ms)),
        list(_others(archive, rule, plugins, from_ms, until_ms, any(tree.inhibit_rules for _, tree in routes if tree))),
        routes,
        acknowledgements(archive, rule.id, from_ms, until_ms),
        gather_ms,
    )


def acknowledgements(archive: "SqlArchive", rule_id: str, from_ms: int, until_ms: int) -> list[Acknowledgement]:
    """Return when people acknowledged alerts of a rule."""
    sql = (
        "SELECT timeline.at_ms, alerts.plugin_id, timeline.actor_name FROM alerts"
        " JOIN timeline ON timeline.alert_id = alerts.id WHERE alerts.rule_id = ? AND timeline.kind = 'acknowledged'"
        " AND timeline.at_ms >= ? AND timeline.at_ms < ? ORDER BY timeline.at_ms"
    )
    return [Acknowledgement(*row) for row in archive.execute(sql, (rule_id, from_ms, until_ms)).fetchall()]


def _silences(archive: "SqlArchive", from_ms: int, until_ms: int) -> Iterator[ValidSilence]:
    """Yield the revisions of silences that were in force in the time, each with when it was."""
    sql = (
        "SELECT target_id, at_ms, change, document FROM silences WHERE at_ms < ?"
        " ORDER BY target_id, entry_ms, entry_number, item"
    )
    rows = [*archive.execute(sql, (until_ms,)).fetchall(), ("", 0, "", None)]
    for (target, at_ms, change, body), (following, following_ms, _, _) in pairwise(rows):
        if change in _ENDS or body is None:
            continue
        # What was there before the archive was in force before, too.
        begin_ms = 0 if change == "existing" else at_ms
        end_ms = following_ms if following == target else FOREVER_MS
        try:
            silence = Silence.model_validate_json(unpacked(bytes(body)))
        except (ValidationError, Damaged):
            continue
        if min(end_ms, silence.ends_at_ms) > from_ms:
            yield ValidSilence(begin_ms, end_ms, silence)


def _routes(archive: "SqlArchive", until_ms: int) -> Iterator[tuple[int, RouteTree | None]]:
    """Yield the trees of routes and when each was put in force; the one that was there before the archive at 0."""
    sql = "SELECT at_ms, change, document FROM route_revisions WHERE at_ms < ? ORDER BY entry_ms, entry_number, item"
    for number, (at_ms, _, body) in enumerate(archive.execute(sql, (until_ms,)).fetchall()):
        tree = None
        if body is not None:
            try:
                tree = route_tree.of_version(unpacked(bytes(body)))
            except (*UNREADABLE, ValidationError, Damaged):
                continue
        yield (at_ms if number else 0), tree


def _others(
    archive: "SqlArchive", rule: Rule, plugins: Collection[str], from_ms: int, until_ms: int, takes_all: bool
) -> Iterator[Other]:
    """
    Yield the alerts of other rules that can hold alerts of this rule back, while they fired.

    Args:
        takes_all: Rules of inhibition may name any alert.
    """
    stronger = SEVERITIES[SEVERITIES.index(rule.severity) + 1 :]
    if not (stronger or rule.inhibited_by or takes_all):
        return
    condition = "" if rule.inhibited_by or takes_all else f" AND severity IN ({marks(stronger)})"
    sql = (
        "SELECT id, rule_id, plugin_id, severity, document FROM alerts WHERE rule_id <> ? AND fired_at_ms > 0"  # noqa: S608
        f" AND (resolved_at_ms = 0 OR resolved_at_ms >= ?) AND first_at_ms < ?{condition}"
        " ORDER BY number DESC LIMIT ?"
    )
    values = (rule.id, from_ms, until_ms, *(stronger if condition else ()), MOST_OTHERS)
    found: dict[str, Alert] = {}
    for alert_id, rule_id, plugin_id, severity, body in archive.execute(sql, values).fetchall():
        is_named = any(fnmatchcase(rule_id, glob) for glob in rule.inhibited_by)
        if (
            takes_all
            or (plugin_id in plugins and severity in stronger)
            or (is_named and (rule.equal or plugin_id in plugins))
        ):
            try:
                found[alert_id] = _decode_alert(unpacked(bytes(body)))
            except (*UNREADABLE, Damaged):
                continue
    for some in parts(list(found)):
        sql = (
            f"SELECT alert_id, at_ms, kind FROM timeline WHERE alert_id IN ({marks(some)})"  # noqa: S608
            " AND kind IN ('firing', 'reopened', 'resolved') ORDER BY entry_ms, entry_number, item"
        )
        begun: dict[str, int] = {}
        for alert_id, at_ms, kind in archive.execute(sql, some).fetchall():
            if kind in _FIRES:
                begun[alert_id] = at_ms
            elif alert_id in begun:
                yield Other(begun.pop(alert_id), at_ms, found[alert_id])
        for alert_id, at_ms in begun.items():
            yield Other(at_ms, FOREVER_MS, found[alert_id])


def _kinds(rule: Rule, trees: list[RouteTree | None]) -> dict[str, ChannelKind]:
    named = {*rule.channels, *(name for step in rule.escalation for name in step.channels)}
    for tree in trees:
        if tree is not None:
            named |= _channels_of(tree.route)
    kinds = {}
    for name in sorted(named):
        kind = channels.find(name)
        if kind is not None:
            kinds[name] = ChannelKind(kind.traits.tells, kind.traits.groups)
    return kinds


def _channels_of(route: Route) -> set[str]:
    found = set(route.channels)
    for below in route.routes:
        found |= _channels_of(below)
    return found
