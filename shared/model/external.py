"""
External alerts: what a sender such as Prometheus or Grafana states, and what its labels mean here. Pure.

How they live is decided in `evaluator/external.py`; docs/adr/0016-external-alerts.md says why.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, get_args

from msgspec import Meta, Struct

from shared.model import names, reasons
from shared.model.alerts import MAX_LABELS, MESSAGE_LENGTH, NAME_LENGTH, TEXT_LENGTH, Severity
from shared.model.events import LATEST_MS, Name

PREFIX = "external:"
"""Rule ids of external alerts begin so; the id of a rule of ours holds no colon."""
ALERT_NAME = "alertname"
SEVERITY_LABEL = "severity"
HEARTBEAT_LABEL = "heartbeat"
HEARTBEATS = ("Watchdog", "DeadMansSwitch")
"""Alerts that always fire, and so prove that their sender works."""
MAX_ANNOTATIONS = 32
URL_LENGTH = 2_048

_SEVERITIES: dict[Severity, str] = {
    "info": "info information informational notice none low minor p4 p5 sev4 sev5 debug ok",
    "warning": "warning warn medium moderate p3 sev3",
    "error": "error err high major p2 sev2 ticket",
    "critical": "critical crit page disaster fatal severe p1 sev1",
    "emergency": "emergency emerg panic p0 sev0",
}
SEVERITIES: Mapping[str, Severity] = {
    word: severity for severity, words in _SEVERITIES.items() for word in words.split()
}
"""What the label `severity` means, in lower case."""
UNKNOWN_SEVERITY: Severity = "warning"

_Text = Annotated[str, Meta(max_length=TEXT_LENGTH)]
_Long = Annotated[str, Meta(max_length=MESSAGE_LENGTH)]
_Instant = Annotated[int, Meta(ge=0, le=LATEST_MS)]


class Statement(Struct, omit_defaults=True, frozen=True, gc=False):
    """What a sender states of one alert: it fires, or it has ended."""

    fingerprint: Annotated[str, Meta(min_length=16, max_length=16, pattern="^[0-9a-f]{16}\\Z")]
    """Of all its labels; its identity."""
    name: Name
    plugin_id: Name
    """The plugin that its labels name, without those that name the alert; decides the partition."""
    plugin_name: _Text = ""
    parent_id: Annotated[str, Meta(max_length=NAME_LENGTH)] = ""
    labels: Annotated[dict[Name, _Text], Meta(max_length=MAX_LABELS)] = {}
    annotations: Annotated[dict[Name, _Long], Meta(max_length=MAX_ANNOTATIONS)] = {}
    starts_at_ms: _Instant = 0
    """By the sender's clock; 0: not stated."""
    ends_at_ms: _Instant = 0
    """In the future: it fires, and ends then unless the sender says otherwise. Past: it has ended. 0: not stated."""
    generator_url: Annotated[str, Meta(max_length=URL_LENGTH)] = ""
    sender: _Text = ""
    """Name of the API key."""


def rule_id_of(name: str) -> str:
    """Return the id of the rule for which the alerts of one name stand."""
    return PREFIX + names.escaped(name)[: NAME_LENGTH - len(PREFIX)]


def is_external(rule_id: str) -> bool:
    """Tell whether a rule id is that of external alerts."""
    return rule_id.startswith(PREFIX)


def fingerprint(labels: Mapping[str, str]) -> str:
    """Return what Alertmanager and Prometheus call a label set: FNV-1a of 64 bits over its sorted pairs, in hex."""
    found = 0xCBF29CE484222325
    for name, value in sorted((name.encode(), value.encode()) for name, value in labels.items()):
        for byte in name + b"\xff" + value + b"\xff":
            found = (found ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"{found:016x}"


def severity_of(labels: Mapping[str, str], mapping: Mapping[str, Severity] = SEVERITIES) -> Severity:
    """Return the severity that the label `severity` means."""
    return mapping.get(labels.get(SEVERITY_LABEL, "").strip().lower(), UNKNOWN_SEVERITY)


def is_heartbeat(labels: Mapping[str, str], alert_names: Iterable[str] = HEARTBEATS) -> bool:
    """Tell whether an alert only proves that its sender works."""
    return labels.get(HEARTBEAT_LABEL) == "true" or labels.get(ALERT_NAME, "") in alert_names


def parse_severities(text: str) -> dict[str, Severity]:
    """
    Return the mapping of severities with those that a setting adds, e.g. `page=emergency,ticket=warning`.

    Raises:
        ValueError: with the reason.
    """
    known: dict[str, Severity] = {severity: severity for severity in get_args(Severity)}
    found = dict(SEVERITIES)
    for part in filter(None, (one.strip() for one in text.split(","))):
        word, equals, severity = (piece.strip() for piece in part.partition("="))
        if not word or not equals or severity.lower() not in known:
            raise ValueError(reasons.of("setting.severity_mapping", given=part[:100], severities=list(known)))
        found[word.lower()] = known[severity.lower()]
    return found
