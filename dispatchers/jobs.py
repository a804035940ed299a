"""The functions that RQ's jobs name, and what this process gives them: delivery, the test button, reports."""

import secrets
import time

from redis import Redis
from rq import Retry

from dispatchers import configurations, render, reports
from dispatchers.channel import DeliveryError, Item, Limit, Unfinished
from dispatchers.circuit import Circuit
from dispatchers.context import Context
from dispatchers.delivery import Delivery
from shared.clock import Clock, SystemClock
from shared.log import Logger
from shared.model import reasons
from shared.model.alerts import Alert
from shared.process import Heartbeat
from shared.redis import keys
from shared.settings import Settings

_context: Context | None = None


def set_up(redis: Redis, settings: Settings, log: Logger, heartbeat: Heartbeat, clock: Clock | None = None) -> None:
    """Give the jobs of this process what they need; once, before the first job."""
    global _context
    _context = Context(redis, settings, log, heartbeat, clock or SystemClock())


def context() -> Context | None:
    """Return what this process gives its jobs; None before `set_up`."""
    return _context


def deliver(channel: str, group: str) -> Retry | str:
    """
    Bring a channel up to date with a group of alerts.

    Returns:
        What was done, in words; or RQ's order to try again later.
    """
    context = _the_context()
    try:
        return Delivery(context, channel, group).run()
    except Exception as error:
        # The sweeper gives the group another job.
        context.log.error("delivery.broke_off", exception=error, channel=channel)
        raise


def send_test(channel: str, by: str) -> dict[str, object]:
    """
    Send a marked test message through the real path.

    Returns:
        `accepted`, the provider's `answer` (or why it was not accepted), `took_ms`.
    """
    context = _the_context()
    now_ms = context.clock.now_ms()
    alert = Alert(
        id=f"test-{secrets.token_hex(4)}",
        rule_id="test",
        rule_name="Channel test 채널 테스트",
        plugin_id="enhanced-alerts",
        plugin_name="Enhanced Alerts",
        severity="info",
        state="firing",
        channels=[channel],
        condition="test",
        started_at_ms=now_ms,
        fired_at_ms=now_ms,
        reason=f"asked for by {by}",
        episode=1,
        announced_episode=1,
    )
    begun = time.monotonic()
    try:
        stored = context.redis.hget(keys.channels(), channel)
        kind, config = configurations.checked(channel, stored, even_if_off=True)
        notification = render.notification(
            channel,
            [Item("firing", alert, context.link(alert))],
            now_ms,
            test=True,
            title_template=config.title_template,
            body_template=config.body_template,
        )
        receipt = kind.send(notification, config, context.surroundings())
        accepted = True
        answer = receipt.why if receipt.why.code else reasons.of("delivery.test_accepted")
        circuit = Circuit(context.redis, context.settings, channel, Limit(0))
        circuit.accepted(context.clock.now_ms(), receipt.pause_ms)
    except DeliveryError as error:
        accepted, answer = False, error.why
    except Unfinished:
        accepted, answer = True, reasons.of("delivery.test_partly")
    except Exception as error:
        context.log.error("test.crashed", exception=error, channel=channel)
        accepted, answer = False, reasons.of("delivery.attempt_broke", error=type(error).__name__)
    return {
        "accepted": accepted,
        **reasons.fields(answer, "answer"),
        "took_ms": int((time.monotonic() - begun) * 1000),
    }


def send_report(channel: str, month: str) -> str:
    """Mail the report of a month unless it is mailed; returns what was done, in words."""
    context = _the_context()
    try:
        return reports.Mailing(context, channel, month).run()
    except Exception as error:
        # The router gives the month another job.
        context.log.error("report.broke_off", exception=error, channel=channel)
        raise


def _the_context() -> Context:
    assert _context is not None, "dispatchers.jobs.set_up has not been called in this process"
    return _context
