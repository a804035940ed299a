"""The search page: words and filters in the address, further pages, a file, by keys alone and on a phone."""

import csv
import io

import pytest
from msgspec import Raw
from playwright.sync_api import Browser, expect

from archive.opening import open_archive
from shared.clock import SystemClock
from shared.model.alerts import TimelineEntry
from shared.model.encoding import encode
from shared.model.records import AlertChanged
from tests.support.factories import an_alert
from tests.support.kept_records import Recording
from tests.support.site import Site, problems, violations

MINUTE_MS = 60_000
COUNT = 70


@pytest.fixture(scope="module", autouse=True)
def _kept(running: Site) -> None:
    """Seventy alerts in the archive, as a recorder keeps them."""
    archive = open_archive(running.folder / "archive.db")
    now_ms = SystemClock().now_ms()
    changes = []
    for n in range(COUNT):
        at_ms = now_ms - n * MINUTE_MS
        alert = an_alert(
            "resolved",
            id=f"alert-{n}",
            rule_id="disk" if n == 5 else "cpu",
            rule_name="디스크 공간 부족" if n == 5 else "CPU 높음",
            plugin_name=f"서버 {n}",
            severity="critical" if n % 10 == 5 else "warning",
            acknowledged_by="kim" if n == 5 else "",
            acknowledged_by_principal="user:kim" if n == 5 else "",
            labels={"team": "web" if n % 2 else "db"},
            started_at_ms=at_ms,
            updated_at_ms=at_ms,
            resolved_at_ms=at_ms + 90 * MINUTE_MS,
            version=1,
        )
        line = encode(TimelineEntry(at_ms=at_ms, kind="resolved"))
        changes.append(AlertChanged(alert=Raw(encode(alert)), line=Raw(line)))
    Recording(archive).add(*reversed(changes))
    archive.close()


def test_words_and_filters_are_in_the_address(site: Site, browser: Browser) -> None:
    page = site.open(browser, "/search")
    hits = page.get_by_test_id("hits").locator("> li")
    expect(hits).to_have_count(50)
    page.get_by_role("button", name="Search further back").click()
    expect(hits).to_have_count(COUNT)
    page.keyboard.press("/")
    page.keyboard.type("디스크")
    page.keyboard.press("Enter")
    expect(hits).to_have_count(1)
    expect(hits).to_contain_text("acknowledged by kim")
    page.get_by_role("combobox", name="Severity").press("ArrowDown")
    page.get_by_role("option", name="Critical").click()
    page.keyboard.press("Escape")
    page.get_by_role("combobox", name="Person").fill("user:kim")
    page.keyboard.press("Enter")
    page.get_by_label("Lasted at least (minutes)").fill("60")
    page.get_by_role("search").get_by_role("button", name="Search", exact=True).click()
    expect(hits).to_have_count(1)
    address = page.url
    page.goto(f"{site.address}/search?severity=critical&label=team%3Dweb&max_minutes=90")
    expect(hits).to_have_count(7)
    page.goto(address)
    expect(hits).to_have_count(1)
    expect(page.get_by_role("searchbox", name="Words")).to_have_value("디스크")

    assert all(part in address for part in ("severity=critical", "person=user%3Akim", "min_minutes=60"))
    assert [] == problems(page)


def test_all_that_is_found_is_one_file(site: Site, browser: Browser) -> None:
    page = site.open(browser, "/search?q=높음")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text("utf-8-sig"))))

    assert COUNT - 1 == len(rows)
    assert ("alert-0", "CPU 높음") == (rows[0]["id"], rows[0]["rule_name"])


def test_a_query_that_cannot_be_searched_says_why(site: Site, browser: Browser) -> None:
    page = site.open(browser, "/search?q=a")
    expect(page.get_by_role("alert")).to_contain_text("a word needs 2 characters")
    page.get_by_role("button", name="Clear").last.click()
    expect(page.get_by_test_id("hits").locator("> li")).to_have_count(50)


def test_a_phone_shows_all_of_it_in_korean(site: Site, browser: Browser) -> None:
    page = site.open(browser, "/search?q=없는말", locale="ko-KR", viewport={"width": 360, "height": 740})
    expect(page.get_by_test_id("empty")).to_contain_text("찾은 알림이 없습니다")
    page.goto(f"{site.address}/search?q=높음")
    expect(page.get_by_test_id("hits").locator("> li")).to_have_count(50)

    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert [] == violations(page)
