"""The System page: the pipeline as it is, and what is wrong with it in words."""

import pytest
from playwright.sync_api import Browser, expect

from shared.redis import keys
from tests.support.processes import wait_ready
from tests.support.site import Site, problems, violations

"""A start of all processes and Chromium, on a machine that may have much else to do."""


def test_pipeline_shows_who_works_and_says_when_an_evaluator_is_killed(site: Site, browser: Browser) -> None:
    site.rule()
    page = site.open(browser, "/system")
    troubles = page.get_by_test_id("troubles")
    expect(page.get_by_test_id("partitions").locator("tbody tr")).to_have_count(8)
    expect(page.get_by_test_id("partitions").locator("tr[data-owned=yes]")).to_have_count(8)
    expect(page.get_by_test_id("node-browsers")).to_contain_text("one connected")
    expect(page.get_by_test_id("processes")).to_contain_text("evaluator")
    expect(troubles).to_have_attribute("data-count", "0")
    site.evaluator.kill()
    expect(troubles).to_contain_text("No evaluator runs: events are kept, but not evaluated.")
    expect(troubles).to_contain_text("enhanced-alerts evaluator")
    expect(page.get_by_test_id("node-evaluators")).to_contain_text("not running")
    expect(page.get_by_test_id("partitions").locator("tr[data-owned=no]")).to_have_count(8)
    site.evaluator.start()
    wait_ready(site.redis, "evaluator")
    expect(troubles).to_have_attribute("data-count", "0")
    expect(page.get_by_test_id("partitions").locator("tr[data-owned=yes]")).to_have_count(8)

    assert [] == problems(page)


def test_dead_letters_are_listed_with_the_reason_for_admins_alone(site: Site, browser: Browser) -> None:
    site.redis.xadd(keys.events(0), {keys.EVENT_FIELD: b"{not json"})
    admin = site.open(browser, "/system")
    viewer = site.open(browser, "/system", name="lee", role="viewer")
    expect(admin.get_by_test_id("dead-letters").locator("tbody tr")).to_have_count(1)
    expect(admin.get_by_test_id("dead-letters")).to_contain_text("{not json")
    expect(admin.get_by_test_id("troubles")).to_contain_text("One event could not be evaluated.")
    expect(viewer.get_by_text("Only admins see the events")).to_be_visible()
    expect(viewer.get_by_test_id("dead-letters")).to_have_count(0)
    site.redis.delete(keys.dead_letters(0))
    expect(admin.get_by_text("Every event could be evaluated")).to_be_visible()

    assert [] == problems(admin)
    assert [] == problems(viewer)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_violation_and_no_overflow_on_a_phone(site: Site, browser: Browser, scheme: str) -> None:
    page = site.open(browser, "/system", locale="ko-KR", color_scheme=scheme, viewport={"width": 360, "height": 740})
    expect(page.get_by_test_id("processes")).to_be_visible()
    expect(page.get_by_test_id("troubles")).to_contain_text("켜져 있는 규칙이 없어")

    assert [] == violations(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
