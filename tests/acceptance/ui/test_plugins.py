"""The Plugins page: what each plugin last said, and one plugin whole."""

import pytest
from playwright.sync_api import Browser, expect

from tests.support.site import Site, problems, violations
from tests.support.waiting import until

"""A start of all processes and Chromium, on a machine that may have much else to do."""


def _talk(site: Site) -> None:
    site.rule(name="CPU 높음", metric="cpu_usage", plugins="pay-*")
    site.rule(name="Elsewhere", metric="cpu_usage", plugins="web-*")
    for value in (40, 60, 95):
        site.say("pay-1", "결제 서버", cpu_usage=value, heap_bytes=3_145_728)
    site.say("db-1", "Database", connections=12)
    until(lambda: len(site.active()) == 1, "an alert")


def test_plugin_is_found_with_its_values_alerts_chart_and_rules(site: Site, browser: Browser) -> None:
    _talk(site)
    page = site.open(browser, "/plugins")
    cards = page.get_by_test_id("plugins").locator("> li")
    card = cards.filter(has_text="결제 서버")
    expect(card).to_contain_text("95 %")
    expect(card).to_contain_text("3 MiB")
    expect(card.get_by_role("img", name="cpu_usage, last hour")).to_be_visible()
    page.get_by_role("searchbox").fill("connections")
    expect(cards).to_have_count(1)
    expect(cards).to_contain_text("Database")
    page.get_by_role("searchbox").fill("nobody")
    expect(page.get_by_test_id("empty")).to_contain_text("No plugin matches “nobody”")
    page.get_by_role("button", name="Show all plugins").click()
    card.get_by_role("button", name="결제 서버").press("Enter")
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_test_id("chart").first).to_contain_text("cpu_usage")
    expect(drawer.get_by_test_id("rules")).to_contain_text("CPU 높음")
    expect(drawer.get_by_test_id("rules")).not_to_contain_text("Elsewhere")
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    card.get_by_role("link", name="one open alert").click()
    expect(page).to_have_url(f"{site.address}/?plugin=pay-1")

    assert [] == problems(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_violation_and_no_overflow_on_a_phone(site: Site, browser: Browser, scheme: str) -> None:
    _talk(site)
    page = site.open(browser, "/plugins", locale="ko-KR", color_scheme=scheme, viewport={"width": 360, "height": 740})
    expect(page.get_by_test_id("plugins")).to_contain_text("열린 알림 1건")
    found = violations(page)
    width = page.evaluate("document.documentElement.scrollWidth")
    page.goto(f"{site.address}/plugins?plugin=pay-1")
    expect(page.get_by_test_id("plugin").get_by_test_id("rules")).to_be_visible()

    assert [] == found
    assert [] == violations(page)
    assert width <= 360
