"""
The Python interface of the original system: its names and calls for rules, metrics and channels.

    from producers.enhanced_alert_system import enhanced_alert_system, AlertRule, AlertSeverity, AlertChannel
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Lock
from typing import Any

from redis import Redis

from dispatchers import channel as channels
from evaluator import condition
from producers.publisher import Publisher
from shared.model import rules
from shared.redis import connection
from shared.settings import Settings
from shared.store import channel_store, rule_store


class AlertSeverity(StrEnum):
    """In order, weakest first."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"
    EMERGENCY = "emergency"


class AlertChannel(StrEnum):
    """The channels, by the names of the original system."""

    WEB = "web"
    EMAIL = "email"
    SLACK = "slack"
    TELEGRAM = "telegram"
    SMS = "sms"
    PUSH = "push"
    DASHBOARD = "dashboard"
    TEAMS = "teams"
    DISCORD = "discord"
    PAGERDUTY = "pagerduty"
    WEBHOOK = "webhook"


@dataclass
class AlertRule:
    """A threshold rule; `shared.model.rules.Rule` has all that rules can say."""

    id: str
    name: str
    description: str
    metric: str
    operator: str
    threshold: float
    severity: AlertSeverity | str = AlertSeverity.WARNING
    channels: Sequence[AlertChannel | str] = field(default_factory=lambda: [AlertChannel.WEB, AlertChannel.DASHBOARD])
    cooldown_minutes: float = 5
    enabled: bool = True
    for_seconds: float = 0
    plugin_id: str | None = None


class EnhancedAlertSystem:
    """Connects at the first use, to REDIS_URL or to the server `make run` starts."""

    def __init__(self, url: str | None = None) -> None:
        self._url = url
        self._lock = Lock()
        self._redis: Redis | None = None
        self._publisher: Publisher | None = None

    def add_alert_rule(self, rule: AlertRule) -> None:
        """
        Store a rule; one with the same id is replaced. Evaluators take it up within a second.

        Raises:
            Invalid: naming every bad field.
        """
        parsed = rules.parse(
            {**vars(rule), "severity": str(rule.severity), "channels": [str(c) for c in rule.channels]}
        )
        condition.check(parsed)
        rule_store.save(self._connected(), parsed)

    def remove_alert_rule(self, rule_id: str) -> None:
        """
        Delete a rule; its open alerts are resolved.

        Raises:
            NotFound: there is none.
        """
        rule_store.delete(self._connected(), rule_id)

    def check_metrics(self, plugin_id: str, plugin_name: str, metrics: Mapping[str, float]) -> None:
        """Publish a plugin's metrics; never blocks and never raises. Rules decide which alerts follow."""
        with self._lock:
            if self._publisher is None:
                self._publisher = Publisher(self._address())
        self._publisher.publish(plugin_id, plugin_name, metrics)

    def update_channel_config(self, channel: AlertChannel | str, config: Mapping[str, Any]) -> None:
        """
        Store a channel's configuration. A secret that still shows its mask stays as it is.

        Raises:
            NotFound: no such channel. Invalid: naming every bad field; or a masked secret would go to another
                destination than the one it was entered for. Stale: another caller changed the channel meanwhile.
        """
        redis, name = self._connected(), str(channel)
        kind = channels.get(name)
        stored = channel_store.load_stored(redis).get(name, {})
        fields = kind.merged(config, stored or channel_store.load(redis, name))
        kind.check_new(fields)
        channel_store.save(redis, name, fields, shown=kind.masked, expected=channel_store.version_of(stored))

    def close(self) -> None:
        """Send what is buffered and disconnect; a later call connects again."""
        with self._lock:
            publisher, self._publisher = self._publisher, None
            redis, self._redis = self._redis, None
        if publisher is not None:
            publisher.close()
        if redis is not None:
            redis.close()

    def _address(self) -> str:
        return self._url or Settings.from_environment().effective_redis_url

    def _connected(self) -> Redis:
        with self._lock:
            if self._redis is None:
                url = self._address()
                client = connection.connect(url)
                connection.check(client, url)
                self._redis = client
            return self._redis


enhanced_alert_system = EnhancedAlertSystem()
