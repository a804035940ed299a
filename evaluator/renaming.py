"""A plugin whose series come under another name, because the mapping of foreign labels has changed. No I/O."""

from evaluator import decide
from evaluator.changes import Changes
from evaluator.passing_time import Take
from evaluator.plugins import Plugins
from shared.model import reasons
from shared.model.events import Event


def rename(plugins: Plugins, event: Event, now_ms: int, take: Take, changes: Changes) -> None:
    """
    Resolve what the plugin has open, with its new name as the reason, and forget it, so that nobody calls it silent.

    The rules judge its series under the new name from their next sample on, and fire there if they still hold.
    """
    plugin = plugins.by_id.get(event.plugin_id)
    if plugin is not None:
        reason = reasons.of("withdrawn.plugin_renamed", plugin_id=event.renamed_to)
        for rule_id, snapshot in list(plugin.snapshots.items()):
            rule = plugin.plan.rules.get(rule_id)
            ended = decide.withdraw(rule, rule_id, snapshot, plugin.memory, reason, now_ms)
            take(plugin, rule_id, snapshot, ended, changes)
        plugins.drop(event.plugin_id)
    plugins.renamed.append(event.plugin_id)
