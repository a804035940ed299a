"""The console script: the command line, or one sentence where only the client for plugins is installed."""

import os
import sys
from typing import NoReturn

from shared import operator_language
from shared.model.setting_sentences import SETTING_SENTENCES

SERVER_MISSING = "command.server_missing"
OUR_PACKAGES = ("shared", "producers", "ingest", "evaluator", "archive", "dispatchers", "api")


def main() -> None:
    """Run `enhanced-alerts`."""
    try:
        from api.cli import main as run
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in OUR_PACKAGES:
            raise
        sys.exit(without_server(error.name or "a module"))
    run()


def without_server(module: str) -> str:
    """Say what a client's installation lacks, also where it lacks what `shared.model.reasons` needs."""
    english, korean = SETTING_SENTENCES[SERVER_MISSING]
    return (korean if operator_language.language() == "ko" else english).format(module=module)


def start_monitoring() -> NoReturn:
    """
    Start everything on this machine, as `enhanced-alerts up` does; where another process of the system runs already,
    only this machine's own producer.
    """
    try:
        from api.supervise import up
        from shared.errors import AlertsError
        from shared.settings import Settings
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in OUR_PACKAGES:
            raise
        sys.exit(without_server(error.name or "a module"))
    operator_language.escape_unencodable()
    try:
        settings = Settings.from_environment()
        if not up.runs_already(settings):
            sys.exit(up.up(settings, print))
    except AlertsError as error:
        operator_language.complain(error)
        sys.exit(1)
    print("The monitoring runs already; this publishes the machine's own metrics.", flush=True)
    os.execv(sys.executable, [sys.executable, "-m", "producers"])
