"""The seed's three usage examples, as written but for the import line."""

from collections.abc import Iterator

import pytest
from redis import Redis

from producers.enhanced_alert_system import AlertChannel, AlertRule, AlertSeverity, enhanced_alert_system
from shared.errors import Invalid, NotFound, Unavailable
from shared.model.partitions import partition_of
from shared.redis import keys, streams
from shared.store import channel_store, rule_store
from tests.support.ports import free_port
from tests.support.real_server import RealServer


@pytest.fixture(autouse=True)
def _connected(redis: Redis, server: RealServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("REDIS_URL", server.url)
    yield
    enhanced_alert_system.close()


def test_first_example_sets_up_a_rule(redis: Redis) -> None:
    # CPU 사용률 높음 알림 규칙
    cpu_rule = AlertRule(
        id="cpu_high",
        name="CPU 사용률 높음",
        description="CPU 사용률이 80%를 초과할 때",
        metric="cpu_usage",
        operator=">",
        threshold=80.0,
        severity=AlertSeverity.WARNING,
        channels=[AlertChannel.WEB, AlertChannel.DASHBOARD],
        cooldown_minutes=5
    )  # fmt: skip

    enhanced_alert_system.add_alert_rule(cpu_rule)
    stored = rule_store.get(redis, "cpu_high")

    assert ("CPU 사용률 높음", "cpu_usage", ">", 80.0) == (
        stored.name,
        stored.metric,
        stored.operator,
        stored.threshold,
    )
    assert ("warning", ["web", "dashboard"], 5, True) == (
        stored.severity,
        stored.channels,
        stored.cooldown_minutes,
        stored.enabled,
    )


def test_second_example_publishes_metrics(redis: Redis) -> None:
    # 플러그인 메트릭 업데이트
    metrics = {
        'cpu_usage': 85.5,
        'memory_usage': 75.2,
        'error_rate': 5.0,
        'response_time': 2.5
    }  # fmt: skip

    enhanced_alert_system.check_metrics(
        plugin_id="my_plugin",
        plugin_name="내 플러그인",
        metrics=metrics
    )  # fmt: skip
    enhanced_alert_system.close()
    ((entry_id, fields),) = redis.xrange(keys.events(partition_of("my_plugin", 8)))
    (event,), _ = streams.decode(fields[b"e"], int(entry_id.partition(b"-")[0]))

    assert ("my_plugin", "내 플러그인", metrics) == (event.plugin_id, event.plugin_name, event.metrics)


def test_third_example_configures_a_channel(redis: Redis) -> None:
    # 이메일 채널 설정
    email_config = {
        'enabled': True,
        'smtp_server': 'smtp.gmail.com',
        'smtp_port': 587,
        'username': 'your-email@gmail.com',
        'password': 'your-app-password',
        'from_email': 'alerts@yourcompany.com',
        'to_emails': ['admin@yourcompany.com']
    }  # fmt: skip

    enhanced_alert_system.update_channel_config(AlertChannel.EMAIL, email_config)

    assert email_config == channel_store.load(redis, "email")


def test_mistakes_get_a_sentence_that_names_them(redis: Redis) -> None:
    with pytest.raises(Invalid, match="operator"):
        enhanced_alert_system.add_alert_rule(AlertRule("x", "x", "", "cpu", "=>", 1))
    with pytest.raises(Invalid, match="smtp_server"):
        enhanced_alert_system.update_channel_config(AlertChannel.EMAIL, {"to_emails": ["a@example.com"]})
    with pytest.raises(NotFound, match="no channel pigeon"):
        enhanced_alert_system.update_channel_config("pigeon", {})


def test_unreachable_server_is_named_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.setenv("REDIS_URL", f"redis://user:geheim@127.0.0.1:{port}/0")
    with pytest.raises(Unavailable) as caught:
        enhanced_alert_system.remove_alert_rule("x")

    assert f"Redis at redis://127.0.0.1:{port}/0 cannot be reached" in str(caught.value)
    assert "geheim" not in str(caught.value)
