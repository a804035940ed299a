"""The Settings page: users, API keys, sessions, and what those who are no admins are told."""

import urllib.request
from urllib.error import HTTPError

import pytest
from playwright.sync_api import Browser, expect

from shared.redis import access_keys
from tests.support.site import PATIENCE_MS, Site, problems, violations
from tests.support.waiting import PATIENCE_S

"""A start of all processes and Chromium, on a machine that may have much else to do."""
PASSWORD = "correct-horse-battery"


@pytest.fixture(autouse=True)
def _nobody_made(site: Site) -> None:
    site.redis.delete(access_keys.users(), access_keys.api_keys())


def _ask(site: Site, path: str, key: str) -> int:
    request = urllib.request.Request(
        f"{site.address}/api/enhanced-alerts{path}", headers={"Authorization": f"Bearer {key}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code


def test_new_user_signs_in_and_is_told_what_is_for_admins(site: Site, browser: Browser) -> None:
    page = site.open(browser, "/settings?section=users")
    page.get_by_role("button", name="New user").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("dana")
    dialog.get_by_role("button", name="Create").click()
    expect(dialog).to_contain_text("At least 12 characters.")
    dialog.get_by_role("textbox", name="New password").fill(PASSWORD)
    dialog.get_by_role("button", name="Create").click()
    expect(page.get_by_test_id("users")).to_contain_text("dana")

    theirs = browser.new_context(locale="en-US").new_page()
    theirs.set_default_timeout(PATIENCE_MS)
    theirs.goto(f"{site.address}/settings?section=users")
    theirs.get_by_label("Name").fill("dana")
    theirs.get_by_label("Password").fill("not-the-password")
    theirs.get_by_role("button", name="Sign in").click()
    expect(theirs.get_by_role("alert")).to_be_visible()
    theirs.get_by_label("Password").fill(PASSWORD)
    theirs.get_by_role("button", name="Sign in").click()
    expect(theirs.get_by_test_id("admins-only")).to_contain_text("You are signed in as viewer")
    expect(theirs.get_by_role("tab")).to_have_text(["You", "Scraping"])
    refused = theirs.evaluate("fetch('/api/enhanced-alerts/users').then(a => a.status)")
    row = page.get_by_test_id("users").locator("tr[data-user=dana]")
    row.get_by_role("button", name="Change dana").click()
    page.get_by_role("menuitem", name="Disable").click()
    page.get_by_role("dialog").get_by_role("button", name="Disable").click()
    expect(row).to_contain_text("disabled")
    ended = theirs.evaluate("fetch('/api/enhanced-alerts/me').then(a => a.status)")
    theirs.context.close()
    page.goto(f"{site.address}/settings?section=audit")
    expect(page.get_by_test_id("audit").locator("li").first).to_contain_text("user.save")
    page.get_by_label("On what").fill("nobody")
    expect(page.get_by_test_id("empty")).to_contain_text("No change matches these filters")

    assert (403, 401) == (refused, ended)
    assert [] == problems(page)


def test_api_key_is_shown_once_works_and_is_revoked(site: Site, browser: Browser) -> None:
    page = site.open(browser, "/settings?section=keys")
    page.get_by_role("button", name="New API key").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("grafana")
    dialog.get_by_role("combobox", name="Role").click()
    page.get_by_role("option", name="Viewer").click()
    dialog.get_by_role("button", name="Create").click()
    key = page.get_by_test_id("new-key").inner_text()
    before = _ask(site, "/status", key)
    page.get_by_role("button", name="I have copied it").click()
    row = page.get_by_test_id("api-keys").locator("tr[data-key=grafana]")
    expect(row).to_contain_text("Viewer")
    expect(page.get_by_text(key)).to_have_count(0)
    row.get_by_role("button", name="Revoke grafana").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(row).to_have_count(0)

    assert (200, 401) == (before, _ask(site, "/status", key))
    assert [] == problems(page)


def test_another_session_is_ended(site: Site, browser: Browser) -> None:
    other = site.open(browser, name="mina", role="operator")
    page = site.open(browser, "/settings", name="mina", role="operator")
    sessions = page.get_by_test_id("sessions").locator("tbody tr")
    expect(sessions).to_have_count(2)
    page.get_by_test_id("sessions").locator("tr:not([data-current])").get_by_role("button", name="End").click()
    page.get_by_role("dialog").get_by_role("button", name="End").click()
    expect(sessions).to_have_count(1)
    expect(page.get_by_test_id("connection")).to_have_text("Live")

    assert 401 == other.evaluate("fetch('/api/enhanced-alerts/me').then(a => a.status)")
    assert [] == problems(page)


def test_backup_is_downloaded(site: Site, browser: Browser) -> None:
    page = site.open(browser, "/settings?section=backup")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download a backup").click()

    assert "enhanced-alerts.json.gz" == download.value.suggested_filename
    assert download.value.path().stat().st_size > 100


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_violation_and_no_overflow_on_a_phone(site: Site, browser: Browser, scheme: str) -> None:
    page = site.open(browser, locale="ko-KR", color_scheme=scheme, viewport={"width": 360, "height": 740})
    found, widths = [], []
    for section, heading in (
        ("me", "로그인 목록"),
        ("users", "사용자"),
        ("keys", "API 키"),
        ("audit", "감사 기록"),
        ("backup", "백업"),
    ):
        page.goto(f"{site.address}/settings?section={section}")
        expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
        expect(page.get_by_role("status", name="불러오는 중")).to_have_count(0)
        found += violations(page)
        widths.append(page.evaluate("document.documentElement.scrollWidth"))

    assert [] == found
    assert max(widths) <= 360
