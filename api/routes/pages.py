"""The pages people see: the board, one alert, and the one for those not signed in."""

from pathlib import Path

from flask import Blueprint, Response, send_from_directory

from api.auth import open_to_all, requires

PAGES = Path(__file__).parent.parent / "pages"
routes = Blueprint("pages", __name__)


@routes.get("/")
@requires("viewer")
def board() -> Response:
    return send_from_directory(PAGES, "board.html")


@routes.get("/alerts/<alert_id>")
@requires("viewer")
def alert(alert_id: str) -> Response:
    return send_from_directory(PAGES, "alert.html")


@routes.get("/pages/<path:name>")
@open_to_all
def file(name: str) -> Response:
    """Scripts and styles; they hold nothing but the program."""
    return send_from_directory(PAGES, name)


def sign_in_page() -> Response:
    """Answer to a browser that is not signed in."""
    response = send_from_directory(PAGES, "sign-in.html")
    response.status_code = 401
    return response
