"""How the API serves the dashboard's bundle, and what it says without one."""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from api.auth import access_tokens
from api.routes import pages

FIRST_LOAD_BYTES = 250_000
"""Of JavaScript, gzipped, before the board shows."""


@pytest.fixture
def client(app: Flask, redis: Redis) -> Iterator[FlaskClient]:
    with app.test_client() as made:
        made.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {access_tokens.issue(redis, 'lee', 'viewer')}"
        yield made


@pytest.fixture
def bundle(app: Flask, tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text('<meta name="style-nonce" content="" /><p>Board</p>')
    (tmp_path / "assets" / "index-1a2b.js").write_text("1")
    (tmp_path / "scheme.js").write_text("2")
    app.config["BUNDLE"] = tmp_path
    return tmp_path


@pytest.mark.parametrize("path", ["/", "/alerts/abc", *(f"/{s}" for s in pages.SECTIONS), "/rules/cpu-high"])
def test_page_is_never_kept_and_carries_the_nonce_of_its_policy(client: FlaskClient, bundle: Path, path: str) -> None:
    answer = client.get(path)
    nonce = re.findall(r'name="style-nonce" content="([^"]{16,})"', answer.text)

    assert 200 == answer.status_code
    assert "no-store" == answer.headers["Cache-Control"]
    assert f"style-src 'self' 'nonce-{nonce[0]}'" in answer.headers["Content-Security-Policy"]
    assert nonce[0] not in client.get(path).text


def test_parts_named_after_their_content_are_kept_for_good_and_others_asked_for_anew(
    client: FlaskClient, bundle: Path
) -> None:
    part, named = client.get("/assets/index-1a2b.js"), client.get("/scheme.js")
    answers = [client.get(path).status_code for path in ("/assets/none.js", "/assets/../index.html", "/nowhere")]

    assert "public, max-age=31536000, immutable" == part.headers["Cache-Control"]
    assert "no-cache" == named.headers["Cache-Control"]
    assert [404, 404, 404] == answers


def test_stranger_gets_the_sign_in_page_and_no_dashboard(app: Flask, bundle: Path) -> None:
    answer = app.test_client().get("/rules", headers={"Accept": "text/html"})

    assert 401 == answer.status_code
    assert "로그인" in answer.text
    assert "style-nonce" not in answer.text


def test_without_a_bundle_the_page_says_how_to_make_one_and_the_api_answers(
    app: Flask, client: FlaskClient, tmp_path: Path
) -> None:
    app.config["BUNDLE"] = tmp_path / "none"
    page, me = client.get("/"), client.get("/api/enhanced-alerts/me")

    assert 503 == page.status_code
    assert "make ui" in page.text
    assert "빌드되지 않았습니다" in page.text
    assert 200 == me.status_code


def test_first_load_of_the_board_stays_small() -> None:
    index = (pages.BUNDLE / "index.html").read_text()
    scripts = re.findall(r'(?:src|href)="/(assets/[^"]+\.js)"', index)
    size = sum(len(gzip.compress((pages.BUNDLE / name).read_bytes())) for name in scripts)

    assert scripts
    assert size < FIRST_LOAD_BYTES
    assert "<script>" not in index
