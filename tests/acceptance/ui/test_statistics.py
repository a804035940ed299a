"""The Statistics page: what fired is counted, by severity, rule and plugin, over a range that is in the address."""

import re

import pytest
from playwright.sync_api import Browser, expect

from shared.redis import keys
from tests.support.site import Site, problems, violations
from tests.support.waiting import HOUR_S, until, until_no_turn

"""A start of all processes and Chromium, on a machine that may have much else to do."""


@pytest.fixture(autouse=True)
def _nothing_counted(site: Site) -> None:
    for hour in site.redis.scan_iter(match=f"{keys.PREFIX}:statistics:*"):
        site.redis.delete(hour)


def _fire(site: Site) -> str:
    """Let one critical and two warnings fire, and one of them end; return the id of the critical one's rule."""
    until_no_turn(HOUR_S)
    hot = site.rule(name="CPU 높음", severity="critical")
    site.rule(name="Slow", severity="warning", metric="latency_ms")
    site.say("pay-1", cpu=95, latency_ms=900)
    site.say("web-1", latency_ms=900)
    until(lambda: len(site.active()) == 3, "three alerts")
    site.say("web-1", latency_ms=1)
    until(lambda: len(site.active()) == 2, "one has ended")
    return hot.id


def test_what_fired_is_counted_and_the_range_is_in_the_address(site: Site, browser: Browser) -> None:
    empty = site.open(browser, f"/statistics?hours=2&until={3_600_000 * 400_000}")
    expect(empty.get_by_test_id("empty")).to_contain_text("Nothing fired in this time")
    hot = _fire(site)
    page = site.open(browser, "/statistics")
    totals = page.get_by_label("Totals")
    expect(totals).to_contain_text("Fired3")
    expect(totals).to_contain_text("Active now2")
    rules = page.get_by_role("table", name="Noisiest rules")
    expect(rules.locator("tbody tr").first).to_contain_text("Slow")
    expect(rules.locator("tbody tr").first).to_contain_text("67 %")
    expect(rules.get_by_role("link", name="CPU 높음")).to_have_attribute("href", f"/rules/{hot}")
    expect(page.get_by_role("table", name="By plugin")).to_contain_text("pay-1")
    expect(page.get_by_test_id("by-severity").get_by_role("img", name=re.compile("3 alerts fired"))).to_be_visible()
    page.get_by_role("button", name="As a table").click()
    newest = page.get_by_test_id("by-severity").locator("tbody tr").first
    expect(newest.locator("td").nth(2)).to_have_text("1")
    expect(newest.locator("td").last).to_have_text("3")
    expect(page.get_by_text("Choose a range of a week or more to see this.")).to_be_visible()
    page.get_by_role("radiogroup", name="Length").get_by_text("7 days", exact=True).click()
    expect(page).to_have_url(re.compile("hours=168"))
    heat = page.get_by_role("table", name="Weekday and hour")
    expect(heat.locator("td[data-level='5']")).to_have_text("3")
    page.get_by_role("button", name="From – to").click()
    page.get_by_label("From", exact=True).fill("2001-02-03T04:00")
    page.get_by_label("To", exact=True).fill("2001-02-03T02:00")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_text("The end must be after the beginning.")).to_be_visible()
    page.get_by_label("To", exact=True).fill("2001-02-03T09:30")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page).to_have_url(re.compile("hours=6&until="))
    expect(page.get_by_test_id("empty")).to_be_visible()

    assert [] == problems(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_violation_and_no_overflow_on_a_phone(site: Site, browser: Browser, scheme: str) -> None:
    _fire(site)
    page = site.open(
        browser,
        "/statistics?hours=168",
        locale="ko-KR",
        color_scheme=scheme,
        viewport={"width": 360, "height": 740},
    )
    expect(page.get_by_role("table", name="요일과 시간대")).to_be_visible()
    expect(page.get_by_test_id("by-severity").locator("svg")).to_be_visible()

    assert [] == violations(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
