"""
Mistakes a newcomer makes (newcomer_mistakes.toml), for a test that makes every one of them and for the table in
docs/mistakes.md. `python -m tests.acceptance.newcomer_mistakes` writes the table again.
"""

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs" / "mistakes.md"
BEGIN, END = "<!-- mistakes: made from tests/acceptance/newcomer_mistakes.toml -->", "<!-- end of mistakes -->"
SHOWN = {"unused": "6380", "redis": "6379", "taken": "5000", "folder": "rules"}
"""What stands in the table for what the test finds out."""


@dataclass(frozen=True)
class Mistake:
    """One mistake; the file says what its fields mean."""

    what: str
    command: str
    says: str
    environment: dict[str, str] = field(default_factory=dict)
    note: bool = False


MISTAKES = tuple(
    Mistake(**one) for one in tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))["mistake"]
)


def filled(text: str, known: dict[str, str]) -> str:
    """Put in what is known only when it is run."""
    for name, value in known.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def pattern(says: str, known: dict[str, str]) -> str:
    """Return the regular expression of a sentence, in which `…` is anything."""
    return ".*".join(re.escape(part) for part in filled(says, known).split("…"))


def table() -> str:
    """Return the table for people, in Markdown."""
    rows = ["| mistake | command | message |", "|---|---|---|"]
    for mistake in MISTAKES:
        settings = "".join(f"{name}={value} " for name, value in mistake.environment.items())
        is_request = mistake.command.split()[0].isupper()
        command = mistake.command if is_request else f"enhanced-alerts {mistake.command}"
        rows.append(f"| {mistake.what} | `{_cell(settings + command)}` | {_cell(mistake.says)} |")
    return "\n".join(rows)


def _cell(text: str) -> str:
    return filled(text, SHOWN).replace("|", "\\|")


def document(text: str) -> str:
    """Return the document *text* with the table as it is now between its marks."""
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    assert begin and end, f"{DOCUMENT} lacks its marks"
    return f"{head}{BEGIN}\n{table()}\n{END}{tail}"


if __name__ == "__main__":
    DOCUMENT.write_text(document(DOCUMENT.read_text("utf-8")), "utf-8")
