"""The report of a month: it is shown, the address holds the month, and it prints on white A4 without the navigation."""

import re
from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser, Page, expect

from archive.opening import open_archive
from insight import questions
from shared.redis import report_keys
from shared.store import channel_store, report_store
from tests.support import trends_site
from tests.support.site import Site, problems, violations
from tests.support.trends_site import METRIC, PLUGIN, last_month

A4_PT = b"/MediaBox [0 0 594.95996 841.91998]"


@pytest.fixture(scope="module", autouse=True)
def _planted(running: Site) -> Iterator[None]:
    with closing(open_archive(running.folder / "archive.db")) as archive:
        trends_site.plant_year(archive, "growth")
        trends_site.plant_alerts(archive)
    return


def opened(site: Site, browser: Browser, path: str = "/trends?view=report", **options: object) -> Page:
    page = site.open(browser, path, timezone_id="UTC", **options)
    expect(page.get_by_test_id("report")).to_be_visible()
    return page


def test_last_month_is_shown_beside_the_one_before(site: Site, browser: Browser) -> None:
    page = site.open(browser, "/trends")
    page.get_by_role("radiogroup", name="View").get_by_text("Report", exact=True).click()
    sheet = page.get_by_test_id("report")
    expect(sheet).to_contain_text("Report of")
    figures = sheet.locator("dl", has_text="MTTA")
    expect(figures).to_contain_text("50 %")
    expect(figures).to_contain_text("before: 2")
    rules = sheet.get_by_role("table", name="Rules", exact=True)
    expect(rules.locator("tbody tr")).to_have_count(2)
    expect(rules).to_contain_text("Rule night")
    expect(sheet.get_by_role("table", name="Noisiest rules")).not_to_contain_text("Rule day")
    expect(sheet.get_by_role("table", name="Teams")).to_contain_text("without a team")
    expect(sheet).to_contain_text(f"{PLUGIN} {METRIC}")
    expect(sheet).to_contain_text("a week")
    assert [] == problems(page)


def test_another_month_is_chosen_and_stays_in_the_address(site: Site, browser: Browser) -> None:
    page = opened(site, browser)
    page.get_by_role("combobox", name="Month").click()
    page.get_by_role("option").nth(0).click()
    expect(page.get_by_text("This month is not over.")).to_be_visible()
    expect(page).to_have_url(re.compile("view=report&month="))

    before = questions.last_month(trends_site.month_ms(1), "UTC")
    again = opened(site, browser, f"/trends?view=report&month={before}", role="viewer", name="lee")
    expect(again.get_by_role("table", name="Rules", exact=True)).to_contain_text("Rule day")
    assert [] == problems(page)


def test_what_was_before_the_archive_is_called_unknown(site: Site, browser: Browser) -> None:
    page = opened(site, browser, "/trends?view=report&month=2024-01")

    expect(page.get_by_text("What the archive does not know")).to_be_visible()
    expect(page.get_by_text(re.compile("It has alerts since"))).to_be_visible()


@pytest.mark.parametrize("locale", ["en-GB", "ko-KR"])
def test_paper_has_the_report_and_no_navigation(site: Site, browser: Browser, locale: str) -> None:
    page = opened(site, browser, locale=locale, color_scheme="dark")
    page.emulate_media(media="print")
    sheet = page.get_by_test_id("report")

    expect(page.locator("nav")).to_be_hidden()
    expect(page.locator("header")).to_be_hidden()
    expect(page.get_by_role("radiogroup")).to_be_hidden()
    expect(page.get_by_role("button", name="Print" if locale == "en-GB" else "인쇄")).to_be_hidden()
    assert "rgb(255, 255, 255)" == page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert "rgb(0, 0, 0)" == sheet.locator("td").first.evaluate("one => getComputedStyle(one).color")
    assert "avoid" == sheet.locator("tr").first.evaluate("one => getComputedStyle(one).breakInside")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    pdf = page.pdf(prefer_css_page_size=True)
    assert A4_PT in pdf
    assert 1 <= len(re.findall(rb"/Type /Page\b", pdf)) <= 2


WORDS = {
    "en-GB": ("Mailing", "E-mail channel", "Recipients", "Day of the month", "Language", "Save", "Send now"),
    "ko-KR": ("메일 발송", "이메일 채널", "받는 사람", "매월 날짜", "언어", "저장", "지금 보내기"),
}


@pytest.mark.parametrize("locale", WORDS)
def test_admin_has_the_report_mailed_each_month_and_now(site: Site, browser: Browser, locale: str) -> None:
    mailing, channel, recipients, day, language, save, send = WORDS[locale]
    redis = site.redis
    redis.delete(report_keys.report_schedule(), report_keys.report_mails())
    mail = {"smtp_server": "localhost", "from_email": "a@example.com", "to_emails": ["ops@example.com"]}
    channel_store.save(redis, "email-team", mail)
    page = opened(site, browser, locale=locale)
    page.get_by_role("button", name=mailing).click()
    form = page.get_by_role("dialog")
    form.get_by_role("combobox", name=channel).click()
    page.get_by_role("option", name="email-team").click()
    form.get_by_role("textbox", name=recipients).or_(form.get_by_role("combobox", name=recipients)).fill("no address")
    page.keyboard.press("Enter")
    expect(form.get_by_role("button", name=send)).to_be_disabled()
    form.get_by_role("button", name=save).click()
    expect(form.locator(".mantine-TagsInput-error")).to_be_visible()
    assert 0 == report_store.current(redis).version

    form.get_by_role("textbox", name=recipients).or_(form.get_by_role("combobox", name=recipients)).focus()
    for _ in ("address", "no"):
        page.keyboard.press("Backspace")
    page.keyboard.type("lead@example.com,kim@bücher.example,")
    form.get_by_role("textbox", name=day).fill("5")
    form.get_by_role("combobox", name=language).click()
    page.get_by_role("option", name="한국어").click()
    form.get_by_role("button", name=save).click()
    expect(form).to_be_hidden()

    saved = report_store.current(redis)
    assert saved.schedule is not None
    assert ("email-team", 5, "ko", True) == (
        *(saved.schedule.channel, saved.schedule.day),
        *(saved.schedule.language, saved.schedule.enabled),
    )
    assert ["lead@example.com", "kim@bücher.example"] == saved.schedule.recipients
    assert ("admin", "link:admin") == (saved.by, saved.by_principal)
    assert "UTC" == saved.schedule.timezone

    page.get_by_role("button", name=mailing).click()
    expect(form.get_by_text("lead@example.com")).to_be_visible()
    form.get_by_role("button", name=send).click()
    expect(form.get_by_test_id("report-mails").locator("tr")).to_have_count(1)
    assert {last_month(): "due"} == {month: one.status for month, one in report_store.mails(redis).items()}
    assert [] == violations(page)


def test_mailing_is_for_admins(site: Site, browser: Browser) -> None:
    page = opened(site, browser, role="operator", name="lee")

    expect(page.get_by_role("button", name="Print")).to_be_visible()
    expect(page.get_by_role("button", name="Mailing")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_violation_and_no_overflow_on_a_phone(site: Site, browser: Browser, scheme: str) -> None:
    page = opened(site, browser, locale="ko-KR", color_scheme=scheme, viewport={"width": 360, "height": 740})

    assert [] == violations(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
