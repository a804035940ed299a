"""The HTML pages: the dashboard's bundle for signed-in callers, and the sign-in page for all others."""

import secrets
from pathlib import Path
from typing import Literal

from flask import Blueprint, Response, current_app, g, send_from_directory

from api.auth.guard import open_to_all, requires

PAGES = Path(__file__).parent.parent / "pages"
BUNDLE = Path(__file__).parent.parent / "ui" / "dist"
"""The folder that `npm run build` in api/ui creates; `make run` runs it."""
A_YEAR_S = 31_536_000
routes = Blueprint("pages", __name__)

SECTIONS = (
    "search",
    "rules",
    "channels",
    "routes",
    "silences",
    "statistics",
    "trends",
    "plugins",
    "system",
    "settings",
)
"""First parts of the dashboard's paths. The bundle routes them in the browser, so each path returns the same page."""
ROOT_FILES = (
    *("scheme.js", "sw.js", "manifest.webmanifest", "icon.svg"),
    *("icon-192.png", "icon-512.png", "icon-maskable-512.png", "badge-96.png"),
)
"""Files of api/ui/public. Unlike assets, their names do not depend on their content."""


@requires("viewer")
def dashboard(**_where: str) -> Response:
    """Return the dashboard's page, or 503 with a page that explains how to build it."""
    try:
        page = (_bundle() / "index.html").read_text("utf-8")
    except FileNotFoundError:
        response = send_from_directory(PAGES, "not-built.html")
        response.status_code = 503
        return response
    # Only style elements that the page creates at run time carry the nonce; `api.app` adds it to the security policy.
    g.style_nonce = secrets.token_urlsafe(16)
    page = page.replace('name="style-nonce" content=""', f'name="style-nonce" content="{g.style_nonce}"')
    return Response(page, content_type="text/html; charset=utf-8")


@routes.get("/assets/<path:name>")
@open_to_all
def asset(name: str) -> Response:
    """Return a file of the bundle. Its name depends on its content, and it holds no data, so any cache may keep it."""
    response = send_from_directory(_bundle() / "assets", name, max_age=A_YEAR_S)
    response.headers["Cache-Control"] = f"public, max-age={A_YEAR_S}, immutable"
    return response


@open_to_all
def root_file(name: str) -> Response:
    """Return a file of the dashboard with a fixed name; browsers revalidate it."""
    response = send_from_directory(_bundle(), name)
    response.headers["Cache-Control"] = "no-cache"
    return response


@routes.get("/pages/<path:name>")
@open_to_all
def file(name: str) -> Response:
    """Return a script or style sheet of the pages for callers who are not signed in."""
    return send_from_directory(PAGES, name)


def sign_in_page(reason: Literal["", "link", "ended"] = "") -> Response:
    """
    Return the sign-in page, with status 401.

    Args:
        reason: Why a caller who expected to be signed in sees it: a sign-in link that is used or too old, or a session
            that has ended.
    """
    page = (PAGES / "sign-in.html").read_text("utf-8")
    if reason:
        page = page.replace(f'data-reason="{reason}" hidden', f'data-reason="{reason}"')
    return Response(page, 401, content_type="text/html; charset=utf-8")


def _bundle() -> Path:
    return current_app.config.get("BUNDLE", BUNDLE)


routes.add_url_rule("/", view_func=dashboard)
routes.add_url_rule("/alerts/<alert_id>", view_func=dashboard)
for section in SECTIONS:
    routes.add_url_rule(f"/{section}", view_func=dashboard)
    routes.add_url_rule(f"/{section}/<path:name>", view_func=dashboard)
for name in ROOT_FILES:
    routes.add_url_rule(f"/{name}", view_func=root_file, defaults={"name": name})
