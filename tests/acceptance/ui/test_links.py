"""Who follows a link from somewhere else, and who clicks on it there, in real Chromium."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, expect

from tests.support.site import Site


@pytest.fixture
def elsewhere(site: Site) -> Iterator[str]:
    """A page of another site, with a link to the board and a form that would sign out whoever sends it."""
    page = f"""<a id="link" href="{site.address}/rules">rules</a>
      <form method="post" action="{site.address}/api/enhanced-alerts/sign-out"><button id="send">send</button></form>"""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_: object) -> None:
            pass

    # localhost is another site than 127.0.0.1.
    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_link_from_another_site_opens_the_page_of_who_is_signed_in(
    site: Site, browser: Browser, elsewhere: str
) -> None:
    page = site.open(browser)
    page.goto(elsewhere)
    with page.expect_navigation(url="**/rules") as followed:
        page.click("#link")

    assert 200 == followed.value.status
    expect(page.get_by_role("navigation").first).to_be_visible()


def test_form_of_another_site_changes_nothing(site: Site, browser: Browser, elsewhere: str) -> None:
    page = site.open(browser)
    page.goto(elsewhere)
    with page.expect_navigation(url="**/sign-out") as sent:
        page.click("#send")
    assert sent.value.status in (401, 403)
    page.goto(f"{site.address}/rules")

    expect(page.get_by_role("navigation").first).to_be_visible()
