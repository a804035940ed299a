"""`alertmanager.yml` as channels and routes of ours: the whole file, and the report about it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from api.change.imports import inhibition, intervals, lined, receivers, routes, templates
from api.change.imports.kinds import Around
from api.change.imports.lined import Lined
from api.change.imports.receivers import Receivers
from api.change.imports.report import Plan, Section
from shared.errors import Invalid
from shared.model import reasons, route_tree

MAX_TEMPLATE_FILES = 50
_MATCHERS = ("matchers", "match", "match_re")
JOINED = tuple(f"{prefix}{name}" for prefix in ("", "source_", "target_") for name in _MATCHERS)
"""Fields whose reader in Alertmanager adds to what was merged before: the route, or the rule, needs all of them."""
_MADE_FOR_SENDERS = ("resolve_timeout",)
"""Fields for which this system has no setting: `ingest` decides how long an alert without an end lasts."""
_OF_INTEGRATIONS = (
    *("smtp_", "slack_", "pagerduty_", "opsgenie_", "victorops_", "wechat_", "telegram_", "webex_", "jira_"),
    *("mattermost_", "rocketchat_", "http_config"),
)
"""Beginnings of the fields of `global` that only matter where an integration uses them."""


def translate(text: str, source: str, folder: Path | None = None) -> Plan:
    """
    Translate a configuration of Alertmanager.

    Args:
        source: The file's name, for errors.
        folder: Where the file lies: files of secrets and templates that it names are read there, as Alertmanager does.
            None: no file is read.

    Raises:
        Invalid: it is no such file; says where.
    """
    document = lined.read(text, source, JOINED)
    plan = Plan()
    whole = Section(document, "file", plan)
    if not whole.has("route") or not whole.has("receivers"):
        raise Invalid({source: reasons.of("import.no_alertmanager")}, "The file")
    settings = whole.section("global")
    settings.name = "global"
    around = Around(settings, lambda name: receivers.secret_file(folder, name), _templates(whole, folder, plan))
    made = Receivers(plan)
    for node in whole.items("receivers"):
        made.add(Section(node, "receiver", plan), around)
    named = intervals.named([*whole.items("mute_time_intervals"), *whole.items("time_intervals")], plan)
    tree = {
        "route": routes.root(whole.get("route"), made.channels, named, plan),
        "time_intervals": named,
        "inhibit_rules": inhibition.rules(whole, plan),
    }
    plan.tree = route_tree.parse(tree)
    settings.skip(*_MADE_FOR_SENDERS, *(name for name in settings.names() if name.startswith(_OF_INTEGRATIONS)))
    settings.finish()
    whole.finish()
    plan.findings.sort(key=lambda finding: finding.line)
    return plan


def _templates(whole: Section, folder: Path | None, plan: Plan) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for node in whole.items("templates"):
        texts = _texts(node, folder)
        if not texts:
            plan.note(node.line, "templates", "import.template_file", file=(node.text() or "")[:200])
        for text in texts:
            found |= templates.defined(text)
    return found


def _texts(node: Lined, folder: Path | None) -> list[str]:
    name = node.text() or ""
    # Alertmanager knows no `**` either; here it would walk all folders.
    if folder is None or not name or "**" in name:
        return []
    try:
        pattern = Path(name)
        below = pattern.relative_to(pattern.anchor)
        # `.` and `/` name a folder, and no file.
        files = sorted(Path(folder, pattern.anchor).glob(str(below))) if below.parts else []
    except (OSError, ValueError):
        # The report then says that no template was found under this name.
        return []
    found: list[Any] = [receivers.secret_file(file.parent, file.name) for file in files[:MAX_TEMPLATE_FILES]]
    return [text for text in found if text]
