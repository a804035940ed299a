"""The REST API: a Flask app made by `create_app`, described by its own OpenAPI document at /openapi/."""

from functools import lru_cache

from flask import Flask, Response, g, request
from flask_openapi3 import Info, OpenAPI
from redis import Redis
from werkzeug.middleware.proxy_fix import ProxyFix

from api.auth import guard
from api.auth.traces import Traces
from api.limits import body_check, idempotency, rate_limit
from api.routes import (
    access,
    alert_search,
    alerts,
    backtests,
    channels,
    events,
    explanations,
    imports,
    ingest,
    json_webhooks,
    notifications,
    pages,
    reports,
    routing,
    rules,
    rules_file,
    saved_searches,
    scrapes,
    session,
    silences,
    system,
    templates,
    trends,
)
from api.web import request_id, responses
from api.web.services import Services
from archive import opening
from archive.readers import Readers
from shared.log import Logger
from shared.settings import Settings

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
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    archive = Readers(opening.place_of(settings))
    app.extensions["enhanced_alerts"] = Services(redis, settings, log, pages.sign_in_page, Traces(log), archive)
    if hops := settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    # One byte more than a body may have: reading stops there without an error, and the check sees its length.
    app.config["MAX_CONTENT_LENGTH"] = body_check.MAX_BYTES + 1
    app.before_request(request_id.assign)
    guard.register(app)
    for step in (rate_limit.check, body_check.check, idempotency.replay):
        app.before_request(step)
    # Functions after the request run in reverse order.
    app.after_request(idempotency.keep_answer)
    app.after_request(request_id.stamp)
    app.after_request(lambda response: _secured(response, settings))
    responses.register(app)
    parts = (alerts, rules, rules_file, templates, channels, notifications, silences, events, ingest, access, session)
    for module in parts:
        app.register_api(module.routes)
    app.register_api(routing.routes)
    app.register_api(json_webhooks.routes)
    app.register_api(imports.routes)
    app.register_api(alert_search.routes)
    app.register_api(saved_searches.routes)
    app.register_api(scrapes.routes)
    app.register_api(system.routes)
    app.register_api(system.health)
    app.register_api(trends.routes)
    app.register_api(backtests.routes)
    app.register_api(explanations.routes)
    app.register_api(reports.routes)
    app.register_blueprint(pages.routes)
    return app


@lru_cache(maxsize=64)
def _relay(site: str, port: int) -> str:
    host = site.rpartition(":")[0] if not site.endswith("]") and ":" in site else site
    return f"ws://{host}:{port} wss://{host}:{port}"


def _secured(response: Response, settings: Settings) -> Response:
    headers = response.headers
    if request.path.startswith("/openapi"):
        # The documentation's own page brings scripts within it; it is for those signed in, and holds no data.
        policy = f"{_CSP}; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'"
    else:
        socket = settings.relay_public_url or _relay(request.host, settings.relay_port)
        # The component library sets CSS variables in a few <style> elements of its own; only those carry the nonce.
        styles = f"; style-src 'self' 'nonce-{nonce}'" if (nonce := g.get("style_nonce")) else ""
        policy = f"{_CSP}; connect-src 'self' {socket}{styles}"
    # Nobody else sets these, and to look for each before it is set takes three times as long as to add it.
    headers.add("Content-Security-Policy", policy)
    if request.is_secure:
        headers.add("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    headers.add("X-Content-Type-Options", "nosniff")
    headers.add("X-Frame-Options", "DENY")
    headers.add("Referrer-Policy", "no-referrer")
    headers.setdefault("Cache-Control", "no-store")
    return response
