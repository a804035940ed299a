"""Which notifications go together. Pure."""

from shared.model.alerts import Alert, Transition


def group_of(alert: Alert | Transition) -> str:
    """
    Return the group of an alert, or of the alert that a transition opens, by its rule's `group_by`.

    The first news of an idle group goes out at once; what follows within its interval goes out together when that
    ends. The group is part of Redis keys, and free text (labels) comes last in it.
    """
    match alert.policy.group_by.partition(":"):
        case ("plugin", _, _):
            return f"plugin:{alert.plugin_id}"
        case ("severity", _, _):
            return f"severity:{alert.severity}"
        case ("label", _, name):
            return f"label:{name}:{alert.labels.get(name, '')}"
        case ("none", _, _):
            return alert.id if isinstance(alert, Alert) else alert.alert_id
        case _:
            return f"rule:{alert.rule_id}"
