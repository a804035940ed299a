"""
Secrets by file: what `NAME_FILE` names is read as if `NAME` held it, and stands in no process's environment.

And variables that are set for nothing, since their names are mistyped.
"""

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path

from shared.errors import ConfigurationError
from shared.model import reasons


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
        raise ConfigurationError(reasons.of("setting.both", setting=name))
    try:
        return Path(place).read_text("utf-8").strip()
    except OSError as error:
        why = reasons.of("setting.file_unreadable", setting=f"{name}_FILE", place=place, error=error.strerror)
        raise ConfigurationError(why) from None
    except UnicodeDecodeError:
        raise ConfigurationError(reasons.of("setting.file_no_text", setting=f"{name}_FILE", place=place)) from None


_ALIKE = 0.87
"""Of difflib: a letter too many, too few or wrong in a name of nine. Names of other programs differ more."""
_SHORTEST = 6


def mistyped(given: Iterable[str], known: Collection[str]) -> dict[str, str]:
    """Return the names that nobody reads but look like one that is known, each with that one."""
    candidates = [name for name in known if len(name) >= _SHORTEST]
    found = {}
    for name in sorted(set(given) - set(known)):
        if _SHORTEST <= len(name) <= 64 and (near := get_close_matches(name.upper(), candidates, 1, _ALIKE)):
            found[name] = near[0]
    return found


def is_file(place: str) -> bool:
    """Tell whether a path leads to a file; False for one that no system takes, such as one that is too long."""
    try:
        return Path(place).is_file()
    except OSError:
        return False


def is_folder(place: str) -> bool:
    """Tell whether a path leads to a folder; False for one that no system takes."""
    try:
        return Path(place).is_dir()
    except OSError:
        return False
