"""One alert's page: its story, its metric, its rule, and what an operator does there."""

import pytest
from playwright.sync_api import Browser, expect

from shared.clock import SystemClock
from shared.model.alerts import Alert
from shared.model.events import Event
from shared.model.partitions import partition_of
from shared.redis import keys
from tests.support.site import PARTITIONS, Site, problems, violations
from tests.support.waiting import until

INKED = """(box) => {
  const canvas = box.querySelector("canvas");
  if (!canvas || !canvas.width) return false;
  return canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((byte) => byte > 0);
}"""


def a_firing_alert(site: Site) -> Alert:
    """Return an alert with some samples before it, of a plugin that no test had before."""
    rule = site.rule(name="CPU 높음", severity="critical", runbook_url="https://runbook.example.com/cpu")
    now_ms = SystemClock().now_ms()
    for n in range(20):
        at_ms = now_ms - (20 - n) * 1_000
        site.publish(Event(f"pay-{rule.id}", "결제 서버", at_ms=at_ms, metrics={"cpu": 60.0 + n * 2}))
    return until(site.active, "an alert")[0]


def test_story_is_told_and_grows_without_reload(site: Site, browser: Browser) -> None:
    alert = a_firing_alert(site)
    page = site.open(browser, f"/alerts/{alert.id}")
    timeline = page.get_by_test_id("timeline")
    expect(timeline).to_contain_text("Fired")
    expect(timeline).to_contain_text("Delivered · dashboard · firing")
    expect(page.get_by_test_id("sentence")).to_contain_text("cpu > 80")
    expect(page.get_by_role("link", name="Runbook")).to_have_attribute("href", "https://runbook.example.com/cpu")
    expect(page.get_by_text("limit 80").first).to_be_visible()
    chart = page.get_by_test_id("chart")
    expect(chart.locator("canvas")).to_be_visible()
    until(lambda: chart.evaluate(INKED), "the chart is drawn")
    # Only who may act has the key for it, and who that is arrives as well.
    expect(page.get_by_role("button", name="Acknowledge")).to_be_visible()
    page.keyboard.press("a")
    page.get_by_role("dialog").get_by_role("textbox").fill("looking into it")
    page.get_by_role("dialog").get_by_role("button", name="Acknowledge").click()
    expect(timeline).to_contain_text("looking into it")
    expect(page.get_by_test_id("state")).to_have_text("Acknowledged")
    page.get_by_role("textbox", name="Comment", exact=True).fill("메모")
    page.get_by_role("button", name="Add comment").click()
    expect(timeline).to_contain_text("메모")
    page.get_by_role("button", name="Assign").click()
    page.get_by_role("button", name="Assign to me").click()
    expect(page.get_by_role("button", name="For admin")).to_be_visible()
    site.say(alert.plugin_id, "결제 서버", cpu=5)
    expect(page.get_by_test_id("state")).to_have_text("Resolved")
    expect(timeline).to_contain_text("Delivered · web · resolved")

    assert [] == problems(page)


def test_alert_on_a_formula_has_a_chart_of_the_formula(site: Site, browser: Browser) -> None:
    formula = {"kind": "threshold", "formula": "used / size * 100", "operator": ">", "threshold": 80}
    rule = site.rule(condition=formula)
    now_ms = SystemClock().now_ms()
    for n in range(20):
        metrics = {"used": 60.0 + n * 2, "size": 100.0}
        site.publish(Event(f"disk-{rule.id}", at_ms=now_ms - (20 - n) * 1_000, metrics=metrics))
    alert = until(site.active, "an alert")[0]
    page = site.open(browser, f"/alerts/{alert.id}")
    chart = page.get_by_role("group", name="used / size * 100 around the event")
    expect(chart.locator("canvas")).to_be_visible()
    until(lambda: chart.evaluate(INKED), "the chart is drawn")

    expect(page.get_by_text("20 samples, 60 to 98")).to_be_visible()
    assert [] == problems(page)


def test_alert_of_a_fleet_has_a_chart_of_its_group_and_names_who_breaches(site: Site, browser: Browser) -> None:
    each = {"each_operator": "==", "each_threshold": 0.0}
    share = {"kind": "fleet", "metric": "up", "aggregate": "share", "by": ["job"], "operator": ">", "threshold": 30.0}
    rule = site.rule(condition={**share, **each}, name="Many down")
    members = {f"m{n}-{rule.id}": float(n > 1) for n in range(4)}
    site.publish(*(Event(name, metrics={"up": up}, labels={"job": "api"}) for name, up in members.items()))
    alert = until(site.active, "an alert")[0]
    page = site.open(browser, f"/alerts/{alert.id}")
    chart = page.get_by_role("group", name="share(up) around the event")
    expect(chart.locator("canvas")).to_be_visible()
    until(lambda: chart.evaluate(INKED), "the chart is drawn")
    breaching = page.get_by_test_id("breaching")
    expect(breaching).to_contain_text(f"m0-{rule.id}, m1-{rule.id}")
    assert f"fleet:{rule.id}/api" == alert.plugin_id
    breaching.get_by_role("link", name=f"m0-{rule.id}").click()

    expect(page.get_by_role("dialog")).to_contain_text(f"m0-{rule.id}")
    assert [] == problems(page)


def test_silence_from_an_alert_says_how_many_it_hides_and_shows_the_reason(site: Site, browser: Browser) -> None:
    alert = a_firing_alert(site)
    page = site.open(browser, f"/alerts/{alert.id}")
    page.get_by_role("button", name="Silence").click()
    expect(page.get_by_test_id("hidden-count")).to_contain_text("Matches 1 active alert")
    page.get_by_role("dialog").get_by_role("button", name="Silence").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    # What fires again from here on is held back.
    site.say(alert.plugin_id, "결제 서버", cpu=5)
    until(lambda: not site.active(), "resolved")
    site.say(alert.plugin_id, "결제 서버", cpu=99)
    held = until(site.active, "fires again")[0]
    page.goto(f"{site.address}/alerts/{held.id}")

    expect(page.get_by_test_id("held")).to_contain_text("silenced by admin")


def test_samples_that_are_no_longer_kept_are_said_to_be_gone(site: Site, browser: Browser) -> None:
    alert = a_firing_alert(site)
    page = site.open(browser, f"/alerts/{alert.id}")
    expect(page.get_by_test_id("chart")).to_be_visible()
    site.redis.xtrim(keys.events(partition_of(alert.plugin_id, PARTITIONS)), maxlen=0, approximate=False)
    page.reload()

    expect(page.get_by_test_id("no-samples")).to_contain_text("no longer kept")


def test_alert_that_is_not_there_says_so(site: Site, browser: Browser) -> None:
    page = site.open(browser, "/alerts/nowhere", locale="ko-KR")

    expect(page.get_by_role("alert")).to_contain_text("찾을 수 없습니다")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_alert_page_has_no_serious_violation(site: Site, browser: Browser, scheme: str) -> None:
    alert = a_firing_alert(site)
    page = site.open(browser, f"/alerts/{alert.id}", color_scheme=scheme, locale="ko-KR")
    expect(page.get_by_test_id("timeline")).to_contain_text("전송됨")
    expect(page.get_by_test_id("sentence")).to_be_visible()

    assert [] == violations(page)
