"""The environment variables that the product reads, and those without effect: mistyped or replaced names."""

import os
from collections.abc import Mapping
from dataclasses import fields

from shared import crash_points, environment
from shared.log import Logger
from shared.model import reasons
from shared.model.reasons import Reason
from shared.settings import RETIRED, SECRETS, Settings
from shared.store import channel_store

_OTHERS = ("LOG_TO_FILE", "PARENT_PID", crash_points.VARIABLE)


def _known() -> frozenset[str]:
    of_channels = {variable for fields_of in channel_store.ENVIRONMENT.values() for variable in fields_of}
    settings = {field.name.upper() for field in fields(Settings)}
    by_file = {f"{name}_FILE" for name in (*of_channels, *map(str.upper, SECRETS))}
    return frozenset({*settings, *of_channels, *by_file, *_OTHERS, RETIRED})


KNOWN = _known()


def mistyped(environ: Mapping[str, str] = os.environ) -> list[Reason]:
    """Return a warning for each variable that looks like one of ours, without what may be secret: what it holds."""
    return [
        reasons.of("setting.mistyped", setting=name, meant=meant)
        for name, meant in environment.mistyped(environ, KNOWN).items()
    ]


def retired(environ: Mapping[str, str] = os.environ) -> list[Reason]:
    """Return a warning for each replaced variable that is set: it names the new one."""
    value = environ.get(RETIRED, "").strip().lower()
    if not value:
        return []
    allows = value in ("true", "1", "yes")
    return [reasons.of("setting.private_allowed" if allows else "setting.private_refused", setting=RETIRED)]


def warn(log: Logger, environ: Mapping[str, str] = os.environ) -> None:
    """Log each mistyped or replaced variable, unless `enhanced-alerts up` started the component: it logs them once."""
    if "PARENT_PID" not in environ:
        for warning in mistyped(environ):
            log.warning("settings.mistyped", reason=str(warning))
        for warning in retired(environ):
            log.warning("settings.retired", reason=str(warning))
