"""Browsers that subscribed to Web Push."""

from shared.store.subscriptions import Subscription
from tests.support import providers


def a_subscription(n: int, owner: str = "", **fields: object) -> Subscription:
    browser = providers.Push()
    browser.url = "https://push.example.com"
    return browser.subscription(0).model_copy(
        update={"endpoint": f"https://push.example.com/{n}", "owner": owner, "created_at_ms": n, **fields}
    )


def body_of(n: int) -> dict:
    return a_subscription(n).model_dump(include={"endpoint", "keys"})
