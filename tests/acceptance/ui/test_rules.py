"""Rules on the dashboard: made, seen to fire, changed by two, brought in and taken out as a file."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from shared.redis import keys
from shared.store import rule_store
from tests.support.site import Site, problems, violations
from tests.support.waiting import until


def _fill_new_rule(page: Page) -> None:
    page.get_by_label("Name", exact=False).first.fill("CPU too high")
    page.get_by_role("combobox", name="Metric").click()
    page.get_by_role("option", name="cpu", exact=True).click()
    page.get_by_role("textbox", name="Threshold").fill("80")


def test_rule_made_in_the_form_fires_on_the_board(site: Site, browser: Browser) -> None:
    site.say("pay-1", "Payments", cpu=20)
    until(lambda: site.redis.hexists(keys.plugins(), "pay-1"), "the plugin is known, with its metrics")
    page = site.open(browser, "/rules")
    expect(page.get_by_test_id("empty")).to_contain_text("There are no rules yet")
    page.get_by_role("link", name="New rule").first.click()
    _fill_new_rule(page)
    preview = page.get_by_test_id("rule-preview")
    expect(preview).to_contain_text("When cpu > 80 on any plugin, the alert fires (warning)")
    expect(preview).to_contain_text("모든 플러그인에서")
    expect(preview).to_contain_text("Covers 1 known plugin")
    expect(preview.get_by_test_id("would-fire")).to_contain_text("Would not have fired")
    expect(preview.locator("canvas")).to_be_visible()
    page.get_by_role("button", name="Create rule").click()
    expect(page.get_by_role("row", name="CPU too high")).to_contain_text("cpu > 80")
    site.say("pay-1", "Payments", cpu=95)
    page.get_by_role("link", name="Live board").click()
    expect(page.get_by_role("link", name="CPU too high").first).to_be_visible()

    # What is half written is refused by the preview; the browser reports that as an error.
    assert [] == [one for one in problems(page) if "422" not in one]


def test_form_says_what_is_wrong_at_the_field(site: Site, browser: Browser) -> None:
    page = site.open(browser, "/rules/new")
    page.get_by_role("button", name="Create rule").click()
    expect(page.locator('[name="name"]')).to_have_attribute("aria-invalid", "true")
    page.locator('[name="name"]').fill("CPU")
    expect(page.get_by_role("combobox", name="Metric")).to_have_attribute("aria-invalid", "true")
    expect(page.locator('[name="condition.threshold"]')).to_have_attribute("aria-invalid", "true")

    assert [] == rule_store.load_all(site.redis)[1]


def test_two_who_change_a_rule_hear_of_each_other(site: Site, browser: Browser) -> None:
    stored = site.rule(name="CPU", source="file:host.toml")
    page = site.open(browser, f"/rules/{stored.id}")
    expect(page.get_by_test_id("from-file")).to_contain_text("file:host.toml")
    page.locator('[name="name"]').fill("Mine")
    rule_store.save(site.redis, stored.model_copy(update={"severity": "critical"}))
    page.get_by_role("button", name="Save").click()
    dialog = page.get_by_role("dialog", name="Someone else has changed it")
    expect(dialog).to_contain_text("They changed: Severity")
    dialog.get_by_role("button", name="Load the saved version").click()
    expect(page.locator('[name="name"]')).to_have_value("CPU")
    expect(page.locator('[name="severity"]')).to_have_value("critical")
    page.locator('[name="name"]').fill("Mine")
    rule_store.save(site.redis, stored.model_copy(update={"severity": "error"}))
    page.get_by_role("button", name="Save").click()
    dialog.get_by_role("button", name="Overwrite with mine").click()
    row = page.get_by_role("row", name="Mine")
    expect(row).to_contain_text("Critical")
    expect(row).to_contain_text("file:host.toml, edited")

    assert "Mine" == rule_store.get(site.redis, stored.id).name


def test_rule_is_switched_off_and_deleted_knowing_of_its_alerts(site: Site, browser: Browser) -> None:
    site.rule(name="CPU")
    page = site.open(browser, "/rules")
    site.say(cpu=95)
    row = page.get_by_role("row", name="CPU")
    expect(row).to_contain_text("1 open")
    row.get_by_role("switch").click(force=True)
    dialog = page.get_by_role("dialog", name="Switch off")
    expect(dialog).to_contain_text("Its open alert is resolved at once")
    dialog.get_by_role("button", name="Switch off").click()
    expect(row.get_by_role("switch")).not_to_be_checked()
    expect(row).not_to_contain_text("1 open")
    row.get_by_role("button", name="More: CPU").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete rule").click()
    expect(page.get_by_test_id("empty")).to_be_visible()

    assert [] == rule_store.load_all(site.redis)[1]


def test_rules_leave_and_come_back_as_a_file(site: Site, browser: Browser, tmp_path: Path) -> None:
    site.rule(id="stays", name="Stays")
    site.rule(id="goes", name="Goes")
    page = site.open(browser, "/rules")
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="JSON").click()
    file = tmp_path / "rules.json"
    download.value.save_as(file)
    assert {"stays", "goes"} == {one["id"] for one in _rules_of(file)}
    rule_store.delete(site.redis, "goes")
    page.get_by_role("button", name="Import").click()
    page.locator('input[type="file"]').set_input_files(file)
    page.get_by_role("button", name="See what would change").click()
    expect(page.get_by_test_id("import-changes")).to_contain_text("1 would be added")
    expect(page.get_by_test_id("import-changes")).to_contain_text("1 stays the same")
    page.get_by_role("button", name="Apply 1 change").click()
    # The page may not have heard yet that it was gone.
    until(lambda: [rule.id for rule in rule_store.load_all(site.redis)[1]] == ["goes", "stays"], "it is back")
    expect(page.get_by_role("row", name="Goes")).to_be_visible()


def _rules_of(file: Path) -> list[dict[str, object]]:
    read = json.loads(file.read_text("utf-8"))
    return list(read if isinstance(read, list) else read["rule"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_rules_are_readable_for_all(site: Site, browser: Browser, scheme: str) -> None:
    site.rule(name="CPU", severity="critical", source="file:host.toml")
    site.say(cpu=20)
    page = site.open(browser, "/rules", color_scheme=scheme)
    expect(page.get_by_role("row", name="CPU")).to_be_visible()
    found = violations(page)
    page.get_by_role("link", name="CPU", exact=True).click()
    expect(page.get_by_test_id("rule-preview")).to_contain_text("When cpu > 80")
    expect(page.get_by_test_id("rule-preview").get_by_test_id("would-fire")).to_be_visible()

    assert [] == found + violations(page)
