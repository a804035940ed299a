"""The mapping of foreign labels as a file: `[default]` and `[sources.NAME]` tables, in TOML."""

import tomllib
from pathlib import Path

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
    rule_files.check_keys(text, name)
    try:
        fields = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise Invalid({name: reasons.of("file.unreadable", error=str(error))}, "The file") from None
    return relabeling.parse(fields)


def write(mapping: IngestMapping) -> str:
    """Return a mapping as a file's text."""
    import tomli_w

    return tomli_w.dumps(relabeling.document(mapping))
