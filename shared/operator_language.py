"""The language of the operator who runs a command or starts a process: the environment names it."""

import io
import os
import re
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # A client's installation has no msgspec, which reasons need.
    from shared.errors import AlertsError
    from shared.model.reasons import Language, Reason

_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
"""In this order, as POSIX has it: the first that is set decides."""


def language(environ: Mapping[str, str] = os.environ) -> "Language":
    """Return Korean where the first of LC_ALL, LC_MESSAGES and LANG that is set begins with `ko`, else English."""
    name = next((environ[variable] for variable in _VARIABLES if environ.get(variable)), "")
    # `kok_IN` is Konkani.
    return "ko" if re.fullmatch("ko([^a-z].*)?", name, re.IGNORECASE) else "en"


def escape_unencodable() -> None:
    """Write escapes to stdout for what its encoding lacks, so that a Korean text on a Latin terminal stops nothing."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def text(reason: "Reason") -> str:
    """Put *reason* into words for the operator."""
    from shared.model import reasons

    return reasons.text(reason, language())


def complain(error: "AlertsError") -> None:
    """Write why a process does not start to stderr."""
    from shared.model import printable

    print(printable.lines(error.in_words(language())), file=sys.stderr)
