"""Redis keys of deliveries: what each channel still has to send, and its failures. All are of the control plane."""

from shared.redis.keys import PREFIX


def group_window(channel: str, group: str) -> str:
    """string · router, workers. PX the group's interval: while it lasts, news of this group waits for its end."""
    return f"{PREFIX}:window:{channel}:{group}"


def deliveries_hour(hour: int) -> str:
    """hash `channel NUL outcome`, `channel NUL ms` → count · workers → API. Key holds hours since the epoch."""
    return f"{PREFIX}:deliveries:{hour}"


def due(channel: str, group: str) -> str:
    """set of alert ids whose news *channel* has not had yet · router, workers. Moves to `in_hand` with a job."""
    return f"{PREFIX}:due:{channel}:{group}"


def in_hand(channel: str, group: str) -> str:
    """set of alert ids that a job sends to *channel* · workers. Deleted afterwards; a dead job's set is inherited."""
    return f"{PREFIX}:in-hand:{channel}:{group}"


def due_groups() -> str:
    """zset `channel NUL group`, score = when to look next (ms) · router, workers. The sweeper's list."""
    return f"{PREFIX}:due"


def job_waiting(channel: str, group: str) -> str:
    """string · router, with a job it queues for the group; deleted by the job before it looks. PX 10 s."""
    return f"{PREFIX}:waiting:{channel}:{group}"


def group_claim(channel: str, group: str) -> str:
    """string `token`, `token:n` after n records · the job now delivering this group. PX 8 s, renewed while sending."""
    return f"{PREFIX}:claim:{channel}:{group}"


def recipients(channel: str, alert_id: str, news: str) -> str:
    """set of recipients of *channel* who have had this news · workers. A week."""
    return f"{PREFIX}:recipients:{channel}:{alert_id}:{news}"


def refused(channel: str, alert_id: str, news: str) -> str:
    """hash recipient of *channel* → why it was refused this news for good · workers. A week, or until a retry."""
    return f"{PREFIX}:refused:{channel}:{alert_id}:{news}"


def slow_recipients(channel: str) -> str:
    """set of recipients of *channel* whose last call failed and may be tried again · workers. An hour."""
    return f"{PREFIX}:recipients:slow:{channel}"


def bucket(channel: str) -> str:
    """string ms at which the channel's token bucket is full again (server clock) · workers. PX until then."""
    return f"{PREFIX}:bucket:{channel}"


def pause(channel: str) -> str:
    """string reason · workers. PX: the channel makes no call, by its provider's wish or because it keeps failing."""
    return f"{PREFIX}:pause:{channel}"


def failures(channel: str) -> str:
    """counter of failures in a row that were the destination's · workers. Until a success."""
    return f"{PREFIX}:failures:{channel}"


def push_subscriptions() -> str:
    """hash subscription id → Subscription (JSON) · API → `push` channel, which removes dead ones. Forever."""
    return f"{PREFIX}:push:subscriptions"


def push_key() -> str:
    """string VAPID private key (PEM) · first process that needs it (SET NX) → API, `push` channel. Forever."""
    return f"{PREFIX}:push:key"


def sms_receipt(message_id: str) -> str:
    """string ExpectedReceipt (JSON) · `sms` channel → API, for the provider's word on delivery. Two days."""
    return f"{PREFIX}:sms:{message_id}"


def dead_notifications() -> str:
    """zset `channel NUL alert id`, score = when given up · workers → API. Pruned with the history."""
    return f"{PREFIX}:notifications:dead"
