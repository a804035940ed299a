"""How the text of an environment variable becomes the value of a setting."""

from pathlib import Path

from shared.errors import ConfigurationError
from shared.model import reasons

SHOWN = 200
"""Characters of a value that an error repeats."""
_SWITCHES = {**dict.fromkeys(("true", "1", "yes", "on"), True), **dict.fromkeys(("false", "0", "no", "off"), False)}
_WRONG = {"int": "setting.whole_number", "float": "setting.number", "bool": "setting.true_or_false"}


def parse(variable: str, kind: str, text: str) -> object:
    """
    Return the value of a setting of one type.

    Raises:
        ConfigurationError: the text is none; names the variable.
    """
    try:
        match kind:
            case "int":
                return int(text)
            case "float":
                return float(text)
            case "bool":
                return _SWITCHES[text.lower()]
            case "Path":
                return Path(text)
    except (ValueError, KeyError):
        given = text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
        raise ConfigurationError(reasons.of(_WRONG[kind], setting=variable, given=given)) from None
    return text


def listed(text: str) -> list[str]:
    """Return the parts of a comma-separated text."""
    return [part.strip() for part in text.split(",") if part.strip()]
