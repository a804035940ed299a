"""The body mappings as a file: `[webhooks.NAME]` tables, in TOML."""

from pathlib import Path

from api.change import mapping_file, rule_files
from shared.model import body_mapping
from shared.model.body_mapping import BodyMappings


def load(file: Path) -> BodyMappings:
    """
    Read body mappings; fields that are left out have their defaults.

    Raises:
        Invalid: the file cannot be read, or naming every bad field.
    """
    return parse(rule_files.read_text(file), str(file))


def parse(text: str, name: str) -> BodyMappings:
    """As `load`, of a file's text."""
    return body_mapping.parse(mapping_file.fields_of(text, name))


def write(mappings: BodyMappings) -> str:
    """Return body mappings as a file's text, without the fields that have their defaults."""
    import tomli_w

    return tomli_w.dumps(mappings.model_dump(mode="json", exclude_defaults=True))
