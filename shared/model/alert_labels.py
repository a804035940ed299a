"""The labels by which tools know an alert: its sender's; of a rule's alert also its name, plugin and more. Pure."""

from shared.model.alerts import Alert

OF_RULES = ("alertname", "rule_id", "plugin", "severity", "metric")
"""Labels that an alert of a rule has beside those of its plugin, unless the plugin has labels of these names."""


def labels_of(alert: Alert) -> dict[str, str]:
    """Return all labels of an alert."""
    if alert.external is not None:
        return alert.labels
    own = {name: value_of(alert, name) for name in OF_RULES}
    return {name: value for name, value in (own | alert.labels).items() if value}


def value_of(alert: Alert, label: str) -> str:
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
