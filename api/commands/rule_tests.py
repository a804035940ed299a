"""`enhanced-alerts rules test`: rules of files, tried on events that are written down."""

import sys
from pathlib import Path

import click

from api.commands import terminal
from shared import operator_language


@click.command("test")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@terminal.AS_JSON
@terminal.told
def test(path: Path, as_json: bool) -> None:
    """
    Run tests of rules.

    PATH is a .test.toml or .test.json file, or a folder with such files. They say what happens, and which alerts and
    notifications shall come of it. Needs no running system. Exit code 1 if something else comes of it.
    """
    from api.change import rule_test_files

    found = [(str(file), outcome) for file, outcome in rule_test_files.run(path)]
    failed = [one for one in found if not one[1].passed]
    if as_json:
        tests = [
            {
                "file": file,
                "name": outcome.name,
                "passed": outcome.passed,
                "differences": outcome.differences,
                "why": [operator_language.text(reason) for reason in outcome.why],
            }
            for file, outcome in found
        ]
        terminal.print_json({"passed": len(found) - len(failed), "failed": len(failed), "tests": tests})
        sys.exit(1 if failed else 0)
    for file, outcome in failed:
        terminal.say(f"FAIL {file}: {outcome.name}")
        for name, lines in outcome.differences.items():
            terminal.say(f"  {name}: - expected, + came of it")
            for line in lines:
                terminal.say(f"    {line}")
        for reason in outcome.why:
            terminal.say(f"  {operator_language.text(reason)}")
    terminal.say(f"{len(found) - len(failed)} tests passed, {len(failed)} failed.")
    sys.exit(1 if failed else 0)
