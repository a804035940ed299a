"""The labels by which tools know an alert: its sender's; of a rule's alert also its name, plugin and more. Pure."""

from shared.model.alerts import Alert, Transition

OF_RULES = ("alertname", "rule_id", "plugin", "severity", "metric")
"""Labels that an alert of a rule has beside those of its plugin, unless the plugin has labels of these names."""


def labels_of(alert: Alert | Transition) -> dict[str, str]:
    """Return all labels of an alert."""
    if alert.external is not None:
        return alert.labels
    own = {name: value_of(alert, name) for name in OF_RULES}
    return {name: value for name, value in (own | alert.labels).items() if value}


def value_of(alert: Alert | Transition, label: str) -> str:
    """Return the value of one label; "" if the alert has none of this name."""
    if label in alert.labels or alert.external is not None:
        return alert.labels.get(label, "")
    match label:
        case "alertname":
            return alert.rule_name
        case "plugin":
            return alert.plugin_id
        case "rule_id" | "severity" | "metric":
            return str(getattr(alert, label))
    return ""


def routing_labels(alert: Alert | Transition) -> dict[str, str]:
    """Return the labels that matchers of routes look at: all of them, and of an external alert its plugin and rule."""
    return {"plugin": alert.plugin_id, "rule_id": alert.rule_id} | labels_of(alert)
