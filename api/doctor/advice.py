"""Notes on a valid rule: what it names is not known or not configured yet. They refuse nothing."""

from difflib import get_close_matches

from redis import Redis

from api.read import heard
from dispatchers import channel as channels
from evaluator import condition
from shared.model import reasons
from shared.model.reasons import Reason
from shared.model.rules import Rule
from shared.store import channel_store


def on_rule(redis: Redis, rule: Rule, published: list[dict] | None = None) -> list[Reason]:
    """
    Return notes about plugins and metrics that never published, and about channels that are not configured.

    Args:
        published: What `heard.plugins` returned, if the caller has it already.
    """
    notes = on_names(redis, rule, published)
    for name in rule.channels:
        kind = channels.find(name)
        if kind is not None and kind.needs_configuration and not channel_store.load(redis, name):
            notes.append(reasons.of("note.channel_unconfigured", channel=name))
    return notes


def on_names(redis: Redis, rule: Rule, published: list[dict] | None = None) -> list[Reason]:
    """Return notes about plugins and metrics that *rule* names and nobody has heard of."""
    published = heard.plugins(redis) if published is None else published
    covered = [plugin for plugin in published if rule.covers(plugin["plugin_id"], plugin.get("labels", {}))]
    notes = []
    if published and not covered:
        notes.append(_like(reasons.of("note.nobody_covered"), rule.plugin_id, _ids(published)))
    names = sorted({name for plugin in covered or published for name in plugin["metrics"]})
    for metric in sorted(condition.check(rule).reads()):
        if metric not in names:
            notes.append(_like(reasons.of("note.metric_unheard", metric=metric), metric, names))
    return notes


def _ids(plugins: list[dict]) -> list[str]:
    return [plugin["plugin_id"] for plugin in plugins]


def _like(note: Reason, given: str | None, names: list[str]) -> Reason:
    found = get_close_matches(given or "", names, n=1)
    return reasons.of("note.did_you_mean", because=note, name=found[0]) if found else note
