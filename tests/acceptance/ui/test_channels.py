"""Channels on the dashboard: set up, tested against a real server, and what they gave up tried again."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from shared.store import channel_store
from tests.support.site import Site, problems, violations
from tests.support.waiting import until


class Receiver(ThreadingHTTPServer):
    """What a webhook talks to; answers with `status`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 200
        self.received: list[Any] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        self.server.received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        said = b"thank you" if self.server.status == 200 else b"not you"
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(autouse=True)
def _no_channels(site: Site) -> Iterator[None]:
    yield
    for name in channel_store.load_stored(site.redis):
        channel_store.delete(site.redis, name)


def test_webhook_is_set_up_and_tested(site: Site, browser: Browser, receiver: Receiver) -> None:
    page = site.open(browser, "/channels")
    page.get_by_role("link", name="Set up: webhook").click()
    page.locator('[name="url"]').fill(receiver.url)
    page.locator('[name="secret"]').fill("between-us")
    page.get_by_role("button", name="Save").click()
    expect(page.locator('[name="url"]')).to_have_attribute("placeholder", "Set. Leave empty to keep it.")
    expect(page.locator('[name="url"]')).to_have_value("")
    page.get_by_role("button", name="Test: webhook").click()
    expect(page.get_by_test_id("test-answer")).to_contain_text("Accepted after")
    expect(page.get_by_test_id("test-answer")).to_contain_text("200 thank you")
    page.keyboard.press("Escape")
    assert receiver.received[-1]["test"] is True
    page.get_by_role("combobox", name="Format").click()
    page.get_by_role("option", name="alertmanager").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Channel webhook was saved").first).to_be_visible()
    until(
        lambda: channel_store.load_stored(site.redis)["webhook"]["format"] == "alertmanager",
        "the change of another field is stored",
    )

    assert channel_store.load_stored(site.redis)["webhook"]["url"] == receiver.url
    assert [] == problems(page)


def test_refused_test_shows_what_the_provider_said(site: Site, browser: Browser, receiver: Receiver) -> None:
    receiver.status = 404
    channel_store.save(site.redis, "webhook", {"url": receiver.url})
    page = site.open(browser, "/channels")
    page.get_by_role("button", name="Test: webhook").click()

    expect(page.get_by_test_id("test-answer")).to_contain_text("Not accepted")
    expect(page.get_by_test_id("test-answer")).to_contain_text("404")


def test_bad_configuration_names_its_field(site: Site, browser: Browser) -> None:
    page = site.open(browser, "/channels/webhook")
    page.locator('[name="url"]').fill("nowhere")
    page.get_by_role("button", name="Save").click()

    expect(page.locator('[name="url"]')).to_have_attribute("aria-invalid", "true")
    expect(page.locator("form")).to_contain_text("must be an address that begins with http:// or https://")
    assert {} == channel_store.load_stored(site.redis)


def test_another_destination_of_a_kind_and_two_who_change_it(site: Site, browser: Browser, receiver: Receiver) -> None:
    page = site.open(browser, "/channels")
    page.get_by_role("button", name="Add a destination").click()
    page.get_by_role("combobox", name="Kind").click()
    page.get_by_role("option", name="Webhook").click()
    page.get_by_role("dialog").get_by_label("Name").fill("ops")
    page.get_by_role("button", name="Next").click()
    page.locator('[name="url"]').fill(receiver.url)
    page.get_by_role("button", name="Save").click()
    expect(page.locator('[name="url"]')).to_have_value("")
    channel_store.save(site.redis, "webhook-ops", {"url": receiver.url, "max_per_minute": 5.0})
    page.locator('[name="title_template"]').fill("Mine")
    page.get_by_role("button", name="Save").click()
    dialog = page.get_by_role("dialog", name="Someone else has changed it")
    expect(dialog).to_contain_text("Messages a minute at most")
    dialog.get_by_role("button", name="Load the saved version").click()
    expect(page.locator('[name="max_per_minute"]')).to_have_value("5")
    page.get_by_role("button", name="Remove configuration").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove configuration").click()
    until(lambda: channel_store.load_stored(site.redis) == {}, "the configuration is gone")


def test_notification_given_up_is_tried_again(site: Site, browser: Browser, receiver: Receiver) -> None:
    receiver.status = 400
    channel_store.save(site.redis, "webhook", {"url": receiver.url})
    site.rule(name="CPU", channels=["webhook"])
    page = site.open(browser, "/channels")
    site.say(cpu=95)
    dead = page.get_by_test_id("dead-letters")
    expect(dead).to_contain_text("CPU — pay-1")
    expect(dead).to_contain_text("400")
    receiver.status = 200
    refused = len(receiver.received)
    dead.get_by_role("button", name="Try again: CPU, webhook").click()
    expect(dead).to_contain_text("None: every notification was delivered")

    until(lambda: len(receiver.received) > refused, "the webhook is told again")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_channels_are_readable_for_all(site: Site, browser: Browser, receiver: Receiver, scheme: str) -> None:
    channel_store.save(site.redis, "webhook", {"url": receiver.url})
    page = site.open(browser, "/channels", color_scheme=scheme)
    expect(page.get_by_role("button", name="Test: webhook")).to_be_visible()
    found = violations(page)
    page.goto(f"{site.address}/channels/sms")
    expect(page.get_by_role("combobox", name="To numbers")).to_be_visible()

    assert [] == found + violations(page)
