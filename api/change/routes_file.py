"""The tree of routes as a file: YAML, as Alertmanager's is; JSON is YAML too."""

from pathlib import Path
from typing import Any

from api.change import rule_files
from shared.errors import Invalid
from shared.model import reasons, route_tree
from shared.model.route_tree import RouteTree

MAX_CHARS = 1_000_000


def load(file: Path) -> RouteTree:
    """
    Read a tree.

    Raises:
        Invalid: the file cannot be read, or naming every bad field.
    """
    return parse(rule_files.read_text(file), str(file))


def parse(text: str, name: str) -> RouteTree:
    """As `load`, of a file's text."""
    return route_tree.parse(document(text, name))


def document(text: str, name: str) -> Any:
    """
    Return what a YAML text says. Anchors are refused: a small text could stand for a document of any size.

    Raises:
        Invalid: it is not YAML.
    """
    # Loaded when it is needed: few commands read such a file.
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        if len(text) > MAX_CHARS:
            raise Invalid({name: reasons.of("file.too_large", megabytes=MAX_CHARS // 1_000_000)}, "The file")
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text, Loader=loader)):
            raise Invalid({name: reasons.of("file.yaml_alias")}, "The file")
        return yaml.load(text, Loader=loader)  # noqa: S506
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        said = " ".join(str(error).split())[:300]
        raise Invalid({name: reasons.of("file.unreadable", error=said)}, "The file") from None


def write(tree: RouteTree | None) -> str:
    """Return a tree as a file's text."""
    import yaml

    if tree is None:
        return "# There are no routes.\n"
    return yaml.safe_dump(route_tree.document(tree), allow_unicode=True, sort_keys=False, width=110)
