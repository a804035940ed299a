"""What surrounds the pages: every section by its address, the sign-in page, language and darkness."""

from typing import Literal

import pytest
from playwright.sync_api import Browser, expect

from api.routes import pages
from tests.support.site import PATIENCE_MS, Site, problems, violations

Scheme = Literal["light", "dark"]


def test_every_section_opens_by_its_address(site: Site, browser: Browser) -> None:
    page = site.open(browser)
    for section in pages.SECTIONS:
        page.goto(f"{site.address}/{section}")
        expect(page.get_by_role("heading", level=2)).to_have_text(section.capitalize())
        expect(page.get_by_role("link", name=section.capitalize())).to_have_attribute("aria-current", "page")

    assert [] == problems(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_stranger_sees_how_to_sign_in(site: Site, browser: Browser, scheme: Scheme) -> None:
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    answer = page.goto(site.address)

    assert answer is not None and 401 == answer.status
    expect(page.locator("main")).to_contain_text("enhanced-alerts token --link")
    expect(page.locator("main")).to_contain_text("로그인")
    assert [] == violations(page)
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_empty_board_has_no_serious_violation(site: Site, browser: Browser, scheme: str) -> None:
    page = site.open(browser, locale="ko-KR", color_scheme=scheme)
    expect(page.get_by_test_id("connection")).to_have_text("실시간")
    expect(page.get_by_test_id("empty")).to_be_visible()

    assert [] == violations(page)
