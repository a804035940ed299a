"""Charts reach back beyond the streams: zoomed and moved by buttons, the mouse and keys."""

import pytest
from playwright.sync_api import Browser, expect

from archive.opening import open_archive
from archive.store import DAY_MS
from shared.clock import SystemClock
from shared.model.events import Event
from shared.model.partitions import partition_of
from tests.support.archived_series import compact, entry, record
from tests.support.site import PARTITIONS, Site, problems, violations


def a_plugin_with_a_past(site: Site, plugin_id: str) -> None:
    """Its archive holds five days, as the recorder writes them; only the last minute is in the stream, too."""
    now_ms = SystemClock().now_ms()
    archive = open_archive(site.folder / "archive.db")
    stream = f"events:{partition_of(plugin_id, PARTITIONS)}"
    begin_ms = now_ms - 5 * DAY_MS
    # Three hours are missing.
    times = [begin_ms + n * 60_000 for n in range(5 * 1_440 - 5) if not 1_000 < n < 1_180]
    record(archive, [entry(at_ms, plugin_id, cpu=7.0 if n == 500 else 40.0) for n, at_ms in enumerate(times)], stream)
    compact(archive, stream)
    archive.close()
    site.rule()
    for n in range(20):
        site.publish(Event(plugin_id, at_ms=now_ms - (20 - n) * 1_000, metrics={"cpu": 50.0}))


@pytest.mark.parametrize(
    ("language", "back", "lowest"), [("en-US", "Earlier", "lowest 7"), ("ko-KR", "이전 구간", "최저 7")]
)
def test_chart_reaches_back_beyond_the_stream(
    site: Site, browser: Browser, language: str, back: str, lowest: str
) -> None:
    plugin_id = f"old-{language}"
    a_plugin_with_a_past(site, plugin_id)
    page = site.open(browser, f"/plugins?plugin={plugin_id}", locale=language)
    drawer = page.get_by_role("dialog")
    chart, shown = drawer.get_by_test_id("chart"), drawer.get_by_test_id("shown")
    expect(chart).to_contain_text("50")
    expect(chart).not_to_contain_text(lowest)
    drawer.get_by_role("button", name="7d" if language == "en-US" else "7일").click()
    expect(chart).to_contain_text(lowest)
    expect(shown).to_contain_text("mean" if language == "en-US" else "평균")
    first = shown.inner_text()
    drawer.get_by_role("button", name=back).click()
    expect(shown).not_to_have_text(first)
    chart.press("0")
    expect(chart).not_to_contain_text(lowest)

    assert [] == violations(page)
    assert [] == problems(page)


def test_span_is_chosen_with_the_mouse_and_the_keyboard(site: Site, browser: Browser) -> None:
    a_plugin_with_a_past(site, "old-mouse")
    page = site.open(browser, "/plugins?plugin=old-mouse")
    drawer = page.get_by_role("dialog")
    chart, shown = drawer.get_by_test_id("chart"), drawer.get_by_test_id("shown")
    drawer.get_by_role("button", name="7d").click()
    expect(chart).to_contain_text("lowest 7")
    box = chart.locator(".u-over").bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    spans = [shown.inner_text()]

    def changed() -> None:
        expect(shown).not_to_have_text(spans[-1])
        spans.append(shown.inner_text())

    # Its last third: the lowest value came before.
    page.mouse.move(box["x"] + box["width"] * 0.7, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.95, middle, steps=5)
    page.mouse.up()
    changed()
    expect(chart).not_to_contain_text("lowest 7")
    page.keyboard.down("Control")
    page.mouse.wheel(0, 120)
    page.keyboard.up("Control")
    changed()
    for key in ("+", "ArrowLeft", "-", "ArrowRight"):
        chart.press(key)
        changed()
    page.mouse.dblclick(box["x"] + box["width"] / 2, middle)
    changed()

    assert len(spans) == len(set(spans))
    assert [] == problems(page)
