"""Running a WSGI app under gunicorn from our own `__main__`, with errors people understand."""

import os
import socket
import time
from collections.abc import Callable
from typing import Any

from gunicorn.app.base import BaseApplication

from shared.errors import ConfigurationError
from shared.loops import LATE_S
from shared.model import reasons
from shared.settings import Settings


class Server(BaseApplication):
    """gunicorn, configured by us and by nothing else."""

    def __init__(self, make_app: Callable[[], Any], **options: Any) -> None:
        """
        Args:
            make_app: Called in the worker process, after the fork (and after gevent has patched, where it does).
            options: gunicorn's settings, beside those that all our servers have.
        """
        self._make_app = make_app
        self._options = options
        super().__init__(prog="enhanced-alerts")

    def load_config(self) -> None:
        # What X-Forwarded-* say is believed as TRUSTED_PROXIES says; gunicorn by itself believes this whole machine.
        self.cfg.set("forwarded_allow_ips", "")
        self.cfg.set("workers", 1)
        self.cfg.set("loglevel", "warning")
        self.cfg.set("errorlog", os.devnull if os.environ.get("LOG_TO_FILE") == "1" else "-")
        self.cfg.set("control_socket_disable", True)
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return self._make_app()


class Accepting:
    """The loop of a gunicorn worker, which reports every second that it runs."""

    def __init__(self, worker: Any) -> None:
        self._worker = worker

    @property
    def trouble(self) -> str:
        """Why nobody is served; "" if the loop turned lately."""
        try:
            silent_s = time.monotonic() - self._worker.tmp.last_update()
        except ValueError:
            # gunicorn has closed the file of a worker that ends, which the heartbeat outlives by a moment.
            return "the server is stopping"
        return f"no connection has been accepted for {silent_s:.0f} s" if silent_s > LATE_S else ""


def tls_options(settings: Settings) -> dict[str, Any]:
    """Return gunicorn's settings for HTTPS, if there is a certificate."""
    if not settings.tls_certificate:
        return {}
    return {"certfile": settings.tls_certificate, "keyfile": settings.tls_key}


def check_port_is_free(host: str, port: int, variable: str) -> None:
    """
    Raises:
        ConfigurationError: something listens there already, or this user may not.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            # A port is a name, not a number to be written with separators.
            place = {"host": host, "port": str(port), "setting": variable}
            raise ConfigurationError(reasons.of("configuration.port", **place, error=error.strerror)) from error
