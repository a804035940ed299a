"""The Trends page: a planted year is named, alerting is told by month, and the address holds the choice."""

import re
from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser, expect

from archive.opening import open_archive
from tests.support import synthetic_year, trends_site
from tests.support.site import Site, problems, violations
from tests.support.trends_site import METRIC, PLUGIN

LIMIT = 100 * synthetic_year.first_level(trends_site.SEED)


@pytest.fixture(scope="module", autouse=True)
def _planted(running: Site) -> Iterator[None]:
    with closing(open_archive(running.folder / "archive.db")) as archive:
        trends_site.plant_year(archive, "growth", "change", "season")
        trends_site.plant_alerts(archive)
    return


def test_trend_of_a_metric_is_chosen_and_shown(site: Site, browser: Browser) -> None:
    site.say(PLUGIN, "Shop", **{METRIC: 55.0})
    page = site.open(browser, "/trends")
    expect(page.get_by_test_id("empty")).to_contain_text("Choose a plugin and a metric")
    page.get_by_role("combobox", name="Plugin").click()
    page.get_by_role("option", name=f"Shop ({PLUGIN})").click()
    page.get_by_role("combobox", name="Metric").click()
    page.get_by_role("option", name=METRIC).click()
    findings = page.get_by_label("Findings")
    expect(findings).to_contain_text("a week")
    expect(findings).to_contain_text("daily · weekly")
    expect(findings).to_contain_text("level ")
    expect(page).to_have_url(re.compile(f"plugin={PLUGIN}&metric={METRIC}"))
    expect(page.get_by_test_id("chart").locator("canvas")).to_be_visible()
    expect(page.get_by_role("table", name="Usual week").locator("td[data-level='5']").first).to_be_visible()
    expect(page.get_by_role("table", name="Percentiles by month").locator("tbody tr").first).to_contain_text("%")
    weeks = page.get_by_role("table", name="Week over week").locator("tbody tr")
    expect(weeks).to_have_count(8)
    page.get_by_role("button", name=re.compile("Show all 5")).click()
    expect(weeks.nth(40)).to_be_visible()

    page.get_by_label("Limit", exact=True).fill(str(LIMIT))
    page.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile("limit="))
    expect(findings).to_contain_text("is further ahead than")

    again = site.open(browser, page.url.removeprefix(site.address), role="viewer", name="lee")
    expect(again.get_by_label("Findings")).to_contain_text("is further ahead than")
    assert [] == problems(page)


def test_what_has_no_history_is_named(site: Site, browser: Browser) -> None:
    page = site.open(browser, f"/trends?plugin=nobody&metric={METRIC}")

    expect(page.get_by_text(re.compile("The archive has no whole hour of disk_usage of nobody"))).to_be_visible()


def test_alerting_is_told_by_month_and_of_one_team(site: Site, browser: Browser) -> None:
    page = site.open(browser, "/trends?view=alerting&months=6")
    everything = page.get_by_role("table", name="All alerting")
    # Months before the first alert are unknown, not empty.
    expect(everything.locator("tbody tr")).to_have_count(4)
    expect(everything.locator("tbody tr").nth(1)).to_contain_text("50 %")
    teams = page.get_by_role("table", name="By team")
    expect(teams).to_contain_text("without a team")
    page.get_by_role("combobox", name="One team").click()
    page.get_by_role("option", name="web", exact=True).click()
    expect(page).to_have_url(re.compile("of=teams&name=web"))
    web = page.get_by_role("table", name="web").locator("tbody tr").nth(1)
    expect(web).to_contain_text("10m")
    page.get_by_role("radiogroup", name="By").get_by_text("Rules", exact=True).click()
    expect(page.get_by_role("table", name="By rule")).to_contain_text("Rule night")

    assert [] == problems(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", [f"/trends?plugin={PLUGIN}&metric={METRIC}", "/trends?view=alerting"])
def test_no_serious_violation_and_no_overflow_on_a_phone(site: Site, browser: Browser, scheme: str, path: str) -> None:
    page = site.open(browser, path, locale="ko-KR", color_scheme=scheme, viewport={"width": 360, "height": 740})
    shown = page.get_by_role("table", name="전체 알림" if "alerting" in path else "월별 백분위수")
    expect(shown).to_be_visible()

    assert [] == violations(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
