"""Imports on the page Routes in a real browser: a file is looked at, put in force, and undone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from shared.model import route_tree
from shared.redis import keys
from shared.store import channel_store, route_store
from tests.support.site import Site, problems, violations

CONFIG = """
route:
  receiver: ops
  group_by: [cluster]
receivers:
- name: ops
  webhook_configs: [{url: 'https://hooks.example.com/geheim', colour: red}]
inhibit_rules:
- {source_matchers: [severity=critical], target_matchers: [severity=warning], equal: [cluster]}
"""
WORDS = {
    "en": {
        "begin": "Import…",
        "choose": "Choose files",
        "look": "Look at it",
        "apply": "Put in force",
        "undo": "Undo",
        "undone": "Undo the import from Alertmanager",
        "replaces": "Replaces the routes in force: version 1 with 1 route.",
        "taken": "taken over",
        "rules": "inhibit rules: 1",
    },
    "ko": {
        "begin": "가져오기…",
        "choose": "파일 선택",
        "look": "미리 보기",
        "apply": "적용",
        "undo": "되돌리기",
        "undone": "Alertmanager 가져오기 되돌리기",
        "replaces": "적용 중인 라우트를 바꿉니다(버전 1, 라우트 1개).",
        "taken": "옮김",
        "rules": "억제 규칙 1개",
    },
}
BEFORE = {"route": {"channels": ["web"]}}


@pytest.fixture(autouse=True)
def _nothing_imported(site: Site) -> Iterator[None]:
    site.redis.delete(keys.routes(), keys.imports())
    yield
    site.redis.delete(keys.routes(), keys.imports())


def _press(where: Locator, name: str) -> None:
    where.get_by_role("button", name=name, exact=True).click()


@pytest.mark.parametrize("language", ["en", "ko"])
def test_file_is_looked_at_put_in_force_and_undone(site: Site, browser: Browser, tmp_path: Path, language: str) -> None:
    file = tmp_path / "alertmanager.yml"
    file.write_text(CONFIG)
    route_store.save(site.redis, route_tree.parse(BEFORE))
    words = WORDS[language]
    page = site.open(browser, "/routes", locale={"en": "en-US", "ko": "ko-KR"}[language])
    _press(page.locator("main"), words["begin"])
    dialog = page.get_by_role("dialog")
    with page.expect_file_chooser() as chooser:
        _press(dialog, words["choose"])
    chooser.value.set_files(file)
    _press(dialog, words["look"])
    report = page.get_by_test_id("import-report")
    expect(report).to_contain_text(words["replaces"])
    expect(report).to_contain_text("webhook-ops")
    expect(report).to_contain_text(words["taken"])
    expect(report).to_contain_text(words["rules"])
    expect(report).to_contain_text("colour")
    expect(report).not_to_contain_text("geheim")
    assert 1 == route_store.current(site.redis).version
    assert "webhook-ops" not in channel_store.load_stored(site.redis)
    assert ([], []) == (violations(page), problems(page))

    _press(dialog, words["apply"])
    expect(page.get_by_test_id("imports")).to_contain_text("alertmanager.yml")
    tree = route_store.current(site.redis).tree
    assert tree is not None
    assert [["cluster"]] == [rule.equal for rule in tree.inhibit_rules]
    assert "https://hooks.example.com/geheim" == channel_store.load_stored(site.redis)["webhook-ops"]["url"]

    _press(page.get_by_test_id("imports"), words["undone"])
    _press(page.get_by_role("dialog"), words["undo"])
    expect(page.get_by_test_id("imports")).to_have_count(0)
    after = route_store.current(site.redis).tree
    assert after is not None and BEFORE == route_tree.document(after)
    assert "webhook-ops" not in channel_store.load_stored(site.redis)
    assert ([], []) == (violations(page), problems(page))
