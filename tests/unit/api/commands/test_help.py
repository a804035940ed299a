"""The commands' help: each summary is a whole sentence on one line of a terminal of 80 columns."""

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from api.cli import main


def groups(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(command, click.Group):
        yield path
        for name, part in command.commands.items():
            yield from groups(part, (*path, name))


@pytest.mark.parametrize("path", list(groups(main)), ids=" ".join)
def test_no_summary_is_cut(path: tuple[str, ...]) -> None:
    text = CliRunner().invoke(main, [*path, "--help"], terminal_width=80).output

    assert [] == [line for line in text.splitlines()[1:] if line.rstrip().endswith("...")]
