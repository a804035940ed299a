"""A board of many alerts: what can be seen is drawn, all of them are known, and a burst of changes arrives whole."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from shared.redis import keys
from shared.store import alert_store
from tests.acceptance.ui.measure import all_known, burst, fill
from tests.support.site import Site

ALERTS = 1_200


@pytest.fixture(autouse=True)
def _forgotten(site: Site) -> Iterator[None]:
    yield
    # They belong to no rule that could be deleted to end them.
    site.redis.delete(keys.active_alerts())


def test_many_alerts_are_known_and_few_are_drawn_amid_a_burst(site: Site, browser: Browser) -> None:
    alerts = fill(site.redis, ALERTS)
    page = site.open(browser)
    rows = page.get_by_test_id("alerts").locator("[data-id]")
    expect(rows.first).to_be_visible()
    all_known(page, ALERTS)
    drawn = rows.count()
    changes = burst(site.redis, alerts, 2)
    worst = next(alert for alert in alert_store.active(site.redis) if alert.state == "firing")

    assert 0 < drawn < 100
    assert changes >= 100
    expect(page.locator(f'[data-id="{worst.id}"]')).to_contain_text("Firing", ignore_case=True)
