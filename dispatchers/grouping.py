"""Which notifications go together. Pure."""

import hashlib
import json

from shared.model.alert_labels import value_of
from shared.model.alerts import Alert, Transition
from shared.model.route_tree import EVERY_LABEL

MAX_CHARS = 256
"""Of a group by labels, which is part of Redis keys; the digest of a longer one stands for it."""


def group_of(alert: Alert | Transition) -> str:
    """
    Return the group of an alert, or of the alert that a transition opens, by its route's labels or its rule's
    `group_by`.

    The first news of an idle group goes out at once; what follows within its interval goes out together when that
    ends. The group is part of Redis keys, and free text (labels) comes last in it.
    """
    if alert.policy.group_labels is not None:
        return _by_labels(alert, alert.policy.group_labels)
    match alert.policy.group_by.partition(":"):
        case ("plugin", _, _):
            return f"plugin:{alert.plugin_id}"
        case ("severity", _, _):
            return f"severity:{alert.severity}"
        case ("label", _, name):
            return f"label:{name}:{alert.labels.get(name, '')}"
        case ("none", _, _):
            return _alone(alert)
        case _:
            return f"rule:{alert.rule_id}"


def _by_labels(alert: Alert | Transition, names: list[str]) -> str:
    if EVERY_LABEL in names:
        return _alone(alert)
    place = alert.routes[0].place if alert.routes else ""
    values = json.dumps([value_of(alert, name) for name in names], ensure_ascii=False)
    group = f"{place}:{values}"
    return group if len(group) <= MAX_CHARS else f"{place}:{hashlib.sha256(values.encode()).hexdigest()[:32]}"


def _alone(alert: Alert | Transition) -> str:
    return alert.id if isinstance(alert, Alert) else alert.alert_id
