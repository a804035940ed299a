"""JSON webhooks on the page: a mapping is drawn from a body that came, and the sender's next body becomes an alert."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from shared.model import body_mapping, external
from shared.model.alerts import Alert
from shared.redis import webhook_keys
from shared.store import alert_store, body_mapping_store, kept_bodies
from tests.support.ingest_doors import Doors, doors_of
from tests.support.real_server import RealServer
from tests.support.site import Site, problems, violations
from tests.support.waiting import PATIENCE_S, until

EVENT = {"id": 7, "status": "PROBLEM", "title": "Disk full", "host": {"name": "web-1"}, "level": "Disaster"}
BODY = {"site": "seoul", "events": [{**EVENT, "tags": [{"key": "team", "value": "db"}]}]}
WORDS: dict[str, dict[str, str]] = {
    "en": {
        "fills": "A click on a value fills", "label": "A new label", "resolved": "Words for resolved",
        "word": "Word", "add": "Add word", "meaning": "Severity of Disaster", "save": "Save", "version": "Version 1",
        "fires": "fires", "refused": "refused", "edit": "Edit shop", "name": "Path: Name",
        "missing": "Alert 1, Name: nothing was found at titel", "path": "cannot be read at character 3",
    },
    "ko": {
        "fills": "값을 누르면 채울 필드", "label": "새 레이블", "resolved": "해결을 뜻하는 값",
        "word": "값", "add": "값 추가", "meaning": "Disaster의 심각도", "save": "저장", "version": "버전 1",
        "fires": "발생", "refused": "거부됨", "edit": "shop 편집", "name": "경로: 이름",
        "missing": "알림 1, 이름: titel 경로에 값이 없음", "path": "3번째 글자부터 읽을 수 없습니다",
    },
}  # fmt: skip
TARGETS = {
    "en": ["List of alerts", "Name", "Plugin", "Severity", "State", "Identity"],
    "ko": ["알림 목록", "이름", "플러그인", "심각도", "상태", "구분 값"],
}
PLACES = [
    *("events", "events[0].title", "events[0].host.name", "events[0].level", "events[0].status", "events[0].id"),
]
"""Where the sample has what fills the targets."""


@pytest.fixture(scope="module")
def ingest(server: RealServer, running: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    """One process a module: the report of a process that has ended looks like a ready one for a while."""
    yield from doors_of(server, running.redis, tmp_path_factory.mktemp("ingest"))


@pytest.fixture
def doors(ingest: Doors, site: Site) -> Doors:
    gone = (webhook_keys.body_mappings(), webhook_keys.last_body("shop"), webhook_keys.unfit_bodies("shop"))
    site.redis.delete(*gone, webhook_keys.unfit_bodies(""))
    return ingest


def post(doors: Doors, body: Any) -> int:
    headers = {"Authorization": f"Bearer {doors.key}"}
    address = f"{doors.url}/webhook/json/shop"
    return requests.post(address, data=json.dumps(body), headers=headers, timeout=PATIENCE_S).status_code


def click(page: Page, path: str) -> None:
    page.get_by_test_id("body-tree").locator(f'button[data-path="{path}"]').click()


def on_board(site: Site) -> list[Alert]:
    """Return the alerts of senders: on a busy machine, the system may have some about itself."""
    return [alert for alert in alert_store.active(site.redis) if alert.rule_id.startswith(external.PREFIX)]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_mapping_is_drawn_from_a_body_that_came_and_makes_alerts_of_the_next(
    site: Site, browser: Browser, doors: Doors, language: str
) -> None:
    words = WORDS[language]
    assert 404 == post(doors, BODY)
    page = site.open(browser, "/settings?section=webhooks", locale={"en": "en-US", "ko": "ko-KR"}[language])
    page.get_by_test_id("kept-bodies").get_by_role("button").click()
    target = page.get_by_label(words["fills"], exact=True)
    for wanted, path in zip(TARGETS[language], PLACES, strict=True):
        target.select_option(label=wanted)
        click(page, path)
    target.select_option(label=words["label"])
    click(page, "events[0].tags[0].value")
    page.get_by_role("combobox", name=words["resolved"], exact=True).fill("OK")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.get_by_label(words["word"], exact=True).fill("Disaster")
    page.get_by_role("button", name=words["add"], exact=True).click()
    page.get_by_label(words["meaning"], exact=True).select_option("emergency")
    trial = page.get_by_test_id("body-trial")
    expect(trial).to_contain_text("Disk full")
    expect(trial).to_contain_text("web-1")
    expect(trial).to_contain_text(words["fires"])
    expect(trial).to_contain_text("team=db")
    assert 0 == body_mapping_store.current(site.redis).version
    assert [] == violations(page)
    page.get_by_role("button", name=words["save"], exact=True).click()
    expect(page.get_by_test_id("webhook-versions")).to_contain_text(words["version"])

    saved = body_mapping_store.current(site.redis).mappings.webhooks["shop"]
    wanted_mapping = {
        "alerts": "events",
        "name": {"path": "title", "default": "Webhook"},
        "plugin": {"path": "host.name"},
        "severity": {"path": "level", "values": {"Disaster": "emergency"}},
        "state": {"path": "status", "resolved": ["OK"]},
        "identity": ["id"],
        "labels": {"team": "tags[?key=='team'].value | [0]"},
    }
    assert body_mapping.parse({"webhooks": {"shop": wanted_mapping}}).webhooks["shop"] == saved
    assert 200 == post(doors, BODY)
    [alert] = until(lambda: on_board(site), "the alert is on the board")
    assert ("Disk full", "web-1", "emergency", "db") == (
        alert.rule_name, alert.plugin_id, alert.severity, alert.labels["team"],
    )  # fmt: skip
    assert 200 == post(doors, {"events": [{"id": 7, "status": "ok"}]})
    until(lambda: not on_board(site), "the alert has ended")
    assert [] == problems(page)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_body_that_did_not_fit_is_shown_with_its_reason_and_mends_the_mapping(
    site: Site, browser: Browser, doors: Doors, language: str
) -> None:
    words = WORDS[language]
    typo = {
        "alerts": "events",
        "name": {"path": "titel", "default": ""},
        "state": {"path": "status", "resolved": ["OK"]},
        "identity": ["id"],
    }
    body_mapping_store.save(site.redis, body_mapping.parse({"webhooks": {"shop": typo}}))
    assert 400 == post(doors, BODY)
    page = site.open(browser, "/settings?section=webhooks", locale={"en": "en-US", "ko": "ko-KR"}[language])
    page.get_by_role("button", name=words["edit"], exact=True).click()
    kept = page.get_by_test_id("kept-bodies")
    expect(kept).to_contain_text(words["refused"])
    expect(kept).to_contain_text(words["missing"])
    expect(page.get_by_test_id("body-trial")).to_contain_text(words["missing"])
    field = page.get_by_label(words["name"], exact=True)
    field.fill("a..b")
    expect(page.get_by_text(words["path"])).to_be_visible()
    field.focus()
    click(page, "events[0].title")
    expect(field).to_have_value("title")
    expect(page.get_by_test_id("body-trial")).to_contain_text("Disk full")
    page.get_by_role("button", name=words["save"], exact=True).click()
    expect(page.get_by_test_id("webhook-versions").locator("tr")).to_have_count(2)

    assert "title" == body_mapping_store.current(site.redis).mappings.webhooks["shop"].name.path
    assert 200 == post(doors, BODY)
    assert "taken" == kept_bodies.read(site.redis, ["shop"])[0].outcome
    until(lambda: on_board(site), "the alert is on the board")
    assert 200 == post(doors, {"events": [{"id": 7, "status": "ok"}]})
    until(lambda: not on_board(site), "the alert has ended")
    assert [] == [text for text in problems(page) if "422" not in text]
