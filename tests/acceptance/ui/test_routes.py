"""The page Routes in a real browser: a tree is built, tried, saved, changed by two at once, and undone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from shared.model import route_tree
from shared.redis import keys
from shared.store import route_store
from tests.support.site import Site, problems, violations

TREE = {
    "route": {
        "channels": ["web"],
        "routes": [
            {"name": "audit", "channels": ["webhook"], "continue": True},
            {"name": "databases", "matchers": ['team=~"db|data"', 'severity!="info"'], "channels": ["dashboard"]},
        ],
    }
}
WORDS = {
    "en": {"edit": "Edit: databases", "name": "Name", "labels": "Labels", "test": "Test", "taken": "takes the alert"},
    "ko": {
        "edit": "편집: databases",
        "name": "이름",
        "labels": "레이블",
        "test": "테스트",
        "taken": "이 라우트로 갑니다",
    },
}


@pytest.fixture(autouse=True)
def _no_routes(site: Site) -> Iterator[None]:
    site.redis.delete(keys.routes())
    yield
    site.redis.delete(keys.routes())


def _type(page: Page, label: str, *texts: str) -> None:
    field = page.get_by_role("combobox", name=label, exact=True)
    for text in texts:
        field.fill(text)
        page.keyboard.press("Enter")
    page.keyboard.press("Escape")


def _test(page: Page, labels: str, button: str, *texts: str) -> None:
    _type(page, labels, *texts)
    page.get_by_role("button", name=button, exact=True).click()


def _places(page: Page) -> list[str]:
    return (
        page.get_by_test_id("routes-tree")
        .locator("li[data-place]")
        .evaluate_all("all => all.map(li => li.dataset.place)")
    )


def _more(page: Page, title: str, item: str) -> None:
    page.get_by_role("button", name=f"More for {title}").click()
    page.get_by_role("menuitem", name=item, exact=True).click()


def test_tree_is_built_tried_as_a_draft_and_put_in_force(site: Site, browser: Browser) -> None:
    page = site.open(browser, "/routes")
    page.get_by_role("button", name="Create the first route").click()
    channels = page.get_by_role("combobox", name="Channels", exact=True)
    channels.press("ArrowDown")
    page.get_by_role("option", name="web", exact=True).click()
    page.keyboard.press("Escape")
    page.get_by_label("Name of a time interval").fill("always")
    page.get_by_role("button", name="Add time interval").click()
    _type(page, "Times of day", "00:00-24:00")
    _more(page, "All alerts", "Add a route below")
    page.get_by_role("textbox", name="Name", exact=True).fill("databases")
    _type(page, "Matchers", 'team=~"db|data"', 'severity!="info"')
    channels.press("ArrowDown")
    page.get_by_role("option", name="dashboard").click()
    page.keyboard.press("Escape")
    mutes = page.get_by_role("combobox", name="Mute times", exact=True)
    mutes.press("ArrowDown")
    page.get_by_role("option", name="always").click()
    page.keyboard.press("Escape")
    _test(page, "Labels", "Test", "alertname=Lag", "team=db", "severity=page")
    trial = page.get_by_test_id("routes-trial")
    expect(trial).to_contain_text("dashboard (muted now by always)")
    assert route_store.current(site.redis).tree is None
    page.get_by_role("button", name="Save routes").click()
    expect(page.get_by_test_id("routes-versions")).to_contain_text("Version 1")

    kept = route_store.current(site.redis).tree
    assert kept is not None
    document = route_tree.document(kept)
    assert {"channels": ["web"]}.items() <= document["route"].items()
    assert [
        {
            "name": "databases",
            "matchers": ['team=~"db|data"', 'severity!="info"'],
            "channels": ["dashboard"],
            "mute_times": ["always"],
        }
    ] == document["route"]["routes"]
    assert ([], []) == (violations(page), problems(page))


@pytest.mark.parametrize("language", ["en", "ko"])
def test_tester_says_where_an_alert_goes_and_what_each_matcher_found(
    site: Site, browser: Browser, language: str
) -> None:
    route_store.save(site.redis, route_tree.parse(TREE))
    locale = {"en": "en-US", "ko": "ko-KR"}[language]
    page = site.open(browser, "/routes", name="vera", role="viewer", locale=locale)
    words = WORDS[language]
    _test(page, words["labels"], words["test"], "team=web", "severity=critical")
    trial = page.get_by_test_id("routes-trial")
    misfit = trial.locator("li[data-outcome=misfit]")
    expect(misfit).to_contain_text('team=~"db|data"')
    expect(misfit).to_contain_text('"web"')
    expect(trial.locator("li[data-outcome=taken]")).to_contain_text("audit")
    _test(page, words["labels"], words["test"], "team=db")
    taken = trial.locator("li[data-outcome=taken]")
    expect(taken).to_have_count(2)
    expect(taken.last).to_contain_text(words["taken"])
    expect(trial).to_contain_text("webhook, dashboard")

    assert ([], []) == (violations(page), problems(page))


def test_routes_are_moved_and_removed_and_an_earlier_version_is_restored(site: Site, browser: Browser) -> None:
    route_store.save(site.redis, route_tree.parse(TREE))
    page = site.open(browser, "/routes")
    _more(page, "databases", "Move below the route before it")
    assert ["route", "route.routes.0", "route.routes.0.routes.0"] == _places(page)
    _more(page, "databases", "Move up one level")
    _more(page, "databases", "Move up")
    _more(page, "audit", "Remove")
    page.get_by_role("button", name="Save routes").click()
    versions = page.get_by_test_id("routes-versions")
    expect(versions).to_contain_text("Version 2")
    [left] = route_tree.document(_kept(site))["route"]["routes"]
    page.get_by_role("button", name="Restore version 1").click()
    expect(versions).to_contain_text("restored version 1")
    expect(page.get_by_role("button", name="Edit: audit")).to_be_visible()

    assert "databases" == left["name"]
    assert TREE == route_tree.document(_kept(site))
    page.get_by_role("button", name="Remove all routes").click()
    expect(page.get_by_test_id("empty")).to_contain_text("There are no routes")
    assert [] == problems(page)


def test_what_another_person_saved_is_not_overwritten_unasked(site: Site, browser: Browser) -> None:
    route_store.save(site.redis, route_tree.parse(TREE))
    page = site.open(browser, "/routes")
    page.get_by_role("button", name="Edit: databases").click()
    page.get_by_role("textbox", name="Name", exact=True).fill("mine")
    theirs = {"route": {**TREE["route"], "channels": ["push"]}}
    route_store.save(site.redis, route_tree.parse(theirs))
    page.get_by_role("button", name="Save routes").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("They changed: All alerts")
    assert theirs == route_tree.document(_kept(site))
    dialog.get_by_role("button", name="Continue editing").click()
    expect(page.get_by_role("textbox", name="Name", exact=True)).to_have_value("mine")
    page.get_by_role("button", name="Save routes").click()
    dialog.get_by_role("button", name="Load the saved version").click()
    expect(page.get_by_role("button", name="Edit: databases")).to_be_visible()
    expect(page.get_by_test_id("routes-tree")).to_contain_text("Notifies push")


def test_bad_matcher_is_named_at_its_route_and_nothing_is_changed(site: Site, browser: Browser) -> None:
    route_store.save(site.redis, route_tree.parse(TREE))
    page = site.open(browser, "/routes")
    page.get_by_role("button", name="Edit: audit").click()
    _type(page, "Matchers", 'team=~"("')
    page.get_by_role("button", name="Save routes").click()
    expect(page.get_by_role("alert")).to_contain_text("is not a regular expression of RE2")
    expect(page.locator('li[data-place="route.routes.0"]')).to_contain_text("not accepted")
    assert TREE == route_tree.document(_kept(site))


def test_phone_shows_all_of_it_in_korean(site: Site, browser: Browser) -> None:
    route_store.save(site.redis, route_tree.parse(TREE))
    page = site.open(browser, "/routes", locale="ko-KR", viewport={"width": 360, "height": 740})
    page.get_by_role("button", name=WORDS["ko"]["edit"]).click()
    expect(page.get_by_role("textbox", name=WORDS["ko"]["name"], exact=True)).to_have_value("databases")

    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert [] == violations(page)


def _kept(site: Site) -> route_tree.RouteTree:
    tree = route_store.current(site.redis).tree
    assert tree is not None
    return tree
