"""Secrets by file: what `NAME_FILE` names is read as if `NAME` held it, and stands in no process's environment."""

from collections.abc import Mapping
from pathlib import Path

from shared.errors import ConfigurationError


def secret(environ: Mapping[str, str], name: str) -> str:
    """
    Return a variable's value, or the content of the file its sister with `_FILE` names; "" if neither is set.

    Raises:
        ConfigurationError: both are set, or the file cannot be read; names the variable, never the content.
    """
    text, place = environ.get(name, "").strip(), environ.get(f"{name}_FILE", "").strip()
    if not place:
        return text
    if text:
        raise ConfigurationError(f"{name} and {name}_FILE are both set; keep one.")
    try:
        return Path(place).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise ConfigurationError(f"{name}_FILE names {place}, which cannot be read ({why}).") from None
