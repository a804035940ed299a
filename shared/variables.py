"""Which environment variables the product reads, and those set for nothing since their names are mistyped."""

import os
from collections.abc import Mapping
from dataclasses import fields

from shared import crash_points, environment
from shared.log import Logger
from shared.settings import SECRETS, Settings
from shared.store import channel_store

_OTHERS = ("LOG_TO_FILE", "PARENT_PID", crash_points.VARIABLE)


def _known() -> frozenset[str]:
    of_channels = {variable for fields_of in channel_store.ENVIRONMENT.values() for variable in fields_of}
    settings = {field.name.upper() for field in fields(Settings)}
    by_file = {f"{name}_FILE" for name in (*of_channels, *map(str.upper, SECRETS))}
    return frozenset({*settings, *of_channels, *by_file, *_OTHERS})


KNOWN = _known()


def mistyped(environ: Mapping[str, str] = os.environ) -> list[str]:
    """Return a sentence for each variable that looks like one of ours, without what may be secret: what it holds."""
    return [
        f"{name} is set, but nobody reads it. Did you mean {meant}?"
        for name, meant in environment.mistyped(environ, KNOWN).items()
    ]


def warn(log: Logger, environ: Mapping[str, str] = os.environ) -> None:
    """Say so in the log of a component, unless `enhanced-alerts up` has started it, which says so itself."""
    if "PARENT_PID" not in environ:
        for sentence in mistyped(environ):
            log.warning("settings.mistyped", reason=sentence)
