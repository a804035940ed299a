"""What the views of one process share."""

from collections.abc import Callable
from dataclasses import dataclass, field

from flask import Response, current_app
from redis import Redis

from api.auth.traces import Traces
from api.limits.proof_cache import Proofs
from archive.readers import Readers
from shared import analysis_process
from shared.analysis_process import Analyses
from shared.log import Logger
from shared.settings import Settings


@dataclass(frozen=True, slots=True)
class Services:
    """Given to the app by its factory."""

    redis: Redis
    settings: Settings
    log: Logger
    sign_in_page: Callable[..., Response]
    """The page for a caller who is not signed in."""
    traces: Traces
    """Of what was refused."""
    archive: Readers
    proofs: Proofs = field(default_factory=Proofs)
    analyses: Analyses = field(default_factory=Analyses)
    backtests: Analyses = field(default_factory=analysis_process.backtests)


def services() -> Services:
    """Return them, within a request."""
    return current_app.extensions["enhanced_alerts"]
