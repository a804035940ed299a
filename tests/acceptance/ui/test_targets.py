"""Scrape jobs in a real browser: an admin makes one, and everyone sees how its targets do."""

import pytest
from playwright.sync_api import Browser, expect

from shared.model import reasons, scrapes
from shared.model.scrapes import TargetState
from shared.store import scrape_store
from tests.support.site import Site, problems, violations
from tests.support.waiting import until


@pytest.mark.parametrize("language", ["en", "ko"])
def test_job_is_made_on_the_page_and_its_targets_show_how_they_do(site: Site, browser: Browser, language: str) -> None:
    page = site.open(browser, "/settings?section=targets", locale={"en": "en-US", "ko": "ko-KR"}[language])
    words = {
        "en": ("New scrape job", "Name", "Addresses", "Password", "User name", "Save", "did not send its page"),
        "ko": ("스크레이프 작업 추가", "이름", "주소", "비밀번호", "사용자 이름", "저장", "페이지를 다 보내지 않음"),
    }[language]
    create, name, addresses, password, user, save, why = words
    page.get_by_role("button", name=create).first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(name, exact=True).fill("node")
    dialog.locator("label", has_text=addresses).click()
    page.keyboard.type("web-1:9100,web-2:9100,")
    dialog.get_by_label(user, exact=True).fill("kim")
    dialog.get_by_label(password, exact=True).fill("top-secret")
    assert [] == violations(page)
    dialog.get_by_role("button", name=save).click()
    [job] = until(lambda: scrape_store.load_all(site.redis), "the job is stored")
    first, second = sorted(scrapes.targets_of([job], []), key=lambda target: target.url)
    down = TargetState(at_ms=1, up=False, error=reasons.of("scrape.too_slow", limit_s=10.0))
    scrape_store.report(site.redis, first.id, TargetState(at_ms=1, up=True, samples=500, duration_ms=12))
    scrape_store.report(site.redis, second.id, down)

    expect(page.get_by_test_id("targets")).to_contain_text(why)
    expect(page.get_by_test_id("targets")).to_contain_text("500")
    assert "top-secret" == job.password.get_secret_value() and "top-secret" not in page.content()
    assert ([], []) == (violations(page), problems(page))
    scrape_store.delete(site.redis, "node")
