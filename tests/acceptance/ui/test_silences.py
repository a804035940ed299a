"""Silences on the dashboard: made with a look at what they hide, ended, used again."""

import re

import pytest
from playwright.sync_api import Browser, expect

from shared.clock import SystemClock
from shared.store import silence_store
from tests.support.site import Site, problems, violations
from tests.support.waiting import until


def _raise_alerts(site: Site, plugins: dict[str, str]) -> None:
    for plugin_id, name in plugins.items():
        site.say(plugin_id, name, cpu=95)
    until(lambda: {alert.plugin_id for alert in site.active()} == plugins.keys(), "each plugin has its alert")


def test_silence_is_made_seeing_what_it_hides_and_ended(site: Site, browser: Browser) -> None:
    site.rule(name="CPU")
    _raise_alerts(site, {"pay-1": "Payments", "db-1": "Database"})
    page = site.open(browser, "/silences")
    expect(page.get_by_test_id("empty")).to_contain_text("Nothing is silenced")
    page.get_by_role("link", name="New silence").click()
    preview = page.get_by_test_id("silence-preview")
    expect(preview).to_contain_text("Fill in the conditions")
    value = page.get_by_role("combobox", name="Value")
    value.fill("*-1")
    expect(preview).to_contain_text("2 active alerts")
    value.fill("pay-*")
    expect(preview).to_contain_text("1 active alert")
    expect(preview).to_contain_text("Payments")
    page.get_by_role("button", name="1h", exact=True).click()
    page.get_by_role("button", name="Create silence").click()
    expect(page.locator('[name="comment"]')).to_have_attribute("aria-invalid", "true")
    page.locator('[name="comment"]').fill("deployment")
    page.get_by_role("button", name="Create silence").click()
    made = page.get_by_test_id("silences").locator("> li")
    expect(made).to_contain_text("plugin_id = pay-*")
    expect(made).to_contain_text("by admin")
    [stored] = [one for one in silence_store.load_all(site.redis)[1] if one.comment == "deployment"]
    assert 3_600_000 == stored.ends_at_ms - stored.starts_at_ms
    page.get_by_role("button", name="End now: deployment").click()
    page.get_by_role("dialog").get_by_role("button", name="End now").click()
    expect(page.get_by_test_id("empty")).to_contain_text("Nothing is silenced")
    page.get_by_role("tab", name="Past").click()
    expect(page.get_by_test_id("silences")).to_contain_text("deployment")

    # The one refusal was asked for: a silence without a reason.
    assert [] == [one for one in problems(page) if "422" not in one]


def test_recurring_silence_waits_and_is_changed(site: Site, browser: Browser) -> None:
    page = site.open(browser, "/silences/new?match=label:env=prod", timezone_id="Asia/Seoul")
    expect(page.get_by_role("combobox", name="Label name")).to_have_value("env")
    page.locator('[name="comment"]').fill("backup")
    page.get_by_text("Recurring", exact=True).click()
    page.locator('[name="cron"]').fill("0 2 * *")
    page.get_by_role("button", name="Create silence").click()
    expect(page.locator('[name="cron"]')).to_have_attribute("aria-invalid", "true")
    page.locator('[name="cron"]').fill("0 2 29 2 *")
    page.get_by_role("button", name="Create silence").click()
    planned = page.get_by_test_id("silences")
    expect(planned).to_contain_text("0 2 29 2 * (Asia/Seoul), 2h each")
    page.get_by_role("link", name="Edit: backup").click()
    page.locator('[name="duration_minutes"]').fill("30")
    page.get_by_role("button", name="Save").click()
    expect(planned).to_contain_text("30m each")

    [stored] = [one for one in silence_store.load_all(site.redis)[1] if one.comment == "backup"]
    assert ("label:env", 30, "Asia/Seoul") == (stored.matchers[0].name, stored.duration_minutes, stored.timezone)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_silences_are_readable_for_all(site: Site, browser: Browser, scheme: str) -> None:
    site.rule(name="CPU")
    _raise_alerts(site, {"pay-1": "Payments"})
    page = site.open(browser, "/silences/new?match=plugin_id=pay-1", color_scheme=scheme)
    expect(page.get_by_test_id("silence-preview")).to_contain_text("1 active alert")
    found = violations(page)
    page.locator('[name="comment"]').fill("deployment")
    page.get_by_role("button", name="Create silence").click()
    expect(page.get_by_test_id("silences")).to_contain_text("deployment")

    assert [] == found + violations(page)


SKEWED = """
(() => {
  const Real = Date;
  const skewMs = %d;
  window.Date = class extends Real {
    constructor(...given) { given.length ? super(...given) : super(Real.now() + skewMs); }
    static now() { return Real.now() + skewMs; }
  };
})();
"""


@pytest.mark.parametrize("minutes", [10, -10])
def test_silence_begins_at_once_in_a_browser_whose_clock_is_wrong(site: Site, browser: Browser, minutes: int) -> None:
    site.rule(name="CPU")
    _raise_alerts(site, {"pay-1": "Payments"})
    page = site.open(browser, "/silences")
    page.add_init_script(SKEWED % (minutes * 60_000))
    page.goto(f"{site.address}/silences/new")
    assert abs(page.evaluate("Date.now()") - SystemClock().now_ms() - minutes * 60_000) < 60_000
    page.get_by_role("combobox", name="Value").fill("pay-*")
    expect(page.get_by_test_id("silence-preview")).to_contain_text("1 active alert")
    page.get_by_role("button", name="1h", exact=True).click()
    comment = f"clock {minutes}"
    page.locator('[name="comment"]').fill(comment)
    page.get_by_role("button", name="Create silence").click()
    expect(page.get_by_test_id("silences").locator("> li")).to_contain_text(comment)
    expect(page.get_by_test_id("silences").locator("> li")).to_contain_text(re.compile(r"ends in (5\d min|1 hr)\."))
    now_ms = SystemClock().now_ms()
    [stored] = [one for one in silence_store.load_all(site.redis)[1] if one.comment == comment]

    assert now_ms - 480_000 < stored.starts_at_ms <= now_ms and "active" == stored.state(now_ms)
    assert 3_600_000 == stored.ends_at_ms - stored.starts_at_ms
    page.goto(f"{site.address}/")
    # Its age is counted from the server's time: seconds, or as many minutes as this test has taken, and not ten more.
    expect(page.get_by_text(re.compile(r"^(\d+ sec|[1-8] min)\. ago$")).first).to_be_visible()
