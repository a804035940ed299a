"""The REST API: a Flask app made by `create_app`, described by its own OpenAPI document at /openapi/."""

from typing import Any

from flask import Flask, Response, request
from flask_openapi3 import Info, OpenAPI
from redis import Redis
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from api import auth, responses
from api.routes import alerts, channels, notifications, pages, rules, session, silences, system
from api.services import Services
from shared.log import Logger
from shared.settings import Settings

MAX_BODY_BYTES = 1_048_576
FORM_ENDPOINTS = ("notifications.twilio",)
_CSP = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'; "
    "img-src 'self' data:"
)


def create_app(settings: Settings, redis: Redis, log: Logger) -> Flask:
    """Return the app. One connection pool serves all its threads."""
    app = OpenAPI(
        "enhanced-alerts",
        info=Info(title="Enhanced Alerts", version="1", description="Rules, channels and alerts."),
        security_schemes={"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        validation_error_callback=responses.invalid,
        static_folder=None,
    )
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.extensions["enhanced_alerts"] = Services(redis, settings, log, pages.sign_in_page)
    auth.register(app)
    app.before_request(_read_body)
    app.after_request(lambda response: _secured(response, settings))
    responses.register(app)
    for module in (alerts, rules, channels, notifications, silences, session):
        app.register_api(module.routes)
    app.register_api(system.routes)
    app.register_api(system.health)
    app.register_blueprint(pages.routes)
    return app


def _read_body() -> None:
    """Refuse a body that is not JSON before any view looks at it, with a sentence that says where it breaks."""
    if request.method not in ("POST", "PUT", "PATCH") or not request.get_data():
        return
    if request.endpoint in FORM_ENDPOINTS:
        return
    if not request.is_json:
        raise UnsupportedMediaType
    try:
        request.get_json()
    except (BadRequest, RecursionError) as error:
        cause: Any = error.__cause__ or error.__context__
        where = f" at line {cause.lineno}, column {cause.colno}" if hasattr(cause, "lineno") else ""
        raise BadRequest(f"The body is not valid JSON{where}.") from None


def _secured(response: Response, settings: Settings) -> Response:
    headers = response.headers
    if request.path.startswith("/openapi"):
        # The documentation's own page brings scripts within it; it is for those signed in, and holds no data.
        headers["Content-Security-Policy"] = (
            f"{_CSP}; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'"
        )
    else:
        host = (
            request.host.rpartition(":")[0] if not request.host.endswith("]") and ":" in request.host else request.host
        )
        socket = settings.relay_public_url or f"ws://{host}:{settings.relay_port} wss://{host}:{settings.relay_port}"
        headers["Content-Security-Policy"] = f"{_CSP}; connect-src 'self' {socket}"
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "DENY"
    headers["Referrer-Policy"] = "no-referrer"
    headers.setdefault("Cache-Control", "no-store")
    return response
