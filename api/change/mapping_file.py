"""The mapping of foreign labels as a file: `[default]` and `[sources.NAME]` tables, in TOML."""

import tomllib
from pathlib import Path
from typing import Any

from api.change import rule_files
from shared.errors import Invalid
from shared.model import reasons, relabeling
from shared.model.relabeling import IngestMapping


def load(file: Path) -> IngestMapping:
    """
    Read a mapping; fields that are left out have their defaults.

    Raises:
        Invalid: the file cannot be read, or naming every bad field.
    """
    return parse(rule_files.read_text(file), str(file))


def parse(text: str, name: str) -> IngestMapping:
    """As `load`, of a file's text."""
    return relabeling.parse(fields_of(text, name))


def fields_of(text: str, name: str) -> dict[str, Any]:
    """
    Return what a TOML text says.

    Raises:
        Invalid: it is not TOML.
    """
    rule_files.check_keys(text, name)
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise Invalid({name: reasons.of("file.unreadable", error=str(error))}, "The file") from None


def write(mapping: IngestMapping) -> str:
    """Return a mapping as a file's text."""
    import tomli_w

    return tomli_w.dumps(relabeling.document(mapping))
